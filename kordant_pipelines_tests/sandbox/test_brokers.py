"""The sandbox's brokers and mail server, spoken to as a stranger would."""

import imaplib
import smtplib
from email.message import EmailMessage
from urllib.parse import urlsplit

import httpx
import pytest

from kordant_pipelines.domain.removals.brokers import Broker
from kordant_pipelines.sandbox.client import SandboxRefusedError
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.sandbox.world.letters import ADDRESS, PASSWORD, USER
from kordant_pipelines_tests.sandbox.support import Clock

DAY = 24 * 3600


def _search(sandbox: Sandbox, key: str) -> str:
    url = f"{sandbox.url}/brokers/{key}/search"
    return httpx.get(url, params={"name": "Ada Lindqvist", "city": "Oakland"}).text


def _file(sandbox: Sandbox, key: str) -> str:
    page = _search(sandbox, key)
    profile = page.split("profile/")[-1].split("'")[0]
    form = {
        "csrf": "f0e1d2c3",
        "full_name": "Ada Lindqvist",
        "email": ADDRESS,
        "profile": f"{sandbox.url}/brokers/{key}/profile/{profile}",
        "reference": "KR-2222-3333-4444",
    }
    return httpx.post(f"{sandbox.url}/brokers/{key}/optout", data=form).text


def test_a_profile_goes_when_its_time_has_come(sandbox: Sandbox, clock: Clock) -> None:
    assert "Oakland" in _search(sandbox, "swift")
    assert "request-received" in _file(sandbox, "swift")
    assert "Oakland" in _search(sandbox, "swift")
    clock.advance(2 * DAY + 1)
    assert "Oakland" not in _search(sandbox, "swift")


def test_a_profile_comes_back(sandbox: Sandbox, clock: Clock) -> None:
    _file(sandbox, "relisting")
    clock.advance(3 * DAY)
    assert "Oakland" not in _search(sandbox, "relisting")
    clock.advance(12 * DAY)
    assert "Oakland" in _search(sandbox, "relisting")


def test_a_profile_comes_back_when_told_to(sandbox: Sandbox, clock: Clock) -> None:
    _file(sandbox, "swift")
    clock.advance(3 * DAY)
    sandbox.relist("swift", "demo-0001")
    assert "Oakland" in _search(sandbox, "swift")
    with pytest.raises(SandboxRefusedError, match="no broker nobody"):
        sandbox.relist("nobody", "demo-0001")


def test_a_form_without_its_hidden_field_is_not_taken(sandbox: Sandbox) -> None:
    url = f"{sandbox.url}/brokers/swift/optout"
    answer = httpx.post(url, data={"full_name": "Ada", "email": ADDRESS})
    assert "captcha" in answer.text
    assert sandbox.world.brokers.filed("swift") == []


def test_the_registry_it_gives_out_is_one(sandbox: Sandbox) -> None:
    entries = httpx.get(f"{sandbox.url}/control/brokers").json()
    brokers = [Broker.model_validate(entry) for entry in entries]
    assert len(brokers) == 21
    assert all(broker.url.startswith(sandbox.url) for broker in brokers)


def test_an_answer_comes_when_its_time_has_come(sandbox: Sandbox, clock: Clock) -> None:
    letter = EmailMessage()
    letter["From"] = ADDRESS
    letter["To"] = "privacy@slow.brokers.example"
    letter["Subject"] = "Request [KR-2222-3333-4444]"
    letter.set_content("Name: Ada\n")
    smtp = urlsplit(sandbox.smtp_url)
    with smtplib.SMTP(smtp.hostname or "", smtp.port or 0) as server:
        server.login(smtp.username or "", smtp.password or "")
        server.send_message(letter)
    assert _inbox(sandbox) == 0
    clock.advance(6 * DAY + 1)
    assert _inbox(sandbox) == 1


def test_a_stranger_reads_nothing(sandbox: Sandbox) -> None:
    imap = urlsplit(sandbox.imap_url)
    server = imaplib.IMAP4(imap.hostname or "", imap.port or 0)
    with pytest.raises(imaplib.IMAP4.error):
        server.login(USER, "guess")
    server.logout()


def _inbox(sandbox: Sandbox) -> int:
    imap = urlsplit(sandbox.imap_url)
    server = imaplib.IMAP4(imap.hostname or "", imap.port or 0)
    server.login(USER, PASSWORD)
    _, count = server.select()
    server.logout()
    assert count[0] is not None
    return int(count[0])
