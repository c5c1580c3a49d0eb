"""Signing in, the idle lock, and the administrator's accounts."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.web.hospital import DRAFT, PASSWORD, form_of


def stranger() -> Client:
    return Client(headers={"host": "localhost"})


def enter(client: Client, account: str = "roy", password: str = PASSWORD, **more: str):
    return client.post("/connexion", {"account": account, "password": password} | more)


def test_the_right_password_opens_the_page_that_was_asked_for(desk):
    client, one = stranger(), desk.drafted()
    asked = client.get(f"/dictees/{one}/relecture")
    assert asked["Location"] == f"/connexion?next=/dictees/{one}/relecture"
    assert enter(client, next=f"/dictees/{one}/relecture")["Location"] == f"/dictees/{one}/relecture"
    assert client.get(f"/dictees/{one}/relecture").status_code == 200


@pytest.mark.parametrize(
    ("account", "place"), [("roy", "/listes/a-relire"), ("morel", "/listes/a-signer"), ("admin", "/sante")]
)
def test_everybody_lands_where_their_work_is(desk, account, place):
    client = stranger()
    assert client.get(enter(client, account)["Location"])["Location"] == place


@pytest.mark.parametrize("target", ["https://evil.test/", "//evil.test", "javascript:alert(1)", "/\\evil.test"])
def test_signing_in_never_leads_out_of_the_site(desk, target):
    assert enter(stranger(), next=target)["Location"] == "/"


def test_a_wrong_password_and_an_unknown_account_look_the_same(desk):
    wrong, unknown = enter(stranger(), "roy", "x"), enter(stranger(), "personne", "x")
    assert wrong.status_code == unknown.status_code == 403
    words = [re.sub(r'(token|csrf)[^>]*>|value="\w+"', "", a.content.decode()) for a in (wrong, unknown)]
    assert words[0] == words[1]


def test_five_wrong_passwords_make_an_account_wait(desk):
    for _ in range(5):
        enter(stranger(), "roy", "x")
    refused = enter(stranger(), "roy")
    assert refused.status_code == 403
    assert "cinq minutes" in refused.content.decode()
    assert enter(stranger(), "morel").status_code == 302


def test_a_closed_account_does_not_open(desk, signed_in):
    from django.contrib.auth.models import User

    client = signed_in("roy")
    User.objects.filter(username="roy").update(is_active=False)
    assert enter(stranger()).status_code == 403
    assert client.get("/listes/toutes").status_code == 302


def test_a_page_left_alone_locks(desk, signed_in):
    client = signed_in("roy")
    desk.clock.forward(15 * 60)
    assert client.get("/listes/toutes").status_code == 200
    desk.clock.forward(15 * 60 + 1)
    assert client.get("/listes/toutes").status_code == 302


def test_polling_does_not_count_as_presence(desk, signed_in):
    client = signed_in("roy")
    for _ in range(4):
        desk.clock.forward(4 * 60)
        answer = client.get("/listes/toutes?partie=1", headers={"x-polling": "1"})
    assert answer.status_code == 302


def test_a_working_day_ends_however_busy(desk, signed_in):
    client = signed_in("roy")
    for _ in range(12 * 6):
        desk.clock.forward(10 * 60)
        assert client.get("/session").status_code == 204
    desk.clock.forward(10 * 60)
    assert client.get("/session").status_code == 401


def test_an_expired_session_answers_scripts_with_401_and_unlocks_in_place(desk, signed_in):
    one, client = desk.drafted(), signed_in("roy")
    desk.clock.forward(3600)
    body, scripts = form_of(DRAFT, 1, plan="Repos."), {"accept": "application/json"}
    assert client.post(f"/dictees/{one}/texte", body, headers=scripts).status_code == 401
    wrong = client.post("/session", {"account": "roy", "password": "x"}, headers=scripts)
    assert (wrong.status_code, "csrf" in wrong.json()) == (403, False)
    right = client.post("/session", {"account": "roy", "password": PASSWORD}, headers=scripts)
    assert right.json()["csrf"]
    assert client.post(f"/dictees/{one}/texte", body, headers=scripts).status_code == 200
    assert "Repos." in desk.ledger.draft(one).text()


def test_signing_out_ends_the_session(desk, signed_in):
    client = signed_in("roy")
    client.post("/deconnexion")
    assert client.get("/listes/toutes").status_code == 302


def test_sign_ins_and_failures_are_journalled_without_the_typed_name(desk):
    enter(stranger(), "roy", "x")
    enter(stranger(), "roy")
    lines = [(entry.actor, entry.action) for entry in desk.ledger.journal("")]
    assert lines == [("-", "sign-in-failed"), ("roy", "signed-in")]


def new_account(**changed: str) -> dict[str, str]:
    values = {"account": "costa", "first_name": "Ana", "last_name": "Costa", "role": "secretary", "rpps": ""}
    return values | {"password": "un mot de passe long"} | changed


def test_the_administrator_opens_accounts(desk, signed_in):
    assert signed_in("admin").post("/comptes/nouveau", new_account()).status_code == 302
    assert enter(stranger(), "costa", "un mot de passe long").status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": "roy"},
        {"account": "ROY"},
        {"account": "deux mots"},
        {"last_name": ""},
        {"role": "emperor"},
        {"role": "author", "rpps": "12"},
        {"password": "court"},
        {"account": "ana.costa.orthopedie", "password": "ana.costa.orthopedie"},
    ],
)
def test_an_account_that_makes_no_sense_is_not_made(desk, signed_in, wrong):
    from django.contrib.auth.models import User

    before = User.objects.count()
    answer = signed_in("admin").post("/comptes/nouveau", new_account(**wrong))
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert User.objects.count() == before


def test_closing_an_account_ends_its_work_and_reopening_gives_it_back(desk, signed_in):
    from django.contrib.auth.models import User

    roy, admin = User.objects.get(username="roy"), signed_in("admin")
    client = signed_in("roy")
    admin.post(f"/comptes/{roy.pk}", {"action": "close"})
    assert client.get("/listes/toutes").status_code == 302
    admin.post(f"/comptes/{roy.pk}", {"action": "reopen"})
    assert signed_in("roy").get("/listes/toutes").status_code == 200


def test_a_new_password_ends_the_sessions_of_the_old_one(desk, signed_in):
    from django.contrib.auth.models import User

    client, roy = signed_in("roy"), User.objects.get(username="roy")
    signed_in("admin").post(f"/comptes/{roy.pk}", {"action": "password", "password": "encore plus long qu’avant"})
    assert client.get("/listes/toutes").status_code == 302
    assert enter(stranger(), "roy").status_code == 403
    assert enter(stranger(), "roy", "encore plus long qu’avant").status_code == 302


def test_administrators_cannot_close_themselves_out(desk, signed_in):
    from django.contrib.auth.models import User

    admin = User.objects.get(username="admin")
    signed_in("admin").post(f"/comptes/{admin.pk}", {"action": "close"})
    admin.refresh_from_db()
    assert admin.is_active


def test_a_secretary_is_made_for_a_service_and_given_others_later(desk, signed_in):
    from django.contrib.auth.models import User

    one, admin = desk.drafted(), signed_in("admin")
    admin.post("/comptes/nouveau", new_account(service="Orthopédie"))
    user = User.objects.get(username="costa")
    assert user.profile.services == ["Orthopédie"]
    [made] = [entry for entry in desk.ledger.journal("") if entry.action == "account-created"]
    assert (made.actor, dict(made.details)["account"], dict(made.details)["services"]) == (
        "admin", "costa", "Orthopédie",
    )  # fmt: skip
    assert signed_in("costa").get(f"/dictees/{one}/relecture").status_code == 404
    changed = admin.post(
        f"/comptes/{user.pk}", {"action": "services", "service": ["Urologie", "Orthopédie"]}, follow=True
    )
    assert "Le compte costa voit désormais\u00a0: Urologie, Orthopédie." in changed.content.decode()
    assert signed_in("costa").get(f"/dictees/{one}/relecture").status_code == 200
    admin.post(f"/comptes/{user.pk}", {"action": "services"})
    assert User.objects.get(username="costa").profile.services == []
    lines = [entry for entry in desk.ledger.journal("") if entry.action == "account-services"]
    assert [(entry.actor, dict(entry.details)["services"]) for entry in lines] == [
        ("admin", "Orthopédie, Urologie"),
        ("admin", ""),
    ]


def test_a_service_the_hospital_has_not_is_refused_and_so_are_services_of_a_surgeon(desk, signed_in):
    from django.contrib.auth.models import User

    admin, roy, morel = signed_in("admin"), *(User.objects.get(username=name) for name in ("roy", "morel"))
    assert admin.post("/comptes/nouveau", new_account(service="Urolgie")).status_code == 400
    unknown = admin.post(f"/comptes/{roy.pk}", {"action": "services", "service": "Urolgie"}, follow=True)
    surgeon = admin.post(f"/comptes/{morel.pk}", {"action": "services", "service": "Orthopédie"}, follow=True)
    assert "Service inconnu" in unknown.content.decode()
    assert "Seul un compte de secrétaire" in surgeon.content.decode()
    assert [User.objects.get(pk=one.pk).profile.services for one in (roy, morel)] == [[], []]


def test_the_administrator_writes_the_extension_and_whoever_finds_a_letter_held_reads_it(desk, signed_in):
    from django.contrib.auth.models import User

    admin, one, number = signed_in("admin"), desk.drafted(), User.objects.get(username="diaz").pk
    for bad in ("bureau 4", "4" * 13):
        admin.post(f"/comptes/{number}", {"action": "extension", "extension": bad})
        assert "Le poste est un numéro" in admin.get("/comptes").content.decode()
    admin.post(f"/comptes/{number}", {"action": "extension", "extension": " 4213 "})
    assert "<td>4213</td>" in admin.get("/comptes").content.decode()
    assert ("admin", "account-extension") in desk.actions("")
    desk.ledger.take_lock(one, "diaz")
    desk.clock.forward(60)
    roy, held = signed_in("roy"), "Inès Diaz, poste\u00a04213"
    assert f"{held} relit depuis 1\u00a0min" in roy.get("/listes/a-relire").content.decode()
    page = roy.get(f"/dictees/{one}/relecture").content.decode()
    assert f'<strong class="who">{held}</strong> relit cette lettre depuis' in page
    told = roy.post(f"/dictees/{one}/prise", headers={"accept": "application/json"}).json()
    assert (told["who"], told["mine"]) == (held, False)
    admin.post(f"/comptes/{number}", {"action": "extension", "extension": ""})
    assert "poste" not in roy.get("/listes/a-relire").content.decode()


def test_a_new_account_may_have_an_extension(desk, signed_in):
    from dictation.store.tables import Profile

    form = {
        "account": "anne", "last_name": "Roy", "role": "secretary", "password": "quatre mots plutôt longs",
        "extension": "4213",
    }  # fmt: skip
    assert signed_in("admin").post("/comptes/nouveau", form | {"extension": "x"}).status_code == 400
    assert signed_in("admin").post("/comptes/nouveau", form).status_code == 302
    assert Profile.objects.get(user__username="anne").extension == "4213"


def test_a_person_writes_their_own_extension_and_nobody_elses(desk, signed_in):
    from dictation.store.tables import Profile

    def numbers() -> dict[str, str]:
        return dict(Profile.objects.exclude(extension="").values_list("user__username", "extension"))

    for account in ("roy", "morel", "admin"):
        client = signed_in(account)
        body = {"extension": " 42  13 ", "account": "diaz", "name": "diaz"}
        assert "Votre poste\u00a0: 42 13." in client.post("/compte", body, follow=True).content.decode()
        assert 'value="42 13"' in client.get("/compte").content.decode()
        refused = client.post("/compte", {"extension": "bureau 4"})
        assert refused.status_code == 400
        assert "Le poste est un numéro" in refused.content.decode()
        assert 'value="bureau 4"' in refused.content.decode()  # to be corrected, not typed again
    assert numbers() == dict.fromkeys(("roy", "morel", "admin"), "42 13")
    lines = [entry for entry in desk.ledger.journal("") if entry.action == "account-extension"]
    assert [(line.actor, dict(line.details)) for line in lines] == [
        (account, {"account": account}) for account in ("roy", "morel", "admin")
    ]
    roy = signed_in("roy")
    assert "Votre poste\u00a0: aucun." in roy.post("/compte", {"extension": ""}, follow=True).content.decode()
    assert "roy" not in numbers()
    assert 'href="/touches"' in roy.get("/compte").content.decode()
    assert 'href="/touches"' not in signed_in("admin").get("/compte").content.decode()  # no letter, no key
