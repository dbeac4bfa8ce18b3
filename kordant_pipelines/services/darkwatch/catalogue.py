"""Keeping HIBP's breach catalogue: its version tells which identifiers need another look."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, func, or_, select, text
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.breaches import Breach, Source, catalogue_fingerprint
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.services.darkwatch.sources import LookupFailed, OpenCatalogue
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import BreachRow, CatalogueRow

_FACTS = tuple(name for name in Breach.__dataclass_fields__ if name not in {"source", "key"})


@dataclass(frozen=True, slots=True)
class CatalogueState:
    """What is held: `changed` tells whether this refresh brought anything new."""

    version: int
    breaches: int
    refreshed_at: datetime
    changed: bool


class Catalogue:
    """HIBP's catalogue in the domain database."""

    def __init__(
        self, database: Database, open_catalogue: OpenCatalogue, clock: Clock, max_age: timedelta
    ) -> None:
        self._database = database
        self._open = open_catalogue
        self._clock = clock
        self._max_age = max_age

    async def fresh_version(self) -> int | None:
        """The version of a catalogue no older than the maximum age, refreshing it if need be.

        None if it could not be refreshed: then nothing may be called unchanged.
        """
        with self._database.transaction() as session:
            held = session.get(CatalogueRow, Source.HIBP)
        # Refreshed in the future means: by a host whose clock is wrong, so its age is not known.
        if held is not None and timedelta() <= self._clock() - held.refreshed_at <= self._max_age:
            return held.version
        try:
            return (await self.refresh()).version
        except LookupFailed:
            return None

    async def follow(self) -> int | None:
        """The catalogue's version, refreshed first if HIBP's newest breach is not yet in it.

        Costs one small call while there is nothing new. None if nothing was ever held.

        Raises:
            LookupFailed: HIBP did not answer; what was held stays as it was.
        """
        async with self._open() as source:
            newest = await source.newest()
        with self._database.transaction() as session:
            held = session.get(CatalogueRow, Source.HIBP)
            known = session.get(BreachRow, (newest.source, newest.key))
        if held is None:
            return None
        if (
            known is None
            or known.modified_at != newest.modified_at
            # A scan's answer may have brought the breach before the catalogue did.
            or (newest.added_at is not None and newest.added_at > held.refreshed_at)
        ):
            return (await self.refresh()).version
        return held.version

    async def refresh(self) -> CatalogueState:
        """Fetch the catalogue and store it whole.

        Raises:
            LookupFailed: HIBP did not answer in full; what was held stays as it was.
        """
        asked_at = self._clock()
        async with self._open() as source:
            breaches = await source.catalogue()
        with self._database.transaction() as session:
            return store_catalogue(session, breaches, asked_at, self._clock())


def store_catalogue(
    session: Session, breaches: list[Breach], asked_at: datetime, now: datetime
) -> CatalogueState:
    """Replace the held catalogue by `breaches`, asked for at `asked_at`.

    Two refreshes at once are put in order by a lock, and the one that asked later wins, unless it
    claims to have asked in the future.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('kordant breach catalogue'))"))
    held = session.get(CatalogueRow, Source.HIBP)
    if held is not None and asked_at <= held.refreshed_at <= now:
        return CatalogueState(held.version, held.breaches, held.refreshed_at, changed=False)
    fingerprint = catalogue_fingerprint(breaches)
    changed = held is None or held.fingerprint != fingerprint
    _replace_breaches(session, breaches)
    version = (held.version if held else 0) + int(changed)
    if held is None:
        held = CatalogueRow(source=Source.HIBP, changed_at=asked_at)
        session.add(held)
    held.version, held.fingerprint = version, fingerprint
    held.breaches, held.refreshed_at = len(breaches), asked_at
    if changed:
        held.changed_at = asked_at
    return CatalogueState(version, len(breaches), asked_at, changed)


def merge_breaches(session: Session, breaches: Iterable[Breach]) -> None:
    """Store what answers about identifiers say of breaches, without losing what is known.

    HIBP's catalogue is the authority on its breaches: an answer only replaces an older state. The
    other sources have none, and each answer tells a part: verified once is verified, a date once
    known is known.
    """
    statement = _insert(breaches)
    if statement is None:
        return
    said, held = statement.excluded, BreachRow
    dated = held.breach_date.is_not(None)
    merged = {
        "is_verified": or_(held.is_verified, said.is_verified),
        "breach_date": func.coalesce(held.breach_date, said.breach_date),
        "date_precision": case((dated, held.date_precision), else_=said.date_precision),
    }
    newer = and_(held.source == Source.HIBP, said.modified_at > held.modified_at)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[held.source, held.key],
            set_={
                name: case(
                    (newer, said[name]),
                    (held.source == Source.HIBP, getattr(held, name)),
                    else_=merged.get(name, getattr(held, name)),
                )
                for name in _FACTS
            },
        )
    )


def _replace_breaches(session: Session, breaches: Iterable[Breach]) -> None:
    statement = _insert(breaches)
    if statement is not None:
        session.execute(
            statement.on_conflict_do_update(
                index_elements=[BreachRow.source, BreachRow.key],
                set_={name: statement.excluded[name] for name in _FACTS},
            )
        )


def _insert(breaches: Iterable[Breach]) -> Insert | None:
    rows: dict[tuple[Source, str], dict[str, object]] = {}
    for breach in breaches:
        row = {name: getattr(breach, name) for name in Breach.__dataclass_fields__}
        rows[breach.source, breach.key] = {**row, "data_classes": sorted(breach.data_classes)}
    if not rows:
        return None
    # One order for all, or two scans that store the same breaches could wait for each other.
    return insert(BreachRow).values([rows[key] for key in sorted(rows)])


def load_breaches(
    session: Session, keys: set[tuple[Source, str]]
) -> dict[tuple[Source, str], Breach]:
    """The stored breaches with these (source, key) pairs."""
    by_source: dict[Source, list[str]] = {}
    for source, key in keys:
        by_source.setdefault(source, []).append(key)
    found: dict[tuple[Source, str], Breach] = {}
    for source, names in by_source.items():
        rows = session.scalars(
            select(BreachRow).where(BreachRow.source == source, BreachRow.key.in_(names))
        )
        found.update({(source, row.key): row.to_domain() for row in rows})
    return found
