"""Each channel through each outcome: sends are counted by the sandbox, never two for one."""

import pytest
from pydantic import SecretStr

from kordant_pipelines.domain.channels import Channel
from kordant_pipelines.storage.models.deliveries import DeliveryStatus
from kordant_pipelines.storage.models.notifications import NotificationStatus
from kordant_pipelines_tests.conftest import Servers
from kordant_pipelines_tests.services.notifications.desk import PROVIDERS, UNREACHABLE, Desk

EACH = pytest.mark.parametrize("provider", PROVIDERS)

REFUSING = {
    "smtp": ("contact_emails", "nobody@example.com", "bounced"),
    "twilio": ("contact_phones", "+15005550004", "unsubscribed"),
    "fcm": ("contact_devices", "unregistered-device", "unreachable"),
}


@EACH
def test_accepted(desk: Desk, provider: str) -> None:
    channel = PROVIDERS[provider]
    desk.owe(channel)
    report = desk.send()
    assert report.messages == {"sent": 1}
    [message] = desk.got(channel)
    [delivery] = desk.deliveries()
    assert (delivery.status, delivery.provider_id) == (DeliveryStatus.SENT, message.id)
    assert delivery.provider == provider
    assert [n.status for n in desk.notifications()] == [NotificationStatus.SENT]
    assert not desk.due()
    assert desk.send("run-2").messages == {}
    assert len(desk.got(channel)) == 1


@EACH
@pytest.mark.parametrize("seconds", [None, 7])
def test_told_to_wait(desk: Desk, provider: str, seconds: int | None, servers: Servers) -> None:
    channel = PROVIDERS[provider]
    desk.owe(channel)
    desk.fault(provider, "rate_limited", retry_after=seconds)
    assert desk.send().messages == {"to be tried again": 1}
    assert desk.got(channel) == []
    assert [d.status for d in desk.deliveries()] == [DeliveryStatus.READY]
    assert not desk.due()  # it moved its own next moment
    desk.clock.advance(minutes=2)
    servers.empty_valkey()  # with it the pause that a 429 asked for, as time would
    assert desk.due()
    assert desk.send("run-2").messages == {"sent": 1}
    assert len(desk.got(channel)) == 1


@EACH
def test_refused_keys_are_an_operators_business_and_lose_nothing(desk: Desk, provider: str) -> None:
    channel = PROVIDERS[provider]
    desk.owe(channel)
    desk.fault(provider, "bad_key")
    report = desk.send()
    assert report.blocked[0].startswith(f"{provider}: ")
    assert not desk.due()
    desk.clock.advance(hours=2)
    assert desk.send("run-2").messages == {"sent": 1}
    assert len(desk.got(channel)) == 1


@pytest.mark.parametrize("provider", REFUSING)
def test_refused_for_good_suppresses_the_address(desk: Desk, provider: str) -> None:
    field, address, reason = REFUSING[provider]
    desk.subscribe(ref="sale-refused", **{field: (address,)})
    channel = PROVIDERS[provider]
    desk.owe(channel)
    assert desk.send().messages == {"refused": 1}
    assert [d.status for d in desk.deliveries()] == [DeliveryStatus.FAILED]
    assert [n.status for n in desk.notifications()] == [NotificationStatus.FAILED]
    calls = desk.sandbox.call_count(provider)
    desk.owe(channel)
    report = desk.send("run-2")
    assert (report.dropped, report.messages) == (1, {})
    assert desk.notifications()[-1].reason == reason
    assert desk.sandbox.call_count(provider) == calls


def test_refused_without_a_fault_of_the_address_suppresses_nothing(desk: Desk) -> None:
    desk.subscribe(ref="sale-no-region", contact_phones=("+15005550003",))
    desk.owe(Channel.SMS)
    report = desk.send()
    assert report.reasons == {"twilio: twilio_21408": 1}
    desk.owe(Channel.SMS)
    assert desk.send("run-2").messages == {"refused": 1}


def test_a_full_mailbox_is_tried_again(desk: Desk) -> None:
    desk.subscribe(ref="sale-full", contact_emails=("full@example.com",))
    desk.owe()
    assert desk.send().reasons == {"smtp: smtp_452": 1}
    assert [d.status for d in desk.deliveries()] == [DeliveryStatus.READY]


@pytest.mark.parametrize("provider", ["twilio", "resend"])
@pytest.mark.parametrize("fault", ["disconnect", "truncated", "schema_drift"])
def test_unknown_then_found(desk: Desk, provider: str, fault: str) -> None:
    """The provider took it and its answer was lost."""
    channel = PROVIDERS[provider]
    desk.owe(channel)
    desk.fault(provider, fault)
    assert desk.send().messages == {"in doubt": 1}
    assert len(desk.got(channel)) == 1
    assert [d.status for d in desk.deliveries()] == [DeliveryStatus.UNKNOWN]
    assert not desk.due()
    desk.clock.advance(minutes=3)
    report = desk.send("run-2")
    found = "found to be sent" if provider == "twilio" else "sent"
    assert report.messages == {found: 1}
    [message] = desk.got(channel)
    assert [d.provider_id for d in desk.deliveries()] == [message.id]
    assert [n.status for n in desk.notifications()] == [NotificationStatus.SENT]


