"""Stored alerts in words: what their facts are, and who puts them into words, by kind of alert."""

from kordant_pipelines.domain.alerts import AlertKind, AlertText, compose
from kordant_pipelines.domain.removals.alerts import compose_removal
from kordant_pipelines.domain.title_words import compose_title
from kordant_pipelines.domain.voice.telling import compose_voice
from kordant_pipelines.domain.words import PLAIN_ENGLISH, Words
from kordant_pipelines.services.darkwatch.alerting import FACTS
from kordant_pipelines.services.hometitle.sealing import TITLE_FACTS
from kordant_pipelines.services.removals.alerting import REMOVAL_FACTS
from kordant_pipelines.services.voice.sealing import VOICE_FACTS


def alert_text(kind: AlertKind, facts_json: str, words: Words = PLAIN_ENGLISH) -> AlertText:
    """An alert's text, from the facts that were stored with it."""
    match kind:
        case AlertKind.BASELINE | AlertKind.EXPOSURE | AlertKind.EXPOSURE_GREW:
            return compose(kind, FACTS.validate_json(facts_json), words)
        case AlertKind.TITLE_BASELINE | AlertKind.TITLE_CHANGE | AlertKind.TITLE_QUESTION:
            return compose_title(kind, TITLE_FACTS.validate_json(facts_json), words)
        case AlertKind.REMOVAL_RELISTED | AlertKind.REMOVAL_TASKS:
            return compose_removal(kind, REMOVAL_FACTS.validate_json(facts_json), words)
        case AlertKind.VOICE_SYNTHETIC | AlertKind.VOICE_REPLAY:
            return compose_voice(kind, VOICE_FACTS.validate_json(facts_json), words)
