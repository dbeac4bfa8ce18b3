"""The ACRIS client: Legals of a lot, then Master and Parties of its documents."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, TypeVar

from pydantic import TypeAdapter

from kordant_pipelines.providers.acris.models import (
    AcrisCode,
    AcrisDocument,
    AcrisLegal,
    AcrisMaster,
    AcrisParty,
)
from kordant_pipelines.providers.soda.client import SodaClient

PROVIDER: Final = "acris"

LEGALS: Final = "8h5j-fqxa"
MASTER: Final = "bnx9-e6tj"
PARTIES: Final = "636b-3b5g"
CODES: Final = "7isb-wh4c"

_IDS_AT_ONCE: Final = 100
"""Document ids in one query: 16 digits each, they keep its URL near 2,000 characters."""

_LEGALS: Final = TypeAdapter(list[AcrisLegal])
_MASTERS: Final = TypeAdapter(list[AcrisMaster])
_PARTIES: Final = TypeAdapter(list[AcrisParty])
_CODES: Final = TypeAdapter(list[AcrisCode])

PublishedT = TypeVar("PublishedT", AcrisMaster, AcrisParty)


class AcrisClient:
    """ACRIS over an open `SodaClient` of `https://data.cityofnewyork.us/resource`."""

    def __init__(self, soda: SodaClient) -> None:
        self._soda = soda
        self._codes: dict[str, str] | None = None

    async def documents(self, borough: int, block: int, lot: int) -> list[AcrisDocument]:
        """Every document that concerns a lot.

        Raises:
            ProviderError: ACRIS did not answer in full; none means that it has none.
        """
        legals = await self._soda.select(
            LEGALS,
            _LEGALS,
            ("document_id", "good_through_date"),
            {"borough": str(borough), "block": str(block), "lot": str(lot)},
        )
        ids = sorted({legal.document_id for legal in legals})
        masters: list[AcrisMaster] = []
        parties: list[AcrisParty] = []
        for chunk in _chunks(ids):
            criteria = {"$where": f"document_id in({chunk})"}
            masters += await self._soda.select(MASTER, _MASTERS, _MASTER_COLUMNS, criteria)
            parties += await self._soda.select(PARTIES, _PARTIES, _PARTY_COLUMNS, criteria)
        return _put_together(legals, masters, parties)

    async def good_through(self) -> date | None:
        """The day up to which ACRIS has copied the register, None if it does not say."""
        return await self._soda.newest(MASTER, "good_through_date")

    async def description(self, doc_type: str) -> str | None:
        """A document type in words, None if ACRIS's own table lacks it too. Fetched once."""
        if self._codes is None:
            codes = await self._soda.select(
                CODES, _CODES, ("doc_type", "doc__type_description", "class_code_description"), {}
            )
            self._codes = {code.doc_type: code.doc__type_description for code in codes}
        return self._codes.get(doc_type)


_MASTER_COLUMNS: Final = (
    "document_id",
    "doc_type",
    "document_amt",
    "recorded_datetime",
    "document_date",
    "good_through_date",
)
_PARTY_COLUMNS: Final = ("document_id", "party_type", "name", "good_through_date")


def _chunks(ids: Sequence[str]) -> Iterable[str]:
    """The ids as lists of SQL literals."""
    literals = ["'" + one.replace("'", "''") + "'" for one in ids]
    for start in range(0, len(literals), _IDS_AT_ONCE):
        yield ",".join(literals[start : start + _IDS_AT_ONCE])


def _put_together(
    legals: Iterable[AcrisLegal], masters: Iterable[AcrisMaster], parties: Iterable[AcrisParty]
) -> list[AcrisDocument]:
    listed: dict[str, date | None] = {}
    for legal in legals:
        before = listed.get(legal.document_id)
        listed[legal.document_id] = _later(before, legal.good_through_date)
    by_master = {key: last[-1] for key, last in _last_published(masters).items()}
    by_party = _last_published(parties)
    documents: list[AcrisDocument] = []
    for document_id, good_through in sorted(listed.items()):
        master = by_master.get(document_id)
        named = by_party.get(document_id, [])
        documents.append(
            AcrisDocument(
                document_id=document_id,
                master=master,
                grantors=_names(named, "1"),
                grantees=_names(named, "2"),
                good_through=_later(good_through, master.good_through_date if master else None),
            )
        )
    return documents


def _last_published(rows: Iterable[PublishedT]) -> dict[str, list[PublishedT]]:
    """Each document's rows of the latest publication: earlier ones were replaced by it."""
    latest: dict[str, list[PublishedT]] = {}
    for row in rows:
        held = latest.setdefault(row.document_id, [row])
        if held[0] is row:
            continue
        if (row.good_through_date or date.min) > (held[0].good_through_date or date.min):
            latest[row.document_id] = [row]
        elif row.good_through_date == held[0].good_through_date:
            held.append(row)
    return latest


def _names(parties: Iterable[AcrisParty], party_type: str) -> tuple[str, ...]:
    names = (party.name for party in parties if party.party_type == party_type and party.name)
    return tuple(sorted(set(names)))


def _later(one: date | None, other: date | None) -> date | None:
    return max((day for day in (one, other) if day is not None), default=None)
