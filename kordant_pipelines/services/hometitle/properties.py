"""Watched properties: adding them, learning who belongs with them, listing them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kordant_pipelines.domain.calendar.owed import Reason
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.parcels import Parcel, Register, parse_parcel
from kordant_pipelines.domain.title_judgement import Parties
from kordant_pipelines.services.calendar.owing import owe_event
from kordant_pipelines.services.hometitle.new_property import (
    NewProperty,
    parse_property,
    store_property,
)
from kordant_pipelines.services.hometitle.sealing import open_parties, seal_parties
from kordant_pipelines.services.people import NAME_COLUMN, People
from kordant_pipelines.services.subscriptions import require_active
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import (
    PropertyCheckRow,
    PropertyDocumentRow,
    PropertyRow,
    SubscriptionRow,
    UserRow,
)


@dataclass(frozen=True, slots=True)
class PropertySummary:
    """A property as a list shows it: ids, counts and days, no personal data."""

    id: str
    subscription_id: str
    county: str
    register: Register
    owners: int
    lenders: int
    documents: int
    checked_at: datetime | None
    good_through: date | None


class UnknownProperty(RefusedInput):
    """No property that is watched has this id."""

    def __init__(self, property_id: str) -> None:
        super().__init__(
            f"No watched property is {property_id!r}. `kordant properties list` shows those there "
            "are."
        )


class Properties:
    """The watched properties of one domain database."""

    def __init__(self, database: Database, people: People, clock: Clock) -> None:
        self._database = database
        self._people = people
        self._clock = clock

    def add(self, subscription_id: str, new: NewProperty) -> tuple[str, bool]:
        """Watch a property; return its id and whether it is new.

        A new one is owed its baseline scan at once: a scan that is under way does not know of it,
        and the next period's may be a month off. One that is watched already is left as it is.

        Raises:
            RefusedInput: its county or key is not valid; nothing was stored.
            UnknownSubscription, InactiveSubscription: nothing may be watched for it.
        """
        parse_parcel(new.county, new.parcel)
        with self._database.transaction() as session:
            subscription = require_active(session, subscription_id, lock=True)
            cipher = self._people.cipher_of(session, subscription_id)
            name = session.execute(
                select(UserRow.name_sealed).where(UserRow.id == subscription.user_id)
            ).scalar_one()
            parsed = parse_property(new, cipher.decrypt(name, NAME_COLUMN))
            now = self._clock()
            property_id, is_new = store_property(
                session, self._people, subscription_id, cipher, parsed, now
            )
            if is_new:
                owe_event(
                    session,
                    Job.HOMETITLE,
                    subscription.tier,
                    f"property/{property_id}",
                    Reason.BASELINE,
                    now,
                    among=[subscription_id],
                )
            return property_id, is_new

    def know(
        self, property_id: str, owners: Sequence[str] = (), lenders: Sequence[str] = ()
    ) -> None:
        """Add names that belong with a property, as when its owner answers a question.

        Raises:
            UnknownProperty: no property that is watched has this id.
        """
        with self._database.transaction() as session:
            row = session.get(PropertyRow, property_id, with_for_update=True)
            if row is None or row.removed_at is not None:
                raise UnknownProperty(property_id)
            cipher = self._people.cipher_of(session, row.subscription_id)
            known = open_parties(cipher, row)
            row.parties_sealed = seal_parties(
                cipher,
                Parties(
                    tuple(dict.fromkeys([*known.owners, *owners])),
                    tuple(dict.fromkeys([*known.lenders, *lenders])),
                ),
            )

    def remove(self, property_id: str) -> None:
        """Stop watching a property.

        Raises:
            UnknownProperty: no property that is watched has this id.
        """
        with self._database.transaction() as session:
            row = session.get(PropertyRow, property_id, with_for_update=True)
            if row is None or row.removed_at is not None:
                raise UnknownProperty(property_id)
            row.removed_at = self._clock()

    def summaries(self) -> Sequence[PropertySummary]:
        """Every watched property, by subscription, oldest first."""
        documents = (
            select(func.count())
            .where(PropertyDocumentRow.property_id == PropertyRow.id)
            .scalar_subquery()
        )
        with self._database.transaction() as session:
            rows = session.execute(
                select(PropertyRow, PropertyCheckRow, documents)
                .outerjoin(PropertyCheckRow, PropertyCheckRow.property_id == PropertyRow.id)
                .join(SubscriptionRow, SubscriptionRow.id == PropertyRow.subscription_id)
                .where(PropertyRow.removed_at.is_(None))
                .order_by(SubscriptionRow.external_ref, PropertyRow.created_at, PropertyRow.id)
            ).all()
            return [self._summary(session, row, check, count) for row, check, count in rows]

    def _summary(
        self, session: Session, row: PropertyRow, check: PropertyCheckRow | None, documents: int
    ) -> PropertySummary:
        parties = open_parties(self._people.cipher_of(session, row.subscription_id), row)
        return PropertySummary(
            id=row.id,
            subscription_id=row.subscription_id,
            county=row.county,
            register=Parcel(row.county, "").register,
            owners=len(parties.owners),
            lenders=len(parties.lenders),
            documents=documents,
            checked_at=check.checked_at if check else None,
            good_through=check.good_through if check else None,
        )
