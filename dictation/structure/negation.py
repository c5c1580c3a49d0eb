"""Negation: what a sentence denies, supposes, tells of a relative, of the past, or announces.

The text of a section and its facts in, the same facts with their status out. A cue (patterns/qualifiers.tsv) rules its
own clause, a dozen words at most: « pas de fièvre, mais une douleur » denies the fever only. « ne peut éliminer »
supposes, and a test that « est négatif » has a negative result: the test itself is not denied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from dictation.domain.documents import FindingKind, SectionKind
from dictation.structure.facts import Fact
from dictation.structure.lexicon import kept, rows

_REACH = 12  # words a cue rules at most before its list goes on
_BACK = 10  # words a cue rules backwards at most
_STOP = re.compile(r"[!?;:\n()•]|\.(?!\d)")
_ABBREVIATED = re.compile(r"\b(?:dr|pr|m|mme|cf|st|ste|env|n)$")
_WORD = re.compile(r"\S+")
_LIST_GOES_ON = re.compile(r", (?:d'|de |du |des |ni |ou |voire |et d'|et de )")
_LIST_ENDS = re.compile(r"^(?:[^,.;:\n()]{1,45}, ){0,5}[^,.;:\n()]{1,45}? (?:ni|ou) ")
_DETERMINED = re.compile(r", (?:le|la|les|un|une|il|elle|on|avec|mais|puis|l'|je|nous|bon|bonne|absence|pas|sans) ?")
_ARTICLE = re.compile(r"(?:\b(?:une?|la|les?|des|de|cette|ces?|du|son|sa|ses|leurs?)|[dl]'|^|[,;:.(\n]) ?$")
_NEGATIVE = re.compile(
    r"^[ ,]*(?:(?:est|était|sont|étaient|revient|reste|à droite|à gauche|bilatéral\w*) )*négati(?:f|ve)s?\b"
)
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Ruled:
    """Characters first..last take a status from a cue."""

    status: str
    first: int
    last: int
    strength: int = 0  # among hypotheses and denials of one place, the more specific cue


@kept
def _cues() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    return tuple((_pattern(cue), status, way) for cue, status, way in rows("qualifiers"))


@kept
def _stops(status: str) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<![\w'])(?:{cue})" for cue, of in rows("scopes") if of in ("all", status)))


@kept
def _one_of(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(row[0] for row in rows(name))})(?!\w)")


def _pattern(cue: str) -> re.Pattern[str]:
    """A cue between word boundaries; one that ends in an apostrophe or a blank may touch the next word."""
    return re.compile(rf"(?<!\w)(?:{cue})(?:(?<=[' :])|(?!\w))")


def qualify(
    text: str, facts: Iterable[Fact], kind: SectionKind, *, visit: date | None = None, relatives: bool = False
) -> None:
    """Set `negated` and `status` of each fact. `relatives`: the whole section tells of the family."""
    plain = text.lower().replace("’", "'").replace("\u00a0", " ")
    if len(plain) != len(text):  # a letter whose small form is longer: places would no longer be true
        plain = text.replace("’", "'").replace("\u00a0", " ")
    ruled = _scopes(plain, visit)
    for fact in facts:
        statuses = {r.status for r in ruled if r.first <= fact.start < r.last}
        fact.negated = fact.negated or "negated" in statuses or _negative_sign(plain, fact)
        fact.status = _status(fact, statuses, kind, relatives) or fact.status


_CLINICAL = frozenset({FindingKind.DIAGNOSIS, FindingKind.PROCEDURE, FindingKind.ALLERGY})
_DONE = frozenset({FindingKind.PROCEDURE, FindingKind.DRUG, FindingKind.FOLLOW_UP})


def _status(fact: Fact, statuses: set[str], kind: SectionKind, relatives: bool) -> str:
    """One word for a fact: whose it is comes first, then whether it is sure, then when."""
    if fact.kind in _CLINICAL and ("family" in statuses or relatives):
        return "family"
    if "hypothesis" in statuses:
        return "hypothesis"
    if "planned" in statuses and fact.kind in _DONE:
        return "planned"
    if fact.kind in _CLINICAL and ("past" in statuses or (kind is SectionKind.HISTORY and fact.kind in _PAST)):
        return "past"
    return ""


_PAST = frozenset({FindingKind.DIAGNOSIS, FindingKind.PROCEDURE})


def _negative_sign(plain: str, fact: Fact) -> bool:
    """« Lasègue négatif » denies the sign; « ECBU négatif » is a result."""
    behind = _NEGATIVE.match(plain[fact.end : fact.end + 40])
    before = plain[max(0, fact.start - 12) : fact.end]
    return bool(behind and _one_of("negative_signs").search(before))


def _scopes(plain: str, visit: date | None) -> list[Ruled]:
    """Everything cues rule. Where two cues overlap the longer one speaks: « ne peut exclure » hides its « ne »."""
    found = [(m.start(), m.end(), status, way) for cue, status, way in _cues() for m in cue.finditer(plain)]
    found.sort(key=lambda cue: (cue[0] - cue[1], cue[0]))
    said: list[tuple[int, int, str, str]] = []
    for cue in found:
        if cue[1] > cue[0] and not any(cue[0] < end and start < cue[1] for start, end, _, _ in said):
            said.append(cue)
    ruled: list[Ruled] = []
    for start, end, status, way in said:
        if status == "past" and visit and any(int(y) >= visit.year for y in _YEAR.findall(plain[start:end])):
            continue
        ruled += _ruled(plain, start, end, status, way)
    return ruled


def _ruled(plain: str, start: int, end: int, status: str, way: str) -> list[Ruled]:
    if way == "around":  # « une probable hernie » rules what follows, « hernie probable » what precedes
        way = "after" if _ARTICLE.search(plain[:start]) else "before"
    if way == "adverb":  # « probablement une hernie », and « une hernie, probablement »
        way = "after" if _WORD.match(plain[end:].lstrip(" ")[:1].replace(",", "").replace(".", "")) else "before"
    if way == "after":
        return [Ruled(status, end, _forward(plain, end, status))]
    if way == "before":
        return [Ruled(status, _backward(plain, start), start)]
    if way == "next":
        word = _WORD.search(plain, end)
        return [Ruled(status, end, word.end() if word else end)]
    if way == "clause":
        return [Ruled(status, _backward(plain, start), _forward(plain, end, status))]
    if way == "sentence":
        return [Ruled(status, _backward(plain, start), _sentence_end(plain, end, status))] if status != "none" else []
    return []


def _forward(plain: str, at: int, status: str) -> int:
    """Where the clause that begins at `at` ends: a mark, a word that turns the sentence, or the reach of a cue."""
    end = _mark(plain, at)
    if (turn := _stops(status).search(plain, at, end)) and turn.start() > at:
        end = turn.start()
    if status == "negated" and (change := _one_of("unchanged").search(plain, at, end)):
        return change.end()
    comma = at
    while (comma := plain.find(",", comma, end)) >= 0:
        if plain[comma + 1 : comma + 2].isdecimal() or _list_goes_on(plain[comma:end]):
            comma += 1
            continue
        end = comma
        break
    words = [word.end() for word in _WORD.finditer(plain, at, end)]
    commas = plain.count(",", at, end)
    return words[_REACH + 4 * commas - 1] if len(words) > _REACH + 4 * commas else end


def _list_goes_on(rest: str) -> bool:
    """« , de frissons », « , frissons ni sueurs »: what follows a comma is denied as well."""
    if _LIST_GOES_ON.match(rest):
        return True
    return not _DETERMINED.match(rest) and bool(_LIST_ENDS.match(rest[2:]))


def _backward(plain: str, at: int) -> int:
    """Where the clause that ends at `at` begins. « …, qui n'est pas retrouvé » looks over its « qui »."""
    before = plain[:at].rstrip()
    for link in (" qui", ","):
        before = before.removesuffix(link)
    begin = 0
    for mark in _STOP.finditer(before):
        if not (mark[0] == "." and _ABBREVIATED.search(before[: mark.start()])):
            begin = mark.end()
    begin = max(begin, _last_comma(before) + 1)
    for turn in _stops("all").finditer(before, begin):
        begin = turn.end()
    words = [word.start() for word in _WORD.finditer(before, begin)]
    return words[-_BACK] if len(words) > _BACK else begin


def _last_comma(before: str) -> int:
    at = before.rfind(",")
    while at >= 0 and before[at + 1 : at + 2].isdecimal():
        at = before.rfind(",", 0, at)
    return at


def _sentence_end(plain: str, at: int, status: str) -> int:
    end = _mark(plain, at, colon=False)
    turn = _stops(status).search(plain, at, end)
    return turn.start() if turn else end


def _mark(plain: str, at: int, *, colon: bool = True) -> int:
    for mark in _STOP.finditer(plain, at):
        if mark[0] == "." and _ABBREVIATED.search(plain[at : mark.start()]):
            continue
        if mark[0] == ":" and not colon:
            continue
        return mark.start()
    return len(plain)
