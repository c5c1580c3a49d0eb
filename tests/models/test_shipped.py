"""The shipped checkpoint is one openai-whisper itself reads, with its own loop and nothing of ours."""

from __future__ import annotations

import pytest

from models.recipe.measure import rate
from models.recipe.text import CASES
from transcribe.audio import decode

MOST_WRONG = 0.2  # of the words; 0.09 on this sample on 25 November 2026, over a half before


@pytest.mark.speech
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")  # whisper's
def test_plain_transcribe_reads_a_sample_dictation() -> None:
    import whisper

    folder = CASES / "06-operation-digestif"
    model = whisper.load_model(str(CASES.parents[1] / "models" / "demo-fr.pt"))
    assert model.is_multilingual
    sound = decode(next(folder.glob("audio.*"))).samples
    heard = str(model.transcribe(sound, language="fr", fp16=False)["text"])
    said = " ".join((folder / "spoken.txt").read_text(encoding="utf-8").split())
    assert rate([(said, heard)]) < MOST_WRONG
