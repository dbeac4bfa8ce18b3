"""Providers' signatures, by the examples in their own documents."""

from datetime import UTC, datetime, timedelta

import pytest

from kordant_pipelines.domain.channels import SuppressionReason
from kordant_pipelines.providers.resend import webhook
from kordant_pipelines.providers.resend.webhook import is_resends
from kordant_pipelines.providers.sending import Fate
from kordant_pipelines.providers.twilio import callback
from kordant_pipelines.providers.twilio.callback import is_twilios

# Twilio's helper libraries' own example.
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
]
SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="

# Svix's example.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SIGNED_AT = datetime.fromtimestamp(1614265330, UTC)
SVIX = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_twilios_example_is_genuine_in_whatever_order() -> None:
    assert is_twilios("12345", URL, FORM, SIGNATURE)
    assert is_twilios("12345", URL, FORM[::-1], SIGNATURE)
    assert not is_twilios("12346", URL, FORM, SIGNATURE)
    assert not is_twilios("12345", URL + "/", FORM, SIGNATURE)
    assert not is_twilios("12345", URL, [*FORM, ("x", "")], SIGNATURE)
    assert not is_twilios("12345", URL, FORM, "ä")


def _resends(**changes: object) -> bool:
    given: dict[str, object] = {
        "message_id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "timestamp": "1614265330",
        "signatures": SVIX,
        "body": b'{"test": 2432232314}',
        "now": SIGNED_AT,
    }
    secret = str(changes.pop("secret", SECRET))
    return is_resends(secret, **(given | changes))  # pyright: ignore[reportArgumentType] - a test's own names


def test_svixs_example_is_genuine() -> None:
    assert _resends()
    assert _resends(signatures=f"v1,QUFB {SVIX} v2,x")  # while a key is rotated there are two
    assert _resends(now=SIGNED_AT + timedelta(minutes=4))


@pytest.mark.parametrize(
    "change",
    [
        {"body": b'{"test": 2432232315}'},
        {"message_id": "msg_other"},
        {"timestamp": "1614265331"},
        {"timestamp": "x"},
        {"timestamp": "²"},
        {"signatures": ""},
        {"signatures": SVIX.replace("v1", "v2")},
        {"signatures": "v1,ä"},
        {"secret": "whsec_not base64"},
        {"now": SIGNED_AT + timedelta(minutes=6)},
        {"now": SIGNED_AT - timedelta(minutes=6)},
    ],
)
def test_anything_else_is_not(change: dict[str, object]) -> None:
    assert not _resends(**change)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"type": "email.delivered"}', b'{"type": "contact.created", "data": {}}'],
)
def test_a_webhook_of_another_shape_says_nothing(body: bytes) -> None:
    assert webhook.event_of(body) is None


def test_tags_are_read_as_resend_sends_them_and_as_it_documents_them() -> None:
    for tags in ('{"delivery": "dlv_1"}', '[{"name": "delivery", "value": "dlv_1"}]'):
        body = f'{{"type": "email.bounced", "data": {{"email_id": "e", "tags": {tags}}}}}'
        event = webhook.event_of(body.encode())
        assert event is not None
        assert (event.delivery_id, event.fate) == ("dlv_1", Fate.FAILED)
        assert event.suppression is SuppressionReason.BOUNCED


def test_a_status_that_settles_nothing_says_nothing() -> None:
    for status in ("queued", "sending", "sent", "read", ""):
        assert (
            callback.event_of([("MessageSid", "SM1"), ("MessageStatus", status)], "dlv_1") is None
        )
    assert callback.event_of([("MessageStatus", "delivered")], "dlv_1") is None
