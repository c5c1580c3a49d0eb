"""Every page a person can open, with something real behind each: one list for the tests that go through them all.

A page is an account, an address, and, where an address alone does not show it, what is done there first: a form sent,
a dialog opened. Kept beside urls.py by test_every_page_browser.py: a route that is neither here nor in NO_PAGE fails.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dictation import proofread
from dictation.domain.consent import scope_of
from dictation.domain.desk import Level, TextBlock
from dictation.domain.documents import Priority, SectionKind
from dictation.domain.exchange import Consent, ReceiptKind
from dictation.domain.progress import State
from dictation.domain.replies import Reply
from dictation.domain.spans import Span
from tests.web.hospital import MOREL, tone
from tests.web.served import ServedDesk


@dataclass(frozen=True)
class Page:
    """`then`: JavaScript run once it is there; with `goes`, it leads to the page that is meant."""

    account: str
    route: str
    then: str = ""
    goes: bool = False
    status: int = 200

    def __str__(self) -> str:
        return f"{self.account or 'nobody'} {self.route} {self.then}"


# Answers without a page: sound, pictures, PDFs, fragments, data, and what only takes.
NO_PAGE = {
    "home", "sign_out", "unlock", "act", "save", "points", "sound", "peaks", "document", "lock", "ask", "answer",
    "spoken_answer", "learn_word", "change_text", "learning_answer", "remember", "change_shortcut", "preview_sheet",
    "sign", "send_back", "letter", "letter_sheet", "following", "events", "settle", "followup_decide", "proof_pdf",
    "cover", "decide", "verify", "create_account", "change_account", "recorder_list", "recorder_manifest",
    "recorder_service", "recorder_piece", "recorder_take", "revoke_device", "alive", "static",
}  # fmt: skip
LISTS = ("a-relire", "questions", "a-signer", "en-preparation", "a-envoyer", "envoyees", "en-erreur", "toutes")
SEND = "document.querySelector('[name=csrfmiddlewaretoken]').form"


def fill(desk: ServedDesk, tmp_path: Path) -> dict[str, str]:
    """Letters in every state and whatever else a page may show; {name: id}."""
    from dictation.store.replies import Replies
    from dictation.web.parts import parts
    from tests.web.test_addressee import load

    ledger, ids = desk.ledger, {}
    load(desk.clock, tmp_path)
    ids["received"] = desk.received()
    ledger.progress(ids["received"], 0.5, 30.0)
    ids["drafted"] = one = desk.drafted(priority=Priority.URGENT)
    sections = list(desk.letter.draft.sections)
    passage, span = sections[1].text[:24], Span(3.0, 6.0)
    ledger.ask(one, "Quel côté\u202f?", actor="roy", quote=passage, section=sections[1].kind, span=span)
    ledger.ask(one, "Quelle date\u202f?", actor="roy", section=SectionKind.CONCLUSION)
    ledger.answer(one, ledger.questions(one)[0].id, "Le droit", actor="morel", sound=desk.blobs.put(tone(2.0)))
    ledger.save_block(TextBlock(0, Level.ACCOUNT, "roy", "Examen normal", "Abdomen souple.", "exn"), actor="roy")
    sections[-1] = replace(sections[-1], text=sections[-1].text + " Contrôle le [à compléter].")
    proofread.correct(ledger, one, sections, actor="roy", expected_version=1)
    ids["other"] = desk.drafted()
    ledger.take_lock(ids["other"], "diaz")
    ids["held"] = desk.drafted()
    ledger.ask(ids["held"], "Combien de temps\u202f?", actor="roy", quote=passage, span=span)
    proofread.hold(ledger, ids["held"], "Combien de temps\u202f?", actor="roy")
    ids["proofread"] = desk.drafted()
    ledger.ask(ids["proofread"], "Quel côté\u202f?", actor="roy", quote=passage, span=span)
    proofread.correct(ledger, ids["proofread"], sections, actor="roy", expected_version=1)
    ledger.move(ids["proofread"], State.DRAFTED, State.PROOFREAD, actor="roy")
    ids["uncertain"] = desk.uncertain()[0]
    ids["sent"] = desk.uncertain()[0]
    parts().confirm_sent(ids["sent"], "roy")
    ids["said"] = desk.uncertain()[0]
    parts().confirm_sent(ids["said"], "roy")
    said = ledger.get(ids["said"])
    ledger.say_consent(ids["said"], Consent.GRANTED, scope_of(said, anybody=True, any_kind=True), actor="roy", note="x")
    replies, about = Replies(ledger), ledger.dispatches(ids["said"])[0].message_id
    for number, (named, text) in enumerate([((about,), "Merci, bien reçu."), ((), "Qui êtes-vous\u202f?")], start=1):
        reply = Reply(
            ReceiptKind.ANSWERED if named else None, "Re: Courrier", named, sender="dr@gp.test",
            subject="Re: Courrier", text=text,
        )  # fmt: skip
        replies.take(reply, f"{number:064x}", mailbox="box", validity=1, uid=number)
    for _ in range(3):
        _corrected(desk, "ouréthroscopie", "urétéroscopie")
    ids["link"] = parts().devices.invite("morel", "téléphone du bloc", actor="admin")
    parts().devices.invite("morel", "tablette", actor="admin")
    return ids


def _corrected(desk: ServedDesk, before: str, after: str) -> None:
    """A letter signed with one word corrected, so that the word is offered to be learnt."""
    draft = desk.letter.draft

    def saying(word: str) -> Any:
        sections = list(draft.sections)
        sections[1] = replace(sections[1], text=f"Bilan avant {word} programmée.")
        return replace(draft, sections=tuple(sections))

    one = desk.drafted(draft=saying(before))
    desk.ledger.save_draft(one, saying(after), actor="roy", expected_version=1)
    desk.ledger.move(one, State.DRAFTED, State.PROOFREAD, actor="roy")
    from dictation.web.parts import parts, today

    signer, common = proofread.Signer("morel", MOREL.rpps), (desk.ledger, desk.blobs)
    proof = proofread.open_for_signing(*common, parts().typeset, one, signer=signer, today=today())
    proofread.approve(*common, one, signer=signer, seen_pdf_sha256=proof.pdf_sha256, at=desk.clock(), today=today())


def pages(ids: dict[str, str]) -> list[Page]:
    desk, show = f"/dictees/{ids['drafted']}/relecture", "document.getElementById('{}').showModal()"
    wrong = "const f = document.getElementById('letter'); f.requestSubmit(f.querySelector('[value=wrong]'))"
    stale = (
        "const f = document.getElementById('letter'); f.elements.version.value = 1;"
        "f.querySelector('textarea').value = 'Autre début.'; HTMLFormElement.prototype.submit.call(f)"
    )
    return [
        Page("", "/connexion"),
        Page("", f"/dictaphone/appareil/{ids['link']}"),
        *(Page("roy", f"/listes/{tab}") for tab in LISTS),
        Page("roy", "/listes/toutes?q=zzzz"),
        Page("roy", desk),
        *(Page("roy", desk, show.format(dialog)) for dialog in ("keys", "question", "lock", "conflict", "word")),
        Page("roy", desk, "document.getElementById('find-open').click()"),
        Page("roy", desk, "document.getElementById('preview').click()"),
        Page("roy", desk, "document.getElementById('hand-over').click()", goes=True, status=409),
        Page("roy", desk, wrong, goes=True),
        Page("roy", desk, stale, goes=True, status=409),
        Page("roy", f"/dictees/{ids['other']}/relecture"),
        Page("roy", f"/dictees/{ids['drafted']}/ailleurs"),
        Page("roy", f"/dictees/{ids['drafted']}/apercu"),
        Page("roy", f"/dictees/{ids['drafted']}/versions"),
        Page("roy", f"/dictees/{ids['drafted']}/destinataire?nom=marchand"),
        *(Page("roy", f"/dictees/{ids[state]}?histoire=1") for state in ("received", "held", "uncertain", "said")),
        Page("roy", "/textes"),
        Page("roy", "/textes/appris"),
        Page("roy", "/compte"),
        Page("roy", "/touches"),
        Page("roy", "/envois"),
        Page("roy", "/envois/reponses"),
        *(Page("roy", f"/envois/{ids[state]}/suivi") for state in ("said", "sent")),
        Page("roy", f"/envois/{ids['said']}/preuve"),
        Page("roy", "/chiffres"),
        Page("roy", "/rien", status=404),
        Page("roy", "/sante", status=403),
        Page("morel", "/listes/a-signer"),
        Page("morel", f"/dictees/{ids['proofread']}/signature"),
        Page("morel", f"/dictees/{ids['proofread']}/signature?mode=sans-relecture"),
        Page("morel", f"/dictees/{ids['held']}?histoire=1"),
        Page("morel", "/dictaphone/"),
        Page("morel", "/dictaphone/appareils"),
        Page(
            "morel", "/dictaphone/appareils",
            "document.getElementById('label').value = 'essai'; document.getElementById('label').form.submit()",
            goes=True,
        ),
        Page("morel", "/textes"),
        Page("morel", "/chiffres"),
        Page("admin", "/sante"),
        Page("admin", "/comptes"),
        Page("admin", "/dictaphone/appareils"),
        Page("admin", "/chiffres"),
    ]  # fmt: skip
