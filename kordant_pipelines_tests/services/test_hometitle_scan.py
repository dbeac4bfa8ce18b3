"""What a HomeTitle scan finds, tells and remembers, when the registers answer."""

from collections.abc import Sequence

from kordant_pipelines.domain.alerts import AlertKind
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.alerts import Alert
from kordant_pipelines.services.container import Services
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.looking import subscribe, title_counts

LOT = "1999020001"
PIN = "99099990021001"
OWNER = "Ada Lovelace"
HOME: dict[str, object] = {
    "county": "nyc",
    "parcel": "1-99902-0001",
    "owners": (OWNER,),
    "lenders": ("Harbor Savings Bank",),
}


def _homeowner(services: Services, *homes: dict[str, object], **more: object) -> str:
    properties = homes or (HOME,)
    return subscribe(services.subscriptions, properties=properties, name=OWNER, **more)


def _bought(sandbox: Sandbox) -> None:
    """The house as it was before anyone watched it."""
    sandbox.record(
        "acris", LOT, "deed", amount=500000, grantors=["DOE, JOHN"], grantees=["LOVELACE, ADA"]
    )
    sandbox.record(
        "acris",
        LOT,
        "mortgage",
        amount=300000,
        grantors=["LOVELACE, ADA"],
        grantees=["HARBOR SAVINGS BANK NA"],
    )


def _told(alerts: Sequence[Alert]) -> list[tuple[AlertKind, Severity]]:
    return sorted((alert.kind, alert.severity) for alert in alerts)


def test_a_forged_deed_a_refinance_and_a_lien_are_told_once_each(
    services: Services, sandbox: Sandbox, clock: HandClock
) -> None:
    _bought(sandbox)
    subscription = _homeowner(services)
    first = services.hometitle.scan(subscription, "run-1")
    assert (first.recorded.new_documents, first.recorded.alerts) == (2, 0)

    clock.advance(days=30)
    sandbox.record(
        "acris",
        LOT,
        "quitclaim",
        amount=0,
        grantors=["LOVELACE, ADA"],
        grantees=["QUICK HOMES LLC"],
    )
    sandbox.record("acris", LOT, "satisfaction", grantors=["HARBOR SAVINGS BANK NA"])
    sandbox.record(
        "acris",
        LOT,
        "mortgage",
        amount=310000,
        grantors=["LOVELACE, ADA"],
        grantees=["LAKE CREDIT UNION"],
    )
    sandbox.record("acris", LOT, "lien", amount=18000, grantors=["LOVELACE, ADA"])
    second = services.hometitle.scan(subscription, "run-2")
    alerts = services.alerts.of(subscription)
    assert _told(alerts) == [
        (AlertKind.TITLE_CHANGE, Severity.CRITICAL),
        (AlertKind.TITLE_CHANGE, Severity.HIGH),
        (AlertKind.TITLE_QUESTION, Severity.MEDIUM),
    ]
    assert (second.recorded.alerts, second.recorded.questions) == (3, 1)
    assert second.recorded.notifications == 3

    clock.advance(days=1)
    before = title_counts(services.database)
    third = services.hometitle.scan(subscription, "run-3")
    assert third.recorded.alerts == 0
    assert title_counts(services.database) == before
