"""What is heard in a recording: speech, its windows, its signals, or a reason for none."""

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from kordant_pipelines.domain.voice.recordings import Unusable, UnusableRecording
from kordant_pipelines.domain.voice.verdicts import Signal
from kordant_pipelines.inference.engine import VoiceEngine
from kordant_pipelines.inference.pcm import RATE
from kordant_pipelines.inference.replay import replay_score
from kordant_pipelines.inference.windows import LONGEST_SECONDS
from kordant_pipelines.sandbox.voices.recordings import ADA, BEN, recording, speech, wav

Samples = NDArray[np.float32]


def _noise(seconds: float) -> Samples:
    return np.random.default_rng(3).normal(0, 0.1, int(seconds * RATE)).astype(np.float32)


def _resampled(samples: Samples, rate: float, wanted: float) -> Samples:
    return soxr.resample(samples, rate, wanted)


def _music(seconds: float) -> Samples:
    """Chords of plucked strings."""
    place = np.arange(RATE) / RATE
    chords = ((220, 277, 330), (196, 247, 294), (175, 220, 262), (165, 208, 247))
    notes = [
        np.exp(-3 * place)
        * sum(np.sin(2 * np.pi * hertz * k * place) / k for hertz in chord for k in range(1, 8))
        for chord in chords
    ]
    whole = np.concatenate([notes[n % 4] for n in range(int(seconds))])
    return (whole / np.abs(whole).max() * 0.5).astype(np.float32)


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros(8 * RATE, np.float32), Unusable.SILENT),
        (_noise(8) * 0.001, Unusable.SILENT),
        (_noise(8), Unusable.TOO_LITTLE_SPEECH),
        (_music(12), Unusable.TOO_LITTLE_SPEECH),
        (speech(ADA, 5.0, 1)[: int(0.3 * RATE)], Unusable.TOO_LITTLE_SPEECH),
        (speech(ADA, 5.0, 1)[: 2 * RATE], Unusable.TOO_LITTLE_SPEECH),
        (speech(ADA, 5.0, 1)[:1], Unusable.SILENT),
    ],
    ids=["silence", "a whisper of noise", "noise", "music", "0.3 s", "2 s", "one sample"],
)
def test_where_nobody_speaks_enough_nothing_is_said(
    engine: VoiceEngine, samples: Samples, reason: Unusable
) -> None:
    with pytest.raises(UnusableRecording) as refused:
        engine.hear(wav(samples))
    assert refused.value.reason is reason


def test_speech_is_found_between_silences_and_windows_tell_where(engine: VoiceEngine) -> None:
    pause = np.zeros(4 * RATE, np.float32)
    said = speech(ADA, 12.0, 1)
    heard = engine.hear(wav(np.concatenate([pause, said, pause])))
    assert heard.seconds == pytest.approx(20.0)
    assert heard.speech_seconds == pytest.approx(12.0, abs=0.8)
    assert len({len(window.samples) for window in heard.windows}) == 1
    assert all(len(w.samples) <= LONGEST_SECONDS * RATE for w in heard.windows)
    assert heard.windows[0].start == pytest.approx(4.0, abs=0.3)
    assert heard.windows[-1].end <= 16.3
    assert Signal.DIGITAL_SILENCE in heard.signals


def test_a_batch_says_what_each_recording_alone_does(engine: VoiceEngine) -> None:
    heard = [engine.hear(recording(voice, seed)) for voice, seed in ((ADA, 1), (BEN, 2), (ADA, 3))]
    together = engine.judge(heard)
    for one, judged in zip(heard, together, strict=True):
        [alone] = engine.judge([one])
        assert float(alone.vector @ judged.vector) == pytest.approx(1.0, abs=1e-4)
        assert judged.synthetic is None
    ada, ben, ada_again = (judged.vector for judged in together)
    assert float(ada @ ada_again) > 0.8
    assert float(ada @ ben) < 0.4


def test_a_recording_of_ten_minutes_is_heard_whole(engine: VoiceEngine) -> None:
    said = np.tile(speech(ADA, 10.0, 1), 24)  # 8 kHz keeps the file within its limit
    heard = engine.hear(wav(_resampled(said, RATE, 8_000), rate=8_000))
    assert heard.seconds == pytest.approx(240.0, abs=0.1)
    assert len(heard.windows) == pytest.approx(30, abs=2)


@pytest.mark.parametrize(
    ("changed", "signal"),
    [
        (np.clip(speech(ADA, 7.0, 1) * 40, -1, 1), Signal.CLIPPED),
        (
            _resampled(_resampled(speech(ADA, 7.0, 1), RATE, 7_000), 7_000, RATE),
            Signal.NARROW_BAND,
        ),
        (speech(ADA, 5.0, 1), Signal.LITTLE_SPEECH),
    ],
    ids=["clipped", "narrow band", "little speech"],
)
def test_what_is_out_of_the_ordinary_is_signalled(
    engine: VoiceEngine, changed: Samples, signal: Signal
) -> None:
    assert signal in engine.hear(wav(changed)).signals
    assert engine.hear(wav(speech(ADA, 7.0, 1))).signals == []


def _telephone(samples: Samples) -> Samples:
    """Through a telephone's 8 kHz and mu-law."""
    narrow: Samples = np.asarray(_resampled(samples, RATE, 8_000), np.float32)
    loud = np.log1p(255 * np.abs(narrow)) / np.log(256)
    coded: Samples = np.asarray(np.round(loud * 127) / 127 * np.log(256), np.float32)
    plain = np.sign(narrow) * np.expm1(coded) / 255
    return _resampled(np.asarray(plain, np.float32), 8_000, RATE)


def test_a_copy_is_told_from_the_same_speaker_saying_something_else(engine: VoiceEngine) -> None:
    said, other = speech(ADA, 7.0, 1), speech(ADA, 7.0, 2)
    enrolled = [engine.hear(wav(said)).fingerprint]
    noisy = np.asarray(said * 0.3 + _noise(7.0) * 0.01, np.float32)
    for copy in (said[RATE:], _telephone(said), noisy):
        assert (replay_score(engine.hear(wav(copy)).fingerprint, enrolled) or 0) > 0.8
    assert (replay_score(engine.hear(wav(other)).fingerprint, enrolled) or 0) < 0.7
    assert replay_score(enrolled[0][:10], enrolled) is None
    assert replay_score(enrolled[0], []) is None
