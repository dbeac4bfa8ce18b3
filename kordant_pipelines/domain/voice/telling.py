"""What the owner of a protected voice is told."""

from collections.abc import Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict

from kordant_pipelines.domain.alerts import AlertKind, AlertText
from kordant_pipelines.domain.words import PLAIN_ENGLISH, Words


class VoiceFacts(BaseModel):
    """One recording, as an alert tells of it. `voice` is the name its owner gave the voice."""

    model_config = ConfigDict(frozen=True)

    voice: str
    recorded_on: date
    model: str
    score: float
    threshold: float
    speech_seconds: float


def compose_voice(
    kind: AlertKind, told: Sequence[VoiceFacts], words: Words = PLAIN_ENGLISH
) -> AlertText:
    """Put a voice alert into words. `told` holds the facts of one recording."""
    [facts] = told
    measured = {
        "score": f"{facts.score:.2f}",
        "threshold": f"{facts.threshold:.2f}",
        "seconds": f"{facts.speech_seconds:.0f}",
    }
    when = words.say("The recording was handed in on {day}.", day=words.day(facts.recorded_on))
    if kind is AlertKind.VOICE_REPLAY:
        return AlertText(
            title=words.say(
                "A recording repeats what {voice} said at enrolment", voice=facts.voice
            ),
            what=words.say(
                "Parts of it agree with an enrolment recording almost exactly: {score} where "
                "{threshold} decides, over {seconds} seconds of speech. It was most likely played "
                "back, not spoken.",
                **measured,
            ),
            when=when,
            action=words.say(
                "Do not trust the caller. Hang up and call the person back on a number you know. "
                "Find out who could get at the enrolment recordings, and enrol anew."
            ),
        )
    return AlertText(
        title=words.say(
            "A recording with the voice of {voice} sounds synthetic", voice=facts.voice
        ),
        what=words.say(
            "The detector {model} scored {score} where {threshold} decides, over {seconds} seconds "
            "of speech. It was measured on the generators of its calibration alone; others may "
            "pass it, and real speech may not.",
            model=facts.model,
            **measured,
        ),
        when=when,
        action=words.say(
            "Do not act on what was said. Call the person back on a number you know, and agree on "
            "a code word for such calls."
        ),
    )
