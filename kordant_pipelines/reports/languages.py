"""A language that a report is in, with the dates, numbers and paper of the reader's country."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.support import NullTranslations

from kordant_pipelines.domain.breaches import DatePrecision
from kordant_pipelines.domain.reports.periods import Period, ReportKind
from kordant_pipelines.languages.catalogues import translations
from kordant_pipelines.languages.locales import spoken

_LETTER = frozenset(
    ("BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE")
)
"""Countries where paper is US Letter (CLDR's `paperSize`); A4 is the rest's."""


@dataclass(frozen=True)
class Language:
    """How one reader is spoken to."""

    locale: Locale
    translations: NullTranslations

    @property
    def tag(self) -> str:
        """The document's language, as BCP 47 has it: "de-DE"."""
        return str(self.locale).replace("_", "-")

    @property
    def paper(self) -> str:
        """The CSS name of the paper the reader's printer holds."""
        return "letter" if self.locale.territory in _LETTER else "A4"

    @property
    def text(self) -> Callable[[str], str]:
        """Translate a message."""
        return self.translations.gettext

    def day(self, day: date) -> str:
        """ "24 Nov 2026", "24.11.2026"."""
        return format_date(day, "medium", locale=self.locale)

    def happened(self, day: date, precision: DatePrecision) -> str:
        """A date no more exact than it is known."""
        match precision:
            case DatePrecision.DAY:
                return self.day(day)
            case DatePrecision.MONTH:
                return format_skeleton("yMMM", day, locale=self.locale)
            case DatePrecision.YEAR:
                return format_skeleton("y", day, locale=self.locale)

    def span(self, period: Period) -> str:
        """ "October 2026", or the days of a week: "16–22 Nov 2026"."""
        if period.kind is ReportKind.MONTHLY:
            return format_skeleton("yMMMM", period.first_day, locale=self.locale)
        return format_interval(period.first_day, period.last_day, "yMMMd", locale=self.locale)

    def tick(self, period: Period) -> str:
        """A period in a chart's axis: "Oct", or a week's last day."""
        if period.kind is ReportKind.MONTHLY:
            return format_skeleton("MMM", period.first_day, locale=self.locale)
        return format_skeleton("Md", period.last_day, locale=self.locale)

    def number(self, number: float) -> str:
        """ "2,000", "2.000"."""
        return format_decimal(number, locale=self.locale)

    def signed(self, number: int) -> str:
        """With its sign, a real minus where it is negative: "+6", "0"."""
        sign = "+" if number > 0 else "\N{MINUS SIGN}" if number < 0 else ""
        return f"{sign}{self.number(abs(number))}"

    def listing(self, words: list[str]) -> str:
        """ "A, B and C"."""
        return format_list(words, locale=self.locale)


def language(tag: str) -> Language:
    """The language for a customer's locale ("de-DE"); English where there is no translation."""
    locale, code = spoken(tag)
    return Language(locale, translations("kordant_pipelines.reports", code))
