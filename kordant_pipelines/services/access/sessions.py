"""Browsers that are signed in, and how often somebody may try to be."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from kordant_pipelines.domain.access import Identity, Token
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.services.access.audit import DONE, REFUSED, SIGN_IN, write
from kordant_pipelines.services.access.tokens import is_live, opened_by
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import AccessTokenRow, AuditRow, WebSessionRow

LASTS = timedelta(hours=12)
TRIES = 5
WITHIN = timedelta(minutes=5)
"""After `TRIES` wrong tokens from one address within this time, none is looked at."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: `cookie` is shown here once, and kept as a digest."""

    cookie: str
    identity: Identity
    lasts: timedelta


class TooManyTries(Exception):
    """Too many wrong tokens came from this address; `after` says when to try again."""

    def __init__(self, after: timedelta) -> None:
        self.after = after
        super().__init__(f"too many tries; again in {after.total_seconds():.0f} s")


class Sessions:
    """The browser sessions of one domain database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def sign_in(self, token_text: str, address: str) -> SignedIn | None:
        """Open a session for whoever holds this token, or None if it opens nothing.

        Raises:
            TooManyTries: the token was not looked at.
        """
        now = self._clock()
        with self._database.transaction() as session:
            # One at a time for each address, or many at once would all be among the first tries.
            session.execute(
                text("SELECT pg_advisory_xact_lock(hashtext('kordant sign-in ' || :address))"),
                {"address": address},
            )
            _require_few_tries(session, address, now)
            row = opened_by(session, Token.parse(token_text), now)
            if row is None:
                write(session, now, "", SIGN_IN, "wrong token", REFUSED, address)
                return None
            write(session, now, row.name, SIGN_IN, f"as {row.role}", DONE, address)
            session.execute(delete(WebSessionRow).where(WebSessionRow.expires_at <= now))
            row.last_used_at = now
            cookie = secrets.token_urlsafe(32)
            lasts = min(LASTS, row.expires_at - now) if row.expires_at else LASTS
            session.add(
                WebSessionRow(
                    digest=_digest(cookie), token_id=row.id, created_at=now, expires_at=now + lasts
                )
            )
            return SignedIn(cookie, Identity(row.name, row.role), lasts)

    def identify(self, cookie: str) -> Identity | None:
        """Who is signed in with this cookie, or None."""
        now = self._clock()
        with self._database.transaction() as session:
            # The digest is the key: how long a search takes tells nothing of a cookie's bytes.
            row = session.execute(
                select(WebSessionRow.expires_at, AccessTokenRow)
                .join(AccessTokenRow, AccessTokenRow.id == WebSessionRow.token_id)
                .where(WebSessionRow.digest == _digest(cookie))
            ).one_or_none()
            if row is None or row.expires_at <= now or not is_live(row.AccessTokenRow, now):
                return None
            return Identity(row.AccessTokenRow.name, row.AccessTokenRow.role)

    def sign_out(self, cookie: str) -> None:
        """End a session; an unknown one has ended already."""
        with self._database.transaction() as session:
            session.execute(delete(WebSessionRow).where(WebSessionRow.digest == _digest(cookie)))


def _require_few_tries(session: Session, address: str, now: datetime) -> None:
    tries, first = session.execute(
        select(func.count(), func.min(AuditRow.at)).where(
            AuditRow.action == SIGN_IN,
            AuditRow.outcome == REFUSED,
            AuditRow.address == address[:64],
            AuditRow.at > now - WITHIN,
        )
    ).one()
    if tries >= TRIES:
        raise TooManyTries(first + WITHIN - now)


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode()).digest()
