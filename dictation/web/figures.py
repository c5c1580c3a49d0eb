"""Figures page: delays, backlog, points and failures, together and per service, as inline SVG, tables and CSV.

For everybody with a role: no name, no letter, no ranking of persons. What somebody may not see is not counted.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dictation import figures as numbers
from dictation.domain.progress import State
from dictation.web.pages import page
from dictation.web.parts import parts, today
from dictation.web.people import ADMINISTRATOR, READERS, journal, person, roles

DAYS = 30
NO_SERVICE = "sans service"
FAILURES = {
    State.QUARANTINED: "Fichiers refusés",
    State.STUCK: "Arrêts sur erreur",
    State.UNCERTAIN: "Peut-être envoyées",
    State.RETURNED: "Revenues",
}


def _services(request: HttpRequest) -> dict[str, str]:
    """RPPS -> service of the authors this person counts; "" is what has no author yet, for who counts everything."""
    who = person(request)
    scope = None if who.role == ADMINISTRATOR else who.scope
    found = {
        rpps: service or NO_SERVICE for rpps, service in parts().services.items() if scope is None or rpps in scope
    }
    return found | ({"": NO_SERVICE} if scope is None else {})


@require_safe
@roles(ADMINISTRATOR, *READERS)
def figures(request: HttpRequest) -> HttpResponse:
    """GET /chiffres, of one service with ?service=...; the same numbers with format=csv."""
    counted, now, ledger = _services(request), parts().clock(), parts().ledger
    services, asked = sorted(set(counted.values())), request.GET.get("service", "")
    chosen = asked if asked in services else ""
    if chosen:
        counted = {rpps: service for rpps, service in counted.items() if service == chosen}
    since = now - timedelta(days=DAYS)
    found = (ledger.moves_since(since, counted), ledger.under_way(counted), ledger.points_since(since, counted), now)
    everything, per_service = numbers.told(*found), numbers.by_service(*found)
    if request.GET.get("format") == "csv":
        journal(request, "exported")
        return _csv(per_service if chosen else {"tous les services": everything} | per_service)
    context: dict[str, Any] = {
        "days": DAYS,
        "everything": everything,
        "longest": max((stage.p90_hours or 0.0 for stage in everything.stages), default=0.0),
        "per_service": per_service,
        "services": services,
        "chosen": chosen,
        "failure_words": FAILURES,
    }
    return page(request, "figures/page.html", **context)


def _csv(told: dict[str, numbers.Told]) -> HttpResponse:
    """Semicolons, decimal commas and a byte order mark: opened by a double click in French."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(["service", "rubrique", "détail", "lettres", "médiane", "90e centile", "unité"])
    for service, own in told.items():
        for rubric, detail, letters, median, p90, unit in _lines(own):
            writer.writerow([_safe(service), rubric, detail, letters, _number(median), _number(p90), unit])
    name = f'attachment; filename="chiffres-{today().isoformat()}.csv"'
    content = ("\ufeff" + out.getvalue()).encode()
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name})


Line = tuple[str, str, int, float | None, float | None, str]


def _lines(one: numbers.Told) -> Iterator[Line]:
    """What the page says of a service, a line each: rubric, detail, letters, median, 90th percentile, unit."""
    for stage in one.stages:
        yield "Délai", stage.name, stage.letters, stage.median_hours, stage.p90_hours, "heures"
    for words, number in one.backlog:
        yield "En cours", words, number, None, None, ""
    yield "Points à vérifier", "par lettre", one.letters, one.points_median, one.points_p90, "points"
    for state, number in one.failures.items():
        yield "Incidents", FAILURES[state], number, None, None, ""


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2f}".replace(".", ",") if isinstance(value, float) else str(value)


def _safe(cell: str) -> str:
    """A spreadsheet runs what begins with one of these; a service's name is no formula."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r" else cell
