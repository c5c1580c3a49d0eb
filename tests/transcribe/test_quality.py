"""How far the voice is above the noise, and whether it was cut flat: measured as it was made."""

from __future__ import annotations

import json

import numpy as np
import pytest

from transcribe import Transcript
from transcribe.audio import RATE
from transcribe.listen import listen
from transcribe.quality import measure
from transcribe.scripted import ScriptedEngine
from transcribe.transcript import FLOOR

SPEECH = ((1.0, 3.0), (5.0, 8.0))


def voice(sounds, level=0.2, seconds=10):
    """A voice in SPEECH, digital silence elsewhere."""
    said = np.zeros(seconds * RATE, np.float32)
    for start, end in SPEECH:
        first, last = int(start * RATE), int(end * RATE)
        piece = sounds.voice_like(end - start)[: last - first]
        said[first:last] = piece * np.float32(level / np.sqrt(np.mean(piece**2)))
    return said


def white(decibels, seconds=10):
    noise = np.random.default_rng(2).standard_normal(seconds * RATE).astype(np.float32)
    return noise * np.float32(10 ** (decibels / 20))


@pytest.mark.parametrize("noise", [-60.0, -34.0, -24.0])
def test_the_voice_above_the_noise_is_what_was_put_there(sounds, noise):
    found = measure(voice(sounds, 0.2) + white(noise), SPEECH)
    assert found.noise_db == pytest.approx(noise, abs=0.5)
    assert found.above_noise == pytest.approx(20 * np.log10(0.2) - noise, abs=0.8)


def test_a_slamming_door_in_a_pause_is_no_noise_beneath_the_voice(sounds):
    sound = voice(sounds) + white(-60.0)
    sound[4 * RATE : 4 * RATE + RATE // 4] += 0.5
    assert measure(sound, SPEECH).noise_db == pytest.approx(-60.0, abs=0.5)


def test_digital_silence_has_a_floor_and_no_pause_says_nothing(sounds):
    assert measure(voice(sounds), SPEECH).noise_db == FLOOR
    without_pause = measure(voice(sounds)[RATE : 3 * RATE], ((0.0, 2.0),))
    assert (without_pause.noise_db, without_pause.above_noise) == (None, None)
    assert measure(np.zeros(RATE, np.float32), ()) is None


def test_an_overdriven_microphone_is_told_from_a_loud_voice(sounds):
    loud = voice(sounds)
    loud /= np.abs(loud).max()
    assert measure(loud, SPEECH).clipped < 0.0005
    assert measure(np.clip(4 * loud, -1, 1), SPEECH).clipped > 0.01


def test_the_transcript_keeps_it_and_an_older_one_is_read_without(sounds):
    sound = voice(sounds) + white(-34.0)
    heard = listen(
        sounds.recording(sound),
        ScriptedEngine.reading("toux depuis trois jours", SPEECH),
        detector=sounds.detector(*SPEECH),
    )
    assert heard.quality == measure(sound, SPEECH)
    assert Transcript.from_json(heard.to_json()).quality == heard.quality
    older = json.loads(heard.to_json())
    del older["quality"]
    assert Transcript.from_json(json.dumps(older)).quality is None
