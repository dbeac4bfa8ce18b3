"""The demo's VoicePrint: two invented voices, and the recordings held against them."""

import asyncio
from collections.abc import Sequence

from rich import box
from rich.table import Table

from kordant_pipelines.cli.demo.scans import POLL_SECONDS, DemoStuck
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.domain.voice.work import Task, VoiceState
from kordant_pipelines.inference.shipped import SHIPPED
from kordant_pipelines.sandbox.voices.demo import handed_in, protected_voices
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.voice.view import SeenJob
from kordant_pipelines.settings import Settings

JOBS_SECONDS = 180
_OPEN = (VoiceState.PENDING, VoiceState.RUNNING)


def has_models(settings: Settings) -> bool:
    """Whether the voice models are there; without them the demo shows the rest."""
    return all((settings.voice_models / model.name).is_file() for model in SHIPPED)


def seed_voices(services: Services) -> Sequence[str]:
    """Hand in the recordings of two Premium customers; return their subscriptions' ids."""
    premium = [s for s in services.subscriptions.summaries() if s.tier is Tier.PREMIUM][:2]
    ids = {summary.ref: summary.id for summary in premium}
    intake = services.voice.intake
    for voice in protected_voices(list(ids)):
        intake.enrol(ids[voice.ref], voice.label, voice.clips())
    for handed in handed_in(list(ids)):
        intake.analyse(ids[handed.ref], handed.data, label=handed.label)
    return list(ids.values())


async def analysed(services: Services, subscriptions: Sequence[str]) -> Sequence[SeenJob]:
    """Wait until every voice job has ended; return the analyses, oldest first.

    Raises:
        DemoStuck: they did not end in good time.
    """
    for _ in range(int(JOBS_SECONDS / POLL_SECONDS)):
        jobs = [job for one in subscriptions for job in services.voice.view.jobs(one, limit=100)]
        if not any(job.state in _OPEN for job in jobs):
            analyses = [job for job in jobs if job.task is Task.ANALYSE]
            return sorted(analyses, key=lambda job: job.created_at)
        await asyncio.sleep(POLL_SECONDS)
    raise DemoStuck(f"Voice jobs had not ended after {JOBS_SECONDS} s. The worker's log says why.")


def voices_table(jobs: Sequence[SeenJob]) -> Table:
    """A row a recording."""
    table = Table(title="VoicePrint, five recordings", box=box.SIMPLE_HEAD, collapse_padding=True)
    for heading in ("recording", "voice", "score", "synthetic speech", "signals, or why not"):
        table.add_column(heading, justify="right" if heading == "score" else "left")
    for job in jobs:
        result = job.result
        if result is None:
            why = job.unusable.value if job.unusable else job.failure or ""
            table.add_row(job.id[:8], "", "", "", _told(why))
            continue
        score = "" if result.match_score is None else f"{result.match_score:.2f}"
        verdicts = _told(result.match.value), score, _told(result.authenticity.value)
        table.add_row(job.id[:8], *verdicts, _told(", ".join(result.signals)))
    table.caption_justify = "left"
    table.caption = (
        "Similarity to the enrolled speaker: a cloned voice can match. Not assessed: no detector "
        "of synthetic speech is configured, for no registry carries one that works."
    )
    return table


def _told(value: str) -> str:
    return value.replace("_", " ")
