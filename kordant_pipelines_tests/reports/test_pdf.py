"""The document: accessible, the same each time, and closed to what data could smuggle in."""

import logging
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pdfua
import pytest
from pikepdf import Name

from kordant_pipelines.domain.advice import Advice
from kordant_pipelines.domain.reports.compiling import compile_report
from kordant_pipelines.domain.reports.model import Report
from kordant_pipelines.domain.reports.sections import (
    BrokerListing,
    Brokers,
    BrokerStage,
    Properties,
    PropertyEvent,
)
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.reports.html import render_html
from kordant_pipelines.reports.pdf import UnexpectedFetch, render_document, render_pdf
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.reports.examples import REPORTS, busy, quiet
from kordant_pipelines_tests.reports.gathered import a_finding, an_item, inputs
from kordant_pipelines_tests.reports.reading import Read

LOCALES = ("en-US", "de-DE", "es-ES", "fr-FR")
MARKUP = '<script>alert(1)</script><img src="http://127.0.0.1:9/x"><b>bold</b>&amp;{{ 7*7 }}'


@pytest.fixture(scope="module", params=["quiet", "busy", "unchecked"])
def document(request: pytest.FixtureRequest) -> tuple[Report, Read]:
    report = REPORTS[request.param]("de-DE")
    return report, Read(render_pdf(report).pdf)


def test_it_says_what_it_is(document: tuple[Report, Read]) -> None:
    report, read = document
    assert str(read.root.Lang) == "de-DE"
    assert read.root.ViewerPreferences.DisplayDocTitle
    assert read.root.MarkInfo.Marked
    with read.pdf.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert "Schutzbericht" in str(metadata["dc:title"])
        assert metadata["xmp:CreateDate"] == report.period.start.isoformat()


def test_everything_shown_is_tagged_or_an_artifact(document: tuple[Report, Read]) -> None:
    assert document[1].untagged() == 0


