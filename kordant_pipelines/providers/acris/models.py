"""ACRIS's rows, typed. Names are ACRIS's own; keys without a value are left out by SODA."""

from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel, ConfigDict

from kordant_pipelines.providers.soda.fields import Day, Dollars, OptionalText, Text


class _AcrisModel(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class AcrisLegal(_AcrisModel):
    """A document concerns a lot."""

    document_id: Text
    good_through_date: Day = None


class AcrisMaster(_AcrisModel):
    """What a document is. One id recurs where it was published again: the latest
    `good_through_date` counts."""

    document_id: Text
    doc_type: Text
    document_amt: Dollars = None
    recorded_datetime: Day = None
    document_date: Day = None
    good_through_date: Day = None


class AcrisParty(_AcrisModel):
    """Who is in a document: party type 1 grants (or borrows), 2 receives (or lends)."""

    document_id: Text
    party_type: Text
    name: OptionalText = ""
    good_through_date: Day = None


class AcrisCode(_AcrisModel):
    """A document type in words."""

    doc_type: Text
    doc__type_description: OptionalText = ""
    class_code_description: OptionalText = ""


@dataclass(frozen=True, slots=True)
class AcrisDocument:
    """A document of a lot, put together. `master` is None while ACRIS lists no more than its id."""

    document_id: str
    master: AcrisMaster | None
    grantors: tuple[str, ...]
    grantees: tuple[str, ...]
    good_through: date | None
