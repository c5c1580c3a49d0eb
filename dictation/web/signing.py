"""Signing: the exact PDF, what was asked about it, and the password that makes it a letter.

The page shows pictures of the bytes whose digest it posts back; proofread.approve refuses any other. The same bytes
are served afterwards as the letter.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from dictation import proofread
from dictation.domain.exchange import Consent
from dictation.domain.progress import Dictation, State
from dictation.errors import DictationError
from dictation.web import sheets
from dictation.web.accounts import check_password
from dictation.web.anchored import differences
from dictation.web.desk import author_of
from dictation.web.pages import notice, page, records, refused
from dictation.web.parts import parts, today
from dictation.web.people import AUTHOR, READERS, journal, names, person, readable, roles
from dictation.web.points import points_of

UNREAD = "sans-relecture"  # in addresses and forms: the author signs without reading the letter again


@require_safe
@roles(AUTHOR)
def signing(request: HttpRequest, dictation_id: str) -> HttpResponse:
    dictation = readable(request, dictation_id)
    if dictation.state is not State.PROOFREAD:
        return redirect(f"{reverse('case', kwargs={'dictation_id': dictation_id})}?histoire=1")
    return _signing(request, dictation, unread=request.GET.get("mode") == UNREAD)


def _signing(
    request: HttpRequest, dictation: Dictation, *, error: str = "", status: int = 200, unread: bool = False
) -> HttpResponse:
    who, ledger, blobs = person(request), parts().ledger, parts().blobs
    try:
        proof = proofread.open_for_signing(
            ledger, blobs, parts().typeset, dictation.id, signer=who.signer, today=today(), unread=unread
        )
        count = sheets.page_count(blobs.get(proof.pdf_sha256))
    except DictationError as problem:
        return refused(request, problem)
    journal(request, "proof-seen", dictation.id, {"pdf_sha256": proof.pdf_sha256})
    draft = ledger.draft(dictation.id, proof.draft_version)
    points = points_of(draft, ledger.ticks(dictation.id))
    handed = next((e for e in reversed(ledger.journal(dictation.id)) if e.action == State.PROOFREAD), None)
    sidecar = dictation.sidecar
    told = differences(dictation, draft)
    questions = ledger.questions(dictation.id)
    handed_by = handed.actor if handed else ""
    people = {question.asked_by for question in questions} | {question.answered_by for question in questions}
    context = {
        "differences": told,
        "grave": sum(difference.grave for difference in told),
        "questions": questions,
        "spoken": {question.id for question in questions if question.answer_sound},
        "called": names(people),
        "unread": unread,
        "dictation": dictation,
        "author": author_of(dictation),
        "proof": proof,
        "count": count,
        "draft": draft,
        "asked": [point for point in points if point.verdict == "asked"],
        "unheard": [point for point in points if not point.verdict],
        "holes": [key.split(":", 2)[2] for key in proofread.holes(draft)],
        "handed": handed,
        "handed_by": names([handed_by])[handed_by],
        "substitute": sidecar is not None and sidecar.author != who.rpps,
        "objected": sidecar is not None and sidecar.consent is Consent.OBJECTED,
        "queue": len(ledger.list({State.PROOFREAD}, author=who.scope)),
        "error": error,
    }
    return records(page(request, "signing/page.html", status=status, **context))


@require_POST
@roles(AUTHOR)
def sign(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """Sign with the password again, the bytes that were shown and no others; then the next letter."""
    dictation = readable(request, dictation_id)
    who = person(request)
    unread = request.POST.get("mode") == UNREAD
    user, wrong = check_password(request, who.account, request.POST.get("password", ""))
    if user is None:
        return _signing(request, dictation, error=wrong, status=403, unread=unread)
    try:
        proofread.approve(
            parts().ledger,
            parts().blobs,
            dictation_id,
            signer=who.signer,
            seen_pdf_sha256=request.POST.get("pdf_sha256", ""),
            at=parts().clock(),
            today=today(),
            as_substitute=request.POST.get("substitute") == "yes",
        )
    except proofread.ProofChanged as error:
        return _signing(request, parts().ledger.get(dictation_id), error=error.sentence, status=409, unread=unread)
    except DictationError as error:
        return refused(request, error, 403 if error.code == "E_NOT_SIGNATORY" else 409)
    return _next(request, "Lettre signée.")


@require_POST
@roles(AUTHOR)
def send_back(request: HttpRequest, dictation_id: str) -> HttpResponse:
    readable(request, dictation_id)
    try:
        actor = person(request).account
        moved = proofread.send_back(parts().ledger, dictation_id, request.POST.get("reason", ""), actor=actor)
    except DictationError as error:
        return refused(request, error)
    words = "Lettre renvoyée au secrétariat." if moved else "Cette lettre n’était plus à signer."
    return _next(request, words)


def _next(request: HttpRequest, words: str) -> HttpResponse:
    """Several letters in a row: the next one to sign opens by itself."""
    following = parts().ledger.list({State.PROOFREAD}, author=person(request).scope, limit=1)
    if following:
        notice(request, f"{words} Voici la suivante.")
        return redirect("signing", dictation_id=following[0].id)
    notice(request, f"{words} Il n’y en a plus d’autre à signer.")
    return redirect("worklist", tab="a-signer")


def _letter_of(request: HttpRequest, dictation_id: str) -> tuple[Dictation, str, bytes]:
    """The bytes that were, or are about to be, signed; Http404 while there are none."""
    dictation = readable(request, dictation_id)
    if not dictation.pdf_sha256:
        raise Http404
    return dictation, dictation.pdf_sha256, parts().blobs.get(dictation.pdf_sha256)


@require_safe
@roles(*READERS)
def letter(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """GET /dictees/<id>/lettre.pdf: the very bytes."""
    _, sha256, pdf = _letter_of(request, dictation_id)
    journal(request, "letter-seen", dictation_id, {"pdf_sha256": sha256})
    headers = {"Content-Disposition": f'inline; filename="lettre-{dictation_id}.pdf"', "ETag": f'"{sha256}"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


@require_safe
@roles(*READERS)
def letter_sheet(request: HttpRequest, dictation_id: str, number: int) -> HttpResponse:
    """One page of it as a picture. With ?pdf=<digest> only while that is still the letter: 404 otherwise."""
    _, sha256, pdf = _letter_of(request, dictation_id)
    if request.GET.get("pdf", sha256) != sha256:
        raise Http404
    try:
        return HttpResponse(sheets.sheet(pdf, number), content_type="image/png")
    except IndexError as error:
        raise Http404 from error
