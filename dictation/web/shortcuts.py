"""Shortcuts: the page where a person chooses the keys of the desk, by pressing them.

Kept with the account, like the pedals: whoever sits down at another computer has their keys. Rules:
dictation/shortcuts.py.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from dictation import shortcuts as rules
from dictation.web.pages import notice, page, wants_json
from dictation.web.parts import parts
from dictation.web.people import READERS, Person, person, roles


def keys_of(who: Person) -> dict[str, str]:
    """The key of everything the desk does, as this person has it."""
    return rules.chosen(parts().ledger.preferences(who.account))


@require_safe
@roles(*READERS)
def shortcuts(request: HttpRequest) -> HttpResponse:
    return page(request, "account/shortcuts.html", keys=keys_of(person(request)), groups=by_group())


def by_group() -> dict[str, list[rules.Shortcut]]:
    """In the order of the page; a `Shortcut` of everything the desk does."""
    groups: dict[str, list[rules.Shortcut]] = {}
    for shortcut in rules.SHORTCUTS:
        groups.setdefault(shortcut.group, []).append(shortcut)
    return groups


@require_POST
@roles(*READERS)
def change_shortcut(request: HttpRequest) -> HttpResponse:
    """POST /touches/changer: `name` gets `key`, or none; or all get their own again. JSON for our own script."""
    who, action, name = person(request), request.POST.get("action", ""), request.POST.get("name", "")
    choices = parts().ledger.preferences(who.account)
    keys, status = rules.chosen(choices), 200
    if action == "reset":
        keys, told = dict(rules.OWN), "Les touches d’origine sont rétablies."
    elif name not in rules.OWN or action not in {"learn", "clear"}:
        return HttpResponse(status=400)
    elif action == "clear":
        keys[name], told = "", f"Sans touche\u00a0: {rules.WORDS[name]}."
    else:
        key, pedal = request.POST.get("key", ""), choices.get("pedal")
        told = rules.complaint(name, key, keys, pedal if isinstance(pedal, dict) else {})
        if told:
            status = 409
        else:
            keys[name], told = key, f"{rules.label(key)}\u00a0: {rules.WORDS[name]}."
    if status == 200:
        parts().ledger.set_preferences(who.account, {"keys": rules.changed(keys)})
    if wants_json(request):
        shown = {name: rules.label(key) for name, key in keys.items()}
        return JsonResponse({"sentence": told, "keys": shown}, status=status)
    notice(request, told, "done" if status == 200 else "refused")
    return redirect("shortcuts")
