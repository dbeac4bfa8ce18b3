"""Documents recorded against a property, whatever register they come from."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from kordant_pipelines.domain.parcels import Register


class DocumentKind(StrEnum):
    """What a recorded document does, in the terms its judgement needs."""

    DEED = "deed"
    QUITCLAIM = "quitclaim"
    CORRECTION_DEED = "correction_deed"
    OWNER_OF_RECORD = "owner_of_record"  # no document: what a source says of the present owner
    MORTGAGE = "mortgage"
    MORTGAGE_ASSIGNMENT = "mortgage_assignment"
    MORTGAGE_CHANGE = "mortgage_change"
    SATISFACTION = "satisfaction"
    LIS_PENDENS = "lis_pendens"
    JUDGMENT = "judgment"
    FEDERAL_LIEN = "federal_lien"
    TAX_LIEN = "tax_lien"
    MECHANICS_LIEN = "mechanics_lien"
    OTHER_LIEN = "other_lien"
    LIEN_RELEASE = "lien_release"
    POWER_OF_ATTORNEY = "power_of_attorney"
    SALE_CONTRACT = "sale_contract"
    OTHER = "other"
    UNRECOGNISED = "unrecognised"  # of a type we do not know, or not described yet


CONVEYANCES = frozenset(
    {
        DocumentKind.DEED,
        DocumentKind.QUITCLAIM,
        DocumentKind.CORRECTION_DEED,
        DocumentKind.OWNER_OF_RECORD,
    }
)


class Document(BaseModel):
    """One recorded document.

    `number` is the register's own, unique within it for one property; where it gives none, one of
    ours that starts with a tilde. `label` is the register's
    name for its type. `amount` is in whole US dollars, None where the register gives none.
    `grantors` give (or owe), `grantees` receive (or lend). `good_through` is the day up to which
    the register vouches for this entry: of two, the later counts. Names and number are personal
    data.
    """

    model_config = ConfigDict(frozen=True)

    source: Register
    number: str
    kind: DocumentKind
    label: str
    recorded_on: date | None = None
    amount: int | None = None
    grantors: tuple[str, ...] = ()
    grantees: tuple[str, ...] = ()
    good_through: date | None = None

    def __repr__(self) -> str:
        return f"Document({self.source.value}, {self.kind.value}, …)"


def kind_by_words(label: str) -> DocumentKind:
    """The kind behind a type that a register spells out, as in "SATISFACTION OF MORTGAGE"."""
    text = " ".join(label.upper().replace(".", "").split())
    return next(
        (kind for words, kind in _WORDS.items() if words in text), DocumentKind.UNRECOGNISED
    )


# In this order: the first words found decide, so "RELEASE OF FEDERAL LIEN" is no federal lien.
_WORDS: Mapping[str, DocumentKind] = {
    "LIS PENDENS": DocumentKind.LIS_PENDENS,
    "NOTICE OF DEFAULT": DocumentKind.LIS_PENDENS,
    "SATISF": DocumentKind.SATISFACTION,
    "RECONVEYANCE": DocumentKind.SATISFACTION,
    "RELEASE OF MORTGAGE": DocumentKind.SATISFACTION,
    "MORTGAGE RELEASE": DocumentKind.SATISFACTION,
    "ASSIGNMENT OF MORTGAGE": DocumentKind.MORTGAGE_ASSIGNMENT,
    "ASSIGNMENT, MORTGAGE": DocumentKind.MORTGAGE_ASSIGNMENT,
    "MORTGAGE ASSIGNMENT": DocumentKind.MORTGAGE_ASSIGNMENT,
    "RELEASE": DocumentKind.LIEN_RELEASE,
    "DISCHARGE": DocumentKind.LIEN_RELEASE,
    "WITHDRAW": DocumentKind.LIEN_RELEASE,
    "TERM": DocumentKind.OTHER,
    "ASSIGNMENT": DocumentKind.OTHER,
    "LEASE": DocumentKind.OTHER,
    "EASEMENT": DocumentKind.OTHER,
    "MECHANIC": DocumentKind.MECHANICS_LIEN,
    "FEDERAL": DocumentKind.FEDERAL_LIEN,
    "TAX LIEN": DocumentKind.TAX_LIEN,
    "JUDG": DocumentKind.JUDGMENT,
    "LIEN": DocumentKind.OTHER_LIEN,
    "CORRECT": DocumentKind.CORRECTION_DEED,
    "CONFIRM": DocumentKind.CORRECTION_DEED,
    "DEED OF TRUST": DocumentKind.MORTGAGE,
    "MODIF": DocumentKind.MORTGAGE_CHANGE,
    "SUBORDIN": DocumentKind.MORTGAGE_CHANGE,
    "MORTGAGE": DocumentKind.MORTGAGE,
    "QUIT": DocumentKind.QUITCLAIM,
    "DEED": DocumentKind.DEED,
    "ATTORNEY": DocumentKind.POWER_OF_ATTORNEY,
    "CONTRACT": DocumentKind.SALE_CONTRACT,
}
