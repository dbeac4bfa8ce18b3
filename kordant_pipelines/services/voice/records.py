"""Voices and jobs as JSON objects, for programs."""

from kordant_pipelines.domain.voice.verdicts import Limit
from kordant_pipelines.services.voice.view import SeenJob, SeenVoice


def voice_record(voice: SeenVoice) -> dict[str, object]:
    """A protected voice."""
    return {
        "voice": voice.id,
        "name": voice.label,
        "enrolled_at": voice.enrolled_at.isoformat() if voice.enrolled_at else None,
        "recordings": voice.clips,
        "speech_seconds": voice.speech_seconds,
    }


def job_record(job: SeenJob) -> dict[str, object]:
    """A job. Its result's scores come with model, thresholds and limits, or not at all."""
    record: dict[str, object] = {
        "job": job.id,
        "task": job.task,
        "voice": job.voice_id,
        "state": job.state,
        "not_evaluable": job.unusable,
        "failure": job.failure,
        "created_at": job.created_at.isoformat(),
        "ended_at": job.ended_at.isoformat() if job.ended_at else None,
        "run": job.run_id,
    }
    result = job.result
    if result is None:
        return record
    return record | {
        "seconds": result.seconds,
        "speech_seconds": result.speech_seconds,
        "match": {
            "verdict": result.match,
            "voice": result.matched_voice_id,
            "score": result.match_score,
            "upper": result.match_upper,
            "lower": result.match_lower,
            "model": result.speaker,
            "model_sha256": result.speaker_sha256,
            "calibration": result.speaker_calibration_id,
            "windows": result.windows,
        },
        "authenticity": {
            "verdict": result.authenticity,
            "score": result.synthetic_score,
            "upper": result.synthetic_upper,
            "lower": result.synthetic_lower,
            "model": result.detector,
            "model_sha256": result.detector_sha256,
            "calibration": result.detector_calibration_id,
            "stretches": result.stretches,
        },
        "replay_score": result.replay_score,
        "signals": result.signals,
        "limits": [Limit(limit).sentence for limit in result.limits],
    }
