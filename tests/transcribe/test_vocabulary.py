"""The words of a service: one a line, each once, ranked; they become a prompt counted with the real tokenizer."""

from __future__ import annotations

import pytest

from transcribe.prompt import MAX_TOKENS, sentence
from transcribe.tokens import count
from transcribe.vocabulary import LONGEST, Vocabulary


@pytest.fixture
def vocabulary(tmp_path):
    return Vocabulary(tmp_path / "home" / "vocabulary.txt")


def test_terms_are_kept_in_order_and_once(vocabulary):
    assert vocabulary.terms() == []
    assert vocabulary.add(["tamsulosine", " RTUP  bipolaire ", "", "Tamsulosine"]) == ["tamsulosine", "RTUP bipolaire"]
    assert vocabulary.add(["rtup bipolaire", "néphrostomie"]) == ["néphrostomie"]
    assert vocabulary.terms() == ["tamsulosine", "RTUP bipolaire", "néphrostomie"]


def test_what_people_wrote_in_the_file_stays(vocabulary, tmp_path):
    file = tmp_path / "home" / "vocabulary.txt"
    file.parent.mkdir()
    file.write_text("# urologie\ntamsulosine  # alphabloquant", "utf-8")
    assert vocabulary.terms() == ["tamsulosine"]
    vocabulary.add(["silodosine"])
    assert file.read_text("utf-8") == "# urologie\ntamsulosine  # alphabloquant\nsilodosine\n"
    assert [path.name for path in file.parent.iterdir()] == ["vocabulary.txt"]


def test_a_sentence_is_no_term(vocabulary):
    with pytest.raises(ValueError, match="1 terms"):
        vocabulary.add(["x" * (LONGEST + 1), "silodosine"])
    assert vocabulary.terms() == []


def test_the_prompt_stays_within_its_tokens_by_the_models_own_count():
    terms = [f"cholangiopancréatographie {i}" for i in range(200)]
    said = sentence("Compte rendu médical", terms, count=count)
    assert MAX_TOKENS - 20 < count(said) <= MAX_TOKENS
