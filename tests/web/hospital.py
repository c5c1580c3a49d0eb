"""A small hospital for the tests of the pages: three surgeons, a secretary, an administrator, and their letters."""

from __future__ import annotations

import functools
import io
import math
import wave
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from dictation.disk import ContentStore
from dictation.domain.documents import (
    Attachment,
    Doubt,
    Draft,
    DraftSection,
    Finding,
    LetterType,
    Priority,
    Recording,
    Risk,
    SectionKind,
    Sidecar,
)
from dictation.domain.exchange import Consent
from dictation.domain.people import Addressee, Author, Ins, Patient, Sex, Site
from dictation.domain.progress import State
from dictation.domain.spans import Span
from tests.ledgers import Clock

PASSWORD = "quatre mots plutôt longs"
MOREL = Author("10003456786", "Morel", "Claire", specialty="Urologie", service="Urologie")
ANIS = Author("10007654329", "Anis", "Karim", specialty="Urologie", service="Urologie")  # same service as Morel
BRUN = Author("10001112225", "Brun", "Paul", specialty="Orthopédie", service="Orthopédie")
SITE = Site("principal", "Hôpital Sainte-Anne (démonstration)", ("1 rue de l’Exemple", "75000 Paris"), "01 00 00 00 00")
INS = Ins("154037505112376", "1.2.250.1.213.1.4.10")
MARCHAND = Addressee("Marchand", "Louis", address=("2 place du Test", "75000 Paris"), mailbox="louis.marchand@gp.test")
SECONDS = 24.0  # of sound in each recording

DRAFT = Draft(
    LetterType.CONSULTATION,
    (
        DraftSection(SectionKind.OPENING, "", "J’ai vu en consultation votre patient, Monsieur Michel Durand."),
        DraftSection(SectionKind.REASON, "Motif", "Gêne urinaire avec quatre mictions par nuit."),
        DraftSection(
            SectionKind.HISTORY,
            "Antécédents",
            "Hypertension artérielle traitée par amlodipine 5 mg le matin. Cure de hernie inguinale droite en 2012.",
        ),
        DraftSection(SectionKind.TESTS, "Examens complémentaires", "Le PSA est à 2,4 ng/ml. Résidu de 40 ml."),
        DraftSection(SectionKind.PLAN, "Conduite à tenir", "Tamsulosine 0,4 mg une fois par jour le soir."),
    ),
    doubts=(
        Doubt(
            "number:psa", "number", Risk.MEDIUM, "Nombre entendu avec peu d’assurance.",
            SectionKind.TESTS, "2,4 ng/ml", Span(12.0, 13.4),
        ),
        Doubt(
            "dose:plan", "dose", Risk.HIGH, "Dose à vérifier sur l’enregistrement.",
            SectionKind.PLAN, "Tamsulosine 0,4 mg", Span(18.2, 20.1),
        ),
        Doubt(
            "side:history", "side", Risk.HIGH, "Côté à vérifier.",
            SectionKind.HISTORY, "hernie inguinale droite", Span(7.5, 9.0),
        ),
    ),
    notes=("Secrétaire\u00a0: joindre l’ordonnance.",),
)  # fmt: skip


