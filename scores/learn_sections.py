"""`python -m scores.learn_sections [--folds N]`: learn how sentences tell their section, from the letters we wrote.

Letters with their sections in (scores/sets/letters/dev, tests/structure/letters), patterns/section_weights.tsv and
letter_weights.tsv out, of one model (section_chain.py) over the features of sections_features.py, the rules of
sections_rules.py and the kind of letter. With --folds nothing is written: each N-th of the letters is read with what
the others teach, and the share of its sentences in their section is printed.
"""

from __future__ import annotations

import argparse
import difflib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from dictation.domain.documents import LetterType, SectionKind, Sidecar
from dictation.structure import sections_letter, sections_model
from dictation.structure.asides import take_asides
from dictation.structure.lexicon import PATTERNS, fold
from dictation.structure.order import by_hand, most_likely
from dictation.structure.sections import headed, opened, spoken_type
from dictation.structure.sections_rules import in_letter, said_by
from dictation.structure.sentences import Line, cut
from dictation.structure.written import write_words
from scores import section_chain
from scores.section_chain import Floats, Numbers

ROOT = Path(__file__).resolve().parents[1]
DEV, TESTS = ROOT / "scores" / "sets" / "letters" / "dev", ROOT / "tests" / "structure" / "letters"
HEAD = "# By `python -m scores.learn_sections`, not by hand: feature\twhat it speaks for (above 0) or against\n"
KINDS = list(SectionKind)
BUILDS = [kind for kind in LetterType if sections_letter.built_as(kind) is kind]
LETTERS = 2  # a feature of fewer letters teaches nothing
SMALL, SMALL_OF_LETTERS = 0.05, 0.02  # weights below are left out
NEAR = 0.8  # likeness of a sentence and its gold: some numbers may be written otherwise


