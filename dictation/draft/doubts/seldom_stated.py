"""Seldom stated: what letters deny far more often than they state, stated here.

« Récidive dans la loge rénale droite. » A letter that opens a clause so may have lost its « pas de » or « absence de ».
How often each name is denied, and how often it opens a clause as stated, is counted in the letters we wrote
(denied_counts.tsv, by `python -m scores.learn_denied`), so the rule knows no list of findings.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk, SectionKind
from dictation.draft.doubts.context import Context, plain, quoted, rows
from dictation.draft.doubts.negation import DESCRIBED, NEGATED_AFTER, clauses, short
from dictation.draft.doubts.neighbours import ANY_DENIAL, Clause, clauses_of

# Letters that deny it, at least, and for each letter that states it. Read with what all other letters teach, each of
# our letters loses least so for what it wins (0007).
LETTERS, OFTENER = 2, 1.5
OFTENER_WITH_DETAILS = 4.0  # of which more is told: a side, a figure, a date, what it is like
OFTENER_IN_A_STORY = 8.0  # where complaints are told
_READ = (*DESCRIBED, SectionKind.REASON, SectionKind.HISTORY, SectionKind.ILLNESS, SectionKind.CONCLUSION)
_HEAD = re.compile(
    r"^(?:(?:une?|avec(?: une?)?|presence d[eu]?|(?:il y a|on (?:note|retrouve|voit)) une?) )?"
    r"((?:contre |anti )?[a-z]{4,})\b(.*)$"
)
_DENIED = re.compile(
    r"\b(?:(?:pas|absence|jamais|ni) (?:de |d )|sans |aucune? |ni )(?:(?:autres?|nouvelle|nouveau|vraie?|reelle?) )?"
    r"((?:contre |anti )?[a-z]{4,})"
)
_DETAILS = re.compile(
    r"\d|\b(?:droite?s?|gauches?|bilatera\w+|depuis|est|sont|etait|etaient|grade|present\w*|plus|type|stade|classe\w*|"
    r"ancien\w*|opere\w*|traite\w*|connu\w*|minime\w*|modere\w*|importante?s?|discret\w*|chronique\w*|possible|probable|"
    r"familia\w+)\b"
)
_OF_OTHERS = frozenset(["allergie"])  # allergies.py, vague_allergy.py


def check(context: Context) -> Iterable[Doubt]:
    for clause in clauses_of(context):
        if clause.titles or clause.passage.kind not in _READ or not _is_improbable(clause):
            continue
        told = quoted(short(clause.text.strip()))
        reason = f"Plus souvent nié qu’affirmé\u00a0: {told}. Un «\u00a0pas de\u00a0» a pu se perdre, réécoutez."
        yield clause.doubt(context, "negation.seldom", Risk.MEDIUM, reason)


def _is_improbable(clause: Clause) -> bool:
    name, rest = stated_in(clause.folded)
    if name not in _counts() or clause.text.rstrip().endswith("+"):
        return False
    denied, stated = _counts()[name]
    asked = OFTENER_WITH_DETAILS if _DETAILS.search(rest) else OFTENER
    if clause.passage.kind is SectionKind.ILLNESS:
        asked = OFTENER_IN_A_STORY
    return denied >= LETTERS and denied >= asked * max(stated, 0.5)


@functools.cache
def _counts() -> dict[str, tuple[int, int]]:
    return {name: (int(denied), int(stated)) for name, denied, stated in rows("denied_counts")}


def stated_in(folded: str) -> tuple[str, str]:
    """(the name a folded clause opens with, as it is counted, what follows); ("", "") where it denies anything."""
    opened = _HEAD.search(folded)
    if opened is None or ANY_DENIAL.search(folded) or NEGATED_AFTER.search(opened[2]):
        return "", ""
    return _counted_as(opened[1]), opened[2]


def names_in(text: str) -> tuple[set[str], set[str]]:
    """The names a text denies, and those its clauses open with."""
    denied = {_counted_as(match[1]) for match in _DENIED.finditer(plain(text))}
    stated = {stated_in(plain(clause))[0] for _, clause in clauses(text)} - {""}
    return denied - _OF_OTHERS, stated - _OF_OTHERS


def _counted_as(name: str) -> str:
    return name[:-1] if len(name) > 4 and name[-1] in "sx" else name
