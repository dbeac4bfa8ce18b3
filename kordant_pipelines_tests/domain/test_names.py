"""Names on paper: enough for their owner."""

import pytest

from kordant_pipelines.domain.names import short_name


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Ada Lindqvist", "Ada L."),
        ("María del Carmen Ortega Ruiz", "María R."),
        ("  Hugo   Lefèvre ", "Hugo L."),
        ("Cher", "C•••"),
        ("", "•••"),
    ],
)
def test_a_name_is_shortened(name: str, short: str) -> None:
    assert short_name(name) == short
