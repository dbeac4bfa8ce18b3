"""What a scan asks of a land register, whichever county's it is."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from kordant_pipelines.domain.parcels import Parcel, Register
from kordant_pipelines.domain.title_documents import Document


@dataclass(frozen=True, slots=True)
class RegisterAnswer:
    """All that a register holds on a property: documents, and whom it takes for the owner.

    An owner of record is a document of that kind. `good_through` is the day up to which the
    source as a whole speaks for the register it copies, None if it does not say.
    """

    documents: Sequence[Document]
    good_through: date | None


class ParcelUnknown(Exception):
    """The source answered that it knows no such property: that is not a property without news."""


class LandRegister(Protocol):
    """A place to look properties up in."""

    async def documents(self, parcel: Parcel) -> RegisterAnswer:
        """What the register holds on `parcel`, whole or not at all.

        Raises:
            LookupFailed: it did not answer.
            ParcelUnknown: it knows no such property.
        """
        ...


OpenRegisters = Callable[[], AbstractAsyncContextManager[Mapping[Register, LandRegister]]]
"""Opens the configured registers for one scan. One without its key is not among them."""
