"""Pages: an answer from a template, with what every page shows: who is signed in, where to go, what just happened."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from dictation.errors import DictationError
from dictation.web.parts import parts
from dictation.web.people import person

NOTICE = "notice"


def page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    who = person(request) if request.user.is_authenticated else None
    context.update(
        who=who,
        now=parts().clock(),
        notice=request.session.pop(NOTICE, None),
        here=request.resolver_match.url_name if request.resolver_match else "",
    )
    return render(request, template, context, status=status)


def records(answer: HttpResponse) -> HttpResponse:
    """A page that may use the microphone: headers.py tells the browser."""
    answer.records = True  # type: ignore[attr-defined]
    return answer


def notice(request: HttpRequest, words: str, kind: str = "done", link: str = "", link_words: str = "") -> None:
    """One sentence for the next page this person opens. kind: "done" or "refused"."""
    request.session[NOTICE] = {"words": words, "kind": kind, "link": link, "link_words": link_words}


def wants_json(request: HttpRequest) -> bool:
    """Whether one of our own modules asks, rather than a browser going to a page."""
    return request.headers.get("Accept", "").startswith("application/json")


def refused(request: HttpRequest, error: DictationError, status: int = 409) -> HttpResponse:
    """A refusal, as a page or as JSON, with the French sentence of its code."""
    if wants_json(request):
        return JsonResponse({"code": error.code, "sentence": error.sentence}, status=status)
    return page(request, "refused.html", status=status, sentence=error.sentence)
