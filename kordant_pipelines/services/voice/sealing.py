"""How VoicePrint's personal data is written and read."""

import struct
from collections.abc import Sequence
from typing import Final

from pydantic import TypeAdapter

from kordant_pipelines.domain.voice.telling import VoiceFacts

LABEL_COLUMN: Final = "protected_voices.label"
CONTENT_COLUMN: Final = "voice_jobs.content"
AUDIO_COLUMN: Final = "voice_recordings.audio"
EMBEDDING_COLUMN: Final = "voiceprints.embedding"
FINGERPRINTS_COLUMN: Final = "voiceprints.fingerprints"

VOICE_FACTS: Final = TypeAdapter(tuple[VoiceFacts, ...])
"""How a voice alert's facts are written and read."""


def pack_floats(numbers: Sequence[float]) -> bytes:
    """An embedding as bytes."""
    return struct.pack(f"<{len(numbers)}f", *numbers)


def unpack_floats(data: bytes) -> tuple[float, ...]:
    """The inverse of `pack_floats`."""
    return struct.unpack(f"<{len(data) // 4}f", data)
