"""LeakCheck's field names in HIBP's terms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.domain.data_classes import UNSPECIFIED, from_leakcheck
from kordant_pipelines.domain.severity import Severity, class_severity


@pytest.mark.parametrize(
    ("fields", "has_password", "expected"),
    [
        (["email", "username"], False, {"Email addresses", "Usernames"}),
        (["first_name", "last_name", "name"], False, {"Names"}),
        (
            ["city", "zip", "country", "street"],
            False,
            {"Geographic locations", "Physical addresses"},
        ),
        (["email"], True, {"Email addresses", "Passwords"}),
        (["password"], True, {"Passwords"}),
        (["password"], False, {"Passwords"}),
        (["profile_name", "vehicle_colour"], False, {"Usernames", "Vehicle colour"}),
        ([], True, {"Passwords"}),
        # Without any kind it could be neither told nor marked as told.
        ([], False, {UNSPECIFIED}),
    ],
)
def test_field_names(fields: list[str], *, has_password: bool, expected: set[str]) -> None:
    assert from_leakcheck(fields, has_password=has_password) == expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("ssn", Severity.CRITICAL),
        ("passport", Severity.CRITICAL),
        ("password", Severity.HIGH),
        ("dob", Severity.MEDIUM),
        ("phone", Severity.MEDIUM),
        ("address", Severity.MEDIUM),
    ],
)
def test_what_is_grave_is_so_under_its_new_name(field: str, expected: Severity) -> None:
    """A mapping to a name that the severity scale does not know would make it low."""
    [data_class] = from_leakcheck([field], has_password=False)
    assert class_severity(data_class) is expected


@given(fields=st.lists(st.from_regex(r"\A[a-z][a-z0-9_]{0,39}\Z")), has_password=st.booleans())
def test_whatever_the_fields_there_is_something_to_tell(
    *, fields: list[str], has_password: bool
) -> None:
    classes = from_leakcheck(fields, has_password=has_password)
    assert classes
    assert all(name.strip() for name in classes)
    assert "Passwords" in classes or not has_password
