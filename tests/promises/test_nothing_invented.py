"""Nothing that was not said stands in a letter: every word and figure of a draft comes from the words behind it.

Checked with our eyes closed to the rules: figures against text2num, words against words.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_to_num import alpha2digit

from dictation.domain.documents import Report, Sentence
from dictation.draft import HEADINGS, write
from dictation.structure import structure
from tests.structure.cases import folders, sidecar_of
from tests.structure.spoken import transcript_of
from transcribe.transcript import Transcript

# What a command or a unit said in words may be written as; letters spelled one by one may stand together.
WRITTEN_FOR = {
    "mg": "milligramme", "g": "gramme", "kg": "kilo", "µg": "microgramme", "ng": "nanogramme", "ml": "millilitre",
    "l": "litre", "cm": "centimètre", "mm": "millimètre", "m": "mètre", "ui": "unités", "µmol": "micromole",
    "mmol": "millimole", "min": "minute", "h": "heure", "er": "premier", "e": "ième", "x": "sur", "j": "j",
}  # fmt: skip
SMALL = re.compile(r"[^\W\d_]+")


def bare(text: str) -> str:
    text = text.casefold().replace("œ", "oe").replace("μ", "µ")
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def said_for(sentence: Sentence, transcript: Transcript) -> str:
    return " ".join(word.text for word in transcript.words[sentence.first_word : sentence.last_word + 1])


def invented_words(sentence: Sentence, transcript: Transcript) -> list[str]:
    said = bare(said_for(sentence, transcript))
    letters = re.sub(r"[^a-zµ]", "", said)
    spelled = "".join(re.findall(r"\b[a-z]\b", said))
    found = []
    for word in SMALL.findall(bare(sentence.text)):
        meaning = bare(WRITTEN_FOR.get(word, ""))
        if word in said or (meaning and meaning in said) or word in spelled or (len(word) > 3 and word in letters):
            continue
        found.append(word)
    return found


def invented_figures(sentence: Sentence, transcript: Transcript) -> list[str]:
    """The numbers written that no run of the words said reads as, by text2num."""
    words = said_for(sentence, transcript).replace("premier", "1").split()
    runs = {" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, min(len(words), i + 8) + 1)}
    said = {int(number) for run in runs for number in re.findall(r"\d+", alpha2digit(run, "fr", threshold=0))}
    return [number for number in re.findall(r"\d+", sentence.text.replace("\u202f", "")) if int(number) not in said]


def sentences_of(report: Report) -> list[Sentence]:
    return [sentence for section in report.sections for sentence in section.sentences]


@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_no_word_and_no_figure_of_a_case_is_invented(folder: Path) -> None:
    transcript = transcript_of((folder / "spoken.txt").read_text(encoding="utf-8"))
    for sentence in sentences_of(structure(transcript, sidecar_of(folder))):
        assert invented_words(sentence, transcript) == [], sentence.text
        assert invented_figures(sentence, transcript) == [], sentence.text


@pytest.mark.parametrize("folder", folders(), ids=lambda path: path.name)
def test_a_draft_holds_the_sentences_of_the_report_and_its_headings_only(folder: Path) -> None:
    transcript = transcript_of((folder / "spoken.txt").read_text(encoding="utf-8"))
    sidecar = sidecar_of(folder)
    report = structure(transcript, sidecar)
    draft = write(report, sidecar, sidecar.letter_type, transcript)
    printed = {heading.title for heading in HEADINGS[draft.letter_type]}
    dictated = {f"{section.title}\u00a0:" for section in report.sections if section.title}
    for section in draft.sections:
        assert section.title in printed
        rest = section.text
        for sentence in sentences_of(report):
            rest = rest.replace(sentence.text, "", 1)
        assert {line.strip() for line in rest.splitlines() if line.strip()} <= dictated


WORDS = str.split(
    "pas de fièvre point virgule deux points à la ligne genou droit gauche trois vingt cent mille "
    "milligrammes par jour paracétamol kardégic correction efface la dernière phrase monsieur martin "
    "docteur né le douze mars tension treize huit température trente-huit type j comme note à la "
    "secrétaire motif conclusion antécédents p s a"
)


@given(st.lists(st.sampled_from(WORDS), max_size=25))
@settings(deadline=None, max_examples=150)
def test_no_figure_is_invented_whatever_is_said(words: list[str]) -> None:
    transcript = transcript_of(" ".join(words))
    for sentence in sentences_of(structure(transcript)):
        assert sentence.span is not None
        assert invented_figures(sentence, transcript) == [], said_for(sentence, transcript)
