"""Learning with brakes: what people correct again and again, offered to a person as a word to know.

First and last texts of letters in, suggestions out; pure. A suggestion is only ever a word the recogniser is told of
(vocabulary): no text is replaced because of it. Never suggested, however often it is corrected: anything that touches
a figure, a unit, a side or a negation, and one drug for another. The same brakes hold for a word a person chooses by
hand, and for a correction proposed in the other letters of the day.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from dictation.domain.documents import Draft

TIMES, LETTERS = 3, 2  # how often, and in how many letters, before it is worth a person's look
LONGEST = 3  # words on either side: more is another sentence, not another word
EXAMPLES = 5

# On folded words.
_NUMBER = re.compile(
    r"\d|\b(?:zero|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|"
    r"trente|quarante|cinquante|soixante|cents?|mille|demi\w*|tiers|quart|premiere?|seconde?|double|triple)\b"
)
_UNIT = re.compile(
    r"\b(?:mg|g|kg|[µμ]g|mcg|ml|cl|dl|l|mm|cm|m|ui|mui|unites?|mmol|gammas?|grammes?|milli\w+|micro\w+|centim\w+|"
    r"litres?|pour cent|fois|heures?|jours?|semaines?|mois|ans|matins?|midis?|soirs?|minutes?|secondes?|gouttes?|"
    r"comprim\w+)\b|%"
)
_SIDE = re.compile(r"\b(?:droite?s?|gauches?|bilatera\w+|ipsilat\w+|controlat\w+|hom?olat\w+|medial\w*|lateral\w*)\b")
_NEGATION = re.compile(
    r"\b(?:ne|n|pas|sans|aucune?s?|jamais|ni|non|plus|rien|absen\w+|avec|presen\w+|negati\w+|positi\w+|normal\w*|"
    r"anormal\w*|insuffisan\w*|hypo\w*|hyper\w*|exclu\w*|elimin\w*)\b"
)
_BRAKES = (("un nombre", _NUMBER), ("une unité ou un rythme", _UNIT), ("un côté", _SIDE), ("une négation", _NEGATION))


@dataclass(frozen=True, slots=True)
class Corrected:
    """One letter as it was first written and as it was signed."""

    id: str
    first: Draft
    last: Draft
    service: str = ""  # of its author


@dataclass(frozen=True, slots=True)
class Change:
    """Some words of a letter that became others, and what stands around them in their sentence now."""

    before: str
    after: str
    lead: str
    rest: str

    @property
    def sentence(self) -> str:
        return " ".join(part for part in (self.lead, self.after, self.rest) if part)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`after` is worth knowing: it was heard as `before` so many times."""

    before: str
    after: str
    times: int
    letters: int
    kept: int  # times `before` was left as it was: then it is not always wrong
    examples: tuple[Change, ...]  # where it was corrected
    left: tuple[Change, ...] = ()  # where it was left: what hearing `after` there would have changed

    @property
    def key(self) -> str:
        return f"{folded(self.before)}>{folded(self.after)}"


def suggestions(
    letters: Sequence[Corrected], *, is_drug: Callable[[str], bool], answered: Iterable[str] = ()
) -> list[Suggestion]:
    """What was corrected TIMES times in LETTERS letters or more, the most frequent first, without what was answered."""
    found: dict[tuple[str, str], list[tuple[str, Change]]] = {}
    done = set(answered)
    for letter in letters:
        for change in changes(letter.first, letter.last):
            if letter.service and by_hand(change.after, letter.service) in done:  # this service has the word already
                continue
            if braked(change.before, change.after, is_drug) is None:
                found.setdefault((folded(change.before), change.after), []).append((letter.id, change))
    out = []
    for (_, after), seen in found.items():
        ids = {one for one, _ in seen}
        before = seen[0][1].before
        known = {f"{folded(before)}>{folded(after)}", by_hand(after)} & done
        if len(seen) < TIMES or len(ids) < LETTERS or known:
            continue
        examples = tuple({change.sentence: change for _, change in seen}.values())[:EXAMPLES]
        left = _left(before, after, letters)
        out.append(Suggestion(before, after, len(seen), len(ids), len(left), examples, tuple(left[:EXAMPLES])))
    return sorted(out, key=lambda one: (-one.times, one.after))


