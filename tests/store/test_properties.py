"""Whatever happens in whatever order: nothing is sent that nobody signed, and every recording stays countable."""

from __future__ import annotations

import itertools

import hypothesis.strategies as st
from hypothesis import HealthCheck, example, given, settings

from dictation.domain.documents import Approval
from dictation.domain.exchange import OutboxState
from dictation.domain.progress import MOVES, State
from dictation.errors import DictationError
from tests.ledgers import PDF, draft, recording, sidecar

_names = itertools.count()

wild = st.tuples(st.just("move"), st.sampled_from(list(State)), st.sampled_from(list(State)))
allowed = st.tuples(st.just("on"), st.integers(0, 5))  # one of the moves the present state allows
forward = st.just(("on", 0))
others = st.sampled_from(
    [("sign",), ("save",), ("resume",), ("open",), ("claim",), ("sent",), ("uncertain",), ("requeue",), ("attempt",)]
)


# The way a letter goes when nothing goes wrong: where each state moves to.
NEXT = {
    State.RECEIVED: State.TRANSCRIBED,
    State.TRANSCRIBED: State.STRUCTURED,
    State.STRUCTURED: State.DRAFTED,
    State.DRAFTED: State.PROOFREAD,
    State.PROOFREAD: State.APPROVED,
    State.APPROVED: State.TYPESET,
    State.TYPESET: State.SENDING,
    State.SENDING: State.SENT,
}


def happen(ledger, clock, dictation_id, event):
    """One event; the ledger may refuse it, never half of it."""
    name, *about = event
    dispatches = ledger.dispatches(dictation_id)
    last = dispatches[-1].id if dispatches else ""
    dictation = ledger.get(dictation_id)
    if name == "move":
        ledger.move(dictation_id, *about, actor="chance")
    elif name == "on":
        state = dictation.state
        choices = [NEXT.get(state, state), *sorted(MOVES[state])]
        ledger.move(dictation_id, state, choices[about[0] % len(choices)], actor="chance")
    elif name == "sign":
        signed = Approval(dictation.draft_version, "e" * 64, PDF, "10003456782", clock())
        ledger.move(dictation_id, State.PROOFREAD, State.APPROVED, actor="surgeon", approval=signed)
    elif name == "save":
        ledger.save_draft(dictation_id, draft(), actor="chance", expected_version=dictation.draft_version)
    elif name == "resume":
        ledger.resume(dictation_id, actor="chance")
    elif name == "open":
        ledger.open_dispatch(
            dictation_id,
            letter_version=1,
            mailbox="gp@gp.test",
            carrier="smime",
            message_id=f"<{dictation_id}@hospital.test>",
            pdf_sha256=dictation.pdf_sha256,
            message_sha256="f" * 64,
        )
    elif name == "claim":
        ledger.claim_dispatch(last)
    elif name in {"sent", "uncertain"}:
        ledger.settle_dispatch(last, OutboxState(name))
    elif name == "requeue":
        ledger.requeue_dispatch(last, "chance")
    else:
        ledger.count_attempt(dictation_id)


GONE = {State.APPROVED, State.TYPESET, State.SENDING, State.SENT, State.DELIVERED, State.UNCERTAIN, State.RETURNED}


ORDINARY = [("on", 0)] * 3 + [("save",), ("on", 0), ("sign",), ("on", 0), ("on", 0), ("open",), ("claim",), ("sent",)]


@example(events=[*ORDINARY, ("on", 0)])
@example(events=[*ORDINARY[:-1], ("uncertain",), ("move", State.SENDING, State.UNCERTAIN), ("requeue",), ("claim",)])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(st.one_of(forward, forward, allowed, others, wild), max_size=40))
def test_no_order_of_events_sends_what_nobody_signed(ledger, clock, events):
    dictation_id, _ = ledger.register(recording(f"{next(_names)}.wav"), sidecar())
    for event in events:
        before = ledger.get(dictation_id)
        try:
            happen(ledger, clock, dictation_id, event)
        except DictationError:
            assert ledger.get(dictation_id) == before
        after = ledger.get(dictation_id)
        assert after.state is before.state or after.state in MOVES[before.state]
        if after.state in GONE:
            signed = [
                e for e in ledger.journal(dictation_id) if e.action == State.APPROVED and "pdf_sha256" in e.details
            ]
            assert signed
            assert after.approval is not None
            assert after.approval.pdf_sha256 == after.pdf_sha256 == signed[-1].details["pdf_sha256"]
        claimed = [d for d in ledger.dispatches(dictation_id) if d.state is not OutboxState.READY]
        assert all(d.pdf_sha256 == PDF for d in claimed)
    assert sum(ledger.counts().values()) == len(ledger.list(limit=100_000))
    assert ledger.verify() == []
