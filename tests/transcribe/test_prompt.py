"""A prompt is one short natural sentence, and its recitation is recognised."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from transcribe.prompt import ECHO_WORDS, MAX_TOKENS, echo, estimate, sentence


def test_terms_become_one_sentence():
    said = sentence("Compte rendu opératoire du docteur Martin", ["cholécystectomie", " trocart ", "", "trocart"])
    assert said == "Compte rendu opératoire du docteur Martin\u00a0: cholécystectomie, trocart."
    assert sentence("", ["trocart"]) == "trocart."
    assert sentence("Consultation", []) == "Consultation."
    assert sentence("", []) == ""


@given(subject=st.text(max_size=40), terms=st.lists(st.text(max_size=30), max_size=200))
def test_a_prompt_stays_within_its_budget_and_on_one_line(subject, terms):
    said = sentence(subject, terms)
    assert "\n" not in said
    assert estimate(said) <= MAX_TOKENS or said == sentence(subject, [])


def test_the_first_terms_win():
    said = sentence("Lettre", [f"terme{i}" for i in range(500)])
    assert "terme0" in said
    assert "terme499" not in said


def test_only_a_long_run_of_the_prompt_is_an_echo():
    prompt = "un deux trois quatre cinq six sept huit neuf dix"
    assert echo("bonjour un deux trois quatre cinq", prompt) == 0
    assert echo("bonjour Un, deux trois quatre cinq six !", prompt) == ECHO_WORDS
    assert echo("oui deux trois quatre cinq six sept huit neuf non", prompt) == 8
    assert echo("", prompt) == echo(prompt, "") == 0
