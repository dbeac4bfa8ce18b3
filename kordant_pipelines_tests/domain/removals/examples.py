"""A broker, a person and a request that tests vary."""

from datetime import UTC, datetime

from kordant_pipelines.domain.removals.brokers import Broker, Method, Need, Sight
from kordant_pipelines.domain.removals.clocks import Regime
from kordant_pipelines.domain.removals.people import Person, Residence
from kordant_pipelines.domain.removals.requests import Request

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
ADA = Person(
    name="Ada Lindqvist",
    residence=Residence(city="Oakland", region="CA", country="US"),
    other_names=("Ada Holm",),
    emails=("ada@example.com",),
    phones=("+12025550101",),
)


def broker(**changes: object) -> Broker:
    """A broker that is asked by letter and publishes nothing."""
    facts: dict[str, object] = {
        "key": "letters",
        "name": "Letters Ltd",
        "domain": "letters.example",
        "url": "https://letters.example/",
        "method": Method.EMAIL,
        "sight": Sight.NONE,
        "email": "privacy@letters.example",
        "needs": (Need.PLACE,),
    }
    return Broker.model_validate(facts | changes)


def request(
    method: Method = Method.EMAIL,
    sight: Sight = Sight.SITE,
    regime: Regime = Regime.CCPA,
) -> Request:
    """A request that was just opened."""
    return Request(method=method, sight=sight, regime=regime, state_since=START)
