"""Callbacks and unsubscribing over loopback: what is genuine is heard, once; the rest is not."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from kordant_pipelines.domain.channels import Channel
from kordant_pipelines.sandbox.resend.webhooks import webhook
from kordant_pipelines.sandbox.twilio.callbacks import status_callback
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import build_services
from kordant_pipelines.storage.models.deliveries import DeliveryStatus
from kordant_pipelines.storage.models.notifications import NotificationStatus
from kordant_pipelines.web.public import public_app
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.notifications.desk import EMAIL, Desk
from kordant_pipelines_tests.web.serving import served


def _sent_text(desk: Desk) -> tuple[str, str]:
    """A text message that was sent: its sid, and where Twilio was told to call."""
    desk.owe(Channel.SMS)
    desk.send()
    message = desk.got(Channel.SMS)[-1]
    return message.id, message.extra["StatusCallback"]


def _twilio(site: httpx.Client, url: str, sid: str, status: str, **more: int) -> int:
    body, headers = status_callback(url, sid, status, **more)  # pyright: ignore[reportArgumentType]
    return site.post(urlsplit(url).path, content=body, headers=headers).status_code


def _statuses(desk: Desk) -> tuple[DeliveryStatus, NotificationStatus]:
    return desk.deliveries()[-1].status, desk.notifications()[-1].status


def test_twilio_tells_that_a_message_arrived_in_whatever_order(
    desk: Desk, site: httpx.Client
) -> None:
    sid, url = _sent_text(desk)
    assert url.startswith("https://kordant.example/callbacks/twilio/dlv_")
    for status in ("queued", "sent", "delivered", "delivered", "sent", "failed"):
        assert _twilio(site, url, sid, status) == 204
    assert _statuses(desk) == (DeliveryStatus.DELIVERED, NotificationStatus.SENT)


@pytest.mark.parametrize(
    ("code", "dropped"), [(30006, 1), (21610, 1), (30008, 0)], ids=["landline", "stop", "unknown"]
)
def test_twilio_tells_that_a_message_did_not_arrive(
    desk: Desk, site: httpx.Client, code: int, dropped: int
) -> None:
    sid, url = _sent_text(desk)
    assert _twilio(site, url, sid, "undelivered", error_code=code) == 204
    assert _statuses(desk) == (DeliveryStatus.FAILED, NotificationStatus.FAILED)
    assert desk.notifications()[-1].reason == f"twilio_{code}"
    desk.owe(Channel.SMS)
    assert desk.send("run-2").dropped == dropped


def test_a_callback_ends_a_doubt(desk: Desk, site: httpx.Client) -> None:
    desk.owe(Channel.SMS)
    desk.fault("twilio", "disconnect")
    desk.send()
    [message] = desk.got(Channel.SMS)
    assert _twilio(site, message.extra["StatusCallback"], message.id, "delivered") == 204
    assert _statuses(desk) == (DeliveryStatus.DELIVERED, NotificationStatus.SENT)
    desk.clock.advance(minutes=10)
    assert not desk.due()
    assert desk.sandbox.call_count("twilio", endpoint="/Accounts/{account}/Messages.json") == 0


def test_what_twilio_did_not_sign_changes_nothing(desk: Desk, site: httpx.Client) -> None:
    sid, url = _sent_text(desk)
    body, headers = status_callback(url, sid, "failed", auth_token="guessed")
    path = urlsplit(url).path
    assert site.post(path, content=body, headers=headers).status_code == 403
    body, headers = status_callback(url, sid, "delivered")
    tampered = body.replace(b"delivered", b"failed")
    assert site.post(path, content=tampered, headers=headers).status_code == 403
    other = re.sub("dlv_.*", "dlv_00000000000000000000", path)
    assert site.post(other, content=body, headers=headers).status_code == 403
    assert site.post(path, content=body).status_code == 403
    assert _statuses(desk)[0] is DeliveryStatus.SENT
    big = site.post(path, content=b"x" * 100_000, headers=headers)
    assert big.status_code == 413


def test_resend_tells_that_a_mail_arrived_or_bounced(desk: Desk, site: httpx.Client) -> None:
    desk.owe()
    desk.send()
    [mail] = desk.got(Channel.EMAIL)
    delivery = desk.deliveries()[-1].id
    body, headers = webhook("email.delivered", mail.id, desk.clock(), tags={"delivery": delivery})
    assert site.post("/callbacks/resend", content=body, headers=headers).status_code == 204
    assert _statuses(desk) == (DeliveryStatus.DELIVERED, NotificationStatus.SENT)

    # Known by its own id too, and a late complaint still counts.
    body, headers = webhook("email.complained", mail.id, desk.clock())
    assert site.post("/callbacks/resend", content=body, headers=headers).status_code == 204
    desk.owe()
    assert desk.send("run-2").dropped == 1
    assert desk.notifications()[-1].reason == "complained"


@pytest.mark.parametrize(("kind", "dropped"), [("Permanent", 1), ("Transient", 0)])
def test_only_a_lasting_bounce_suppresses(
    desk: Desk, site: httpx.Client, kind: str, dropped: int
) -> None:
    desk.owe()
    desk.send()
    [mail] = desk.got(Channel.EMAIL)
    body, headers = webhook("email.bounced", mail.id, desk.clock(), bounce={"type": kind})
    assert site.post("/callbacks/resend", content=body, headers=headers).status_code == 204
    assert _statuses(desk) == (DeliveryStatus.FAILED, NotificationStatus.FAILED)
    desk.owe()
    assert desk.send("run-2").dropped == dropped


def test_what_resend_did_not_sign_now_changes_nothing(desk: Desk, site: httpx.Client) -> None:
    desk.owe()
    desk.send()
    [mail] = desk.got(Channel.EMAIL)
    foreign = "whsec_" + "QUFB" * 8
    old = desk.clock() - timedelta(minutes=10)
    for body, headers in (
        webhook("email.bounced", mail.id, desk.clock(), secret=foreign),
        webhook("email.bounced", mail.id, old),
        (webhook("email.bounced", mail.id, old)[0], webhook("x", "y", desk.clock())[1]),
        (b"{}", {}),
    ):
        assert site.post("/callbacks/resend", content=body, headers=headers).status_code == 403
    assert _statuses(desk)[0] is DeliveryStatus.SENT
    # Genuine, and about nothing of ours or of a kind we do not know: heard, and let be.
    for kind, email in (("email.delivered", "unknown"), ("domain.created", mail.id)):
        body, headers = webhook(kind, email, desk.clock())
        assert site.post("/callbacks/resend", content=body, headers=headers).status_code == 204
    assert _statuses(desk)[0] is DeliveryStatus.SENT


def test_without_a_key_nothing_is_genuine(desk: Desk, keyring: Keyring, clock: HandClock) -> None:
    without = desk.settings.model_copy(
        update={"resend_signing_key": None, "twilio_auth_token": None, "twilio_account_sid": None}
    )
    services = build_services(without, keyring, clock=clock)
    with served(public_app(services)) as url:
        body, headers = webhook("email.bounced", "x", clock(), secret="whsec_")
        assert (
            httpx.post(f"{url}/callbacks/resend", content=body, headers=headers).status_code == 403
        )
        body, headers = status_callback("", "SM1", "failed", auth_token="")
        path = f"{url}/callbacks/twilio/dlv_1"
        assert httpx.post(path, content=body, headers=headers).status_code == 403
    services.close()


def _unsubscribe_path(desk: Desk) -> str:
    [mail] = desk.got(Channel.EMAIL)
    header = mail.extra["List-Unsubscribe"]
    assert header.startswith("<https://kordant.example/unsubscribe/")
    assert mail.extra["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return urlsplit(header.strip("<>")).path


def test_a_mail_programs_one_click_ends_mail_to_that_address_alone(
    desk: Desk, site: httpx.Client
) -> None:
    desk.owe()
    desk.send()
    path = _unsubscribe_path(desk)
    looked = site.get(path)  # a mail scanner follows links
    assert looked.status_code == 200
    assert EMAIL not in looked.text
    assert "o•••@e•••.com" in looked.text
    desk.owe()
    assert desk.send("run-2").dropped == 0

    done = site.post(path, content="List-Unsubscribe=One-Click")
    assert done.status_code == 200
    assert site.post(path).status_code == 200  # again, it changes nothing
    desk.owe(*Channel, severity=desk.notifications()[-1].severity)
    report = desk.send("run-3")
    assert (report.dropped, report.messages) == (1, {"sent": 2})


def test_what_was_rendered_before_unsubscribing_is_not_sent(desk: Desk, site: httpx.Client) -> None:
    desk.owe()
    desk.send()
    path = _unsubscribe_path(desk)
    desk.owe()
    desk.fault("resend", "rate_limited")
    desk.send("run-2")
    assert desk.deliveries()[-1].status is DeliveryStatus.READY
    site.post(path)
    assert _statuses(desk) == (DeliveryStatus.FAILED, NotificationStatus.DROPPED)
    desk.clock.advance(hours=1)
    assert not desk.due()
    assert len(desk.got(Channel.EMAIL)) == 1


def test_an_address_is_suppressed_whoever_has_it_and_may_come_back(
    desk: Desk, site: httpx.Client
) -> None:
    desk.owe()
    desk.send()
    contact = desk.notifications()[-1].contact_point_id
    site.post(_unsubscribe_path(desk))
    desk.subscribe(ref="sale-same-address", contact_emails=(EMAIL.upper(),))
    desk.owe()
    assert desk.send("run-2").dropped == 1
    assert desk.services.contacts.resubscribe(contact)
    assert not desk.services.contacts.resubscribe(contact)
    desk.owe()
    assert desk.send("run-3").messages == {"sent": 1}


@pytest.mark.parametrize("language", ["de", "es-MX,es;q=0.9", "fr-CA", "", "zz"])
def test_a_link_that_is_not_ours_opens_nothing(site: httpx.Client, language: str) -> None:
    for method in ("GET", "POST"):
        answer = site.request(
            method, "/unsubscribe/eyJhbGciOiJub25lIn0.e30.", headers={"accept-language": language}
        )
        assert answer.status_code == 404
        assert "Kordant" in answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "script" not in answer.text
