"""The keys of the desk: each may be changed, none may take what writing, the browser or another action needs."""

from __future__ import annotations

import json
import re

import pytest

from dictation import shortcuts
from dictation.shortcuts import OWN, SHORTCUTS, complaint, refusal

JSON = {"accept": "application/json"}


@pytest.mark.parametrize("key", OWN.values())
def test_every_key_the_desk_comes_with_is_one_a_person_could_choose(key):
    assert refusal(key) == ""


@pytest.mark.parametrize("key", ["F13", "Shift+F9", "Ctrl+F2", "MediaPlayPause", "Pause", "Ctrl+Shift+Space", "Ctrl+b"])
def test_a_key_that_writes_nothing_and_that_nobody_needs_may_be_chosen(key):
    assert complaint("play", key, OWN, {}) == ""


@pytest.mark.parametrize(
    ("key", "why"),
    [
        *((key, "sert à écrire") for key in ("a", "é", "Shift+l", "1", "Enter", "Shift+Enter", "Space", "Backspace")),
        *((key, "sert à écrire") for key in ("Delete", "ArrowDown", "Home", "Shift+ArrowLeft", "Tab", "Escape")),
        *((key, "modifier le texte") for key in ("Ctrl+c", "Ctrl+v", "Ctrl+x", "Ctrl+z", "Ctrl+a", "Ctrl+y")),
        *((key, "modifier le texte") for key in ("Ctrl+Shift+v", "Ctrl+Shift+z")),
        *((key, "sert au navigateur") for key in ("F5", "F11", "F12", "Ctrl+F5", "Ctrl+F4", "Ctrl+t", "Ctrl+w")),
        *((key, "sert au navigateur") for key in ("Ctrl+n", "Ctrl+p", "Ctrl+f", "Ctrl+Shift+n", "Alt+ArrowLeft")),
        *((key, "sert au navigateur") for key in ("Alt+d", "Alt+Home")),
        *((key, "appartient à Windows") for key in ("Alt+F4", "Alt+Space", "Meta+l", "Alt+Shift+F9", "Alt+Tab")),
        *((key, "AltGr") for key in ("Ctrl+Alt+e", "Ctrl+Alt+Shift+F9")),
        *((key, "texte ou au navigateur") for key in ("Ctrl+ArrowLeft", "Ctrl+Shift+ArrowDown", "Ctrl+1", "Ctrl+Tab")),
        *((key, "texte ou au navigateur") for key in ("Ctrl+PageDown", "Ctrl+é", "Ctrl+Backspace", "Ctrl++")),
        *((key, "pas reconnue") for key in ("", "Ctrl+", "Shift+Ctrl+l", "F4 F5", "F" * 41)),
    ],
)
def test_what_writing_the_browser_or_windows_needs_is_refused_and_says_so(key, why):
    assert why in complaint("play", key, OWN, {})


def test_a_key_that_is_taken_is_refused_by_the_name_of_what_has_it():
    assert "F9 est déjà la touche de «\u00a0aperçu de la lettre\u00a0»." in complaint("play", "F9", OWN, {})
    assert complaint("preview", "F9", OWN, {}) == ""  # it is its own
    assert complaint("play", "F9", OWN | {"preview": ""}, {}) == ""  # given up
    pedal = {"back": "F13", "play": "hid:911:0:2"}
    assert "votre pédale «\u00a0Retour\u00a0»" in complaint("play", "F13", OWN, pedal)


def test_what_is_remembered_is_what_differs_and_a_chosen_key_wins_over_one_that_came_later():
    keys = OWN | {"play": "F13", "help": ""}
    assert shortcuts.changed(keys) == {"play": "F13", "help": ""}
    assert shortcuts.chosen({"keys": {"play": "F13", "help": ""}}) == keys
    later = shortcuts.chosen({"keys": {"play": "F9", "nothing": "F2", "back": "a", "find": 3}})
    assert later == OWN | {"play": "F9", "preview": ""}
    assert shortcuts.chosen({"keys": "F4"}) == OWN


