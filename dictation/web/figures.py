"""Figures page: how long each stage takes, per service; charts as inline SVG with the same numbers in a table, and CSV.

For everybody with a role: no name, no letter, no ranking of persons. What somebody may not see is not counted.
"""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dictation import figures as numbers
from dictation.web.pages import page
from dictation.web.parts import parts, today
from dictation.web.people import ADMINISTRATOR, READERS, journal, person, roles

DAYS = 30


def _services(request: HttpRequest) -> dict[str, str]:
    """RPPS -> service of the authors this person counts."""
    who = person(request)
    scope = None if who.role == ADMINISTRATOR else who.scope
    return {a.rpps: a.service or "sans service" for a in parts().authors if scope is None or a.rpps in scope}


@require_safe
@roles(ADMINISTRATOR, *READERS)
def figures(request: HttpRequest) -> HttpResponse:
    """GET /chiffres, or /chiffres?format=csv."""
    services, now = _services(request), parts().clock()
    since = now - timedelta(days=DAYS)
    moves = parts().ledger.moves_since(since, services)
    per_service = numbers.by_service(moves)
    if request.GET.get("format") == "csv":
        journal(request, "exported")
        return _csv(per_service)
    standing, points = parts().ledger.under_way(services), parts().ledger.points_since(since, services)
    stages = numbers.stages(moves)
    context: dict[str, Any] = {
        "days": DAYS,
        "stages": stages,
        "longest": max((stage.p90_hours or 0.0 for stage in stages), default=0.0),
        "per_service": per_service,
        "backlog": numbers.backlog(standing, now),
        "failures": numbers.failures(moves),
        "points": {
            "letters": len(points),
            "median": numbers.percentile(points, 0.5),
            "p90": numbers.percentile(points, 0.9),
        },
    }
    return page(request, "figures/page.html", **context)


def _csv(per_service: dict[str, list[numbers.Stage]]) -> HttpResponse:
    """Semicolons, decimal commas and a byte order mark: opened by a double click in French."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(["service", "étape", "lettres", "médiane (heures)", "90e centile (heures)"])
    for service, stages in per_service.items():
        for stage in stages:
            hours = ["" if h is None else f"{h:.2f}".replace(".", ",") for h in (stage.median_hours, stage.p90_hours)]
            writer.writerow([_safe(service), stage.name, stage.letters, *hours])
    name = f'attachment; filename="delais-{today().isoformat()}.csv"'
    content = ("\ufeff" + out.getvalue()).encode()
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name})


def _safe(cell: str) -> str:
    """A spreadsheet runs what begins with one of these; a service's name is no formula."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r" else cell
