"""Storing an alert once, whichever job raises it."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.alerts import AlertKind
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.people import FACTS_COLUMN
from kordant_pipelines.storage.models import AlertRow


def store_alert(
    session: Session,
    cipher: UserCipher,
    *,
    subscription_id: str,
    run_id: str,
    now: datetime,
    kind: AlertKind,
    severity: Severity,
    dedupe_key: str,
    facts_json: bytes,
) -> str | None:
    """Store an alert; return its id, or None if one with this dedupe key is there already."""
    return session.scalar(
        insert(AlertRow)
        .values(
            subscription_id=subscription_id,
            kind=kind,
            severity=severity,
            dedupe_key=dedupe_key,
            facts_sealed=cipher.encrypt(facts_json.decode(), FACTS_COLUMN),
            raised_at=now,
            run_id=run_id,
        )
        .on_conflict_do_nothing(index_elements=[AlertRow.dedupe_key])
        .returning(AlertRow.id)
    )
