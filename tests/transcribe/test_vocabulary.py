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


FILE = """# notre liste
tamsulosine

[Urologie]  # demandés par le service
RTUP

[Chirurgie viscérale]
Tamsulosine
"""


def test_each_service_has_its_own_words_and_is_told_the_hospitals_behind_them(vocabulary, tmp_path):
    file = tmp_path / "home" / "vocabulary.txt"
    file.parent.mkdir()
    file.write_text(FILE, "utf-8")
    assert vocabulary.terms() == ["tamsulosine"]
    assert vocabulary.services() == ["Urologie", "Chirurgie viscérale"]
    assert vocabulary.known_to("urologie") == ["RTUP", "tamsulosine"]
    assert vocabulary.known_to("Chirurgie viscérale") == ["Tamsulosine"]  # once, as the service writes it
    assert vocabulary.known_to("Orthopédie") == vocabulary.known_to("") == ["tamsulosine"]
    assert vocabulary.add(["JJ", "rtup"], "Urologie") == ["JJ"]
    assert vocabulary.add(["silodosine"]) == ["silodosine"]
    assert vocabulary.add(["arthroplastie"], "Orthopédie") == ["arthroplastie"]
    written = FILE.replace("tamsulosine\n\n[U", "tamsulosine\nsilodosine\n\n[U").replace("RTUP\n", "RTUP\nJJ\n")
    assert file.read_text("utf-8") == written + "\n[Orthopédie]\narthroplastie\n"


def test_a_first_word_of_a_service_leaves_room_for_the_hospitals(vocabulary, tmp_path):
    vocabulary.add(["JJ"], "Urologie")
    vocabulary.add(["tamsulosine"])
    assert (tmp_path / "home" / "vocabulary.txt").read_text("utf-8") == "tamsulosine\n[Urologie]\nJJ\n"
    assert vocabulary.known_to("Urologie") == ["JJ", "tamsulosine"]


@pytest.mark.parametrize("wrong", ["x" * (LONGEST + 1), "[Urologie]"])
def test_a_sentence_or_the_name_of_a_service_is_no_term(vocabulary, wrong):
    with pytest.raises(ValueError, match="1 terms"):
        vocabulary.add([wrong, "silodosine"])
    assert vocabulary.terms() == []


def test_the_prompt_stays_within_its_tokens_by_the_models_own_count():
    terms = [f"cholangiopancréatographie {i}" for i in range(200)]
    said = sentence("Compte rendu médical", terms, count=count)
    assert MAX_TOKENS - 20 < count(said) <= MAX_TOKENS
