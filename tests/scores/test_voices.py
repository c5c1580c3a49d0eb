"""Voices: errors are counted once, in the class of the word they harm, and channels are real files."""

from __future__ import annotations

import numpy as np
import pytest

from scores.voices import CHANNELS, Count, wrong
from transcribe.audio import RATE, decode


def test_one_shortest_way_of_errors():
    said, heard = ["du", "côté", "gauche", "sans", "douleur"], ["côté", "droit", "sans", "la", "douleur"]
    assert sorted(wrong(said, heard)) == [("", "la"), ("du", ""), ("gauche", "droit")]
    assert not list(wrong(said, said))


def test_an_error_counts_in_the_class_of_the_word_it_harms():
    count = Count()
    count.add(
        "bisoprolol deux milligrammes au genou gauche sans fièvre", "bisoprolol dix milligrammes au genou fièvre", True
    )
    assert count.said == {"words": 8, "figures and units": 2, "drug names": 1, "sides": 1, "negations": 1}
    assert count.wrong == {"words": 3, "figures and units": 1, "drug names": 0, "sides": 1, "negations": 1}


def test_flags_are_counted_among_what_was_heard_badly_and_without_a_fault():
    count, said = Count(), "pas de fièvre ni de toux depuis trois jours"
    count.add(said, said, False)
    count.add(said, said, True)
    count.add(said, said.replace("jours", "mois"), False)  # one word in nine: neither
    count.add(said, "par la fièvre ni de toux de trois mois", True)
    assert count.cells()[-2:] == ["1 of 1", "1 of 2"]


@pytest.mark.parametrize("name", CHANNELS)
def test_every_channel_is_a_file_that_decodes_to_the_same_speech(name):
    time = np.arange(2 * RATE) / RATE
    sound = 0.3 * np.sin(2 * np.pi * 440 * time) + 0.05 * np.sin(2 * np.pi * 6000 * time)
    sound = sound.astype(np.float32)
    audio = decode(CHANNELS[name](sound))
    assert audio.duration == pytest.approx(2.0, abs=0.15)
    assert np.sqrt(np.mean(audio.samples**2)) == pytest.approx(0.21, rel=0.2)
    assert audio.narrow_band is ("8 kHz" in name or "AMR" in name)
