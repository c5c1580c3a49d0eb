"""Accounts: a role, and for an author an RPPS number; passwords kept as Argon2 only."""

from __future__ import annotations

from typing import Any

import pytest

from dictation.errors import NotAllowed
from tests.ledgers import Clock


def by(clock: Clock) -> dict[str, Any]:
    """Who makes the accounts here, and when: what the journal says of it."""
    return {"at": clock(), "actor": "cli"}


def test_an_account_has_its_role_and_a_password_that_only_argon2_knows(home, clock):
    from django.contrib.auth import authenticate

    from dictation.store.accounts import Role, role_of, rpps_of, save_account

    save_account("dr.test", "correct horse battery", Role.AUTHOR, rpps="10003456782", **by(clock))
    user = authenticate(username="dr.test", password="correct horse battery")
    assert user is not None
    assert (role_of(user), rpps_of(user)) == (Role.AUTHOR, "10003456782")
    assert user.password.startswith("argon2$argon2id$")


def test_an_author_without_rpps_number_is_refused(home, clock):
    from dictation.store.accounts import Role, save_account

    with pytest.raises(NotAllowed):
        save_account("dr.test", "correct horse battery", Role.AUTHOR, **by(clock))


def test_saving_an_account_again_changes_it(home, clock):
    from dictation.store.accounts import Role, role_of, save_account

    save_account("anne", "correct horse battery", Role.SECRETARY, **by(clock))
    user = save_account("anne", "another long password", Role.ADMINISTRATOR, **by(clock))
    assert role_of(user) is Role.ADMINISTRATOR
    assert user.check_password("another long password")


def test_nobody_has_no_role(home):
    from django.contrib.auth.models import AnonymousUser

    from dictation.store.accounts import role_of, rpps_of

    assert role_of(AnonymousUser()) is None
    assert rpps_of(AnonymousUser()) == ""


def test_the_services_of_a_secretary_are_kept_changed_and_journalled(any_home, any_ledger, clock):
    from dictation.store.accounts import Role, accounts, save_account, set_services

    save_account(
        "anne", "correct horse battery", Role.SECRETARY, services=["Urologie", "Chirurgie", "Urologie"], **by(clock)
    )
    assert [one.services for one in accounts()] == [("Chirurgie", "Urologie")]
    set_services("anne", [], at=clock(), actor="cli")
    assert [one.services for one in accounts()] == [()]
    assert [entry.action for entry in any_ledger.journal("")] == ["account-created", "account-services"]


def test_the_journal_says_who_made_an_account_and_who_made_it_anew(any_home, any_ledger, clock):
    from dictation.store.accounts import Role, save_account

    save_account("dr.test", "correct horse battery", Role.AUTHOR, rpps="10003456782", **by(clock))
    save_account("anne", "correct horse battery", Role.SECRETARY, services=["Urologie"], **by(clock))
    clock.forward(60)
    save_account("anne", "another long password", Role.SECRETARY, at=clock(), actor="admin")
    lines = [(line.actor, line.action, dict(line.details)) for line in any_ledger.journal("")]
    anne = {"account": "anne", "role": "secretary", "services": "Urologie"}
    assert lines == [
        ("cli", "account-created", {"account": "dr.test", "role": "author"}),
        ("cli", "account-created", anne),
        ("admin", "account-replaced", anne),
    ]
    assert [line.at for line in any_ledger.journal("")][-1] == clock()
    assert any_ledger.verify() == []


def test_an_account_that_is_refused_leaves_no_line(any_home, any_ledger, clock):
    from dictation.store.accounts import Role, save_account

    with pytest.raises(NotAllowed):
        save_account("dr.test", "correct horse battery", Role.AUTHOR, **by(clock))
    assert list(any_ledger.journal("")) == []


def test_a_new_password_widens_nothing(home, clock):
    from dictation.store.accounts import Role, accounts, save_account

    save_account("anne", "correct horse battery", Role.SECRETARY, services=["Urologie"], **by(clock))
    save_account("anne", "another long password", Role.SECRETARY, **by(clock))
    assert [one.services for one in accounts()] == [("Urologie",)]
    save_account("anne", "another long password", Role.ADMINISTRATOR, **by(clock))
    assert [one.services for one in accounts()] == [()]


def test_only_a_secretary_is_given_services(home, clock):
    from dictation.errors import NeedsAPerson
    from dictation.store.accounts import Role, save_account, set_services

    with pytest.raises(NotAllowed):
        save_account(
            "dr.test", "correct horse battery", Role.AUTHOR, rpps="10003456782", services=["Urologie"], **by(clock)
        )
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
