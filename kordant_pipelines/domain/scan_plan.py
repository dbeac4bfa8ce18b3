"""Which identifiers need a look, at which source, under the present breach catalogue."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kordant_pipelines.domain.breaches import Source
from kordant_pipelines.domain.clock import require_aware
from kordant_pipelines.domain.coverage import Coverage, Outcome
from kordant_pipelines.domain.identifiers import IdentifierKind

SOURCES: Mapping[IdentifierKind, tuple[Source, ...]] = {
    IdentifierKind.EMAIL: (Source.HIBP, Source.HIBP_PASTES),
    IdentifierKind.PHONE: (Source.LEAKCHECK,),
    IdentifierKind.USERNAME: (Source.LEAKCHECK,),
}
"""Who looks for what. HIBP knows e-mail addresses only; LeakCheck covers the rest."""

PASTE_INTERVAL = timedelta(days=7)
"""Pastes have no catalogue that would tell of a change, so they are looked up on a clock."""


@dataclass(frozen=True, slots=True)
class Item:
    """A watch-list entry as planning needs it: no value, only what kind it is."""

    id: str
    kind: IdentifierKind


@dataclass(frozen=True, slots=True)
class Check:
    """The last answer a source gave about an item, and the catalogue version it was given under."""

    checked_at: datetime
    catalogue_version: int | None

    def __post_init__(self) -> None:
        require_aware(self.checked_at)


@dataclass(frozen=True, slots=True)
class Lookup:
    """A question to put to a source."""

    item_id: str
    source: Source


@dataclass(frozen=True, slots=True)
class Plan:
    """Lookups to make, and the coverage already known for all that needs none."""

    lookups: tuple[Lookup, ...]
    settled: tuple[Coverage, ...]


def plan_scan(
    items: Sequence[Item],
    checks: Mapping[tuple[str, Source], Check],
    available: Iterable[Source],
    catalogue_version: int | None,
    now: datetime,
) -> Plan:
    """Decide for each item and source whether it needs a look.

    `catalogue_version` is the version of HIBP's catalogue known to be fresh, or None when it
    could not be refreshed: then every item is looked up, for "unchanged" could not be claimed.
    `available` are the sources configured; a kind that none of them covers is UNCOVERED.

    Raises:
        ValueError: `now` has no time zone.
    """
    require_aware(now)
    usable = frozenset(available)
    lookups: list[Lookup] = []
    settled: list[Coverage] = []
    for item in items:
        sources = [s for s in SOURCES[item.kind] if s in usable]
        if not sources:
            settled.append(
                Coverage(
                    item_id=item.id,
                    source=None,
                    outcome=Outcome.UNCOVERED,
                    reason=f"no_source_for_{item.kind.value}",
                )
            )
        for source in sources:
            check = checks.get((item.id, source))
            known = _already_known(source, check, catalogue_version, now)
            if check is None or known is None:
                lookups.append(Lookup(item.id, source))
            else:
                settled.append(
                    Coverage(item_id=item.id, source=source, outcome=known, as_of=check.checked_at)
                )
    return Plan(tuple(lookups), tuple(settled))


def _already_known(
    source: Source, check: Check | None, catalogue_version: int | None, now: datetime
) -> Outcome | None:
    if check is None:
        return None
    if source is Source.HIBP:
        same = catalogue_version is not None and check.catalogue_version == catalogue_version
        return Outcome.UNCHANGED if same else None
    if source is Source.HIBP_PASTES:
        # A check from the future was written by a host whose clock is wrong: it settles nothing.
        recent = check.checked_at <= now < check.checked_at + PASTE_INTERVAL
        return Outcome.NOT_DUE if recent else None
    return None  # LeakCheck says nothing of when its data changes, so it is always asked
