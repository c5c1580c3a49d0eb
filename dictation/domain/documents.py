"""The documents of the flow: Recording, Report, Draft, Approval, Letter, and the small records they are made of.

All frozen. Times are timezone-aware; sound is in seconds; digests are lower-case hexadecimal SHA-256.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum

from dictation.domain.exchange import Consent
from dictation.domain.people import Addressee, Patient
from dictation.domain.spans import Span


class LetterType(StrEnum):
    """The kind of letter; the French label is what is printed."""

    CONSULTATION = "consultation"
    OPERATION = "operation"
    DISCHARGE = "discharge"
    STAY = "stay"  # compte rendu d’hospitalisation: the whole stay, for the record; the law asks for the letter above
    OPINION = "opinion"  # avis asked for by a colleague
    IMAGING = "imaging"
    MEETING = "meeting"  # réunion de concertation pluridisciplinaire (RCP)

    @property
    def label(self) -> str:
        return {
            LetterType.CONSULTATION: "Lettre de consultation",
            LetterType.OPERATION: "Compte rendu opératoire",
            LetterType.DISCHARGE: "Lettre de liaison à la sortie",
            LetterType.STAY: "Compte rendu d’hospitalisation",
            LetterType.OPINION: "Avis spécialisé",
            LetterType.IMAGING: "Compte rendu d’imagerie",
            LetterType.MEETING: "Compte rendu de RCP",
        }[self]

    @property
    def tells_a_stay(self) -> bool:
        """Whether it is about somebody from admission to discharge: dated, built and checked by the stay."""
        return self in {LetterType.DISCHARGE, LetterType.STAY}

    @property
    def loinc(self) -> tuple[str, str]:
        """LOINC code and label under which it is sent and filed (ANS, JDV_J07-XdsTypeCode, version of 29 June 2026).

        An opinion goes as a consultation: the set has a letter that asks for one (96349-6), none that gives it.
        """
        consultation = ("11488-4", "CR ou fiche de consultation ou de visite")
        return {
            LetterType.CONSULTATION: consultation,
            LetterType.OPERATION: ("34874-8", "CR opératoire"),
            LetterType.DISCHARGE: ("11490-0", "Lettre de liaison à la sortie d'un établissement de soins"),
            LetterType.STAY: ("34112-3", "CR hospitalier (séjour)"),
            LetterType.OPINION: consultation,
            LetterType.IMAGING: ("18748-4", "CR d'imagerie médicale"),
            LetterType.MEETING: ("34794-8", "CR de réunion de concertation pluridisciplinaire"),
        }[self]


class Priority(StrEnum):
    NORMAL = "normal"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The JSON file beside the recording (docs/inbox-contract.md): what the hospital knows before listening."""

    author: str  # RPPS
    patient: Patient | None = None
    addressee: Addressee | None = None
    letter_type: LetterType | None = None
    priority: Priority = Priority.NORMAL
    site: str = "principal"
    visit_date: date | None = None
    admission_date: date | None = None
    discharge_date: date | None = None
    consent: Consent = Consent.UNKNOWN


