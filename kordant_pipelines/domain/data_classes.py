"""HIBP's names for kinds of data, and how the field names of other sources map onto them."""

from collections.abc import Iterable

UNSPECIFIED = "Unspecified data"
"""Where a source names no kind of data: what was told is kept by kind, so there must be one."""

_LEAKCHECK_FIELDS = {
    "address": "Physical addresses",
    "city": "Geographic locations",
    "country": "Geographic locations",
    "dob": "Dates of birth",
    "email": "Email addresses",
    "first_name": "Names",
    "gender": "Genders",
    "ip": "IP addresses",
    "last_name": "Names",
    "name": "Names",
    "passport": "Passport numbers",
    "password": "Passwords",
    "phone": "Phone numbers",
    "profile_name": "Usernames",
    "ssn": "Social security numbers",
    "state": "Geographic locations",
    "street": "Physical addresses",
    "username": "Usernames",
    "vin": "Vehicle identification numbers (VINs)",
    "zip": "Geographic locations",
}


def from_leakcheck(fields: Iterable[str], *, has_password: bool) -> frozenset[str]:
    """The data classes behind LeakCheck's field names, never none.

    An unknown field keeps its own name.
    """
    classes = {_LEAKCHECK_FIELDS.get(f, f.replace("_", " ").capitalize()) for f in fields}
    if has_password:
        classes.add("Passwords")
    return frozenset(classes or {UNSPECIFIED})
