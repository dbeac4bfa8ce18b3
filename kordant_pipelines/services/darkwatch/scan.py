"""One subscription's DarkWatch scan: plan it, ask the sources, record what they said."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from kordant_pipelines.domain.breaches import Source
from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.coverage import Coverage, CoverageSummary, Outcome, summarise
from kordant_pipelines.domain.identifiers import Identifier
from kordant_pipelines.domain.scan_plan import Check, Item, Lookup, Plan, plan_scan
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.darkwatch.answers import Answer
from kordant_pipelines.services.darkwatch.catalogue import Catalogue
from kordant_pipelines.services.darkwatch.record import Recorded, load_checks, record_scan
from kordant_pipelines.services.darkwatch.sources import (
    BreachSource,
    OpenSources,
    SourceAnswer,
)
from kordant_pipelines.services.lookups import LookupFailed
from kordant_pipelines.services.people import People, open_item
from kordant_pipelines.services.subscriptions import require_active
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import WatchItemRow
from kordant_pipelines.telemetry.traces import span


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a scan did: ids and counts only, so that Dagster may show it."""

    subscription_id: str
    tier: Tier
    items: int
    coverage: CoverageSummary
    recorded: Recorded
    retryable: bool


@dataclass(frozen=True, slots=True)
class _Watch:
    tier: Tier
    items: Sequence[Item]
    identifiers: Mapping[str, Identifier]
    checks: Mapping[tuple[str, Source], Check]


class DarkWatch:
    """Scans subscriptions of one domain database."""

    def __init__(
        self,
        database: Database,
        people: People,
        catalogue: Catalogue,
        open_sources: OpenSources,
        clock: Clock,
        *,
        lookups_at_once: int = 8,
    ) -> None:
        self._database = database
        self._people = people
        self._catalogue = catalogue
        self._open_sources = open_sources
        self._clock = clock
        self._lookups_at_once = lookups_at_once

    def scan(self, subscription_id: str, run_id: str) -> ScanReport:
        """Scan one subscription and record the outcome in one transaction.

        What a source did not answer is recorded as not checked, never as clean, and leaves
        everything known before as it was. Running it again, at once or after a kill, adds nothing.

        Raises:
            UnknownSubscription, InactiveSubscription: nothing may run for it; nothing was done.
        """
        with span("darkwatch scan", {"subscription": subscription_id, "run_id": run_id}):
            return self._scan(subscription_id, run_id)

    def _scan(self, subscription_id: str, run_id: str) -> ScanReport:
        watch = self._load(subscription_id)
        plan, answers, version = asyncio.run(self._look(watch))
        recorded = record_scan(
            self._database,
            self._people,
            self._clock(),
            subscription_id=subscription_id,
            run_id=run_id,
            catalogue_version=version,
            answers=answers,
            settled=plan.settled,
        )
        coverage = [*plan.settled, *(answer.coverage for answer in answers)]
        failed = [c for c in coverage if c.outcome is Outcome.NOT_CHECKED]
        return ScanReport(
            subscription_id=subscription_id,
            tier=watch.tier,
            items=len(watch.items),
            coverage=summarise(coverage),
            recorded=recorded,
            retryable=any(not c.permanent for c in failed),
        )

    def _load(self, subscription_id: str) -> _Watch:
        with self._database.transaction() as session:
            subscription = require_active(session, subscription_id)
            cipher = self._people.cipher_of(session, subscription_id)
            rows = session.scalars(
                select(WatchItemRow)
                .where(
                    WatchItemRow.subscription_id == subscription_id,
                    WatchItemRow.removed_at.is_(None),
                )
                .order_by(WatchItemRow.created_at, WatchItemRow.id)
            ).all()
            return _Watch(
                tier=subscription.tier,
                items=[Item(row.id, row.kind) for row in rows],
                identifiers={row.id: open_item(cipher, row) for row in rows},
                checks=load_checks(session, [row.id for row in rows]),
            )

    async def _look(self, watch: _Watch) -> tuple[Plan, list[Answer], int | None]:
        async with self._open_sources() as sources:
            version = await self._catalogue.fresh_version() if Source.HIBP in sources else None
            plan = plan_scan(watch.items, watch.checks, sources, version, self._clock())
            gate = asyncio.Semaphore(self._lookups_at_once)
            answers = await asyncio.gather(
                *(
                    self._ask(gate, sources[lookup.source], lookup, watch.identifiers)
                    for lookup in plan.lookups
                )
            )
        return plan, answers, version

    async def _ask(
        self,
        gate: asyncio.Semaphore,
        source: BreachSource,
        lookup: Lookup,
        identifiers: Mapping[str, Identifier],
    ) -> Answer:
        identifier = identifiers[lookup.item_id]
        async with gate:
            asked_at = self._clock()
            try:
                said = await source.lookup(identifier)
            except LookupFailed as failure:
                said = failure
        findings = () if isinstance(said, LookupFailed) else said.findings
        coverage = _coverage(lookup, said, asked_at)
        return Answer(lookup, identifier.masked, asked_at, findings, coverage)


def _coverage(lookup: Lookup, said: SourceAnswer | LookupFailed, asked_at: datetime) -> Coverage:
    if isinstance(said, LookupFailed):
        outcome, reason, permanent = Outcome.NOT_CHECKED, said.reason, said.permanent
    elif not said.complete:
        # What it told is recorded; the rest it will not tell however often it is asked.
        outcome, reason, permanent = Outcome.UNCOVERED, "answer_cut_short", True
    else:
        outcome, reason, permanent = Outcome.CHECKED, None, False
    return Coverage(
        item_id=lookup.item_id,
        source=lookup.source,
        outcome=outcome,
        reason=reason,
        permanent=permanent,
        as_of=asked_at if outcome is Outcome.CHECKED else None,
    )
