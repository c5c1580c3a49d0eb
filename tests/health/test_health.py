"""What `dictation check` says of an installation: yes, or what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dictation.domain.check import Check
from dictation.settings import AuthorEntry, OverdueSettings, Settings, WebSettings
from tests.ledgers import drafted, recording, sidecar

FONTAINE = AuthorEntry(rpps="10003456782", last_name="Fontaine", first_name="Claire", service="Urologie")


def point(name: str, settings: Settings) -> Check:
    from dictation.compose import Installation
    from dictation.health import checks

    [found] = [one for one in checks(Installation(settings)) if one.name == name]
    return found


@pytest.fixture
def hospital(home: Settings) -> Settings:
    """An installation with one author."""
    return home.model_copy(update={"authors": (FONTAINE,)})


def test_somebody_must_see_what_is_of_no_service(hospital, clock):
    from dictation.store.accounts import Role, save_account

    assert point("comptes", hospital) == Check("comptes", True, "0 secrétaires")
    save_account("anne", "correct horse battery", Role.SECRETARY, services=["Urologie"], at=clock(), actor="test")
    alone = point("comptes", hospital)
    assert (alone.ok, "Aucune secrétaire ne voit tous les services" in alone.text) == (False, True)
    save_account("helene", "correct horse battery", Role.SECRETARY, at=clock(), actor="test")
    assert point("comptes", hospital) == Check("comptes", True, "2 secrétaires, dont 1 pour certains services")


def test_a_service_renamed_in_the_settings_alone_is_pointed_out(hospital, clock):
    from dictation.store.accounts import Role, save_account

    save_account("anne", "correct horse battery", Role.SECRETARY, services=["Urologie B"], at=clock(), actor="test")
    lost = point("comptes", hospital)
    assert (lost.ok, "Urologie B" in lost.text) == (False, True)


def test_words_under_the_name_of_no_service_are_pointed_out(hospital):
    from dictation.compose import Installation

    installation = Installation(hospital)
    installation.add_words(["silodosine"])
    assert point("vocabulaire", hospital) == Check("vocabulaire", True, "1 mots")
    installation.add_words(["RTUP", "JJ"], "Urologie")
    assert point("vocabulaire", hospital) == Check("vocabulaire", True, "3 mots, dont ceux de 1 services")
    installation.vocabulary.add(["RTUP"], "Urologie B")
    lost = point("vocabulaire", hospital)
    assert (lost.ok, "Urologie B" in lost.text) == (False, True)


def test_what_people_are_late_with_is_told_and_what_the_machine_left_behind_is_wrong(hospital, ledger, clock):
    clock.now = datetime.now(UTC) - timedelta(hours=30)
    drafted(ledger)
    told = point("retards", hospital)
    assert (told.ok, told.text) == (True, "1 en retard, à relire, à signer ou sans accusé")
    ledger.register(recording(), sidecar())
    left = point("retards", hospital)
    assert (left.ok, left.text.startswith("1 dictées arrêtées")) == (False, True)


def test_a_service_with_longer_limits_is_not_late_yet_and_one_that_is_not_there_is_pointed_out(hospital, ledger, clock):
    def with_limits(service: str) -> Settings:
        limits = OverdueSettings(services={service: {"proofread_hours": 72}})
        return hospital.model_copy(update={"overdue": limits})

    clock.now = datetime.now(UTC) - timedelta(hours=30)
    drafted(ledger)
    assert point("retards", with_limits("Urologie")).text == "rien en retard"
    lost = point("retards", with_limits("Urolgie"))
    assert (lost.ok, "Urolgie" in lost.text) == (False, True)


@pytest.mark.parametrize(
    ("web", "ok", "words"),
    [
        ({}, True, "cookies sans __Host-"),
        ({"host": "0.0.0.0"}, False, "sans HTTPS"),
        ({"allowed_hosts": ("localhost", "dictees.hopital.test")}, False, "dictees.hopital.test"),
        ({"allowed_hosts": ("dictees.hopital.test",), "https": True}, True, "cookies __Host-"),
    ],
)
def test_a_desk_served_without_its_host_cookies_is_pointed_out(hospital, web, ok, words):
    settings = hospital.model_copy(update={"web": WebSettings(**web)})
    found = point("bureau", settings)
    assert (found.ok, words in found.text) == (ok, True)
