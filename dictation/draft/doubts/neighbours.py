"""Neighbours: the clauses of a letter, each with the one before and the one behind it, and whether those deny.

A lost « pas de » leaves no trace in its own clause; its neighbours tell that a list of what is absent was being said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dictation.domain.documents import Doubt, Risk
from dictation.draft.doubts.context import Context, Passage, plain
from dictation.draft.doubts.negation import clauses

_DENIES = re.compile(
    r"^(?:il |elle |on )?(?:n a |n est |ne \w+ )?(?:pas|aucune?s?|sans|absence d(?:e|es|u)?|ni|jamais|plus d|n a pas)\b"
)
# What is as it should be: who goes on with a bare finding behind it has lost a « sans » (« la statique est conservée en
# décubitus, scoliose »).
_WELL = re.compile(
    r"\b(?:libres?|souples?|normale?s?|normaux|propres?|calmes?|saine?s?|indemnes?|etanches?|compressibles?|"
    r"permeables?|continue?s?|symetriques?|reguliers?|regulieres?|fluides?|intacte?s?|conservee?s?|respectee?s?|"
    r"preservee?s?|egales?|homogenes?|non calcifiee?s?)(?: (?:en|a|au|des|sur) (?:\w+ ){0,2}\w+)?$"
)
# A clause that holds one of these says of itself what is not there.
ANY_DENIAL = re.compile(r"\b(?:pas|sans|aucune?s?|ni|non|ne|n|jamais|rien|plus|absences?|nul|nulle)\b")


def denies(clause: str) -> bool:
    """Whether a clause begins with what denies all of it."""
    return bool(_DENIES.search(plain(clause)))


def is_well(clause: str) -> bool:
    """Whether a clause ends by saying that all is as it should be."""
    return bool(_WELL.search(plain(clause)))


@dataclass(frozen=True, slots=True)
class Clause:
    """What stands between two commas or stops, with its neighbours of the same section ("" at its ends)."""

    passage: Passage
    begin: int  # character offset in the passage
    text: str
    left: str
    right: str
    others: tuple[str, ...]  # the other clauses of its sentence

    @property
    def folded(self) -> str:
        return plain(self.text)

    @property
    def in_a_denied_list(self) -> bool:
        return any(denies(other) for other in self.others)

    @property
    def behind_what_is_well(self) -> bool:
        return self.begin > 0 and is_well(self.left)

    @property
    def titles(self) -> bool:
        """« Antécédents : »: it names what is behind it, and states nothing."""
        return self.passage.text[self.begin + len(self.text) :].lstrip().startswith(":")

    def doubt(self, context: Context, rule_id: str, risk: Risk, reason: str) -> Doubt:
        """A doubt about the words of this clause, without the blanks around them."""
        start = self.begin + len(self.text) - len(self.text.lstrip())
        return context.words(rule_id, risk, self.passage, start, self.begin + len(self.text.rstrip()), reason)


def clauses_of(context: Context) -> Iterator[Clause]:
    passages = list(context.passages())
    for n, passage in enumerate(passages):
        before = passages[n - 1] if n and passages[n - 1].section == passage.section else None
        after = passages[n + 1] if n + 1 < len(passages) and passages[n + 1].section == passage.section else None
        parts = list(clauses(passage.text))
        for i, (begin, text) in enumerate(parts):
            left = parts[i - 1][1] if i else _last_clause(before)
            right = parts[i + 1][1] if i + 1 < len(parts) else _first_clause(after)
            others = tuple(other for j, (_, other) in enumerate(parts) if j != i)
            yield Clause(passage, begin, text, left, right, others)


def _last_clause(passage: Passage | None) -> str:
    return [part for _, part in clauses(passage.text.rstrip(" ."))][-1] if passage and passage.text.strip(" .") else ""


def _first_clause(passage: Passage | None) -> str:
    return next((part for _, part in clauses(passage.text)), "") if passage else ""
