"""A language that messages are told in, with dates and lists as the customer's country has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.support import NullTranslations

from kordant_pipelines.languages.catalogues import translations
from kordant_pipelines.languages.locales import spoken


@dataclass(frozen=True)
class Language:
    """How one customer is spoken to. It is `domain.words.Words`."""

    locale: Locale
    translations: NullTranslations

    @property
    def tag(self) -> str:
        """As BCP 47 has it: "de-DE"."""
        return str(self.locale).replace("_", "-")

    def say(self, text: str, /, **values: object) -> str:
        """See `Words`. Numbers among the values are written as the country does, years are not."""
        return self.translations.gettext(text).format(**values)

    def count(self, one: str, many: str, number: int, /, **values: object) -> str:
        """See `Words`."""
        shown = format_decimal(number, locale=self.locale)
        return self.translations.ngettext(one, many, number).format(number=shown, **values)

    def day(self, day: date, /) -> str:
        """ "November 24, 2026", "24. November 2026"."""
        return format_date(day, "long", locale=self.locale)

    def month(self, day: date, /) -> str:
        """ "November 2026", "noviembre de 2026"."""
        return format_skeleton("yMMMM", day, locale=self.locale)

    def kinds(self, data_classes: Sequence[str], /) -> str:
        """ "email addresses, IP addresses, and passwords"."""
        labels = [self.translations.gettext(c) for c in data_classes]
        return self.listing(
            # German nouns keep their capitals within a sentence.
            labels if self.locale.language == "de" else [_within(label) for label in labels]
        )

    def listing(self, words: Sequence[str]) -> str:
        """ "A, B und C"."""
        return format_list(list(words), locale=self.locale)


def language(tag: str) -> Language:
    """The language for a customer's locale ("de-DE"); English where there is no translation."""
    locale, code = spoken(tag)
    return Language(locale, translations("kordant_pipelines.messages", code))


def _within(label: str) -> str:
    """A label within a sentence: "IP addresses" stays, "Email addresses" does not."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label
