"""One subscription's HomeTitle scan: ask each property's register, record what it said."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.coverage import CoverageSummary, Outcome, summarise
from kordant_pipelines.domain.parcels import Parcel, Register
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.hometitle.answers import PropertyAnswer
from kordant_pipelines.services.hometitle.record import Recorded, record_titles
from kordant_pipelines.services.hometitle.registers import (
    LandRegister,
    OpenRegisters,
    ParcelUnknown,
)
from kordant_pipelines.services.hometitle.sealing import open_parcel
from kordant_pipelines.services.lookups import LookupFailed
from kordant_pipelines.services.people import People
from kordant_pipelines.services.subscriptions import require_active
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import PropertyRow

NOTHING_WATCHED = "no property is watched"


@dataclass(frozen=True, slots=True)
class TitleReport:
    """What a scan did: ids, counts and days only, so that Dagster may show it.

    `days_behind` says by register how far the source is behind what it copies, at worst.
    `needs_operator` names the registers that answered in a way only a person can mend.
    """

    subscription_id: str
    tier: Tier
    properties: int
    coverage: CoverageSummary
    recorded: Recorded
    days_behind: Mapping[str, int]
    needs_operator: Sequence[str]
    retryable: bool

    def sentence(self) -> str:
        """One line for an operator."""
        if not self.properties:
            return NOTHING_WATCHED
        lag = ", ".join(f"{name} {days} days behind" for name, days in self.days_behind.items())
        return f"{self.coverage.sentence()}{f'; {lag}' if lag else ''}"


class HomeTitle:
    """Scans subscriptions of one domain database."""

    def __init__(
        self,
        database: Database,
        people: People,
        open_registers: OpenRegisters,
        clock: Clock,
        *,
        lookups_at_once: int = 8,
    ) -> None:
        self._database = database
        self._people = people
        self._open_registers = open_registers
        self._clock = clock
        self._lookups_at_once = lookups_at_once

    def scan(self, subscription_id: str, run_id: str) -> TitleReport:
        """Scan one subscription and record the outcome in one transaction.

        What a register did not answer is recorded as not checked, never as clean, and leaves
        everything known before as it was. Running it again, at once or after a kill, adds nothing.

        Raises:
            UnknownSubscription, InactiveSubscription: nothing may run for it; nothing was done.
        """
        tier, parcels = self._load(subscription_id)
        answers = asyncio.run(self._look(parcels)) if parcels else []
        now = self._clock()
        recorded = record_titles(
            self._database,
            self._people,
            now,
            subscription_id=subscription_id,
            run_id=run_id,
            answers=answers,
        )
        failed = [c for c in recorded.coverage if c.outcome is Outcome.NOT_CHECKED]
        return TitleReport(
            subscription_id=subscription_id,
            tier=tier,
            properties=len(parcels),
            coverage=summarise(recorded.coverage),
            recorded=recorded,
            days_behind=_days_behind(answers, now.date()),
            needs_operator=sorted(
                {f"{c.source.value}: {c.reason}" for c in failed if c.permanent and c.source}
            ),
            retryable=any(not c.permanent for c in failed),
        )

    def _load(self, subscription_id: str) -> tuple[Tier, Mapping[str, Parcel]]:
        with self._database.transaction() as session:
            subscription = require_active(session, subscription_id)
            cipher = self._people.cipher_of(session, subscription_id)
            rows = session.scalars(
                select(PropertyRow)
                .where(
                    PropertyRow.subscription_id == subscription_id,
                    PropertyRow.removed_at.is_(None),
                )
                .order_by(PropertyRow.created_at, PropertyRow.id)
            )
            return subscription.tier, {row.id: open_parcel(cipher, row) for row in rows}

    async def _look(self, parcels: Mapping[str, Parcel]) -> list[PropertyAnswer]:
        gate = asyncio.Semaphore(self._lookups_at_once)
        async with self._open_registers() as registers:
            return await asyncio.gather(
                *(
                    self._ask(gate, registers.get(parcel.register), property_id, parcel)
                    for property_id, parcel in parcels.items()
                )
            )

    async def _ask(
        self,
        gate: asyncio.Semaphore,
        register: LandRegister | None,
        property_id: str,
        parcel: Parcel,
    ) -> PropertyAnswer:
        if register is None:
            return PropertyAnswer(
                property_id, parcel, self._clock(), uncovered="no_source_for_county"
            )
        async with gate:
            asked_at = self._clock()
            try:
                said = await register.documents(parcel)
            except LookupFailed as failure:
                return PropertyAnswer(property_id, parcel, asked_at, failure=failure)
            except ParcelUnknown:
                return PropertyAnswer(property_id, parcel, asked_at, uncovered="parcel_unknown")
        return PropertyAnswer(property_id, parcel, asked_at, said=said)


def _days_behind(answers: Sequence[PropertyAnswer], today: date) -> dict[str, int]:
    behind: dict[Register, int] = {}
    for answer in answers:
        if answer.said is not None and answer.said.good_through is not None:
            days = max((today - answer.said.good_through).days, 0)
            register = answer.parcel.register
            behind[register] = max(days, behind.get(register, 0))
    return {register.value: days for register, days in sorted(behind.items())}
