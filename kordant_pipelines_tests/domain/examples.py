"""Facts to begin from: a test states only what matters to it."""

from datetime import UTC, date, datetime
from typing import Any

from kordant_pipelines.domain.alerts import ExposureFacts
from kordant_pipelines.domain.breaches import Breach, Source
from kordant_pipelines.domain.exposures import Exposure
from kordant_pipelines.domain.severity import Severity

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def a_breach(title: str = "Adobe", **more: Any) -> Breach:
    """A verified breach at HIBP, some two years old."""
    given: dict[str, Any] = {
        "source": Source.HIBP,
        "key": title.replace(" ", ""),
        "title": title,
        "data_classes": frozenset({"Email addresses"}),
        "breach_date": date(2024, 10, 4),
    }
    return Breach(**(given | more))


def an_exposure(number: int = 1, *classes: str, **more: Any) -> Exposure:
    """An exposure nobody was told of; without classes, of an e-mail address alone."""
    given: dict[str, Any] = {
        "id": number,
        "item_id": "itm_1",
        "masked": "j•••@e•••.com",
        "breach": a_breach(),
        "data_classes": frozenset(classes or ("Email addresses",)),
        "alerted_classes": frozenset[str](),
    }
    return Exposure(**(given | more))


def some_facts(**more: Any) -> ExposureFacts:
    """A leaked password, dated to the day."""
    given: dict[str, Any] = {
        "masked": "j•••@e•••.com",
        "breach": "Adobe",
        "breach_date": date(2024, 10, 4),
        "known_since": date(2024, 12, 4),
        "data_classes": ("Email addresses", "Passwords"),
        "severity": Severity.HIGH,
    }
    return ExposureFacts(**(given | more))
