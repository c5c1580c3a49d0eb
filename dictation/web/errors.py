"""Error pages: what happened and what to do, in French, without anything about the case or the program."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def _answer(request: HttpRequest, status: int, title: str, words: str) -> HttpResponse:
    return render(request, "error.html", {"title": title, "words": words}, status=status)


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 400, "Demande incomprise", "Revenez à la page précédente et recommencez.")


@login_not_required
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    words = "Votre rôle ne permet pas cette action. Adressez-vous à l’administrateur si vous devez y avoir droit."
    return _answer(request, 403, "Accès refusé", words)


@login_not_required
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    words = "Cette page n’existe pas, ou ne vous est pas destinée."
    return _answer(request, 404, "Page introuvable", words)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    words = "Rien n’est perdu\u00a0: rechargez la page dans un instant. Si cela dure, prévenez le service informatique."
    return _answer(request, 500, "Erreur interne", words)
