"""One cell of the table of faults: a fault at a verb, what became of the letter, and whether that is right."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from dictation.demo.pki import Pki
from dictation.domain.exchange import OutboxState
from dictation.domain.parcel import Parcel
from dictation.domain.progress import State
from dictation.errors import DictationError
from dictation.send.message import ONE_LINE_HEADERS, Stationery, write_message
from dictation.send.send import send
from dictation.send.smtp import Relay
from tests.send.interceptor import CODES, Interceptor, Tap, clear_bytes
from tests.send.peers import GP, MARKER, Clock, Hospital, open_hospital

S, R = State, OutboxState
SECONDS = 1.5  # how long our client waits: a silent server is tried 10 times


class ClearCarrier:
    """Hands the letter over as it is: whatever hides it on the way is TLS alone."""

    name, needs_mailbox = "smime", True

    def __init__(self, relay: Relay) -> None:
        self.relay = relay

    def seal(self, parcel: Parcel, stationery: Stationery) -> bytes:
        return write_message(parcel, stationery).as_bytes(policy=ONE_LINE_HEADERS)

    def carry(self, envelope, claim):
        return self.relay.deliver(envelope, claim)

    def outcome(self, message_id: str) -> bool | None:
        return None


@dataclass(frozen=True)
class Cell:
    state: State
    row: OutboxState | None
    accepted: int  # by the real server, in this attempt
    accepted_in_all: int  # after the next attempt, without a fault
    state_in_the_end: State
    clear: tuple[bytes, ...]


def hospital_before(home: Path, pki: Pki, clock: Clock, port: int) -> Hospital:
    relay = Relay(
        host="localhost", port=port, ca_file=pki.ca_file, clock=clock, client_certificate=pki.client_certificate,
        client_key=pki.client_key, timeout_seconds=SECONDS, final_reply_seconds=SECONDS,
    )  # fmt: skip
    return open_hospital(home, ClearCarrier(relay), clock)


def try_cell(hospital: Hospital, interceptor: Interceptor, tap: Tap, verb: str, fault: str) -> Cell:
    """Send a letter through the fault, then once more without it."""
    interceptor.accepted.clear()
    tap.bytes.clear()
    hospital.desk.carrier.relay.hang_ups = 0
    letter = hospital.signed_letter()
    interceptor.verb, interceptor.fault = verb, fault
    attempt(hospital, letter)
    state, rows, accepted = hospital.state(letter), hospital.rows(letter), len(interceptor.accepted)
    interceptor.verb = interceptor.fault = ""
    hospital.desk.carrier.relay.hang_ups = 0
    attempt(hospital, letter)
    secrets = [MARKER, GP.encode(), b"MAIL FROM", b"RCPT TO", letter.encode(), b"Message-ID"]
    return Cell(
        state, rows[0].state if rows else None, accepted, len(interceptor.accepted), hospital.state(letter),
        tuple(clear_bytes(bytes(tap.bytes), secrets)),
    )  # fmt: skip


def attempt(hospital: Hospital, letter: str) -> None:
    with contextlib.suppress(DictationError):
        send(letter, hospital.desk)


def wrong(verb: str, fault: str, cell: Cell) -> str:
    """What is wrong with a cell; empty when it is right."""
    if cell.clear:
        return f"in clear on the wire: {cell.clear}"
    allowed = _right(verb, fault)
    if (cell.state, cell.row) not in allowed:
        return f"{cell.state}/{cell.row}, expected one of {sorted(f'{s}/{r}' for s, r in allowed)}"
    if cell.state is S.SENT and cell.accepted != 1:
        return f"called sent, the server took {cell.accepted}"
    if cell.state in {S.SENDING, S.STUCK, S.RETURNED} and cell.accepted:
        return f"called {cell.state}, the server took {cell.accepted}"
    if cell.accepted_in_all > 1:
        return "sent twice"
    if cell.state is S.SENDING and (cell.state_in_the_end, cell.accepted_in_all) != (S.SENT, 1):
        return f"the next attempt ended {cell.state_in_the_end}, {cell.accepted_in_all} taken"
    if cell.state is not S.SENDING and cell.state_in_the_end is not cell.state:
        return f"{cell.state} became {cell.state_in_the_end} by itself"
    return ""


def _right(verb: str, fault: str) -> set[tuple[State, OutboxState]]:
    again, unsure = (S.SENDING, R.READY), (S.UNCERTAIN, R.UNCERTAIN)
    if verb == "QUIT":
        return {(S.SENT, R.SENT)}  # whatever is said after the 250
    refused = {(S.RETURNED, R.FAILED)}
    if verb in {"banner", "EHLO", "STARTTLS", "EHLO-TLS", "MAIL"}:
        # The relay refuses us, not the letter: stuck until somebody repairs it. 552 is about the letter's size.
        refused = {(S.STUCK, R.READY), (S.RETURNED, R.FAILED)} if fault == "552" else {(S.STUCK, R.READY)}
    if fault in CODES:
        return {again} if fault.startswith("4") else refused
    if verb == "dot":
        return {unsure}
    if verb == "body":  # small letters are whole in the buffers before the fault is felt: then nobody can know
        return {again, unsure}
    return {again}
