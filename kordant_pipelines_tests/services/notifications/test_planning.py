"""What goes now, what waits and for what, what is dropped; in the customer's zone and language."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from kordant_pipelines.domain.channels import Channel
from kordant_pipelines.domain.errors import InactiveSubscription, UnknownSubscription
from kordant_pipelines.domain.notices import ReportFacts, Subject
from kordant_pipelines.domain.sending_times import DAILY_LIMITS, Wishes
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.services.outbox import enqueue_subject
from kordant_pipelines.services.people import People
from kordant_pipelines.storage.models import SubscriptionRow
from kordant_pipelines.storage.models.deliveries import DeliveryStatus
from kordant_pipelines.storage.models.notifications import NotificationStatus
from kordant_pipelines_tests.conftest import Servers
from kordant_pipelines_tests.services.notifications.desk import DEVICE, EMAIL, PHONE, Desk


def _until(desk: Desk, moment: datetime) -> None:
    desk.clock.advance(seconds=(moment - desk.clock()).total_seconds() + 1)


def test_what_is_not_urgent_comes_with_the_digest_in_one_mail(desk: Desk) -> None:
    desk.subscribe(ref="sale-berlin", time_zone="Europe/Berlin")
    for number in range(3):
        desk.owe(severity=Severity.LOW, title=f"Small thing {number}")
        desk.clock.advance(minutes=20)
    assert not desk.due()
    assert desk.send().messages == {}
    _until(desk, datetime(2026, 11, 25, 8, tzinfo=UTC))  # nine in Berlin
    assert desk.due()
    report = desk.send("run-2")
    assert (report.rendered, report.messages) == (3, {"sent": 1})
    [mail] = desk.got(Channel.EMAIL)
    assert mail.subject == "3 new messages, first: Small thing 0"
    assert all(f"Small thing {number}" in mail.text for number in range(3))


def test_the_most_urgent_comes_first(desk: Desk) -> None:
    desk.owe(severity=Severity.MEDIUM, title="Medium")
    desk.owe(severity=Severity.CRITICAL, title="Critical")
    desk.owe(severity=Severity.HIGH, title="High")
    desk.send()
    [mail] = desk.got(Channel.EMAIL)
    assert mail.subject == "3 new messages, first: Critical"
    assert mail.text.index("Critical") < mail.text.index("High") < mail.text.index("Medium")


def test_a_phone_is_silent_at_night_unless_it_is_critical(desk: Desk) -> None:
    desk.subscribe(ref="sale-tokyo", time_zone="Asia/Tokyo")
    desk.clock.advance(hours=2)  # eleven in the evening there
    desk.owe(Channel.SMS, Channel.PUSH, severity=Severity.HIGH)
    assert not desk.due()
    desk.owe(Channel.SMS, severity=Severity.CRITICAL, title="Your account is being emptied")
    desk.send()
    assert [m.text[:38] for m in desk.got(Channel.SMS)] == [
        "Kordant: Your account is being emptied"
    ]
    assert desk.got(Channel.PUSH) == []
    _until(desk, datetime(2026, 11, 24, 22, tzinfo=UTC))  # seven in the morning
    assert desk.due()
    assert desk.send("run-2").messages == {"sent": 2}
    assert (len(desk.got(Channel.SMS)), len(desk.got(Channel.PUSH))) == (2, 1)


def test_what_is_tried_again_does_not_wake_anyone_either(desk: Desk, servers: Servers) -> None:
    desk.owe(Channel.SMS)
    desk.fault("twilio", "rate_limited")
    desk.send()
    servers.empty_valkey()
    _until(desk, datetime(2026, 11, 24, 23, tzinfo=UTC))
    assert desk.due()
    assert desk.send("run-2").messages == {}
    assert not desk.due()
    _until(desk, datetime(2026, 11, 25, 7, tzinfo=UTC))
    assert desk.send("run-3").messages == {"sent": 1}


def test_new_wishes_hold_for_what_waits_already(desk: Desk) -> None:
    desk.owe(severity=Severity.LOW)
    assert not desk.due()
    at_once = Wishes(Severity.LOW, Severity.INFO)
    desk.services.notifications.wish(desk.subscription, Channel.EMAIL, at_once)
    assert desk.due()
    assert desk.send().messages == {"sent": 1}


def test_an_alert_that_is_wished_no_longer_is_dropped(desk: Desk) -> None:
    desk.sandbox.publish_breach({"Name": "Known", "DataClasses": ["Phone numbers"]}, [EMAIL])
    desk.services.darkwatch.scan(desk.subscription, "run-0")
    assert desk.due()
    nothing_small = Wishes(Severity.CRITICAL, Severity.CRITICAL)
    for channel in Channel:
        desk.services.notifications.wish(desk.subscription, channel, nothing_small)
    report = desk.send()
    assert report.messages == {}
    assert {n.reason for n in desk.notifications()} == {"not_wanted"}
    assert not desk.due()


def test_an_address_gets_no_more_than_its_limit_a_day(desk: Desk) -> None:
    limit = DAILY_LIMITS[Channel.SMS]
    for number in range(limit + 2):
        desk.owe(Channel.SMS, title=f"Thing {number}")
        desk.send(f"run-{number}")
        desk.clock.advance(minutes=1)
    assert len(desk.got(Channel.SMS)) == limit
    desk.owe(Channel.SMS, severity=Severity.CRITICAL, title="Critical")
    desk.send("run-critical")
    assert len(desk.got(Channel.SMS)) == limit + 1
    assert not desk.due()
    desk.clock.advance(days=1)
    report = desk.send("run-next-day")
    assert report.rendered == 2  # together, in one message
    assert len(desk.got(Channel.SMS)) == limit + 2


@pytest.mark.parametrize(
    ("changes", "channel"),
    [
        ({"smtp_url": None}, Channel.EMAIL),
        ({"twilio_account_sid": None}, Channel.SMS),
        ({"fcm_credentials_file": None}, Channel.PUSH),
    ],
)
def test_a_channel_that_is_not_configured_leaves_its_notifications_and_says_so(
    desk: Desk, changes: dict[str, object], channel: Channel
) -> None:
    desk.owe(*Channel)
    with desk.other_worker(**changes) as worker:
        report = worker.notifications.send(desk.subscription, "run-0")
        assert report.waiting == {f"{channel.value} is not configured": 1}
        assert report.messages == {"sent": 2}
        assert "1 wait" in report.sentence()
        assert not desk.due()  # not at once again
        desk.clock.advance(hours=1)
        assert desk.due()
        worker.notifications.send(desk.subscription, "run-1")
    assert desk.got(channel) == []
    assert NotificationStatus.FAILED not in {n.status for n in desk.notifications()}
    desk.clock.advance(hours=1)
    assert desk.send("run-2").messages == {"sent": 1}
    assert len(desk.got(channel)) == 1


def test_a_message_for_a_provider_that_is_used_no_more_goes_by_the_other(desk: Desk) -> None:
    desk.owe()
    with desk.other_worker(smtp_url="smtp://127.0.0.1:1") as worker:
        worker.notifications.send(desk.subscription, "run-0")
    assert [d.status for d in desk.deliveries()] == [DeliveryStatus.READY]
    other = {"smtp_url": None, "resend_api_key": _resend_key(desk)}
    with desk.other_worker(**other) as worker:
        assert worker.notifications.send(desk.subscription, "run-1").messages == {"sent": 1}
    assert [m.provider for m in desk.got(Channel.EMAIL)] == ["resend"]
    assert [d.provider for d in desk.deliveries()] == ["resend"]


def test_what_is_in_doubt_at_a_provider_that_is_used_no_more_stays_so(desk: Desk) -> None:
    desk.owe(Channel.SMS)
    desk.fault("twilio", "disconnect")
    desk.send()
    desk.clock.advance(minutes=5)
    with desk.other_worker(twilio_account_sid=None) as worker:
        report = worker.notifications.send(desk.subscription, "run-1")
        assert report.waiting == {"twilio is not configured": 1}
    assert not desk.due()
    desk.clock.advance(hours=1)
    assert desk.send("run-2").messages == {"found to be sent": 1}
    assert len(desk.got(Channel.SMS)) == 1


def test_an_alert_is_told_on_every_channel_in_its_owners_language(desk: Desk) -> None:
    desk.subscribe(
        ref="sale-german",
        locale="de-DE",
        contact_emails=("deutsch@example.com",),
        contact_phones=("+4917139200099",),
        contact_devices=("sandbox-device-deutsch",),
        emails=("deutsch@example.com",),
    )
    desk.sandbox.publish_breach(
        {"Name": "Kaufhaus", "BreachDate": "2026-10-02", "DataClasses": ["Credit cards"]},
        ["deutsch@example.com"],
    )
    desk.services.darkwatch.scan(desk.subscription, "run-0")
    assert desk.send().messages == {"sent": 3}
    [mail] = desk.sandbox.inbox("deutsch@example.com")
    assert mail.subject == "Erste Prüfung: 1 bekanntes Datenleck mit Ihren Daten"
    assert "Kaufhaus (2. Oktober 2026): Kritisch" in mail.text
    assert "Bitten Sie Ihre Bank" in mail.html
    [text] = desk.sandbox.inbox("+4917139200099")
    assert text.text.startswith("Kordant: Erste Prüfung: 1 bekanntes Datenleck")
    [push] = desk.sandbox.inbox("sandbox-device-deutsch")
    assert push.subject == mail.subject


def test_a_breach_with_markup_in_its_title_and_description_reaches_nobody_as_markup(
    desk: Desk,
) -> None:
    evil = "<img src=x onerror=alert(1)>\r\nBcc: all@example.com"
    desk.sandbox.publish_breach(
        {"Name": "Evil", "Title": evil, "Description": evil, "DataClasses": ["Passwords"]}, [EMAIL]
    )
    desk.services.darkwatch.scan(desk.subscription, "run-0")
    desk.send()
    [mail] = desk.got(Channel.EMAIL)
    assert "<img" not in mail.html
    assert "&lt;img src=x" in mail.html
    assert "Bcc" not in mail.extra


def test_a_report_is_told_with_a_link_that_opens_it(desk: Desk) -> None:
    people = People.with_keyring(desk.keyring)
    facts = ReportFacts(
        report_id="rpt_1",
        first_day=datetime(2026, 10, 1, tzinfo=UTC).date(),
        last_day=datetime(2026, 10, 31, tzinfo=UTC).date(),
    )
    with desk.services.database.transaction() as session:
        subscription = session.get_one(SubscriptionRow, desk.subscription)
        cipher = people.cipher_of(session, desk.subscription)
        subject = Subject("report:rpt_1", Severity.MEDIUM, facts)
        owed = [
            enqueue_subject(session, cipher, subscription, subject, desk.clock()) for _ in range(2)
        ]
    assert owed == [1, 0]
    desk.send()
    [mail] = desk.got(Channel.EMAIL)
    assert "It covers October 1, 2026 to October 31, 2026." in mail.text
    assert "https://kordant.example/reports/" in mail.html
    assert "rpt_1" not in mail.text  # the token holds it, signed


def test_two_ready_messages_of_one_address_are_two_deliveries_with_names_of_their_own(
    desk: Desk,
) -> None:
    desk.owe(Channel.SMS)
    desk.send()
    desk.owe(Channel.SMS)
    desk.send("run-2")
    texts = {message.text for message in desk.got(Channel.SMS)}
    assert len(texts) == 2  # the same words, another reference: the list tells them apart


def test_what_cannot_be_addressed_fails_and_nothing_else_does(desk: Desk) -> None:
    desk.subscribe(ref="sale-odd", contact_emails=("jörg@example.com", "fine@example.com"))
    desk.owe()
    report = desk.send()
    assert report.messages == {"sent": 1, "unaddressable": 1}
    assert len(desk.sandbox.inbox("fine@example.com")) == 1
    assert not desk.due()


def test_due_names_active_subscriptions_page_by_page(desk: Desk) -> None:
    ids = [desk.subscription]
    ids += [desk.subscribe(ref=f"sale-page-{number}") for number in range(4)]
    for one in ids:
        desk.subscription = one
        desk.owe()
    desk.services.subscriptions.cancel(ids[0])
    active = sorted(ids[1:])
    due = desk.services.notifications.due
    assert due(desk.clock(), after="", limit=3) == active[:3]
    assert due(desk.clock(), after=active[2], limit=3) == active[3:]
    assert due(desk.clock() - timedelta(days=1), after="", limit=9) == []
    with pytest.raises(InactiveSubscription):
        desk.services.notifications.send(ids[0], "run-1")
    with pytest.raises(UnknownSubscription):
        desk.services.notifications.send("sub_nobody", "run-1")
    assert desk.sandbox.inbox() == []


def test_nothing_personal_is_readable_in_the_tables_nor_in_the_report(desk: Desk) -> None:
    desk.owe(*Channel, title="Very secret title")
    desk.fault("twilio", "disconnect")
    report = desk.send()
    rows = [str(vars(row)) for row in (*desk.deliveries(), *desk.notifications())]
    told = " ".join([*rows, str(report), report.sentence()])
    for secret in (EMAIL, PHONE, PHONE.removeprefix("+"), DEVICE, "Very secret", "Lovelace"):
        assert secret not in told


def _resend_key(desk: Desk) -> SecretStr:

    return SecretStr(desk.sandbox.resend_key)
