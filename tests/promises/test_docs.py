"""What the documents say is what the program does."""

import re
import tomllib
from html.parser import HTMLParser

from dictation import errors
from dictation.domain.documents import LetterType
from dictation.settings import Settings, read_settings


def keys_of(model, prefix=""):
    """Every setting as section.key, tables of authors and sites left out."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if hasattr(kind, "model_fields"):
            yield from keys_of(kind, f"{name}.")
        elif name not in {"authors", "sites", "home", "templates", "models"}:
            yield prefix + name, field.default


def test_the_example_file_names_every_setting_with_its_default(repository):
    text = (repository / "docs" / "dictation.example.toml").read_text(encoding="utf-8")
    given = tomllib.loads(text)
    for key, default in keys_of(Settings):
        section, name = key.split(".")
        if name in given[section]:
            value = given[section][name]
            assert (tuple(value) if isinstance(value, list) else value) == default, key
        else:
            assert re.search(rf"^# {name}\b", text, re.M), f"{key} is missing from the example"
            assert default is None, f"{key} has a default to show"


def test_the_example_file_is_accepted(repository, tmp_path):
    (tmp_path / "dictation.toml").write_bytes((repository / "docs" / "dictation.example.toml").read_bytes())
    settings = read_settings(tmp_path)
    assert settings.author("10100000016").last_name == "Fontaine"
    assert settings.site("principal").finess == "620000000"


def test_every_code_used_has_its_french_sentence(repository):
    sources = [*repository.glob("dictation/**/*.py"), *repository.glob("transcribe/**/*.py")]
    used = {
        code for path in sources for code in re.findall(r'"(E_[A-Z0-9_]*[A-Z0-9])"', path.read_text(encoding="utf-8"))
    }
    assert used <= set(errors.SENTENCES), used - set(errors.SENTENCES)


# No space before « : », « ; », « ! », « ? », one at which the line can break, or the typewriter's apostrophe.
MISPRINTED = r"(?<![\u00a0\u202f\s])[:;!?](?=\s|$)| [:;!?»]|« |'"


class Words(HTMLParser):
    """What a person reads of a template: text and the attributes that hold words; Jinja's own code is left out."""

    def __init__(self, template):
        super().__init__()
        self.sentences = []
        self.feed(re.sub(r"\{\{.*?\}\}", "0", re.sub(r"\{[%#].*?[%#]\}", "", template, flags=re.S), flags=re.S))

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name.startswith("data-") or name in {"title", "aria-label", "alt", "placeholder"}:
                self.handle_data(value or "")

    def handle_data(self, data):
        self.sentences.append(re.sub(r"[ \t\n]+", " ", data))


def test_pages_keep_french_typography(repository):
    read = 0
    for path in (repository / "templates" / "web").rglob("*.html"):
        for sentence in Words(path.read_text(encoding="utf-8")).sentences:
            read += bool(re.search(r"[a-zé]{3}", sentence))
            assert not re.search(MISPRINTED, sentence), f"{path.name}: {sentence}"
    assert read > 300


def test_french_sentences_keep_french_typography():
    for code, sentence in errors.SENTENCES.items():
        assert not re.search(MISPRINTED, sentence), code
        assert sentence.endswith((".", "!", "?")), code


def test_what_is_said_of_a_message_keeps_french_typography(repository):
    rules = (repository / "dictation" / "send" / "rules.tsv").read_text(encoding="utf-8").splitlines()
    said = [sentence for line in rules if line[:1] != "#" for sentence in line.split("\t")[2:]]
    assert len(said) > 200
    for sentence in said:
        assert not re.search(MISPRINTED, sentence), sentence


def test_every_letter_type_has_its_template_and_the_glossary_its_words(repository):
    for kind in LetterType:
        assert (repository / "templates" / "letter" / f"{kind.value}.html.j2").is_file()
    glossary = (repository / "docs" / "glossary.md").read_text(encoding="utf-8")
    for word in (
        "Dictation",
        "Recording",
        "Sidecar",
        "Transcript",
        "Report",
        "Draft",
        "Doubt",
        "Approval",
        "Clearance",
    ):
        assert f"`{word}`" in glossary
