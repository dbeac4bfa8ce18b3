"""ATTOM's answers, typed. Its keys' casing varies, so all are read in lower case.

Most fields depend on the plan. What must be there is what makes an answer one: an owner in the
one document, a sale history in the other.
"""

from datetime import date
from typing import Annotated, Any, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from kordant_pipelines.providers.partial import lenient_date, printable


def lowered(value: object) -> object:
    """Decoded JSON with every key in lower case."""
    if isinstance(value, list):
        return [lowered(item) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        return {
            key.lower(): lowered(item) for key, item in cast("dict[str, object]", value).items()
        }
    return value


def _text(raw: Any) -> Any:
    return "" if raw is None else str(raw) if isinstance(raw, int) else raw


def _dollars(raw: Any) -> Any:
    return int(raw) if isinstance(raw, float) else None if raw == "" else raw


def _listed(raw: Any) -> Any:
    """One or several: ATTOM writes a lone mortgage without a list."""
    if raw is None:
        return ()
    return cast("list[Any]", raw) if isinstance(raw, list) else (raw,)


Text = Annotated[str, BeforeValidator(_text), AfterValidator(printable)]
Day = Annotated[date | None, BeforeValidator(lenient_date)]
Dollars = Annotated[int | None, BeforeValidator(_dollars)]


class _AttomModel(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class AttomStatus(_AttomModel):
    """`code` 0 is success. "SuccessWithoutResult" is no success: it knows no such property."""

    code: int
    msg: Text = ""


class AttomPerson(_AttomModel):
    """One owner."""

    fullname: Text = ""
    lastname: Text = ""
    firstnameandmi: Text = ""

    @property
    def name(self) -> str:
        """As one text, the last name first where they come apart."""
        return self.fullname or ", ".join(n for n in (self.lastname, self.firstnameandmi) if n)


class AttomOwner(_AttomModel):
    """Who owns the property, as ATTOM has it now: up to four."""

    owner1: AttomPerson | None = None
    owner2: AttomPerson | None = None
    owner3: AttomPerson | None = None
    owner4: AttomPerson | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The owners that are named."""
        people = (self.owner1, self.owner2, self.owner3, self.owner4)
        return tuple(person.name for person in people if person is not None and person.name)


class AttomLender(_AttomModel):
    """Who lent."""

    lastname: Text = ""
    name: Text = ""


class AttomMortgage(_AttomModel):
    """A mortgage on the property, the amount as lent."""

    amount: Dollars = None
    date: Day = None
    docnumber: Text = ""
    lender: AttomLender | None = None


class AttomVintage(_AttomModel):
    """How old ATTOM's record is."""

    lastmodified: Day = None
    pubdate: Day = None


class AttomDetail(_AttomModel):
    """Owner and mortgages of one property."""

    owner: AttomOwner
    mortgage: Annotated[tuple[AttomMortgage, ...], BeforeValidator(_listed)] = ()
    vintage: AttomVintage | None = None


class AttomSaleAmount(_AttomModel):
    """What a sale brought, and where it was recorded."""

    saleamt: Dollars = None
    salerecdate: Day = None
    saledocnum: Text = ""
    saledoctype: Text = ""
    saletranstype: Text = ""


class AttomSale(_AttomModel):
    """One transfer of ownership."""

    saletransdate: Day = None
    amount: AttomSaleAmount = AttomSaleAmount()
    deedtype: Text = ""
    buyername: Text = ""
    sellername: Text = ""


class AttomHistory(_AttomModel):
    """The transfers of one property."""

    salehistory: tuple[AttomSale, ...]


class AttomDetails(_AttomModel):
    """The answer of `property/detailmortgageowner`."""

    property: Annotated[tuple[AttomDetail, ...], Field(min_length=1)]


class AttomHistories(_AttomModel):
    """The answer of `saleshistory/detail`."""

    property: Annotated[tuple[AttomHistory, ...], Field(min_length=1)]


class AttomEnvelope(_AttomModel):
    """What every answer has."""

    status: AttomStatus
