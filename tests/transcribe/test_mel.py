"""One picture of the sound and one tokenizer for all engines: equal to openai-whisper's, and without torch."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcribe.audio import RATE, decode
from transcribe.mel import FRAMES, frames_of, frames_to_hear, log_mel
from transcribe.tokens import count, prompt_tokens, suppressed, tokenizer, vocabulary_strings


@pytest.mark.parametrize("seconds", [0.005, 0.02, 1.0, 7.77, 28.0, 30.0, 31.0])
@pytest.mark.parametrize("mels", [80, 128])
def test_the_picture_is_openai_whispers(seconds, mels, cases):
    import torch
    import whisper

    sound = decode(cases[3]).samples[RATE : RATE + round(seconds * RATE)]
    theirs = whisper.audio.log_mel_spectrogram(torch.from_numpy(sound), mels, padding=whisper.audio.N_SAMPLES)
    theirs = whisper.audio.pad_or_trim(theirs, whisper.audio.N_FRAMES).numpy()
    ours = log_mel(sound, mels)
    assert ours.shape == theirs.shape
    assert ours.dtype == np.float32
    assert np.abs(ours - theirs).max() < 2e-4  # where it is nearly silent; openai-whisper rounds there as well
    assert np.abs(ours - theirs).mean() < 1e-5


def test_silence_is_a_picture_too():
    heard = log_mel(np.zeros(RATE, np.float32))
    assert heard.shape == (80, 3000)
    assert np.abs(heard + 1.5).max() < 1e-6  # some processors' logarithm of 1e-10 is one bit off -10


@settings(deadline=None)  # the first example loads the vocabulary
@given(st.text(max_size=60))
def test_the_tokenizer_is_openai_whispers(text):
    assert tokenizer().decode(prompt_tokens(tokenizer(), text)).strip() == text.strip()
    assert count(text) <= 4 * len(text.encode()) + 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # whisper leaves its file open
@pytest.mark.parametrize(("vocabulary", "languages"), [(51_865, 99), (51_866, 100)])
def test_commands_have_the_numbers_of_the_model(vocabulary, languages):
    import whisper

    known = tokenizer(vocabulary)
    theirs = whisper.tokenizer.get_tokenizer(True, num_languages=languages, language="fr", task="transcribe")
    assert known.special_tokens == theirs.special_tokens
    assert known.sot_sequence == theirs.sot_sequence
    strings = vocabulary_strings(known, vocabulary)
    assert len(set(strings)) == vocabulary
    assert strings[known.eot] == "<|endoftext|>"
    assert strings[known.encode(" é")[0]].startswith("Ġ")
    task = whisper.decoding.DecodingTask.__new__(whisper.decoding.DecodingTask)
    task.tokenizer, task.options = theirs, whisper.DecodingOptions()
    assert tuple(suppressed(known)) == task._get_suppress_tokens()


def test_neither_brings_torch_or_whisper():
    code = (
        "import sys, numpy; from transcribe.mel import log_mel; from transcribe.tokens import count\n"
        "log_mel(numpy.zeros(16000, 'float32')); count('cholécystectomie')\n"
        "sys.exit(bool({'torch', 'whisper'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 40 * RATE))
def test_an_encoder_is_never_given_more_than_thirty_seconds_nor_less_than_the_sound(samples):
    sound = np.zeros(samples, np.float32)
    assert frames_to_hear(sound, short=False) == FRAMES
    short = frames_to_hear(sound, short=True)
    assert frames_of(sound) <= short <= FRAMES
    assert short > 0
    assert short % 2 == 0
    assert log_mel(sound, frames=short).shape == (80, short)
