"""`kordant voice show`: voices, jobs and results, with what a result does not say."""

import json
from collections.abc import Sequence
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Column, Table

from kordant_pipelines.cli.opened import opened_services
from kordant_pipelines.domain.voice.verdicts import Limit
from kordant_pipelines.services.voice.records import job_record, voice_record
from kordant_pipelines.services.voice.view import SeenJob, SeenVoice


def show(
    subscription_id: Annotated[str, typer.Argument(help="As `kordant subscriptions list` shows.")],
    limit: Annotated[int, typer.Option(min=1, help="Jobs at most, newest first.")] = 20,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show a subscription's protected voices, and what came of its recordings."""
    with opened_services() as services:
        voices = services.voice.view.voices(subscription_id)
        jobs = services.voice.view.jobs(subscription_id, limit=limit)
    if as_json:
        for record in (*map(voice_record, voices), *map(job_record, jobs)):
            typer.echo(json.dumps(record))
        return
    console = Console(highlight=False)
    console.print(_voices(voices) if voices else "No voice is protected.")
    names = {voice.id: voice.label for voice in voices}
    for job in jobs:
        _print_job(console, job, names)


def _voices(voices: Sequence[SeenVoice]) -> Table:
    table = Table(
        Column("voice", no_wrap=True),
        "name",
        "enrolled (UTC)",
        "recordings",
        "speech",
        box=box.SIMPLE_HEAD,
        collapse_padding=True,
    )
    for voice in voices:
        when = f"{voice.enrolled_at:%m-%d %H:%M}" if voice.enrolled_at else "not enrolled"
        speech = f"{voice.speech_seconds:.0f} s" if voice.speech_seconds else ""
        table.add_row(voice.id, escape(voice.label), when, str(voice.clips or ""), speech)
    return table


def _print_job(console: Console, job: SeenJob, names: dict[str, str]) -> None:
    state = job.state.value.replace("_", " ")
    console.print(f"[bold]{job.created_at:%m-%d %H:%M}  {job.task.value}  {state}[/]  {job.id}")
    lines: list[str] = []
    if job.unusable:
        lines.append(job.unusable.sentence)
    if job.failure:
        lines.append(f"Not evaluated: {job.failure}.")
    result = job.result
    if result:
        voice = names.get(result.matched_voice_id or "", "")
        score = "" if result.match_score is None else f" {result.match_score:.2f}"
        lines.append(
            f"Voice: {result.match.value.replace('_', ' ')}{score} ({voice or 'nobody'}; match "
            f"from {result.match_upper:.2f}, none below {result.match_lower:.2f}; "
            f"{result.speech_seconds:.0f} s of speech; {result.speaker})"
        )
        lines.append(f"Speech: {result.authenticity.value.replace('_', ' ')}" + _detected(job))
        if result.signals:
            lines.append(f"Signals: {', '.join(result.signals).replace('_', ' ')}")
        lines += [Limit(limit).sentence for limit in result.limits]
    for line in lines:
        console.print(Padding(escape(line), (0, 0, 0, 2)))


def _detected(job: SeenJob) -> str:
    result = job.result
    if result is None or result.synthetic_score is None:
        return ""
    if result.synthetic_upper is None or result.synthetic_lower is None:
        return f" {result.synthetic_score:.2f} ({result.detector})"
    return (
        f" {result.synthetic_score:.2f} (synthetic from {result.synthetic_upper:.2f}, authentic "
        f"below {result.synthetic_lower:.2f}; {result.detector})"
    )
