"""A worker killed at any step, and workers at once: one message is one send."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError

from kordant_pipelines.providers.sending import Sent
from kordant_pipelines.security.keyring import write_keyring
from kordant_pipelines.security.links import LinkSigner
from kordant_pipelines.services.container import channel_access
from kordant_pipelines.services.notifications.claims import Claim, ClaimLost, Claims
from kordant_pipelines.services.notifications.links import Links
from kordant_pipelines.services.people import People
from kordant_pipelines.storage.models.deliveries import DeliveryStatus
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.services.notifications.desk import PROVIDERS, UNREACHABLE, Desk

EACH = pytest.mark.parametrize("provider", PROVIDERS)
ASKABLE = {"resend": "sent", "twilio": "found to be sent"}

WORKER = """
import json, sys
from datetime import datetime
from pathlib import Path
from kordant_pipelines.security.keyring import read_keyring
from kordant_pipelines.services.container import build_services
from kordant_pipelines.settings import Settings
from kordant_pipelines_tests.clock import HandClock

given = json.loads(sys.stdin.read())
settings = Settings(**given["settings"])
clock = HandClock(datetime.fromisoformat(given["now"]))
services = build_services(settings, read_keyring(Path(given["keyring"])), clock=clock)
services.notifications.send(given["subscription"], "run-killed")
"""


class Hands:
    """A worker's steps one by one, so that it can be dropped after any of them."""

    def __init__(self, desk: Desk, provider: str) -> None:
        self._subscription = desk.subscription
        self.claims = Claims(desk.services.database, People.with_keyring(desk.keyring), desk.clock)
        signer = LinkSigner(desk.keyring, "test")
        links = Links("https://kordant.example", signer, signer, timedelta(days=30))
        self._open = channel_access(desk.settings).routes(links, desk.clock).by_provider[provider]

    def claim(self) -> Claim:
        """Claim the one message that is due."""
        [(delivery_id, _)] = self.claims.due(self._subscription)
        claim = self.claims.claim(delivery_id)
        assert claim is not None
        return claim

    def send(self, claim: Claim) -> None:
        """Send it for real, and forget the answer."""

        async def sending() -> None:
            async with self._open() as sender:
                handing_over = partial(self.claims.handing_over, claim)
                outcome = await sender.send(claim.payload, claim.delivery_id, handing_over)
                assert isinstance(outcome, Sent)

        asyncio.run(sending())


@pytest.fixture
def hands(desk: Desk, provider: str) -> Hands:
    """One message is rendered and due; it was not handed over."""
    desk.owe(PROVIDERS[provider])
    with desk.other_worker(**UNREACHABLE[provider]) as worker:
        worker.notifications.send(desk.subscription, "run-0")
    desk.clock.advance(minutes=2)
    assert [d.status for d in desk.deliveries()] == [DeliveryStatus.READY]
    return Hands(desk, provider)


@EACH
def test_killed_while_planning(desk: Desk, provider: str) -> None:
    desk.owe(PROVIDERS[provider])
    desk.execute("ALTER TABLE deliveries ADD CONSTRAINT broken CHECK (id IS NULL)")
    with pytest.raises(DBAPIError):
        desk.send()
    desk.execute("ALTER TABLE deliveries DROP CONSTRAINT broken")
    assert desk.deliveries() == []
    assert desk.send("run-2").messages == {"sent": 1}
    assert len(desk.got(PROVIDERS[provider])) == 1


@EACH
def test_killed_between_claiming_and_sending(desk: Desk, hands: Hands, provider: str) -> None:
    hands.claim()
    assert desk.send("run-2").messages == {}  # it is someone's until the lease ends
    assert not desk.due()
    desk.clock.advance(minutes=6)
    assert desk.due()
    assert desk.send("run-3").messages == {"sent": 1}
    assert len(desk.got(PROVIDERS[provider])) == 1


