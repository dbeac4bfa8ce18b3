"""A detector of the operator's own: checked when it is loaded, calibrated before it decides."""

import hashlib
import json
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from kordant_pipelines.domain.alerts import AlertKind
from kordant_pipelines.domain.errors import Misconfigured, RefusedInput
from kordant_pipelines.domain.voice.verdicts import Authenticity, Limit
from kordant_pipelines.inference.detector import OnnxDetector
from kordant_pipelines.inference.pcm import RATE
from kordant_pipelines.sandbox.voices.recordings import ADA, BEN, recording, speech, wav
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import Services, build_services
from kordant_pipelines.settings import Settings
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.voice.detectors import WINDOW, write_detector
from kordant_pipelines_tests.voice.saying import LABEL, analysed, protected


def _dull(samples: NDArray[np.float32], rate: int = 4_000) -> NDArray[np.float32]:
    """Without treble: what the tests' detector takes for synthetic."""
    narrow = soxr.resample(samples, RATE, rate)
    return np.asarray(soxr.resample(narrow, rate, RATE), np.float32)


@pytest.fixture
def services(
    settings: Settings, keyring: Keyring, clock: HandClock, tmp_path: Path
) -> Generator[Services]:
    """Services with a detector."""
    with_detector = settings.model_copy(update={"voice_detector": write_detector(tmp_path)})
    opened = build_services(with_detector, keyring, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    folder = tmp_path / "labelled"
    for kind, source in (("real", "ada"), ("synthetic", "dull")):
        (folder / kind / source).mkdir(parents=True)
        for seed in range(1, 6):
            said = speech(ADA, 5.0, seed)
            data = wav(_dull(said) if kind == "synthetic" else said)
            (folder / kind / source / f"{seed}.wav").write_bytes(data)
    (folder / "real" / "ada" / "broken.wav").write_bytes(b"x")
    return folder


def test_scores_follow_the_manifests_output_class_and_polarity(tmp_path: Path) -> None:
    said = speech(ADA, 5.0, 1)[:WINDOW]
    genuine = OnnxDetector.load(write_detector(tmp_path), threads=1)
    bright, dull = genuine.scores([said, _dull(said)])
    assert dull > bright
    inverted = OnnxDetector.load(
        write_detector(tmp_path, polarity="higher_is_synthetic"), threads=1
    )
    assert inverted.scores([said, _dull(said)]) == pytest.approx([-bright, -dull], rel=1e-5)
    other_class = OnnxDetector.load(write_detector(tmp_path, class_index=0), threads=1)
    assert other_class.scores([said]) == pytest.approx([-bright], rel=1e-5)
    many = genuine.scores([said] * 19)
    assert many == pytest.approx([bright] * 19, rel=1e-5)


def test_a_detector_of_another_rate_is_given_it(tmp_path: Path) -> None:
    path = write_detector(tmp_path, sample_rate=8_000, window_samples=24_000, window="samples")
    detector = OnnxDetector.load(path, threads=1)
    assert detector.stretch_samples == 48_000
    [score] = detector.scores([speech(ADA, 5.0, 1)[:48_000]])
    assert np.isfinite(score)


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        ({"sha256": "0" * 64}, "is not the model it should be"),
        ({"file": "none.onnx"}, "cannot be read"),
        ({"output_index": 2}, "has 2 outputs, output_index is 2"),
        ({"class_index": 2}, "does not run on two windows of silence"),
        ({"window_samples": 64_600}, "takes 48000 samples, the manifest says 64600"),
        ({"window": 20}, "takes 20 samples"),
        ({"batch": 1}, "batch is fixed at 1"),
        ({"polarity": "up"}, "polarity: Input should be"),
        ({"surplus": 1}, "surplus: Extra inputs"),
    ],
)
def test_a_detector_that_breaks_its_contract_is_refused_when_loaded(
    tmp_path: Path, manifest: dict[str, int | str], why: str
) -> None:
    path = write_detector(tmp_path, **manifest)
    with pytest.raises(Misconfigured, match=why):
        OnnxDetector.load(path, threads=1)


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "detector.json"
    path.write_text(text)
    with pytest.raises(Misconfigured, match="manifest"):
        OnnxDetector.load(path, threads=1)
    with pytest.raises(Misconfigured, match="cannot be read"):
        OnnxDetector.load(tmp_path / "none.json", threads=1)


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    path = write_detector(tmp_path)
    (tmp_path / "rough.onnx").write_bytes(b"not a model")
    manifest = json.loads(path.read_text())
    manifest["sha256"] = hashlib.sha256(b"not a model").hexdigest()
    path.write_text(json.dumps(manifest))
    with pytest.raises(Misconfigured, match="not a model that onnxruntime"):
        OnnxDetector.load(path, threads=1)


def test_an_uncalibrated_detector_decides_nothing(services: Services) -> None:
    subscription, _ = protected(services)
    result = analysed(services, subscription, wav(_dull(speech(ADA, 5.0, 20)))).result
    assert result is not None
    assert result.authenticity is Authenticity.INCONCLUSIVE
    assert result.synthetic_score is not None
    assert Limit.DETECTOR_UNCALIBRATED in result.limits
    assert services.alerts.of(subscription) == []


def test_a_calibrated_detectors_synthetic_is_alerted_for_a_protected_voice(
    services: Services, labelled: Path
) -> None:
    with pytest.raises(RefusedInput, match="5 trials do not allow"):
        services.voice.calibration.detector(labelled, target=0.01)
    for seed in range(6, 26):
        data = recording(ADA, seed % 7 + 1, seconds=4.0 + seed / 10)
        (labelled / "real" / "ada" / f"{seed}.wav").write_bytes(data)
    done = services.voice.calibration.detector(labelled, target=0.5)
    assert (done.same, done.other, dict(done.skipped)) == (5, 25, {"not_audio": 1})
    assert done.flagged["synthetic/dull"][1] >= 0.6
    assert done.flagged["real/ada"] == (25, 0.0)
    assert done.measured.eer == 0
    assert done.measured.high >= 3 / 5  # five recordings say little

    subscription, voice = protected(services)
    synthetic = analysed(services, subscription, wav(_dull(speech(ADA, 5.0, 20), 2_500))).result
    assert synthetic is not None
    assert synthetic.authenticity is Authenticity.SYNTHETIC
    assert synthetic.detector_calibration_id == done.id
    assert synthetic.matched_voice_id == voice
    assert Limit.ONLY_KNOWN_GENERATORS in synthetic.limits
    [alert] = services.alerts.of(subscription)
    assert alert.kind is AlertKind.VOICE_SYNTHETIC
    assert LABEL in alert.text.title
    assert "code word" in alert.text.action

    nobodys = wav(_dull(speech(BEN, 5.0, 23), 3_000))
    other = analysed(services, subscription, nobodys, label=None).result
    assert other is not None
    assert other.authenticity is Authenticity.SYNTHETIC
    assert len(services.alerts.of(subscription)) == 1  # it claims and sounds like nobody protected
