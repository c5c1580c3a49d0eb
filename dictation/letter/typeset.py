"""Typeset: what the letter says, put on paper once; and verify: the bytes are still those.

Draft, sidecar, author, site, date in; TypesetLetter out. Reads templates/letter/ through press.py; writes nothing.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from dictation.domain.documents import Draft, LetterType, SectionKind, Sidecar
from dictation.domain.people import Author, Site
from dictation.errors import NeedsAPerson
from dictation.letter import press
from dictation.letter import typography as french
from dictation.letter.pdfa import check_pdfa, repair, text_of

MAX_CHARACTERS = 60_000  # some 20 pages: ten times a long letter, a few seconds of work
MAX_LINES = 900  # as many pages, when each line is short
LONG_WORD = 40  # characters: a word that may need a break inside, which is slow in a long paragraph …
MAX_LONG_WORDS = 1_000  # … so that they may hold so many characters together (20,000 of them take minutes)
# As letter.css sets them: the bold face of headings and addresses; size and width in points of a heading in the margin
# (35 mm) and of the address (78 mm), which shows six lines in the smallest window.
TITLE_FACE = ("Letter title", 700)
HEADING_SIZE = (9.0, 99.2)
ADDRESS_SIZE = (10.0, 221.0)
ADDRESS_LINES = 6
_MEDICINES = {SectionKind.DISCHARGE_TREATMENT, SectionKind.USUAL_TREATMENT}
# Pasted with a text and never seen: soft hyphen, zero-width space, word joiner, byte order mark.
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
# Characters Unicode shows as colour pictures unless told otherwise (emoji-data.txt, Emoji_Presentation, plane 0): the
# layout would look for them in a colour font of the system. FE0F asks for the picture, 20E3 boxes a digit.
_PICTURES = re.compile(
    "[\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be"
    "\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755\u2757"
    "\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55\ufe0f\u20e3\U00010000-\U0010ffff]"
)


@dataclass(frozen=True, slots=True)
class TypesetLetter:
    """The PDF, and what its last line says: who signs it, on which day."""

    pdf: bytes
    sha256: str
    pages: int
    letter_id: str
    printed_on: date
    signatory: str  # RPPS; "" for a proof marked « Projet non signé »

    def may_be_signed(self, signatory: str, today: date) -> bool:
        """Whether the printed line « signée par …, le … » would be true for this signatory (RPPS) on this day."""
        return bool(self.signatory) and self.signatory == signatory and self.printed_on == today


class LetterAltered(NeedsAPerson):
    """The PDF is not the one that was signed."""

    code = "E_LETTER_ALTERED"

    def __init__(self, letter_id: str, approved: str, found: str) -> None:
        super().__init__(f"letter {letter_id}: approved {approved[:12]}, found {found[:12]}")


def verify(pdf: bytes, sha256: str, letter_id: str = "") -> None:
    """Raise LetterAltered unless `pdf` has this digest, NeedsAPerson (E_PDFA) unless it is PDF/A-1b."""
    found = hashlib.sha256(pdf).hexdigest()
    if found != sha256:
        raise LetterAltered(letter_id, sha256, found)
    refuse_unless_sound(letter_id, check_pdfa(pdf))


def typeset(
    draft: Draft,
    sidecar: Sidecar,
    author: Author,
    site: Site,
    *,
    signatory: Author | None,
    letter_id: str,
    printed_on: date,
    templates: Path,
    unread: bool = False,
) -> TypesetLetter:
    """Print `draft` as PDF/A-1b, once.

    signatory: who is about to sign; None gives a proof marked « Projet non signé » on every page, never signable: laid
        out as the letter its author signs that day, word for word at the same place, but for that last line.
    printed_on: the day the letter bears; for a letter to be signed, today.
    templates: the folder templates/letter.
    unread: the signatory says that they sign without reading it again; the letter then says so too.
    Raises NeedsAPerson: E_PATIENT_MISSING (no identity on a letter to be signed), E_LETTER_TEXT (a character no printer
    of ours can print), E_LETTER_TOO_LONG, E_RESOURCE_BLOCKED, E_PDFA (a font is absent, or the result is not PDF/A-1b).
    """
    if signatory is not None and sidecar.patient is None:
        raise NeedsAPerson(f"letter {letter_id}: no patient", code="E_PATIENT_MISSING")
    if len(draft.text()) > MAX_CHARACTERS:  # before any work on it
        raise NeedsAPerson(f"letter {letter_id}: too many characters", code="E_LETTER_TOO_LONG")
    faces = press.faces(templates)
    words = _words(draft, sidecar, author, site, signatory or author, letter_id, printed_on)
    words |= {"proof": signatory is None, "unread": unread and signatory is not None}
    refuse_unprintable(letter_id, words, press.printable(faces))
    _measure(words, next(face for face in faces if (face.family, face.weight) == TITLE_FACE))
    words["logo"] = press.logo(templates, site.key)
    pdf, pages = _print(draft.letter_type, words, templates, faces, site.key)
    refuse_unless_sound(letter_id, check_pdfa(pdf, press.families(faces)))
    _refuse_unless_complete(letter_id, draft, pages)
    return TypesetLetter(
        pdf=pdf,
        sha256=hashlib.sha256(pdf).hexdigest(),
        pages=len(pages),
        letter_id=letter_id,
        printed_on=printed_on,
        signatory=signatory.rpps if signatory else "",
    )


def _print(
    letter_type: LetterType, words: dict[str, Any], templates: Path, faces: tuple[press.Face, ...], site_key: str
) -> tuple[bytes, list[str]]:
    """The PDF and the text of its pages; set a little tighter when that saves a sheet."""

    def once(compact: bool) -> tuple[bytes, list[str]]:
        html = press.fill(templates, f"{letter_type.value}.html.j2", words | {"compact": compact})
        pdf = repair(press.press(html, templates, faces, site_key))
        return pdf, text_of(pdf)

    loose = once(compact=False)
    if not 1 < len(loose[1]) <= 4:  # a long report gains nothing a reader would notice
        return loose
    tight = once(compact=True)
    return tight if len(tight[1]) < len(loose[1]) else loose


def _words(
    draft: Draft,
    sidecar: Sidecar,
    author: Author,
    site: Site,
    signatory: Author,
    letter_id: str,
    printed_on: date,
) -> dict[str, Any]:
    """Everything the templates may print: strings only, in French, no-break spaces in place."""
    patient, addressee = sidecar.patient, sidecar.addressee
    opening: list[str] = []
    sections: list[dict[str, Any]] = []
    closing: list[str] = []
    dictated = ""
    for section in draft.sections:  # in their order: the draft step has set it, the desk has shown it
        text = _clean(section.text)
        if section.kind is SectionKind.OPENING:
            greeting, text = ("", text) if dictated else french.split_greeting(text)
            dictated = dictated or greeting
            opening += french.lines(text)
        elif section.kind is SectionKind.CLOSING:
            closing += french.lines(text)
        else:
            title = _clean(section.title).strip()
            text = french.one_a_line(text) if section.kind in _MEDICINES else text
            sections.append({"kind": section.kind.value, "title": title, "lines": french.lines(text)})
    words: dict[str, Any] = {
        "label": draft.letter_type.label,
        "letter_id": letter_id,
        "site": {
            "name": site.name,
            "address": list(site.address),
            "telephone": french.telephone(site.telephone),
            "finess": site.finess,
        },
        "author": _person(author),
        "signatory": _person(signatory),
        "substitute": signatory.rpps != author.rpps,
        "addressee": list(french.address_lines(addressee)) if addressee else [],
        "town": french.town(site.address),
        "printed_on": french.french_date(printed_on),
        "patient": None,
        "visit_date": french.french_date(sidecar.visit_date) if sidecar.visit_date else "",
        "stay": french.period(sidecar.admission_date, sidecar.discharge_date),
        "greeting": dictated or french.greeting(addressee),
        "greeting_dictated": bool(dictated),
        "opening": opening,
        "sections": sections,
        "closing": closing,
    }
    if patient:
        words["patient"] = {
            "name": french.full_name(patient.last_name, patient.first_name),
            "born": french.born(patient),
            "sex": patient.sex.label,
            "ins": french.ins_number(patient.ins) if patient.ins else "",
            "hospital_number": patient.hospital_number or "",
        }
    return words


def _clean(text: str) -> str:
    """The same words as French print sets them, accents composed, without what nobody sees."""
    return french.french_print(unicodedata.normalize("NFC", text).translate(_INVISIBLE).replace("\t", " "))


def _measure(words: dict[str, Any], title_face: press.Face) -> None:
    """Adds what the templates need to know about lengths: lines of each heading, and whether the address is long."""
    for section in words["sections"]:
        section["title_lines"] = press.lines_of(section["title"], title_face, *HEADING_SIZE)
    address = sum(press.lines_of(line, title_face, *ADDRESS_SIZE) for line in words["addressee"])
    words["long_address"] = address > ADDRESS_LINES


def _person(author: Author) -> dict[str, str]:
    return {
        "name": french.doctor(author),
        "with_article": french.with_article(french.doctor(author)),
        "specialty": author.specialty,
        "service": author.service,
        "rpps": author.rpps,
    }


def refuse_unprintable(letter_id: str, words: dict[str, Any], printable: frozenset[int]) -> None:
    texts = list(_strings(words))
    long_words = sum(len(word) for text in texts for word in text.split() if len(word) > LONG_WORD)
    if sum(map(len, texts)) > MAX_CHARACTERS or len(texts) > MAX_LINES or long_words > MAX_LONG_WORDS:
        raise NeedsAPerson(f"letter {letter_id}: too many characters, lines, or giant words", code="E_LETTER_TOO_LONG")
    refused = sorted({letter for text in texts for letter in text if not may_print(letter, printable)})
    if refused:
        points = " ".join(f"U+{ord(letter):04X}" for letter in refused[:8])
        raise NeedsAPerson(f"letter {letter_id}: unprintable {points}", code="E_LETTER_TEXT")


def may_print(letter: str, printable: frozenset[int]) -> bool:
    # Controls print nothing, and marks that turn the writing direction make a letter read otherwise than it was seen.
    category = unicodedata.category(letter)
    return (
        ord(letter) in printable
        and category not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        and not _PICTURES.match(letter)
    )


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


def _refuse_unless_complete(letter_id: str, draft: Draft, pages: list[str]) -> None:
    """Every letter and digit of the draft must be readable in the PDF: text lost at an edge stops the letter here."""
    wanted = Counter(unicodedata.normalize("NFKC", draft.text()))
    found = Counter(unicodedata.normalize("NFKC", "".join(pages)))
    lost = [letter for letter, count in wanted.items() if letter.isalnum() and found[letter] < count]
    if lost:
        raise NeedsAPerson(f"letter {letter_id}: {len(lost)} characters of the draft not in the PDF", code="E_PDFA")


def refuse_unless_sound(letter_id: str, findings: list[str]) -> None:
    if findings:
        raise NeedsAPerson(f"letter {letter_id}: {'; '.join(findings[:3])}", code="E_PDFA")