@EACH
def test_killed_when_about_to_send(desk: Desk, hands: Hands, provider: str) -> None:
    """It was marked as leaving and did not: who can be asked is, who cannot is not sent to."""
    hands.claims.handing_over(hands.claim())
    desk.clock.advance(minutes=6)
    askable = provider in ASKABLE
    assert desk.send("run-2").messages == {"sent" if askable else "unconfirmed": 1}
    assert len(desk.got(PROVIDERS[provider])) == (1 if askable else 0)


@EACH
def test_killed_between_sending_and_recording(desk: Desk, hands: Hands, provider: str) -> None:
    hands.send(hands.claim())
    assert desk.send("run-2").messages == {}
    desk.clock.advance(minutes=6)
    assert desk.send("run-3").messages == {ASKABLE.get(provider, "unconfirmed"): 1}
    assert len(desk.got(PROVIDERS[provider])) == 1
    assert not desk.due()


@EACH
def test_a_worker_that_slept_through_its_lease_sends_nothing(
    desk: Desk, hands: Hands, provider: str
) -> None:
    slow = hands.claim()
    desk.clock.advance(minutes=6)
    with pytest.raises(ClaimLost):
        hands.claims.handing_over(slow)
    assert desk.send("run-2").messages == {"sent": 1}
    with pytest.raises(ClaimLost):
        hands.claims.handing_over(slow)
    hands.claims.again(slow, desk.clock(), "late", in_doubt=False)
    assert [d.status for d in desk.deliveries()] == [DeliveryStatus.SENT]
    assert len(desk.got(PROVIDERS[provider])) == 1


@EACH
def test_many_at_once(desk: Desk, provider: str) -> None:
    channel = PROVIDERS[provider]
    desk.owe(channel)
    reports = at_once(lambda number: desk.send(f"run-{number}"), 8)
    assert sum(report.messages.get("sent", 0) for report in reports) == 1
    assert sum(report.rendered for report in reports) == 1
    assert len(desk.got(channel)) == 1


def test_owed_twice_at_once_is_told_once(desk: Desk) -> None:
    new = at_once(lambda _: desk.owe(key="report:same"), 8)
    assert sorted(new) == [0] * 7 + [1]
    assert desk.send().messages == {"sent": 1}


@EACH
def test_a_process_killed_in_the_middle_of_a_request(
    desk: Desk, provider: str, tmp_path: Path
) -> None:
    """SIGKILL, for real, while the provider holds the request; it never takes it."""
    channel = PROVIDERS[provider]
    desk.owe(channel)
    desk.fault(provider, "timeout" if provider != "smtp" else "disconnect")
    settings = desk.settings.model_copy(update={"provider_timeout_seconds": 30.0})
    keyring = tmp_path / "keyring.json"
    write_keyring(keyring, desk.keyring)
    given = {
        "settings": _plain(settings.model_dump(exclude_none=True)),
        "keyring": str(keyring),
        "subscription": desk.subscription,
        "now": desk.clock().isoformat(),
    }
    with subprocess.Popen(
        [sys.executable, "-c", WORKER], stdin=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdin is not None
        worker.stdin.write(json.dumps(given))
        worker.stdin.close()
        try:
            if provider != "smtp":  # the mail server breaks off by itself
                _until_sending(desk)
        finally:
            if provider != "smtp":
                worker.send_signal(signal.SIGKILL)
    desk.sandbox.clear_faults()  # the kill may have come before the request
    taken = 1 if provider == "smtp" else 0
    assert len(desk.got(channel)) == taken
    desk.clock.advance(minutes=6)
    after = {"smtp": {}, "fcm": {"unconfirmed": 1}}.get(provider, {"sent": 1})
    report = desk.send("run-2")
    assert report.messages == after, report.sentence()
    assert len(desk.got(channel)) == (1 if provider in ASKABLE else taken)


def _until_sending(desk: Desk) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if [d.status for d in desk.deliveries()] == [DeliveryStatus.SENDING]:
            return
        time.sleep(0.02)
    pytest.fail("the worker never came to send")


def _plain(values: dict[str, object]) -> dict[str, object]:
    """Settings as JSON can carry them, secrets revealed."""
    shown: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, SecretStr):
            shown[name] = value.get_secret_value()
        else:
            shown[name] = value if isinstance(value, int | float | str | tuple) else str(value)
    return shown
