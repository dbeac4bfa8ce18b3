"""Whom a subscription's removals are for: kept sealed, and only with the customer's word."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.identifiers import IdentifierKind
from kordant_pipelines.domain.removals.people import Person, Residence
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.people import NAME_COLUMN, open_item
from kordant_pipelines.storage.models import (
    RemovalProfileRow,
    SubscriptionRow,
    UserRow,
    WatchItemRow,
)

PROFILE_COLUMN = "removal_profiles.profile"


class Profile(BaseModel):
    """What a removal must know beside the subscription's own name and identifiers."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    residence: Residence
    other_names: tuple[str, ...] = Field(default=(), max_length=10)


def store_profile(
    session: Session, cipher: UserCipher, subscription_id: str, profile: Profile, now: datetime
) -> None:
    """Keep the profile, in place of an earlier one."""
    values = {
        "profile_sealed": cipher.encrypt(profile.model_dump_json(), PROFILE_COLUMN),
        "authorised_at": now,
    }
    session.execute(
        insert(RemovalProfileRow)
        .values(subscription_id=subscription_id, **values)
        .on_conflict_do_update(index_elements=[RemovalProfileRow.subscription_id], set_=values)
    )


def load_person(session: Session, cipher: UserCipher, subscription_id: str) -> Person | None:
    """The person a subscription's removals are for; None if none were authorised."""
    row = session.get(RemovalProfileRow, subscription_id)
    if row is None:
        return None
    profile = Profile.model_validate_json(cipher.decrypt(row.profile_sealed, PROFILE_COLUMN))
    name = session.execute(
        select(UserRow.name_sealed)
        .join(SubscriptionRow, SubscriptionRow.user_id == UserRow.id)
        .where(SubscriptionRow.id == subscription_id)
    ).scalar_one()
    items = session.scalars(
        select(WatchItemRow)
        .where(WatchItemRow.subscription_id == subscription_id, WatchItemRow.removed_at.is_(None))
        .order_by(WatchItemRow.created_at, WatchItemRow.id)
    ).all()
    return Person(
        name=cipher.decrypt(name, NAME_COLUMN),
        residence=profile.residence,
        other_names=profile.other_names,
        emails=_values(cipher, items, IdentifierKind.EMAIL),
        phones=_values(cipher, items, IdentifierKind.PHONE),
    )


def _values(
    cipher: UserCipher, items: Sequence[WatchItemRow], kind: IdentifierKind
) -> tuple[str, ...]:
    return tuple(open_item(cipher, item).value for item in items if item.kind is kind)
