"""Brokers' mails: matched by reference code wherever it stands, taken in once, trusted little."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from kordant_pipelines.domain.removals.references import letter_id, reply_address
from kordant_pipelines.domain.removals.replies import MailKind
from kordant_pipelines.domain.removals.states import State
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.sandbox.world.letters import ADDRESS, compose
from kordant_pipelines.services.container import Services
from kordant_pipelines.storage.models import RemovalMailRow, RemovalRequestRow
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.removals.enrolling import history, state

Send = Callable[..., None]
DONE = "Your information has been removed."


@pytest.fixture
def reference(services: Services, ada: str) -> str:
    """The code of the letter that "silent" got and never answers itself."""
    services.remove_brokers.process(ada, "run-1")
    services.removal_inbox.read("inbox-0")
    with services.database.transaction() as session:
        return session.execute(
            select(RemovalRequestRow.reference).where(
                RemovalRequestRow.subscription_id == ada, RemovalRequestRow.broker_key == "silent"
            )
        ).scalar_one()


@pytest.fixture
def send(sandbox: Sandbox, clock: HandClock) -> Send:
    """Put a mail into the mailbox."""

    def send(text: str, **more: object) -> None:
        fields: dict[str, object] = {
            "sender": "helpdesk@elsewhere.example",
            "to": ADDRESS,
            "subject": "Your request",
            "text": text,
            "at": clock(),
            "message_id": "<1@elsewhere.example>",
        }
        sandbox.world.letters.deliver(compose(**fields | more))  # pyright: ignore[reportArgumentType] - a test's shorthand

    return send


def _kinds(services: Services) -> list[MailKind]:
    with services.database.transaction() as session:
        rows = session.scalars(
            select(RemovalMailRow)
            .join(RemovalRequestRow, RemovalRequestRow.id == RemovalMailRow.request_id)
            .where(RemovalRequestRow.broker_key == "silent")
            .order_by(RemovalMailRow.id)
        )
        return [row.kind for row in rows if row.kind is not MailKind.OUR_COPY]


@pytest.mark.parametrize("where", ["address", "subject", "text", "answers"])
def test_a_mail_is_matched_by_its_code_wherever_it_stands(
    services: Services, ada: str, reference: str, send: Send, where: str
) -> None:
    match where:
        case "address":
            send(DONE, to=reply_address(ADDRESS, reference))
        case "subject":
            send(DONE, subject=f"Re: CCPA request [{reference}]")
        case "text":
            send(f"{DONE}\n\nReference: {reference}")
        case _:
            send(DONE, answers=letter_id(ADDRESS, reference, 1))
    report = services.removal_inbox.read("inbox-1")
    assert (report.mails, report.matched) == (1, 1)
    assert state(services, ada, "silent") is State.VERIFYING


def test_a_mail_without_a_code_changes_nothing(
    services: Services, ada: str, reference: str, send: Send
) -> None:
    del reference
    send(DONE)
    send(DONE, subject="[KR-2222-2222-2222]", message_id="<2@elsewhere.example>")
    assert services.removal_inbox.read("inbox-1").matched == 0
    assert state(services, ada, "silent") is State.SUBMITTED


def test_a_mail_that_comes_twice_counts_once(
    services: Services, ada: str, reference: str, send: Send
) -> None:
    for _ in range(2):
        send("We need an additional 45 days.", subject=reference)
    services.removal_inbox.read("inbox-1")
    services.removal_inbox.read("inbox-2")
    assert _kinds(services) == [MailKind.EXTENDED]
    events = [event for _, event, _ in history(services, ada, "silent")]
    assert events.count("broker_extended") == 1


def test_readings_at_once_take_each_mail_in_once(
    services: Services, ada: str, reference: str, send: Send
) -> None:
    for number in range(20):
        send("Hm.", subject=reference, message_id=f"<{number}@elsewhere.example>")
    at_once(lambda n: services.removal_inbox.read(f"inbox-{n}"), 3, threads=3)
    services.removal_inbox.read("inbox-last")
    assert _kinds(services) == [MailKind.UNCLEAR] * 20
    assert [t.reason for t in services.removals.tasks(ada) if t.broker.key == "silent"] == [
        "unclear_mail"
    ]


def test_more_mails_than_a_page_are_all_read(
    services: Services, reference: str, send: Send
) -> None:
    for number in range(230):
        send("Hm.", subject=reference, message_id=f"<{number}@elsewhere.example>")
    report = services.removal_inbox.read("inbox-1")
    assert report.mails == 230
    assert len(_kinds(services)) == 230


def test_of_a_large_mail_no_more_than_its_head_is_read(
    services: Services, ada: str, reference: str, send: Send
) -> None:
    send(f"{DONE}\n{'x' * 70}\n" + f"{'y' * 70}\n" * 20_000, subject=reference)
    services.removal_inbox.read("inbox-1")
    # It is matched by its head; what it says, a person reads.
    assert _kinds(services) == [MailKind.UNCLEAR]
    assert state(services, ada, "silent") is State.SUBMITTED


def test_a_broker_may_not_have_us_follow_a_link_elsewhere(
    services: Services, ada: str, reference: str, send: Send
) -> None:
    send("Confirm your request: https://evil.example/confirm?token=1", subject=reference)
    services.removal_inbox.read("inbox-1")
    assert state(services, ada, "silent") is State.SUBMITTED
    assert _kinds(services) == [MailKind.UNCLEAR]


def test_a_brokers_word_alone_removes_nothing(
    services: Services, clock: HandClock, ada: str, reference: str, send: Send
) -> None:
    send(DONE, subject=reference)
    services.removal_inbox.read("inbox-1")
    clock.advance(days=1, hours=1)
    services.remove_brokers.process(ada, "run-2")
    assert state(services, ada, "silent") is State.VERIFYING


def test_the_database_itself_knows_that_only_a_look_removes(
    services: Services, ada: str, reference: str
) -> None:
    del reference
    forged = text(
        "INSERT INTO removal_transitions (request_id, from_state, event, to_state, at, run_id) "
        "SELECT id, state, 'broker_completed', 'removed', now(), 'x' FROM removal_requests "
        "WHERE subscription_id = :ada AND broker_key = 'silent'"
    )
    with (
        pytest.raises(IntegrityError, match="removed_is_seen"),
        services.database.connection() as connection,
    ):
        connection.execute(forged, {"ada": ada})


def test_an_operator_says_what_a_mail_meant(
    services: Services, ada: str, reference: str, send: Send
) -> None:
    send("Hm.", subject=reference)
    services.removal_inbox.read("inbox-1")
    [task] = [t for t in services.removals.tasks(ada) if t.broker.key == "silent"]
    assert services.removals.done(task.id, said=MailKind.REFUSED) is State.REJECTED
