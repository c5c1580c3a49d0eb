"""Every route for every role: what opens, what is refused, what does not exist."""

from __future__ import annotations

import re

import pytest

from tests.web.hospital import BRUN, DRAFT, MOREL, form_of

# account -> status for a dictation of Dr Morel. anis: same service, may substitute; brun: another service; roy: a
# secretary of all services; noel: a secretary of Dr Brun's service alone.
# 302 to the sign-in for nobody; 403 what a role never does; 404 what is not for this person.
READ = {"": 302, "roy": 200, "noel": 404, "morel": 200, "anis": 200, "brun": 404, "admin": 403}
SIGN = {"": 302, "roy": 403, "noel": 403, "morel": 200, "anis": 200, "brun": 404, "admin": 403}
ADMIN = {"": 302, "roy": 403, "noel": 403, "morel": 403, "anis": 403, "brun": 403, "admin": 200}
LISTS = {"": 302, "roy": 200, "noel": 200, "morel": 200, "anis": 200, "brun": 200, "admin": 403}

PAGES = [
    ("drafted", "/dictees/{id}/relecture", READ),
    ("drafted", "/dictees/{id}?histoire=1", READ),
    ("drafted", "/dictees/{id}/son", READ),
    ("drafted", "/dictees/{id}/apercu", READ),
    ("drafted", "/dictees/{id}/apercu/1.png", READ),
    ("proofread", "/dictees/{id}/signature", SIGN),
    ("approved", "/dictees/{id}/lettre.pdf", READ),
    ("approved", "/dictees/{id}/lettre/1.png", READ),
    ("drafted", "/dictees/{id}/ondes", READ),
    ("with_document", "/dictees/{id}/documents/1", READ),
    ("drafted", "/dictees/{id}/versions", READ),
    ("proofread", "/dictees/{id}/signature?mode=sans-relecture", SIGN),
    ("drafted", "/dictees/{id}/apercu?partie=1", READ),
    ("drafted", "/dictees/{id}/points", READ),
    ("drafted", "/dictees/{id}/ailleurs", READ),
    ("drafted", "/textes", LISTS),
    ("drafted", "/textes/appris", LISTS | {"morel": 403, "anis": 403, "brun": 403}),
    ("drafted", "/touches", LISTS),
    ("drafted", "/compte", LISTS | {"admin": 200}),
    ("drafted", "/chiffres", LISTS | {"admin": 200}),
    ("drafted", "/chiffres?format=csv", LISTS | {"admin": 200}),
    ("drafted", "/evenements", LISTS),
    ("drafted", "/suivante", dict.fromkeys(LISTS, 302) | {"admin": 403}),
    ("drafted", "/listes/toutes", LISTS),
    ("drafted", "/listes/en-retard?service=Urologie&urgent=1&q=durand", LISTS),
    ("drafted", "/envois", LISTS),
    ("drafted", "/envois/reponses", LISTS | {"morel": 403, "anis": 403, "brun": 403}),
    ("approved", "/envois/{id}/suivi", READ),
    ("approved", "/envois/{id}/preuve", READ),
    ("approved", "/envois/{id}/preuve.pdf", READ),
    ("drafted", "/dictees/{id}/destinataire", READ),
    # 404: nothing was printed for the post
    ("approved", "/envois/{id}/page-de-garde.pdf", READ | {"roy": 404, "morel": 404, "anis": 404}),
    ("drafted", "/dictaphone/", LISTS | {"roy": 403, "noel": 403}),
    ("drafted", "/dictaphone/liste", LISTS | {"": 401, "roy": 403, "noel": 403}),
    ("drafted", "/dictaphone/appareils", LISTS | {"roy": 403, "noel": 403, "admin": 200}),
    ("drafted", "/sante", ADMIN),
    ("drafted", "/comptes", ADMIN),
]
POSTS = [
    ("drafted", "/dictees/{id}/texte", READ | {"roy": 302, "morel": 302, "anis": 302}),
    ("drafted", "/dictees/{id}/action", READ | {"roy": 302, "morel": 302, "anis": 302}),
    ("proofread", "/dictees/{id}/signer", SIGN | {"morel": 403, "anis": 403}),  # 403: without the password
    ("proofread", "/dictees/{id}/renvoyer", SIGN | {"morel": 302, "anis": 302}),
    ("drafted", "/dictees/{id}/prise", READ | {"roy": 302, "morel": 302, "anis": 302}),
    ("drafted", "/dictees/{id}/question", READ | {"roy": 302, "morel": 302, "anis": 302}),
    ("drafted", "/dictees/{id}/question/1", SIGN | {"morel": 409, "anis": 409}),  # 409: nothing was asked
    # 404: nothing was asked
    ("drafted", "/dictees/{id}/question/1/voix", READ | {"roy": 404, "morel": 404, "anis": 404}),
    ("drafted", "/dictees/{id}/mauvais-patient", READ),
    ("drafted", "/dictees/{id}/mot", READ | {"morel": 403, "anis": 403, "brun": 403}),
    ("drafted", "/textes/changer", ADMIN | {"admin": 403}),  # no owner given
    ("drafted", "/textes/appris/reponse", LISTS | {"roy": 302, "noel": 302, "morel": 403, "anis": 403, "brun": 403}),
    ("drafted", "/preferences", dict.fromkeys(LISTS, 400) | {"": 302, "admin": 403}),
    ("drafted", "/compte", dict.fromkeys(LISTS, 302)),
    ("drafted", "/touches/changer", dict.fromkeys(LISTS, 400) | {"": 302, "admin": 403}),
    # 409: no line of the directory was named
    ("drafted", "/dictees/{id}/destinataire", READ | {"roy": 409, "morel": 409, "anis": 409}),
    ("uncertain", "/envois/{id}", READ | {"roy": 302, "morel": 302, "anis": 302}),
    ("approved", "/envois/{id}/suivi/decision", READ | {"roy": 400, "morel": 400, "anis": 400}),
    ("drafted", "/envois/reponses/{id}", LISTS | {"roy": 400, "noel": 400, "morel": 403, "anis": 403, "brun": 403}),
    ("drafted", "/sante/journal", ADMIN),
    ("drafted", "/comptes/nouveau", ADMIN | {"admin": 400}),
    ("drafted", "/comptes/999999", ADMIN | {"admin": 404}),
    # 404: no such device
    (
        "drafted",
        "/dictaphone/appareils/9/revoquer",
        READ | {"roy": 403, "noel": 403, "morel": 404, "anis": 404, "admin": 404, "brun": 404},
    ),
]


