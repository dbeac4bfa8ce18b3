"""What the owner of a protected voice is told."""

from collections.abc import Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict

from kordant_pipelines.domain.alerts import AlertKind, AlertText

VOICE_KINDS = frozenset({AlertKind.VOICE_SYNTHETIC, AlertKind.VOICE_REPLAY})


class VoiceFacts(BaseModel):
    """One recording, as an alert tells of it. `voice` is the name its owner gave the voice."""

    model_config = ConfigDict(frozen=True)

    voice: str
    recorded_on: date
    model: str
    score: float
    threshold: float
    speech_seconds: float
    limit: str


def compose_voice(kind: AlertKind, told: Sequence[VoiceFacts]) -> AlertText:
    """Put a voice alert into English. `told` holds the facts of one recording."""
    [facts] = told
    measured = f"{facts.score:.2f} where {facts.threshold:.2f} decides, by {facts.model}"
    seconds = f"{facts.speech_seconds:.0f} seconds of speech"
    when = f"The recording was handed in on {facts.recorded_on.isoformat()}."
    if kind is AlertKind.VOICE_REPLAY:
        return AlertText(
            title=f"A recording repeats what {facts.voice} said at enrolment",
            what=f"Parts of it agree with an enrolment recording almost exactly ({measured}; "
            f"{seconds}): it was most likely played back, not spoken.",
            when=when,
            action="Do not trust the caller. Hang up and call the person back on a number you "
            "know; find out who could get at the enrolment recordings, and enrol anew.",
        )
    return AlertText(
        title=f"A recording that claims to be {facts.voice} sounds synthetic",
        what=f"The detector scored {measured}; {seconds}. {facts.limit}",
        when=when,
        action="Do not act on what was said. Call the person back on a number you know, and "
        "agree on a code word for such calls.",
    )
