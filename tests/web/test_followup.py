"""What became of a letter, on one page; and what a person writes down about it there."""

from __future__ import annotations

import pytest

from dictation.domain.exchange import Consent, ReceiptKind
from dictation.domain.progress import State
from dictation.domain.replies import Reply
from tests.ledgers import taken
from tests.web.hospital import BRUN


@pytest.fixture
def sent(desk) -> str:
    one = desk.approved()
    desk.ledger.move(one, State.APPROVED, State.TYPESET, actor="test")
    desk.ledger.move(one, State.TYPESET, State.SENDING, actor="test")
    taken(desk.ledger, one)
    desk.ledger.move(one, State.SENDING, State.SENT, actor="test")
    desk.ledger.archive_written(one, State.SENT)
    return one


@pytest.fixture
def replies(desk):
    from dictation.store.replies import Replies

    return Replies(desk.ledger)


def came_back(replies, desk, *, kind=ReceiptKind.ANSWERED, about=(), text="Merci <b>bien</b>", number=1):
    reply = Reply(kind, "Re: Courrier", tuple(about), sender="dr@gp.test", subject="Re: Courrier", text=text)
    replies.take(reply, f"{number:064x}", mailbox="box", validity=1, uid=number)


def test_the_gps_answer_is_read_with_its_letter(desk, signed_in, sent, replies):
    came_back(replies, desk, about=[desk.ledger.dispatches(sent)[0].message_id])
    page = signed_in("morel").get(f"/envois/{sent}/suivi").content.decode()
    assert "Réponse du destinataire" in page
    assert "Merci &lt;b&gt;bien&lt;/b&gt;" in page


def test_an_objection_is_noted_shown_and_lifted(desk, signed_in, sent):
    client, page = signed_in("roy"), f"/envois/{sent}/suivi"
    decide = f"{page}/decision"
    client.post(decide, {"decision": "object", "to": "anybody", "kind": "any", "reason": "au téléphone"})
    assert "s’oppose à l’envoi" in client.get(page).content.decode()
    client.post(decide, {"decision": "grant", "to": "anybody", "kind": "any", "reason": "revient dessus"})
    assert "s’oppose à l’envoi" not in client.get(page).content.decode()
    assert [(word.verdict, word.actor) for word in desk.ledger.consents(sent)] == [
        (Consent.OBJECTED, "roy"),
        (Consent.GRANTED, "roy"),
    ]


def test_a_document_is_hidden_and_shown_again(desk, signed_in, sent):
    client = signed_in("roy")
    client.post(f"/envois/{sent}/suivi/decision", {"decision": "hide", "from_professionals": "yes"})
    assert desk.ledger.grounds(desk.ledger.get(sent)).hidden_from_professionals
    client.post(f"/envois/{sent}/suivi/decision", {"decision": "hide"})
    assert not desk.ledger.grounds(desk.ledger.get(sent)).hidden_from_professionals


def test_a_corrected_version_goes_back_to_the_desk(desk, signed_in, sent):
    signed_in("roy").post(f"/envois/{sent}/suivi/decision", {"decision": "correct", "reason": "erreur de côté"})
    assert desk.state(sent) is State.DRAFTED
    assert "annule et remplace" in desk.ledger.draft(sent).text()


@pytest.mark.parametrize("decision", ["correct", "object", "grant"])
def test_each_decision_needs_a_reason(desk, signed_in, sent, decision):
    answer = signed_in("roy").post(f"/envois/{sent}/suivi/decision", {"decision": decision, "reason": " "})
    assert answer.status_code == 409
    assert desk.state(sent) is State.SENT
    assert desk.ledger.consents(sent) == []


def test_the_proof_names_the_bytes_and_who_signed_them(desk, signed_in, sent):
    page = signed_in("morel").get(f"/envois/{sent}/preuve").content.decode()
    dictation = desk.ledger.get(sent)
    assert dictation.pdf_sha256 in page
    assert "Claire Morel" in page
    assert f"&lt;{sent}.1@hospital.test&gt;" in page
    assert desk.ledger.journal(sent)[-2].hash in page  # the last line before this page was opened


def test_letters_of_another_service_are_not_followed(desk, signed_in, sent):
    client = signed_in("brun")
    for page in (f"/envois/{sent}/suivi", f"/envois/{sent}/preuve"):
        assert client.get(page).status_code == 404
    assert client.post(f"/envois/{sent}/suivi/decision", {"decision": "hide"}).status_code == 404
    assert BRUN.rpps != desk.ledger.get(sent).sidecar.author


def test_a_reply_about_no_letter_is_attached_by_the_secretary(desk, signed_in, sent, replies):
    came_back(replies, desk, kind=None, text="Qui êtes-vous ?")
    client = signed_in("roy")
    assert "1\u00a0réponse à rattacher" in client.get("/envois").content.decode()
    assert "Qui êtes-vous" in client.get("/envois/reponses").content.decode()
    [reply] = replies.waiting()
    client.post(f"/envois/reponses/{reply.id}", {"decision": "attach", "dictation": sent})
    assert replies.waiting() == []
    assert [kept.id for kept in replies.of(sent)] == [reply.id]


def test_dismissing_a_reply_needs_a_reason_and_happens_once(desk, signed_in, replies):
    came_back(replies, desk)
    [reply], client = replies.waiting(), signed_in("roy")
    assert client.post(f"/envois/reponses/{reply.id}", {"decision": "dismiss"}).status_code == 409
    client.post(f"/envois/reponses/{reply.id}", {"decision": "dismiss", "reason": "publicité"})
    assert replies.waiting() == []
    again = client.post(f"/envois/reponses/{reply.id}", {"decision": "dismiss", "reason": "encore"})
    assert again.status_code == 409


