"""Keeping HIBP's breach catalogue: its version tells which identifiers need another look."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.breaches import Breach, Source, catalogue_fingerprint
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.services.darkwatch.sources import LookupFailed, OpenCatalogue
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import BreachRow, CatalogueRow


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
        if held is not None and self._clock() - held.refreshed_at <= self._max_age:
            return held.version
        try:
            return (await self.refresh()).version
        except LookupFailed:
            return None

    async def refresh(self) -> CatalogueState:
        """Fetch the catalogue and store it whole.

        Raises:
            LookupFailed: HIBP did not answer in full; what was held stays as it was.
        """
        asked_at = self._clock()
        async with self._open() as source:
            breaches = await source.catalogue()
        with self._database.transaction() as session:
            return store_catalogue(session, breaches, asked_at)


def store_catalogue(session: Session, breaches: list[Breach], asked_at: datetime) -> CatalogueState:
    """Replace the held catalogue by `breaches`, as answered at `asked_at`.

    Two refreshes at once are put in order by a lock, and the later answer wins.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('kordant breach catalogue'))"))
    held = session.get(CatalogueRow, Source.HIBP)
    if held is not None and held.refreshed_at >= asked_at:
        return CatalogueState(held.version, held.breaches, held.refreshed_at, changed=False)
    fingerprint = catalogue_fingerprint(breaches)
    changed = held is None or held.fingerprint != fingerprint
    if changed:
        upsert_breaches(session, breaches)
    version = (held.version if held else 0) + int(changed)
    if held is None:
        held = CatalogueRow(source=Source.HIBP, changed_at=asked_at)
        session.add(held)
    held.version, held.fingerprint = version, fingerprint
    held.breaches, held.refreshed_at = len(breaches), asked_at
    if changed:
        held.changed_at = asked_at
    return CatalogueState(version, len(breaches), asked_at, changed)


def upsert_breaches(session: Session, breaches: list[Breach], *, replace: bool = True) -> None:
    """Store breaches by (source, key); a row there already is left as it is if not `replace`."""
    rows = {(b.source, b.key): _row(b) for b in breaches}
    if not rows:
        return
    # One order for all, or two scans that store the same breaches could wait for each other.
    statement = insert(BreachRow).values([rows[key] for key in sorted(rows)])
    keys = [BreachRow.source, BreachRow.key]
    if replace:
        changed = {
            column.name: column
            for column in statement.excluded
            if column.name not in {"source", "key"}
        }
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    session.execute(statement)


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


def _row(breach: Breach) -> dict[str, object]:
    row = {name: getattr(breach, name) for name in Breach.__dataclass_fields__}
    return {**row, "data_classes": sorted(breach.data_classes)}
