"""Around a letter: who holds it, what its author is asked, its versions, what differs from the voice."""

from __future__ import annotations

import re
from dataclasses import replace

from dictation.domain.desk import Level, TextBlock
from dictation.domain.documents import Finding, FindingKind, SectionKind
from dictation.domain.progress import State
from dictation.domain.spans import Span
from tests.web.hospital import BRUN, DRAFT, PASSWORD, form_of

JSON = {"accept": "application/json"}


def found(kind: FindingKind, text: str, section: int, *values: tuple[str, str]) -> Finding:
    """What structure finds in these words of a section of DRAFT."""
    at = DRAFT.sections[section].text.index(text)
    return Finding(kind, text, section, at, at + len(text), Span(1.0, 2.0), "test", values=values)


def test_a_letter_somebody_holds_is_read_and_not_written_until_it_is_taken_over(desk, signed_in):
    one, roy, morel = desk.drafted(), signed_in("roy"), signed_in("morel")
    roy.get(f"/dictees/{one}/relecture")
    page = morel.get(f"/dictees/{one}/relecture").content.decode()
    assert "Hélène Roy" in page
    assert page.count(" readonly>") == len(DRAFT.sections)
    assert "Hélène Roy relit" in morel.get("/listes/a-relire").content.decode()
    taken = morel.post(f"/dictees/{one}/prise", {"action": "take"}, headers=JSON).json()
    assert taken["mine"] is True
    assert roy.post(f"/dictees/{one}/prise", {"action": "keep"}, headers=JSON).json()["mine"] is False
    assert ("morel", "desk-taken-over") in desk.actions(one)


def test_a_letter_left_alone_is_free_again(desk, signed_in):
    one, roy, morel = desk.drafted(), signed_in("roy"), signed_in("morel")
    roy.get(f"/dictees/{one}/relecture")
    desk.clock.forward(91)
    assert " readonly>" not in morel.get(f"/dictees/{one}/relecture").content.decode()
    morel.post(f"/dictees/{one}/prise", {"action": "leave"})
    assert desk.ledger.locks([one]) == {}


def test_next_skips_what_somebody_else_holds(desk, signed_in):
    held, free = desk.drafted(), desk.drafted()
    signed_in("morel").get(f"/dictees/{held}/relecture")
    assert signed_in("roy").get("/suivante").url == f"/dictees/{free}/relecture"


def test_a_question_goes_to_the_author_and_its_answer_comes_back_to_the_same_line(desk, signed_in):
    one, roy, morel = desk.spoken(), signed_in("roy"), signed_in("morel")
    asked = {
        "words": "Quel côté\u202f?",
        "quote": "hernie inguinale droite",
        "start": "7.5",
        "end": "9",
        "key": "side:history",
    }
    roy.post(f"/dictees/{one}/question", asked | {"hold": "1"})
    assert desk.state(one) is State.HELD
    assert desk.ledger.ticks(one) == {"side:history": "asked"}
    assert "Quel côté" in morel.get(f"/dictees/{one}").content.decode()
    [question] = desk.ledger.questions(one)
    morel.post(f"/dictees/{one}/question/{question.id}", {"answer": "Le droit, certain."})
    assert desk.state(one) is State.DRAFTED  # everything is answered: back where it was
    page = roy.get(f"/dictees/{one}/relecture").content.decode()
    assert "Le droit, certain." in page
    assert "Claire Morel" in page


def test_an_answer_at_the_signature_may_send_the_letter_back(desk, signed_in):
    one, roy, morel = desk.spoken(), signed_in("roy"), signed_in("morel")
    roy.post(f"/dictees/{one}/question", {"words": "Six semaines ou six mois\u202f?"})
    desk.ledger.move(one, State.DRAFTED, State.PROOFREAD, actor="roy")
    assert "Six semaines" in morel.get(f"/dictees/{one}/signature").content.decode()
    [question] = desk.ledger.questions(one)
    morel.post(f"/dictees/{one}/question/{question.id}", {"answer": "Six mois.", "back": "1"})
    assert desk.state(one) is State.DRAFTED
    assert "Réponse\u00a0: Six mois." in roy.get(f"/dictees/{one}/relecture").content.decode()


