"""An author answers by voice: the words are shown to them, the sound stays with the answer and goes with the others."""

from __future__ import annotations

import io
import re
import wave
from dataclasses import replace

from dictation.domain.documents import SectionKind
from dictation.domain.progress import State
from dictation.web.parts import install, parts
from tests.web.hospital import DRAFT, form_of
from transcribe.errors import UnreadableAudio

SAMPLES = b"\1\0" * 16_000  # a second


def asked(desk) -> tuple[str, int]:
    one = desk.drafted()
    question = desk.ledger.ask(one, "Quel côté\u202f?", actor="roy", quote="hernie inguinale droite")
    return one, question.id


def speak(client, one: str, number: int, samples: bytes = SAMPLES):
    return client.post(f"/dictees/{one}/question/{number}/voix", samples, "application/octet-stream")


def test_a_spoken_answer_is_read_sent_and_heard(desk, signed_in):
    one, number = asked(desk)
    author = signed_in("morel")
    heard = speak(author, one, number).json()
    assert heard["text"] == "Le côté droit."
    author.post(f"/dictees/{one}/question/{number}", {"answer": "Le côté droit, oui.", "sound": heard["sound"]})
    [question] = desk.ledger.questions(one)
    assert (question.answer, question.answer_sound) == ("Le côté droit, oui.", heard["sound"])
    sound = signed_in("roy").get(f"/dictees/{one}/question/{number}/voix")
    with wave.open(io.BytesIO(sound.content)) as file:
        assert file.getframerate() == 16_000
        assert file.readframes(20_000) == SAMPLES
    page = signed_in("roy").get(f"/dictees/{one}/relecture").content.decode()
    assert "(dicté)" in page
    assert f"/dictees/{one}/question/{number}/voix" in page


def test_an_answer_put_in_the_letter_keeps_its_sound_and_is_signed_as_an_answer(desk, signed_in):
    one = desk.spoken()
    question = desk.ledger.ask(one, "Quelle suite\u202f?", actor="roy", section=SectionKind.PLAN).id
    author = signed_in("morel")
    sound = speak(author, one, question).json()["sound"]
    author.post(f"/dictees/{one}/question/{question}", {"answer": "Le côté droit est à revoir.", "sound": sound})
    client, text = signed_in("roy"), DRAFT.sections[-1].text
    page = client.get(f"/dictees/{one}/relecture").content.decode()
    assert 'data-answer="Le côté droit est à revoir."' in page  # « Insérer dans la lettre »
    form = form_of(DRAFT, 1, plan=f"{text} Le côté droit est à revoir. Ajouté.")
    told = client.post(f"/dictees/{one}/texte", form, headers={"accept": "application/json"}).json()
    words = [
        text[a[0] : a[1]] for text, a in ((told["sections"][-1], a) for a in told["anchors"][-1]) if a[5:] == [question]
    ]
    assert " ".join(words) == "Le côté droit est à revoir"
    desk.ledger.move(one, State.DRAFTED, State.PROOFREAD, actor="roy")
    signing = author.get(f"/dictees/{one}/signature").content.decode()
    [answered] = re.findall(r"<li[^>]*>(?:(?!</li>).)*<ins>(?:(?!</li>).)*côté droit(?:(?!</li>).)*</li>", signing)
    assert "dit en réponse" in answered
    assert f'data-answer="{question}"' in answered
    assert "non dicté" not in answered
    [added] = re.findall(r"<li[^>]*>(?:(?!</li>).)*Ajouté(?:(?!</li>).)*</li>", signing)
    assert "non dicté" in added


def test_only_the_author_speaks_and_only_sound_of_this_answer_counts(desk, signed_in):
    one, number = asked(desk)
    assert speak(signed_in("roy"), one, number).status_code == 409
    assert speak(signed_in("brun"), one, number).status_code == 404
    author = signed_in("morel")
    assert speak(author, one, number, b"").status_code == 400
    assert speak(author, one, number, b"\0" * (31 * 32_000)).status_code == 400
    assert author.get(f"/dictees/{one}/question/{number}/voix").status_code == 404  # nothing was said yet
    author.post(f"/dictees/{one}/question/{number}", {"answer": "Droit", "sound": "f" * 64})
    assert desk.ledger.questions(one)[0].answer_sound == ""


def test_what_is_not_understood_is_kept_and_can_be_typed(desk, signed_in):
    def deaf(sound: bytes) -> str:
        raise UnreadableAudio("E_AUDIO_NOT_AUDIO")

    install(replace(parts(), hear=deaf))
    one, number = asked(desk)
    heard = speak(signed_in("morel"), one, number).json()
    assert heard["text"] == ""
    assert desk.blobs.has(heard["sound"])
    assert desk.state(one) is State.DRAFTED
