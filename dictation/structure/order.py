"""Order: which section each sentence between titles most likely belongs to, by Viterbi over the sentences of a letter.

Sentences and the titles found in, one section kind a sentence out. Weighed are how a sentence begins
(patterns/section_cues.tsv), what it speaks of (section_words.tsv, section_vocabulary.tsv), where in a letter it stands,
the kind of the letter, and what is learned of all that and of what follows what (sections_model.py). A titled account
of a stay or of an operation keeps its scans and its plans.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dictation.domain.documents import LetterType, SectionKind
from dictation.structure.lexicon import kept, rows, table
from dictation.structure.sections_letter import built_as, guessed
from dictation.structure.sections_model import follows, scores
from dictation.structure.sentences import Line
from dictation.structure.tokens import read

# All in one currency, that of the learned weights (sections_model.py): a word that speaks for a section weighs about 1.
_CUE = 4.0  # a sentence that begins as that section does
_WORDS = 3.2  # at most, for all the words of a sentence
_WORD = 0.7  # a word of the section's vocabulary, three at most
_DRUGS = 1.2  # a sentence that begins with a drug, or names several
_FORWARD, _BACKWARD = 0.3, 0.8  # leaving a section for a later or an earlier one, beside what is learned of it
_FEW = 2.2  # more, in a text of fewer sentences than a letter has: what is learned of letters tells little there
_NEW_PARAGRAPH = 0.7  # a dictated paragraph makes a change likelier
_NEW_LINE, _SAME_LINE = 0.9, 0.7  # so does a new line, where lines hold several sentences; within one it is unlikely
_LINES_TELL = 0.75  # … which is so when at most this share of the sentences begins a line
_UNSUPPORTED = 0.8  # a sentence that says nothing of an allergy, nor why the patient came, hardly stays there
_IMAGE = 1.0  # what an imaging account describes is what was seen
_NO_STAY = 1.6  # what is taken on leaving, where nobody stayed or was operated on
_INDICATION = 2.4  # the second sentence of an operation's account says why, unless it says how
_TITLE_ELSEWHERE = 2.0  # the letter gives that section a title of its own
_FIRST = 1.0  # the first sentence of a dictation is its opening unless its beginning says otherwise
_WHOLE = 6  # sentences from which a letter has a beginning, a middle and an end
_STRAY = 4.0  # standing a whole letter away from where a section usually does (_PLACES)
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
    _K.COURSE: {_K.CONCLUSION, _K.PENDING, _K.PLAN, _K.CLOSING},
    _K.PLAN: {_K.PENDING},
}

_SHORT = (_K.ALLERGIES, _K.REASON)
# Where in a letter a section usually stands, 0 its first sentence, 1 its last.
_PLACES = {
    _K.OPENING: (0.0, 0.05),
    _K.REASON: (0.0, 0.2),
    _K.HISTORY: (0.0, 0.45),
    _K.ILLNESS: (0.0, 0.5),
    _K.USUAL_TREATMENT: (0.05, 0.5),
    _K.EXAMINATION: (0.2, 0.65),
    _K.TESTS: (0.3, 0.85),
    _K.COURSE: (0.4, 1.0),
    _K.DISCHARGE_TREATMENT: (0.55, 1.0),
    _K.PENDING: (0.5, 1.0),
    _K.CONCLUSION: (0.45, 1.0),
    _K.PLAN: (0.5, 1.0),
}
_ANYWHERE = (_K.ALLERGIES, _K.PENDING)  # said wherever they come to mind
_PAST = frozenset({_K.HISTORY, _K.ALLERGIES, _K.ILLNESS, _K.USUAL_TREATMENT})  # told in any order
_PENDING = 2.4  # words that weigh so much for it open the section as a beginning does
_FAREWELL = 7  # tokens of a last sentence that takes leave by one word of it
_GREETS = re.compile(r"\b(confrat|confrère|cordial|amical|amiti|salutation|sentiment|sincère|dévou|respect|remerci)")
_IMAGES = re.compile(r"^(compte[- ]rendu (d'|de (la |l')?)?)?(imagerie|scanner|tdm|irm|échographie|radio|mammographie)")


@dataclass(frozen=True, slots=True)
class _Letter:
    """What the whole letter tells about each of its sentences."""

    named: frozenset[SectionKind]  # sections that have a title of their own
    whole: bool  # as many sentences as a letter has
    lines_tell: bool  # new lines separate subjects, not every sentence
    stays: bool  # somebody was in hospital and leaves
    images: bool  # the account of an imaging examination
    operates: bool  # the account of an operation, or of a stay with one

    @classmethod
    def of(cls, lines: list[Line], titles: list[SectionKind | None], kind: LetterType) -> _Letter:
        starting = sum(line.starts_line for line in lines)
        stays = kind is LetterType.DISCHARGE
        return cls(
            frozenset(kind for kind in titles if kind),
            len(lines) >= _WHOLE,
            2 < starting <= _LINES_TELL * len(lines),
            stays,
            any(_IMAGES.search(_plain(line)) for line in lines[:2]),
            kind is LetterType.OPERATION or (stays and any(_OPERATES.search(_plain(line)) for line in lines)),
        )


def _plain(line: Line) -> str:
    return line.text.lower().replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")


_OPERATES = re.compile(
    r"\b(décubitus|incision|trocarts?|hémostase|fermeture|anesthésie (générale|locale|locorégionale)|rachianesthésie|"
    r"installation|voie d'abord|champs?|garrot|clips?|suture|surjet|résection|dissection|ligature|redon|prothèse|"
    r"coelioscopie|cœlioscopie|laparoscopie|exsufflation|curage|exérèse|opérée?|intervention|opératoire|"
    r"\w+(ectomie|plastie|tomie))\b"
)

State = tuple[SectionKind, bool]  # the section, and whether a title opened it


@kept
def _cues() -> tuple[tuple[tuple[str, ...], SectionKind], ...]:
    found = [(tuple(t.fold for t in read(said.split())), SectionKind(kind)) for said, kind in rows("section_cues")]
    return tuple(sorted(found, key=lambda cue: -len(cue[0])))


@kept
def _vocabulary() -> tuple[tuple[re.Pattern[str], SectionKind], ...]:
    found = []
    for kind, words in rows("section_vocabulary"):
        stems = "|".join(re.escape(word).replace(r"\*", r"\w*") for word in words.split())
        found.append((re.compile(rf"(?<![\w-])(?:{stems})(?![\w-])"), SectionKind(kind)))
    return tuple(found)


@kept
def _words() -> tuple[tuple[re.Pattern[str], SectionKind, float], ...]:
    return tuple((re.compile(said), SectionKind(kind), float(weight)) for said, kind, weight in rows("section_words"))


def most_likely(
    lines: list[Line], titles: list[SectionKind | None], bare: list[bool], told: LetterType | None = None
) -> list[SectionKind]:
    """The kinds of section that fit all sentences best together; a title decides for its own sentence, and for the
    next one when it is `bare`: alone on its line. `told`: the kind of letter, where somebody said it."""
    states: list[State] = [(kind, titled) for kind in _ORDER for titled in (False, True)]
    best: dict[State, float] = {(SectionKind.OPENING, False): 0.0}
    back: list[dict[State, State]] = []
    built = built_as(told) if told else guessed(lines)
    letter = _Letter.of(lines, titles, built)
    learned = _learned(lines, bare, built)
    for number, (line, title) in enumerate(zip(lines, titles, strict=True)):
        if title is None and number and bare[number - 1]:
            back.append({state: state for state in best})
            continue
        if title is not None:
            before = max(best, key=lambda state: best[state])
            back.append({(title, True): before})
            best = {(title, True): best[before]}
            continue
        cue = _cue_of(line, number, len(lines))
        fit = _fit(line, cue, letter)
        if len(lines) >= _WHOLE:
            _place(fit, number / (len(lines) - 1))
        if cue is None and fit.get(_K.PENDING, 0.0) >= _PENDING:
            cue = _K.PENDING
            fit[cue] += _CUE
        if number == 0:
            fit[SectionKind.OPENING] = fit.get(SectionKind.OPENING, 0.0) + _FIRST
        if number == 1 and letter.operates and not letter.stays:
            fit[_K.REASON] = fit.get(_K.REASON, 0.0) + _INDICATION
        total: dict[State, float] = {}
        came: dict[State, State] = {}
        for state in states:
            kind, titled = state
            reachable = [
                (score - _change(previous, state, _cost(previous, state, line, cue, letter)), previous)
                for previous, score in best.items()
                if not titled or previous == state  # only a title opens a titled section
            ]
            score, previous = max(reachable, key=lambda reached: reached[0], default=(-_NEVER, state))
            if score > -_NEVER / 2:
                total[state] = score + fit.get(kind, 0.0) + learned[number][kind]
                came[state] = previous
        best = total
        back.append(came)
    return _traced(best, back)


def _learned(lines: list[Line], bare: list[bool], built: LetterType) -> list[dict[SectionKind, float]]:
    """The learned score of each line; a title alone on its line is not counted among the sentences and has none."""
    found = iter(scores([line for line, alone in zip(lines, bare, strict=True) if not alone], built))
    return [{} if alone else next(found) for alone in bare]


def _change(before: State, after: State, cost: float) -> float:
    """What going from one section to the next costs, by hand and as learned."""
    return cost - follows(before[0]).get(after[0], 0.0)


def _place(fit: dict[SectionKind, float], place: float) -> None:
    """Take from each section what it costs to stand at this place of a letter, 0..1."""
    for kind, (first, last) in _PLACES.items():
        fit[kind] = fit.get(kind, 0.0) - _STRAY * max(first - place, place - last, 0.0)
    if _K.OPENING in fit and place > 0 and fit[_K.OPENING] <= 0:
        fit[_K.OPENING] -= _UNSUPPORTED


def _traced(best: dict[State, float], back: list[dict[State, State]]) -> list[SectionKind]:
    kinds: list[SectionKind] = []
    state = max(best, key=lambda state: best[state])
    for came in reversed(back):
        kinds.append(state[0])
        state = came[state]
    return kinds[::-1]


def _cost(before: State, after: State, line: Line, cue: SectionKind | None, letter: _Letter) -> float:
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
    if titled and not _may_leave(kind, target, line, cue, letter):
        return _NEVER
    past = kind in _PAST and target in _PAST
    onward = past or _ORDER.index(target) > _ORDER.index(kind) or target in _ANYWHERE
    cost = _FORWARD if onward else _BACKWARD
    cost += _FEW * (not letter.whole) + _TITLED * titled - _NEW_PARAGRAPH * line.starts_paragraph
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


def _fit(line: Line, cue: SectionKind | None, letter: _Letter) -> dict[SectionKind, float]:
    """How much a sentence speaks for each section."""
    text = _plain(line)
    fit: dict[SectionKind, float] = {}
    for pattern, kind, weight in _words():
        if hits := sum(1 for _ in pattern.finditer(text)):
            fit[kind] = min(_WORDS, fit.get(kind, 0.0) + weight * min(hits, 2))
    for pattern, kind in _vocabulary():
        if hits := len(set(pattern.findall(text))):
            fit[kind] = fit.get(kind, 0.0) + _WORD * min(hits, 3)
    drugs = [token.fold in table("drugs") for token in line.tokens]
    if sum(drugs) > 1 or drugs[:1] == [True]:
        for kind in (_K.USUAL_TREATMENT, _K.DISCHARGE_TREATMENT):
            fit[kind] = fit.get(kind, 0.0) + _DRUGS
    if cue is not None:
        fit[cue] = fit.get(cue, 0.0) + _CUE
    for kind in _SHORT:
        if kind not in fit:
            fit[kind] = -_UNSUPPORTED
    if letter.images:
        fit[_K.TESTS] = fit.get(_K.TESTS, 0.0) + fit.pop(_K.EXAMINATION, 0.0) + fit.pop(_K.COURSE, 0.0) + _IMAGE
    if not letter.stays:
        fit[_K.DISCHARGE_TREATMENT] = fit.get(_K.DISCHARGE_TREATMENT, 0.0) - _NO_STAY
    return fit


def _cue_of(line: Line, number: int, total: int) -> SectionKind | None:
    """The section a sentence opens by how it begins; number: its place, from 0, among `total` sentences."""
    folded = tuple(t.fold for t in line.tokens)
    for words, kind in _cues():
        if folded[: len(words)] == words:
            return None if kind is SectionKind.CLOSING and total - number > _CLOSING_REACH else kind
    farewell = number == total - 1 >= _WHOLE - 1 and len(line.tokens) <= _FAREWELL
    if farewell and _GREETS.search(_plain(line)):
        return SectionKind.CLOSING
    return None
