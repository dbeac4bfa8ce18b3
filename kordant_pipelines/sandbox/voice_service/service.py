"""The service as an entry of the provider table. Its models are toys: averages of spectra."""

import hashlib
import io
import wave

import numpy as np
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.plans import Plan
from kordant_pipelines.sandbox.provider import Endpoint, Key, Provider

API_KEY = "sandbox-voice-service-key"
DIMENSION = 40
WINDOW_SAMPLES = 48_000
SPEAKER_SHA256 = hashlib.sha256(b"the sandbox's speaker model").hexdigest()
DETECTOR_SHA256 = hashlib.sha256(b"the sandbox's detector").hexdigest()
_FRAME = 512


def _info(request: Request, bench: Bench) -> Response:
    del request, bench
    return JSONResponse(
        {
            "speaker": {
                "id": "toy-speaker",
                "version": "1",
                "sha256": SPEAKER_SHA256,
                "licence": "none",
                "dimension": DIMENSION,
            },
            "detector": {
                "id": "toy-detector",
                "version": "1",
                "sha256": DETECTOR_SHA256,
                "licence": "none",
                "window_samples": WINDOW_SAMPLES,
            },
        }
    )


def _embed(request: Request, bench: Bench) -> Response:
    """The mean spectrum in bands, less its own mean."""
    del bench
    power = _power(request)
    if power is None:
        return _refusal(400, "not a WAV of 16 kHz, mono, 16 bits")
    bands = np.log(power[: DIMENSION * 6].reshape(DIMENSION, 6).mean(axis=1) + 1e-9)
    embedding = (bands - bands.mean()).tolist()
    return JSONResponse({"model": SPEAKER_SHA256, "embedding": embedding})


def _score(request: Request, bench: Bench) -> Response:
    """Calls synthetic what has no treble: 1 without any energy above 4 kHz, falling to 0."""
    del bench
    power = _power(request)
    if power is None:
        return _refusal(400, "not a WAV of 16 kHz, mono, 16 bits")
    treble = float(power[_FRAME // 4 :].sum() / max(power.sum(), 1e-12))
    return JSONResponse({"model": DETECTOR_SHA256, "score": 1 / (1 + treble * 1e4)})


def _power(request: Request) -> NDArray[np.float64] | None:
    """The mean power spectrum of what was sent; None if it is not what it should be."""
    try:
        with wave.open(io.BytesIO(request.state.body)) as reader:
            if (reader.getframerate(), reader.getnchannels(), reader.getsampwidth()) != (
                16_000,
                1,
                2,
            ):
                return None
            samples = np.frombuffer(reader.readframes(reader.getnframes()), "<i2") / 32_768
    except (wave.Error, EOFError):
        return None
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    if not len(frames):
        return None
    return (np.abs(np.fft.rfft(frames * np.hanning(_FRAME))) ** 2).mean(axis=0)


def _admit(request: Request, bench: Bench, endpoint: Endpoint) -> Response | Key | None:
    del bench, endpoint
    said = request.headers.get("authorization", "")
    return Key(API_KEY) if said == f"Bearer {API_KEY}" else _refusal(401, "unknown key")


def _rate_limited(retry_after: int | None) -> Response:
    wait = {"retry-after": str(retry_after)} if retry_after else {}
    return JSONResponse({"error": "too many requests"}, status_code=429, headers=wait)


def _refusal(status: int, why: str) -> Response:
    return JSONResponse({"error": why}, status_code=status)


VOICE_SERVICE = Provider(
    name="voice_service",
    mount="/voice-service",
    endpoints=(
        Endpoint("/info", _info),
        Endpoint("/embed", _embed, method="POST"),
        Endpoint("/score", _score, method="POST"),
    ),
    admit=_admit,
    plan=Plan(requests=10_000, seconds=1),
    rate_limited=_rate_limited,
    bad_key=lambda: _refusal(401, "unknown key"),
    drift={"embedding": "vector", "score": "value"},
)
