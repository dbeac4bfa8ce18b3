"""Two hundred recordings, and a worker killed twice on the way: each is analysed once."""

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from kordant_pipelines.domain.clock import utc_now
from kordant_pipelines.domain.voice.work import VoiceState
from kordant_pipelines.sandbox.voices.recordings import ADA, BEN, recording
from kordant_pipelines.security.keyring import Keyring, write_keyring
from kordant_pipelines.services.container import build_services
from kordant_pipelines.settings import Settings
from kordant_pipelines_tests.voice.saying import protected, results, states

JOBS = 200
KILLED_AT = (40, 110)


@pytest.mark.timeout(1200)  # half a minute alone, and a core is not always ours
def test_each_of_two_hundred_is_analysed_once_though_the_worker_is_killed_twice(
    settings: Settings, keyring: Keyring, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    services = build_services(settings, keyring, clock=utc_now)
    request.addfinalizer(services.close)
    subscription, voice = protected(services)
    said = [recording(voice_, seed, seconds=4.5) for voice_ in (ADA, BEN) for seed in (51, 52)]
    for number in range(JOBS):  # bytes after a WAV's end make it another file
        data = said[number % 4] + bytes(2 * number)
        services.voice.intake.analyse(subscription, data, label=None)
    keyring_file = tmp_path / "keyring.json"
    write_keyring(keyring_file, keyring)
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("KORDANT_", "DAGSTER_"))},
        "KORDANT_DATABASE_URL": settings.database_url or "",
        "KORDANT_BROKER_URL": settings.broker_url or "",
        "KORDANT_KEYRING_FILE": str(keyring_file),
        "KORDANT_VOICE_MODELS": str(settings.voice_models),
    }

    def worker(run: int) -> subprocess.Popen[bytes]:
        arguments = [subscription, f"run-{run}", str(6 * run)]
        command = [sys.executable, "-m", "kordant_pipelines_tests.voice.worker", *arguments]
        return subprocess.Popen(command, env=environment)

    held = 0
    for run, enough in enumerate(KILLED_AT):
        killed = worker(run)
        while len(results(services)) < enough or VoiceState.RUNNING not in states(services):
            assert killed.poll() is None
            time.sleep(0.02)
        killed.kill()
        assert killed.wait() == -9
        assert enough <= len(results(services)) < JOBS
        held += states(services).get(VoiceState.RUNNING, 0)
    assert held >= 1
    assert worker(len(KILLED_AT)).wait() == 0

    assert states(services) == {VoiceState.DONE: JOBS + 1}
    found = results(services)
    assert len(found) == JOBS
    assert Counter(result.matched_voice_id for result in found) == {voice: JOBS}
    assert Counter(result.match.value for result in found) == {
        "match": JOBS // 2,
        "no_match": JOBS // 2,
    }
    assert len({result.run_id for result in found}) == 3
    assert services.alerts.of(subscription) == []
