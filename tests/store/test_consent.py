"""What a patient said stops or lets go a letter at the very second of sending, whatever the order of events."""

from __future__ import annotations

import itertools
from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, example, given, settings

from dictation.domain.consent import Scope
from dictation.domain.documents import LetterType
from dictation.domain.exchange import Consent, OutboxState
from dictation.domain.people import Addressee
from dictation.domain.progress import MOVES, State
from dictation.domain.visits import News
from dictation.errors import DictationError, NeedsAPerson, NotAllowed
from tests.ledgers import PDF, approved, sending, sidecar
from tests.store.test_properties import happen

GP = sidecar().addressee
_numbers = itertools.count()


def opened(ledger, dictation_id: str) -> str:
    number = next(_numbers)
    return ledger.open_dispatch(
        dictation_id, letter_version=1, mailbox=GP.mailbox, carrier="smime", message_id=f"<{number}@hospital.test>",
        pdf_sha256=PDF, message_sha256="f" * 64,
    ).id  # fmt: skip


def claim_code(ledger, dispatch_id: str) -> str:
    """Why a claim is refused; "" when it is not."""
    try:
        assert ledger.claim_dispatch(dispatch_id)
    except NeedsAPerson as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    "scope",
    [
        Scope(),
        Scope(mailbox="Louis.Marchand@gp.test".lower()),
        Scope(name="marchand louis"),
        Scope(letter_type=LetterType.CONSULTATION),
        Scope(mailbox=GP.mailbox, letter_type=LetterType.CONSULTATION),
    ],
)
def test_an_objection_stops_the_claim_and_lifting_it_lets_go(ledger, clock, scope):
    dispatch = opened(ledger, sending(ledger, clock))
    other = sending(ledger, clock)  # of the same patient: it holds for every letter in its scope
    ledger.say_consent(other, Consent.OBJECTED, scope, actor="roy", note="dit au téléphone")
    assert claim_code(ledger, dispatch) == "E_OBJECTION"
    assert ledger.dispatch(dispatch).state is OutboxState.READY
    ledger.say_consent(other, Consent.GRANTED, scope, actor="roy", note="revient sur son opposition")
    assert claim_code(ledger, dispatch) == ""
    words = ledger.consents(other)
    assert [(word.verdict, word.actor, word.note) for word in words] == [
        (Consent.OBJECTED, "roy", "dit au téléphone"),
        (Consent.GRANTED, "roy", "revient sur son opposition"),
    ]
    assert [e.action for e in ledger.journal(other)][-2:] == ["consent-objected", "consent-granted"]


@pytest.mark.parametrize(
    "scope", [Scope(mailbox="autre@gp.test"), Scope(letter_type=LetterType.OPERATION), Scope(name="autre")]
)
def test_an_objection_to_something_else_stops_nothing(ledger, clock, scope):
    dictation_id = sending(ledger, clock)
    dispatch = opened(ledger, dictation_id)
    ledger.say_consent(dictation_id, Consent.OBJECTED, scope, actor="roy")
    assert claim_code(ledger, dispatch) == ""


def test_a_grant_for_one_gp_does_not_lift_an_objection_to_everybody(ledger, clock):
    dictation_id = sending(ledger, clock)
    ledger.say_consent(dictation_id, Consent.OBJECTED, Scope(), actor="roy")
    ledger.say_consent(dictation_id, Consent.GRANTED, Scope(mailbox=GP.mailbox), actor="roy")
    assert claim_code(ledger, opened(ledger, dictation_id)) == "E_OBJECTION"


def test_an_objection_follows_a_patient_whose_numbers_were_merged(ledger, clock):
    from dictation.store.patients import Patients

    dictation_id = sending(ledger, clock)
    ledger.say_consent(dictation_id, Consent.OBJECTED, Scope(), actor="roy")
    patient = replace(ledger.get(dictation_id).sidecar.patient, hospital_number="IPP-9999")
    Patients(clock).learn(News(patient=patient, merged_from="IPP-0001"))
    later = ledger.get(sending(ledger, clock))
    merged = replace(later, sidecar=replace(later.sidecar, patient=patient))
    assert ledger.grounds(merged).word.verdict is Consent.OBJECTED


