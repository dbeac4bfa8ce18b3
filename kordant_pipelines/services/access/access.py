"""Access to the web server as one object: what it and `kordant tokens` are given."""

from dataclasses import dataclass

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.services.access.audit import AuditLog
from kordant_pipelines.services.access.sessions import Sessions
from kordant_pipelines.services.access.tokens import Tokens
from kordant_pipelines.storage.database import Database


@dataclass(frozen=True, slots=True)
class Access:
    """Its parts, on one domain database."""

    tokens: Tokens
    sessions: Sessions
    audit: AuditLog

    @classmethod
    def of(cls, database: Database, clock: Clock) -> "Access":
        """Wire it up."""
        return cls(
            tokens=Tokens(database, clock),
            sessions=Sessions(database, clock),
            audit=AuditLog(database, clock),
        )
