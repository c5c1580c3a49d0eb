"""Order: which section each sentence between titles most likely belongs to, by Viterbi over the sentences of a letter.

Sentences and the titles found in, one section kind a sentence out. Added up are what the rules say of a sentence
(sections_rules.py), what is learned of what it shows and of what follows what (sections_model.py), and what the words
of the whole tell of the kind of letter (sections_letter.py), which is chosen together with the sections: no sentence
says alone that somebody was operated on. A titled account of a stay or of an operation keeps its scans and its plans.
"""

from __future__ import annotations

from dataclasses import dataclass

from dictation.domain.documents import LetterType, SectionKind
from dictation.structure import sections_letter, sections_model
from dictation.structure.sections_rules import CLOSING_REACH, WHOLE, Fit, Said, in_letter, pictured, said_by
from dictation.structure.sentences import Line

# In the currency of sections_rules.py and of the learned weights.
_FORWARD, _BACKWARD = 0.3, 0.8  # leaving a section for a later or an earlier one, beside what is learned of it
_FEW = 2.2  # more, in a text of fewer sentences than a letter has: what is learned of letters tells little there
_NEW_PARAGRAPH = 0.7  # a dictated paragraph makes a change likelier
_NEW_LINE, _SAME_LINE = 0.9, 0.7  # so does a new line, where lines hold several sentences; within one it is unlikely
_LINES_TELL = 0.75  # … which is so when at most this share of the sentences begins a line
_TITLE_ELSEWHERE = 2.0  # the letter gives that section a title of its own
_TITLED = 0.8  # leaving a section that was opened by a title and may be left by a phrase
_TELLS = 4  # sentences from which their sections tell what kind of letter they are
_NEVER = 1e6

_ORDER = {kind: place for place, kind in enumerate(SectionKind)}
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
    _K.COURSE: {_K.CONCLUSION, _K.PENDING, _K.PLAN, _K.CLOSING},
    _K.PLAN: {_K.PENDING},
}
_ANYWHERE = (_K.ALLERGIES, _K.PENDING)  # said wherever they come to mind
_PAST = frozenset({_K.HISTORY, _K.ALLERGIES, _K.ILLNESS, _K.USUAL_TREATMENT})  # told in any order


@dataclass(frozen=True, slots=True)
class _Letter:
    """What the whole letter tells about each of its sentences."""

    named: frozenset[SectionKind]  # sections that have a title of their own
    sentences: int
    lines_tell: bool  # new lines separate subjects, not every sentence
    images: bool  # the account of an imaging examination

    @classmethod
    def of(cls, lines: list[Line], titles: list[SectionKind | None]) -> _Letter:
        starting = sum(line.starts_line for line in lines)
        named = frozenset(kind for kind in titles if kind)
        return cls(named, len(lines), 2 < starting <= _LINES_TELL * len(lines), pictured(lines))

    def near_end(self, number: int) -> bool:
        """Whether the letter may take its leave at this sentence without the words for it."""
        return self.sentences >= WHOLE and self.sentences - number <= CLOSING_REACH


State = tuple[SectionKind, bool]  # the section, and whether a title opened it


def most_likely(
    lines: list[Line], titles: list[SectionKind | None], bare: list[bool], told: LetterType | None = None
) -> list[SectionKind]:
    """The kinds of section that fit all sentences best together; a title decides for its own sentence, and for the
    next one when it is `bare`: alone on its line. `told`: the kind of letter, where somebody said it."""
    _, said, fits = read_as(lines, titles, bare, told)
    return _sections(lines, titles, bare, said, fits)


def read_as(
    lines: list[Line], titles: list[SectionKind | None], bare: list[bool], told: LetterType | None = None
) -> tuple[LetterType, list[Said], list[Fit]]:
    """The kind of letter these sentences are read as, with what then speaks for the section of each."""
    said, rules = [n for n, alone in enumerate(bare) if not alone], said_by(lines)
    learned = sections_model.scores([lines[n] for n in said])
    moves = {after: [(before, _move(before, after)) for before in _K] for after in _K}
    likely = {sections_letter.built_as(told): 0.0} if told else sections_letter.scores(lines)
    found: list[tuple[float, LetterType, list[Said], list[Fit]]] = []
    for kind, score in likely.items():
        placed = in_letter(lines, rules, kind)
        fits: list[Fit] = [{}] * len(lines)
        for place, n in enumerate(said):
            fits[n] = sections_model.added(learned[place], placed[n].fit, kind, place, len(said))
        if len(likely) > 1 and len(lines) >= _TELLS:
            held = [titles[n] or (titles[n - 1] if n and bare[n - 1] else None) for n in said]
            score += _whole_score([fits[n] for n in said], held, moves)
        found.append((score, kind, placed, fits))
    return max(found, key=lambda reading: reading[0])[1:]


