"""Whose voices the demo protects, and which recordings come in."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from kordant_pipelines.sandbox.voices.recordings import ADA, BEN, recording
from kordant_pipelines.sandbox.voices.talker import Voice


@dataclass(frozen=True, slots=True)
class Handed:
    """A recording a customer hands in: `ref` is the customer's, `label` whose voice it claims."""

    ref: str
    label: str | None
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Protected:
    """A voice a customer protects."""

    ref: str
    label: str
    voice: Voice

    def clips(self) -> list[bytes]:
        """Its enrolment recordings."""
        return [recording(self.voice, seed, seconds=4.0) for seed in (1, 2, 3)]


def protected_voices(refs: Sequence[str]) -> list[Protected]:
    """The voices of two customers."""
    first, second = refs
    return [Protected(first, "Mum", ADA), Protected(second, "Me", BEN)]


def handed_in(refs: Sequence[str]) -> list[Handed]:
    """A voice that is who it claims to be, one that is not, a replay, and what is no recording."""
    first, second = refs
    return [
        Handed(first, "Mum", recording(ADA, 11, seconds=4.0)),
        Handed(first, "Mum", recording(BEN, 12, seconds=4.0)),
        Handed(second, None, recording(BEN, 13, seconds=4.0)),
        Handed(second, "Me", recording(BEN, 2, seconds=4.0) + b"\0\0"),
        Handed(second, None, b"%PDF-1.7 named voicemail.wav"),
    ]