def test_what_was_said_while_dictating_is_newer_than_an_old_grant(ledger, clock):
    first = approved(ledger, clock)
    ledger.say_consent(first, Consent.GRANTED, Scope(), actor="roy")
    clock.forward(60)
    later = approved(ledger, clock, consent=Consent.OBJECTED)
    ledger.move(later, State.APPROVED, State.TYPESET, actor="test")
    ledger.move(later, State.TYPESET, State.SENDING, actor="test")
    dispatch = opened(ledger, later)
    assert claim_code(ledger, dispatch) == "E_OBJECTION"
    clock.forward(60)
    ledger.say_consent(later, Consent.GRANTED, Scope(), actor="roy")
    assert claim_code(ledger, dispatch) == ""


def test_a_document_hidden_from_professionals_goes_to_none(ledger, clock):
    dictation_id = sending(ledger, clock)
    dispatch = opened(ledger, dictation_id)
    ledger.hide(dictation_id, from_patient=False, from_professionals=True, actor="roy")
    assert claim_code(ledger, dispatch) == "E_HIDDEN"
    ledger.hide(dictation_id, from_patient=False, from_professionals=False, actor="roy")
    assert claim_code(ledger, dispatch) == ""


def test_a_message_sealed_without_the_mark_is_given_up_while_no_server_was_offered_it(ledger, clock):
    """What was claimed once may be at the addressee: it stays the message it is."""
    dictation_id = sending(ledger, clock)
    opened(ledger, dictation_id)
    ledger.hide(dictation_id, from_patient=True, from_professionals=False, actor="roy")
    assert ledger.dispatches(dictation_id) == []
    ledger.hide(dictation_id, from_patient=True, from_professionals=False, actor="morel")  # the same again: nothing
    hides = [line for line in ledger.journal(dictation_id) if line.action == "hidden-changed"]
    assert [(line.actor, line.details["from_patient"]) for line in hides] == [("roy", 1)]
    dispatch = opened(ledger, dictation_id)
    assert claim_code(ledger, dispatch) == ""
    ledger.settle_dispatch(dispatch, OutboxState.READY, words="421")
    ledger.hide(dictation_id, from_patient=False, from_professionals=False, actor="roy")
    assert [row.id for row in ledger.dispatches(dictation_id)] == [dispatch]
    with pytest.raises(NeedsAPerson):
        ledger.hide("0" * 12, from_patient=True, from_professionals=False, actor="roy")


def test_a_document_hidden_from_the_patient_does_not_go_to_the_patients_mailbox(ledger, clock):
    dictation_id = sending(ledger, clock)
    ledger.hide(dictation_id, from_patient=True, from_professionals=False, actor="roy")
    dictation = ledger.get(dictation_id)
    to_patient = Addressee("Évrard", mailbox="279035121518989@patient.mssante.fr")
    from dictation.domain.consent import obstacle

    grounds = ledger.grounds(dictation)
    assert obstacle(dictation, grounds, needs_mailbox=True) == ""
    his_own = replace(dictation, sidecar=replace(dictation.sidecar, addressee=to_patient))
    assert obstacle(his_own, grounds, needs_mailbox=True) == "E_HIDDEN"


def test_a_letter_kept_for_an_objection_can_leave_once_it_is_lifted(ledger, clock):
    dictation_id = approved(ledger, clock)
    ledger.say_consent(dictation_id, Consent.OBJECTED, Scope(), actor="roy")
    ledger.move(dictation_id, State.APPROVED, State.TYPESET, actor="test")
    ledger.move(dictation_id, State.TYPESET, State.ARCHIVED, actor="workflow", error_code="E_OBJECTION")
    with pytest.raises(NeedsAPerson) as refused:
        ledger.release(dictation_id, actor="roy")
    assert refused.value.code == "E_OBJECTION"
    ledger.say_consent(dictation_id, Consent.GRANTED, Scope(), actor="roy")
    ledger.release(dictation_id, actor="roy")
    assert ledger.get(dictation_id).state is State.TYPESET


