"""What every answer says about itself, and what no page contains."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from dictation.web.assets import FOLDER
from tests.web.hospital import DRAFT, form_of

ROUTES = ["/connexion", "/listes/toutes", "/dictees/{id}/relecture", "/dictees/{id}/son", "/rien", "/sante", "/vie"]


@pytest.mark.parametrize("route", ROUTES)
def test_every_answer_carries_the_policy_and_is_not_kept(desk, signed_in, route):
    answer = signed_in("roy").get(route.format(id=desk.drafted()))
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store"
    assert (answer["X-Content-Type-Options"], answer["X-Frame-Options"]) == ("nosniff", "DENY")


class Inline(HTMLParser):
    """Collects what the policy would refuse, and every address a page names."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "style" or name.startswith("on") or tag == "style":
                self.refused.append(f"{tag} {name}")
            if name in {"src", "href", "action", "formaction"}:
                self.addresses.append(value or "")
        if tag == "script" and not dict(attrs).get("src"):
            self.refused.append("script without src")


@pytest.mark.parametrize(
    ("account", "route"),
    [
        ("", "/connexion"),
        ("roy", "/listes/toutes"),
        ("roy", "/dictees/{drafted}/relecture"),
        ("roy", "/dictees/{uncertain}"),
        ("roy", "/envois"),
        ("morel", "/dictees/{proofread}/signature"),
        ("admin", "/sante"),
        ("admin", "/comptes"),
        ("roy", "/rien"),
    ],
)
def test_no_page_holds_inline_code_or_an_outside_address(desk, signed_in, account, route):
    ids = {"drafted": desk.drafted(), "proofread": desk.proofread(), "uncertain": desk.uncertain()[0]}
    page = Inline()
    page.feed(signed_in(account).get(route.format(**ids)).content.decode())
    assert page.refused == []
    assert [a for a in page.addresses if re.match(r"\w+:|//", a)] == []
    assert page.addresses


def test_every_field_of_every_page_has_a_name_for_screen_readers(desk, signed_in):
    ids = (desk.drafted(), desk.uncertain()[0])
    pages = [f"/dictees/{ids[0]}/relecture", f"/dictees/{ids[1]}?histoire=1", "/envois", "/listes/toutes"]
    client = signed_in("roy")
    for route in pages:
        page = client.get(route).content.decode()
        labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
        for tag in re.findall(r"<(?:input|textarea|select)[^>]*>", page):
            if 'type="hidden"' in tag or "aria-label" in tag:
                continue
            found = re.search(r' id="([^"]+)"', tag)
            inside_label = found is not None and found.group(1) == "speed"
            assert found is not None and (found.group(1) in labelled or inside_label), (route, tag)


def test_static_files_are_kept_a_year_under_their_version_and_nowhere_else(desk, signed_in):
    client = signed_in("")
    page = client.get("/connexion").content.decode()
    address = re.search(r'href="(/static/[0-9a-f]+/css/base.css)"', page)
    assert address is not None
    answer = client.get(address.group(1))
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert "immutable" in answer["Cache-Control"]
    assert client.get("/static/000000000000/css/base.css").status_code == 404
    version = address.group(1).split("/")[2]
    for name in ("../assets.py", "%2e%2e/assets.py", "css/none.css", "css"):
        assert client.get(f"/static/{version}/{name}").status_code == 404


def without_comments(script: str) -> str:
    """Comments stand at the start of a line or after a space: an address in a string keeps its two strokes."""
    script = re.sub(r"(?<!\S)/\*.*?\*/", "", script, flags=re.DOTALL)
    return re.sub(r"(?<!\S)//.*", "", script)


FRENCH = r"[éèàçêÉ’«»]"
KEEPS = r"localStorage|sessionStorage|indexedDB"
OUTSIDE = r"eval\(|https?://"
OUTBOX = "outbox.js"  # keeps what was dictated until the hospital has it, encrypted


def test_only_comments_are_taken_out_of_a_script():
    script = '// é\nsay("à"); // ç\n/* «\n» */ fetch("https://x.fr"); /** ê */ localStorage.a = 1;\n'
    assert re.findall(f"{FRENCH}|{KEEPS}|{OUTSIDE}", without_comments(script)) == ["à", "https://", "localStorage"]


def test_our_scripts_speak_no_french_and_keep_nothing_in_the_browser():
    keeping = set()
    for path in FOLDER.glob("js/*.js"):
        code = without_comments(path.read_text(encoding="utf-8"))
        assert len(code.splitlines()) > 10, path.name
        assert not re.search(FRENCH, code), f"{path.name}: words for people belong in the templates"
        assert not re.search(OUTSIDE, code), path.name
        if re.search(KEEPS, code):
            keeping.add(path.name)
    assert keeping == {OUTBOX}
    assert "localStorage" not in (FOLDER / "js" / OUTBOX).read_text(encoding="utf-8")


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        (ink, ground)
        for ground, inks in {
            "ground": ["ink", "muted", "accent", "bad", "good", "warn", "accent-dark"],
            "sheet": ["ink", "muted", "accent", "bad", "good", "warn", "accent-dark"],
            "accent-soft": ["ink", "accent-dark", "accent"],
            "bad-soft": ["bad", "ink"],
            "good-soft": ["good"],
            "warn-soft": ["warn", "ink"],
            "line": ["ink"],
        }.items()
        for ink in inks
    ],
)
def test_text_stands_out_from_its_ground(ink, ground):
    tokens = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", (FOLDER / "css/tokens.css").read_text(encoding="utf-8")))
    light, dark = sorted((luminance(tokens[ink]), luminance(tokens[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.2, 1.4.3


def test_behind_tls_the_cookies_are_bound_to_the_host(home):
    from dictation import django_settings
    from dictation.settings import WebSettings

    plain = django_settings.values(home)
    tls = django_settings.values(home.model_copy(update={"web": WebSettings(https=True)}))
    for cookie in ("SESSION", "CSRF"):
        assert tls[f"{cookie}_COOKIE_NAME"].startswith("__Host-")
        assert tls[f"{cookie}_COOKIE_SECURE"] is True
        assert not plain[f"{cookie}_COOKIE_NAME"].startswith("__Host-")
        assert tls[f"{cookie}_COOKIE_HTTPONLY"] is plain[f"{cookie}_COOKIE_HTTPONLY"] is True
    assert "Argon2" in plain["PASSWORD_HASHERS"][0]


def test_refusals_keep_the_policy_too(desk, signed_in):
    client = signed_in("roy")
    client.handler.enforce_csrf_checks = True
    answer = client.post(f"/dictees/{desk.drafted()}/texte", form_of(DRAFT, 1))
    assert (answer.status_code, answer["X-Frame-Options"]) == (403, "DENY")
    assert "rechargez" in answer.content.decode()
