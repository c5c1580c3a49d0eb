"""Preview: a letter that is being proofread as it would be printed now, for the eye only."""

from __future__ import annotations

import functools
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dictation.domain.progress import Dictation, State
from dictation.errors import DictationError
from dictation.web import sheets
from dictation.web.pages import page, refused
from dictation.web.parts import parts, today
from dictation.web.people import READERS, journal, readable, roles


@functools.lru_cache(maxsize=8)
def _preview(dictation_id: str, row_version: int, version: int, day: str) -> bytes:
    """The PDF of a draft, for the eye only: what is signed is rendered by open_for_signing."""
    ledger = parts().ledger
    draft = ledger.draft(dictation_id, version)
    return parts().typeset(ledger.get(dictation_id), draft, signatory="", printed_on=date.fromisoformat(day))


def _preview_of(dictation: Dictation) -> bytes:
    if not dictation.draft_version:
        raise Http404
    return _preview(dictation.id, dictation.version, dictation.draft_version, today().isoformat())


@require_safe
@roles(*READERS)
def preview(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """The letter as it would be printed now. With ?partie=1 only the pictures, for the desk's panel."""
    dictation = readable(request, dictation_id)
    if dictation.state is not State.DRAFTED:
        raise Http404
    journal(request, "previewed", dictation_id)
    try:
        count = sheets.page_count(_preview_of(dictation))
    except DictationError as error:
        return refused(request, error)
    template = "proofread/_preview.html" if request.GET.get("partie") else "proofread/preview.html"
    return page(request, template, dictation=dictation, count=count, version=dictation.draft_version)


@require_safe
@roles(*READERS)
def preview_sheet(request: HttpRequest, dictation_id: str, number: int) -> HttpResponse:
    dictation = readable(request, dictation_id)
    if dictation.state is not State.DRAFTED:
        raise Http404
    try:
        return HttpResponse(sheets.sheet(_preview_of(dictation), number), content_type="image/png")
    except IndexError as error:
        raise Http404 from error