def test_headings_step_down_one_at_a_time_and_are_the_outline(
    document: tuple[Report, Read],
) -> None:
    read = document[1]
    levels = [int(e.tag[1]) for e in read.elements() if e.tag in {"H1", "H2", "H3", "H4"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    with read.pdf.open_outline() as outline:
        assert len(outline.root) == 1
        assert len(outline.root[0].children) == levels.count(2)


def test_every_figure_says_in_words_what_it_shows(document: tuple[Report, Read]) -> None:
    report, read = document
    alts = [figure.alt for figure in read.elements("Figure")]
    assert all(alts)
    if report.score is not None:
        assert any(str(report.score.value) in str(alt) for alt in alts)


def test_every_cell_knows_its_headers(document: tuple[Report, Read]) -> None:
    read = document[1]
    headers = read.elements("TH")
    assert {str(header.node.A.Scope) for header in headers} == {"/Column", "/Row"}
    known = {bytes(header.node.ID) for header in headers}
    for cell in read.elements("TD"):
        named = {bytes(name) for name in cell.node.A.Headers}
        assert named
        assert named <= known


def test_tables_are_made_of_rows_and_lists_of_items(document: tuple[Report, Read]) -> None:
    for element in document[1].elements():
        if element.tag in {"TH", "TD"}:
            assert element.within[-1] == "TR"
        if element.tag == "LBody":
            assert element.within[-1] == "LI"


def test_fonts_are_embedded(document: tuple[Report, Read]) -> None:
    fonts = list(document[1].fonts())
    assert fonts
    for font in fonts:
        assert Name.FontFile2 in font or Name.FontFile3 in font
        assert "Fira" in str(font.FontName)


def test_it_is_read_in_the_order_in_which_it_is_laid_out(document: tuple[Report, Read]) -> None:
    lines = document[1].text().splitlines()
    order = (
        "Ihr Schutzbericht",
        "Was zuerst zu tun ist",
        "Wie Ihr Schutzwert zustande kam",
        "Was wir geprüft haben",
        "Ihre Daten in bekannten Datenlecks",
        "Datenhändler",
        "Ihre Immobilie",
        "Ihre Stimme",
        "Wie dieser Bericht zu lesen ist",
    )
    places = [next(n for n, line in enumerate(lines) if line.startswith(x)) for x in order]
    assert places == sorted(places)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", ["quiet", "busy", "unchecked"])
def test_a_checker_finds_nothing(name: str, locale: str, tmp_path: Path) -> None:
    """pdfua checks the part of PDF/UA-1 a machine can, as far as it goes."""
    file = tmp_path / "report.pdf"
    file.write_bytes(render_pdf(REPORTS[name](locale)).pdf)
    result = pdfua.validate(str(file))
    assert [finding.rule_id for finding in result.findings] == []


def test_the_renderer_has_nothing_to_complain_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="weasyprint"):
        render_pdf(busy())
    assert caplog.records == []


@pytest.mark.parametrize("make", [quiet, busy])
def test_the_same_report_gives_the_same_bytes(make: Callable[[], Report]) -> None:
    assert render_pdf(make()).pdf == render_pdf(make()).pdf


def test_another_process_gives_the_same_bytes(tmp_path: Path) -> None:
    code = (
        "import sys; from kordant_pipelines.reports.pdf import render_pdf;"
        "from kordant_pipelines_tests.reports.examples import busy, quiet;"
        "render_pdf(quiet('fr-FR')); sys.stdout.buffer.write(render_pdf(busy()).pdf)"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        env={"HOME": str(tmp_path), "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
    )
    assert other.stdout == render_pdf(busy()).pdf


def test_several_threads_give_the_same_bytes() -> None:
    def render(_number: int) -> bytes:
        return render_pdf(quiet()).pdf

    assert len(set(at_once(render, 4, threads=4))) == 1


def _hostile() -> Report:
    start = datetime(2026, 10, 2, tzinfo=UTC)
    waiting = BrokerListing(broker=MARKUP, stage=BrokerStage.NEEDS_YOU, since=start.date())
    return compile_report(
        inputs(
            [a_finding(MARKUP, MARKUP, "Passwords", seen=start, masked=MARKUP)],
            addressee=MARKUP,
            items=(an_item(masked=MARKUP),),
            brokers=Brokers([waiting], [1] * 7),
            properties=Properties(
                watched=1,
                unchecked=0,
                good_through=None,
                history=[0] * 7,
                events=[
                    PropertyEvent(
                        property_label=MARKUP,
                        document_number=MARKUP,
                        document_type=MARKUP,
                        recorded=date(2026, 10, 3),
                        severity=Severity.CRITICAL,
                    )
                ],
            ),
        )
    )


@pytest.mark.parametrize("locale", LOCALES)
def test_markup_in_what_was_gathered_stays_text(locale: str) -> None:
    report = replace(_hostile(), locale=locale)
    html = render_html(report)
    assert "<script" not in html
    assert "<b>" not in html
    assert "127.0.0.1:9/x&#34;" in html
    assert html.count("&lt;script&gt;") >= 8
    assert "49" not in html.replace("{{ 7*7 }}", "")
    text = Read(render_pdf(report).pdf).text().replace("\n", "")
    assert text.count("<script>alert(1)</script>") >= 6


@pytest.mark.parametrize(
    "reference",
    [
        '<img src="file:///etc/hostname" alt="x">',
        '<img src="http://127.0.0.1:9/a.png" alt="x">',
        '<link rel="stylesheet" href="file:///etc/passwd">',
        '<link rel="attachment" href="file:///etc/passwd">',
        "<style>@import url(http://127.0.0.1:9/a.css);</style>",
        '<p style="background: url(data:image/png;base64,AAAA)">x</p>',
        '<svg xmlns="http://www.w3.org/2000/svg"><title>x</title><image href="file:///etc/hostname"/></svg>',
        '<img src="kordant-font:../../etc/hostname" alt="x">',
    ],
)
def test_the_renderer_opens_nothing(reference: str) -> None:
    page = f"<html lang='en'><title>t</title><body><p>x</p>{reference}</body></html>"
    with pytest.raises(UnexpectedFetch) as refused:
        render_document(page, paper="A4")
    assert "127.0.0.1" not in str(refused.value)


def test_paper_is_what_the_readers_printer_holds() -> None:
    sizes: dict[str, tuple[int, int]] = {}
    for locale in ("en-US", "de-DE"):
        read = Read(render_pdf(quiet(locale)).pdf)
        box: Any = read.pdf.pages[0].mediabox
        sizes[locale] = round(float(box[2])), round(float(box[3]))
    assert sizes == {"en-US": (612, 792), "de-DE": (595, 842)}


def test_every_finding_of_a_large_report_is_in_it() -> None:
    report = REPORTS["huge"]("en-US", 150)
    text = Read(render_pdf(report).pdf).text()
    assert all(finding.breach in text for finding in report.findings)
    assert len(report.findings) > 140
    assert Advice.EXPECT_PHISHING in {finding.advice for finding in report.findings}
