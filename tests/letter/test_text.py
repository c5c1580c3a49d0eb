"""What the draft says is what the paper says: all of it, literally, in reading order."""

from __future__ import annotations

import dataclasses
import time
from datetime import date

import pypdfium2
import pytest

from dictation.domain.documents import Draft, DraftSection, LetterType, SectionKind
from dictation.domain.people import Addressee, Author, Patient, Sex
from dictation.draft.headings import HEADINGS
from dictation.errors import SENTENCES, NeedsAPerson
from dictation.letter import text_of
from dictation.letter.sample import ADDRESSEE, AUTHOR, SIDECAR, sample_draft
from tests.letter.paper import flat, one_section, words_of


@pytest.mark.parametrize("letter_type", list(LetterType))
def test_every_word_of_the_draft_is_on_paper_in_order(letters, letter_type):
    paper = words_of(letters[letter_type].pdf)
    place = 0
    for section in sample_draft(letter_type).sections:
        for line in (section.title, *section.text.splitlines()):
            place = paper.index(flat(line), place)  # ValueError when absent, or before what it should follow


def test_a_long_letter_loses_nothing_between_its_pages(long_letter, long_draft):
    assert long_letter.pages == 3
    bodies = []  # each page without its running head and foot, so that a sentence goes on over the break
    for number, page in enumerate(text_of(long_letter.pdf)):
        lines = page.splitlines()
        foot = next(i for i in range(len(lines) - 1, 0, -1) if lines[i].startswith("PAT-TROIS"))
        bodies += [line for line in lines[:foot] if number == 0 or not line.startswith("Centre hospitalier")]
    paper = flat(" ".join(bodies))
    for section in long_draft.sections:
        assert flat(section.text) in paper, section.kind


def test_a_written_hyphen_stays_and_a_hyphenation_goes(print_draft):
    # Words of growing length put both kinds of hyphen at the end of some line.
    text = " ".join(f"{'x' * n} sous-cutanée anticoagulation" for n in range(1, 25))
    letter = print_draft(one_section(text))
    assert flat(text) in words_of(letter.pdf)
    raw = pypdfium2.PdfDocument(letter.pdf)[0].get_textpage().get_text_range()
    assert "\u2010" in raw and "\ufffe" in raw  # both did happen


@pytest.mark.parametrize("letter_type", list(LetterType))
def test_no_kind_of_section_is_ever_left_out_and_the_order_is_the_drafts(print_draft, letter_type):
    middle = [kind for kind in reversed(SectionKind) if kind not in {SectionKind.OPENING, SectionKind.CLOSING}]
    kinds = [SectionKind.OPENING, *middle, SectionKind.CLOSING]
    draft = Draft(letter_type, tuple(DraftSection(kind, "", f"Texte {kind.name}.") for kind in kinds))
    paper = words_of(print_draft(draft).pdf)
    places = [paper.index(f"Texte {kind.name}.") for kind in kinds]
    assert places == sorted(places)


def test_the_discharge_letter_keeps_the_order_of_the_law():
    # CSP R.1112-1-2: 2° reason, 3° course of the stay, 4° treatment at discharge, 5° pending results, 6° what follows.
    legal = ["reason", "course", "discharge_treatment", "pending", "plan"]
    drafted = [heading.kind.value for heading in HEADINGS[LetterType.DISCHARGE]]
    assert [kind for kind in drafted if kind in legal] == legal


HOSTILE = [
    "{{7*7}}",
    "{% for x in range(10**9) %}{{ x }}{% endfor %}",
    "{# un commentaire #}",
    "{{ ''.__class__.__mro__ }}",
    "<script>alert(1)</script>",
    "<img src=file:///etc/passwd>",
    '<img src="http://127.0.0.1:9/pixel.png">',
    "</p><link rel=attachment href=file:///etc/passwd>",
    "<style>@import url(file:///etc/passwd);</style>",
    "&lt;b&gt;&amp;&#65;&nbsp;x",
    "]]> <!-- fin --> <?xml version='1.0'?>",
    "</body></html>",
    "url(javascript:alert(1))",
    "%PDF-1.4 /JavaScript (x) Tj",
    "\\u0041 \\n \\x41",
]


