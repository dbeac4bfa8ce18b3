"""The channels' providers as the sandbox plays them, and its inbox."""

from collections.abc import Generator

import httpx
import pytest

from kordant_pipelines.sandbox.serve import Sandbox, serving
from kordant_pipelines.sandbox.world.customers import Customer
from kordant_pipelines.sandbox.world.seed import load_seed

ADA: Customer = load_seed().customers[0]
MAIL = {
    "from": "Kordant <alerts@kordant.example>",
    "to": [ADA.email],
    "subject": "<b>News</b>",
    "html": "<p>Hello</p><script>alert(1)</script>",
    "text": "Hello",
}


@pytest.fixture
def sandbox() -> Generator[Sandbox]:
    with serving(hold_seconds=1.0) as served:
        yield served


def _mail(sandbox: Sandbox, key: str = "k1", **changes: object) -> httpx.Response:
    headers = {"authorization": f"Bearer {sandbox.resend_key}", "idempotency-key": key}
    return httpx.post(f"{sandbox.resend_url}/emails", json=MAIL | changes, headers=headers)


def _text(sandbox: Sandbox, to: str, body: str = "Hello") -> httpx.Response:
    return httpx.post(
        f"{sandbox.twilio_url}/Accounts/{sandbox.twilio_account_sid}/Messages.json",
        data={"To": to, "From": sandbox.twilio_from, "Body": body},
        auth=(sandbox.twilio_account_sid, sandbox.twilio_auth_token),
    )


def test_resend_takes_a_key_once(sandbox: Sandbox) -> None:
    first, again, other = _mail(sandbox), _mail(sandbox), _mail(sandbox, "k2")
    assert first.json() == again.json() != other.json()
    assert len(sandbox.inbox()) == 2
    conflict = _mail(sandbox, subject="Other")
    assert (conflict.status_code, conflict.json()["name"]) == (409, "invalid_idempotent_request")
    assert _mail(sandbox, "k3", to=["nobody"]).json()["name"] == "validation_error"
    assert httpx.post(f"{sandbox.resend_url}/emails", json=MAIL).status_code == 401


def test_resend_lists_page_by_page(sandbox: Sandbox) -> None:
    ids = [_mail(sandbox, f"k{n}").json()["id"] for n in range(3)][::-1]
    headers = {"authorization": f"Bearer {sandbox.resend_key}"}
    url = f"{sandbox.resend_url}/emails"
    first = httpx.get(url, params={"limit": 2}, headers=headers).json()
    rest = httpx.get(url, params={"limit": 2, "after": ids[1]}, headers=headers).json()
    assert ([m["id"] for m in first["data"]], first["has_more"]) == (ids[:2], True)
    assert ([m["id"] for m in rest["data"]], rest["has_more"]) == (ids[2:], False)
    assert httpx.get(f"{url}/{ids[0]}", headers=headers).json()["text"] == "Hello"


@pytest.mark.parametrize(
    ("to", "code"), [("+15005550003", 21408), ("+15005550004", 21610), ("+15005550009", 21614)]
)
def test_twilios_own_test_numbers_refuse(sandbox: Sandbox, to: str, code: int) -> None:
    answer = _text(sandbox, to)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert sandbox.inbox() == []


def test_twilio_takes_the_same_twice(sandbox: Sandbox) -> None:
    sids = {_text(sandbox, ADA.phone).json()["sid"] for _ in range(2)}
    assert len(sids) == 2
    assert {message.id for message in sandbox.inbox(ADA.phone)} == sids


def test_the_inbox_shows_everyone_and_what_they_got(sandbox: Sandbox) -> None:
    _mail(sandbox)
    _text(sandbox, ADA.phone, "An <i>SMS</i>")
    everyone = httpx.get(f"{sandbox.url}/inbox/").text
    assert all(customer.name in everyone for customer in load_seed().customers)
    page = httpx.get(f"{sandbox.url}/inbox/{ADA.ref}")
    assert "&lt;b&gt;News&lt;/b&gt;" in page.text
    assert "An &lt;i&gt;SMS&lt;/i&gt;" in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    mail = httpx.get(f"{sandbox.url}/inbox/{ADA.ref}/0")
    assert mail.text == MAIL["html"]
    assert "sandbox" in mail.headers["content-security-policy"]  # nothing in it runs
    assert httpx.get(f"{sandbox.url}/inbox/nobody").status_code == 404
    assert httpx.get(f"{sandbox.url}/inbox/{ADA.ref}/9").status_code == 404
    sandbox.empty_inbox()
    assert sandbox.inbox() == []


def test_a_page_of_nothing_says_what_brings_something(sandbox: Sandbox) -> None:
    assert "notifications_send" in httpx.get(f"{sandbox.url}/inbox/{ADA.ref}").text


@pytest.mark.parametrize("provider", ["smtp", "resend", "twilio", "fcm"])
def test_every_channel_may_be_broken(sandbox: Sandbox, provider: str) -> None:
    sandbox.fault(provider, "unavailable")
    sandbox.clear_faults()