PUBLIC = {"sign_in", "sign_out", "unlock", "alive", "static", "home", "case"}  # tested in test_accounts and below
# … and in test_recorder: the door of the sound, for devices too
PUBLIC |= {"recorder_manifest", "recorder_service", "recorder_piece", "recorder_take", "enrol_device"}


def test_no_route_is_left_out_of_the_matrix(desk):
    """A new page must say here who may open it."""
    from django.urls import resolve

    from dictation.web.urls import urlpatterns

    tried = {resolve(route.format(id="0" * 12).split("?")[0]).url_name for _, route, _ in [*PAGES, *POSTS]}
    assert {pattern.name for pattern in urlpatterns} == tried | PUBLIC


def case_in(desk, state: str) -> str:
    made = getattr(desk, state)(MOREL)
    return made[0] if isinstance(made, tuple) else made


@pytest.mark.parametrize(("state", "route", "expected"), PAGES, ids=[page[1] for page in PAGES])
def test_a_page_opens_for_whom_it_is_meant(desk, signed_in, state, route, expected):
    one = case_in(desk, state)
    got = {account: signed_in(account).get(route.format(id=one)).status_code for account in expected}
    assert got == expected


@pytest.mark.parametrize(("state", "route", "expected"), POSTS, ids=[post[1] for post in POSTS])
def test_an_action_works_for_whom_it_is_meant(desk, signed_in, state, route, expected):
    body = form_of(DRAFT, 1) | {
        "reason": "essai",
        "decision": "arrived",
        "words": "Quel côté\u202f?",
        "answer": "Droit",
    }
    if route.endswith("/action"):
        body["action"] = "hold"
    got = {}
    for account in expected:
        one = case_in(desk, state)
        before = desk.state(one)
        got[account] = signed_in(account).post(route.format(id=one), body).status_code
        if got[account] in (403, 404) or not account:
            assert desk.state(one) is before
    assert got == expected


@pytest.mark.parametrize("account", ["roy", "morel", "admin", ""])
def test_what_does_not_exist_is_404_and_never_an_error(desk, signed_in, account):
    client, expected = signed_in(account), 302 if account == "" else 404
    for route in ("/dictees/0123456789ab", "/dictees/0123456789ab/relecture", "/dictees/0123456789ab/son"):
        assert client.get(route).status_code == (403 if account == "admin" else expected)
    assert client.get("/dictees/ZZ").status_code == 404
    assert client.get("/rien").status_code == 404


def test_an_account_without_a_role_may_do_nothing(desk, signed_in):
    from dictation.store.tables import Profile

    one, client = desk.drafted(), signed_in("roy")
    Profile.objects.filter(user__username="roy").delete()
    for route in (f"/dictees/{one}/relecture", "/listes/toutes", "/envois", "/sante", "/comptes"):
        assert client.get(route).status_code == 403


def test_a_surgeon_without_rpps_sees_no_dictation(desk, signed_in):
    from dictation.store.tables import Profile

    one, client = desk.drafted(), signed_in("morel")
    Profile.objects.filter(user__username="morel").update(rpps="")
    assert client.get(f"/dictees/{one}/relecture").status_code == 404
    assert one not in client.get("/listes/toutes").content.decode()


def test_a_surgeon_lists_and_counts_only_what_they_may_see(desk, signed_in):
    mine, theirs = desk.drafted(MOREL), desk.drafted(BRUN)
    page = signed_in("brun").get("/listes/a-relire").content.decode()
    assert theirs in page
    assert mine not in page
    assert 'À relire <span class="count">1</span>' in page


