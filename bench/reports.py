"""What reports cost: `python -m bench.reports`.

Renders a quiet, a busy and a huge subscription's report (2,000 findings) in English and German,
each in a process of its own, then as many quiet and busy ones as fit into some seconds on one core,
beside WeasyPrint alone on the same HTML. Prints a line a measure, and one JSON object last.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from kordant_pipelines.domain.reports.model import Report
from kordant_pipelines.reports.html import render_html
from kordant_pipelines.reports.languages import language
from kordant_pipelines.reports.pdf import TypefaceOnly, render_pdf, style_sheet
from kordant_pipelines_tests.reports.examples import REPORTS

LOCALES = ("en-US", "de-DE")
NAMES = ("quiet", "busy", "huge")


def once(name: str, locale: str, folder: str | None) -> dict[str, float]:
    """One report in a fresh process: seconds, pages, bytes, and the process's peak memory."""
    report: Report = REPORTS[name](locale)
    began, used = time.perf_counter(), time.process_time()
    document = render_pdf(report)
    measured = {
        "seconds": round(time.perf_counter() - began, 2),
        "cpu_seconds": round(time.process_time() - used, 2),
        "pages": document.pages,
        "kilobytes": len(document.pdf) // 1024,
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    if folder:
        Path(folder, f"{name}-{locale}.pdf").write_bytes(document.pdf)
    return measured


def bare(report: Report) -> Callable[[], object]:
    """WeasyPrint alone on the same HTML, style and typeface, as its own documentation has it."""
    html, sheet = render_html(report), style_sheet(language(report.locale).paper)

    def render() -> object:
        fonts = FontConfiguration()
        style = CSS(string=sheet, font_config=fonts, url_fetcher=TypefaceOnly())
        page = HTML(string=html, url_fetcher=TypefaceOnly())
        return page.write_pdf(stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1")

    return render


def per_cpu_second(action: Callable[[], object], seconds: float) -> float:
    """How often `action` ends per CPU second, after one call to warm up."""
    action()
    began, count = time.process_time(), 0
    while time.process_time() - began < seconds:
        action()
        count += 1
    return count / (time.process_time() - began)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0, help="for each throughput")
    parser.add_argument("--save", metavar="FOLDER", help="where to keep the PDFs")
    options = parser.parse_args()
    results: dict[str, object] = {}
    for name in NAMES:
        for locale in LOCALES:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
                measured = fresh.submit(once, name, locale, options.save).result()
            results[f"{name} {locale}"] = measured
            print(f"{name:6} {locale}  {measured}")
    for name in ("quiet", "busy"):
        report: Report = REPORTS[name]("en-US")
        whole = per_cpu_second(lambda report=report: render_pdf(report), options.seconds)
        alone = per_cpu_second(bare(report), options.seconds)
        results[f"{name} per CPU second"] = {"whole": round(whole, 2), "bare": round(alone, 2)}
        print(f"{name:6} {whole:.2f} per CPU second, {whole / alone:.2f} times bare WeasyPrint")
    print(json.dumps(results))


if __name__ == "__main__":
    main()
