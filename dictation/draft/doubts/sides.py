"""Sides: right in one place, left in another, for what is one procedure or one organ."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Finding, FindingKind, Risk, SectionKind
from dictation.draft.doubts.context import Context, plain, quoted

# Sections that speak of the same operation; an old operation on the other side belongs to the history.
_SAME_STORY = (SectionKind.REASON, SectionKind.PROCEDURE, SectionKind.CONCLUSION, SectionKind.PLAN, SectionKind.COURSE)
_SAYS_NOTHING = frozenset(["cote", "avec", "sans", "pour", "dans", "vers", "cette", "votre", "deux", "plus", "tres"])


def check(context: Context) -> Iterable[Doubt]:
    """One doubt at most: at the first side that contradicts the side said before it."""
    said = [
        finding
        for finding in context.of_kind(FindingKind.SIDE)
        if not finding.negated and context.section_of(finding) in _SAME_STORY and finding.value("side") != "both"
    ]
    clash = _sections_disagree(context, said) or _one_organ_two_sides(said)
    if clash is not None:
        first, second = clash
        reason = (
            f"Deux côtés pour un même geste\u00a0: {_words(first)} puis {_words(second)}. Réécoutez les deux passages."
        )
        yield context.about("sides.two", Risk.HIGH, second, reason)


def _words(finding: Finding) -> str:
    head = (finding.value("of") or "").split()[-2:]
    return quoted(" ".join([*head, finding.text]))


def _sections_disagree(context: Context, said: list[Finding]) -> tuple[Finding, Finding] | None:
    """The indication says only right, the operation only left."""
    by_section: dict[SectionKind | None, list[Finding]] = {}
    for finding in said:
        by_section.setdefault(context.section_of(finding), []).append(finding)
    groups = list(by_section.values())
    for n, earlier in enumerate(groups):
        for later in groups[n + 1 :]:
            left, right = {f.value("side") for f in earlier}, {f.value("side") for f in later}
            if len(left) == len(right) == 1 and left != right:
                return earlier[0], later[0]
    return None


def _one_organ_two_sides(said: list[Finding]) -> tuple[Finding, Finding] | None:
    for n, first in enumerate(said):
        for second in said[n + 1 :]:
            if first.value("side") != second.value("side") and _organ(first) & _organ(second):
                return first, second
    return None


def _organ(finding: Finding) -> set[str]:
    """The words a side stands behind: « du genou droit » -> genou."""
    words = re.findall(r"\w{4,}", plain(finding.value("of") or ""))
    return {word.rstrip("s") for word in words[-2:]} - _SAYS_NOTHING