def test_a_secretary_of_one_service_meets_no_letter_of_another_in_any_list_count_or_search(desk, signed_in, ledger):
    mine, theirs = desk.drafted(BRUN, name="Lefort"), desk.drafted(MOREL, name="Introuvable")
    unsure = [desk.uncertain(author)[0] for author in (BRUN, MOREL)]
    refused = ledger.refuse("Introuvable_1954.ds2", code="E_AUDIO_DS2", quarantine_name="q1")
    client = signed_in("noel")

    def seen(route: str) -> str:
        return client.get(route, follow=True).content.decode()

    for route in (
        "/listes/a-relire", "/listes/toutes", "/listes/toutes?q=introuv", f"/listes/toutes?q={theirs[:9]}",
        "/listes/en-erreur", f"/listes/toutes?auteur={MOREL.rpps}", "/listes/toutes?service=Urologie", "/envois",
        "/envois/reponses", "/textes/appris", "/suivante", "/textes",
    ):  # fmt: skip
        assert not [word for word in (theirs, unsure[1], refused, "ntrouvable") if word in seen(route)], route
    assert mine in seen("/listes/a-relire?q=lefort")
    assert unsure[0] in seen("/envois")
    assert 'À relire <span class="count">1</span>' in seen("/listes/toutes")
    assert 'En erreur <span class="count">1</span>' in seen("/listes/toutes")
    assert "Urologie" not in seen("/listes/toutes")
    figures = seen("/chiffres?format=csv")
    assert "Orthopédie" in figures
    assert "Urologie" not in figures


def test_a_secretary_of_one_service_works_on_its_letters_as_before(desk, signed_in):
    one, client = desk.drafted(BRUN), signed_in("noel")
    assert client.get(f"/dictees/{one}/relecture").status_code == 200
    assert client.get(f"/dictees/{one}/son").status_code == 200
    body = form_of(DRAFT, 1, "hand_over:anyway") | {"confirmed": [doubt.key for doubt in DRAFT.doubts]}
    assert client.post(f"/dictees/{one}/texte", body).status_code == 302
    assert desk.state(one).value == "proofread"


def test_a_service_that_is_no_more_shows_nothing_rather_than_everything(desk, signed_in):
    from dictation.store.tables import Profile

    one, client = desk.drafted(BRUN), signed_in("noel")
    Profile.objects.filter(user__username="noel").update(services=["Orthopédie B"])
    assert client.get(f"/dictees/{one}/relecture").status_code == 404
    assert one not in client.get("/listes/toutes").content.decode()


# What a page asks the store for without naming one dictation.
ASKED = {
    "page",
    "list",
    "tallies",
    "urgent_ids",
    "counts",
    "find",
    "waiting",
    "without_news",
    "corrected",
    "attach",
    "dismiss",
}


def test_no_page_asks_for_letters_without_naming_the_scope():
    """The scope is in the query itself: a page that forgets it does not pass."""
    import ast
    from pathlib import Path

    import dictation.web

    asked = re.compile(rf"\b(ledger|replies|suggestions)\.({'|'.join(ASKED)})$")
    forgotten, met = [], set()
    for path in Path(dictation.web.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found = asked.search(ast.unparse(node.func)) if isinstance(node, ast.Call) else None
            if not isinstance(node, ast.Call) or found is None:
                continue
            met.add(found[2])
            if not {"author", "authors"} & {word.arg for word in node.keywords}:
                forgotten.append(f"{path.name}:{node.lineno}")
    assert not forgotten
    assert met == ASKED


def test_a_refusal_is_journalled(desk, signed_in):
    one = desk.drafted(MOREL)
    signed_in("brun").get(f"/dictees/{one}/relecture")
    signed_in("noel").get(f"/dictees/{one}/son")
    signed_in("admin").get(f"/dictees/{one}/relecture")
    assert {("brun", "access-refused"), ("noel", "access-refused")} <= set(desk.actions(one))
    assert ("admin", "access-refused") in [(e.actor, e.action) for e in desk.ledger.journal("")]


def test_the_administrator_never_sees_a_patient(desk, signed_in):
    desk.drafted(name="Introuvable")
    desk.ledger.refuse("Introuvable_1954.ds2", code="E_AUDIO_DS2", quarantine_name="q1")
    client = signed_in("admin")
    for route in ("/sante", "/comptes", "/"):
        assert "ntrouvable" not in client.get(route, follow=True).content.decode()


def test_a_post_without_its_token_is_refused(desk, signed_in):
    one = desk.drafted()
    client = signed_in("roy")
    client.handler.enforce_csrf_checks = True
    answer = client.post(f"/dictees/{one}/texte", form_of(DRAFT, 1, plan="Sport."))
    assert answer.status_code == 403
    assert desk.ledger.draft(one) == desk.ledger.draft(one, 1)


def test_no_page_may_be_changed_by_a_get(desk, signed_in):
    one, client = desk.proofread(), signed_in("morel")
    for route in ("texte", "action", "signer", "renvoyer"):
        assert client.get(f"/dictees/{one}/{route}").status_code == 405
