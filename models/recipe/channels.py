"""Ways a sound reaches us: rooms, noises, telephones, codecs.

In: float32 sound at 16 kHz. Out: the same sound as it arrives. `Channels` draws one way after another for training;
`through` and `noise_like` are also what `scores.voices` measures with. Touches nothing.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import dataclass

import av
import numpy as np

RATE = 16_000
SPEECH = 0.01  # a sample louder than this is speech, for a signal-to-noise ratio
AS_IS = 0.25  # share of the sounds that arrive as they were said
QUIETEST, LOUDEST = 3.0, 30.0  # decibels of speech above noise


@dataclass(frozen=True, slots=True)
class Codec:
    """A codec in its container, samples and bits a second, and by how many samples at 16 kHz it comes late."""

    name: str
    container: str
    rate: int
    bits: int | None = None
    late: int = 0


CODECS = (
    Codec("pcm_alaw", "wav", 8000),
    Codec("pcm_mulaw", "wav", 8000),
    Codec("libopencore_amrnb", "amr", 8000, late=215),
    Codec("libopus", "ogg", 48_000, 12_000),
    Codec("libopus", "ogg", 48_000, 24_000),
    Codec("libmp3lame", "mp3", RATE, 32_000),
)


def through(codec: Codec) -> Callable[[np.ndarray], bytes]:
    """A file in that codec, as a telephone or a dictaphone writes it."""

    def write(sound: np.ndarray) -> bytes:
        file = io.BytesIO()
        with av.open(file, "w", format=codec.container) as out:
            stream = out.add_stream(codec.name, rate=codec.rate, layout="mono")
            if codec.bits:
                stream.bit_rate = codec.bits
            resampler = av.AudioResampler(format=stream.format, layout="mono", rate=codec.rate)
            frame = av.AudioFrame.from_ndarray((sound * 32767).astype(np.int16)[None], format="s16", layout="mono")
            frame.sample_rate = RATE
            for piece in [*resampler.resample(frame), *resampler.resample(None)]:
                out.mux(stream.encode(piece))
            out.mux(stream.encode(None))
        return file.getvalue()

    return write


def read_back(file: bytes) -> np.ndarray:
    """float32 sound at 16 kHz of such a file."""
    resampler, parts = av.AudioResampler(format="s16", layout="mono", rate=RATE), []
    with av.open(io.BytesIO(file)) as container:
        for frame in container.decode(audio=0):
            parts += [piece.to_ndarray()[0] for piece in resampler.resample(frame)]
    parts += [piece.to_ndarray()[0] for piece in resampler.resample(None)]
    return np.concatenate(parts).astype(np.float32) / 32768


def with_noise(sound: np.ndarray, noise: np.ndarray, decibels: float) -> np.ndarray:
    """The noise so far below the speech; a sound without speech stays as it is."""
    speech = np.abs(sound) > SPEECH
    if not speech.any():
        return sound
    level = np.sqrt(np.mean(sound[speech] ** 2)) * 10 ** (-decibels / 20) / (np.sqrt(np.mean(noise**2)) + 1e-9)
    return (sound + level * noise).astype(np.float32)


def mains(length: int) -> np.ndarray:
    """The hum of 50 Hz with its harmonics."""
    time = np.arange(length) / RATE
    return np.asarray(sum(np.sin(2 * np.pi * 50 * n * time) / n for n in (1, 2, 3, 5)))


class Channels:
    """Draws ways. others: sounds of people who speak beside (float32), for the murmur of a room."""

    def __init__(self, others: list[np.ndarray], seed: int) -> None:
        self.others, self.dice, self.normal = others, random.Random(seed), np.random.default_rng(seed)

    def carry(self, sound: np.ndarray) -> np.ndarray:
        """The sound after one way, of the same length and in the same place to a few milliseconds."""
        dice = self.dice
        if dice.random() < AS_IS or not len(sound):
            return sound
        if dice.random() < 0.3:
            sound = self._in_a_room(sound)
        if dice.random() < 0.85:
            noise = dice.choice((self._white, self._falling, self._falling, self._band, mains, self._murmur))
            sound = with_noise(sound, noise(len(sound)), dice.uniform(QUIETEST, LOUDEST))
        sound = np.clip(sound, -1, 1)
        if dice.random() < 0.35:
            codec = dice.choice(CODECS)
            came = read_back(through(codec)(sound))[codec.late :][: len(sound)]
            sound = np.pad(came, (0, len(sound) - len(came)))
        return sound.astype(np.float32)

    def _white(self, length: int) -> np.ndarray:
        return self.normal.standard_normal(length)

    def _falling(self, length: int) -> np.ndarray:
        """Noise that falls by 3 (pink) to 6 decibels (brown) an octave: air, a corridor, a car."""
        spectrum = np.fft.rfft(self._white(length))
        hertz = np.maximum(np.fft.rfftfreq(length, 1 / RATE), 30)
        return np.fft.irfft(spectrum / hertz ** self.dice.uniform(0.4, 1.0), length)

    def _band(self, length: int) -> np.ndarray:
        """A fan, a fridge, a whistle: noise of a few hundred hertz, over some noise of all."""
        low = 10 ** self.dice.uniform(2.0, 3.6)
        spectrum = np.fft.rfft(self._white(length))
        hertz = np.fft.rfftfreq(length, 1 / RATE)
        inside = (hertz > low) & (hertz < low * self.dice.uniform(1.1, 2.5))
        return np.fft.irfft(spectrum * np.where(inside, 1.0, 0.05), length)

    def _murmur(self, length: int) -> np.ndarray:
        """Several people speaking at once."""
        heard = np.zeros(length)
        for _ in range(self.dice.randint(4, 8)):
            other = self.dice.choice(self.others)
            start = self.dice.randrange(max(1, len(other)))
            heard += np.resize(np.roll(other, -start), length) * self.dice.uniform(0.4, 1.0)
        return heard

    def _in_a_room(self, sound: np.ndarray) -> np.ndarray:
        """Echoes that have died away by 60 decibels after 0.1 to 0.5 s."""
        length = int(RATE * self.dice.uniform(0.1, 0.5))
        answer = self._white(length) * 10 ** (-3 * np.arange(length) / length)
        answer *= self.dice.uniform(0.1, 0.5) / np.sqrt(np.sum(answer**2))
        answer[0] = 1.0
        whole = len(sound) + length
        return np.fft.irfft(np.fft.rfft(sound, whole) * np.fft.rfft(answer, whole), whole)[: len(sound)]
