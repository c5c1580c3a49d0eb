"""What is corrected often is suggested; what could harm never is, however often it is corrected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dictation.domain.documents import Draft, DraftSection, LetterType, SectionKind
from dictation.learning import TIMES, Corrected, braked, changes, suggestions
from dictation.structure import is_drug
from dictation.structure.lexicon import rows


def letter(name: str, before: str, after: str) -> Corrected:
    first, last = (
        Draft(LetterType.CONSULTATION, (DraftSection(SectionKind.COURSE, "Évolution", text),))
        for text in (before, after)
    )
    return Corrected(name, first, last)


def corrected(before: str, after: str, times: int = TIMES) -> list[Corrected]:
    said = "Le patient a eu une {} sans difficulté. Il va bien."
    return [letter(f"{n}", said.format(before), said.format(after)) for n in range(times)]


def test_a_word_corrected_three_times_in_several_letters_is_suggested_with_where() -> None:
    letters = [*corrected("ouréthroscopie", "urétéroscopie"), letter("9", "Une ouréthroscopie.", "Une ouréthroscopie.")]
    [one] = suggestions(letters, is_drug=is_drug)
    assert (one.before, one.after, one.times, one.letters) == ("ouréthroscopie", "urétéroscopie", 3, 3)
    assert one.kept == 1  # once it was left as it was: a person should know
    assert tuple(change.sentence for change in one.examples) == ("Le patient a eu une urétéroscopie sans difficulté.",)
    assert suggestions(letters, is_drug=is_drug, answered=[one.key]) == []


def test_twice_or_in_one_letter_alone_is_not_enough() -> None:
    assert suggestions(corrected("ouréthroscopie", "urétéroscopie", 2), is_drug=is_drug) == []
    text = "Une {0}. Puis une {0}. Encore une {0}."
    one = letter("1", text.format("ouréthroscopie"), text.format("urétéroscopie"))
    assert suggestions([one], is_drug=is_drug) == []


def test_words_added_or_taken_out_teach_nothing() -> None:
    assert changes(*_drafts("Suites simples.", "Suites opératoires simples.")) == []
    assert changes(*_drafts("Suites très simples.", "Suites simples.")) == []


def _drafts(before: str, after: str) -> tuple[Draft, Draft]:
    one = letter("1", before, after)
    return one.first, one.last


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("5 mg", "50 mg"), ("cinq", "quinze"), ("milligrammes", "grammes"), ("droite", "gauche"), ("pas de", "une"),
        ("sans", "avec"), ("matin", "soir"), ("bisoprolol", "bisacodyl"), ("latérale droit", "latérale gauche"),
        ("hypotension", "hypertension"), ("négatif", "positif"), ("jour", "mois"), ("metformine", "fer"),
    ],
)  # fmt: skip
def test_never_across_a_dose_a_side_a_negation_or_two_drugs(before: str, after: str) -> None:
    assert braked(before, after, is_drug) is not None
    assert suggestions(corrected(before, after, 9), is_drug=is_drug) == []


def test_the_spelling_of_one_drug_may_be_learnt() -> None:
    assert braked("kardegic", "Kardégic", is_drug) is None
    assert braked("lovenocs", "Lovenox", is_drug) is None  # heard as no drug at all


GRAVE = st.sampled_from(["droite", "gauche", "pas", "sans", "mg", "10", "2,5", "aucun", "fois", "deux", "bilatérale"])
WORDS = st.lists(st.sampled_from(["voie", "abord", "lame", "Redon", "drain", "plaie"]), max_size=2)


@given(GRAVE, WORDS, WORDS, st.booleans(), st.sampled_from(rows("drugs")))
def test_a_grave_word_on_either_side_always_brakes(
    grave: str, some: list[str], others: list[str], first: bool, drug: tuple[str, ...]
) -> None:
    touched = " ".join([*some, grave])
    pair = (touched, " ".join(others) or "lame") if first else (" ".join(others) or "lame", touched)
    assert braked(*pair, is_drug) is not None
    assert braked(drug[0], "autre", is_drug) is not None  # a known drug is never learnt away
