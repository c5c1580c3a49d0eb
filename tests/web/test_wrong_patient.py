"""« Mauvais patient »: a letter is linked to somebody else, keeps every word, and is proofread again."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import date

import pytest

from dictation import proofread
from dictation.domain.documents import Doubt, Risk
from dictation.domain.exchange import Consent
from dictation.domain.people import Patient, Sex
from dictation.domain.progress import State
from dictation.errors import SENTENCES
from dictation.web.parts import install, parts
from tests.web.hospital import DRAFT

TYPED = {
    "choice": "typed", "last_name": "Petit", "first_name": "Anne", "birth_date": "1978-02-01", "sex": "F",
    "hospital_number": "0077",
}  # fmt: skip


def to(one: str) -> str:
    return f"/dictees/{one}/mauvais-patient"


def relink(client, one: str, **more: str) -> int:
    body = {"step": "relink", "choice": "IPP-0042", "reason": "La voix parle de Mme Lefort"} | more
    return client.post(to(one), body).status_code


def patient(desk, one: str) -> Patient:
    return desk.ledger.get(one).sidecar.patient


def test_the_page_offers_who_was_expected_with_what_the_voice_says_of_them(desk, signed_in):
    install(replace(parts(), agreements=lambda one, who: ("nom", "sexe") if who.last_name == "Lefort" else ()))
    one, roy = desk.spoken(), signed_in("roy")
    page = roy.post(to(one)).content.decode()
    assert "LEFORT Anne, née le 02/05/1964 · IPP-0042" in page
    assert "la voix concorde&nbsp;: nom, sexe" in page
    assert "checked" not in page.split('value="IPP-0042"')[1].split("</label>")[0]  # nobody is chosen beforehand
    page = roy.post(to(one), {"step": "look", "choice": "IPP-0042"}).content.decode()
    assert "Vous avez choisi" in page
    assert patient(desk, one).last_name == "Durand"  # shown, not done
    page = roy.post(to(one), TYPED | {"step": "look"}).content.decode()
    assert "PETIT Anne, née le 01/02/1978 · IPP 0077" in page
    assert "rien de ce qui est dit ne concorde" in page


def test_a_letter_being_proofread_keeps_its_words_and_loses_what_was_the_other_s(desk, signed_in):
    one, roy = desk.drafted(), signed_in("roy")
    sections = [replace(s, text="Corrigé.") if s.kind == "plan" else s for s in DRAFT.sections]
    proofread.correct(desk.ledger, one, sections, actor="roy", expected_version=1)
    assert relink(roy, one) == 302
    told = desk.ledger.get(one)
    assert (told.state, told.sidecar.patient.last_name) == (State.DRAFTED, "Lefort")
    assert (told.sidecar.addressee, told.sidecar.consent) == (None, Consent.UNKNOWN)
    assert "Corrigé." in desk.ledger.draft(one).text()
    note = next(e.details["note"] for e in desk.ledger.journal(one) if e.action == "patient-relinked")
    assert "fiche\u00a0: Durand Michel, né(e) le 12/03/1954, IPP 0042" in note
    assert "reliée à\u00a0: Lefort Anne" in note
    assert "La voix parle de Mme Lefort" in note
    assert "Reliée à un autre patient" in roy.get(f"/dictees/{one}?histoire=1").content.decode()


def test_the_addressee_stays_only_when_somebody_says_so(desk, signed_in):
    one, roy = desk.drafted(), signed_in("roy")
    relink(roy, one, keep_addressee="1")
    assert desk.ledger.get(one).sidecar.addressee.last_name == "Marchand"


def test_a_letter_handed_over_or_held_for_its_patient_is_proofread_again(desk, signed_in):
    roy = signed_in("roy")
    handed, held, held_later, asked = desk.proofread(), desk.drafted(), desk.proofread(), desk.proofread()
    for one in (held, held_later):
        roy.post(to(one), {"step": "hold", "reason": "Autre âge"})
    proofread.hold(desk.ledger, asked, "Combien de semaines\u202f?", actor="roy")
    for one in (handed, held, held_later, asked):
        assert relink(roy, one) == 302
        assert patient(desk, one).last_name == "Lefort"
    assert [desk.state(one) for one in (handed, held, held_later)] == [State.DRAFTED] * 3
    assert desk.state(asked) is State.HELD  # for its question
    proofread.resume(desk.ledger, asked, actor="roy")
    assert desk.state(asked) is State.DRAFTED  # and not at the signatory's, unread for this patient
    assert not desk.ledger.get(held).error_code


def test_its_points_are_found_anew_and_one_says_so_when_they_cannot_be(desk, signed_in):
    one, roy = desk.drafted(), signed_in("roy")
    relink(roy, one)
    first = desk.ledger.draft(one).doubts[0]
    assert (first.rule_id, first.risk) == ("identity.relinked", Risk.HIGH)
    assert first.key not in desk.ledger.ticks(one)
    found = Doubt("identity.name:x/1", "identity.name", Risk.HIGH, "Nom entendu autrement.")
    install(replace(parts(), recheck=lambda one, draft: replace(draft, doubts=(found,))))
    other = desk.drafted()
    relink(roy, other)
    assert desk.ledger.draft(other).doubts == (found,)
    assert desk.ledger.get(other).points_open == 1
    body = {"version": 2, "kind": [], "title": [], "text": [], "action": "hand_over"}
    body |= {name: [getattr(s, name) for s in DRAFT.sections] for name in ("kind", "title", "text")}
    assert roy.post(f"/dictees/{other}/texte", body).status_code == 409  # asked about by name before it leaves
    assert desk.state(other) is State.DRAFTED


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"last_name": ""}, "Complétez l’identité"),
        ({"birth_date": "2999-01-01"}, "Complétez l’identité"),
        ({"sex": "X"}, "Complétez l’identité"),
        ({"choice": "IPP-9999"}, "Complétez l’identité"),
        ({"hospital_number": "IPP-0042"}, "celui d’un autre patient attendu"),
        ({"reason": " "}, "Indiquez un motif"),
    ],
)
def test_an_identity_that_is_not_whole_is_refused(desk, signed_in, changed, words):
    one, roy = desk.drafted(), signed_in("roy")
    answer = roy.post(to(one), TYPED | {"step": "relink", "reason": "Autre âge"} | changed)
    assert answer.status_code == 409
    assert words in answer.content.decode()
    assert patient(desk, one).last_name == "Durand"


def test_a_typed_identity_is_linked_and_the_same_one_is_not(desk, signed_in):
    one, roy = desk.drafted(), signed_in("roy")
    body = TYPED | {"step": "relink", "reason": "Autre âge"}
    assert roy.post(to(one), body).status_code == 302
    assert patient(desk, one) == Patient("Petit", "Anne", date(1978, 2, 1), Sex.FEMALE, None, "0077")
    answer = roy.post(to(one), body)
    assert answer.status_code == 409
    assert "déjà le patient" in answer.content.decode()


def test_a_signed_letter_and_one_a_colleague_holds_are_not_touched(desk, signed_in, real_letter):
    signed, held, roy = desk.approved(), desk.drafted(), signed_in("roy")
    desk.ledger.take_lock(held, "diaz")
    for one in (signed, held):
        assert relink(roy, one) == 409
        assert patient(desk, one).last_name == "Durand"
    assert desk.state(signed) is State.APPROVED
    assert "ne change plus de patient" in roy.post(to(signed)).content.decode()
    proofread.hold_wrong_patient(desk.ledger, signed, "Autre âge", compared="", actor="roy")
    body = {"step": "relink", "choice": "IPP-0042", "reason": "La voix parle de Mme Lefort"}
    assert SENTENCES["E_FROZEN"] in html.unescape(roy.post(to(signed), body).content.decode())
    assert "ne change plus de patient" in roy.post(to(signed)).content.decode()
    assert desk.state(signed) is State.HELD


def test_no_letter_is_left_under_its_new_patient_with_the_points_of_the_old_one(desk, signed_in, monkeypatch):
    one, roy = desk.drafted(), signed_in("roy")
    before = desk.ledger.draft(one)
    install(replace(parts(), recheck=lambda which, draft: replace(draft, doubts=())))

    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("the program ends here")

    with monkeypatch.context() as broken:
        broken.setattr(type(parts().ledger), "save_draft", breaks)
        with pytest.raises(RuntimeError):
            relink(roy, one)
    assert patient(desk, one).last_name == "Durand"
    assert desk.ledger.draft(one) == before
    assert relink(roy, one) == 302
    assert patient(desk, one).last_name == "Lefort"
