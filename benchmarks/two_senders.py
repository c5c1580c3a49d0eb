"""1,000 letters, two senders on one queue, killed at random: `make two-senders`. Prints what was lost or went twice."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from dictation.demo.pki import make_pki
from tests.send.peers import SENDER
from tests.send.two_senders import hospital_at, run

LETTERS = 1_000


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        pki = make_pki(home / "pki", sender=SENDER, mailboxes=[])
        now = datetime.now(UTC).replace(microsecond=0)
        hospital = hospital_at(home / "home", 0, pki.ca_file, pki.client_certificate, pki.client_key, now)
        repository = Path(__file__).resolve().parent.parent
        outcome = run(hospital, pki, home / "mailbox", LETTERS, kill_every=2.0, repository=repository)
    print(outcome)
    return 1 if outcome.lost or outcome.twice or outcome.unsaid else 0


if __name__ == "__main__":
    sys.exit(main())
