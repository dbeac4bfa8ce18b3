"""`kordant voice calibrate`: measure a model on labelled recordings, and let that decide."""

from pathlib import Path
from typing import Annotated

import typer

from kordant_pipelines.cli.opened import opened_services
from kordant_pipelines.services.voice.calibrating import Calibrated
from kordant_pipelines.storage.models.voice import ModelKind


def calibrate(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="speaker/session/file; with --detector real/source/file and "
            "synthetic/generator/file.",
        ),
    ],
    target: Annotated[
        float, typer.Option(min=1e-6, max=0.5, help="Share of others that may be accepted.")
    ] = 0.01,
    *,
    detector: Annotated[
        bool, typer.Option("--detector", help="The detector instead of the speaker model.")
    ] = False,
) -> None:
    """Measure a model, and store the thresholds that its verdicts rest on from now on."""
    with opened_services() as services:
        calibration = services.voice.calibration
        measure = calibration.detector if detector else calibration.speaker
        for line in _lines(measure(folder, target=target)):
            typer.echo(line)


def _lines(done: Calibrated) -> list[str]:
    found = done.measured
    of_detector = done.kind is ModelKind.DETECTOR
    same, other = ("synthetic", "real") if of_detector else ("same speaker", "other speaker")
    sources = "sources" if of_detector else "speakers"
    trials = f"{done.same} {same}, {done.other} {other}; {done.groups} {sources}"
    short = "synthetic" if of_detector else "same"
    sides = f"{found.false_accepted:.2%} of {other} above, {found.missed:.2%} of {short} below"
    lines = [
        f"{done.kind} {done.model}, calibration {done.id}",
        f"Trials: {trials}",
        f"EER {found.eer:.2%} (95 %: {found.low:.2%} to {found.high:.2%})",
        f"Upper threshold {found.upper:.3f}: {sides}",
        f"Lower threshold {found.lower:.3f}",
    ]
    if done.skipped:
        told = ", ".join(f"{count} {why}" for why, count in sorted(done.skipped.items()))
        lines.append(f"Not evaluable: {told}")
    lines += [
        f"  {share:7.2%} of {count} above the threshold: {group}"
        for group, (count, share) in done.flagged.items()
    ]
    lines.append(
        "These figures are of the generators and sources above; others may fare worse."
        if of_detector
        else "These figures are of the speakers and channels above; others may fare worse."
    )
    return lines
