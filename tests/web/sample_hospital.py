"""A hospital to look at: the sample cases of tests/cases with their real sound, in every state a page shows.

The words come from spoken.txt, spread evenly over the sound, so that no model has to run. States, holders, questions,
answers, what came back and what is offered to be learnt are staged. The patients do not exist.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

CASES = Path(__file__).parents[1] / "cases"
PASSWORD = "quatre mots plutôt longs"
UNSURE = {"cinq": 0.4, "droite": 0.5, "gauche": 0.5, "quatre": 0.55}  # as a recogniser doubts figures and sides
NOW = datetime(2026, 11, 25, 9, 40, tzinfo=UTC)


class Shown:
    """The moment the pages show: the same every time they are taken."""

    now = NOW - timedelta(hours=30)

    def __call__(self) -> datetime:
        return self.now


def hospital(home: Path) -> tuple[Any, dict[str, str]]:
    """An installation with the sample letters in every state; (ledger, {name: dictation id})."""
    from dictation import django_settings, proofread
    from dictation.dictaphone import Dictaphone
    from dictation.disk import ContentStore
    from dictation.domain import codec
    from dictation.domain.check import Check
    from dictation.domain.desk import Level, TextBlock
    from dictation.domain.documents import Recording
    from dictation.domain.people import Author, Site
    from dictation.domain.progress import State
    from dictation.draft import write
    from dictation.intake.sidecar import read_sidecar
    from dictation.letter import typeset
    from dictation.settings import read_settings
    from dictation.structure import structure
    from dictation.web.parts import WebParts, install
    from tests.structure.spoken import transcript_of
    from transcribe.audio import decode, encode_wav

    settings = read_settings(home)
    django_settings.setup(settings)
    from dictation.send.postal import PostRoom
    from dictation.store.accounts import Role, save_account
    from dictation.store.corrections import Corrections
    from dictation.store.devices import Devices
    from dictation.store.directory import Directory
    from dictation.store.ledger import Ledger
    from dictation.store.postal import PostalBook
    from dictation.store.replies import Replies
    from dictation.store.suggestions import Suggestions

    clock = Shown()
    ledger, blobs = Ledger(clock), ContentStore(home / ".state" / "blobs")
    known = json.loads((CASES / "authors.json").read_text(encoding="utf-8"))
    authors = [Author(**{key: value for key, value in entry.items() if key != "folder"}) for entry in known]
    site = Site(
        "principal",
        "Centre hospitalier de démonstration",
        ("1 avenue de la République", "62300 Lens"),
        "03 00 00 00 00",
    )
    people = {author.rpps: author for author in authors}
    sounds: dict[str, bytes] = {}
    ids: dict[str, str] = {}
    for folder in sorted(path for path in CASES.iterdir() if path.is_dir()):
        audio = decode(next(folder.glob("audio.*")))
        sidecar = read_sidecar((folder / "sidecar.json").read_bytes(), people.get)
        sound = encode_wav(audio.samples)
        sha256 = blobs.put(sound)
        one, _ = ledger.register(Recording(sha256, folder.name + ".wav", len(sound), audio.duration), sidecar)
        sounds[one], ids[folder.name[:2]] = sound, one
        clock.now += timedelta(hours=3)
        if folder.name[:2] == "07":
            ledger.progress(one, 0.63, 40.0)
            continue
        transcript = spread(
            transcript_of((folder / "spoken.txt").read_text(encoding="utf-8"), unsure=UNSURE), audio.duration
        )
        report = structure(transcript)
        keep = {"transcript_sha256": blobs.put(transcript.to_json().encode())}
        ledger.move(one, State.RECEIVED, State.TRANSCRIBED, actor="transcribe", **keep)
        ledger.move(
            one,
            State.TRANSCRIBED,
            State.STRUCTURED,
            actor="structure",
            report_sha256=blobs.put(codec.dumps(report).encode()),
        )
        ledger.save_draft(one, write(report, sidecar, None, transcript), actor="draft", expected_version=0)
        ledger.move(one, State.STRUCTURED, State.DRAFTED, actor="draft")

    def printed(dictation: Any, draft: Any, *, signatory: str, printed_on: date, unread: bool = False) -> bytes:
        sidecar = dictation.sidecar
        return typeset(
            draft, sidecar, people[sidecar.author], site, signatory=people.get(signatory), letter_id=dictation.id,
            printed_on=printed_on, templates=settings.templates_folder / "letter", unread=unread,
        ).pdf  # fmt: skip

    def nothing(*_: Any, **__: Any) -> None:
        return None

    first = ledger.get(ids["02"]).sidecar
    install(
        WebParts(
            ledger=ledger, blobs=blobs, typeset=printed, playable_wav=lambda d: sounds[d.id],
            playback_folder=home / ".state" / "playback", settings=settings.web, clock=clock, retry=nothing,
            confirm_sent=nothing, resend=nothing, authors=tuple(authors),
            replies=Replies(ledger), corrections=Corrections(ledger),
            post_room=PostRoom(ledger, PostalBook(ledger), blobs, nothing, home / "outbox" / "print", 168.0),
            suggestions=Suggestions(clock), learn=nothing, hear=nothing,
            directory=Directory(clock), proof_pdf=nothing, devices=Devices(clock), expected=lambda *_: [first.patient],
            checks=lambda: [
                Check("Modèle de reconnaissance", True, "demo-fr, présent et entier"),
                Check("Disque", True, "212 Go libres"),
                Check("Certificat", False, "expire dans 12\u00a0jours"),
            ],
            dictaphone=Dictaphone(home / ".state" / "dictaphone", home / "inbox"),
        )
    )  # fmt: skip
    by: dict[str, Any] = {"at": clock(), "actor": "screenshots"}
    save_account("roy", PASSWORD, Role.SECRETARY, first_name="Hélène", last_name="Roy", **by)
    save_account("diaz", PASSWORD, Role.SECRETARY, first_name="Inès", last_name="Diaz", **by)
    save_account("admin", PASSWORD, Role.ADMINISTRATOR, first_name="Alix", last_name="Petit", **by)
    save_account(
        "chirurgien",
        PASSWORD,
        Role.AUTHOR,
        rpps=first.author,
        first_name="",
        last_name=people[first.author].last_name,
        **by,
    )
    clock.now = NOW
    # the letter to sign was corrected first: a figure, and words nobody said
    to_sign = ids["02"]
    draft = ledger.draft(to_sign)
    sections = list(draft.sections)
    sections[-1] = replace(sections[-1], text=sections[-1].text.rstrip() + " Contrôle radiographique le 12 avril.")
    proofread.correct(ledger, to_sign, sections, actor="roy", expected_version=draft.version)
    point = next((doubt for doubt in draft.doubts if doubt.span), None)
    ledger.ask(
        to_sign,
        "Contrôle à six semaines ou à six mois\u202f?",
        actor="roy",
        quote=point.quote if point else "",
        span=point.span if point else None,
    )
    ledger.move(to_sign, State.DRAFTED, State.PROOFREAD, actor="roy")
    proofread.hold(ledger, ids["03"], "Quel côté\u202f?", actor="roy")
    ledger.take_lock(ids["04"], "diaz")
    _answered(ledger, blobs, ids["01"], sounds[ids["01"]])
    for number, case in enumerate(("05", "06", "03"), start=1):
        ids[f"sent {case}"] = _sent(ledger, blobs, printed, ids[case], sounds, number, clock)
    _replies(ledger, ids["sent 05"])
    told = "Abdomen souple, dépressible, indolore. Orifices herniaires libres."
    ledger.save_block(TextBlock(0, Level.ACCOUNT, "roy", "Examen abdominal normal", told, "exn"), actor="roy")
    ledger.save_block(TextBlock(0, Level.ACCOUNT, "roy", "Salutations", "Cordialement,", "cdt"), actor="roy")
    return ledger, ids


def _answered(ledger: Any, blobs: Any, one: str, sound: bytes) -> None:
    """A question about a passage, answered by voice, and one that waits."""
    draft = ledger.draft(one)
    point = next(doubt for doubt in draft.doubts if doubt.span and doubt.section)
    ledger.ask(one, "Est-ce le bon côté\u202f?", actor="roy", quote=point.quote, section=point.section, span=point.span)
    [question] = ledger.questions(one)
    ledger.answer(one, question.id, "Oui, c’est bien le droit.", actor="chirurgien", sound=blobs.put(sound[:96_044]))


def _sent(ledger: Any, blobs: Any, printed: Any, like: str, sounds: dict[str, bytes], number: int, clock: Shown) -> str:
    """A letter like another that was corrected, signed and sent some hours ago; its receipt came back."""
    from dictation import proofread
    from dictation.domain.documents import Recording
    from dictation.domain.exchange import OutboxState, Receipt, ReceiptKind
    from dictation.domain.progress import State

    model = ledger.get(like)
    clock.now = NOW - timedelta(hours=8 - number)
    sound = sounds[like] + b"\0\0" * number
    recording = Recording(blobs.put(sound), f"dictee-{number}.wav", len(sound), model.recording.duration)
    patient = replace(model.sidecar.patient, last_name=("Perrin", "Lacroix", "Baron")[number - 1])
    one, _ = ledger.register(recording, replace(model.sidecar, patient=patient))
    sounds[one] = sound
    ledger.move(one, State.RECEIVED, State.TRANSCRIBED, actor="test", transcript_sha256=model.transcript_sha256)
    ledger.move(one, State.TRANSCRIBED, State.STRUCTURED, actor="test", report_sha256=model.report_sha256)
    draft = ledger.draft(like)
    first = replace(draft.sections[1], text=draft.sections[1].text + " Bilan avant ouréthroscopie programmée.")
    draft = replace(draft, sections=(draft.sections[0], first, *draft.sections[2:]), version=0)
    ledger.save_draft(one, draft, actor="draft", expected_version=0)
    ledger.move(one, State.STRUCTURED, State.DRAFTED, actor="draft")
    clock.now += timedelta(hours=2)
    right = [replace(s, text=s.text.replace("ouréthroscopie", "urétéroscopie")) for s in draft.sections]
    proofread.correct(ledger, one, right, actor="roy", expected_version=1)
    ledger.move(one, State.DRAFTED, State.PROOFREAD, actor="roy")
    clock.now += timedelta(hours=1)
    signer, common = proofread.Signer("chirurgien", model.sidecar.author), (ledger, blobs)
    day = clock.now.date()
    proof = proofread.open_for_signing(*common, printed, one, signer=signer, today=day)
    proofread.approve(*common, one, signer=signer, seen_pdf_sha256=proof.pdf_sha256, at=clock.now, today=day)
    ledger.move(one, State.APPROVED, State.TYPESET, actor="letter")
    ledger.move(one, State.TYPESET, State.SENDING, actor="send")
    mailbox = model.sidecar.addressee.mailbox or "cabinet@medecin.example"
    dispatch = ledger.open_dispatch(
        one, letter_version=1, mailbox=mailbox, carrier="mssante", message_id=f"<{one}.1@hopital.example>",
        pdf_sha256=proof.pdf_sha256, message_sha256=f"{number:064x}",
    )  # fmt: skip
    ledger.claim_dispatch(dispatch.id)
    ledger.settle_dispatch(dispatch.id, OutboxState.SENT, words="250 2.0.0 Ok: queued")
    receipt = Receipt(ReceiptKind.ACCEPTED, "250 2.0.0 Ok: queued", clock.now)
    ledger.add_receipt(one, receipt)
    ledger.move(one, State.SENDING, State.SENT, actor="send")
    clock.now = NOW
    return str(one)


def _replies(ledger: Any, one: str) -> None:
    """What the GP wrote back about a letter."""
    from dictation.domain.exchange import ReceiptKind
    from dictation.domain.replies import Reply
    from dictation.store.replies import Replies

    about = ledger.dispatches(one)[0].message_id
    text = "Merci pour ce courrier. Je revois le patient la semaine prochaine."
    reply = Reply(
        ReceiptKind.ANSWERED, "Re: Courrier", (about,), sender="cabinet@medecin.example", subject="Re: Courrier",
        text=text,
    )  # fmt: skip
    Replies(ledger).take(reply, f"{1:064x}", mailbox="box", validity=1, uid=1)


def spread(transcript: Any, seconds: float) -> Any:
    """The same words, over the whole length of the sound."""
    factor = seconds / max(transcript.duration, 0.1)
    words = tuple(replace(w, start=w.start * factor, end=w.end * factor) for w in transcript.words)
    return replace(transcript, words=words, duration=seconds, speech=((0.0, seconds),), flags=())