def test_an_archived_letter_that_left_is_not_released(ledger, clock):
    dictation_id = sending(ledger, clock)
    dispatch = opened(ledger, dictation_id)
    ledger.claim_dispatch(dispatch)
    ledger.settle_dispatch(dispatch, OutboxState.SENT)
    ledger.move(dictation_id, State.SENDING, State.SENT, actor="test")
    ledger.move(dictation_id, State.SENT, State.ARCHIVED, actor="test")
    with pytest.raises(NotAllowed):
        ledger.release(dictation_id, actor="roy")


def test_nothing_is_called_sent_that_no_carrier_took(ledger, clock):
    dictation_id = sending(ledger, clock)
    opened(ledger, dictation_id)
    with pytest.raises(NotAllowed) as refused:
        ledger.move(dictation_id, State.SENDING, State.SENT, actor="test")
    assert refused.value.code == "E_NOT_CLEARED"


# whatever the order

scopes = st.sampled_from(
    [Scope(), Scope(mailbox=GP.mailbox), Scope(letter_type=LetterType.CONSULTATION), Scope(mailbox="autre@gp.test")]
)
said = st.tuples(st.sampled_from([Consent.GRANTED, Consent.OBJECTED]), scopes).map(lambda about: ("say", *about))
hidden = st.tuples(st.booleans(), st.booleans()).map(lambda about: ("hide", *about))
steps = st.sampled_from(
    [("on", 0), ("on", 1), ("claim",), ("open",), ("sent",), ("uncertain",), ("requeue",), ("to", State.SENT)]
)  # fmt: skip


class Model:
    """The same rule, written the plain way: every scope's last word, and no objection among those that hold."""

    def __init__(self, consent: Consent) -> None:
        self.sidecar, self.last, self.hidden = consent, {}, False

    def may_leave(self) -> bool:
        mine = [verdict for scope, verdict in self.last.items() if scope.mailbox in {"", GP.mailbox}]
        if Consent.OBJECTED in mine or self.hidden:
            return False
        return bool(mine) or self.sidecar is Consent.GRANTED


FIRST = [("on", 0), ("on", 0), ("open",)]


@example(consent=Consent.GRANTED, events=[*FIRST, ("say", Consent.OBJECTED, Scope()), ("claim",), ("sent",)])
@example(consent=Consent.UNKNOWN, events=[*FIRST, ("claim",), ("say", Consent.GRANTED, Scope()), ("claim",), ("sent",)])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    consent=st.sampled_from([Consent.GRANTED, Consent.GRANTED, Consent.UNKNOWN, Consent.OBJECTED]),
    events=st.lists(st.one_of(steps, steps, said, hidden), max_size=30),
)
def test_there_is_no_way_to_sent_without_a_clearance_valid_at_that_moment(ledger, clock, consent, events):
    dictation_id = approved(ledger, clock, consent=consent)
    mine = replace(ledger.get(dictation_id).sidecar.patient, hospital_number=f"IPP-{next(_numbers)}")
    from dictation.domain import codec
    from dictation.store.tables import DictationRow

    changed = replace(ledger.get(dictation_id).sidecar, patient=mine)  # nobody else's words
    DictationRow.objects.filter(pk=dictation_id).update(sidecar=codec.dumps(changed))
    model, cleared = Model(consent), False
    for event in events:
        clock.forward(1)
        before = {d.id: d.state for d in ledger.dispatches(dictation_id)}
        stood = ledger.get(dictation_id).state
        try:
            if event[0] == "say":
                ledger.say_consent(dictation_id, event[1], event[2], actor="chance")
                model.last[event[2]] = event[1]
            elif event[0] == "hide":
                ledger.hide(dictation_id, from_patient=event[1], from_professionals=event[2], actor="chance")
                model.hidden = event[2]
            elif event[0] == "to":
                ledger.move(dictation_id, State.SENDING, event[1], actor="chance")
            else:
                happen(ledger, clock, dictation_id, event)
        except DictationError:
            pass
        for dispatch in ledger.dispatches(dictation_id):
            if before.get(dispatch.id) is OutboxState.READY and dispatch.state is OutboxState.INFLIGHT:
                assert model.may_leave()
                cleared = True
        after = ledger.get(dictation_id).state
        assert after is stood or after in MOVES[stood]
        if after is State.SENT:
            assert cleared
    assert ledger.verify() == []
