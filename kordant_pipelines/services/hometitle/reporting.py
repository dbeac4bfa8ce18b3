"""What a report tells of a subscription's homes: their recorded documents, as of a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kordant_pipelines.domain.coverage import Outcome
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.reports.sections import Absence, Properties, PropertyEvent
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.domain.title_judgement import judge
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.hometitle.sealing import open_document, open_parcel, open_parties
from kordant_pipelines.storage.models import (
    CoverageRow,
    PropertyDocumentRow,
    PropertyRow,
    ScanRow,
)

SHOWN = 20
"""How many documents nobody was told of a report lists, the newest: a house may have thousands."""


@dataclass(frozen=True, slots=True)
class _Told:
    """A document as a report has it; `told` unless it is of the harmless ones."""

    event: PropertyEvent
    first_seen_at: datetime
    told: bool

    def alarms_at(self, moment: datetime) -> bool:
        """Whether it was known by then, and alarms still."""
        grave = self.told and self.event.severity.rank >= Severity.HIGH.rank
        return grave and not self.event.settled and self.first_seen_at < moment


def report_properties(
    session: Session, cipher: UserCipher, subscription_id: str, moments: Sequence[datetime]
) -> Properties | Absence:
    """The homes watched just before the last of `moments`, and their documents known by then.

    A document counts as settled once the names known today explain it.
    """
    end = moments[-1]
    rows = session.scalars(
        select(PropertyRow)
        .where(
            PropertyRow.subscription_id == subscription_id,
            PropertyRow.created_at < end,
            PropertyRow.removed_at.is_(None) | (PropertyRow.removed_at >= end),
        )
        .order_by(PropertyRow.created_at, PropertyRow.id)
    ).all()
    if not rows:
        return Absence.NOTHING_WATCHED
    checked = _checked(session, subscription_id, end)
    found = [one for row in rows for one in _documents(session, cipher, row, end)]
    found.sort(key=lambda one: one.event.recorded, reverse=True)
    harmless = [one for one in found if not one.told]
    return Properties(
        watched=len(rows),
        unchecked=sum(row.id not in checked for row in rows),
        good_through=min((day for day in checked.values() if day), default=None),
        events=[one.event for one in found if one.told or one in harmless[:SHOWN]],
        history=[sum(one.alarms_at(moment) for one in found) for moment in moments],
    )


def _checked(session: Session, subscription_id: str, end: datetime) -> Mapping[str, date | None]:
    """The homes whose register answered in the last scan before `end`, and up to when it speaks."""
    last = session.scalar(
        select(ScanRow.id)
        .where(
            ScanRow.subscription_id == subscription_id,
            ScanRow.job == Job.HOMETITLE.value,
            ScanRow.scanned_at < end,
        )
        .order_by(ScanRow.scanned_at.desc())
        .limit(1)
    )
    rows = session.execute(
        select(CoverageRow.item_id, CoverageRow.good_through).where(
            CoverageRow.scan_id == last, CoverageRow.outcome == Outcome.CHECKED
        )
    )
    return {row.item_id: row.good_through for row in rows}


def _documents(session: Session, cipher: UserCipher, of: PropertyRow, end: datetime) -> list[_Told]:
    rows = session.scalars(
        select(PropertyDocumentRow).where(
            PropertyDocumentRow.property_id == of.id, PropertyDocumentRow.first_seen_at < end
        )
    ).all()
    documents = [(row, open_document(cipher, row)) for row in rows]
    alarming = {
        document.number: judged.severity
        for judged in judge([one for _, one in documents], [], open_parties(cipher, of))
        if judged.is_told
        for document in judged.documents
    }
    label = open_parcel(cipher, of).masked
    return [
        _Told(
            PropertyEvent(
                property_label=label,
                document_number="–" if document.number.startswith("~") else document.number,
                document_type=document.label,
                recorded=document.recorded_on or row.first_seen_at.date(),
                severity=alarming.get(document.number, row.told) if row.told else Severity.INFO,
                settled=row.told is not None and document.number not in alarming,
            ),
            row.first_seen_at,
            row.told is not None,
        )
        for row, document in documents
    ]
