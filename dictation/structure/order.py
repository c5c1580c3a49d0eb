"""Order: which section each sentence between titles most likely belongs to, by Viterbi over the sentences of a letter.

Sentences and the titles found in, one section kind a sentence out. Three things are weighed: how a sentence begins
(patterns/section_cues.tsv), what it speaks of (section_words.tsv), and where letters usually go next (SectionKind is in
the order of a letter). A titled account of a stay or of an operation keeps its scans and its plans.
"""

from __future__ import annotations

import re

from dictation.domain.documents import SectionKind
from dictation.structure.lexicon import kept, rows
from dictation.structure.sentences import Line
from dictation.structure.tokens import read

# All in one currency: a word that speaks for a section weighs about 1.
_CUE = 4.0  # a sentence that begins as that section does
_WORDS = 2.4  # at most, for all the words of a sentence
_FORWARD, _BACKWARD = 1.5, 2.6  # leaving a section for a later or an earlier one
_NEW_PARAGRAPH = 0.7  # a dictated paragraph makes a change likelier
_TITLE_ELSEWHERE = 2.0  # the letter gives that section a title of its own
_FIRST = 1.0  # the first sentence of a dictation is its opening unless its beginning says otherwise
_TITLED = 0.8  # leaving a section that was opened by a title and may be left by a phrase
_NEVER = 1e6
_CLOSING_REACH = 4  # sentences from the end in which a letter may take its leave

_ORDER = list(SectionKind)
_K = SectionKind
# Titled sections a sentence may leave without a title, « à l'examen… » after the history.
_LEFT_BY_A_PHRASE = frozenset({_K.REASON, _K.HISTORY, _K.ALLERGIES, _K.ILLNESS, _K.USUAL_TREATMENT, _K.EXAMINATION})
_LEFT_BY_A_PHRASE |= {_K.TESTS}
# … and those only a sentence that begins so may leave, for these.
_LEFT_BY_A_CUE = {
    _K.PROCEDURE: {_K.COURSE, _K.CONCLUSION, _K.CLOSING},
    _K.DISCHARGE_TREATMENT: {_K.PLAN, _K.CLOSING},
    _K.CONCLUSION: {_K.PLAN, _K.CLOSING},
    _K.PENDING: {_K.PLAN, _K.CLOSING},
}

State = tuple[SectionKind, bool]  # the section, and whether a title opened it


@kept
def _cues() -> tuple[tuple[tuple[str, ...], SectionKind], ...]:
    found = [(tuple(t.fold for t in read(said.split())), SectionKind(kind)) for said, kind in rows("section_cues")]
    return tuple(sorted(found, key=lambda cue: -len(cue[0])))


@kept
def _words() -> tuple[tuple[re.Pattern[str], SectionKind, float], ...]:
    return tuple((re.compile(said), SectionKind(kind), float(weight)) for said, kind, weight in rows("section_words"))


def most_likely(lines: list[Line], titles: list[SectionKind | None]) -> list[SectionKind]:
    """The kinds of section that fit all sentences best together; a title decides for its own sentence."""
    states: list[State] = [(kind, titled) for kind in _ORDER for titled in (False, True)]
    best: dict[State, float] = {(SectionKind.OPENING, False): 0.0}
    back: list[dict[State, State]] = []
    named = frozenset(kind for kind in titles if kind)
    for number, (line, title) in enumerate(zip(lines, titles, strict=True)):
        if title is not None:
            before = max(best, key=lambda state: best[state])
            back.append({(title, True): before})
            best = {(title, True): best[before]}
            continue
        cue = _cue_of(line, len(lines) - number)
        fit = _fit(line, cue)
        if number == 0:
            fit[SectionKind.OPENING] = fit.get(SectionKind.OPENING, 0.0) + _FIRST
        scores: dict[State, float] = {}
        came: dict[State, State] = {}
        for state in states:
            kind, titled = state
            reachable = [
                (score - _cost(previous, state, line, cue, named), previous)
                for previous, score in best.items()
                if not titled or previous == state  # only a title opens a titled section
            ]
            score, previous = max(reachable, key=lambda reached: reached[0], default=(-_NEVER, state))
            if score > -_NEVER / 2:
                scores[state], came[state] = score + fit.get(kind, 0.0), previous
        best = scores
        back.append(came)
    return _traced(best, back)


def _traced(best: dict[State, float], back: list[dict[State, State]]) -> list[SectionKind]:
    kinds: list[SectionKind] = []
    state = max(best, key=lambda state: best[state])
    for came in reversed(back):
        kinds.append(state[0])
        state = came[state]
    return kinds[::-1]


def _cost(before: State, after: State, line: Line, cue: SectionKind | None, named: frozenset[SectionKind]) -> float:
    """What it costs to go from one section to the next at this sentence."""
    (kind, titled), (target, _) = before, after
    if before == after:
        return 0.0
    if kind is target or target is SectionKind.OPENING:
        return _NEVER
    if target is SectionKind.CLOSING:
        return 0.5 if cue is target else _NEVER
    if kind is SectionKind.CLOSING:
        return _BACKWARD + _TITLED if cue is target else _NEVER
    if titled and kind not in _LEFT_BY_A_PHRASE and not (cue is target and target in _LEFT_BY_A_CUE.get(kind, ())):
        return _NEVER
    cost = _FORWARD if _ORDER.index(target) > _ORDER.index(kind) else _BACKWARD
    cost += _TITLED * titled - _NEW_PARAGRAPH * line.starts_paragraph
    if target in named:
        cost += _NEVER if titled or not line.starts_line else _TITLE_ELSEWHERE
    return cost


def _fit(line: Line, cue: SectionKind | None) -> dict[SectionKind, float]:
    """How much a sentence speaks for each section."""
    text = line.text.lower().replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")
    fit: dict[SectionKind, float] = {}
    for pattern, kind, weight in _words():
        if hits := sum(1 for _ in pattern.finditer(text)):
            fit[kind] = min(_WORDS, fit.get(kind, 0.0) + weight * min(hits, 2))
    if cue is not None:
        fit[cue] = fit.get(cue, 0.0) + _CUE
    return fit


def _cue_of(line: Line, left: int) -> SectionKind | None:
    """The section a sentence opens by how it begins; `left`: sentences to the end, itself included."""
    folded = tuple(t.fold for t in line.tokens)
    for words, kind in _cues():
        if folded[: len(words)] == words:
            return None if kind is SectionKind.CLOSING and left > _CLOSING_REACH else kind
    return None
