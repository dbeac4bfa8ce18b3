"""Reading the mailbox: brokers' answers, matched to their requests by reference code."""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.removals.references import attempt_of, references_in
from kordant_pipelines.domain.removals.replies import EVENTS, MailKind, Reading, read_mail
from kordant_pipelines.domain.removals.requests import admits
from kordant_pipelines.domain.removals.states import Event, State
from kordant_pipelines.domain.removals.troubles import OURS, Part
from kordant_pipelines.providers.errors import ProviderError
from kordant_pipelines.providers.imap.inbox import Incoming, Place
from kordant_pipelines.services.people import People
from kordant_pipelines.services.removals.access import Mailbox
from kordant_pipelines.services.removals.alerting import raise_removal_alerts
from kordant_pipelines.services.removals.case import LINK_COLUMN
from kordant_pipelines.services.removals.file import Entry, RequestFile
from kordant_pipelines.services.removals.troubles import BOUNCED, end, note
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import (
    RemovalMailboxRow,
    RemovalMailRow,
    RemovalRequestRow,
    TaskKind,
)

_PAGE: Final = 100
_NAME: Final = "inbox"


@dataclass(frozen=True, slots=True)
class InboxReport:
    """What a reading found. `busy`: another process was at it, and nothing was done."""

    mails: int = 0
    matched: int = 0
    busy: bool = False


class RemovalInbox:
    """The one mailbox, read by whichever process comes first."""

    def __init__(
        self, database: Database, people: People, mailbox: Mailbox | None, clock: Clock
    ) -> None:
        self._database = database
        self._people = people
        self._mailbox = mailbox
        self._clock = clock

    def read_at(self) -> datetime | None:
        """When the mailbox was last read to its end."""
        with self._database.transaction() as session:
            row = session.get(RemovalMailboxRow, _NAME)
            return row.read_at if row else None

    def read(self, run_id: str) -> InboxReport:
        """Read what has come since last time. Each mail is taken in once, kills or no kills.

        Raises:
            ProviderError: the mailbox was not read, or not to its end.
        """
        if self._mailbox is None:
            return InboxReport()
        with self._alone() as alone:
            if not alone:
                return InboxReport(busy=True)
            mails = matched = 0
            while True:
                began = self._clock()
                place, page = self._page(self._mailbox)
                for incoming in page:
                    matched += self._take_in(incoming, place.uid_validity, run_id)
                mails += len(page)
                if len(page) < _PAGE:
                    self._remember(place, began)
                    return InboxReport(mails, matched)

    def _page(self, mailbox: Mailbox) -> tuple[Place, list[Incoming]]:
        try:
            page = mailbox.inbox.after(self._place(), limit=_PAGE)
        except ProviderError as error:
            with self._database.transaction() as session:
                note(session, OURS, Part.INBOX, error.code.value, self._clock())
            raise
        with self._database.transaction() as session:
            end(session, OURS, Part.INBOX)
        return page

    def _take_in(self, incoming: Incoming, uid_validity: int, run_id: str) -> bool:
        """Record one mail, what it makes happen, and that it was read; whether it was ours."""
        with self._database.transaction() as session:
            now = self._clock()
            row = _request_of(session, incoming)
            if row is not None:
                file = RequestFile(session, row.subscription_id, now, run_id)
                entry = file.get(row.id)
                reading = _reading_of(incoming, entry)
                if _is_new(session, incoming, row, reading, now) and entry is not None:
                    self._apply(session, file, entry, reading, incoming)
                    file.save()
                    cipher = self._people.cipher_of(session, row.subscription_id)
                    raise_removal_alerts(session, cipher, row.subscription_id, run_id, now)
            _store_place(session, Place(uid_validity, incoming.uid), None)
            return row is not None

    def _apply(
        self,
        session: Session,
        file: RequestFile,
        entry: Entry,
        reading: Reading,
        incoming: Incoming,
    ) -> None:
        now = self._clock()
        state = entry.request.state
        match reading.kind:
            case MailKind.OUR_COPY:
                ours = attempt_of(incoming.message_id)
                if state is State.SUBMITTING and ours and ours[1] == entry.request.attempts:
                    file.happen(entry, Event.ACCEPTED, reason="our_copy")
            case MailKind.CONFIRM:
                if state is State.SUBMITTING and entry.broker.form:
                    file.happen(entry, Event.MAIL_AWAITED, reason="confirm_mail")
                if entry.request.state is State.AWAITING_EMAIL_CONFIRM and reading.link:
                    cipher = self._people.cipher_of(session, entry.row.subscription_id)
                    entry.row.link_sealed = cipher.encrypt(reading.link, LINK_COLUMN)
                    entry.request = replace(entry.request, confirmable=True)
                elif entry.broker.form is None:
                    file.ask(entry, TaskKind.REVIEW, "confirm_link")
            case MailKind.UNCLEAR:
                file.ask(entry, TaskKind.REVIEW, "unclear_mail")
            case kind:
                if kind is MailKind.BOUNCED:
                    note(session, entry.broker.key, Part.LETTERS, BOUNCED, now)
                else:  # whoever writes has read
                    end(session, entry.broker.key, Part.LETTERS)
                if admits(entry.request, EVENTS[kind], now):
                    file.happen(entry, EVENTS[kind], reason=f"mail_{kind.value}")

    def _place(self) -> Place | None:
        with self._database.transaction() as session:
            row = session.get(RemovalMailboxRow, _NAME)
            return Place(row.uid_validity, row.last_uid) if row else None

    def _remember(self, place: Place, read_at: datetime) -> None:
        with self._database.transaction() as session:
            _store_place(session, place, read_at)

    @contextmanager
    def _alone(self) -> Generator[bool]:
        with self._database.connection() as connection:
            # Held by the connection's transaction, so it is gone with a killed process.
            lock = text("SELECT pg_try_advisory_xact_lock(hashtext('kordant removal inbox'))")
            yield bool(connection.execute(lock).scalar_one())


