"""The training text: breath groups of French dictation drawn from `dictation.grammar`.

In: the grammar file and, to stay honest, the sample dictations of tests/cases. Out: lower-case lines, word by word,
spoken punctuation included, none of which holds a whole sentence of a sample. Touches nothing.
`python -m models.recipe.text 20` prints twenty lines.
"""

from __future__ import annotations

import random
import re
import sys
from functools import cache
from pathlib import Path

from models.recipe.measures import MEASURES

HERE = Path(__file__).resolve().parent
CASES = HERE.parents[1] / "tests" / "cases"
LONGEST_SHARED = 6  # words: a longer sentence of a sample never occurs in the training text
FREE_SHARE = 0.15  # lines of words in free order: the ear must not merely guess


class Grammar:
    """Rules of a grammar file; `line()` draws one breath group."""

    def __init__(self, path: Path = HERE / "dictation.grammar", samples: Path | None = CASES) -> None:
        self.rules: dict[str, list[str]] = {}
        self.lines: list[list[str]] = []
        self.weights: list[int] = []
        for row in path.read_text(encoding="utf-8").splitlines():
            if not row.strip() or row.startswith("#"):
                continue
            name, body = (part.strip() for part in row.split("=", 1))
            if name.startswith("line "):
                self.weights.append(int(name[5:]))
                self.lines.append(_alternatives(body))
            else:
                self.rules[name] = _alternatives(body)
        dice = random.Random(1)
        self.words = sorted({word for _ in range(20_000) for word in self._drawn(dice).split()})
        self.kept_out = held_out_sentences(samples) if samples else []

    def line(self, random: random.Random) -> str:
        """One line that holds no sentence of the sample dictations."""
        while True:
            text = self._free(random) if random.random() < FREE_SHARE else self._drawn(random)
            if text and not any(sentence in text for sentence in self.kept_out):
                return text

    def _drawn(self, random: random.Random) -> str:
        return _tidy(self._expand(random.choice(random.choices(self.lines, self.weights)[0]), random))

    def _free(self, random: random.Random) -> str:
        """Single words, rare ones as often as common ones, between pieces cut out of lines."""
        pieces: list[str] = []
        for _ in range(random.randint(2, 5)):
            if random.random() < 0.6:
                pieces.append(random.choice(self.words))
            else:
                words = self._drawn(random).split()
                start = random.randrange(len(words))
                pieces += words[start : start + random.randint(1, 4)]
        return " ".join(pieces)

    def _expand(self, text: str, random: random.Random) -> str:
        while (choice := re.search(r"\(([^()]*)\)", text)) is not None:
            chosen = random.choice(choice[1].split("|"))
            text = text[: choice.start()] + chosen + text[choice.end() :]

        def filled(slot: re.Match[str]) -> str:
            name, _, span = slot[1].partition(":")
            if name in MEASURES:
                return MEASURES[name](random, span)
            return self._expand(random.choice(self.rules[name]), random)

        return re.sub(r"<([^<>]+)>", filled, text)


def _alternatives(body: str) -> list[str]:
    """Split at the bars that stand outside parentheses."""
    parts, depth = [""], 0
    for sign in body:
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def _tidy(text: str) -> str:
    """One blank between words; de, que, le before a vowel lose theirs; no mark twice in a row."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"\b(d|qu)e ((?:[aeiouyéèêœh](?!uit|olter|ernie|anche|émato)))", r"\1'\2", text)
    text = re.sub(r"\bde le ", "du ", text)
    return re.sub(r"\b(virgule|point)( virgule)+", r"\1", text)


@cache
def _spoken(folder: Path) -> tuple[str, ...]:
    """What is said in each sample, its pauses (the ends of lines) left out: a sentence may hold some."""
    return tuple(" ".join(path.read_text(encoding="utf-8").split()) for path in sorted(folder.glob("*/spoken.txt")))


def held_out_sentences(folder: Path) -> list[str]:
    """Sentences of the sample dictations longer than LONGEST_SHARED words, cut at the spoken full stops and colons."""
    marks = r"\b(?:deux points|point à la ligne|point nouveau paragraphe|à la ligne|point)(?:\s|$)"
    pieces = [piece.strip() for text in _spoken(folder) for piece in re.split(marks, text)]
    return sorted(
        {re.sub(r"^virgule | virgule$", "", piece) for piece in pieces if len(piece.split()) > LONGEST_SHARED}
    )


if __name__ == "__main__":
    grammar, dice = Grammar(), random.Random(sys.argv[2] if len(sys.argv) > 2 else None)
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 20):
        print(grammar.line(dice))
