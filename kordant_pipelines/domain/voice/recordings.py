"""Which recordings can be listened to: limits, and the reasons for which one is not."""

from enum import StrEnum
from typing import Final

MAX_BYTES: Final = 16 * 1024 * 1024
"""Of a recording as it is handed in: eight minutes of 16 kHz WAV, hours of what is compressed."""
MAX_SECONDS: Final = 600
MIN_RATE: Final = 8_000
MAX_RATE: Final = 96_000
MAX_CHANNELS: Final = 2
MIN_SPEECH_SECONDS: Final = 3.0
"""Below it the speaker model misses too often (measured: 7 % at 1.5 s against 1 % at 8 s)."""


class Unusable(StrEnum):
    """Why nothing is said about a recording."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_AUDIO = "not_audio"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    TOO_MANY_CHANNELS = "too_many_channels"
    SAMPLE_RATE = "sample_rate"
    TOO_LONG = "too_long"
    SILENT = "silent"
    TOO_LITTLE_SPEECH = "too_little_speech"
    VOICES_DIFFER = "voices_differ"

    @property
    def sentence(self) -> str:
        """What is wrong, and what to do."""
        return _SENTENCES[self]


_SENTENCES: Final = {
    Unusable.EMPTY: "The file holds nothing. Send the recording again.",
    Unusable.TOO_LARGE: (
        f"The file is larger than {MAX_BYTES // 1024**2} MiB. Send a shorter part, or a FLAC, "
        "Ogg or MP3."
    ),
    Unusable.NOT_AUDIO: (
        "The file is not a recording in WAV, FLAC, Ogg, MP3, AIFF or AU. Convert it to one of "
        "these (M4A, AMR and video are not read)."
    ),
    Unusable.TRUNCATED: (
        "The file ends before its own header says it does. Send it again; it was cut off."
    ),
    Unusable.DAMAGED: "The file cannot be read to its end. Send an undamaged copy.",
    Unusable.TOO_MANY_CHANNELS: (
        f"The recording has more than {MAX_CHANNELS} channels. Send it in mono or stereo."
    ),
    Unusable.SAMPLE_RATE: (
        f"The recording has a sample rate outside {MIN_RATE // 1000} to {MAX_RATE // 1000} kHz. "
        "Send it at 16 kHz or more."
    ),
    Unusable.TOO_LONG: (
        f"The recording is longer than {MAX_SECONDS // 60} minutes. Send the part that matters."
    ),
    Unusable.SILENT: "The recording is silent. Send one in which somebody speaks.",
    Unusable.TOO_LITTLE_SPEECH: (
        f"The recording holds less than {MIN_SPEECH_SECONDS:g} seconds of speech. "
        "Send one with more; music and noise do not count."
    ),
    Unusable.VOICES_DIFFER: (
        "The enrolment recordings do not sound like one speaker. Record them anew, one person "
        "alone in a quiet room."
    ),
}


class UnusableRecording(Exception):
    """Nothing can be said about a recording; `reason` says why."""

    def __init__(self, reason: Unusable) -> None:
        super().__init__(reason.sentence)
        self.reason = reason