def by_hand(word: str, service: str = "") -> str:
    """The key of a word somebody chose in a letter, whatever had been heard: it is not suggested any more.

    For one service, it is not suggested any more for the letters of that service.
    """
    return f">{folded(word)}" + (f"@{folded(service)}" if service else "")


def changes(first: Draft, last: Draft) -> list[Change]:
    """Words replaced by other words, a few on either side; what was added or taken out teaches no word."""
    out = []
    texts = {section.kind: section.text for section in first.sections}
    for section in last.sections:
        before, after = texts.get(section.kind, "").split(), section.text.split()
        bare = [[_bare(word) for word in words] for words in (before, after)]
        for what, a, b, c, d in SequenceMatcher(None, bare[0], bare[1], autojunk=False).get_opcodes():
            if what != "replace" or b - a > LONGEST or d - c > LONGEST:
                continue
            old, new = " ".join(bare[0][a:b]), " ".join(bare[1][c:d])
            if old and new and old.casefold() != new.casefold():
                out.append(_change(old, after, c, d))
    return out


def braked(before: str, after: str, is_drug: Callable[[str], bool]) -> str | None:
    """What a correction touches that must never be learnt, in French; None when nothing."""
    for what, pattern in _BRAKES:
        for words in (before, after):
            if pattern.search(folded(words).replace("’", " ").replace("'", " ")):
                return what
    drugs = [any(is_drug(word) for word in (words, *words.split())) for words in (before, after)]
    if drugs[0] and folded(before) != folded(after):
        return "un médicament connu"
    return None


