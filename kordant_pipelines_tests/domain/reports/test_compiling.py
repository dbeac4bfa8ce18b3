"""What a report lists, as what, and what it makes of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kordant_pipelines.domain.breaches import Source
from kordant_pipelines.domain.reports.compiling import compile_report, moments
from kordant_pipelines.domain.reports.inputs import Gap
from kordant_pipelines.domain.reports.model import Known, Report, Standing
from kordant_pipelines.domain.reports.periods import Period, ReportKind
from kordant_pipelines.domain.reports.score import Factor
from kordant_pipelines.domain.reports.sections import (
    BrokerListing,
    Brokers,
    BrokerStage,
    Properties,
    PropertyEvent,
)
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines_tests.reports.examples import busy
from kordant_pipelines_tests.reports.gathered import NOVEMBER, a_finding, an_item, inputs

OCTOBER = NOVEMBER.previous
JUST = timedelta(microseconds=1)


def _listed(report: Report) -> dict[str, Standing]:
    return {finding.breach: finding.standing for finding in report.findings}


def test_a_finding_is_what_it_was_at_the_end_of_the_period() -> None:
    start, end = OCTOBER.start, OCTOBER.end
    report = compile_report(
        inputs(
            [
                a_finding("first moment", seen=start),
                a_finding("last moment", seen=end - JUST),
                a_finding("after", seen=end),
                a_finding("before", seen=start - JUST),
                a_finding("baseline", seen=start, by_first_check=True),
                a_finding("old baseline", seen=start - JUST, by_first_check=True),
                a_finding("cleared in it", seen=start - JUST, cleared=end - JUST),
                a_finding("came and went", seen=start, cleared=start + JUST),
                a_finding("cleared after", seen=start - JUST, cleared=end),
                a_finding("cleared before", seen=start - 2 * JUST, cleared=start - JUST),
            ]
        )
    )
    assert _listed(report) == {
        "first moment": Standing.NEW,
        "last moment": Standing.NEW,
        "before": Standing.OPEN,
        "baseline": Standing.FIRST_CHECK,
        "old baseline": Standing.OPEN,
        "cleared in it": Standing.RESOLVED,
        "came and went": Standing.RESOLVED,
        "cleared after": Standing.OPEN,
    }
    assert report.open_count == 6


def test_equal_inputs_give_an_equal_report_whatever_their_order() -> None:
    findings = [a_finding(name) for name in ("b", "a", "c")]
    assert compile_report(inputs(findings)) == compile_report(inputs(findings[::-1]))


def test_findings_are_told_the_most_urgent_first() -> None:
    report = compile_report(
        inputs(
            [
                a_finding("low"),
                a_finding("passport", "Passport numbers"),
                a_finding("phone", "Phone numbers"),
            ]
        )
    )
    assert [finding.breach for finding in report.findings] == ["passport", "phone", "low"]


def test_a_breach_is_dated_beside_the_day_it_was_found() -> None:
    [finding] = compile_report(
        inputs([a_finding(seen=datetime(2026, 10, 9, tzinfo=UTC), breach_date=date(2013, 10, 4))])
    ).findings
    assert (finding.breach_date, finding.found) == (date(2013, 10, 4), date(2026, 10, 9))


def test_the_score_compares_the_two_ends_of_the_period() -> None:
    report = compile_report(
        inputs(
            [
                a_finding("old", "Passwords", seen=OCTOBER.start - JUST),
                a_finding("new", "Passwords", seen=OCTOBER.start),
            ]
        )
    )
    assert report.score is not None
    assert (report.score.before, report.score.value, report.score.change) == (94, 88, -6)


def test_an_aging_breach_raises_the_score_by_itself() -> None:
    aging = a_finding(
        "aging", "Passwords", seen=OCTOBER.start - JUST, breach_date=date(2021, 10, 20)
    )
    score = compile_report(inputs([aging])).score
    assert score is not None
    moved = {line.factor: line.change for line in score.lines if line.change}
    assert moved == {Factor.HIGH: 6, Factor.MEDIUM: -2}


def test_a_first_report_has_nothing_to_compare_with() -> None:
    report = compile_report(inputs([a_finding()], watched_since=datetime(2026, 10, 15, tzinfo=UTC)))
    assert report.score is not None
    assert report.score.change is None


@pytest.mark.parametrize(
    "unlooked",
    [
        {"watched_since": datetime(2026, 12, 1, tzinfo=UTC)},
        {"items": (an_item(1, Gap(Source.HIBP, "timeout"), last_answer=None),)},
        {"items": ()},
    ],
)
def test_where_nothing_is_known_there_is_no_score(unlooked: dict[str, Any]) -> None:
    assert compile_report(inputs(**unlooked)).score is None


def test_what_is_known_of_an_identifier() -> None:
    items = (
        an_item(1),
        an_item(2, Gap(Source.HIBP_PASTES, "timeout")),
        an_item(3, Gap(None, "no_source_for_phone"), last_answer=None),
        an_item(4, looked_at=False, last_answer=None),
    )
    coverage = compile_report(inputs(items=items)).coverage
    assert [item.known for item in coverage.items] == [
        Known.ALL,
        Known.IN_PART,
        Known.NOTHING,
        Known.NOTHING,
    ]
    assert not coverage.complete


def test_the_trend_ends_with_the_covered_period_and_knows_what_it_does_not() -> None:
    report = compile_report(inputs([a_finding("x", "Phone numbers", seen=OCTOBER.start)]))
    assert [(p.period.key, p.score) for p in report.trend] == [
        ("2026-04", None),
        ("2026-05", None),
        ("2026-06", 100),
        ("2026-07", 100),
        ("2026-08", 100),
        ("2026-09", 100),
        ("2026-10", 98),
    ]
    assert report.score is not None
    assert report.trend[-1].score == report.score.value


def test_moments_are_the_ends_of_periods() -> None:
    week = Period.parse(ReportKind.WEEKLY, "2026-W48")
    assert [moment.date().isoformat() for moment in moments(week, 3)] == [
        "2026-11-09",
        "2026-11-16",
        "2026-11-23",
    ]


def test_nothing_new_means_that_no_section_moved() -> None:
    quiet = [a_finding(seen=OCTOBER.start - JUST)]
    assert compile_report(inputs(quiet)).nothing_new
    listing = BrokerListing(broker="B", stage=BrokerStage.SUBMITTED, since=date(2026, 10, 2))
    event = PropertyEvent(
        property_label="p",
        document_number="1",
        document_type="Deed",
        recorded=date(2026, 10, 1),
        severity=Severity.INFO,
    )
    moved = (
        inputs(quiet, brokers=Brokers([listing], [1] * 7)),
        inputs(
            quiet,
            properties=Properties(
                watched=1, unchecked=0, good_through=None, events=[event], history=[0] * 7
            ),
        ),
        inputs([a_finding(seen=OCTOBER.start)]),
    )
    assert not any(compile_report(one).nothing_new for one in moved)


def test_other_sections_enter_the_score() -> None:
    report = busy()
    assert report.score is not None
    lines = {line.factor: (line.before, line.now) for line in report.score.lines}
    assert lines[Factor.PROPERTY] == (0, 1)
    assert lines[Factor.BROKERS] == (5, 4)


def test_the_three_actions_are_the_most_urgent_and_each_is_told_once() -> None:
    report = compile_report(
        inputs(
            [
                *(a_finding(f"p{n}", "Passwords", breach_date=date(2026, 9, 1)) for n in range(5)),
                a_finding("old password", "Passwords", seen=OCTOBER.start - JUST),
                a_finding("phone", "Phone numbers"),
                a_finding("mail"),
                a_finding("gone", "Passport numbers", cleared=OCTOBER.end - JUST),
            ]
        )
    )
    told = [(action.kind.value, action.names, action.count) for action in report.actions]
    assert told == [
        ("change_password", ("p0", "p1", "p2"), 6),
        ("expect_scam_calls", ("phone",), 1),
        ("expect_phishing", ("mail",), 1),
    ]


def test_a_deed_comes_before_a_password_and_a_broker_that_waits_is_named() -> None:
    kinds = [action.kind.value for action in busy().actions]
    assert kinds == ["review_deed", "clean_device", "freeze_credit"]


def test_overdue_is_by_the_legal_clock() -> None:
    day = date(2026, 11, 4)
    listing = BrokerListing(broker="B", stage=BrokerStage.SUBMITTED, since=day, deadline=day)
    assert not listing.overdue(day)
    assert listing.overdue(day + timedelta(days=1))
    done = BrokerListing(broker="B", stage=BrokerStage.REMOVED, since=day, deadline=day)
    assert not done.overdue(day + timedelta(days=1))


def test_a_report_holds_no_identifier_whole() -> None:
    assert all("•••" in finding.masked for finding in busy().findings)
