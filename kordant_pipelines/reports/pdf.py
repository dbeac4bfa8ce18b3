"""A report as a tagged PDF (PDF/UA-1). The renderer opens nothing but the package's typeface.

The same report gives the same bytes: no clock is read, the document is dated by its period, and
the typeface is made of static files.
"""

import threading
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from typing_extensions import override
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from kordant_pipelines.domain.reports.model import Report
from kordant_pipelines.reports.html import render_html
from kordant_pipelines.reports.languages import language
from kordant_pipelines.reports.tags import scope_headers
from kordant_pipelines.reports.typeface import face, face_rules

_rendering = threading.Lock()  # Pango's font maps are not made for several threads


class UnexpectedFetch(Exception):
    """A document asked for an address, which nothing in a template of ours does. Not followed."""


@dataclass(frozen=True, slots=True)
class Document:
    """A rendered report."""

    pdf: bytes
    pages: int


def render_pdf(report: Report) -> Document:
    """Render a report.

    Raises:
        UnexpectedFetch: its HTML refers to something outside; no document was made.
    """
    return render_document(render_html(report), paper=language(report.locale).paper)


def render_document(html: str, *, paper: str) -> Document:
    """Render HTML on `paper`, with the reports' style.

    Raises:
        UnexpectedFetch: as above.
    """
    fetcher = TypefaceOnly()
    with _rendering:
        style = _style(paper)
        document = HTML(string=html, url_fetcher=fetcher).render(
            stylesheets=style.sheets, font_config=style.fonts, pdf_variant="pdf/ua-1"
        )
        pdf: bytes | None = document.write_pdf(finisher=scope_headers, pdf_variant="pdf/ua-1")
    if fetcher.refused or pdf is None:  # None only where it was written to a file
        raise UnexpectedFetch(f"{fetcher.refused} addresses were refused")
    return Document(pdf, len(document.pages))


class TypefaceOnly(URLFetcher):
    """Hands out the typeface and refuses all else: no network, no files."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=())
        self.refused = 0

    @override
    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        font = face(url)
        if font is None:
            self.refused += 1
            raise ValueError("reports fetch nothing")  # the address may hold what it was made of
        return URLFetcherResponse(url, font, {"Content-Type": "font/ttf"})


@dataclass(frozen=True)
class _Style:
    fonts: FontConfiguration
    sheets: list[CSS]


@cache
def _style(paper: str) -> _Style:
    """The parsed style and its fonts: most of what a small report costs, so kept for the next."""
    fonts = FontConfiguration()
    return _Style(
        fonts, [CSS(string=style_sheet(paper), font_config=fonts, url_fetcher=TypefaceOnly())]
    )


def style_sheet(paper: str) -> str:
    """The reports' CSS, with the typeface it is set in."""
    sheet = files("kordant_pipelines.reports").joinpath("templates", "report.css").read_text()
    return f"{face_rules()}\n{sheet}\n@page {{ size: {paper}; }}"
