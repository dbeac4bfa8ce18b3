"""Simulated time: the clock moves, what is due is processed, customers do what they are asked."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from kordant_pipelines.domain.removals.states import State
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.removals.run import RunReport
from kordant_pipelines.storage.models import TaskKind
from kordant_pipelines_tests.clock import HandClock

TICK = timedelta(hours=12)


class Simulation:
    """A world in which days pass in ticks of half a day."""

    def __init__(self, services: Services, sandbox: Sandbox, clock: HandClock) -> None:
        self._services = services
        self._sandbox = sandbox
        self._clock = clock
        self.runs = 0
        self.problems: Counter[str] = Counter()

    def pass_days(self, days: int, *, customers_act: bool = False) -> None:
        """Let days pass, with a reading of the inbox and the due runs at each tick."""
        for _ in range(int(timedelta(days=days) / TICK)):
            self.run_due()
            if customers_act:
                self.customers_act()
            self._clock.advance(hours=TICK.total_seconds() / 3600)

    def run_due(self) -> list[RunReport]:
        """Read the inbox and process whatever is due now."""
        self._services.removal_inbox.read("inbox")
        reports: list[RunReport] = []
        for subscription in self._due():
            self.runs += 1
            report = self._services.remove_brokers.process(subscription, f"run-{self.runs}")
            self.problems.update(report.problems)
            reports.append(report)
        assert not list(self._due()), "a run left something due at once again"
        return reports

    def customers_act(self) -> None:
        """File what is to be filed by hand, and look where only a customer sees."""
        for task in self._services.removals.tasks():
            if task.kind is TaskKind.FILE:
                self._services.removals.done(task.id)
            elif task.kind is TaskKind.LOOK:
                self._services.removals.done(task.id, listed=False)

    def funnel(self) -> str:
        """The funnel as a table: a line a state."""
        counts = self._services.removals.funnel()
        return "\n".join(f"{state.value:24}{counts[state]:6}" for state in State if counts[state])

    def _due(self) -> Iterable[str]:
        after = ""
        while page := self._services.remove_brokers.due(self._clock(), after=after, limit=10):
            yield from page
            after = page[-1]
