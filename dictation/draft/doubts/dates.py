"""Dates: a day that does not exist, a discharge before its admission, a birth after the visit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from dictation.domain.documents import Doubt, Finding, FindingKind, Risk
from dictation.draft.doubts.context import Context, quoted

_LEAP = 2024  # a day said without its year may be 29 February


def check(context: Context) -> Iterable[Doubt]:
    for kind in (FindingKind.DATE, FindingKind.BIRTH_DATE):
        for finding in context.of_kind(kind):
            iso = finding.value("iso")
            if iso and _day(iso) is None:
                yield context.about(
                    "date.impossible", Risk.HIGH, finding, f"Date impossible\u00a0: {quoted(finding.text)}."
                )
    born = _first(context, FindingKind.BIRTH_DATE)
    if born is None:
        return
    for finding in context.of_kind(FindingKind.DATE):
        iso = finding.value("iso") or ""
        day, birth = _day(iso), _day(born.value("iso") or "")
        if day and birth and not iso.startswith("--") and day < birth:
            reason = f"Date antérieure à la naissance\u00a0: {quoted(finding.text)}."
            yield context.about("date.before_birth", Risk.HIGH, finding, reason)


def _first(context: Context, kind: FindingKind) -> Finding | None:
    found = [f for f in context.of_kind(kind) if not (f.value("iso") or "--").startswith("--")]
    return found[0] if found else None


def _day(iso: str) -> date | None:
    try:
        return date.fromisoformat(iso.replace("--", f"{_LEAP}-", 1) if iso.startswith("--") else iso)
    except ValueError:
        return None
