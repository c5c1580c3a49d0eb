"""Accounts: a role, and for an author an RPPS number; passwords kept as Argon2 only."""

from __future__ import annotations

import pytest

from dictation.errors import NotAllowed


def test_an_account_has_its_role_and_a_password_that_only_argon2_knows(home):
    from django.contrib.auth import authenticate

    from dictation.store.accounts import Role, role_of, rpps_of, save_account

    save_account("dr.test", "correct horse battery", Role.AUTHOR, rpps="10003456782")
    user = authenticate(username="dr.test", password="correct horse battery")
    assert user is not None
    assert (role_of(user), rpps_of(user)) == (Role.AUTHOR, "10003456782")
    assert user.password.startswith("argon2$argon2id$")


def test_an_author_without_rpps_number_is_refused(home):
    from dictation.store.accounts import Role, save_account

    with pytest.raises(NotAllowed):
        save_account("dr.test", "correct horse battery", Role.AUTHOR)


def test_saving_an_account_again_changes_it(home):
    from dictation.store.accounts import Role, role_of, save_account

    save_account("anne", "correct horse battery", Role.SECRETARY)
    user = save_account("anne", "another long password", Role.ADMINISTRATOR)
    assert role_of(user) is Role.ADMINISTRATOR
    assert user.check_password("another long password")


def test_nobody_has_no_role(home):
    from django.contrib.auth.models import AnonymousUser

    from dictation.store.accounts import role_of, rpps_of

    assert role_of(AnonymousUser()) is None
    assert rpps_of(AnonymousUser()) == ""


def test_the_services_of_a_secretary_are_kept_changed_and_journalled(any_home, any_ledger, clock):
    from dictation.store.accounts import Role, accounts, save_account, set_services

    save_account("anne", "correct horse battery", Role.SECRETARY, services=["Urologie", "Chirurgie", "Urologie"])
    assert [one.services for one in accounts()] == [("Chirurgie", "Urologie")]
    set_services("anne", [], at=clock(), actor="cli")
    assert [one.services for one in accounts()] == [()]
    assert [entry.action for entry in any_ledger.journal("")] == ["account-services"]


def test_a_new_password_widens_nothing(home):
    from dictation.store.accounts import Role, accounts, save_account

    save_account("anne", "correct horse battery", Role.SECRETARY, services=["Urologie"])
    save_account("anne", "another long password", Role.SECRETARY)
    assert [one.services for one in accounts()] == [("Urologie",)]
    save_account("anne", "another long password", Role.ADMINISTRATOR)
    assert [one.services for one in accounts()] == [()]


def test_only_a_secretary_is_given_services(home, clock):
    from dictation.errors import NeedsAPerson
    from dictation.store.accounts import Role, save_account, set_services

    with pytest.raises(NotAllowed):
        save_account("dr.test", "correct horse battery", Role.AUTHOR, rpps="10003456782", services=["Urologie"])
    with pytest.raises(NeedsAPerson):
        set_services("nobody", ["Urologie"], at=clock(), actor="cli")


def test_what_is_not_of_these_authors_is_not_there(any_ledger):
    from dictation.errors import NeedsAPerson
    from tests.ledgers import drafted

    one = drafted(any_ledger)  # of 10003456782
    assert any_ledger.get(one, authors=["10003456782"]).id == one
    assert any_ledger.find(one[:8], authors=["10003456782"]).id == one
    for authors in (["10001112223"], []):
        with pytest.raises(NeedsAPerson):
            any_ledger.get(one, authors=authors)
        with pytest.raises(NeedsAPerson):
            any_ledger.find(one[:8], authors=authors)
