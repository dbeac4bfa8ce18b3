"""What the rules ask of a language, so that what a customer is told can be put into theirs.

The rules write English sentences with named gaps; whoever is handed in as `Words` says them. The
sentences are the catalogues' keys, so one that is changed here is changed there.
"""

from collections.abc import Sequence
from datetime import date
from typing import Protocol


def mark(text: str) -> str:
    """The text itself: marks for the catalogues what is said elsewhere than where it is written."""
    return text


class Words(Protocol):
    """One language, as one country writes dates and lists."""

    def say(self, text: str, /, **values: object) -> str:
        """The sentence in this language, its gaps filled with `values`."""
        ...

    def count(self, one: str, many: str, number: int, /, **values: object) -> str:
        """As `say`, in the form that `number` takes; it fills the gap {number}."""
        ...

    def day(self, day: date, /) -> str:
        """A day in full."""
        ...

    def month(self, day: date, /) -> str:
        """A day's month and year."""
        ...

    def kinds(self, data_classes: Sequence[str], /) -> str:
        """Kinds of data, as they stand within a sentence: "email addresses, passwords"."""
        ...


class PlainEnglish:
    """English for operators: dates as ISO 8601 has them."""

    def say(self, text: str, /, **values: object) -> str:
        """See `Words`."""
        return text.format(**values)

    def count(self, one: str, many: str, number: int, /, **values: object) -> str:
        """See `Words`."""
        return (one if number == 1 else many).format(number=number, **values)

    def day(self, day: date, /) -> str:
        """See `Words`."""
        return day.isoformat()

    def month(self, day: date, /) -> str:
        """See `Words`."""
        return f"{day:%Y-%m}"

    def kinds(self, data_classes: Sequence[str], /) -> str:
        """See `Words`."""
        return ", ".join(name.lower() for name in data_classes)


PLAIN_ENGLISH = PlainEnglish()