def test_dictated_markup_comes_out_literally(print_draft):
    letter = print_draft(one_section("\n".join(HOSTILE), title="{{ 6*7 }} <b>titre</b>"))
    paper = words_of(letter.pdf)
    for line in (*HOSTILE, "{{ 6*7 }} <b>titre</b>"):
        assert flat(line) in paper, line
    assert "49" not in paper.replace("2026-000142", "")
    assert b"root:" not in letter.pdf


def test_markup_in_names_comes_out_literally(print_draft):
    addressee = Addressee("<b>{{7*7}}</b>", address=("1, rue <i>du Pré</i>", "69000 {{ letter_id }}"))
    author = dataclasses.replace(AUTHOR, service="<img src=x> & Cie")
    letter = print_draft(one_section("Rien."), sidecar=dataclasses.replace(SIDECAR, addressee=addressee), author=author)
    paper = words_of(letter.pdf)
    for text in ("<B>{{7*7}}</B>", "1, rue <i>du Pré</i>", "69000 {{ letter_id }}", "<img src=x> & Cie"):
        assert text in paper, text


PRINTED = {
    "greek and signs": "α β µg ≥ 5 ≤ 10 ± 2 → 37,5 °C 10⁹/l m² ½ ‰ Ω Δ",
    "tick boxes": "☐ ☑ ✓ ♀ ♂",
    "other alphabets": "Łukasz Dvořák Şahin Ångström Пётр",
    "arabic": "بخير",
    "accents in two code points": "e\u0301le\u0301vation du bras",
    "a tab": "dose\t5 mg",
}


@pytest.mark.parametrize("name", PRINTED)
def test_what_a_clinician_may_write_is_printed(print_draft, name):
    import unicodedata

    paper = unicodedata.normalize("NFKC", words_of(print_draft(one_section(PRINTED[name])).pdf))
    for word in unicodedata.normalize("NFKC", PRINTED[name]).split():
        assert word in paper or word[::-1] in paper, word  # right to left, a reader may get the order of the page


def test_what_nobody_sees_is_dropped(print_draft):
    assert "paracétamol" in words_of(print_draft(one_section("para\u00adcé\u200bta\u2060mol\ufeff")).pdf)


