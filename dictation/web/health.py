"""Health: is the service well? For the administrator, who reads no letter: ids, counts, codes and what to do.

GET /vie answers « ok » to a monitor without signing in, and says nothing else.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from dictation.domain.progress import State
from dictation.web.pages import notice, page
from dictation.web.parts import parts
from dictation.web.people import ADMINISTRATOR, journal, roles
from dictation.web.worklist import TABS, may_retry, sentence_of

STANDING = (State.QUARANTINED, State.STUCK, State.RETURNED, State.UNCERTAIN)
SHOWN = 50
EVERYBODY = None  # whoever looks after the machine sees that every letter moves, and none of their patients


@require_safe
@roles(ADMINISTRATOR)
def health(request: HttpRequest) -> HttpResponse:
    return _health(request)


def _health(request: HttpRequest, problems: list[str] | None = None) -> HttpResponse:
    ledger, checks = parts().ledger, parts().checks
    counts = {settled: ledger.counts(author=EVERYBODY, settled=settled) for settled in (None, False)}
    found = ledger.list(set(STANDING), author=EVERYBODY, settled=False, limit=SHOWN)
    context: dict[str, Any] = {
        "checks": list(checks()) if checks else [],
        "counts": [(tab.label, sum(counts[tab.settled].get(state, 0) for state in tab.states)) for tab in TABS],
        "standing": [(dictation, sentence_of(dictation), may_retry(dictation)) for dictation in found],
        "problems": problems,
    }
    return page(request, "health/page.html", **context)


@require_POST
@roles(ADMINISTRATOR)
def verify(request: HttpRequest) -> HttpResponse:
    """Walk the whole journal and say whether its chain is intact."""
    problems = list(parts().ledger.verify())
    journal(request, "journal-verified", details={"problems": len(problems)})
    if not problems:
        notice(request, "Le journal est intact\u00a0: aucune ligne n’a été changée ni retirée.")
    return _health(request, problems)


@login_not_required
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")
