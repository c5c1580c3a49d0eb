"""Learning with brakes: what people correct again and again, offered to a person as a word to know.

First and last texts of letters in, suggestions out; pure. A suggestion is only ever a word the recogniser is told of
(vocabulary): no text is replaced because of it. Never suggested, however often it is corrected: anything that touches
a figure, a unit, a side or a negation, and one drug for another.
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
    for letter in letters:
        for change in changes(letter.first, letter.last):
            if braked(change.before, change.after, is_drug) is None:
                found.setdefault((folded(change.before), change.after), []).append((letter.id, change))
    done = set(answered)
    out = []
    for (_, after), seen in found.items():
        ids = {one for one, _ in seen}
        before = seen[0][1].before
        if len(seen) < TIMES or len(ids) < LETTERS or f"{folded(before)}>{folded(after)}" in done:
            continue
        examples = tuple({change.sentence: change for _, change in seen}.values())[:EXAMPLES]
        left = _left(before, after, letters)
        out.append(Suggestion(before, after, len(seen), len(ids), len(left), examples, tuple(left[:EXAMPLES])))
    return sorted(out, key=lambda one: (-one.times, one.after))


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
    first = next((i + 1 for i in range(start - 1, -1, -1) if words[i].endswith(".")), 0)
    last = next((i + 1 for i in range(end - 1, len(words)) if words[i].endswith(".")), len(words))
    return Change(before, " ".join(words[start:end]), " ".join(words[first:start]), " ".join(words[end:last]))


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
