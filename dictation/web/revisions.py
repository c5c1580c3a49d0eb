"""Revisions: every saved version of a letter's text, who saved it, and what each one changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dictation.domain.documents import Draft
from dictation.web.compare import Piece, pieces
from dictation.web.desk import author_of
from dictation.web.pages import page
from dictation.web.parts import parts
from dictation.web.people import READERS, journal, names, readable, roles

TOGETHER = timedelta(minutes=1)  # saves of one person this close are one line: a text saves itself every second


@dataclass(frozen=True, slots=True)
class Version:
    number: int
    who: str
    at: datetime
    saves: int


def grouped(saved: list[tuple[int, str, datetime]]) -> list[Version]:
    """One line per person and minute, the last save of each, oldest first."""
    out: list[Version] = []
    for number, who, at in saved:
        if out and out[-1].who == who and number > 2 and at - out[-1].at < TOGETHER:
            out[-1] = Version(number, who, out[-1].at, out[-1].saves + 1)
        else:
            out.append(Version(number, who, at, 1))
    return out


@require_safe
@roles(*READERS)
def revisions(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """GET /dictees/<id>/versions?v=<number>: that version, against the line before it."""
    dictation = readable(request, dictation_id)
    if not dictation.draft_version:
        raise Http404
    versions = grouped(list(parts().ledger.revisions(dictation_id)))
    wanted = request.GET.get("v", "")
    at = next((i for i, one in enumerate(versions) if str(one.number) == wanted), len(versions) - 1)
    chosen, before = versions[at], versions[at - 1] if at else None
    journal(request, "revisions-seen", dictation_id)
    ledger = parts().ledger
    text = ledger.draft(dictation_id, chosen.number)
    old = ledger.draft(dictation_id, before.number) if before else None
    context: dict[str, Any] = {
        "dictation": dictation,
        "author": author_of(dictation),
        "versions": list(reversed(versions)),
        "called": names(one.who for one in versions),
        "chosen": chosen,
        "before": before,
        "sections": _compared(old, text),
    }
    return page(request, "proofread/revisions.html", **context)


def _compared(old: Draft | None, new: Draft) -> list[tuple[str, list[Piece]]]:
    left = list(old.sections) if old else []
    out = []
    for section in new.sections:
        same = next((one for one in left if one.kind is section.kind), None)
        if same is not None:
            left.remove(same)
        before = same.text if same else "" if old else section.text
        out.append((section.title, pieces(before, section.text)))
    return out + [(one.title, pieces(one.text, "")) for one in left]
