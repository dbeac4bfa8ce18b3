"""Filter banks as Kaldi computes them."""

import numpy as np
import pytest

from kordant_pipelines.inference.fbank import BINS, FRAME, SHIFT, centred, fbank
from kordant_pipelines.inference.pcm import RATE


def test_they_are_those_of_kaldi_native_fbank() -> None:
    place = np.arange(FRAME + 2 * SHIFT) / RATE
    chirp = (0.3 * np.sin(2 * np.pi * (300 * place + 40_000 * place**2))).astype(np.float32)
    found = fbank(chirp)
    assert found.shape == (3, BINS)
    # kaldi-native-fbank 1.23.0: dither 0, hamming, 80 bins, 16 kHz, samples times 32768.
    assert found[0, [0, 10, 40, 79]] == pytest.approx(KALDI[0], abs=2e-4)
    assert found[2, [0, 10, 40, 79]] == pytest.approx(KALDI[1], abs=2e-4)


def test_loudness_and_a_steady_channel_fall_out() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, RATE).astype(np.float32)
    assert centred(fbank(noise * 0.1)) == pytest.approx(centred(fbank(noise)), abs=1e-3)
    assert np.abs(centred(fbank(noise)).mean(axis=0)).max() < 1e-4


def test_fewer_samples_than_a_frame_have_no_row() -> None:
    assert fbank(np.zeros(FRAME - 1, np.float32)).shape == (0, BINS)
    assert np.isfinite(fbank(np.zeros(FRAME, np.float32))).all()


KALDI = [[14.03495, 15.43595, 23.80789, 12.97615], [13.15569, 13.58737, 18.4588, 13.5687]]
