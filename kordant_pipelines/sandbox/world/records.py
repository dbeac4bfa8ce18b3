"""What the land registers hold: documents on parcels, which may be recorded while it is served."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from threading import RLock

from pydantic import BaseModel, ConfigDict, Field

APP_TOKEN = "SandboxAppToken0123456789"  # noqa: S105 - opens nothing but the sandbox
"""The only Socrata app token the sandbox knows."""
ATTOM_KEY = "5a4db0c0ffee5a4db0c0ffee5a4db0c1"
"""The only ATTOM key the sandbox knows."""


class RegisterName(StrEnum):
    """The registers, by their providers' names."""

    ACRIS = "acris"
    COOK = "cook"
    PHILADELPHIA = "philadelphia"
    ATTOM = "attom"


LAG_DAYS: Mapping[RegisterName, int] = {
    RegisterName.ACRIS: 21,
    RegisterName.COOK: 45,
    RegisterName.PHILADELPHIA: 9,
    RegisterName.ATTOM: 5,
}
"""How far each source is behind the register it copies."""

DOC_TYPES: Mapping[RegisterName, Mapping[str, str]] = {
    RegisterName.ACRIS: {
        "deed": "DEED",
        "quitclaim": "DEED",  # ACRIS has no type of its own for it
        "mortgage": "MTGE",
        "satisfaction": "SAT",
        "assignment": "ASST",
        "lien": "FL",
        "lien_release": "RFL",
        "judgment": "JUDG",
    },
    RegisterName.COOK: {"deed": "Warranty", "quitclaim": "Quit claim"},
    RegisterName.PHILADELPHIA: {
        "deed": "DEED",
        "quitclaim": "DEED MISCELLANEOUS",
        "mortgage": "MORTGAGE",
        "satisfaction": "SATISFACTION",
        "assignment": "ASSIGNMENT OF MORTGAGE",
        "lis_pendens": "DM - LIS PENDENS",
    },
    RegisterName.ATTOM: {"deed": "Grant Deed", "quitclaim": "Quit Claim Deed", "mortgage": "DT"},
}
"""What each register calls a kind of document; those it does not hold are left out."""


class Record(BaseModel):
    """A document as it was published once; the same number may be published again, later.

    `parcel` is a BBL, PIN or OPA number in digits, or `STREET | CITY, ST ZIP` in capitals.
    `described` is false where the register lists a number before it says what it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    register_name: RegisterName = Field(alias="register")
    parcel: str
    number: str
    doc_type: str
    recorded_on: date
    amount: int | None = None
    grantors: tuple[str, ...] = ()
    grantees: tuple[str, ...] = ()
    published_on: date
    described: bool = True


class UnheldKindError(Exception):
    """The register holds no documents of that kind."""


class RecordBook:
    """The registers' state; every method is safe from any thread."""

    def __init__(self, records: Iterable[Record], *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = RLock()
        self._records = list(records)

    def good_through(self, name: RegisterName) -> date:
        """The day up to which a source has copied its register."""
        return self._now().date() - timedelta(days=LAG_DAYS[name])

    def today(self) -> date:
        """The day it is in the world."""
        return self._now().date()

    def of(self, name: RegisterName) -> list[Record]:
        """Everything a register published, oldest first."""
        with self._lock:
            return [record for record in self._records if record.register_name is name]

    def replace(self, record: Record, by: Record) -> None:
        """Put another record in the place of one."""
        with self._lock:
            self._records[self._records.index(record)] = by

    def clear(self) -> None:
        """Forget every document, as a portal does while it replaces a data set."""
        with self._lock:
            self._records.clear()

    def record(
        self,
        name: RegisterName,
        parcel: str,
        kind: str,
        *,
        number: str | None = None,
        recorded_on: date | None = None,
        amount: int | None = None,
        grantors: Iterable[str] = (),
        grantees: Iterable[str] = (),
        described: bool = True,
    ) -> Record:
        """Record a document of a kind of `DOC_TYPES`, or of the register's own type in capitals.

        A number that is there already is published anew. Raises UnheldKindError.
        """
        doc_type = DOC_TYPES[name].get(kind, kind if kind.upper() == kind else None)
        if doc_type is None:
            held = ", ".join(DOC_TYPES[name])
            raise UnheldKindError(f"{name.value} holds no {kind}; it holds {held}")
        with self._lock:
            made = Record(
                register=name,
                parcel=parcel,
                number=number or self._next_number(name),
                doc_type=doc_type,
                recorded_on=recorded_on or self.today(),
                amount=amount,
                grantors=tuple(grantors),
                grantees=tuple(grantees),
                published_on=self.good_through(name),
                described=described,
            )
            self._records.append(made)
        return made

    def _next_number(self, name: RegisterName) -> str:
        serial = len(self._records)
        if name is RegisterName.ACRIS:
            return f"{self.today():%Y%m%d}{serial:08}"
        return f"{self.today():%y}{serial:08}"
