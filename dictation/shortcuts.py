"""Shortcuts: the keys of the desk: what each does, which it is by itself, and which a person may choose instead.

Pure; what a person chose lies among their preferences (dictation/web/shortcuts.py), the page says what was pressed
(shortcuts.js). A key is written as "Ctrl+Alt+Shift+" before what the browser calls it: "F4", "Ctrl+Shift+l",
"Alt+ArrowDown", "Ctrl+Space"; a letter is the character, not the place of the key: AZERTY and QWERTY alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LISTEN, CHECK, LETTER = "Écouter", "Vérifier", "Lettre"


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Something the desk does at a key."""

    name: str  # what desk.js calls it
    group: str
    words: str
    own: str  # its key as long as nobody chose another


SHORTCUTS = (
    Shortcut("play", LISTEN, "lecture, pause (recule un peu)", "F4"),
    Shortcut("play_too", LISTEN, "lecture, pause (seconde touche)", "Ctrl+Space"),
    Shortcut("back", LISTEN, "reculer de 3\u00a0secondes", "F7"),
    Shortcut("forward", LISTEN, "avancer de 3\u00a0secondes", "F8"),
    Shortcut("slower", LISTEN, "moins vite", "F2"),
    Shortcut("faster", LISTEN, "plus vite", "F3"),
    Shortcut("replay", LISTEN, "réécouter lentement les 5\u00a0dernières secondes", "Shift+F7"),
    Shortcut("from_here", LISTEN, "lire à partir du mot sous le curseur", "Shift+F4"),
    Shortcut("next_point", CHECK, "point suivant, avec son", "Alt+ArrowDown"),
    Shortcut("previous_point", CHECK, "point précédent", "Alt+ArrowUp"),
    Shortcut(
        "right", CHECK, "le point choisi est juste\u202f; ailleurs dans le texte\u00a0: entendre le mot", "Alt+Enter"
    ),
    Shortcut("next_hole", CHECK, "endroit suivant à compléter", "Ctrl+ArrowDown"),
    Shortcut("previous_hole", CHECK, "endroit précédent à compléter", "Ctrl+ArrowUp"),
    Shortcut("question", CHECK, "question à l’auteur", "Ctrl+i"),
    Shortcut("save", LETTER, "enregistrer tout de suite", "Ctrl+s"),
    Shortcut("find", LETTER, "chercher et remplacer dans la lettre", "Ctrl+h"),
    Shortcut("word", LETTER, "ajouter la sélection au vocabulaire", "Ctrl+Shift+l"),
    Shortcut("preview", LETTER, "aperçu de la lettre", "F9"),
    Shortcut("hand_over", LETTER, "transmettre à la signature", "Ctrl+Enter"),
    Shortcut("hold", LETTER, "mettre en attente", "Ctrl+Shift+Enter"),
    Shortcut("help", LETTER, "aide-mémoire des touches", "F1"),
)
# What text editing and the browser do themselves, on every page, is shown beside them and stays as it is.
FIXED = {
    LISTEN: (("Ctrl\u00a0clic", "entendre un mot"),),
    LETTER: (("Tab", "rubrique suivante"), ("Ctrl\u00a0Z", "annuler")),
}
OWN = {shortcut.name: shortcut.own for shortcut in SHORTCUTS}
WORDS = {shortcut.name: shortcut.words for shortcut in SHORTCUTS}
PEDALS = {"play": "Lecture", "back": "Retour", "forward": "Avance"}

FUNCTION = frozenset(f"F{number}" for number in range(1, 25))
BARE = frozenset({"MediaPlayPause", "MediaStop", "MediaTrackNext", "MediaTrackPrevious", "Pause", "ScrollLock"})
# With Ctrl, then with Ctrl and Shift. The browser's: new and closed tabs and windows, reloading, addresses, printing,
# finding, opening, marks, downloads, history, leaving, muting, its tools. Some of them never reach a page at all.
EDITING = ("acvxyz", "vz")
BROWSER = ("dfjlmnopqrtw", "acijkmnopqrtw")
BROWSER_FUNCTION = frozenset({"F5", "F6", "F10", "F11", "F12"})  # reload, address, menu, whole screen, tools
NAMES = {
    "Shift": "Maj", "Space": "Espace", "Enter": "Entrée", "ArrowDown": "↓", "ArrowUp": "↑", "ArrowLeft": "←",
    "ArrowRight": "→", "Backspace": "Retour arrière", "Delete": "Suppr", "Escape": "Échap", "Home": "Début",
    "End": "Fin", "PageUp": "Page préc.", "PageDown": "Page suiv.", "Insert": "Inser", "Meta": "Windows",
    "MediaPlayPause": "Média lecture", "MediaStop": "Média arrêt", "MediaTrackNext": "Média suivant",
    "MediaTrackPrevious": "Média précédent", "ScrollLock": "Arrêt défil", "ContextMenu": "Menu",
}  # fmt: skip
LONGEST = 40  # characters of a key as a page may name it
_KEY = re.compile(r"((?:Meta\+)?(?:Ctrl\+)?(?:Alt\+)?(?:Shift\+)?)([^\s+]+|\+)")


