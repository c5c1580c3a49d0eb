"""The page of words to learn: from what was signed to the vocabulary, by a person."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from dictation import proofread
from dictation.compose import Installation
from dictation.domain.progress import State
from dictation.web.parts import install, parts, today
from tests.web.hospital import DRAFT, MOREL
from transcribe.weights import locate


def signed(desk, before: str, after: str) -> None:
    """A letter in which a word was corrected before it was signed."""

    def with_word(word: str):
        sections = list(DRAFT.sections)
        sections[1] = replace(sections[1], text=f"Bilan avant {word} programmée.")
        return replace(DRAFT, sections=tuple(sections))

    one = desk.drafted(draft=with_word(before))
    desk.ledger.save_draft(one, with_word(after), actor="roy", expected_version=1)
    desk.ledger.move(one, State.DRAFTED, State.PROOFREAD, actor="roy")
    common, signer = (desk.ledger, desk.blobs), proofread.Signer("morel", MOREL.rpps)
    proof = proofread.open_for_signing(*common, parts().typeset, one, signer=signer, today=today())
    proofread.approve(*common, one, signer=signer, seen_pdf_sha256=proof.pdf_sha256, at=desk.clock(), today=today())


def test_what_was_corrected_three_times_is_offered_and_accepted_once(desk, signed_in):
    for _ in range(3):
        signed(desk, "ouréthroscopie", "urétéroscopie")
        signed(desk, "droite", "gauche")
    client = signed_in("roy")
    page = client.get("/textes/appris").content.decode()
    assert "urétéroscopie" in page
    assert "gauche" not in page.split("<main", 1)[1]
    form = {"key": "ourethroscopie>ureteroscopie", "action": "accept"}
    assert client.post("/textes/appris/reponse", form).status_code == 302
    assert desk.learnt == ["urétéroscopie"]
    assert "Rien à apprendre" in client.get("/textes/appris").content.decode()
    client.post("/textes/appris/reponse", form)  # again: nothing
    assert desk.learnt == ["urétéroscopie"]
    assert [e.action for e in desk.ledger.journal("") if e.action.startswith("suggestion")] == ["suggestion-accepted"]


def test_a_secretary_of_another_service_is_shown_no_word_of_these_letters(desk, signed_in):
    for _ in range(3):
        signed(desk, "ouréthroscopie", "urétéroscopie")
    client = signed_in("noel")
    assert "Rien à apprendre" in client.get("/textes/appris").content.decode()
    client.post("/textes/appris/reponse", {"key": "ourethroscopie>ureteroscopie", "action": "accept"})
    assert desk.learnt == []


def test_what_is_refused_is_not_offered_again_and_not_learnt(desk, signed_in):
    for _ in range(3):
        signed(desk, "ouréthroscopie", "urétéroscopie")
    client = signed_in("roy")
    client.post("/textes/appris/reponse", {"key": "ourethroscopie>ureteroscopie", "action": "refuse"})
    assert "Rien à apprendre" in client.get("/textes/appris").content.decode()
    assert desk.learnt == []


def test_each_suggestion_shows_what_it_would_have_changed_corrected_or_not(desk, signed_in):
    for _ in range(3):
        signed(desk, "ouréthroscopie", "urétéroscopie")
    signed(desk, "ouréthroscopie", "ouréthroscopie large")
    page = " ".join(re.sub(r"<[^>]+>", " ", signed_in("roy").get("/textes/appris").content.decode()).split()).replace(
        "&nbsp;", " "
    )
    corrected, left = page.split("Ce que ce mot aurait changé", 1)[1].split("Là où personne ne l’a corrigé", 1)
    assert "Bilan avant [entendu : ouréthroscopie ] [écrit : urétéroscopie ] programmée." in corrected
    assert "[écrit : urétéroscopie ] large programmée." in left


@pytest.mark.parametrize(
    ("reads", "words"),
    [(True, "lit ce vocabulaire avant d’écouter"), (False, "ne lit pas de vocabulaire"), (None, "Aucun modèle")],
)
def test_the_page_says_whether_the_installed_model_reads_the_vocabulary(desk, signed_in, reads, words):
    install(replace(parts(), reads_vocabulary=lambda: reads))
    assert words in signed_in("roy").get("/textes/appris").content.decode()


def test_what_the_manifest_says_of_the_model_is_what_the_page_says(home):
    shipped = Installation(home).reads_vocabulary()
    assert shipped is locate(home.models_folder, verify=False).prompts
    assert Installation(home.model_copy(update={"models": home.home / "nowhere"})).reads_vocabulary() is None
