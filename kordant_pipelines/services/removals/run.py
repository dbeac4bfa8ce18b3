"""One subscription's removals: take every step that is due, record it, say what is unknown."""

import asyncio
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, text

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.coverage import CoverageSummary
from kordant_pipelines.domain.removals.brokers import Broker
from kordant_pipelines.domain.removals.states import Event, State
from kordant_pipelines.domain.removals.steps import Action
from kordant_pipelines.domain.subscriptions import SubscriptionStatus
from kordant_pipelines.providers.errors import ProviderError
from kordant_pipelines.services.people import People
from kordant_pipelines.services.removals.access import BrokerAccess
from kordant_pipelines.services.removals.brokers import Brokers
from kordant_pipelines.services.removals.case import Case
from kordant_pipelines.services.removals.claiming import claim, still_open
from kordant_pipelines.services.removals.coverage import conclude
from kordant_pipelines.services.removals.errands import (
    RECONCILE_EVERY,
    Errand,
    Errands,
    Outcome,
)
from kordant_pipelines.services.removals.file import open_missing
from kordant_pipelines.services.removals.inbox import RemovalInbox
from kordant_pipelines.services.removals.profiles import load_person
from kordant_pipelines.services.removals.recording import record
from kordant_pipelines.services.subscriptions import require_active
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import RemovalRequestRow, SubscriptionRow

MAX_ROUNDS: Final = 8
INBOX_EVERY: Final = timedelta(minutes=10)
INBOX_FRESH: Final = timedelta(days=1)
"""Nobody is called late by whoever has not read their answers."""
SETTLED = frozenset({Event.ACCEPTED, Event.MAIL_AWAITED, Event.CUSTOMER_NEEDED})
"""Ends of an errand whose reason is no problem."""


@dataclass
class RunReport:
    """What a run did: ids, counts and codes only, so that Dagster may show it.

    `states` counts the subscription's live requests; `problems` what did not work, by broker and
    reason. What stands between us and a broker is kept once for all customers: see `troubles`.
    """

    subscription_id: str
    requests: int = 0
    states: dict[State, int] = field(default_factory=dict[State, int])
    steps: Counter[Action] = field(default_factory=Counter[Action])
    problems: Counter[str] = field(default_factory=Counter[str])
    coverage: CoverageSummary = field(default_factory=lambda: CoverageSummary({}, {}))
    authorised: bool = True
    busy: bool = False

    def sentence(self) -> str:
        """One line for an operator."""
        if self.busy:
            return "another run is at it"
        if not self.authorised:
            return "no removal was authorised"
        stands = ", ".join(
            f"{count} {state.value.replace('_', ' ')}"
            for state, count in sorted(self.states.items())
        )
        text = f"{stands or 'no requests'}; looks: {self.coverage.sentence()}"
        if self.problems:
            why = ", ".join(f"{name} ×{count}" for name, count in sorted(self.problems.items()))
            text += f"; problems: {why}"
        return text

    def note(self, whose: str, reason: str) -> None:
        """Count a problem."""
        self.problems[f"{whose}: {reason}"] += 1


