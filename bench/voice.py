"""How fast recordings are judged, alone and in batches, beside the bare model; and the memory.

python -m bench.voice --recordings 32 --seconds 10
"""

import argparse
import os
import resource
import time
from collections.abc import Callable, Sequence

import numpy as np

from kordant_pipelines.inference.engine import VoiceEngine
from kordant_pipelines.inference.fbank import Features, centred, fbank
from kordant_pipelines.inference.sessions import OnnxModel
from kordant_pipelines.inference.shipped import SPEAKER
from kordant_pipelines.inference.speaker import OnnxSpeaker
from kordant_pipelines.sandbox.voices.recordings import ADA, recording, speech, wav
from kordant_pipelines.services.voice.models import VoiceModels
from kordant_pipelines.settings import Settings


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    folder = Settings().voice_models
    began = time.perf_counter()
    models = VoiceModels(folder=folder, detector_manifest=None, service=None, threads=asked.threads)
    engine = models.open()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {asked.threads} thread(s)")
    print(f"models opened in {time.perf_counter() - began:.2f} s, {_memory()}")
    data = recording(ADA, 1, seconds=asked.seconds)
    count, audio = asked.recordings, asked.recordings * asked.seconds
    _line("heard (decoded, speech found)", audio, lambda: [engine.hear(data) for _ in range(count)])
    _line("heard and judged one by one", audio, lambda: _one_by_one(engine, data, count))
    model = OnnxModel(folder / SPEAKER.name, SPEAKER.sha256, threads=asked.threads)
    windows = [window.samples for window in engine.hear(data).windows] * count
    info = engine.model.speaker.info
    for size in (1, 2, 4, 8):
        judging = OnnxSpeaker(model, info, batch=size)
        _line(f"embedded, {size} windows a batch", audio, lambda s=judging: s.embed(windows))
    features = [centred(fbank(window))[None] for window in windows]
    _line("the bare model, a window at a time", audio, lambda: _bare(model, features))
    long = wav(np.tile(speech(ADA, 10.0, 1), 24))
    _line("a recording of four minutes", 240.0, lambda: engine.judge([engine.hear(long)]))


def _one_by_one(engine: VoiceEngine, data: bytes, count: int) -> None:
    for _ in range(count):
        engine.judge([engine.hear(data)])


def _bare(model: OnnxModel, features: Sequence[Features]) -> None:
    for one in features:
        model.run({"input_features": one})


def _line(name: str, audio: float, action: Callable[[], object]) -> None:
    began, used = time.perf_counter(), time.process_time()
    action()
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    print(
        f"{name:36} {audio / wall:7.1f} s of audio a second, {audio / cpu:7.1f} a core; {_memory()}"
    )


def _memory() -> str:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"peak {peak:.0f} MB"


if __name__ == "__main__":
    main()
