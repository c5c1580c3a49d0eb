"""Whatever a secretary does to the text, a word she kept still plays its own sound."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dictation.anchors import Answer, Kept, align, changes, tokens_of, words_of
from dictation.domain.documents import Draft, DraftSection, SectionKind
from dictation.draft import write
from dictation.structure import structure
from tests.structure.spoken import transcript_of

CASES = Path(__file__).parents[1] / "cases"


def made(text: str):
    transcript = transcript_of(text)
    report = structure(transcript)
    return write(report, None, None, transcript), report, transcript


@pytest.fixture(scope="module")
def case():
    draft, report, transcript = made((CASES / "01-consultation-urologie" / "spoken.txt").read_text(encoding="utf-8"))
    return draft, tokens_of(draft, report, transcript)


def spans(tokens, sections) -> list[list[tuple[str, object]]]:
    """(word, its sound) of every word of every section."""
    return [
        [(section.text[a.first : a.last], a.span if a.kept is Kept.KEPT else None) for a in anchors]
        for section, anchors in zip(sections, align(tokens, sections), strict=True)
    ]


def test_every_word_of_an_untouched_draft_has_its_sound(case):
    draft, tokens = case
    words = [pair for section in spans(tokens, draft.sections) for pair in section]
    assert sum(span is not None for _, span in words) / len(words) > 0.97


def test_a_figure_keeps_the_sound_of_the_words_it_was_said_in():
    draft, report, transcript = made("bonjour point la dose est de vingt trois milligrammes le matin point")
    tokens = tokens_of(draft, report, transcript)
    [figure] = [token for token in tokens if token.text == "23"]
    said = [word for word in transcript.words if word.text in {"vingt", "trois"}]
    assert figure.span is not None
    assert figure.span.start <= said[0].start
    assert figure.span.end >= said[-1].end


def test_kept_words_keep_their_sound_after_thirty_edits(case):
    draft, tokens = case
    before = spans(tokens, draft.sections)
    dice = random.Random(4)
    sections = list(draft.sections)
    for _ in range(30):
        at = dice.randrange(len(sections))
        text = sections[at].text
        words = words_of(text)
        word, first, last = dice.choice(words)
        edited = text[:first] + dice.choice(["", "xyloglosse", word + " " + word[::-1]]) + text[last:]
        sections[at] = replace(sections[at], text=edited)
    after = spans(tokens, sections)
    known = {pair for section in before for pair in section}
    wrong = [pair for section in after for pair in section if pair[1] is not None and pair not in known]
    assert wrong == []
    assert sum(span is not None for section in after for _, span in section) > 0.8 * len(known)


def test_a_sentence_moved_to_another_section_keeps_its_sound(case):
    draft, tokens = case
    one, other = draft.sections[1], draft.sections[3]
    sentence = one.text.split(".")[0] + "."
    sections = list(draft.sections)
    sections[1] = replace(one, text=one.text.removeprefix(sentence).strip())
    sections[3] = replace(other, text=f"{other.text} {sentence}")
    moved = spans(tokens, sections)[3][-len(words_of(sentence)) :]
    assert moved == spans(tokens, draft.sections)[1][: len(moved)]
    assert [change for change in changes(tokens, sections) if change.by_a_person] == []


def test_words_nobody_said_are_told_with_the_sound_around_them(case):
    draft, tokens = case
    text = draft.sections[1].text
    first = text.index(" ") + 1
    sections = [
        replace(s, text=text[:first] + "le 12 avril " + text[first:]) if s.text == text else s for s in draft.sections
    ]
    [change] = [change for change in changes(tokens, sections) if change.by_a_person]
    assert (change.before, change.after) == ("", "le 12 avril")
    assert change.span is not None


def test_a_dose_corrected_by_a_person_is_told_with_what_was_heard(case):
    draft, tokens = case
    sections = [replace(s, text=s.text.replace("2012", "2021")) for s in draft.sections]
    [change] = [change for change in changes(tokens, sections) if change.by_a_person]
    assert (change.before, change.after) == ("2012", "2021")


def test_a_section_that_was_deleted_is_told_as_gone(case):
    draft, tokens = case
    told = [change for change in changes(tokens, draft.sections[1:]) if change.by_a_person]
    assert told
    assert all(change.after == "" and change.section == -1 for change in told)


def test_no_report_no_anchor_but_a_text_all_the_same():
    from dictation.domain.documents import LetterType, Report

    draft = Draft(LetterType.CONSULTATION, (DraftSection(SectionKind.REASON, "Motif", "Toux depuis 3 jours."),))
    tokens = tokens_of(draft, Report(()), transcript_of(""))
    assert [anchor.kept for anchor in align(tokens, draft.sections)[0]] == [Kept.ADDED] * 4


def test_aligning_a_long_letter_is_done_between_two_keys(case):
    draft, tokens = case
    sections = [replace(s, text=s.text.replace(" de ", " du ")) for s in draft.sections]
    began = time.thread_time()
    align(tokens, sections)
    assert time.thread_time() - began < 0.1


def test_words_taken_from_an_answer_are_told_as_such_and_not_as_never_dictated():
    draft, report, transcript = made("motif deux points contrôle à six mois d'une prothèse de hanche droite point")
    tokens = tokens_of(draft, report, transcript)
    [section] = draft.sections
    text = section.text.replace("mois", "semaines") + " La cicatrice est propre. Suite."
    answers = (Answer(7, "6 semaines."), Answer(8, "La cicatrice est propre", section.kind))
    after = (replace(section, text=text),)
    [anchors] = align(tokens, after, answers)
    taken = {text[a.first : a.last]: (a.answer, a.span) for a in anchors if a.kept is Kept.ANSWERED}
    assert {word: answer for word, (answer, _) in taken.items()} == {
        "semaines": 7, "La": 8, "cicatrice": 8, "est": 8, "propre": 8,
    }  # fmt: skip
    assert taken["semaines"][1] is not None  # what it replaced can still be heard
    assert taken["cicatrice"][1] is None
    told = [(one.before, one.after, one.answer) for one in changes(tokens, after, answers) if one.by_a_person]
    assert told == [("mois", "semaines", 7), ("", "La cicatrice est propre", 8), ("", "Suite", 0)]


def test_a_word_that_happens_to_be_in_an_answer_comes_from_nobody():
    draft, report, transcript = made("motif deux points toux depuis mardi point")
    [section] = draft.sections
    tokens = tokens_of(draft, report, transcript)
    after = (replace(section, text="Toux sèche depuis mardi, droite."),)
    elsewhere = (Answer(1, "La toux est sèche et grasse"), Answer(2, "Droite", SectionKind.PLAN))
    [anchors] = align(tokens, after, elsewhere)
    assert Kept.ANSWERED not in {anchor.kept for anchor in anchors}