def test_wrong_patient_shows_what_is_compared_then_holds_and_keeps_it(desk, signed_in):
    one, roy = desk.spoken(), signed_in("roy")
    page = roy.post(f"/dictees/{one}/mauvais-patient").content.decode()
    assert "DURAND Michel" in page
    assert "12/03/1954" in page
    assert desk.state(one) is State.DRAFTED
    assert roy.post(f"/dictees/{one}/mauvais-patient", {"step": "hold", "reason": ""}).status_code == 409
    roy.post(f"/dictees/{one}/mauvais-patient", {"step": "hold", "reason": "La voix parle d’une femme"})
    assert desk.state(one) is State.HELD
    assert desk.ledger.get(one).error_code == "E_WRONG_PATIENT"
    note = next(e.details["note"] for e in reversed(desk.ledger.journal(one)) if e.action == State.HELD)
    assert "Durand Michel" in note
    assert "La voix parle d’une femme" in note


def test_wrong_patient_says_what_the_voice_said(desk, signed_in):
    identity = (
        found(FindingKind.PATIENT, "Monsieur Michel Durand", 0, ("last_name", "Durand"), ("first_name", "Michel")),
        Finding(FindingKind.BIRTH_DATE, "né le 21 mars 1945", -1, 0, 18, Span(2.0, 3.0), "test"),
        found(FindingKind.DRUG, "amlodipine", 2, ("drug", "amlodipine")),
    )
    one, silent, roy = desk.spoken(findings=identity), desk.spoken(), signed_in("roy")
    page = roy.post(f"/dictees/{one}/mauvais-patient").content.decode()
    assert "<dt>La voix dit</dt><dd>Monsieur Michel Durand, né le 21 mars 1945</dd>" in page
    page = roy.post(f"/dictees/{silent}/mauvais-patient").content.decode()
    assert "<dt>La voix dit</dt><dd>aucun nom, aucune date de naissance</dd>" in page
    roy.post(f"/dictees/{one}/mauvais-patient", {"step": "hold", "reason": "Autre date de naissance"})
    note = next(e.details["note"] for e in reversed(desk.ledger.journal(one)) if e.action == State.HELD)
    assert "voix\u00a0: Monsieur Michel Durand, né le 21 mars 1945" in note


def test_an_answer_never_releases_a_letter_held_for_the_wrong_patient(desk, signed_in):
    one, roy, morel = desk.spoken(), signed_in("roy"), signed_in("morel")
    roy.post(f"/dictees/{one}/question", {"words": "Est-ce bien lui\u202f?"})
    roy.post(f"/dictees/{one}/mauvais-patient", {"step": "hold", "reason": "Autre âge"})
    [question] = desk.ledger.questions(one)
    morel.post(f"/dictees/{one}/question/{question.id}", {"answer": "Oui."})
    assert desk.state(one) is State.HELD


def test_versions_show_who_changed_what(desk, signed_in):
    one, roy = desk.drafted(), signed_in("roy")
    roy.post(f"/dictees/{one}/texte", form_of(DRAFT, 1, plan="Tamsulosine 0,8 mg une fois par jour le soir."))
    page = roy.get(f"/dictees/{one}/versions").content.decode()
    assert "Hélène Roy" in page
    assert re.search(r"<del>.*?4.*?</del><ins>.*?8.*?</ins>", page)
    assert ("roy", "revisions-seen") in desk.actions(one)


def test_a_save_tells_the_script_where_every_word_sounds(desk, signed_in):
    one, roy = desk.spoken(), signed_in("roy")
    told = roy.post(f"/dictees/{one}/texte", form_of(DRAFT, 1, reason="Gêne ancienne."), headers=JSON).json()
    assert told["sections"][1] == "Gêne ancienne."
    assert [kept for *_, kept in told["anchors"][1]] == ["kept", "changed"]


