"""Two senders on one queue, killed at random: nothing is lost, nothing goes twice. `make two-senders` sends 1,000."""

from __future__ import annotations

from tests.send.two_senders import hospital_at, run


def test_no_letter_is_lost_and_none_goes_twice(home, pki, clock, tmp_path, repository):
    hospital = hospital_at(home, 0, pki.ca_file, pki.client_certificate, pki.client_key, clock())
    outcome = run(hospital, pki, tmp_path / "mailbox", 15, kill_every=1.5, repository=repository)
    assert (outcome.lost, outcome.twice, outcome.unsaid, outcome.altered) == (0, 0, 0, 0)
    assert outcome.sent + outcome.uncertain == 15
    assert outcome.uncertain <= outcome.kills
