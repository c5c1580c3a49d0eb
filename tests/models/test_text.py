"""The training text of the checkpoint: what it may hold, what it must hold, how it is spelled."""

from __future__ import annotations

import random
import re

import pytest

from models.recipe.measures import drug_dose_art, number, quantity, spelled
from models.recipe.text import CASES, LONGEST_SHARED, Grammar, held_out_sentences


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return Grammar()


def test_a_sentence_of_a_sample_never_enters_the_training_text(grammar: Grammar) -> None:
    dice, sentences = random.Random(7), held_out_sentences(CASES)
    assert len(sentences) > 40
    assert all(len(sentence.split()) > LONGEST_SHARED for sentence in sentences)
    text = "\n".join(grammar.line(dice) for _ in range(4000))
    assert [sentence for sentence in sentences if sentence in text] == []


def test_the_grammar_knows_every_word_the_samples_use(grammar: Grammar) -> None:
    known = {part for word in grammar.words for part in re.split(r"[-\s]", word)}
    said = {word for path in CASES.glob("*/spoken.txt") for word in re.split(r"[-\s]", path.read_text("utf-8")) if word}
    assert said - known == set()


def test_every_rule_of_the_grammar_can_be_reached_and_filled(grammar: Grammar) -> None:
    asked = set(
        re.findall(r"<([a-z_]+)", " ".join(part for rule in [*grammar.rules.values(), *grammar.lines] for part in rule))
    )
    assert set(grammar.rules) - asked == set()
    dice = random.Random(3)
    assert not [line for _ in range(500) if re.search(r"[<>()|]|  ", line := grammar.line(dice))]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "zéro"),
        (17, "dix-sept"),
        (21, "vingt et un"),
        (71, "soixante et onze"),
        (80, "quatre-vingts"),
        (81, "quatre-vingt-un"),
        (92, "quatre-vingt-douze"),
        (200, "deux cents"),
        (250, "deux cent cinquante"),
        (1954, "mille neuf cent cinquante-quatre"),
        (2026, "deux mille vingt-six"),
        (4000, "quatre mille"),
        (80_000, "quatre-vingt mille"),
        (200_000, "deux cent mille"),
    ],
)
def test_numbers_are_spelled_as_in_french(value: int, words: str) -> None:
    assert number(value) == words


def test_a_unit_below_two_stays_singular() -> None:
    dice = random.Random(1)
    amounts = {quantity(dice) for _ in range(600)}
    small = {a for a in amounts if re.match(r"(un|zéro) ", a)}
    assert small
    assert not {a for a in small if a.endswith("s")}
    assert all(a.endswith("s") for a in amounts - small)


def test_the_article_of_a_drug_agrees_with_it() -> None:
    dice = random.Random(2)
    said = {" ".join(drug_dose_art(dice).split()[:3]) for _ in range(600)}
    assert any(phrase.startswith("de la tamsulosine") for phrase in said)
    assert any(phrase.startswith("du paracétamol") for phrase in said)
    assert any(phrase.startswith("de l'amlodipine") for phrase in said)
    assert not {
        phrase for phrase in said if re.match(r"de l'|du [aeiouéè]", phrase) and not re.match(r"de l'[aeiouéè]", phrase)
    }


def test_a_spelled_name_gives_each_letter_its_own_first_name() -> None:
    dice = random.Random(4)
    for _ in range(50):
        words = spelled(dice).replace(" virgule", "").split()
        assert [w[0] for w in words[2::3]] == words[0::3]