def test_keys_are_shown_in_french_and_told_to_screen_readers_in_their_words():
    assert [shortcuts.label(key) for key in ("Ctrl+Shift+l", "Alt+ArrowDown", "Ctrl+Space", "F4", "")] == [
        "Ctrl\u00a0Maj\u00a0L", "Alt\u00a0↓", "Ctrl\u00a0Espace", "F4", "",
    ]  # fmt: skip
    assert shortcuts.aria("Ctrl+Shift+l") == "Control+Shift+L"
    assert shortcuts.aria("Alt+ArrowDown") == "Alt+ArrowDown"


def press(client, name: str, key: str):
    return client.post("/touches/changer", {"action": "learn", "name": name, "key": key}, headers=JSON)


def shown(page: str) -> dict[str, str]:
    """What each button of the desk says its key is, for a screen reader."""
    return dict(re.findall(r'id="([\w-]+)"[^>]* aria-keyshortcuts="([^"]+)"', page))


def test_a_changed_key_is_said_everywhere_the_desk_names_it_and_is_this_persons_alone(desk, signed_in):
    one, roy = desk.drafted(), signed_in("roy")
    assert press(roy, "play", "F13").json() == {
        "sentence": "F13\u00a0: lecture, pause (recule un peu).",
        "keys": {name: shortcuts.label(key) for name, key in (OWN | {"play": "F13"}).items()},
    }
    assert press(roy, "next_point", "Ctrl+b").status_code == 200
    page = roy.get(f"/dictees/{one}/relecture").content.decode()
    assert 'title="Lecture ou pause (F13)"' in page
    assert shown(page)["play"] == "F13 Control+Space"
    assert "<kbd>F4</kbd>" not in page
    assert page.count("<kbd>F13</kbd>") == 2  # beside the button, and in the help
    does = json.loads(re.search(r"data-keys='([^']+)'", page.split('id="letter"')[1])[1])
    assert does["F13"] == "play"
    assert "F4" not in does
    assert '<kbd title="Point suivant">Ctrl\u00a0B</kbd>' in roy.get(f"/dictees/{one}/points").content.decode()
    assert desk.ledger.preferences("roy")["keys"] == {"play": "F13", "next_point": "Ctrl+b"}
    other = signed_in("diaz").get(f"/dictees/{one}/relecture").content.decode()
    assert 'title="Lecture ou pause (F4)"' in other


def test_a_refused_key_changes_nothing_whoever_asks(desk, signed_in):
    roy = signed_in("roy")
    desk.ledger.set_preferences("roy", {"pedal": {"play": "F14"}})
    for key, why in (("F9", "aperçu de la lettre"), ("Ctrl+c", "copier"), ("F14", "pédale")):
        answer = press(roy, "play", key)
        assert (answer.status_code, why in answer.json()["sentence"]) == (409, True)
    for body in ({"action": "learn", "name": "fly", "key": "F13"}, {"action": "take", "name": "play"}, {}):
        assert roy.post("/touches/changer", body).status_code == 400
    assert roy.post("/preferences", {"name": "keys", "value": '{"play": "a"}'}).status_code == 400  # not by that door
    assert "keys" not in desk.ledger.preferences("roy")


def test_a_key_is_given_up_and_all_come_back_at_one_click(desk, signed_in):
    one, roy = desk.drafted(), signed_in("roy")
    roy.post("/touches/changer", {"action": "clear", "name": "find"}, headers=JSON)
    page = roy.get(f"/dictees/{one}/relecture").content.decode()
    assert 'title="Chercher et remplacer"' in page
    assert "find-open" not in shown(page)
    assert press(roy, "play", "Ctrl+h").status_code == 200  # free by now
    assert 'data-name="find" data-none="aucune">aucune<' in roy.get("/touches").content.decode()
    back = roy.post("/touches/changer", {"action": "reset"}, follow=True).content.decode()
    assert "Les touches d’origine sont rétablies." in back
    assert desk.ledger.preferences("roy")["keys"] == {}
    for shortcut in SHORTCUTS:
        assert f'data-name="{shortcut.name}" data-none="aucune">{shortcuts.label(shortcut.own)}<' in back
