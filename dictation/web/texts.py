"""Texts: the blocks people type again and again, for the hospital, a service or oneself; and what the desk remembers.

A block is inserted at the desk by a click or by its abbreviation. Secretaries keep those of the hospital and of the
services, everybody keeps their own. Preferences hold speeds, steps back, the keys
of a pedal and whether an urgent letter sounds; nothing of a patient.
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
from dictation.web import french
from dictation.web.desk import SHOWN, TITLES
from dictation.web.pages import notice, page, refused
from dictation.web.parts import parts
from dictation.web.people import READERS, SECRETARY, Person, person, roles
from dictation.web.shared_texts import blocks_for, sites_and_services

LONGEST = 4000  # characters of a block
REMEMBERED = {"speeds", "rewinds", "click", "pedal", "next", "chime"}  # what a page may ask to remember
ROOM = 4000  # characters of preferences
IMPORTED = 200_000  # characters of a list that is pasted
# « cdt;Cordialement, », « rdv1m → Je le reverrai dans un mois. »: Word's own list comes out with tabulations.
PAIR = re.compile(rf"(?P<short>[\w.]{{2,24}})\s*(?:;|\t|=|→)\s*(?P<text>\S.{{0,{LONGEST - 1}}})")


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
    if request.POST.get("action") == "import":
        return _import(request, who)
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


def _import(request: HttpRequest, who: Person) -> HttpResponse:
    """A list pasted from Word or a spreadsheet, all of it or nothing: an abbreviation and its text on each line."""
    owner = request.POST.get("owner", "")
    if owner not in {value for value, _ in _owners(who)}:
        return _texts(request, "Ce texte n’est pas à vous\u00a0: vous pouvez en faire un à votre nom.", 403)
    level, key = owner.split(":", 1)
    lines = [line for line in request.POST.get("list", "")[:IMPORTED].splitlines() if line.strip()]
    pairs = [PAIR.fullmatch(line.strip()) for line in lines]
    wrong = [str(number) for number, pair in enumerate(pairs, start=1) if pair is None]
    if wrong or not pairs:
        which = f"\u00a0: voir ligne {', '.join(wrong[:5])}" if wrong else ""
        return _texts(request, f"Une abréviation, un point-virgule ou une tabulation, puis le texte{which}.", 400)
    mine = {b.abbreviation: b for b in blocks_for(who) if (b.level, b.owner) == (Level(level), key) and b.abbreviation}
    for pair in pairs:
        short, text = pair["short"], pair["text"]  # type: ignore[index]
        known = mine.get(short)
        number, title, section = (known.id, known.title, known.section) if known else (0, short, None)
        block = TextBlock(number, Level(level), key, title, text, short, section)
        parts().ledger.save_block(block, actor=who.account)
    notice(request, f"{french.count(len(pairs), 'abréviation enregistrée', 'abréviations enregistrées')}.")
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