@dataclass(frozen=True, slots=True)
class Letter:
    name: str
    lines: list[Line]
    titles: list[SectionKind | None]
    bare: list[bool]  # a title alone on its line
    wanted: list[SectionKind | None]  # the section of each line; None: not told, or a title alone

    @property
    def kind(self) -> LetterType:
        """The kind of letter its name says, as what it is built."""
        told = next(kind for kind in LetterType if kind.value in self.name.split("-"))
        return sections_letter.built_as(told)

    def seen(self) -> Seen:
        """Its sentences whose section is told, as the model sees them."""
        said = [n for n, alone in enumerate(self.bare) if not alone]
        told = [(place, n) for place, n in enumerate(said) if self.wanted[n]]
        rules = said_by(self.lines)
        weighed = [in_letter(self.lines, rules, kind) for kind in BUILDS]
        return Seen(
            [sections_model.placed(self.lines[n], place, len(said)) for place, n in told],
            np.array([[[fits[n].fit.get(k, 0.0) for k in KINDS] for fits in weighed] for _, n in told]),
            np.array([sections_model.THIRDS * place // len(said) for place, _ in told]),
            np.array([KINDS.index(kind) for kind in self.wanted if kind]),
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """The sentences of a letter whose section is told."""

    features: list[list[str]]
    rules: Floats  # sentence x kind of letter x section
    parts: Numbers  # the third of the letter where each stands
    sections: Numbers


def letters() -> list[Letter]:
    """The development letters: dictations with their gold, and marked text (« section | what is said »)."""
    found = []
    for gold in sorted(DEV.glob("*/gold.json")):
        told = json.loads(gold.read_text(encoding="utf-8"))
        words = (gold.parent / "spoken.txt").read_text(encoding="utf-8").split()
        kinds = {_bare(text): SectionKind(kind) for text, kind in told["sentences"]}
        day = told.get("visit_date")
        sidecar = Sidecar(author="", visit_date=date.fromisoformat(day)) if day else None
        found.append(_letter(gold.parent.name, words, sidecar, lambda line, kinds=kinds: _near(line, kinds)))
    for path in sorted([*DEV.glob("*.txt"), *TESTS.glob("*.txt")]):
        pairs = [line.split("|") for line in path.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
        owner = [SectionKind(kind.strip("? ")) for kind, said in pairs for _ in f"{said} point".split()]
        words = [word for _, said in pairs for word in f"{said} point".split()]
        found.append(_letter(path.stem, words, None, lambda line, owner=owner: owner[line.tokens[0].first]))
    return found


def _letter(
    name: str, words: list[str], sidecar: Sidecar | None, kind_of: Callable[[Line], SectionKind | None]
) -> Letter:
    sheet = write_words(words, sidecar)
    take_asides(sheet)
    lines, titles = headed(cut(sheet.tokens))
    bare = [title is not None and not title[2] for title in titles]
    lines = [opened(line, title[2]) if title and title[2] else line for line, title in zip(lines, titles, strict=True)]
    wanted = [None if alone else kind_of(line) for line, alone in zip(lines, bare, strict=True)]
    return Letter(name, lines, [title[0] if title else None for title in titles], bare, wanted)


def _bare(text: str) -> str:
    return "".join(c for c in fold(text) if c.isalnum())


def _near(line: Line, kinds: dict[str, SectionKind]) -> SectionKind | None:
    near = difflib.get_close_matches(_bare(line.text), kinds, n=1, cutoff=NEAR)
    return kinds[near[0]] if near else None


def learn(given: Sequence[Letter]) -> tuple[sections_model.Weights, sections_letter.Weights]:
    """The weights that make kind and sections of these letters likeliest, small ones left out."""
    seen = [letter.seen() for letter in given]
    names, at = _known({feature for features in letter.features for feature in features} for letter in seen)
    words, word_at = _known([sections_letter.shown(letter.lines) for letter in given], always=[sections_letter.ALWAYS])
    sentences = [features for letter in seen for features in letter.features]
    cells = [(row, at[f]) for row, features in enumerate(sentences) for f in features if f in at]
    shown = np.zeros((len(given), len(words)))
    for row, letter in enumerate(given):
        known = [word_at[f] for f in sections_letter.shown(letter.lines) if f in word_at]
        shown[row, known] = sections_letter.share(len(known))
    shown[:, 0] = 1
    found = section_chain.learn(
        section_chain.Given(
            cells=np.array(cells),
            features=len(names),
            rules=np.concatenate([letter.rules for letter in seen]),
            parts=np.concatenate([letter.parts for letter in seen]),
            sections=[letter.sections for letter in seen],
            shown=shown,
            kinds=np.array([BUILDS.index(letter.kind) for letter in given]),
            by_hand=np.array([[by_hand(before, after) for after in KINDS] for before in KINDS]),
        )
    )
    return _of_sections(names, found), _of_letters(words, found)


def _known(letters: Iterable[set[str]], always: Sequence[str] = ()) -> tuple[list[str], dict[str, int]]:
    """The features of letters that are seen often enough to teach, and the place of each."""
    counted = Counter(feature for features in letters for feature in features)
    names = [*always, *sorted(feature for feature, n in counted.items() if n >= LETTERS)]
    return names, {name: n for n, name in enumerate(names)}


def _of_sections(names: list[str], found: section_chain.Learned) -> sections_model.Weights:
    told = {name: _told(row) for name, row in zip(names, found.features, strict=True)}
    told |= {f"after {kind.value}": _told(row) for kind, row in zip(KINDS, found.after, strict=True)}
    told |= {f"rule {kind.value}": _told(row) for kind, row in zip(KINDS, found.rules, strict=True)}
    for built, parts in zip(BUILDS, found.parts, strict=True):
        told |= {f"letter {built.value} {part}": _told(row) for part, row in enumerate(parts[:-1])}
        told[f"letter {built.value}"] = _told(parts[-1])
    return {name: row for name, row in told.items() if row}


def _of_letters(words: list[str], found: section_chain.Learned) -> sections_letter.Weights:
    rows = {
        word: tuple(
            (kind, round(float(w), 2)) for kind, w in zip(BUILDS, row, strict=True) if abs(w) >= SMALL_OF_LETTERS
        )
        for word, row in zip(words, found.shown, strict=True)
    }
    return {word: row for word, row in rows.items() if row}


def _told(row: Floats) -> tuple[tuple[SectionKind, float], ...]:
    return tuple((k, round(float(w), 2)) for k, w in zip(KINDS, row, strict=True) if abs(w) >= SMALL)


def folded(given: list[Letter], folds: int) -> Iterator[tuple[str, int, int]]:
    """For each letter, read with what the letters of the other folds teach: its name, sentences right, sentences."""
    for part in range(folds):
        others = [letter for n, letter in enumerate(given) if n % folds != part]
        of_sections, of_letters = learn(others)
        sections_model.use(of_sections)
        sections_letter.use(of_letters)
        for letter in given[part::folds]:
            spoken = spoken_type([line.text for line in letter.lines[:2]])
            got = most_likely(letter.lines, letter.titles, letter.bare, spoken)
            told = [(g, w) for g, w in zip(got, letter.wanted, strict=True) if w]
            yield letter.name, sum(g is w for g, w in told), len(told)


def _written(name: str, weights: sections_model.Weights | sections_letter.Weights) -> None:
    lines = [
        f"{f}\t{', '.join(f'{kind.value} {weight:.2f}' for kind, weight in weights[f])}\n" for f in sorted(weights)
    ]
    (PATTERNS / f"{name}.tsv").write_text(HEAD + "".join(lines), encoding="utf-8")
    print(f"{name}.tsv: {len(lines)} features")


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--folds", type=int, default=0, metavar="N", help="measure on letters left out; write nothing")
    a = p.parse_args()
    given = letters()
    if a.folds:
        results = sorted(folded(given, a.folds))
        for name, right, asked in results:
            print(f"{name}\t{right}\t{asked}")
        print(f"all\t{sum(r for _, r, _ in results) / sum(n for _, _, n in results):.3f}")
        return
    of_sections, of_letters = learn(given)
    _written("section_weights", of_sections)
    _written("letter_weights", of_letters)


if __name__ == "__main__":
    main()
