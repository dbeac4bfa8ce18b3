"""Seeing to it that everyone is scanned, and watching the runs end."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from kordant_pipelines.cli.dagster_api import DagsterApi, Run
from kordant_pipelines.domain.errors import KordantError
from kordant_pipelines.domain.subscriptions import Tier

JOB = "darkwatch_scan"
CATALOGUE_JOB = "breach_catalogue_refresh"
BATCH_TAG = "kordant/batch"
REASON_TAG = "kordant/reason"
ENDED = frozenset({"SUCCESS", "FAILURE", "CANCELED"})

PARTITIONS_SECONDS = 120
RUNS_SECONDS = 900
POLL_SECONDS = 0.5


class DemoStuck(KordantError):
    """Something that should have happened by itself did not."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the demo's runs ended."""

    runs: Sequence[Run] = ()

    @property
    def all_succeeded(self) -> bool:
        """True if there were runs, and none ended in any other way."""
        return bool(self.runs) and all(run.status == "SUCCESS" for run in self.runs)

    def by_job(self) -> dict[str, dict[str, int]]:
        """Counts per job and status."""
        counts: dict[str, Counter[str]] = {}
        for run in self.runs:
            counts.setdefault(run.job, Counter())[run.status] += 1
        return {job: dict(counter) for job, counter in counts.items()}

    def succeeded_for(self, subscriptions: set[str]) -> int:
        """How many of these subscriptions' runs succeeded."""
        return sum(r.status == "SUCCESS" and r.partition in subscriptions for r in self.runs)


async def scan_everyone(
    api: DagsterApi, subscriptions: Mapping[str, Tier], added: AbstractSet[str], console: Console
) -> Outcome:
    """Have everyone scanned and the catalogue refreshed; return when all those runs have ended.

    Subscriptions just `added` are owed their baseline scan by the calendar, which launches it
    without being asked. The others are scanned by hand.

    Raises:
        DemoStuck: the partitions did not appear, or runs did not end, in good time.
    """
    batch = secrets.token_hex(6)
    await _until_partitioned(api, set(subscriptions), console)
    await api.launch(CATALOGUE_JOB, {BATCH_TAG: batch, REASON_TAG: "demo"})
    by_hand = {id_: tier for id_, tier in subscriptions.items() if id_ not in added}
    for subscription_id, tier in by_hand.items():
        tags = {
            "dagster/partition": subscription_id,
            "kordant/tier": tier.value,
            REASON_TAG: "demo",
            BATCH_TAG: batch,
        }
        await api.launch(JOB, tags)

    async def ours() -> list[Run]:
        launched = await api.runs(BATCH_TAG, batch)
        baselines = await api.runs(REASON_TAG, "baseline")
        return [*launched, *(r for r in baselines if r.job == JOB and r.partition in added)]

    return Outcome(await _watch(ours, 1 + len(subscriptions), console))


async def _until_partitioned(api: DagsterApi, wanted: set[str], console: Console) -> None:
    with console.status("Waiting for the sensor to add the subscriptions' partitions …"):
        for _ in range(int(PARTITIONS_SECONDS / POLL_SECONDS)):
            if wanted <= await api.partition_keys(JOB):
                return
            await asyncio.sleep(POLL_SECONDS)
    raise DemoStuck(
        f"The sensor added no partitions within {PARTITIONS_SECONDS} s. The daemon's log says why."
    )


async def _watch(
    ours: Callable[[], Awaitable[list[Run]]], expected: int, console: Console
) -> list[Run]:
    columns = (
        TextColumn("runs"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[states]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("runs", total=expected, states="")
        ended = 0
        for _ in range(int(RUNS_SECONDS / POLL_SECONDS)):
            runs = await ours()
            states = Counter(run.status.lower() for run in runs)
            shown = "  ".join(f"{count} {state}" for state, count in sorted(states.items()))
            ended = sum(run.status in ENDED for run in runs)
            progress.update(task, completed=ended, states=shown)
            if ended == expected:
                return runs
            await asyncio.sleep(POLL_SECONDS)
    raise DemoStuck(
        f"{expected - ended} runs had not ended after {RUNS_SECONDS} s. "
        "The worker's and the daemon's logs say why."
    )