def test_unmatched_replies_are_for_secretaries_alone(desk, signed_in):
    assert signed_in("morel").get("/envois/reponses").status_code == 403


def test_a_secretary_of_one_service_meets_no_reply_of_another_nor_about_nobody(desk, signed_in, sent, replies):
    own = desk.ledger.dispatches(desk.uncertain(BRUN)[0])[-1]
    other = desk.ledger.dispatches(sent)[-1]
    came_back(replies, desk, kind=None, about=(own.message_id,), text="pour Brun", number=1)
    came_back(replies, desk, kind=None, about=(other.message_id,), text="pour Morel", number=2)
    came_back(replies, desk, text="pour personne", number=3)
    client = signed_in("noel")
    page = client.get("/envois/reponses").content.decode()
    assert [word for word in ("pour Brun", "pour Morel", "pour personne") if word in page] == ["pour Brun"]
    waiting = {reply.text: reply.id for reply in replies.waiting()}
    for text in ("pour Morel", "pour personne"):
        away = client.post(f"/envois/reponses/{waiting[text]}", {"decision": "dismiss", "reason": "lu"})
        assert (
            away.status_code
            == client.post("/envois/reponses/inconnue", {"decision": "dismiss", "reason": "lu"}).status_code
        )
    mine = client.post(f"/envois/reponses/{waiting['pour Brun']}", {"decision": "attach", "dictation": sent})
    assert mine.status_code == 409  # the letter is another service's
    assert len(replies.waiting()) == 3
    assert (
        client.post(f"/envois/reponses/{waiting['pour Brun']}", {"decision": "dismiss", "reason": "lu"}).status_code
        == 302
    )
    assert len(replies.waiting()) == 2


def test_a_letter_without_news_is_listed(desk, signed_in, sent, clock):
    client = signed_in("roy")
    assert "Sans nouvelles" not in client.get("/envois").content.decode()
    clock.forward(8 * 86400)
    client = signed_in("roy")
    assert "Sans nouvelles" in client.get("/envois").content.decode()
    assert "Sans nouvelles" not in signed_in("noel").get("/envois").content.decode()  # of another service


def test_a_letter_that_came_back_is_printed_for_the_post_and_never_twice_without_a_reason(
    desk, signed_in, sent, replies, tmp_path
):
    client, page = signed_in("roy"), f"/envois/{sent}/suivi"
    assert "Imprimer pour La Poste" not in client.get(page).content.decode()
    came_back(replies, desk, kind=ReceiptKind.RETURNED, about=[desk.ledger.dispatches(sent)[0].message_id])
    assert "Imprimer pour La Poste" in client.get(page).content.decode()
    assert client.post(f"{page}/decision", {"decision": "print"}).status_code == 302
    shown = client.get(page).content.decode()
    assert "Imprimée pour La Poste" in shown
    assert "Imprimer une nouvelle fois" in shown
    assert client.get(f"/envois/{sent}/page-de-garde.pdf").content.startswith(b"%PDF")
    assert client.post(f"{page}/decision", {"decision": "print"}).status_code == 409
    client.post(f"{page}/decision", {"decision": "print", "reason": "pli perdu"})
    assert desk.actions(sent).count(("roy", "printed-for-post")) == 2
    assert "pli perdu" in client.get(page).content.decode()


def test_a_posted_letter_is_settled_shown_apart_and_waits_again_when_it_comes_back(desk, signed_in, sent, replies):
    client, page = signed_in("roy"), f"/envois/{sent}/suivi"
    came_back(replies, desk, kind=ReceiptKind.RETURNED, about=[desk.ledger.dispatches(sent)[0].message_id])
    assert client.post(f"{page}/decision", {"decision": "settle"}).status_code == 409  # not printed yet
    client.post(f"{page}/decision", {"decision": "print"})
    assert "Postée" in client.get(page).content.decode()
    client.post(f"{page}/decision", {"decision": "settle", "reason": "posté ce matin"})
    assert "Réglé par courrier" in client.get(page).content.decode()
    listed = client.get("/envois").content.decode()
    assert "Réglées par courrier" in listed
    assert "Revenues ou refusées" not in listed
    assert sent not in client.get("/listes/en-erreur").content.decode()
    assert "posté ce matin" in client.get(f"/dictees/{sent}?histoire=1").content.decode()
    assert client.post(f"{page}/decision", {"decision": "reopen"}).status_code == 409
    client.post(f"{page}/decision", {"decision": "reopen", "reason": "pli revenu"})
    assert sent in client.get("/listes/en-erreur").content.decode()
    assert "Revenues ou refusées" in client.get("/envois").content.decode()


def test_the_proof_is_exported_on_one_page_and_the_journal_says_by_whom(desk, signed_in, sent):
    client = signed_in("roy")
    assert f"/envois/{sent}/preuve.pdf" in client.get(f"/envois/{sent}/preuve").content.decode()
    answer = client.get(f"/envois/{sent}/preuve.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content == client.get(f"/envois/{sent}/preuve.pdf").content
    assert ("roy", "proof-exported") in desk.actions(sent)
    assert signed_in("brun").get(f"/envois/{sent}/preuve.pdf").status_code == 404
