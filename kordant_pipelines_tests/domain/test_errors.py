"""Errors cross process borders whole, and speak to their reader."""

import copy
import pickle

import pytest

from kordant_pipelines.domain.errors import (
    InactiveSubscription,
    KordantError,
    Misconfigured,
    RefusedInput,
    UnknownSubscription,
)

ERRORS = [
    KordantError("all of it"),
    RefusedInput("'nope' is not an e-mail address"),
    Misconfigured("KORDANT_PORT: too high"),
    UnknownSubscription("sub_1"),
    InactiveSubscription("sub_1", "paused"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_survives_a_process_border(error: KordantError) -> None:
    pickled = pickle.loads(pickle.dumps(error))  # noqa: S301 - bytes of our own
    for other in (pickled, copy.copy(error)):
        assert type(other) is type(error)
        assert str(other) == str(error)
        assert vars(other) == vars(error)


def test_each_says_the_value_and_the_remedy() -> None:
    unknown = str(UnknownSubscription("sub_1"))
    assert "'sub_1'" in unknown
    assert "`kordant subscriptions list`" in unknown
    inactive = str(InactiveSubscription("sub_1", "paused"))
    assert "'sub_1' is paused" in inactive
    assert "Only an active subscription is scanned" in inactive


def test_bad_input_is_told_apart_from_a_bad_system() -> None:
    for refused in (UnknownSubscription("sub_1"), InactiveSubscription("sub_1", "paused")):
        assert isinstance(refused, RefusedInput)
    assert not issubclass(Misconfigured, RefusedInput)
    assert not issubclass(RefusedInput, Misconfigured)
