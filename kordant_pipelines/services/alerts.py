"""Reading alerts back, in the words their subscription's owner is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from kordant_pipelines.domain.alerts import AlertKind, AlertText
from kordant_pipelines.domain.errors import UnknownSubscription
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.services.people import FACTS_COLUMN, People
from kordant_pipelines.services.wording import alert_text
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import AlertRow, SubscriptionRow


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert and its words; identifiers in them are masked."""

    id: str
    kind: AlertKind
    severity: Severity
    raised_at: datetime
    run_id: str
    text: AlertText


class Alerts:
    """The alerts of one domain database."""

    def __init__(self, database: Database, people: People) -> None:
        self._database = database
        self._people = people

    def of(self, subscription_id: str) -> Sequence[Alert]:
        """A subscription's alerts, oldest first.

        Raises:
            UnknownSubscription: there is none with this id.
        """
        with self._database.transaction() as session:
            if session.get(SubscriptionRow, subscription_id) is None:
                raise UnknownSubscription(subscription_id)
            cipher = self._people.cipher_of(session, subscription_id)
            rows = session.scalars(
                select(AlertRow)
                .where(AlertRow.subscription_id == subscription_id)
                .order_by(AlertRow.raised_at, AlertRow.id)
            )
            return [
                Alert(
                    id=row.id,
                    kind=row.kind,
                    severity=row.severity,
                    raised_at=row.raised_at,
                    run_id=row.run_id,
                    text=alert_text(row.kind, cipher.decrypt(row.facts_sealed, FACTS_COLUMN)),
                )
                for row in rows
            ]
