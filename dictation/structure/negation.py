"""Negation: what a sentence denies, supposes, tells of a relative, or announces.

Facts and a spaCy Doc in, the same facts with their status out. A cue (patterns/qualifiers.tsv) rules eight tokens at
most, in its own clause: « pas de fièvre, mais une douleur » denies the fever only.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from dictation.structure.lexicon import listed, low, rows
from dictation.structure.tokens import read

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from dictation.structure.findings import Fact

_REACH = 8  # tokens a cue rules, cue excluded
_SENTENCE = frozenset({".", "?", "!", ";", ":", "\n", "…"})
_LISTS_ON = frozenset({"ni", "de", "d'", "et", "ou"})


@functools.cache
def _cues() -> tuple[tuple[tuple[str, ...], str, str], ...]:
    found = [(tuple(t.low for t in read(cue.split())), status, way) for cue, status, way in rows("qualifiers")]
    return tuple(sorted(found, key=lambda cue: -len(cue[0])))


def qualify(doc: Doc, facts: list[Fact]) -> None:
    """Set `negated` and `status` of each fact from the cues of its sentence."""
    words = [low(token.text) for token in doc]
    ruled = _scopes(words)
    for fact in facts:
        span = doc.char_span(fact.start, fact.end, alignment_mode="expand")
        if span is None:
            continue
        for status, first, last in ruled:
            if first <= span.start and span.start < last:
                if status == "negated":
                    fact.negated = fact.negated or not _supposed(ruled, span.start)
                elif fact.status in ("", "past"):
                    fact.status = status


def _supposed(ruled: list[tuple[str, int, int]], token: int) -> bool:
    """« on ne peut éliminer un cholestéatome » supposes it: stronger than the « pas » beside it."""
    return any(status == "hypothesis" and first <= token < last for status, first, last in ruled)


def _scopes(words: list[str]) -> list[tuple[str, int, int]]:
    """(status, first token, token after the last) of everything a cue rules."""
    found: list[tuple[str, int, int]] = []
    i = 0
    while i < len(words):
        for cue, status, way in _cues():
            n = len(cue)
            if words[i] != cue[0] or tuple(words[i : i + n]) != cue:
                continue
            if status == "negated_if_ne":
                if not any(word in ("n'", "ne") for word in words[max(0, i - 4) : i]):
                    continue
                status = "negated"
            if cue == ("pas",) and words[i + 1 : i + 2] in (["à"], ["seulement"], ["encore"], ["toujours"]):
                continue
            found += _scope(words, i, n, status, way)
            i += n - 1
            break
        i += 1
    return found


def _scope(words: list[str], i: int, n: int, status: str, way: str) -> list[tuple[str, int, int]]:
    after = (status, i + n, _forward(words, i + n, status))
    before = (status, _backward(words, i), i)
    if way == "next":
        return [(status, i + n, i + n + 1)]
    if way == "sentence":
        return [(status, _bound(words, i, -1), _bound(words, i, 1))]
    return {"after": [after], "before": [before], "around": [after, before]}[way]


def _forward(words: list[str], i: int, status: str) -> int:
    stops = listed("stops") | (listed("negation_stops") if status == "negated" else frozenset())
    for j in range(i, min(len(words), i + _REACH)):
        if words[j] in _SENTENCE or "\n" in words[j] or words[j] in stops or words[j] in ("(", ")"):
            return j
        if words[j] == "," and status == "negated" and not (j + 1 < len(words) and words[j + 1] in _LISTS_ON):
            return j
    return min(len(words), i + _REACH)


def _backward(words: list[str], i: int) -> int:
    for j in range(i - 1, max(-1, i - 1 - _REACH), -1):
        if words[j] in _SENTENCE or "\n" in words[j] or words[j] in listed("stops") or words[j] == ",":
            return j + 1
    return max(0, i - _REACH)


def _bound(words: list[str], i: int, step: int) -> int:
    j = i
    while 0 <= j < len(words) and words[j] not in {".", "?", "!"} and "\n" not in words[j]:
        j += step
    return j + 1 if step < 0 else j
