"""1,000 letters, two senders on one queue, killed at random: `make two-senders` (about ten minutes).

Prints what was lost or went twice, and keeps it in benchmarks/results/<day>-two-senders.md.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from dictation.demo.pki import make_pki
from tests.send.peers import SENDER
from tests.send.two_senders import hospital_at, run

LETTERS = 1_000
TOLD = """Every letter has bytes, a Message-ID and a dictation of its own; the two senders are processes, one of
which is killed with SIGKILL every 0.4 to 3.6 s of its work and replaced. *Uncertain* letters were cut inside the window
where nobody can know: a person decides, nothing leaves again by itself.
"""


def main() -> int:
    repository = Path(__file__).resolve().parent.parent
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        pki = make_pki(home / "pki", sender=SENDER, mailboxes=[])
        now = datetime.now(UTC).replace(microsecond=0)
        hospital = hospital_at(home / "home", 0, pki.ca_file, pki.client_certificate, pki.client_key, now)
        outcome = run(hospital, pki, home / "mailbox", LETTERS, kill_every=2.0, repository=repository)
    lines = [f"| {name.replace('_', ' ')} | {value:g} |" for name, value in asdict(outcome).items()]
    machine = f"{os.cpu_count()} processors, load average {os.getloadavg()[2]:.1f} over the last quarter of an hour"
    head = f"# Two senders on one queue, killed at random\n\n{now:%Y-%m-%d %H:%M} UTC, SQLite, {machine}.\n"
    table = "\n".join([head, "| | |", "|---|---|", *lines, "", TOLD])
    print(table)
    (repository / "benchmarks" / "results" / f"{now:%Y-%m-%d}-two-senders.md").write_text(table, encoding="utf-8")
    return 1 if outcome.lost or outcome.twice or outcome.unsaid or outcome.altered else 0


if __name__ == "__main__":
    sys.exit(main())
