"""Labelled recordings in a folder, as calibration takes them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kordant_pipelines.domain.errors import RefusedInput

SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif", ".au"})


@dataclass(frozen=True, slots=True)
class Labelled:
    """A recording. `group` is whose or what it is, `session` when it was made."""

    path: Path
    group: str
    session: str


def speakers_in(folder: Path) -> Sequence[Labelled]:
    """FOLDER/speaker/session/file, or FOLDER/speaker/file: then each file is its own session.

    Raises:
        RefusedInput: fewer than two speakers with recordings of two sessions each.
    """
    found = [
        Labelled(path, speaker.name, _below(path, speaker))
        for speaker in _folders(folder)
        for path in _recordings(speaker)
    ]
    sessions = Counter(group for group, _ in {(one.group, one.session) for one in found})
    if sum(count > 1 for count in sessions.values()) < 2:
        raise RefusedInput(
            f"{folder} holds no two speakers with recordings of two sessions each. Lay it out as "
            "speaker/session/file, or speaker/file."
        )
    return found


def real_and_synthetic_in(folder: Path) -> tuple[Sequence[Labelled], Sequence[Labelled]]:
    """FOLDER/real/source/file and FOLDER/synthetic/generator/file.

    Raises:
        RefusedInput: one of the two is missing or empty.
    """
    real, synthetic = (
        [
            Labelled(path, f"{kind}/{_below(path, folder / kind)}", path.name)
            for path in _recordings(folder / kind)
        ]
        for kind in ("real", "synthetic")
    )
    if not real or not synthetic:
        raise RefusedInput(
            f"{folder} must hold recordings in both real/source and synthetic/generator."
        )
    return real, synthetic


def _folders(folder: Path) -> Sequence[Path]:
    if not folder.is_dir():
        raise RefusedInput(f"{folder} is not a folder of labelled recordings.")
    return sorted(path for path in folder.iterdir() if path.is_dir())


def _recordings(folder: Path) -> Sequence[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)


def _below(path: Path, folder: Path) -> str:
    return path.relative_to(folder).parts[0]
