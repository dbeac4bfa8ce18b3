"""Bearer tokens: made once, shown once, kept as digests, revoked by name."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kordant_pipelines.domain.access import Identity, Role, Token
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.storage.database import Database, violated_constraint
from kordant_pipelines.storage.models import AccessTokenRow

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._@-]{0,63}")
_USE_NOTED_EVERY = timedelta(minutes=1)
_NOBODY = bytes(32)

LOCAL = "this machine"
"""The token that `kordant up` keeps in the state folder for commands beside it."""


@dataclass(frozen=True, slots=True)
class TokenSummary:
    """A token as a list shows it: everything but its secret, which nobody keeps."""

    id: str
    name: str
    role: Role
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def as_record(self) -> dict[str, object]:
        """The token for a program to read."""
        moments = ("created_at", "expires_at", "revoked_at", "last_used_at")
        return {
            "id": self.id,
            "name": self.name,
            "role": self.role,
            **{name: _iso(getattr(self, name)) for name in moments},
        }


class Tokens:
    """The tokens of one domain database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, name: str, role: Role, *, lasts: timedelta | None = None) -> Token:
        """Make a token; it is returned here and can never be read again.

        Raises:
            RefusedInput: the name is not one, or a token of this name is in use.
        """
        if not _NAME.fullmatch(name):
            raise RefusedInput(
                f"{name!r} is not a name for a token: up to 64 letters, digits, blanks and . _ @ -."
            )
        token, now = Token.new(), self._clock()
        try:
            with self._database.transaction() as session:
                session.add(
                    AccessTokenRow(
                        id=token.id,
                        name=name,
                        role=role,
                        digest=_digest(token),
                        created_at=now,
                        expires_at=now + lasts if lasts else None,
                    )
                )
        except IntegrityError as error:
            if violated_constraint(error) != "uq_access_tokens_live_name":
                raise
            raise RefusedInput(
                f"There is a token named {name!r}. Revoke that one first, or take another name."
            ) from None
        return token

    def replace(self, name: str, role: Role, *, lasts: timedelta | None = None) -> Token:
        """Make a token in place of the one that has the name, if there is one."""
        with self._database.transaction() as session:
            session.execute(
                update(AccessTokenRow)
                .where(AccessTokenRow.name == name, AccessTokenRow.revoked_at.is_(None))
                .values(revoked_at=self._clock())
            )
        return self.create(name, role, lasts=lasts)

    def revoke(self, name_or_id: str) -> None:
        """Let a token open nothing any more, nor the browsers that are signed in with it.

        Raises:
            RefusedInput: there is none of this name or id in use.
        """
        with self._database.transaction() as session:
            revoked = session.scalars(
                update(AccessTokenRow)
                .where(
                    or_(AccessTokenRow.id == name_or_id, AccessTokenRow.name == name_or_id),
                    AccessTokenRow.revoked_at.is_(None),
                )
                .values(revoked_at=self._clock())
                .returning(AccessTokenRow.id)
            ).all()
        if not revoked:
            raise RefusedInput(
                f"No token {name_or_id!r} is in use. `kordant tokens list` shows those there are."
            )

    def list(self, *, live_only: bool = False) -> Sequence[TokenSummary]:
        """Every token there ever was, or those that open something, oldest first."""
        names, now = TokenSummary.__dataclass_fields__, self._clock()
        with self._database.transaction() as session:
            rows = session.scalars(select(AccessTokenRow).order_by(AccessTokenRow.created_at))
            return [
                TokenSummary(**{name: getattr(row, name) for name in names})
                for row in rows
                if is_live(row, now) or not live_only
            ]

    def any_beside_local(self) -> bool:
        """Whether somebody was given a token that still opens something."""
        with self._database.transaction() as session:
            count = session.scalar(
                select(func.count())
                .select_from(AccessTokenRow)
                .where(
                    AccessTokenRow.name != LOCAL,
                    AccessTokenRow.revoked_at.is_(None),
                    or_(
                        AccessTokenRow.expires_at.is_(None),
                        AccessTokenRow.expires_at > self._clock(),
                    ),
                )
            )
        return bool(count)

    def identify(self, text: str) -> Identity | None:
        """Whose token this is, or None if it opens nothing."""
        token = Token.parse(text)
        now = self._clock()
        with self._database.transaction() as session:
            row = opened_by(session, token, now)
            if row is None:
                return None
            if row.last_used_at is None or now - row.last_used_at > _USE_NOTED_EVERY:
                row.last_used_at = now
            return Identity(row.name, row.role)


def opened_by(session: Session, token: Token | None, now: datetime) -> AccessTokenRow | None:
    """The row of a token that is known, right, in time and not revoked."""
    row = session.get(AccessTokenRow, token.id) if token else None
    # Compared in constant time, and whether there is a row or not.
    digest = _digest(token) if token else _NOBODY
    right = hmac.compare_digest(digest, row.digest if row else bytes(32))
    return row if row is not None and right and is_live(row, now) else None


def is_live(row: AccessTokenRow, now: datetime) -> bool:
    """Whether the token may still open anything."""
    return row.revoked_at is None and (row.expires_at is None or row.expires_at > now)


def _digest(token: Token) -> bytes:
    # 256 random bits need no slow hash: there is nothing to guess.
    return hashlib.sha256(token.secret.encode()).digest()


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