def label(key: str) -> str:
    """« Ctrl Maj L », « Alt ↓ »; "" for none."""
    return "\u00a0".join(NAMES.get(part, part.upper() if len(part) == 1 else part) for part in _parts(key))


def aria(key: str) -> str:
    """The same for aria-keyshortcuts: "Control+Shift+L"."""
    parts = ("Control" if part == "Ctrl" else part.upper() if len(part) == 1 else part for part in _parts(key))
    return "+".join(parts)


def _parts(key: str) -> list[str]:
    found = _KEY.fullmatch(key)
    return [*found[1].split("+")[:-1], found[2]] if found else []


def chosen(choices: Mapping[str, Any]) -> dict[str, str]:
    """The key of everything the desk does, for a person with these preferences; "" for none.

    What no longer may be a key, after a change of the program, falls back; whoever has chosen a key keeps it, and what
    has it by itself goes without.
    """
    kept = choices.get("keys")
    kept = kept if isinstance(kept, dict) else {}
    mine = {name: key for name, key in kept.items() if name in OWN and (key == "" or _may(key))}
    out, taken = dict.fromkeys(OWN, ""), set()
    for name in sorted(OWN, key=lambda name: name not in mine):
        key = mine.get(name, OWN[name])
        if key not in taken:
            out[name] = key
            taken.add(key)
    return out


def _may(key: Any) -> bool:
    return isinstance(key, str) and not refusal(key)


def changed(keys: Mapping[str, str]) -> dict[str, str]:
    """What is worth remembering of these: the keys that are not those of everybody."""
    return {name: key for name, key in keys.items() if key != OWN[name]}


def complaint(name: str, key: str, keys: Mapping[str, str], pedal: Mapping[str, Any]) -> str:
    """Why this may not become the key of `name`, as a French sentence; "" when it may.

    keys: what the person has now. pedal: the keys their pedals send, which come first on the page.
    """
    if why := refusal(key):
        return why
    if holder := next((other for other, its in keys.items() if its == key and other != name), ""):
        return f"{label(key)} est déjà la touche de «\u00a0{WORDS[holder]}\u00a0»."
    if pressed := next((action for action, code in pedal.items() if code == key and action in PEDALS), ""):
        return f"{label(key)} est déjà ce qu’envoie votre pédale «\u00a0{PEDALS[pressed]}\u00a0»."
    return ""


def refusal(key: str) -> str:
    """Why nobody may give this key to anything, as a French sentence; "" when one may."""
    found = _KEY.fullmatch(key) if len(key) <= LONGEST else None
    if found is None:
        return "Cette touche n’est pas reconnue\u00a0: choisissez-en une autre."
    with_, base, shown = set(found[1].split("+")[:-1]), found[2], label(key)
    if with_ >= {"Ctrl", "Alt"}:
        return f"{shown} vaut AltGr, qui sert à écrire\u00a0: choisissez une autre touche."
    if "Meta" in with_ or with_ >= {"Alt", "Shift"} or ("Alt" in with_ and base in FUNCTION | {"Space", "Tab"}):
        return f"{shown} appartient à Windows\u00a0: choisissez une autre touche."
    if base in FUNCTION:
        own = base in BROWSER_FUNCTION or key == "Ctrl+F4"
        return f"{shown} sert au navigateur\u00a0: choisissez une autre touche." if own else ""
    if base in BARE and not with_:
        return ""
    if not with_ & {"Ctrl", "Alt"}:
        return f"{shown} sert à écrire ou à se déplacer dans le texte\u00a0: ajoutez Ctrl, ou prenez une touche F."
    if base == "Enter" or base == "Space" or (base in {"ArrowDown", "ArrowUp"} and "Shift" not in with_):
        return ""
    if "Ctrl" in with_ and re.fullmatch("[a-z]", base):
        shifted = "Shift" in with_
        if base in EDITING[shifted]:
            return f"{shown} sert à modifier le texte (copier, coller, annuler…)\u00a0: choisissez une autre touche."
        if base not in BROWSER[shifted]:
            return ""
        return f"{shown} sert au navigateur\u00a0: choisissez une autre touche."
    if "Alt" in with_:
        return f"{shown} sert au navigateur (menus, page précédente)\u00a0: choisissez une autre touche."
    return f"{shown} sert au texte ou au navigateur\u00a0: choisissez une autre touche."
