"""A compiled report as HTML. All that a report holds is escaped; only templates are markup."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from kordant_pipelines.domain.reports import model, score, sections
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.reports import charts, wording
from kordant_pipelines.reports.languages import Language, language

FEW = 15
"""So many identifiers are told one a row, with all that is known; of more, those with gaps."""

LONG = 120
"""From so many findings on they are set smaller, and by level."""


def render_html(report: model.Report) -> str:
    """The report's HTML, in its reader's language."""
    spoken = language(report.locale)
    template = _environment(spoken).get_template("report.html")
    return template.render(report=report, spoken=spoken, **_shared())


@cache
def _environment(spoken: Language) -> Environment:
    environment = Environment(
        loader=PackageLoader("kordant_pipelines.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["ext.i18n.trimmed"] = True
    # Added to the environment by the extension, which leaves it untyped.
    install: Any = environment.install_gettext_translations  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
    install(spoken.translations, newstyle=True)
    environment.filters["number"] = spoken.number
    environment.filters["signed"] = spoken.signed
    environment.filters["day"] = spoken.day
    environment.filters["said"] = spoken.text
    return environment


def _shared() -> dict[str, object]:
    """What templates call by name: rules, words and geometry."""
    return {
        "FEW": FEW,
        "LONG": LONG,
        "Known": model.Known,
        "Standing": model.Standing,
        "Absence": sections.Absence,
        "BrokerStage": sections.BrokerStage,
        "Factor": score.Factor,
        "Severity": Severity,
        "WEIGHTS": score.WEIGHTS,
        "charts": charts,
        "words": wording,
    }