REFUSED = {
    "a bell": ("a\x07b", "E_LETTER_TEXT"),
    "a null": ("a\x00b", "E_LETTER_TEXT"),
    "half of a pair": ("a\ud800b", "E_LETTER_TEXT"),
    "text turned around": ("dose \u202e5,0 mg", "E_LETTER_TEXT"),
    "an emoji": ("bien 😀", "E_LETTER_TEXT"),
    "an emoji of the first plane": ("à 8 h ⌚", "E_LETTER_TEXT"),
    "a sign turned into a picture": ("\u2611\ufe0f", "E_LETTER_TEXT"),
    "a script without a font": ("病", "E_LETTER_TEXT"),
    "private use": ("\ue000", "E_LETTER_TEXT"),
    "a megabyte": ("mot " * 250_000, "E_LETTER_TOO_LONG"),
    "five thousand lines": ("mot\n" * 5_000, "E_LETTER_TOO_LONG"),
    "a word of 100 kB": ("x" * 100_000, "E_LETTER_TOO_LONG"),
    "many giant words": (("x" * 60 + " ") * 500, "E_LETTER_TOO_LONG"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_printed_is_refused_with_its_reason_and_without_its_words(print_draft, name):
    text, code = REFUSED[name]
    started = time.process_time()
    with pytest.raises(NeedsAPerson) as refusal:
        print_draft(one_section(f"Confidentiel. {text}"))
    assert refusal.value.code == code
    assert code in SENTENCES
    assert "2026-000142" in str(refusal.value)
    assert "Confidentiel" not in str(refusal.value)
    assert time.process_time() - started < 5  # seconds of this processor, whatever else the machine does


def test_the_longest_text_we_take_is_printed_in_bounded_time(print_draft):
    started = time.process_time()
    letter = print_draft(one_section("x" * 900 + " " + "Le patient va bien. " * 2_900))
    assert time.process_time() - started < 30
    assert letter.pages > 10
    assert words_of(letter.pdf).count("x") >= 900


def test_a_dictated_greeting_is_printed_once_and_wins(letters):
    paper = words_of(letters[LetterType.CONSULTATION].pdf)
    assert paper.count("Cher confrère,") == 1


def test_a_letter_without_greeting_and_closing_gets_them_from_its_template(print_draft):
    doctor = dataclasses.replace(ADDRESSEE, title="Docteure")
    letter = print_draft(one_section("Rien."), sidecar=dataclasses.replace(SIDECAR, addressee=doctor))
    paper = words_of(letter.pdf)
    assert paper.index("Chère consœur,") < paper.index("Rien.") < paper.index("Bien confraternellement.")


def test_an_operative_report_neither_greets_nor_closes_by_itself(letters):
    paper = words_of(letters[LetterType.OPERATION].pdf)
    assert "confrère" not in paper
    assert "confraternel" not in paper
    assert "Compte rendu validé et signé électroniquement par" in paper


def test_dates_of_the_stay_come_from_the_sidecar(letters, print_draft):
    assert "Hospitalisation du 5 au 7 novembre 2026" in words_of(letters[LetterType.DISCHARGE].pdf)
    assert "Consultation du 5 novembre 2026" in words_of(letters[LetterType.CONSULTATION].pdf)
    undated = dataclasses.replace(SIDECAR, admission_date=None, discharge_date=None)
    paper = words_of(print_draft(sample_draft(LetterType.DISCHARGE), sidecar=undated).pdf)
    assert "Hospitalisation" not in paper.replace("Motif d'hospitalisation", "")


@pytest.mark.parametrize(
    ("sex", "born", "word"),
    [
        (Sex.MALE, "né le", "masculin"),
        (Sex.FEMALE, "née le", "féminin"),
        (Sex.UNKNOWN, "né(e) le", "non précisé"),
    ],
)
def test_the_patient_is_born_in_the_right_gender(print_draft, sex, born, word):
    patient = Patient("Pat-Un", "Camille", date(1954, 3, 1), sex, hospital_number="0042")
    letter = print_draft(one_section("Rien."), sidecar=dataclasses.replace(SIDECAR, patient=patient))
    paper = words_of(letter.pdf)
    assert f"Concerne : PAT-UN Camille, {born} 1er mars 1954, sexe {word}" in paper
    assert "IPP : 0042" in paper
    assert "INS" not in paper.replace("FINESS", "")


def test_an_ipp_that_says_so_itself_is_not_called_ipp_twice(print_draft):
    patient = dataclasses.replace(SIDECAR.patient, hospital_number="IPP0020335")
    paper = words_of(print_draft(one_section("Rien."), sidecar=dataclasses.replace(SIDECAR, patient=patient)).pdf)
    assert paper.count("· IPP0020335") == 2


def test_the_ins_is_printed_with_its_nature(letters):
    paper = words_of(letters[LetterType.DISCHARGE].pdf)
    assert "INS : 2 79 03 51 215 189 89 (NIR de test) · IPP : 00482913" in paper


def test_a_substitute_signs_in_his_own_name(print_draft):
    substitute = Author("10101010102", "Bernard", "Paul")
    letter = print_draft(one_section("Rien."), signatory=substitute)
    paper = words_of(letter.pdf)
    assert "pour le Docteur Claire MARTIN, qui a dicté" in paper
    assert "signée électroniquement par le Docteur Paul BERNARD (RPPS 10101010102), le 7 novembre 2026" in paper
    assert letter.signatory == "10101010102"


def test_a_letter_about_nobody_cannot_be_signed(print_draft):
    nobody = dataclasses.replace(SIDECAR, patient=None)
    with pytest.raises(NeedsAPerson) as refusal:
        print_draft(one_section("Rien."), sidecar=nobody)
    assert refusal.value.code == "E_PATIENT_MISSING"
    proof = print_draft(one_section("Rien."), sidecar=nobody, signatory=None)
    assert "patient à identifier avant signature" in words_of(proof.pdf)
