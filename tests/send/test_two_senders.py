"""Two senders on one queue, killed at random: nothing is lost, nothing goes twice. `make two-senders` sends 1,000."""

from __future__ import annotations

import pytest

from tests.ledgers import DATABASES, new_base
from tests.postgresql import server
from tests.send.two_senders import hospital_at, run


@pytest.mark.parametrize("database", DATABASES)
def test_no_letter_is_lost_and_none_goes_twice(database, request, home, pki, clock, tmp_path, repository):
    address = ""
    if database == "postgresql":
        address = f"{server()}/{new_base('CREATE DATABASE {name} TEMPLATE ' + request.getfixturevalue('empty_base'))}"
    ours = (pki.ca_file, pki.client_certificate, pki.client_key)
    hospital = hospital_at(home, 0, *ours, clock(), address)
    outcome = run(hospital, pki, tmp_path / "mailbox", 15, kill_every=1.5, repository=repository, database=address)
    assert (outcome.lost, outcome.twice, outcome.unsaid, outcome.altered) == (0, 0, 0, 0)
    assert outcome.sent + outcome.uncertain == 15
    assert outcome.uncertain <= outcome.kills
