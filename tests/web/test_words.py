"""A word into the vocabulary by hand, and a correction proposed in the other letters of the day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dictation.domain.documents import Draft
from dictation.domain.people import Author
from dictation.domain.progress import State
from tests.web.hospital import BRUN, DRAFT, MOREL

JSON = {"accept": "application/json"}


def saying(text: str, draft: Draft = DRAFT) -> Draft:
    sections = list(draft.sections)
    sections[1] = replace(sections[1], text=text)
    return replace(draft, sections=tuple(sections))


def corrected(desk, before: str, after: str, author: Author = MOREL) -> str:
    """A letter whose second section was heard as `before` and now says `after`."""
    one = desk.drafted(author, draft=saying(before))
    desk.ledger.save_draft(one, saying(after), actor="roy", expected_version=1)
    return one


def ask(client, one: str, words: str, sure: str = "", whose: str = "") -> dict:
    return client.post(f"/dictees/{one}/mot", {"words": words, "sure": sure, "for": whose}, headers=JSON).json()


def test_a_selected_word_says_what_it_means_then_is_learnt_once(desk, signed_in):
    one = corrected(desk, "Bilan avant l’ouréthroscopie.", "Bilan avant l’urétéroscopie.")
    roy = signed_in("roy")
    told = ask(roy, one, " l’urétéroscopie. ")
    assert (told["word"], told["heard"], told["may"]) == ("urétéroscopie", "ouréthroscopie", True)
    assert "lira avant d’écouter" in told["sentence"]
    assert desk.learnt == []  # asked, not confirmed
    assert "est ajouté" in ask(roy, one, "urétéroscopie", "1")["sentence"]
    assert "y était déjà" in ask(roy, one, "Urétéroscopie", "1")["sentence"]
    assert desk.learnt == ["urétéroscopie"]
    assert desk.actions(one).count(("roy", "word-added")) == 1
    assert desk.ledger.draft(one).version == 2  # no letter is changed


def test_a_word_may_be_for_one_service_and_later_for_the_whole_hospital(desk, signed_in):
    from tests.web.test_learning import signed

    one, other = (corrected(desk, "Bilan.", "Bilan de l’urétéroscopie.", author) for author in (MOREL, BRUN))
    roy = signed_in("roy")
    page = roy.get(f"/dictees/{one}/relecture").content.decode()
    assert "Ajouter pour ce service (Urologie)" in page
    assert "Ajouter pour tout l’hôpital" in page
    assert "du service Urologie." in ask(roy, one, "urétéroscopie", "1", "service")["sentence"]
    assert "y était déjà." in ask(roy, one, "urétéroscopie", "1", "service")["sentence"]
    assert "du service Orthopédie." in ask(roy, other, "urétéroscopie", "1", "service")["sentence"]
    [added] = [entry for entry in desk.ledger.journal(one) if entry.action == "word-added"]
    assert dict(added.details) == {"service": "Urologie"}
    for _ in range(3):
        signed(desk, "ouréthroscopie", "urétéroscopie")
    assert "corrigé en" not in roy.get("/textes/appris").content.decode()  # these letters are of that service
    assert "est ajouté au vocabulaire." in ask(roy, one, "urétéroscopie", "1", "hospital")["sentence"]
    assert desk.learnt == ["urétéroscopie [Urologie]", "urétéroscopie [Orthopédie]", "urétéroscopie"]


def test_a_word_of_the_whole_hospital_is_not_added_once_more_for_a_service(desk, signed_in):
    one, roy = corrected(desk, "Bilan.", "Bilan de l’urétéroscopie."), signed_in("roy")
    ask(roy, one, "urétéroscopie", "1", "hospital")
    assert "y était déjà, pour tout l’hôpital" in ask(roy, one, "urétéroscopie", "1", "service")["sentence"]
    assert desk.learnt == ["urétéroscopie"]


def test_a_word_one_service_has_is_still_suggested_by_the_letters_of_another(desk, signed_in):
    from tests.web.test_learning import signed

    elsewhere = corrected(desk, "Bilan.", "Bilan de l’urétéroscopie.", BRUN)
    roy = signed_in("roy")
    ask(roy, elsewhere, "urétéroscopie", "1", "service")
    for _ in range(3):
        signed(desk, "ouréthroscopie", "urétéroscopie")
    assert "corrigé en" in roy.get("/textes/appris").content.decode()


@pytest.mark.parametrize(
    ("before", "after", "words", "why"),
    [
        ("Sonde deux.", "Sonde trois.", "trois", "un nombre"),
        ("Rein droit.", "Rein gauche.", "gauche", "un côté"),
        ("Une fièvre.", "Sans fièvre.", "Sans fièvre", "une négation"),
        ("Prise de Xarelto.", "Prise de Lasilix.", "Lasilix", "un médicament connu"),
        ("Vu ce jour.", "Monsieur Durand vu ce jour.", "Durand", "nom du patient"),
        ("Vu ce jour.", "Vu ce jour.", "urétéroscopie", "pas dans la lettre"),
        ("Vu ce jour.", "Vu ce jour.", "Vu", "trop court"),
        ("Vu ce jour.", "Vu ce jour en PSA 2.", "PSA 2", "sans chiffre"),
    ],
)
def test_what_harms_or_is_nobody_s_to_learn_is_refused_with_its_reason(desk, signed_in, before, after, words, why):
    one, roy = corrected(desk, before, after), signed_in("roy")
    told = ask(roy, one, words, "1")
    assert why in told["sentence"]
    assert not told["may"]
    assert desk.learnt == []


def test_a_word_added_by_hand_is_not_suggested_again(desk, signed_in):
    from tests.web.test_learning import signed

    for _ in range(3):
        signed(desk, "ouréthroscopie", "urétéroscopie")
    one, roy = corrected(desk, "Bilan.", "Bilan de l’urétéroscopie."), signed_in("roy")
    assert "corrigé en" in roy.get("/textes/appris").content.decode()
    ask(roy, one, "urétéroscopie", "1")
    assert "corrigé en" not in roy.get("/textes/appris").content.decode()


def places(page: str) -> list[str]:
    return [part.split('"')[0] for part in page.split('name="place" value="')[1:]]


def put(client, one: str, other: str, place: str) -> int:
    body = {"letter": other, "before": "ouréthroscopie", "after": "urétéroscopie", "place": place}
    return client.post(f"/dictees/{one}/ailleurs", body).status_code


def test_a_correction_is_shown_in_todays_letters_and_changes_one_place_at_a_time(desk, signed_in):
    other = desk.drafted(name="Petit", draft=saying("Ouréthroscopie prévue. Bilan de l’ouréthroscopie, revu."))
    one, roy = corrected(desk, "Pour ouréthroscopie.", "Pour urétéroscopie."), signed_in("roy")
    page = roy.get(f"/dictees/{one}/ailleurs").content.decode()
    assert "PETIT Michel" in page
    found = places(page)
    assert len(found) == 2
    assert desk.ledger.draft(other).version == 1  # nothing is changed by looking
    assert ("roy", "opened") not in desk.actions(other)
    assert ("roy", "passage-shown") in desk.actions(other)
    assert put(roy, one, other, found[1]) == 302
    assert desk.ledger.draft(other).sections[1].text == "Ouréthroscopie prévue. Bilan de l’urétéroscopie, revu."
    assert put(roy, one, other, found[0]) == 409  # another version by now: the page is shown again first
    [left] = places(roy.get(f"/dictees/{one}/ailleurs").content.decode())
    assert put(roy, one, other, left) == 302
    assert desk.ledger.draft(other).sections[1].text == "Urétéroscopie prévue. Bilan de l’urétéroscopie, revu."
    assert desk.state(other) is State.DRAFTED
    assert desk.actions(other).count(("roy", "correction-repeated")) == 2
    assert not desk.ledger.locks([other])  # mine only for that instant


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ("Rein droit vu.", "Rein gauche vu.", "Rein droit vu."),
        ("Dose 5 mg ici.", "Dose 10 mg ici.", "Dose 5 mg ici."),
        ("Il a une fièvre.", "Il a aucune fièvre.", "Il a une fièvre."),
        ("Prise de Xarelto.", "Prise de Lasilix.", "Prise de Xarelto."),
    ],
)
def test_a_dose_a_side_a_negation_or_a_drug_is_never_proposed_elsewhere(desk, signed_in, before, after, text):
    desk.drafted(name="Petit", draft=saying(text))
    one = corrected(desk, before, after)
    page = signed_in("roy").get(f"/dictees/{one}/ailleurs").content.decode()
    assert places(page) == []
    assert "PETIT" not in page
    assert "1\u00a0correction n’est pas proposée" in page


def test_beside_a_dose_the_letter_must_be_opened(desk, signed_in):
    other = desk.drafted(name="Petit", draft=saying("Prise de zoltrax 5 mg."))
    one, roy = corrected(desk, "Prise de zoltrax ce jour.", "Prise de zoltrux ce jour."), signed_in("roy")
    page = roy.get(f"/dictees/{one}/ailleurs").content.decode()
    assert "À côté d’un nombre" in page
    assert places(page) == []
    body = {"letter": other, "before": "zoltrax", "after": "zoltrux", "place": "1:1:9"}
    assert roy.post(f"/dictees/{one}/ailleurs", body).status_code == 409
    assert desk.ledger.draft(other).version == 1


def test_a_letter_somebody_holds_is_shown_and_not_touched(desk, signed_in):
    other = desk.drafted(name="Petit", draft=saying("Ouréthroscopie prévue."))
    one, roy = corrected(desk, "Pour ouréthroscopie.", "Pour urétéroscopie."), signed_in("roy")
    [place] = places(roy.get(f"/dictees/{one}/ailleurs").content.decode())
    desk.ledger.take_lock(other, "diaz")
    page = roy.get(f"/dictees/{one}/ailleurs").content.decode()
    assert "Inès Diaz relit cette lettre" in page
    assert places(page) == []
    assert put(roy, one, other, place) == 409
    assert desk.ledger.draft(other).version == 1
    assert desk.ledger.locks([other])[other].holder == "diaz"


def test_only_todays_letters_of_the_same_service_still_to_proofread_are_looked_at(desk, signed_in):
    old = desk.drafted(name="Hier", draft=saying("Ouréthroscopie prévue."))
    desk.clock.forward(86_400)
    elsewhere = desk.drafted(BRUN, name="Ailleurs", draft=saying("Ouréthroscopie prévue."))
    handed = desk.drafted(name="Relue", draft=saying("Ouréthroscopie prévue."))
    desk.ledger.move(handed, State.DRAFTED, State.PROOFREAD, actor="roy")
    here = desk.drafted(name="Ici", draft=saying("Ouréthroscopie prévue."))
    one, roy = corrected(desk, "Pour ouréthroscopie.", "Pour urétéroscopie."), signed_in("roy")
    page = roy.get(f"/dictees/{one}/ailleurs").content.decode()
    assert here in page
    assert not [other for other in (old, elsewhere, handed) if other in page]
    [place] = places(page)
    for other in (old, elsewhere, handed):
        assert put(roy, one, other, place) == 404
        assert desk.ledger.draft(other).version == 1