class RemoveBrokers:
    """Works on the removal requests of one domain database."""

    def __init__(
        self,
        database: Database,
        people: People,
        brokers: Brokers,
        access: BrokerAccess,
        inbox: RemovalInbox,
        clock: Clock,
        *,
        errands_at_once: int = 8,
    ) -> None:
        self._database = database
        self._people = people
        self._brokers = brokers
        self.access = access
        self._inbox = inbox
        self._clock = clock
        self._errands_at_once = errands_at_once

    def due(self, now: datetime, *, after: str, limit: int) -> Sequence[str]:
        """Active subscriptions with a step due, ascending, greater than `after`."""
        with self._database.transaction() as session:
            return session.scalars(
                select(RemovalRequestRow.subscription_id)
                .join(SubscriptionRow, SubscriptionRow.id == RemovalRequestRow.subscription_id)
                .where(
                    RemovalRequestRow.next_at <= now,
                    RemovalRequestRow.subscription_id > after,
                    SubscriptionRow.status == SubscriptionStatus.ACTIVE,
                )
                .distinct()
                .order_by(RemovalRequestRow.subscription_id)
                .limit(limit)
            ).all()

    def process(self, subscription_id: str, run_id: str) -> RunReport:
        """Take every step that is due, until none is.

        Running it again, at once or after a kill, sends nothing twice: a submission is claimed
        before it goes out, and one that nobody recorded is reconciled first.

        Raises:
            UnknownSubscription, InactiveSubscription: nothing may run for it; nothing was done.
            Misconfigured: the broker registry is wrong.
        """
        report = RunReport(subscription_id)
        brokers = self._brokers.all()
        with self._sole_run(subscription_id) as alone:
            if not alone:
                report.busy = True
                return report
            case = self._open(subscription_id, run_id, brokers)
            if case is None:
                report.authorised = False
                return report
            if not self._read_within(INBOX_EVERY):
                self._read_inbox(report, run_id)
            asyncio.run(self._work(case, report))
            return report

    async def _work(self, case: Case, report: RunReport) -> None:
        errands = Errands(self.access, self._clock)
        gate = asyncio.Semaphore(self._errands_at_once)

        async def run(errand: Errand) -> Outcome:
            async with gate:
                return await errands.run(errand)

        looks: dict[str, Outcome] = {}
        for _ in range(MAX_ROUNDS):
            answers_read = self._read_within(INBOX_FRESH)
            claimed = claim(case, self._clock(), answers_read=answers_read)
            report.steps.update(claimed.steps)
            open_errands, outcomes = self._reconcilable(case, report, claimed.errands)
            if not open_errands and not outcomes:
                break
            came = await asyncio.gather(
                *(run(errand) for errand in open_errands), return_exceptions=True
            )
            outcomes += [one for one in came if isinstance(one, Outcome)]
            # Whatever broke: what the others did is on record before it is told.
            record(case, self._clock(), outcomes)
            broken = [one for one in came if isinstance(one, BaseException)]
            if broken:
                raise broken[0]
            report.steps.update(outcome.errand.action for outcome in outcomes)
            looks |= {o.errand.request_id: o for o in outcomes if o.errand.action is Action.LOOK}
            for outcome in outcomes:
                if outcome.reason and outcome.event not in SETTLED:
                    report.note(outcome.errand.broker.key, outcome.reason)
        report.coverage, report.states = conclude(case, self._clock(), looks)
        report.requests = sum(report.states.values())

    def _reconcilable(
        self, case: Case, report: RunReport, errands: Sequence[Errand]
    ) -> tuple[list[Errand], list[Outcome]]:
        """The errands to run, and what came of those that cannot be.

        What nobody recorded may have left a trace in the inbox (a copy, a confirmation, an
        answer): that is read first, and settles most of it.
        """
        dangling = [e for e in errands if e.action is Action.RECONCILE]
        rest = [e for e in errands if e.action is not Action.RECONCILE]
        if not dangling:
            return rest, []
        if not self._read_inbox(report, case.run_id):
            return rest, [
                Outcome(errand, reason="inbox_not_read", again_in=RECONCILE_EVERY)
                for errand in dangling
            ]
        return [*rest, *still_open(case, self._clock(), dangling)], []

    def _read_inbox(self, report: RunReport, run_id: str) -> bool:
        """Whether the inbox was read to its end just now."""
        try:
            return not self._inbox.read(run_id).busy
        except ProviderError as error:
            report.note("inbox", error.code.value)
            return False

    def _read_within(self, span: timedelta) -> bool:
        if self.access.mailbox is None:
            return True
        read_at = self._inbox.read_at()
        return read_at is not None and read_at > self._clock() - span

    def _open(
        self, subscription_id: str, run_id: str, brokers: Mapping[str, Broker]
    ) -> Case | None:
        with self._database.transaction() as session:
            require_active(session, subscription_id)
            cipher = self._people.cipher_of(session, subscription_id)
            person = load_person(session, cipher, subscription_id)
            if person is None:
                return None
            open_missing(session, subscription_id, person, brokers, self._clock())
        return Case(self._database, subscription_id, run_id, person, cipher, self.access.mailbox)

    @contextmanager
    def _sole_run(self, subscription_id: str) -> Generator[bool]:
        """Whether no other run works on the subscription while the block lasts.

        The lock is the connection's transaction's, so it is gone with a killed process; what that
        left under way is then known to be nobody's.
        """
        with self._database.connection() as connection:
            lock = text("SELECT pg_try_advisory_xact_lock(hashtext('kordant removals ' || :id))")
            yield bool(connection.execute(lock, {"id": subscription_id}).scalar_one())
