"""What a sentence shows of its section, as named features: stems and pairs of words, its head, tense and person, a
title said before a comma, and the nature of what it names (drug with its dose, measurement, sign, reaction, thanks).

One written sentence in, the names of its features out. sections_model.py weighs them, and scores/learn_sections.py
learns their weights: both see a sentence through this file alone. Reads patterns/section_natures.tsv and titles.tsv.
"""

from __future__ import annotations

import re
from itertools import pairwise

from dictation.structure.lexicon import fold, kept, rows, table
from dictation.structure.sentences import Line
from dictation.structure.tokens import read

_WORD = re.compile(r"[a-zœæ]+|\d+(?:[.,]\d+)*|%")
_STEM = 6  # letters kept of a word: « opéré », « opérée », « opération » are one
_TITLE = 6  # tokens in which a title and its comma stand
_HEAD = 3  # words of the head of a sentence
_VERBS = frozenset({"future", "was", "perfect", "passive_past", "is", "has", "je", "nous", "on"})  # acts with a verb


@kept
def _patterns(group: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(said)) for said, kind, name in rows("section_natures") if kind == group)


@kept
def _drugs() -> frozenset[str]:
    return frozenset(table("drugs"))


def features_of(line: Line) -> list[str]:
    """The features of one sentence, each once, in a fixed order."""
    text = fold(line.text).replace("\u00a0", " ").replace("\u202f", " ")
    drugs = sum(token.fold in _drugs() for token in line.tokens)
    words = [_written(word) for word in _WORD.findall(text)]
    stems = [word[:_STEM] for word in words]
    found = [f"word {stem}" for stem in stems if len(stem) > 1]
    found += [f"pair {a} {b}" for a, b in pairwise(stems)]
    found += [f"head {' '.join(stems[:n])}" for n in range(1, min(_HEAD, len(stems)) + 1)]
    natures = [name for name, pattern in _patterns("nature") if pattern.search(text)]
    natures += ["drug"] * (drugs > 0) + ["drugs"] * (drugs > 1)
    if line.tokens and line.tokens[0].fold in _drugs():
        natures.append("drug_first")
    acts = [name for name, pattern in _patterns("act") if pattern.search(text)]
    found += [f"nature {name}" for name in natures]
    found += [f"act {name}" for name in acts or ["none"]]
    if not _VERBS & set(acts):
        found += [f"verbless {name}" for name in natures] + ["verbless"]
    found.append(f"long {min(len(words) // 4, 5)}")
    found += [f"said {kind}" for kind in (_said_title(line),) if kind]
    return list(dict.fromkeys(found))


@kept
def _titles() -> dict[tuple[str, ...], str]:
    return {tuple(token.fold for token in read(said.split())): kind for said, kind, _ in rows("titles")}


def _said_title(line: Line) -> str | None:
    """The section of the title before the first comma, « Traitement, lévothyroxine… »: likely, but no heading."""
    comma = next((n for n, token in enumerate(line.tokens[:_TITLE]) if token.text == ","), 0)
    return _titles().get(tuple(token.fold for token in line.tokens[:comma])) if comma else None


def _written(word: str) -> str:
    return "#" if word[0].isdigit() else word
