"""The mail adapters against a mail server: what goes out, what comes in, what is refused."""

import asyncio
from collections.abc import Generator
from datetime import UTC, datetime

import pytest

from kordant_pipelines.providers.errors import (
    ErrorCode,
    PermanentProviderError,
    UnavailableProviderError,
    UnsentProviderError,
)
from kordant_pipelines.providers.imap.inbox import ImapInbox, Place
from kordant_pipelines.providers.imap.server import ImapServer
from kordant_pipelines.providers.smtp.letters import LetterSender, Outgoing
from kordant_pipelines.providers.smtp.server import SmtpServer
from kordant_pipelines.sandbox.serve import Sandbox, serving
from kordant_pipelines.sandbox.world.letters import ADDRESS

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TAGGED = ADDRESS.replace("@", "+kr222233334444@")


@pytest.fixture
def sandbox() -> Generator[Sandbox]:
    with serving() as served:
        yield served


def _letter(recipient: str = "privacy@silent.brokers.example") -> Outgoing:
    return Outgoing(
        sender=TAGGED,
        recipient=recipient,
        copy_to=ADDRESS,
        message_id="<kr-2222-3333-4444.1@kordant.example>",
        subject="Request [KR-2222-3333-4444]",
        body="Name: Zoë\n",
    )


def _send(url: str, letter: Outgoing) -> None:
    sender = LetterSender(SmtpServer.parse(url), lambda: NOW, timeout=5)
    asyncio.run(sender.send(letter))


def _inbox(url: str) -> ImapInbox:
    return ImapInbox(ImapServer.parse(url), timeout=5)


def test_a_letter_reaches_the_broker_and_its_copy_our_inbox(sandbox: Sandbox) -> None:
    _send(sandbox.smtp_url, _letter())
    [filed] = sandbox.world.brokers.filed("silent")
    assert (filed.reference, filed.reply_to) == ("KR-2222-3333-4444", TAGGED)
    place, [copy] = _inbox(sandbox.imap_url).after(None)
    assert copy.message_id == _letter().message_id
    assert "Zoë" in copy.whole_text
    assert _inbox(sandbox.imap_url).after(place) == (place, [])


def test_a_renumbered_inbox_is_read_from_its_beginning(sandbox: Sandbox) -> None:
    _send(sandbox.smtp_url, _letter())
    _, mails = _inbox(sandbox.imap_url).after(Place(uid_validity=1, last_uid=99))
    assert len(mails) == 1


def test_an_address_that_does_not_exist_is_refused_for_good(sandbox: Sandbox) -> None:
    with pytest.raises(PermanentProviderError) as refused:
        _send(sandbox.smtp_url, _letter("privacy@nobody.brokers.example"))
    assert (refused.value.code, refused.value.detail) == (ErrorCode.BAD_REQUEST, "status 550")
    assert _inbox(sandbox.imap_url).after(None)[1] == []


def test_a_server_that_is_not_there_sent_nothing() -> None:
    with pytest.raises(UnsentProviderError):
        _send("smtp://127.0.0.1:1", _letter())
    with pytest.raises(UnavailableProviderError):
        _inbox("imap://a:b@127.0.0.1:1").after(None)


def test_a_server_that_leaves_after_the_letter_leaves_its_fate_open(sandbox: Sandbox) -> None:
    sandbox.fault("smtp", "disconnect", times=1)
    with pytest.raises(UnavailableProviderError) as left:
        _send(sandbox.smtp_url, _letter())
    assert not isinstance(left.value, UnsentProviderError)
    assert len(sandbox.world.brokers.filed("silent")) == 1


def test_a_wrong_password_is_an_operators_matter(sandbox: Sandbox) -> None:
    wrong = sandbox.imap_url.replace(":sandbox@", ":wrong@")
    with pytest.raises(PermanentProviderError) as refused:
        _inbox(wrong).after(None)
    assert refused.value.code is ErrorCode.BAD_KEY


@pytest.mark.parametrize(
    "url",
    [
        "https://me:s3cret@host",
        "imaps://",
        "imaps://me:s3cret@h:99999",
        "smtp://me:s3cret@host",
        "imaps://me:s3cret@h/path?x=1",
        "imap://me:s3cret@h",  # in the open, and not on this machine
    ],
)
def test_what_is_no_inboxs_url_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(ValueError, match=r"write imaps://") as refused:
        ImapServer.parse(url)
    assert "s3cret" not in str(refused.value)


def test_an_inboxs_url_keeps_its_password_to_itself() -> None:
    server = ImapServer.parse("imaps://ada:p%40ss@mail.example")
    assert (server.port, server.tls, server.password) == (993, True, "p@ss")
    assert "p@ss" not in repr(server)
