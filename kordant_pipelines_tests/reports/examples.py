"""Reports to render: a quiet, a busy and a huge subscription's, and one nobody could check."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from kordant_pipelines.domain.breaches import DatePrecision, Source
from kordant_pipelines.domain.coverage import Outcome
from kordant_pipelines.domain.identifiers import IdentifierKind
from kordant_pipelines.domain.reports.compiling import compile_report
from kordant_pipelines.domain.reports.inputs import (
    Gap,
    Looks,
)
from kordant_pipelines.domain.reports.model import Report
from kordant_pipelines.domain.reports.sections import (
    BrokerListing,
    Brokers,
    BrokerStage,
    Properties,
    PropertyEvent,
    Voice,
    VoiceOutcome,
    VoiceResult,
)
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines_tests.reports.gathered import WEEK_48, a_finding, an_item, inputs

NAMES = ("Adobe", "Pixel Harbor", "Wolke Sieben Hosting", "Voyageurs Unis", "Telefonik Plus")
CLASSES = (
    ("Email addresses", "Passwords"),
    ("Email addresses", "Names", "Phone numbers"),
    ("Email addresses", "Dates of birth", "Physical addresses", "Usernames"),
    ("Government issued IDs", "Names", "Passport numbers"),
    ("Email addresses", "IP addresses"),
)


def quiet(locale: str = "en-US") -> Report:
    """Nothing new; two old findings."""
    old = datetime(2026, 6, 4, tzinfo=UTC)
    return compile_report(
        inputs(
            [
                a_finding(
                    "Adobe",
                    "Email addresses",
                    "Password hints",
                    seen=old,
                    breach_date=date(2013, 10, 4),
                ),
                a_finding("Pixel Harbor", "Email addresses", "Usernames", seen=old),
            ],
            locale=locale,
        )
    )


def busy(locale: str = "en-US") -> Report:
    """A week with all sections, gaps, and findings of every standing."""
    monday = WEEK_48.previous.start
    findings = [
        a_finding(
            "Wolke Sieben Hosting",
            "Email addresses",
            "Passwords",
            "Names",
            seen=monday + timedelta(days=1, hours=5),
            breach_date=date(2026, 10, 30),
        ),
        a_finding(
            "Docu Vaultly",
            "Government issued IDs",
            "Names",
            "Passport numbers",
            seen=monday + timedelta(days=3),
            breach_date=date(2025, 2, 1),
            date_precision=DatePrecision.MONTH,
        ),
        a_finding(
            "Stealer Logs, Autumn 2026",
            "Passwords",
            "Visited websites",
            seen=monday + timedelta(days=4),
            is_stealer_log=True,
            breach_date=date(2026, 9, 1),
            date_precision=DatePrecision.YEAR,
        ),
        a_finding(
            "Telefonik Plus",
            "Phone numbers",
            "Names",
            seen=monday + timedelta(days=2),
            by_first_check=True,
            masked="•••0123",
            source=Source.LEAKCHECK,
            breach_date=None,
        ),
        a_finding(
            "Pinnacle Retail",
            "Partial credit card data",
            "Purchases",
            "Physical addresses",
            seen=monday - timedelta(days=30),
        ),
        a_finding(
            "Adobe",
            "Email addresses",
            "Password hints",
            "Usernames",
            seen=monday - timedelta(days=60),
            breach_date=date(2013, 10, 4),
        ),
        a_finding(
            "Scrape Social",
            "Email addresses",
            "Social media profiles",
            "Names",
            seen=monday - timedelta(days=40),
        ),
        a_finding(
            "Voyageurs Unis",
            "Email addresses",
            "Passwords",
            seen=monday - timedelta(days=35),
            cleared=monday + timedelta(days=5),
        ),
    ]
    listings = [
        BrokerListing(
            broker="PeopleFinder Gold",
            stage=BrokerStage.SUBMITTED,
            since=date(2026, 9, 20),
            deadline=date(2026, 11, 4),
        ),
        BrokerListing(
            broker="Acme Records & Sons",
            stage=BrokerStage.ACKNOWLEDGED,
            since=date(2026, 11, 10),
            deadline=date(2026, 12, 25),
        ),
        BrokerListing(broker="WhoIsWhere", stage=BrokerStage.REMOVED, since=date(2026, 11, 18)),
        BrokerListing(
            broker="Spotlight Data", stage=BrokerStage.REAPPEARED, since=date(2026, 11, 19)
        ),
        BrokerListing(broker="Clear Mirror", stage=BrokerStage.NEEDS_YOU, since=date(2026, 11, 12)),
    ]
    events = [
        PropertyEvent(
            property_label="•••12 Oak St",
            document_number="2026000412345",
            document_type="Quitclaim deed",
            recorded=date(2026, 11, 17),
            severity=Severity.CRITICAL,
        ),
        PropertyEvent(
            property_label="•••12 Oak St",
            document_number="2026000298111",
            document_type="Satisfaction of mortgage",
            recorded=date(2026, 8, 3),
            severity=Severity.INFO,
            settled=True,
        ),
    ]
    return compile_report(
        inputs(
            findings,
            period=WEEK_48,
            points=12,
            watched_since=datetime(2026, 9, 20, tzinfo=UTC),
            locale=locale,
            items=(
                an_item(1, last=datetime(2026, 11, 22, 3, tzinfo=UTC)),
                an_item(
                    2,
                    Gap(Source.HIBP_PASTES, "timeout"),
                    last=datetime(2026, 11, 19, 3, tzinfo=UTC),
                ),
                an_item(
                    3,
                    Gap(None, "no_source_for_phone"),
                    masked="•••0123",
                    kind=IdentifierKind.PHONE,
                    last_answer=None,
                ),
                an_item(
                    4,
                    masked="lu•••",
                    kind=IdentifierKind.USERNAME,
                    last=datetime(2026, 11, 22, 3, tzinfo=UTC),
                ),
            ),
            looks=Looks(
                scans=7,
                incomplete_scans=2,
                outcomes={
                    Outcome.CHECKED: 19,
                    Outcome.UNCHANGED: 23,
                    Outcome.NOT_CHECKED: 2,
                    Outcome.UNCOVERED: 7,
                },
            ),
            brokers=Brokers(listings, [5] * 10 + [5, 4]),
            properties=Properties(
                watched=2,
                unchecked=1,
                good_through=date(2026, 11, 20),
                events=events,
                history=[0] * 11 + [1],
            ),
            voice=Voice(
                [
                    VoiceResult(date(2026, 11, 18), VoiceOutcome.SIMILAR, 0.83),
                    VoiceResult(date(2026, 11, 20), VoiceOutcome.NOT_ASSESSED, None),
                ]
            ),
        )
    )


def huge(locale: str = "en-US", count: int = 2000) -> Report:
    """2,000 findings over 80 identifiers."""
    start = datetime(2026, 5, 2, 3, tzinfo=UTC)
    findings = [
        a_finding(
            f"{NAMES[n % 5]} {n}",
            *CLASSES[n % 5],
            seen=start + timedelta(hours=2.15 * n),
            cleared=datetime(2026, 10, 9, tzinfo=UTC) if n % 17 == 0 and n < 1700 else None,
            masked=f"{'abcdefghij'[n % 10]}•••@{'klmnopqr'[n % 8]}•••.com",
            breach_date=date(2010 + n % 16, 1 + n % 12, 1 + n % 28),
        )
        for n in range(count)
    ]
    return compile_report(
        inputs(findings, watched_since=start, locale=locale, items=[an_item(n) for n in range(80)])
    )


def unchecked(locale: str = "en-US") -> Report:
    """A new subscription whose first checks all failed."""
    return compile_report(
        inputs(
            watched_since=datetime(2027, 1, 1, tzinfo=UTC),
            locale=locale,
            items=(an_item(1, Gap(Source.HIBP, "unavailable"), last_answer=None),),
            looks=Looks(scans=2, incomplete_scans=2, outcomes={Outcome.NOT_CHECKED: 4}),
        )
    )


REPORTS: Mapping[str, Any] = {"quiet": quiet, "busy": busy, "huge": huge, "unchecked": unchecked}
