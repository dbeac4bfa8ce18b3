"""A property as it is handed in: checked at the edge, stored once."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.parcels import Parcel, parse_parcel
from kordant_pipelines.domain.title_judgement import Parties
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.hometitle.sealing import parcel_index, seal_parcel, seal_parties
from kordant_pipelines.services.people import People
from kordant_pipelines.storage.models import PropertyRow

PartyName = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"\w\w")
]


class NewProperty(BaseModel):
    """A property to watch. Without owners, the customer is taken for the only one."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, extra="forbid")

    county: str
    parcel: str
    owners: tuple[PartyName, ...] = ()
    lenders: tuple[PartyName, ...] = ()


def parse_property(new: NewProperty, customer: str) -> tuple[Parcel, Parties]:
    """A property's parcel and parties; RefusedInput if its county or key is not valid."""
    return parse_parcel(new.county, new.parcel), _parties(new, customer)


def store_property(
    session: Session,
    people: People,
    subscription_id: str,
    cipher: UserCipher,
    parsed: tuple[Parcel, Parties],
    now: datetime,
) -> tuple[str, bool]:
    """Store a property unless its subscription watches it already; its id, and whether it is new.

    The subscription's row must be locked or new.
    """
    parcel, parties = parsed
    digest = parcel_index(people.index, parcel)
    property_id = session.scalar(
        insert(PropertyRow)
        .values(
            subscription_id=subscription_id,
            county=parcel.county,
            parcel_sealed=seal_parcel(cipher, parcel),
            parcel_index=digest,
            parties_sealed=seal_parties(cipher, parties),
            created_at=now,
        )
        .on_conflict_do_nothing(
            index_elements=[PropertyRow.subscription_id, PropertyRow.parcel_index],
            index_where=PropertyRow.removed_at.is_(None),
        )
        .returning(PropertyRow.id)
    )
    if property_id is not None:
        return property_id, True
    held = select(PropertyRow.id).where(
        PropertyRow.subscription_id == subscription_id,
        PropertyRow.parcel_index == digest,
        PropertyRow.removed_at.is_(None),
    )
    return session.execute(held).scalar_one(), False


def _parties(new: NewProperty, customer: str) -> Parties:
    return Parties(
        owners=tuple(dict.fromkeys(new.owners)) or (customer,),
        lenders=tuple(dict.fromkeys(new.lenders)),
    )
