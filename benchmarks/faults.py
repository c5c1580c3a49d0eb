"""The table of faults: 12 faults at 10 verbs on 2 TLS versions, a real Postfix behind them. `make faults`.

Each cell sends one letter through the fault and once more without it, and is right when the letter's state is what the
server really took, nothing went twice, and no byte of the letter or its address can be read in the capture. Writes
benchmarks/faults.md.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from dictation.demo.pki import make_pki
from dictation.domain.progress import State
from tests.send.interceptor import FAULTS, TLS, VERBS, Interceptor, Tap
from tests.send.matrix import attempt, hospital_before, try_cell, wrong
from tests.send.peers import GP, SENDER, Clock
from tests.send.postfix import postfix

SHORT = {
    State.SENT: "sent",
    State.SENDING: "again",
    State.UNCERTAIN: "uncertain",
    State.RETURNED: "returned",
    State.STUCK: "stuck",
}
DIRECT = (
    (GP, State.SENT),
    ("absent@medecin.example", State.RETURNED),
    ("busy@medecin.example", State.SENDING),
    ("closing@medecin.example", State.SENDING),
)


def main() -> int:
    started, wrongs, lines, accepted = time.monotonic(), [], [], 0
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        pki = make_pki(home / "pki", sender=SENDER, mailboxes=[])
        home.joinpath("pki").chmod(0o755)
        home.chmod(0o755)
        with postfix(pki) as server:
            for tls in TLS:
                interceptor = Interceptor(pki, server.port, tls)
                tap = Tap(interceptor.port)
                hospital = hospital_before(home / f"hospital-{tls}", pki, Clock(), tap.port)
                for fault in FAULTS:
                    row = []
                    for verb in VERBS:
                        cell = try_cell(hospital, interceptor, tap, verb, fault)
                        accepted += cell.accepted_in_all
                        problem = wrong(verb, fault, cell)
                        row.append(SHORT.get(cell.state, cell.state) + (" **wrong**" if problem else ""))
                        if problem:
                            wrongs.append(f"TLS {tls}, {fault} at {verb}: {problem}")
                    lines.append(f"| {tls} | {fault} | " + " | ".join(row) + " |")
                    print(lines[-1], flush=True)
                tap.close()
                interceptor.close()
            direct = hospital_before(home / "direct", pki, Clock(), server.port)
            for mailbox, expected in DIRECT:
                letter = direct.signed_letter(mailbox=mailbox)
                attempt(direct, letter)
                accepted += direct.state(letter) is State.SENT
                if direct.state(letter) is not expected:
                    wrongs.append(f"Postfix itself, {mailbox.partition('@')[0]}: {direct.state(letter)}")
            delivered = len(server.letters(accepted))
            if delivered != accepted:
                wrongs.append(f"{accepted} accepted, {delivered} delivered")
    _write(lines, wrongs, accepted, time.monotonic() - started)
    print("\n".join(wrongs) or "every cell right")
    return 1 if wrongs else 0


def _write(lines: list[str], wrongs: list[str], accepted: int, seconds: float) -> None:
    cells = len(lines) * len(VERBS)
    right = cells - len(wrongs)
    text = f"""# Faults on the way to the mail server

Made by `make faults` on {datetime.now(UTC):%d %B %Y}, in {seconds:.0f} s, against Postfix (TLS and our certificate
required) behind an interceptor that misbehaves at one verb, with a tap on the wire.

{cells} cells ({len(FAULTS)} faults, {len(VERBS)} verbs, {len(TLS)} TLS versions): {right} right, {len(wrongs)} wrong.
{accepted} letters taken by Postfix in all, each delivered once; no cell showed a byte of a letter, a mailbox or a
message number in clear (anything else would be listed as wrong).

What the words mean: *again* nothing left, the worker tries again (and then succeeded); *stuck* nothing left, our set-up
must be repaired; *returned* nothing left, the letter needs a person; *uncertain* it may have left, nothing is sent
again by itself; *sent* the server took it. At `dot`, hang-up, silence and garbage come after the server took the
letter. A 552 is about the size of the letter at any verb.

| TLS | fault | {" | ".join(VERBS)} |
|---|---|{"---|" * len(VERBS)}
""" + "\n".join(lines)
    if wrongs:
        text += "\n\nWrong:\n\n" + "\n".join(f"- {problem}" for problem in wrongs)
    Path(__file__).with_name("faults.md").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
