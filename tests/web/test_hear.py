"""An answer said aloud, heard by the shipped recogniser: written as in a letter, with its sound behind it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dictation.compose import Installation
from dictation.dictaphone import RATE, wav_of
from dictation.domain.documents import SectionKind
from dictation.web.parts import install, parts
from models.recipe.measure import rate
from tests.web.conftest import CASES
from tests.web.hospital import DRAFT, form_of
from transcribe.audio import decode

pytestmark = pytest.mark.speech
SECONDS = 10


def test_ten_seconds_of_voice_become_the_words_of_an_answer(desk, signed_in, home):
    install(replace(parts(), hear=Installation(home).hear))
    folder = next(CASES.glob("02-*"))
    sound = decode(next(folder.glob("audio.*"))).samples[: SECONDS * RATE]
    samples = (sound * 32767).astype("<i2").tobytes()
    one = desk.spoken()
    question = desk.ledger.ask(one, "Quelle intervention\u202f?", actor="roy", section=SectionKind.PLAN).id
    author = signed_in("morel")
    answer = author.post(f"/dictees/{one}/question/{question}/voix", samples, "application/octet-stream").json()
    assert desk.blobs.get(answer["sound"]) == wav_of(samples)
    assert rate([("compte rendu opératoire courrier au docteur louis girard", answer["text"].casefold()[:62])]) < 0.3
    assert answer["text"].startswith("Compte rendu opératoire.\n")  # « point à la ligne » is obeyed, as in a dictation
    author.post(f"/dictees/{one}/question/{question}", {"answer": answer["text"], "sound": answer["sound"]})
    form = form_of(DRAFT, 1, plan=f"{DRAFT.sections[-1].text} {answer['text']}")
    told = signed_in("roy").post(f"/dictees/{one}/texte", form, headers={"accept": "application/json"}).json()
    taken = [told["sections"][-1][first:last] for first, last, *_, asked in told["anchors"][-1] if asked == question]
    assert taken[:3] == ["Compte", "rendu", "opératoire"]
