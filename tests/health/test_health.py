"""What `dictation check` says of an installation: yes, or what to do."""

from __future__ import annotations

import pytest

from dictation.domain.check import Check
from dictation.settings import AuthorEntry, Settings

FONTAINE = AuthorEntry(rpps="10003456786", last_name="Fontaine", first_name="Claire", service="Urologie")


def point(name: str, settings: Settings) -> Check:
    from dictation.compose import Installation
    from dictation.health import checks

    [found] = [one for one in checks(Installation(settings)) if one.name == name]
    return found


@pytest.fixture
def hospital(home: Settings) -> Settings:
    """An installation with one author."""
    return home.model_copy(update={"authors": (FONTAINE,)})


def test_somebody_must_see_what_is_of_no_service(hospital):
    from dictation.store.accounts import Role, save_account

    assert point("comptes", hospital) == Check("comptes", True, "0 secrétaires")
    save_account("anne", "correct horse battery", Role.SECRETARY, services=["Urologie"])
    alone = point("comptes", hospital)
    assert (alone.ok, "Aucune secrétaire ne voit tous les services" in alone.text) == (False, True)
    save_account("helene", "correct horse battery", Role.SECRETARY)
    assert point("comptes", hospital) == Check("comptes", True, "2 secrétaires, dont 1 pour certains services")


def test_a_service_renamed_in_the_settings_alone_is_pointed_out(hospital):
    from dictation.store.accounts import Role, save_account

    save_account("anne", "correct horse battery", Role.SECRETARY, services=["Urologie B"])
    lost = point("comptes", hospital)
    assert (lost.ok, "Urologie B" in lost.text) == (False, True)
