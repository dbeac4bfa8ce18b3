"""A customer whose report is due."""

import pytest

from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.container import Services
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.looking import subscribe

EMAIL = "watched@example.com"


def publish(sandbox: Sandbox, name: str, *classes: str, **fields: object) -> None:
    """Publish a breach of some years ago that the watched address is in."""
    breach = {"Name": name, "Title": name, "BreachDate": "2024-10-30", "DataClasses": list(classes)}
    sandbox.publish_breach(breach | fields, [EMAIL])


@pytest.fixture
def subscription(services: Services, sandbox: Sandbox, clock: HandClock) -> str:
    """A Premium subscription, first scanned on Tuesday of week 48; it is week 49."""
    publish(sandbox, "Old", "Passwords")
    subscription = subscribe(services.subscriptions, EMAIL, "clean@example.com")
    services.darkwatch.scan(subscription, "run-1")
    clock.advance(days=7)
    return subscription
