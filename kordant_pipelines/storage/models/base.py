"""What all models share: naming of constraints, column types, ids."""

import secrets
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from sqlalchemy import DateTime, Enum, LargeBinary, MetaData, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, mapped_column

Id = Annotated[str, mapped_column(String(40))]
"""Random and meaningless, so it may enter Dagster: "sub_9f…"."""

Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Sealed = Annotated[bytes, mapped_column(LargeBinary)]
"""Personal data, encrypted by `security.vault` under its user's key."""

Index = Annotated[bytes, mapped_column(LargeBinary(32))]
"""A blind index made by `security.blind_index`."""

Texts = Annotated[list[str], mapped_column(ARRAY(String))]


class Base(DeclarativeBase):
    """Declarative base; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def new_id(prefix: str) -> Callable[[], str]:
    """A default that makes ids such as "sub_1f6c…": 80 random bits."""
    return lambda: f"{prefix}_{secrets.token_hex(10)}"


def stored_enum(kind: type[StrEnum], name: str = "") -> Enum:
    """A string column restricted to the values of `kind`, checked by the database.

    `name` is its constraint's, where a table has more than one column of a kind.
    """
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=name or kind.__name__.lower(),
        values_callable=_values,
    )


def _values(members: type[StrEnum]) -> list[str]:
    return [member.value for member in members]
