"""Ways a sound arrives: as loud a noise as asked for, and nothing moved in time."""

from __future__ import annotations

import numpy as np
import pytest

from models.recipe.channels import CODECS, RATE, SPEECH, Channels, Codec, mains, read_back, through, with_noise

LATE = RATE // 100  # samples: a window's frames are twice as long


def spoken(seconds: float = 2.0) -> np.ndarray:
    """Three syllables of a buzzing voice with silence between them."""
    time = np.arange(int(seconds * RATE)) / RATE
    voice = sum(np.sin(2 * np.pi * 140 * n * time + n) / n for n in range(1, 20))
    return (0.2 * voice * (np.sin(2 * np.pi * 1.5 * time) > 0.3)).astype(np.float32)


def lag(sound: np.ndarray, other: np.ndarray) -> int:
    """By how many samples the loudness of one lies behind that of the other."""
    loud = [np.convolve(np.abs(x), np.ones(80) / 80, "same") for x in (sound, other)]
    a, b = (x - x.mean() for x in loud)
    size = 2 * len(a)
    found = np.fft.irfft(np.fft.rfft(b, size) * np.conj(np.fft.rfft(a, size)), size)
    at = int(found.argmax())
    return at if at < len(a) else at - size


@pytest.mark.parametrize("decibels", [0.0, 10.0, 30.0])
def test_the_noise_is_as_far_below_the_speech_as_asked(decibels: float) -> None:
    sound = spoken()
    noise = with_noise(sound, mains(len(sound)), decibels) - sound
    speech = sound[np.abs(sound) > SPEECH]
    assert 10 * np.log10(np.mean(speech**2) / np.mean(noise**2)) == pytest.approx(decibels, abs=0.1)


def test_silence_gets_no_noise_of_no_size() -> None:
    silence = np.zeros(RATE, np.float32)
    assert not with_noise(silence, mains(RATE), 10).any()


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: f"{codec.name}-{codec.bits}")
def test_a_codec_moves_nothing_in_time(codec: Codec) -> None:
    sound = spoken()
    assert abs(lag(sound, read_back(through(codec)(sound))[codec.late :][: len(sound)])) <= LATE


def test_every_way_keeps_length_and_place_and_most_change_the_sound() -> None:
    sound, channels = spoken(), Channels([spoken(1.0)], seed=5)
    arrived = [channels.carry(sound) for _ in range(60)]
    assert {(len(a), a.dtype) for a in arrived} == {(len(sound), np.dtype(np.float32))}
    assert all(np.isfinite(a).all() and np.abs(a).max() <= 1.01 for a in arrived)
    assert all(abs(lag(sound, a)) <= LATE for a in arrived)
    assert 5 <= sum(np.array_equal(a, sound) for a in arrived) <= 25
