"""How bad an exposure is: by what leaked, how long ago, and how sure the source is.

The data classes are HIBP's (`/api/v3/dataclasses`); other sources are mapped onto them.
"""

from datetime import date, timedelta
from enum import StrEnum

from kordant_pipelines.domain.breaches import Breach

RECENT = timedelta(days=90)
OLD = timedelta(days=5 * 365)


class Severity(StrEnum):
    """Ordered from the least to the most urgent."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for the least urgent."""
        return list(Severity).index(self)

    def step(self, by: int) -> "Severity":
        """The severity `by` steps up (or down, if negative), within the scale."""
        order = list(Severity)
        return order[min(max(self.rank + by, 0), len(order) - 1)]


# Data that cannot be changed, or that opens a bank account: age does not make it safe.
LASTING = frozenset(
    {
        "Bank account numbers",
        "Biometric data",
        "Driver's licenses",
        "Government issued IDs",
        "Health insurance information",
        "National IDs",
        "Passport numbers",
        "Personal health data",
        "Social security numbers",
        "Tax records",
    }
)
CRITICAL = LASTING - {"Health insurance information", "Personal health data"} | {
    "Auth tokens",
    "Credit card CVV",
    "Credit cards",
    "PINs",
    "Private keys",
}
HIGH = frozenset(
    {
        "Health insurance information",
        "Historical passwords",
        "Passwords",
        "Personal health data",
        "Private messages",
        "Security questions and answers",
        "Sexual orientations",
    }
)
MEDIUM = frozenset(
    {
        "Dates of birth",
        "Family members' names",
        "Financial transactions",
        "Partial credit card data",
        "Partial dates of birth",
        "Password hints",
        "Phone numbers",
        "Physical addresses",
        "Purchases",
        "SMS messages",
    }
)
PASSWORDS = frozenset({"Passwords", "Historical passwords"})


def class_severity(data_class: str) -> Severity:
    """The severity of one data class on its own; an unknown class is low, never nothing."""
    if data_class in CRITICAL:
        return Severity.CRITICAL
    if data_class in HIGH:
        return Severity.HIGH
    if data_class in MEDIUM:
        return Severity.MEDIUM
    return Severity.LOW


def exposure_severity(breach: Breach, data_classes: frozenset[str], today: date) -> Severity:
    """How urgently the owner of an identifier found in `breach` should hear of it.

    The worst data class sets the level. A stealer log is critical whatever it lists (the machine
    itself was infected). A sensitive breach is at least high. A password leaked within `RECENT`
    is critical; one older than `OLD` sinks a step unless lasting data went with it. What the
    source could not verify sinks a step.
    """
    if breach.is_stealer_log:
        return Severity.CRITICAL
    worst = max((class_severity(c) for c in data_classes), key=_rank, default=Severity.LOW)
    if breach.is_sensitive:
        worst = max(worst, Severity.HIGH, key=_rank)
    age = today - breach.breach_date if breach.breach_date else None
    if age is not None and age <= RECENT and data_classes & PASSWORDS:
        worst = Severity.CRITICAL
    if age is not None and age > OLD and not data_classes & LASTING and not breach.is_sensitive:
        worst = worst.step(-1)
    if not breach.is_verified:
        worst = worst.step(-1)
    return max(worst, Severity.LOW, key=_rank)


def _rank(severity: Severity) -> int:
    return severity.rank