def folded(words: str) -> str:
    """Without case or accents."""
    apart = unicodedata.normalize("NFD", words.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def _bare(word: str) -> str:
    return word.strip('.,;:!?()«»\u00a0\u202f"')


def _change(before: str, words: list[str], start: int, end: int) -> Change:
    """words[start:end] of a text, which stand where `before` stood, in their sentence."""
    first, last = _sentence(words, start, end)
    return Change(before, _bare(" ".join(words[start:end])), " ".join(words[first:start]), " ".join(words[end:last]))


def _sentence(words: Sequence[str], start: int, end: int) -> tuple[int, int]:
    """First word, and one after the last, of the sentence words[start:end] stand in."""
    first = next((i + 1 for i in range(start - 1, -1, -1) if words[i].endswith(".")), 0)
    return first, next((i + 1 for i in range(end - 1, len(words)) if words[i].endswith(".")), len(words))


def _left(before: str, after: str, letters: Sequence[Corrected]) -> list[Change]:
    """Where the words `before` still stand in signed letters, as if `after` had been heard there."""
    wanted, size = before.casefold().split(), len(before.split())
    out = []
    for letter in letters:
        for section in letter.last.sections:
            words = section.text.split()
            bare = [_bare(word).casefold() for word in words]
            for at in range(len(words) - size + 1):
                if bare[at : at + size] == wanted:
                    out.append(replace(_change(before, words, at, at + size), after=after))
    return out


# A word by itself, and the same correction in other letters of the day.

_ELIDED = re.compile(r"(?:[cdjlmst]|qu|jusqu|lorsqu|puisqu)['’](?=\w)", re.IGNORECASE)  # never « n’ »: it denies
_LETTERS = re.compile(r"[^\W\d_]+(?:[ '’-][^\W\d_]+)*")
_ARTICLES = frozenset({"un", "une"})
SHORTEST, LONGEST_WORD = 3, 60  # characters
BESIDE = 2  # words on either side that are looked at


@dataclass(frozen=True, slots=True)
class Place:
    """Where some words stand in a letter: `start` and `end` in the text of the section, the sentence around them."""

    section: int
    start: int
    end: int
    words: str  # as they stand there
    lead: str
    rest: str
    beside: str | None  # what stands next to them that must not be crossed, in French


def corrections(first: Draft, last: Draft, is_drug: Callable[[str], bool]) -> tuple[list[Change], int]:
    """(what was corrected here and may be proposed in other letters, each once; how many others may not)."""
    found: dict[tuple[str, str], Change] = {}
    never = 0
    for change in changes(first, last):
        bare = _without_elision(change)
        if not bare.before or not bare.after or braked(bare.before, bare.after, is_drug):
            never += 1
        else:
            found.setdefault((folded(bare.before), bare.after), bare)
    return list(found.values()), never


def places(words: str, draft: Draft) -> list[Place]:
    """Where these words stand, whatever their case: whole words of one sentence, in the order of the letter."""
    wanted, out = [word.casefold() for word in words.split()], []
    for number, section in enumerate(draft.sections):
        found = list(re.finditer(r"\S+", section.text))
        whole, spans = [match.group() for match in found], [_span(match) for match in found]
        bare = [section.text[start:end].casefold() for start, end in spans]
        for at in range(len(bare) - len(wanted) + 1):
            stop = at + len(wanted)
            if not wanted or bare[at:stop] != wanted or any(word[-1] in ".,;:!?" for word in whole[at : stop - 1]):
                continue
            start, end = spans[at][0], spans[stop - 1][1]
            first, last = _sentence(whole, at, stop)
            lead, rest = section.text[found[first].start() : start], section.text[end : found[last - 1].end()]
            beside = _beside([*whole[max(first, at - BESIDE) : at], *whole[stop : min(last, stop + BESIDE)]])
            out.append(Place(number, start, end, section.text[start:end], lead, rest, beside))
    return out


def put(text: str, place: Place, after: str) -> str:
    """The text of the section with `after` at that place, with a capital where there was one."""
    capital = place.words[:1].isupper() and after[:1].islower()
    return text[: place.start] + (after[:1].upper() + after[1:] if capital else after) + text[place.end :]


def refusal(word: str, heard: str, names: Iterable[str], is_drug: Callable[[str], bool]) -> str | None:
    """Why a word somebody selected is not added to the vocabulary, as a French sentence; None when it may be.

    heard: what recognition had written there, "" when it is not known. names: of the patient, which are nobody's to
    learn.
    """
    if not _LETTERS.fullmatch(word) or len(word.split()) > LONGEST:
        return f"Choisissez au plus {LONGEST} mots, sans chiffre ni signe."
    if not SHORTEST <= len(word) <= LONGEST_WORD:
        return "Ce mot est trop court ou trop long pour le vocabulaire."
    what = braked(heard, word, is_drug)
    if what:
        return f"Cela touche {what}\u00a0: ce n’est jamais appris."
    own = {part for name in names for part in re.split(r"[\s'’-]+", folded(name)) if part}
    if own & set(re.split(r"[\s'’-]+", folded(word))):
        return "C’est le nom du patient\u00a0: il n’entre pas dans le vocabulaire."
    return None


def bare_word(words: str) -> str:
    """A selection without the blanks and signs around it, nor « l’ », « d’ »."""
    bare = _bare(" ".join(words.split()))
    elided = _ELIDED.match(bare)
    return bare[elided.end() :] if elided else bare


def _without_elision(change: Change) -> Change:
    before, after = _ELIDED.match(change.before), _ELIDED.match(change.after)
    if before is None or after is None:
        return change
    return replace(change, before=change.before[before.end() :], after=change.after[after.end() :])


def _span(match: re.Match[str]) -> tuple[int, int]:
    """Of a word in its text, without the signs around it, nor an elision in front."""
    word = match.group()
    bare = _bare(word)
    start = match.start() + word.find(bare)
    elided = _ELIDED.match(bare)
    return start + (elided.end() if elided else 0), start + len(bare)


def _beside(words: Sequence[str]) -> str | None:
    near = " ".join(word for word in (folded(_bare(word)) for word in words) if word not in _ARTICLES)
    near = " ".join(_ELIDED.sub("", word) for word in near.split()).replace("’", " ").replace("'", " ")
    return next((what for what, pattern in _BRAKES if pattern.search(near)), None)
