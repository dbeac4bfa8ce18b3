"""Reading back what registers hold on a subscription's properties: the history a report prints."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from kordant_pipelines.domain.errors import UnknownSubscription
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.domain.title_documents import Document
from kordant_pipelines.domain.title_judgement import Compared, Reason
from kordant_pipelines.services.hometitle.sealing import (
    open_compared,
    open_document,
    open_parcel,
)
from kordant_pipelines.services.people import People
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import PropertyDocumentRow, PropertyRow, SubscriptionRow


@dataclass(frozen=True, slots=True)
class TitleEvent:
    """A document on a property, what it was judged to be, and what its owner was told.

    `property_` is masked; the document's names and number are personal data.
    """

    property_id: str
    property_: str
    document: Document
    judged: Reason | None
    compared: Sequence[Compared]
    told: Severity | None
    baseline: bool
    first_seen_at: datetime


class Timeline:
    """The property histories of one domain database."""

    def __init__(self, database: Database, people: People) -> None:
        self._database = database
        self._people = people

    def of(self, subscription_id: str) -> Sequence[TitleEvent]:
        """Every document held on a subscription's watched properties, oldest first.

        Raises:
            UnknownSubscription: there is none with this id.
        """
        with self._database.transaction() as session:
            if session.get(SubscriptionRow, subscription_id) is None:
                raise UnknownSubscription(subscription_id)
            cipher = self._people.cipher_of(session, subscription_id)
            rows = session.execute(
                select(PropertyRow, PropertyDocumentRow)
                .join(PropertyDocumentRow, PropertyDocumentRow.property_id == PropertyRow.id)
                .where(
                    PropertyRow.subscription_id == subscription_id,
                    PropertyRow.removed_at.is_(None),
                )
            ).all()
            events = [
                TitleEvent(
                    property_id=of.id,
                    property_=open_parcel(cipher, of).masked,
                    document=open_document(cipher, row),
                    judged=row.judged,
                    compared=open_compared(cipher, row),
                    told=row.told,
                    baseline=row.baseline,
                    first_seen_at=row.first_seen_at,
                )
                for of, row in rows
            ]
        return sorted(events, key=_when)


def _when(event: TitleEvent) -> tuple[str, date, str]:
    document = event.document
    return event.property_id, document.recorded_on or date.min, document.number
