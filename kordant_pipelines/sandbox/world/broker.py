"""An invented data broker: how it is asked, what it answers and when, whether it does it."""

from datetime import timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Asked(StrEnum):
    """How a broker is asked."""

    FORM = "form"
    LETTER = "letter"
    GUIDED = "guided"


class Says(StrEnum):
    """What a broker's mail says."""

    RECEIVED = "received"
    DONE = "done"
    REFUSED = "refused"
    EXTENDS = "extends"
    WANTS_ID = "wants_id"
    MUMBLES = "mumbles"


class Answer(BaseModel):
    """A mail, so many days after the request."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    says: Says
    after_days: float = Field(ge=0)


class BrokerSeed(BaseModel):
    """A broker of the sandbox.

    Days count from the moment it has the request, which with `confirms` is when the link in its
    mail was followed; `removes_after` None means that it never does. `relists_after` counts from
    the removal, and happens once. `lists` is whether it has the customers at all, `shows` whether
    the registry knows its search page; None: it publishes nothing. Its `namesakes` live elsewhere
    and are listed first; with a `page_size` its search has several pages.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    name: str
    asked: Asked
    note: str
    lists: bool = True
    namesakes: int = Field(default=1, ge=0)
    page_size: int | None = Field(default=None, ge=1)
    shows: bool | None = True
    confirms: bool = False
    captcha: bool = False
    walled: bool = False  # its search refuses programs
    redesigned: bool = False  # its form is no longer the one the registry knows
    bounces: bool = False
    status_page: bool = True
    covered_by: str | None = None
    removes_after: float | None = None
    relists_after: float | None = None
    answers: tuple[Answer, ...] = ()


class Resident(BaseModel):
    """Where a customer lives, as brokers have it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ref: str
    city: str
    region: str | None = None
    postal_code: str
    country: str


def days(number: float) -> timedelta:
    """So many days."""
    return timedelta(days=number)