@pytest.mark.parametrize("provider", ["twilio", "resend"])
@pytest.mark.parametrize("fault", ["timeout", "unavailable"])
def test_unknown_then_absent(desk: Desk, provider: str, fault: str) -> None:
    """It never reached the provider, or was lost there: only once that is known it is sent."""
    channel = PROVIDERS[provider]
    desk.owe(channel)
    desk.fault(provider, fault)
    assert desk.send().messages == {"in doubt": 1}
    assert desk.got(channel) == []
    desk.clock.advance(minutes=3)
    assert desk.send("run-2").messages == {"sent": 1}
    assert len(desk.got(channel)) == 1


@pytest.mark.parametrize("provider", ["smtp", "fcm"])
@pytest.mark.parametrize("fault", ["disconnect", "timeout"])
def test_who_cannot_be_asked_is_never_sent_to_again(desk: Desk, provider: str, fault: str) -> None:
    channel = PROVIDERS[provider]
    desk.owe(channel)
    desk.fault(provider, fault)
    assert desk.send().messages == {"unconfirmed": 1}
    taken = 1 if fault == "disconnect" else 0
    assert len(desk.got(channel)) == taken
    assert [n.status for n in desk.notifications()] == [NotificationStatus.UNCONFIRMED]
    desk.clock.advance(days=1)
    assert not desk.due()
    assert desk.send("run-2").messages == {}
    assert len(desk.got(channel)) == taken


def test_resend_is_asked_by_its_list_once_its_keys_are_forgotten(desk: Desk) -> None:
    changes: dict[str, object] = {
        "smtp_url": None,
        "resend_api_key": SecretStr(desk.sandbox.resend_key),
    }
    with desk.other_worker(**changes) as worker:
        desk.owe()
        desk.fault("resend", "disconnect")
        worker.notifications.send(desk.subscription, "run-1")
        desk.clock.advance(hours=25)
        report = worker.notifications.send(desk.subscription, "run-2")
        assert report.messages == {"found to be sent": 1}
        assert len(desk.got(Channel.EMAIL)) == 1

        desk.owe(title="Another")
        desk.fault("resend", "timeout")
        worker.notifications.send(desk.subscription, "run-3")
        desk.clock.advance(hours=25)
        report = worker.notifications.send(desk.subscription, "run-4")
        assert report.messages == {"sent": 1}
    assert len(desk.got(Channel.EMAIL)) == 2


def test_a_provider_that_does_not_tell_leaves_the_doubt(desk: Desk) -> None:
    desk.owe(Channel.SMS)
    desk.fault("twilio", "disconnect")
    desk.send()
    desk.clock.advance(minutes=3)
    desk.sandbox.fault("twilio", "unavailable")
    assert desk.send("run-2").messages == {"in doubt": 1}
    assert not desk.due()
    desk.sandbox.clear_faults()
    desk.clock.advance(hours=1)
    assert desk.send("run-3").messages == {"found to be sent": 1}
    assert len(desk.got(Channel.SMS)) == 1


def test_the_payload_is_the_same_at_every_attempt(desk: Desk, servers: Servers) -> None:
    desk.owe(Channel.SMS)
    desk.fault("twilio", "rate_limited")
    desk.send()
    [before] = desk.deliveries()
    desk.execute("UPDATE users SET locale = 'de-DE'")
    desk.clock.advance(minutes=5)
    servers.empty_valkey()
    desk.send("run-2")
    [after] = desk.deliveries()
    assert after.payload_sealed == before.payload_sealed
    assert b"card" not in after.payload_sealed
    [message] = desk.got(Channel.SMS)
    assert message.text.startswith("Kordant: Your card was seen. Call your bank. Ref. ")


@pytest.mark.parametrize("fault", ["timeout", "disconnect", "unavailable"])
def test_without_an_access_token_nothing_is_in_doubt(desk: Desk, fault: str) -> None:
    desk.owe(Channel.PUSH)
    desk.sandbox.fault("fcm", fault, times=1, path_contains="token")
    assert desk.send().messages == {"to be tried again": 1}
    desk.clock.advance(minutes=2)
    assert desk.send("run-2").messages == {"sent": 1}
    assert len(desk.got(Channel.PUSH)) == 1


@EACH
def test_a_provider_that_is_not_there_was_not_handed_anything(desk: Desk, provider: str) -> None:
    channel = PROVIDERS[provider]
    desk.owe(channel)
    with desk.other_worker(**UNREACHABLE[provider]) as worker:
        report = worker.notifications.send(desk.subscription, "run-0")
    assert report.messages == {"to be tried again": 1}
    desk.clock.advance(minutes=2)
    assert desk.send().messages == {"sent": 1}
    assert len(desk.got(channel)) == 1