@dataclass(frozen=True, slots=True)
class Recording:
    """One audio file, by content."""

    sha256: str
    name: str  # as it lay in inbox/; shown, never used as a path
    size_bytes: int
    duration: float | None = None  # seconds, once decoded


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document received about the patient, laid beside the recording; kept and archived with it, never sent on."""

    sha256: str
    name: str  # as it lay in inbox/; shown, never used as a path
    size_bytes: int


class SectionKind(StrEnum):
    """The sections a letter may have; templates order them, one heading each."""

    OPENING = "opening"  # before any heading: greeting, reason in one sentence
    REASON = "reason"  # motif (de consultation, d’hospitalisation), indication
    HISTORY = "history"  # antécédents
    ALLERGIES = "allergies"
    ILLNESS = "illness"  # histoire de la maladie
    USUAL_TREATMENT = "usual_treatment"  # traitement habituel
    EXAMINATION = "examination"  # examen clinique
    TESTS = "tests"  # examens complémentaires
    PROCEDURE = "procedure"  # intervention, geste, actes réalisés
    COURSE = "course"  # déroulement du séjour, suites, synthèse médicale
    DISCHARGE_TREATMENT = "discharge_treatment"  # traitement de sortie, ordonnance
    PENDING = "pending"  # résultats en attente
    CONCLUSION = "conclusion"  # conclusion, au total
    PLAN = "plan"  # conduite à tenir, suites à donner, suivi
    CLOSING = "closing"  # formule de politesse


@dataclass(frozen=True, slots=True)
class Sentence:
    """One written sentence and the sound it was made from."""

    text: str
    span: Span | None  # None only for text no sound stands behind (never made by structure)
    first_word: int  # index of its first word in the Transcript
    last_word: int  # index of its last word in the Transcript, included
    starts_line: bool = False  # a line break was dictated before it


@dataclass(frozen=True, slots=True)
class Section:
    """The sentences under one title, or between two."""

    kind: SectionKind
    title: str  # as dictated, tidied; "" for OPENING
    sentences: tuple[Sentence, ...]

    @property
    def text(self) -> str:
        """The section as one text: sentences joined by spaces, or by line breaks where dictated."""
        out = ""
        for sentence in self.sentences:
            out += ("\n" if sentence.starts_line else " ") * bool(out) + sentence.text
        return out


class FindingKind(StrEnum):
    PATIENT = "patient"
    BIRTH_DATE = "birth_date"
    ADDRESSEE = "addressee"
    DATE = "date"
    DRUG = "drug"
    MEASUREMENT = "measurement"
    PROCEDURE = "procedure"
    DIAGNOSIS = "diagnosis"
    SIDE = "side"
    ALLERGY = "allergy"
    FOLLOW_UP = "follow_up"
    HOSPITAL_NUMBER = "hospital_number"  # the patient's number in this hospital (IPP)
    AUTHOR = "author"  # the doctor who operated or dictated, when named aloud
    COPY = "copy"  # a doctor who is to receive a copy


@dataclass(frozen=True, slots=True)
class Finding:
    """One clinical fact said aloud."""

    kind: FindingKind
    text: str  # as it stands in the section
    section: int  # index in Report.sections; -1 when said in an aside (the addressee, to the secretary)
    start: int  # character offsets in Section.text
    end: int
    span: Span | None
    rule_id: str
    negated: bool = False
    values: tuple[tuple[str, str], ...] = ()  # e.g. (("drug", "paracétamol"), ("dose", "1"), ("unit", "g"))

    def value(self, key: str) -> str | None:
        return dict(self.values).get(key)


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Something structure was not sure of: it becomes a Doubt, never a silent guess."""

    rule_id: str
    text: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Report:
    """The structured dictation: sections and findings, each pointing at its sound."""

    sections: tuple[Section, ...]
    findings: tuple[Finding, ...] = ()
    asides: tuple[Sentence, ...] = ()  # notes to the secretary: never in the letter
    warnings: tuple[Uncertainty, ...] = ()
    letter_type: LetterType | None = None  # as said aloud; None when it was not


class Risk(IntEnum):
    """How much harm a missed doubt can do; the queue is ordered by it, highest first."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class Doubt:
    """A point to check: why, where, how risky. Heard or corrected before hand-over."""

    key: str  # stable within a draft: rule_id and place
    rule_id: str
    risk: Risk
    reason: str  # one French sentence
    section: SectionKind | None = None
    quote: str = ""  # the words of the letter it is about, as they stand in the section's text
    span: Span | None = None  # the sound to hear


@dataclass(frozen=True, slots=True)
class DraftSection:
    kind: SectionKind
    title: str  # as printed
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """Letter text before approval. Each save is a new version."""

    letter_type: LetterType
    sections: tuple[DraftSection, ...]
    doubts: tuple[Doubt, ...] = ()
    version: int = 1
    notes: tuple[str, ...] = ()  # asides for the secretary

    def text(self) -> str:
        """Everything that will be printed from the draft, for digests and comparisons."""
        return "\n\n".join(f"{section.title}\n{section.text}".strip() for section in self.sections)


@dataclass(frozen=True, slots=True)
class Approval:
    """Text and PDF frozen: by whom, when, which bytes were seen."""

    draft_version: int
    text_sha256: str
    pdf_sha256: str
    signatory: str  # RPPS or account name of who signed
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """The PDF that was seen and signed; never rendered again."""

    dictation_id: str
    version: int
    pdf_sha256: str
    size_bytes: int
