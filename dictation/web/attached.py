"""Attached: the documents that lay beside a recording, handed out as files.

Dictation id and number in, bytes out; every one handed out is journalled. Never shown inside a page: they come from
outside, and a browser's reader is not ours to vouch for.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dictation.web.parts import parts
from dictation.web.people import READERS, journal, readable, roles


@require_safe
@roles(*READERS)
def document(request: HttpRequest, dictation_id: str, number: int) -> HttpResponse:
    """GET /dictees/<id>/documents/<n>: the n-th document, from 1, as it was received."""
    attachments = readable(request, dictation_id).attachments
    if not 1 <= number <= len(attachments):
        raise Http404
    attachment = attachments[number - 1]
    data = parts().blobs.get(attachment.sha256)
    journal(request, "document-opened", dictation_id, {"sha256": attachment.sha256})
    headers = {"Content-Disposition": f'attachment; filename="document-{dictation_id}-{number}.pdf"'}
    return HttpResponse(data, content_type="application/pdf", headers=headers)
