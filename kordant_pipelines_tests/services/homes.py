"""A house in a sandbox county, and its owner as a customer."""

from collections.abc import Sequence
from datetime import timedelta

from kordant_pipelines.domain.alerts import AlertKind
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.alerts import Alert
from kordant_pipelines.services.container import Services
from kordant_pipelines_tests.services.looking import (
    subscribe,
)

DAY = timedelta(days=1)
LOT = "1999020001"
PIN = "99099990021001"
OWNER = "Ada Lovelace"
HOME: dict[str, object] = {
    "county": "nyc",
    "parcel": "1-99902-0001",
    "owners": (OWNER,),
    "lenders": ("Harbor Savings Bank",),
}


def homeowner(services: Services, *homes: dict[str, object], **more: object) -> str:
    properties = homes or (HOME,)
    return subscribe(services.subscriptions, properties=properties, name=OWNER, **more)


def bought(sandbox: Sandbox) -> None:
    """Record the house as it was before anyone watched it."""
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


def told(alerts: Sequence[Alert]) -> list[tuple[AlertKind, Severity]]:
    return sorted((alert.kind, alert.severity) for alert in alerts)