def _request_of(session: Session, incoming: Incoming) -> RemovalRequestRow | None:
    """The request a mail belongs to: by its addresses, by what it answers, by its words."""
    answered = [a for a in map(attempt_of, (incoming.message_id, *incoming.answers)) if a]
    codes = [
        *references_in(incoming.addresses),
        *(reference for reference, _ in answered),
        *references_in([incoming.whole_text]),
    ]
    rows = session.scalars(
        select(RemovalRequestRow).where(RemovalRequestRow.reference.in_(codes))
    ).all()
    return min(rows, key=lambda row: codes.index(row.reference), default=None)


def _reading_of(incoming: Incoming, entry: Entry | None) -> Reading:
    if attempt_of(incoming.message_id) is not None:
        return Reading(MailKind.OUR_COPY)
    return read_mail(incoming.mail, entry.broker.domains if entry else ())


def _is_new(
    session: Session,
    incoming: Incoming,
    row: RemovalRequestRow,
    reading: Reading,
    now: datetime,
) -> bool:
    ours = attempt_of(incoming.message_id)
    # A mail without a Message-ID is told apart by its text.
    identity = incoming.message_id or incoming.whole_text
    added = session.execute(
        insert(RemovalMailRow)
        .values(
            message_digest=hashlib.sha256(identity.encode()).digest(),
            request_id=row.id,
            kind=reading.kind,
            attempt=ours[1] if ours else None,
            received_at=incoming.received_at or now,
            read_at=now,
        )
        .on_conflict_do_nothing(
            index_elements=[RemovalMailRow.message_digest, RemovalMailRow.request_id]
        )
        .returning(RemovalMailRow.id)
    )
    return added.first() is not None


def _store_place(session: Session, place: Place, read_at: datetime | None) -> None:
    """Remember how far was read; `read_at` only when that was the end."""
    statement = insert(RemovalMailboxRow).values(
        name=_NAME, uid_validity=place.uid_validity, last_uid=place.last_uid, read_at=read_at
    )
    values: dict[str, object] = {
        "uid_validity": place.uid_validity,
        "last_uid": place.last_uid,
    }
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[RemovalMailboxRow.name],
            set_=values if read_at is None else values | {"read_at": read_at},
        )
    )
