"""Points: the doubts of a draft as the desk shows them, and what is honestly left of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dictation.domain.documents import Doubt, Draft, Risk
from dictation.domain.progress import State
from dictation.web import french
from dictation.web.pages import page
from dictation.web.parts import parts
from dictation.web.people import READERS, person, readable, roles
from dictation.web.shortcuts import keys_of

RISKS = {Risk.HIGH: "risque élevé", Risk.MEDIUM: "risque moyen", Risk.LOW: "risque faible"}
VERDICT_WORDS = {"heard": "Juste", "corrected": "Corrigé", "asked": "Demander"}


@dataclass(frozen=True, slots=True)
class Point:
    """A doubt as the page shows it."""

    doubt: Doubt
    number: int
    verdict: str  # "" while open
    risk: str
    section: int | None  # index of the section its words stand in
    changed: bool  # its words are no longer in the text


def points_of(draft: Draft, ticks: dict[str, str]) -> list[Point]:
    """Every doubt, most dangerous first."""
    ordered = sorted(draft.doubts, key=lambda doubt: -doubt.risk)
    out = []
    for number, doubt in enumerate(ordered, start=1):
        places = [i for i, s in enumerate(draft.sections) if doubt.section in (None, s.kind)]
        holding = [i for i in places if doubt.quote and doubt.quote in draft.sections[i].text]
        place = next(iter(holding or (places if doubt.section else [])), None)
        changed = bool(doubt.quote) and not holding
        out.append(Point(doubt, number, ticks.get(doubt.key, ""), RISKS[doubt.risk], place, changed))
    return out


HEARD_AROUND = 1.0  # seconds heard before and after a passage, together: LEAD and TAIL of player.js


def listening(points: list[Point]) -> float:
    """Seconds of sound behind the points that are still open, at normal speed; what two share is heard once."""
    spans = sorted((p.doubt.span.start, p.doubt.span.end) for p in points if p.doubt.span and not p.verdict)
    total, reached = 0.0, 0.0
    for start, end in spans:
        total += max(0.0, end - max(start, reached)) + (HEARD_AROUND if start >= reached else 0.0)
        reached = max(reached, end)
    return total


def told(points: list[Point]) -> str:
    """What is left to do, honestly: « 3 points · 1 min 20 d’écoute »; "" when nothing is."""
    waiting, seconds = sum(not point.verdict for point in points), listening(points)
    heard = f" · {french.length(seconds)} d’écoute" if seconds else ""
    return french.count(waiting, "point", "points") + heard if waiting else ""


def asking(points: list[Point], holes: int) -> str:
    """What is still open, in one sentence: « 3 points ne sont pas vérifiés, dont 2 à risque élevé »."""
    high, said = sum(point.doubt.risk is Risk.HIGH for point in points), []
    if high == len(points) > 0:
        words = "point à risque élevé n’est pas vérifié", "points à risque élevé ne sont pas vérifiés"
        said.append(french.count(high, *words))
    elif points:
        said.append(french.count(len(points), "point n’est pas vérifié", "points ne sont pas vérifiés"))
        said += [f"dont {high} à risque élevé"] if high else []
    if holes:
        said.append(french.count(holes, "endroit reste à compléter", "endroits restent à compléter"))
    return ", ".join(said)


@require_safe
@roles(*READERS)
def points(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """The queue of points alone: the page asks for it when a save has brought some, or made some go."""
    dictation = readable(request, dictation_id)
    if dictation.state is not State.DRAFTED:
        raise Http404
    ledger = parts().ledger
    found = points_of(ledger.draft(dictation_id), ledger.ticks(dictation_id))
    waiting = sum(not point.verdict for point in found)
    context: dict[str, Any] = {"points": found, "waiting": waiting, "left": told(found), "verdicts": VERDICT_WORDS}
    context["keys"] = keys_of(person(request))
    return page(request, "proofread/_points.html", **context)