def test_signing_shows_figures_first_and_what_nobody_said(desk, signed_in):
    one = desk.spoken()
    sections = [replace(s, text=s.text.replace("0,4", "0,8")) if s.kind == "plan" else s for s in DRAFT.sections]
    sections[1] = replace(sections[1], text=sections[1].text + " Patient anxieux.")
    desk.ledger.save_draft(one, replace(DRAFT, sections=tuple(sections)), actor="roy", expected_version=1)
    desk.ledger.move(one, State.DRAFTED, State.PROOFREAD, actor="roy")
    page = signed_in("morel").get(f"/dictees/{one}/signature").content.decode()
    assert page.index("0,8") < page.index("Patient anxieux")
    assert page.count("non dicté") == 1
    assert "0,4" in page


def test_signing_shows_a_changed_drug_before_the_words_that_come_earlier(desk, signed_in):
    one = desk.spoken(findings=(found(FindingKind.DRUG, "amlodipine", 2, ("drug", "amlodipine")),))
    changed = {SectionKind.REASON: ("Gêne", "Plainte"), SectionKind.HISTORY: ("amlodipine", "amiodarone")}
    sections = tuple(replace(s, text=s.text.replace(*changed.get(s.kind, ("", "")))) for s in DRAFT.sections)
    desk.ledger.save_draft(one, replace(DRAFT, sections=sections), actor="roy", expected_version=1)
    desk.ledger.move(one, State.DRAFTED, State.PROOFREAD, actor="roy")
    page = signed_in("morel").get(f"/dictees/{one}/signature").content.decode()
    told = re.findall(r'<li class="(grave|light)"><del>.*?</span>(.*?)</del> <ins>.*?</span>(.*?)</ins>', page)
    assert told == [("grave", "amlodipine", "amiodarone"), ("light", "Gêne", "Plainte")]


def test_signing_unread_is_said_on_the_letter_and_in_the_journal(desk, signed_in, real_letter):
    from dictation.letter import text_of

    one, morel = desk.proofread(), signed_in("morel")
    morel.get(f"/dictees/{one}/signature")
    read = desk.ledger.get(one).pdf_sha256
    assert "sans relecture" not in " ".join(text_of(desk.blobs.get(read)))
    morel.get(f"/dictees/{one}/signature?mode=sans-relecture")
    shown = desk.ledger.get(one).pdf_sha256
    words = " ".join(" ".join(text_of(desk.blobs.get(shown))).split())
    assert "Signée sans relecture par l’auteur" in words
    body = {"password": PASSWORD, "pdf_sha256": shown, "mode": "sans-relecture"}
    assert morel.post(f"/dictees/{one}/signer", body).status_code == 302
    note = next(e.details.get("note") for e in reversed(desk.ledger.journal(one)) if e.action == State.APPROVED)
    assert note == "unread"


def test_a_placeholder_asks_once_before_the_letter_goes_on(desk, signed_in):
    one, roy = desk.drafted(), signed_in("roy")
    plan = "Contrôle le [à compléter]."
    confirmed = ["dose:plan", "side:history", "number:psa"]
    answer = roy.post(
        f"/dictees/{one}/texte", form_of(DRAFT, 1, "hand_over:anyway", plan=plan) | {"confirmed": confirmed}
    )
    assert answer.status_code == 409
    assert "dont 2 à risque élevé, 1\u00a0endroit reste à compléter" in answer.content.decode()
    body = form_of(DRAFT, 2, "hand_over:anyway", plan=plan) | {"confirmed": [*confirmed, "hole:4:[à compléter]"]}
    assert roy.post(f"/dictees/{one}/texte", body).status_code == 302


