"""Who may use the web server, who is signed in, and what they did."""

from sqlalchemy import BigInteger, ForeignKey, Identity, String, text
from sqlalchemy import Index as TableIndex
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.domain.access import Role
from kordant_pipelines.storage.models.base import Base, Index, Moment, stored_enum


class AccessTokenRow(Base):
    """A bearer token: the SHA-256 of its secret, which is 256 random bits, never the secret."""

    __tablename__ = "access_tokens"
    __table_args__ = (
        TableIndex(
            "uq_access_tokens_live_name",
            "name",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    role: Mapped[Role] = mapped_column(stored_enum(Role))
    digest: Mapped[Index]
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment | None]
    revoked_at: Mapped[Moment | None]
    last_used_at: Mapped[Moment | None]


class WebSessionRow(Base):
    """A browser that is signed in: the SHA-256 of its cookie. Revoking the token ends it."""

    __tablename__ = "web_sessions"

    digest: Mapped[Index] = mapped_column(primary_key=True)
    token_id: Mapped[str] = mapped_column(
        ForeignKey("access_tokens.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment] = mapped_column(index=True)


class AuditRow(Base):
    """A sign-in or a change, by whom, and what became of it: names and ids only."""

    __tablename__ = "audit_log"
    __table_args__ = (
        TableIndex(
            "ix_audit_log_refused_sign_ins",
            "address",
            "at",
            postgresql_where=text("action = 'sign_in' AND outcome = 'refused'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[Moment] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(64))
    detail: Mapped[str] = mapped_column(String(400))
    outcome: Mapped[str] = mapped_column(String(32))
    address: Mapped[str] = mapped_column(String(64))
