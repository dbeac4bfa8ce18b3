"""The documents held on a property, and what a register's answer changes in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kordant_pipelines.domain.parcels import Register
from kordant_pipelines.domain.title_alerts import is_baseline
from kordant_pipelines.domain.title_documents import Document
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.hometitle.sealing import (
    number_index,
    open_document,
    seal_document,
)
from kordant_pipelines.services.people import People
from kordant_pipelines.storage.models import PropertyDocumentRow


@dataclass(frozen=True, slots=True)
class Held:
    """A document and the row that holds it."""

    document: Document
    row: PropertyDocumentRow


def load_documents(
    session: Session, cipher: UserCipher, property_id: str, register: Register
) -> dict[str, Held]:
    """What is held of a register on a property, by number."""
    rows = session.scalars(
        select(PropertyDocumentRow).where(
            PropertyDocumentRow.property_id == property_id,
            PropertyDocumentRow.source == register,
        )
    )
    held = [Held(open_document(cipher, row), row) for row in rows]
    return {one.document.number: one for one in held}


def merge_documents(
    session: Session,
    people: People,
    cipher: UserCipher,
    *,
    property_id: str,
    run_id: str,
    now: datetime,
    held: dict[str, Held],
    said: Iterable[Document],
    watched_since: date | None,
) -> tuple[dict[str, Held], int]:
    """Store what a register said; return what is new or says something else now, and how much
    of it is new.

    Of two versions of a document the one good through the later day counts: an older one, from a
    copy of the register that has not caught up, changes nothing. What is no longer listed stays.
    `watched_since` as for `owed_title_alerts`.
    """
    fresh: dict[str, Held] = {}
    new = 0
    for document in _latest(said).values():
        before = held.get(document.number)
        if before is None:
            row = PropertyDocumentRow(
                property_id=property_id,
                source=document.source,
                number_index=number_index(people.index, document),
                baseline=is_baseline(document, watched_since),
                first_seen_at=now,
                first_run_id=run_id,
            )
            session.add(row)
            new += 1
        else:
            row = before.row
        row.last_seen_at, row.last_run_id = now, run_id
        if before is not None and _is_older(document, before.document):
            continue
        if before is None or document != before.document:
            row.kind, row.good_through = document.kind, document.good_through
            row.facts_sealed = seal_document(cipher, document)
        if before is None or _facts(document) != _facts(before.document):
            fresh[document.number] = Held(document, row)
    session.flush()
    return fresh, new


def _latest(documents: Iterable[Document]) -> dict[str, Document]:
    """One document a number: of several, the one good through the latest day.

    Of two as good it is one with the names of both, so that no party is lost.
    """
    latest: dict[str, Document] = {}
    for document in documents:
        other = latest.get(document.number)
        if other is None or _is_older(other, document):
            latest[document.number] = document
        elif not _is_older(document, other):
            names = {
                "grantors": tuple(dict.fromkeys((*other.grantors, *document.grantors))),
                "grantees": tuple(dict.fromkeys((*other.grantees, *document.grantees))),
            }
            latest[document.number] = document.model_copy(update=names)
    return latest


def _is_older(document: Document, than: Document) -> bool:
    if document.good_through is None or than.good_through is None:
        return False
    return document.good_through < than.good_through


def _facts(document: Document) -> Document:
    """The document without the day up to which it is vouched for: that alone is no news."""
    return document.model_copy(update={"good_through": None})
