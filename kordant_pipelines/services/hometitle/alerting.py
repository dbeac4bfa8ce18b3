"""Raising the alerts that a property's new documents owe, and remembering what was told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.alerts import AlertKind
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.domain.title_alerts import owed_title_alerts
from kordant_pipelines.domain.title_judgement import Judgement
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.hometitle.sealing import TITLE_FACTS
from kordant_pipelines.services.raising import store_alert
from kordant_pipelines.storage.models import AlertDocumentRow, PropertyDocumentRow


@dataclass(frozen=True, slots=True)
class Raised:
    """The dedupe keys of the alerts that were new, and how many of them are questions."""

    keys: Sequence[str]
    questions: int


def raise_title_alerts(
    session: Session,
    cipher: UserCipher,
    *,
    subscription_id: str,
    run_id: str,
    now: datetime,
    property_id: str,
    masked: str,
    judgements: Sequence[Judgement],
    rows: Mapping[str, PropertyDocumentRow],
    watched_since: date | None,
) -> Raised:
    """Raise what is owed for a property's judgements; `rows` are its documents' by number.

    A document that says something else than before is told of again only if that is more urgent.
    The subscription's row must be locked.
    """
    worse = [j for j in judgements if _is_worse(j, rows[j.documents[0].number].told)]
    drafts = owed_title_alerts(
        property_id, masked, worse, watched_since=watched_since, today=now.date()
    )
    keys: list[str] = []
    questions = 0
    for draft in drafts:
        for told in draft.facts:  # of a digest each document's own severity, not the digest's
            for number in told.numbers:
                rows[number].told = told.severity
        alert_id = store_alert(
            session,
            cipher,
            subscription_id=subscription_id,
            run_id=run_id,
            now=now,
            kind=draft.kind,
            severity=draft.severity,
            dedupe_key=draft.dedupe_key,
            facts_json=TITLE_FACTS.dump_json(draft.facts),
        )
        if alert_id is None:
            continue
        keys.append(draft.dedupe_key)
        questions += draft.kind is AlertKind.TITLE_QUESTION
        session.execute(
            insert(AlertDocumentRow),
            [{"alert_id": alert_id, "document_id": rows[n].id} for n in set(draft.numbers)],
        )
    return Raised(keys, questions)


def _is_worse(judged: Judgement, told: Severity | None) -> bool:
    return told is None or judged.severity.rank > told.rank