Moves = dict[SectionKind, list[tuple[SectionKind, float]]]  # section -> what coming from each other adds


def _whole_score(fits: list[Fit], held: list[SectionKind | None], moves: Moves) -> float:
    """How well the best row of sections fits the sentences; held: where a title leaves no choice."""
    best: Fit = {}
    for fit, title in zip(fits, held, strict=True):
        open_to = [title] if title else list(_K)
        if best:
            best = {k: max(best.get(b, -_NEVER) + move for b, move in moves[k]) + fit[k] for k in open_to}
        else:
            best = {k: fit[k] for k in open_to}
    return max(best.values(), default=0.0)


def _sections(
    lines: list[Line], titles: list[SectionKind | None], bare: list[bool], said: list[Said], fits: list[Fit]
) -> list[SectionKind]:
    """The best row of sections, each with or without a title that opened it."""
    states: list[State] = [(kind, titled) for kind in _K for titled in (False, True)]
    best: dict[State, float] = {(_K.OPENING, False): 0.0}
    back: list[dict[State, State]] = []
    letter = _Letter.of(lines, titles)
    for number, (line, title) in enumerate(zip(lines, titles, strict=True)):
        if title is None and number and bare[number - 1]:
            back.append({state: state for state in best})
            continue
        if title is not None:
            before = max(best, key=lambda state: best[state])
            back.append({(title, True): before})
            best = {(title, True): best[before]}
            continue
        cue = said[number].cue
        total: dict[State, float] = {}
        came: dict[State, State] = {}
        for state in states:
            reachable = [
                (score - _cost(previous, state, line, cue, letter, number), previous)
                for previous, score in best.items()
                if not state[1] or previous == state  # only a title opens a titled section
            ]
            score, previous = max(reachable, key=lambda reached: reached[0], default=(-_NEVER, state))
            if score > -_NEVER / 2:
                total[state] = score + fits[number][state[0]]
                came[state] = previous
        best = total
        back.append(came)
    return _traced(best, back)


def _traced(best: dict[State, float], back: list[dict[State, State]]) -> list[SectionKind]:
    kinds: list[SectionKind] = []
    state = max(best, key=lambda state: best[state])
    for came in reversed(back):
        kinds.append(state[0])
        state = came[state]
    return kinds[::-1]


def _move(before: SectionKind, after: SectionKind) -> float:
    """What going from one section to the next adds, by hand and as learned; most often it takes away."""
    return by_hand(before, after) + sections_model.follows(before).get(after, 0.0)


def by_hand(before: SectionKind, after: SectionKind) -> float:
    """What going from one section to the next adds by hand: learn_sections.py learns beside it."""
    if before is after:
        return 0.0
    past = before in _PAST and after in _PAST
    return -_FORWARD if past or _ORDER[after] > _ORDER[before] or after in _ANYWHERE else -_BACKWARD


def _cost(before: State, after: State, line: Line, cue: SectionKind | None, letter: _Letter, number: int) -> float:
    """What it costs to go from one section to the next at this sentence."""
    (kind, titled), (target, _) = before, after
    if before == after:
        return -_move(kind, target)
    if kind is target or (target is _K.OPENING and number > 1):
        return _NEVER
    if target is _K.CLOSING:
        taken = cue is target or (letter.near_end(number) and not titled)
        return -_move(kind, target) if taken else _NEVER
    if titled and not _may_leave(kind, target, line, cue, letter):
        return _NEVER
    cost = _TITLED * titled - _move(kind, target)
    cost += _FEW * (letter.sentences < WHOLE) - _NEW_PARAGRAPH * line.starts_paragraph
    if letter.lines_tell:
        cost += -_NEW_LINE if line.starts_line else _SAME_LINE
    if target in letter.named:
        cost += _NEVER if titled or not line.starts_line else _TITLE_ELSEWHERE
    return cost


def _may_leave(kind: SectionKind, target: SectionKind, line: Line, cue: SectionKind | None, letter: _Letter) -> bool:
    """Whether a section that a title opened may be left for `target` without one."""
    if kind in _LEFT_BY_A_PHRASE or (letter.images and kind is SectionKind.PROCEDURE and target is SectionKind.TESTS):
        return True
    if kind is SectionKind.COURSE and not line.starts_line:
        return False  # an account keeps what is told in one breath
    return cue is target and target in _LEFT_BY_A_CUE.get(kind, ())
