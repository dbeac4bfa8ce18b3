"""Gettext catalogues, compiled in memory when first used: no build step could be missing.

A package's are the `.po` files in its folder `catalogues`. The names of kinds of data are here, and
part of each.
"""

from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from kordant_pipelines.languages.locales import SOURCE

_SHARED = "kordant_pipelines.languages"


def catalogue_text(package: str, code: str) -> bytes:
    """The `.po` file of a package in a language."""
    return files(package).joinpath("catalogues", f"{code}.po").read_bytes()


@cache
def translations(package: str, code: str) -> NullTranslations:
    """A package's texts and the kinds of data in a language; of the source's, the texts as is."""
    if code == SOURCE:
        return NullTranslations()
    return _compiled(package, code).merge(_compiled(_SHARED, code))


def _compiled(package: str, code: str) -> Translations:
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(catalogue_text(package, code)), locale=code))
    compiled.seek(0)
    return Translations(compiled)
