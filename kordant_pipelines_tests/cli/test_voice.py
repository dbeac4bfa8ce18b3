"""`kordant voice`: what is handed in, shown with its limits, calibrated, refused."""

from collections.abc import Generator
from pathlib import Path

import pytest

from kordant_pipelines.domain.clock import utc_now
from kordant_pipelines.sandbox.voices.recordings import ADA, BEN, recording
from kordant_pipelines.security.keyring import read_keyring
from kordant_pipelines.services.container import Services, build_services
from kordant_pipelines.settings import Settings
from kordant_pipelines_tests.cli.shell import Shell
from kordant_pipelines_tests.services.looking import subscribe


@pytest.fixture
def services(shell: Shell) -> Generator[Services]:
    """Services on the shell's database and keyring."""
    settings = Settings(
        database_url=shell.env["KORDANT_DATABASE_URL"], broker_url=shell.env["KORDANT_BROKER_URL"]
    )
    keyring = read_keyring(Path(shell.env["KORDANT_KEYRING_FILE"] or ""))
    opened = build_services(settings, keyring, clock=utc_now)
    yield opened
    opened.close()


def _file(folder: Path, name: str, data: bytes) -> str:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return str(folder / name)


def test_a_voice_is_enrolled_a_recording_analysed_and_both_shown(
    shell: Shell, services: Services, tmp_path: Path
) -> None:
    subscription = subscribe(services.subscriptions, "ada@example.com")
    clips = [_file(tmp_path, f"{n}.wav", recording(ADA, n)) for n in (1, 2, 3)]
    voice, job = shell.says("voice", "enrol", subscription, "--name", "Ada", *clips).split()
    assert shell.says("voice", "enrol", subscription, "--name", "Ada", *clips) == (
        f"{voice} {job} (handed in before)\n"
    )
    assert "not enrolled" in shell.says("voice", "show", subscription)
    own, paper = (
        _file(tmp_path, "own.wav", recording(ADA, 20)),
        _file(tmp_path, "paper.wav", b"%PDF-1.7"),
    )
    shell.says("voice", "analyse", subscription, "--name", "Ada", own, paper)
    services.voice.voiceprint.work(subscription, "run-1")

    shown = shell.says("voice", "show", subscription)
    said = " ".join(shown.split())
    assert "Voice: match 0.9" in said
    assert "(Ada; match from 0.51, none below 0.35" in said
    assert "a cloned voice can match" in said
    assert "Speech: not assessed" in said
    assert "no detector is configured" in said
    assert "Uncalibrated default thresholds" in said
    assert "not evaluable" in said
    assert "not a recording in WAV, FLAC" in said
    [seen, *jobs] = shell.records("voice", "show", subscription)
    assert (seen["voice"], seen["recordings"]) == (voice, 3)
    [result] = [one for one in jobs if "match" in one]
    assert result["match"]["verdict"] == "match"
    assert result["authenticity"]["verdict"] == "not_assessed"
    assert result["authenticity"]["score"] is None
    assert len(result["limits"]) == 3


def test_calibration_reports_what_was_measured_and_decides_from_then_on(
    shell: Shell, services: Services, tmp_path: Path
) -> None:
    for name, voice in (("ada", ADA), ("ben", BEN)):
        for seed in range(1, 6):
            _file(tmp_path / "speakers" / name, f"{seed}.wav", recording(voice, seed, seconds=4.0))
    folder = str(tmp_path / "speakers")
    assert "20.000% is the least" in shell.refuses("voice", "calibrate", folder)
    told = shell.says("voice", "calibrate", folder, "--target", "0.2")
    assert "Trials: 10 same speaker, 50 other speaker; 2 speakers" in told
    assert "EER 0.00% (95 %: 0.00% to 30.00%)" in told
    assert "others may fare worse" in told

    subscription = subscribe(services.subscriptions, "ada@example.com")
    services.voice.intake.enrol(subscription, "Ada", [recording(ADA, n) for n in (1, 2, 3)])
    services.voice.intake.analyse(subscription, recording(ADA, 20), label="Ada")
    services.voice.voiceprint.work(subscription, "run-1")
    [job, _] = services.voice.view.jobs(subscription, limit=9)
    assert job.result is not None
    assert job.result.speaker_calibration_id is not None
    assert job.result.match_upper != 0.51
    assert "speaker_uncalibrated" not in job.result.limits


def test_what_cannot_be_done_is_refused_in_words(
    shell: Shell, services: Services, tmp_path: Path
) -> None:
    subscription = subscribe(services.subscriptions, "ada@example.com")
    missing = str(tmp_path / "missing.wav")
    large = _file(tmp_path, "large.wav", bytes(16 * 1024 * 1024 + 1))
    assert "cannot be read: No such file" in shell.refuses(
        "voice", "analyse", subscription, missing
    )
    assert "larger than 16 MiB" in shell.refuses("voice", "analyse", subscription, large)
    assert "no subscription 'sub_nope'" in shell.refuses("voice", "show", "sub_nope")
    assert "speaker/session/file" in shell.refuses("voice", "calibrate", str(tmp_path))
    assert "No detector is configured" in shell.refuses(
        "voice", "calibrate", "--detector", str(tmp_path)
    )


def test_failed_jobs_can_be_owed_anew(shell: Shell, services: Services) -> None:
    subscription = subscribe(services.subscriptions, "ada@example.com")
    assert shell.says("voice", "retry", subscription) == "0 owed anew.\n"
