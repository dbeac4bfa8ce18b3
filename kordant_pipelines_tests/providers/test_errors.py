"""The errors: what they say, what they may carry, and that they survive a process boundary."""

import pickle
import re

import pytest

from kordant_pipelines.providers.errors import (
    ErrorCode,
    PermanentProviderError,
    ProviderError,
    RetryableProviderError,
    UnavailableProviderError,
)
from kordant_pipelines.settings import Settings

ALL = [
    *(PermanentProviderError("hibp", code, "status 400") for code in PermanentProviderError.codes),
    RetryableProviderError("leakcheck", retry_after=12.5),
    RetryableProviderError("leakcheck"),
    *(UnavailableProviderError("hibp", code) for code in UnavailableProviderError.codes),
]


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.code)
def test_survives_pickling_whole(error: ProviderError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 (our own bytes)

    assert type(copy) is type(error)
    assert vars(copy) == vars(error)
    assert str(copy) == str(error)


def test_every_code_belongs_to_exactly_one_class() -> None:
    classes = (PermanentProviderError, RetryableProviderError, UnavailableProviderError)

    assert sorted(code for kind in classes for code in kind.codes) == sorted(ErrorCode)


def test_a_code_of_another_class_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot have code timeout"):
        PermanentProviderError("hibp", ErrorCode.TIMEOUT)


def test_a_refused_key_names_the_setting() -> None:
    assert "KORDANT_HIBP_API_KEY" in str(PermanentProviderError("hibp", ErrorCode.BAD_KEY))
    assert "KORDANT_LEAKCHECK_API_KEY" in str(
        PermanentProviderError("leakcheck", ErrorCode.BAD_KEY)
    )


def test_a_named_wait_is_told() -> None:
    assert "12.5 s" in str(RetryableProviderError("hibp", retry_after=12.5))


@pytest.mark.parametrize("code", ErrorCode)
@pytest.mark.parametrize(
    "provider", ["hibp", "leakcheck", "acris", "cook", "philadelphia", "attom"]
)
def test_every_setting_that_an_advice_names_is_one(provider: str, code: ErrorCode) -> None:
    [kind] = [
        kind
        for kind in (PermanentProviderError, RetryableProviderError, UnavailableProviderError)
        if code in kind.codes
    ]
    named = re.findall(r"KORDANT_(\w+)", str(kind(provider, code)))
    assert [name for name in named if name.lower() not in Settings.model_fields] == []
