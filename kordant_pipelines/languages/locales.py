"""Which languages there are, and which of them a customer's locale means."""

from babel import Locale, UnknownLocaleError

SOURCE = "en"
"""The language the texts are written in."""
TRANSLATED = ("de", "es", "fr")


def spoken(tag: str) -> tuple[Locale, str]:
    """The locale and the language's code for a customer's locale ("de-DE": de_DE, "de").

    English where there is no translation; then without a country, which would be a guess.
    """
    code = tag.split("-")[0]
    if code not in TRANSLATED:
        code = SOURCE
    wanted = tag.replace("-", "_") if tag.startswith(code) else SOURCE
    try:
        return Locale.parse(wanted), code
    except (UnknownLocaleError, ValueError):
        return Locale(code), code