def tone(seconds: float = SECONDS, hertz: int = 300) -> bytes:
    """A quiet tone that rises each second, as 16-bit mono WAV at 16 kHz."""
    rate, out = 16_000, io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        frames = bytearray()
        for i in range(int(seconds * rate)):
            value = int(3000 * math.sin(2 * math.pi * (hertz + 20 * (i // rate)) * i / rate))
            frames += value.to_bytes(2, "little", signed=True)
        file.writeframes(bytes(frames))
    return out.getvalue()


@dataclass
class Desk:
    """A hospital of three surgeons, one secretary and one administrator, and what tests ask of it."""

    ledger: Any
    blobs: ContentStore
    clock: Clock
    wav: bytes
    typesets: list[tuple[str, str]]  # (dictation, signatory) of every rendering
    retried: list[tuple[str, str]]
    made: int = 0
    learnt: list[str] = field(default_factory=list)  # words the recogniser was told of

    def received(self, author: Author = MOREL, documents: tuple[bytes, ...] = (), **about: Any) -> str:
        self.made += 1
        sha256 = self.blobs.put(self.wav + self.made.to_bytes(4, "little"))
        recording = Recording(sha256, f"dictee-{self.made}.wav", len(self.wav), SECONDS)
        attachments = tuple(
            Attachment(self.blobs.put(data), f"courrier-{n}.pdf", len(data)) for n, data in enumerate(documents, 1)
        )
        return str(self.ledger.register(recording, sidecar(author, **about), attachments)[0])

    def drafted(self, author: Author = MOREL, draft: Draft = DRAFT, **about: Any) -> str:
        dictation_id = self.received(author, **about)
        self.ledger.move(dictation_id, State.RECEIVED, State.TRANSCRIBED, actor="test", transcript_sha256="1" * 64)
        self.ledger.move(dictation_id, State.TRANSCRIBED, State.STRUCTURED, actor="test", report_sha256="2" * 64)
        self.ledger.save_draft(dictation_id, draft, actor="draft", expected_version=0)
        self.ledger.move(dictation_id, State.STRUCTURED, State.DRAFTED, actor="draft")
        return dictation_id

    def with_document(self, author: Author = MOREL) -> str:
        """Drafted, with a scanned letter that lay beside the recording."""
        return self.drafted(author, documents=(b"%PDF-1.4 a scanned letter",))

    def spoken(self, author: Author = MOREL, findings: tuple[Finding, ...] = (), **about: Any) -> str:
        """Drafted, with the transcript and the report behind it: every word of DRAFT was said, evenly spread."""
        from dictation.domain import codec
        from dictation.domain.documents import Report, Section, Sentence
        from transcribe.transcript import Transcript, Word

        sections, words = [], []
        pace = SECONDS / sum(len(section.text.split()) for section in DRAFT.sections)
        for section in DRAFT.sections:
            said, first = section.text.split(), len(words)
            words += [Word(w, (first + i) * pace, (first + i + 0.9) * pace, 0.97) for i, w in enumerate(said)]
            span = Span(first * pace, len(words) * pace)
            sentence = Sentence(section.text, span, first, len(words) - 1)
            sections.append(Section(section.kind, section.title, (sentence,)))
        transcript = Transcript(tuple(words), SECONDS, "fr", "scripted", "none", "0" * 64)
        keep = (
            self.blobs.put(transcript.to_json().encode()),
            self.blobs.put(codec.dumps(Report(tuple(sections), findings)).encode()),
        )
        one = self.received(author, **about)
        self.ledger.move(one, State.RECEIVED, State.TRANSCRIBED, actor="test", transcript_sha256=keep[0])
        self.ledger.move(one, State.TRANSCRIBED, State.STRUCTURED, actor="test", report_sha256=keep[1])
        self.ledger.save_draft(one, DRAFT, actor="draft", expected_version=0)
        self.ledger.move(one, State.STRUCTURED, State.DRAFTED, actor="draft")
        return one

    def proofread(self, author: Author = MOREL, **about: Any) -> str:
        dictation_id = self.drafted(author, **about)
        self.ledger.move(dictation_id, State.DRAFTED, State.PROOFREAD, actor="roy")
        return dictation_id

    def approved(self, author: Author = MOREL, **about: Any) -> str:
        from dictation import proofread
        from dictation.web.parts import parts, today

        dictation_id = self.proofread(author, **about)
        signer = proofread.Signer(author.last_name.lower(), author.rpps)
        common = (self.ledger, self.blobs)
        proof = proofread.open_for_signing(*common, parts().typeset, dictation_id, signer=signer, today=today())
        seen, now = proof.pdf_sha256, self.clock()
        proofread.approve(*common, dictation_id, signer=signer, seen_pdf_sha256=seen, at=now, today=today())
        return dictation_id

    def uncertain(self, author: Author = MOREL) -> tuple[str, str]:
        """(dictation, dispatch) of a letter whose line was cut."""
        from dictation.domain.exchange import OutboxState

        dictation_id = self.approved(author)
        self.ledger.move(dictation_id, State.APPROVED, State.TYPESET, actor="test")
        self.ledger.move(dictation_id, State.TYPESET, State.SENDING, actor="test")
        pdf = self.ledger.get(dictation_id).pdf_sha256
        dispatch = self.ledger.open_dispatch(
            dictation_id, letter_version=1, mailbox="louis.marchand@gp.test", carrier="smime",
            message_id=f"<{dictation_id}.1@hopital.test>", pdf_sha256=pdf, message_sha256="3" * 64,
        )  # fmt: skip
        self.ledger.claim_dispatch(dispatch.id)
        self.ledger.settle_dispatch(dispatch.id, OutboxState.UNCERTAIN, words="connection lost")
        self.ledger.move(dictation_id, State.SENDING, State.UNCERTAIN, actor="test")
        return dictation_id, dispatch.id

    def learn(self, words: Iterable[str], service: str) -> None:
        """What the recogniser would be told: the word, with its service in brackets when it is one's alone."""
        self.learnt += [f"{word} [{service}]" if service else word for word in words]

    def state(self, dictation_id: str) -> State:
        return State(self.ledger.get(dictation_id).state)

    def actions(self, dictation_id: str) -> list[tuple[str, str]]:
        """(who, what) of every line of its journal."""
        return [(entry.actor, entry.action) for entry in self.ledger.journal(dictation_id)]


def sidecar(
    author: Author = MOREL,
    *,
    name: str = "Durand",
    consent: Consent = Consent.GRANTED,
    priority: Priority = Priority.NORMAL,
    letter_type: LetterType = LetterType.CONSULTATION,
) -> Sidecar:
    """Fictitious patient (INS of the ANS test register), fictitious GP."""
    return Sidecar(
        author=author.rpps,
        patient=Patient(name, "Michel", date(1954, 3, 12), Sex.MALE, INS, "0042"),
        addressee=MARCHAND,
        letter_type=letter_type,
        priority=priority,
        visit_date=date(2026, 11, 3),
        consent=consent,
    )  # fmt: skip


def form_of(draft: Draft, version: int, action: str = "save", **changed: str) -> dict[str, Any]:
    """The desk's form as a browser posts it; `changed` replaces the text of a section by its kind."""
    sections = [replace(s, text=changed.get(s.kind.value, s.text)) for s in draft.sections]
    return {
        "version": version,
        "kind": [s.kind.value for s in sections],
        "title": [s.title for s in sections],
        "text": [s.text for s in sections],
        "action": action,
    }


@functools.cache
def hashed() -> str:
    """The password of everybody, hashed once: Argon2 is slow on purpose."""
    from django.contrib.auth.hashers import make_password

    return make_password(PASSWORD)


def make_accounts(authors: tuple[Author, ...]) -> None:
    from django.contrib.auth.models import User

    from dictation.store.tables import Profile

    people = [(a.last_name.lower(), a.first_name, a.last_name, "author", a.rpps, []) for a in authors]
    people += [
        (name.lower(), first, name, "secretary", "", []) for first, name in (("Hélène", "Roy"), ("Inès", "Diaz"))
    ]
    people += [("admin", "Alix", "Petit", "administrator", "", [])]
    people += [("noel", "Inès", "Noël", "secretary", "", [BRUN.service])]  # sees that service alone
    for account, first_name, last_name, role, rpps, services in people:
        user = User.objects.create(username=account, first_name=first_name, last_name=last_name, password=hashed())
        Profile.objects.create(user=user, role=role, rpps=rpps, services=services)
