"""Hypothesis strategies for what people type as an identifier."""

import phonenumbers
from hypothesis import strategies as st

from kordant_pipelines.domain.identifiers import MAX_USERNAME

_label = st.from_regex(r"\A[a-z][a-z0-9]{0,15}\Z")

emails = st.builds(
    "{}@{}.{}".format,
    st.from_regex(r"\A[a-z0-9]{1,8}([._+-][a-z0-9é]{1,8}){0,2}\Z"),
    st.lists(_label, min_size=1, max_size=2).map(".".join),
    st.sampled_from(("com", "org", "de", "co.uk")),
)
"""Valid addresses in lower case."""


def _examples() -> list[phonenumbers.PhoneNumber]:
    found = (phonenumbers.example_number(r) for r in sorted(phonenumbers.SUPPORTED_REGIONS))
    return [number for number in found if number is not None]


phones = st.sampled_from(_examples())
"""A valid number of every region that the metadata knows."""

usernames = st.text(
    st.characters(categories=("L", "N", "P", "S", "M")), min_size=1, max_size=MAX_USERNAME
)
"""Texts that mostly are usernames."""
