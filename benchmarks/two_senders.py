"""1,000 letters, two senders on one queue, killed at random, on each database: `make two-senders` (ten minutes).

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
from tests.ledgers import DATABASES, new_base
from tests.postgresql import server
from tests.send.peers import SENDER
from tests.send.two_senders import Outcome, hospital_at, run

LETTERS = 1_000
TOLD = """Every letter has bytes, a Message-ID and a dictation of its own; the two senders are processes, one of
which is killed with SIGKILL every 0.4 to 3.6 s of its work and replaced. *Uncertain* letters were cut inside the window
where nobody can know: a person decides, nothing leaves again by itself. The PostgreSQL server of the tests does not
wait for the disk (`fsync=off`): its seconds are no measure of a real one.
"""


def main() -> int:
    repository = Path(__file__).resolve().parent.parent
    now = datetime.now(UTC).replace(microsecond=0)
    outcomes = {database: _send(database, repository, now) for database in reversed(DATABASES)}
    columns = [asdict(outcome) for outcome in outcomes.values()]
    lines = [
        f"| {name.replace('_', ' ')} | " + " | ".join(f"{column[name]:g}" for column in columns) + " |"
        for name in columns[0]
    ]
    machine = f"{os.cpu_count()} processors, load average {os.getloadavg()[2]:.1f} over the last quarter of an hour"
    head = f"# Two senders on one queue, killed at random\n\n{now:%Y-%m-%d %H:%M} UTC, {machine}.\n"
    table = "\n".join([head, f"| | {' | '.join(outcomes)} |", "|---|---|---|", *lines, "", TOLD])
    print(table)
    (repository / "benchmarks" / "results" / f"{now:%Y-%m-%d}-two-senders.md").write_text(table, encoding="utf-8")
    return 1 if any(one.lost or one.twice or one.unsaid or one.altered for one in outcomes.values()) else 0


def _send(database: str, repository: Path, now: datetime) -> Outcome:
    address = f"{server()}/{new_base('CREATE DATABASE {name}')}" if database == "postgresql" else ""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        pki = make_pki(home / "pki", sender=SENDER, mailboxes=[])
        ours = (pki.ca_file, pki.client_certificate, pki.client_key)
        hospital = hospital_at(home / "home", 0, *ours, now, address)
        outcome = run(hospital, pki, home / "mailbox", LETTERS, kill_every=2.0, repository=repository, database=address)
    print(database, outcome, flush=True)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
