"""Texts: the blocks people type again and again, for the hospital, a service or oneself; and what the desk remembers.

A block is inserted at the desk by a click or by its abbreviation. Secretaries keep those of the hospital and of the
services, everybody keeps their own. Preferences hold speeds, steps back and the keys of a pedal; nothing of a patient.
"""

from __future__ import annotations

import json
import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from dictation.domain.desk import Level, TextBlock
from dictation.domain.documents import SectionKind
from dictation.errors import DictationError
from dictation.web.desk import SHOWN, TITLES
from dictation.web.pages import notice, page, refused
from dictation.web.parts import parts
from dictation.web.people import READERS, SECRETARY, Person, person, roles
from dictation.web.shared_texts import blocks_for, sites_and_services

LONGEST = 4000  # characters of a block
REMEMBERED = {"speeds", "rewind", "click", "pedal"}  # what a page may ask to remember
ROOM = 4000  # characters of preferences


@require_safe
@roles(*READERS)
def texts(request: HttpRequest) -> HttpResponse:
    return _texts(request)


def _texts(request: HttpRequest, error: str = "", status: int = 200) -> HttpResponse:
    who = person(request)
    context = {
        "blocks": blocks_for(who),
        "owners": _owners(who),
        "kinds": [(kind, TITLES[kind] or SHOWN[kind]) for kind in SectionKind],
        "error": error,
    }
    return page(request, "proofread/texts.html", status=status, **context)


def _owners(who: Person) -> list[tuple[str, str]]:
    """(value, words) of whose a new block may be."""
    own = [(f"{Level.ACCOUNT.value}:{who.account}", "moi seulement")]
    if who.role != SECRETARY:
        return own
    sites, services = sites_and_services(who)
    return (
        own
        + [(f"service:{one}", f"service {one}") for one in services]
        + [(f"site:{one}", f"site {one}") for one in sites]
    )


@require_POST
@roles(*READERS)
def change_text(request: HttpRequest) -> HttpResponse:
    """POST /textes: save or delete one block."""
    who = person(request)
    asked = {
        name: request.POST.get(name, "").strip() for name in ("id", "owner", "title", "text", "abbreviation", "section")
    }
    if asked["owner"] not in {value for value, _ in _owners(who)}:
        return _texts(request, "Ce texte n’est pas à vous\u00a0: vous pouvez en faire un à votre nom.", 403)
    level, owner = asked["owner"].split(":", 1)
    number = int(asked["id"]) if asked["id"].isdecimal() and len(asked["id"]) < 10 else 0
    try:
        if request.POST.get("action") == "delete":
            parts().ledger.delete_block(number, Level(level), owner, actor=who.account)
            notice(request, "Texte retiré.")
            return redirect("texts")
        if not asked["title"] or not asked["text"] or len(asked["text"]) > LONGEST:
            return _texts(request, "Donnez un nom et un texte.", 400)
        if asked["abbreviation"] and not re.fullmatch(r"[\w.]{2,24}", asked["abbreviation"]):
            return _texts(request, "Abréviation\u00a0: de 2 à 24 lettres ou chiffres, sans espace.", 400)
        section = SectionKind(asked["section"]) if asked["section"] in set(SectionKind) else None
        text = asked["text"].replace("\r\n", "\n")
        block = TextBlock(number, Level(level), owner, asked["title"][:80], text, asked["abbreviation"], section)
        parts().ledger.save_block(block, actor=who.account)
    except DictationError as error:
        return refused(request, error, 403)
    notice(request, "Texte enregistré.")
    return redirect("texts")


@require_POST
@roles(*READERS)
def remember(request: HttpRequest) -> HttpResponse:
    """POST /preferences: one choice of this person, as JSON."""
    name, value = request.POST.get("name", ""), request.POST.get("value", "")
    if name not in REMEMBERED or len(value) > ROOM:
        return HttpResponse(status=400)
    try:
        choice: Any = json.loads(value)
    except ValueError:
        return HttpResponse(status=400)
    parts().ledger.set_preferences(person(request).account, {name: choice})
    return HttpResponse(status=204)