def test_a_section_moves_up_and_no_word_is_lost(desk, signed_in):
    one, roy = desk.drafted(), signed_in("roy")
    roy.post(f"/dictees/{one}/texte", form_of(DRAFT, 1, "up:4", plan="Repos."))
    assert [s.title for s in desk.ledger.draft(one).sections][-2:] == ["Conduite à tenir", "Examens complémentaires"]
    assert "Repos." in desk.ledger.draft(one).text()


def test_text_blocks_belong_to_a_person_a_service_or_a_site(desk, signed_in):
    roy, morel, brun = signed_in("roy"), signed_in("morel"), signed_in("brun")
    exam = {
        "title": "Examen normal",
        "text": "Abdomen souple.",
        "abbreviation": "exn",
        "section": "examination",
        "action": "save",
    }
    roy.post("/textes/changer", exam | {"owner": "service:Urologie"})
    morel.post("/textes/changer", exam | {"title": "À moi", "owner": "account:morel"})
    assert morel.post("/textes/changer", exam | {"owner": "service:Urologie"}).status_code == 403
    roy.post("/textes/changer", exam | {"title": "Accueil", "text": "Accueil au 2e.", "owner": "site:principal"})
    desk.ledger.save_block(TextBlock(0, Level.SITE, "annexe", "D’ailleurs", "Accueil au 3e."), actor="other")
    one, other = desk.drafted(), desk.drafted(BRUN)
    assert "Abdomen souple." in roy.get(f"/dictees/{one}/relecture").content.decode()
    assert "À moi" in morel.get("/textes").content.decode()
    assert "Examen normal" not in brun.get("/textes").content.decode()
    assert "À moi" not in roy.get("/textes").content.decode()
    for client, letter in ((roy, one), (morel, one), (brun, other)):  # the site's text is everybody's there
        assert "Accueil au 2e." in client.get("/textes").content.decode()
        assert "D’ailleurs" not in client.get("/textes").content.decode()
        assert 'data-text="Accueil au 2e."' in client.get(f"/dictees/{letter}/relecture").content.decode()
    assert roy.post("/textes/changer", exam | {"owner": "site:annexe"}).status_code == 403


def test_lists_are_narrowed_by_service_author_urgency_and_words(desk, signed_in):
    from dictation.domain.documents import Priority
    from tests.web.hospital import MOREL

    mine, urgent = desk.drafted(MOREL, name="Évrard"), desk.drafted(BRUN, priority=Priority.URGENT)
    roy = signed_in("roy")

    def shown(query: str) -> set[str]:
        page = roy.get(f"/listes/a-relire?{query}").content.decode()
        return {one for one in (mine, urgent) if one in page}

    assert shown("") == {mine, urgent}
    assert shown("service=Urologie") == {mine}
    assert shown(f"auteur={BRUN.rpps}") == {urgent}
    assert shown("urgent=1") == {urgent}
    assert shown("q=evr") == {mine}
    assert shown(f"q={urgent[:6]}") == {urgent}
    assert shown("q=rard") == set()  # words are found by their beginning
    assert signed_in("brun").get(f"/listes/a-relire?auteur={MOREL.rpps}").content.decode().count(mine) == 0


def test_what_is_late_has_a_list_of_its_own(desk, signed_in):
    one = desk.drafted()
    assert "En retard" not in signed_in("roy").get("/listes/a-relire").content.decode()
    desk.clock.forward(25 * 3600)
    page = signed_in("roy").get("/listes/en-retard").content.decode()
    assert one in page
    assert "en retard de 1\u00a0h" in page


def test_figures_are_a_table_and_a_csv_without_any_person(desk, signed_in):
    desk.proofread()
    page = signed_in("admin").get("/chiffres").content.decode()
    assert "Urologie" in page
    assert "Morel" not in page
    answer = signed_in("roy").get("/chiffres?format=csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].split(";")[0] == "service"
    assert any(line.startswith("Urologie;Délai;Relecture;1;") for line in lines)
