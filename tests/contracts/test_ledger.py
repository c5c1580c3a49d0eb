"""What every ledger promises, whatever database is behind it."""

from __future__ import annotations

import dataclasses
import threading

import pytest

from dictation.domain.documents import Priority
from dictation.domain.exchange import Consent, OutboxState, Receipt, ReceiptKind
from dictation.domain.progress import State
from dictation.errors import Conflict, NeedsAPerson, NotAllowed
from tests.ledgers import PDF, approval, approved, draft, drafted, recording, sending, sidecar, taken

S = State


def open_dispatch(ledger, dictation_id, message_id="<a@hospital.test>", mailbox="gp@gp.test", pdf=PDF):
    return ledger.open_dispatch(
        dictation_id,
        letter_version=1,
        mailbox=mailbox,
        carrier="smime",
        message_id=message_id,
        pdf_sha256=pdf,
        message_sha256="f" * 64,
    )


# one row per recording


def test_the_same_content_is_received_once(ledger):
    sound = recording()
    first, created = ledger.register(sound, sidecar())
    again, created_again = ledger.register(dataclasses.replace(sound, name="copie.wav"), sidecar())
    assert (created, again, created_again) == (True, first, False)
    assert sum(ledger.counts().values()) == 1


def test_two_threads_that_take_the_same_recording_get_one_row(ledger):
    sound, answers, barrier = recording(), [], threading.Barrier(2)

    def take():
        from django.db import connection

        barrier.wait()
        answers.append(ledger.register(sound, sidecar()))
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({dictation_id for dictation_id, _ in answers}) == 1
    assert sorted(created for _, created in answers) == [False, True]


def test_a_record_comes_back_as_it_went_in(ledger, clock):
    sound, about = recording("dictée n° 1.wav"), sidecar(priority=Priority.URGENT)
    dictation = ledger.get(ledger.register(sound, about)[0])
    assert (dictation.recording, dictation.sidecar, dictation.received_at) == (sound, about, clock.now)
    assert (dictation.state, dictation.version, len(dictation.id)) == (S.RECEIVED, 1, 12)


def test_a_refused_file_is_counted_once_and_goes_nowhere_but_out(ledger):
    refused = [ledger.refuse("vide.wav", code="E_EMPTY", quarantine_name="1-vide.wav") for _ in range(2)]
    assert refused[0] == refused[1]
    assert ledger.get(refused[0]).error_code == "E_EMPTY"
    with pytest.raises(NotAllowed):
        ledger.move(refused[0], S.QUARANTINED, S.RECEIVED, actor="cli")
    assert ledger.move(refused[0], S.QUARANTINED, S.CANCELLED, actor="cli")
    assert ledger.counts()[S.CANCELLED] == 1


def test_a_refused_file_does_not_bar_the_same_content_later(ledger):
    sound = recording()
    ledger.refuse("a.wav", code="E_SIDECAR_INVALID", quarantine_name="1-a.wav", sha256=sound.sha256)
    assert ledger.register(sound, sidecar())[1]


# moves


def test_a_move_happens_once_and_a_repeat_changes_nothing(ledger):
    dictation_id, _ = ledger.register(recording(), sidecar())
    facts = {"transcript_sha256": "1" * 64, "duration": 61.5}
    assert ledger.move(dictation_id, S.RECEIVED, S.TRANSCRIBED, actor="workflow", **facts)
    moved, lines = ledger.get(dictation_id), ledger.journal(dictation_id)
    assert (moved.state, moved.version, moved.recording.duration) == (S.TRANSCRIBED, 2, 61.5)
    assert not ledger.move(dictation_id, S.RECEIVED, S.TRANSCRIBED, actor="workflow", transcript_sha256="9" * 64)
    assert (ledger.get(dictation_id), ledger.journal(dictation_id)) == (moved, lines)


def test_a_move_the_states_forbid_is_refused(ledger):
    dictation_id, _ = ledger.register(recording(), sidecar())
    with pytest.raises(NotAllowed):
        ledger.move(dictation_id, S.RECEIVED, S.SENT, actor="workflow")
    assert ledger.get(dictation_id).state is S.RECEIVED


def test_two_threads_that_race_move_it_once(ledger):
    dictation_id, _ = ledger.register(recording(), sidecar())
    barrier, answers = threading.Barrier(4), []

    def race():
        from django.db import connection

        barrier.wait()
        answers.append(ledger.move(dictation_id, S.RECEIVED, S.TRANSCRIBED, actor="workflow"))
        connection.close()

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, False, False, True]
    assert [entry.action for entry in ledger.journal(dictation_id)] == ["received", "transcribed"]
    assert ledger.verify() == []


def test_a_person_who_looked_at_an_older_version_is_told_so(ledger):
    dictation_id = drafted(ledger)
    seen = ledger.get(dictation_id).version
    ledger.save_draft(dictation_id, draft("Autre."), actor="secretary", expected_version=1)
    with pytest.raises(Conflict):
        ledger.move(dictation_id, S.DRAFTED, S.PROOFREAD, actor="secretary", version=seen)


def test_nothing_is_approved_without_a_signature_on_the_last_draft(ledger, clock):
    dictation_id = drafted(ledger)
    ledger.move(dictation_id, S.DRAFTED, S.PROOFREAD, actor="secretary")
    with pytest.raises(NotAllowed):
        ledger.move(dictation_id, S.PROOFREAD, S.APPROVED, actor="surgeon")
    with pytest.raises(Conflict):
        ledger.move(dictation_id, S.PROOFREAD, S.APPROVED, actor="surgeon", approval=approval(clock, draft_version=2))
    signed = approval(clock)
    assert ledger.move(dictation_id, S.PROOFREAD, S.APPROVED, actor="surgeon", approval=signed)
    assert ledger.get(dictation_id).approval == signed
    assert ledger.get(dictation_id).pdf_sha256 == PDF


def test_a_letter_that_goes_back_to_its_signatory_is_signed_no_more(ledger, clock):
    dictation_id = approved(ledger, clock)
    ledger.move(dictation_id, S.APPROVED, S.PROOFREAD, actor="workflow", error_code="E_LETTER_ALTERED")
    dictation = ledger.get(dictation_id)
    assert (dictation.approval, dictation.pdf_sha256, dictation.error_code) == (None, "", "E_LETTER_ALTERED")


@pytest.mark.parametrize("side", [S.HELD, S.STUCK])
def test_held_and_stuck_go_back_exactly_where_they_were(ledger, clock, side):
    dictation_id = drafted(ledger)
    ledger.move(dictation_id, S.DRAFTED, side, actor="cli", note="identité à vérifier")
    with pytest.raises(NotAllowed):
        ledger.move(dictation_id, side, S.APPROVED, actor="surgeon", approval=approval(clock))
    assert ledger.resume(dictation_id, actor="cli") is S.DRAFTED
    assert ledger.get(dictation_id).resume_state is None


def test_a_signature_survives_being_held(ledger, clock):
    dictation_id = approved(ledger, clock)
    ledger.move(dictation_id, S.APPROVED, S.HELD, actor="secretary")
    ledger.resume(dictation_id, actor="secretary")
    assert ledger.get(dictation_id).approval == approval(clock)


def test_an_unreadable_recording_can_be_tried_again(ledger):
    dictation_id, _ = ledger.register(recording(), sidecar())
    ledger.move(dictation_id, S.RECEIVED, S.QUARANTINED, actor="workflow", error_code="E_AUDIO_TRUNCATED")
    assert ledger.resume(dictation_id, actor="cli") is S.RECEIVED
    assert ledger.get(dictation_id).error_code == ""


# drafts


def test_every_revision_is_kept_and_a_stale_one_refused(ledger):
    dictation_id = drafted(ledger)
    assert ledger.save_draft(dictation_id, draft("Deux."), actor="secretary", expected_version=1) == 2
    with pytest.raises(Conflict) as refused:
        ledger.save_draft(dictation_id, draft("Trois."), actor="other", expected_version=1)
    assert refused.value.code == "E_CONFLICT"
    assert ledger.draft(dictation_id).sections[0].text == "Deux."
    assert ledger.draft(dictation_id, 1).sections[0].text == "Le patient va bien."
    assert [(version, actor) for version, actor, _ in ledger.revisions(dictation_id)] == [(1, "test"), (2, "secretary")]


def test_a_signed_text_is_frozen(ledger, clock):
    dictation_id = approved(ledger, clock)
    ledger.move(dictation_id, S.APPROVED, S.HELD, actor="secretary")
    with pytest.raises(NotAllowed):
        ledger.save_draft(dictation_id, draft("Après."), actor="secretary", expected_version=1)


def test_a_pdf_is_forgotten_when_the_text_changes(ledger):
    dictation_id = drafted(ledger)
    assert ledger.keep_pdf(dictation_id, PDF, draft_version=1)
    ledger.save_draft(dictation_id, draft("Deux."), actor="secretary", expected_version=1)
    assert ledger.get(dictation_id).pdf_sha256 == ""
    assert not ledger.keep_pdf(dictation_id, PDF, draft_version=1)


def test_the_last_verdict_on_a_doubt_counts(ledger):
    dictation_id = drafted(ledger)
    ledger.tick(dictation_id, "dose:1", "asked", actor="secretary")
    ledger.tick(dictation_id, "dose:1", "heard", actor="secretary")
    assert ledger.ticks(dictation_id) == {"dose:1": "heard"}


def test_after_signing_only_what_is_not_printed_may_change(ledger, clock):
    dictation_id = approved(ledger, clock)
    before = ledger.get(dictation_id).sidecar
    ledger.set_sidecar(dictation_id, dataclasses.replace(before, consent=Consent.OBJECTED), actor="secretary")
    assert ledger.get(dictation_id).sidecar.consent is Consent.OBJECTED
    with pytest.raises(NotAllowed):
        ledger.set_sidecar(dictation_id, sidecar(name="AUTRE"), actor="secretary")


# the list


def test_the_list_shows_urgent_first_then_oldest(ledger, clock):
    ids = []
    for priority in (Priority.NORMAL, Priority.NORMAL, Priority.URGENT):
        ids.append(ledger.register(recording(), sidecar(priority=priority))[0])
        clock.forward(60)
    assert [dictation.id for dictation in ledger.list({S.RECEIVED})] == [ids[2], ids[0], ids[1]]
    assert [dictation.id for dictation in ledger.list(limit=1, offset=1)] == [ids[0]]


def test_the_list_finds_a_name_without_its_accents(ledger):
    wanted, _ = ledger.register(recording(), sidecar(name="LÉVÊQUE"))
    ledger.register(recording(), sidecar(name="MARTIN"))
    assert [dictation.id for dictation in ledger.list(text="leveque cam")] == [wanted]
    assert [dictation.id for dictation in ledger.list(text=wanted[:6])] == [wanted]


def test_a_name_with_a_ligature_is_found_with_it_and_without(ledger):
    wanted, _ = ledger.register(recording(), sidecar(name="LEBŒUF"))
    ledger.register(recording(), sidecar(name="LEBRUN"))
    for text in ("lebo", "LEBOEUF", "lebœuf", "bœuf"):
        assert [dictation.id for dictation in ledger.list(text=text)] == [wanted]
    for text in ("lebo", "LEBOEUF", "lebœuf"):
        assert [dictation.id for dictation in ledger.page(list(S), text=text)] == [wanted]


def test_who_was_dictated_about_lately_is_known(ledger, clock):
    ledger.register(recording(), sidecar(name="MARTIN"))
    clock.forward(3600)
    since = clock()
    ledger.register(recording(), sidecar(name="LÉVÊQUE"))
    ledger.register(recording(), None)
    assert [patient.last_name for patient in ledger.patients_since(since)] == ["LÉVÊQUE"]


def test_the_list_is_limited_to_the_authors_asked_for(ledger):
    mine, _ = ledger.register(recording(), sidecar())
    ledger.register(recording(), dataclasses.replace(sidecar(), author="99999999999"))
    assert [dictation.id for dictation in ledger.list(author={"10003456782"})] == [mine]
    assert ledger.counts(author="10003456782")[S.RECEIVED] == 1
    assert ledger.list(author=frozenset()) == []


def test_an_id_is_found_by_its_beginning(ledger):
    dictation_id, _ = ledger.register(recording(), sidecar())
    assert ledger.find(dictation_id[:5].upper()).id == dictation_id
    for unknown in ("", "zz"):
        with pytest.raises(NeedsAPerson):
            ledger.find(unknown)


# work


def test_work_is_what_a_step_can_start_from(ledger, clock):
    new, _ = ledger.register(recording(), sidecar())
    waiting_for_people = drafted(ledger)
    signed = approved(ledger, clock)
    found = {work.dictation_id: work.workflow for work in ledger.needing_work()}
    assert found == {new: "prepare", signed: "deliver"}
    assert waiting_for_people not in found


def test_a_postponed_dictation_waits_twice_as_long_each_time(ledger, clock):
    dictation_id, _ = ledger.register(recording(), sidecar())
    waits = []
    for _ in range(3):
        when = ledger.postpone(dictation_id, S.RECEIVED, code="E_DISK_FULL", first_seconds=60, longest_seconds=200)
        assert ledger.needing_work() == []
        waits.append((when - clock()).total_seconds())
        clock.now = when
        assert [work.dictation_id for work in ledger.needing_work()] == [dictation_id]
    assert waits == [60, 120, 200]
    assert ledger.get(dictation_id).error_code == "E_DISK_FULL"


def test_the_key_of_work_changes_with_every_change_of_the_row(ledger):
    dictation_id, _ = ledger.register(recording(), sidecar())
    [before] = ledger.needing_work()
    assert ledger.needing_work() == [before]
    assert ledger.count_attempt(dictation_id) == 1
    [after] = ledger.needing_work()
    assert after.key != before.key


def test_only_counted_failures_use_up_attempts_and_a_move_gives_them_back(ledger):
    dictation_id, _ = ledger.register(recording(), sidecar())
    ledger.count_attempt(dictation_id)
    ledger.postpone(dictation_id, S.RECEIVED, code="E_BUG", first_seconds=0, counted=True)
    ledger.count_attempt(dictation_id)
    ledger.postpone(dictation_id, S.RECEIVED, code="E_RELAY_CLOSED", first_seconds=0)
    assert ledger.get(dictation_id).attempts == 1
    ledger.move(dictation_id, S.RECEIVED, S.TRANSCRIBED, actor="workflow")
    assert ledger.get(dictation_id).attempts == 0


def test_progress_is_seen_and_leaves_no_trace(ledger):
    dictation_id, _ = ledger.register(recording(), sidecar())
    ledger.progress(dictation_id, 0.25, 90.0)
    dictation = ledger.get(dictation_id)
    assert (dictation.progress, dictation.seconds_to_go, dictation.version) == (0.25, 90.0, 1)
    ledger.move(dictation_id, S.RECEIVED, S.TRANSCRIBED, actor="workflow")
    assert ledger.get(dictation_id).progress is None


# sending


def test_a_dispatch_keeps_its_first_message_id(ledger, clock):
    dictation_id = sending(ledger, clock)
    first = open_dispatch(ledger, dictation_id)
    again = open_dispatch(ledger, dictation_id, message_id="<b@hospital.test>")
    assert again == first
    assert ledger.dispatches(dictation_id) == [first]


def test_a_dispatch_is_claimed_by_one(ledger, clock):
    dispatch = open_dispatch(ledger, sending(ledger, clock))
    barrier, answers = threading.Barrier(3), []

    def claim():
        from django.db import connection

        barrier.wait()
        answers.append(ledger.claim_dispatch(dispatch.id))
        connection.close()

    threads = [threading.Thread(target=claim) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False, False, True]
    assert ledger.dispatch(dispatch.id).attempts == 1


def test_no_dispatch_is_claimed_for_a_letter_that_is_not_being_sent(ledger, clock):
    dictation_id = approved(ledger, clock)
    dispatch = open_dispatch(ledger, dictation_id)
    with pytest.raises(NotAllowed):
        ledger.claim_dispatch(dispatch.id)


def test_no_dispatch_is_claimed_for_another_pdf_than_the_signed_one(ledger, clock):
    dispatch = open_dispatch(ledger, sending(ledger, clock), pdf="0" * 64)
    with pytest.raises(NotAllowed):
        ledger.claim_dispatch(dispatch.id)
    assert ledger.dispatch(dispatch.id).state is OutboxState.READY


def test_a_sent_dispatch_is_never_anything_else_again(ledger, clock):
    dispatch = open_dispatch(ledger, sending(ledger, clock))
    ledger.claim_dispatch(dispatch.id)
    assert ledger.settle_dispatch(dispatch.id, OutboxState.SENT, words="250 2.0.0 Ok")
    for state in OutboxState:
        assert not ledger.settle_dispatch(dispatch.id, state)
    assert not ledger.claim_dispatch(dispatch.id)
    assert not ledger.requeue_dispatch(dispatch.id, "secretary")
    assert ledger.dispatch(dispatch.id).state is OutboxState.SENT


def test_an_uncertain_dispatch_is_sent_again_only_by_a_person_and_under_the_same_message_id(ledger, clock):
    dictation_id = sending(ledger, clock)
    dispatch = open_dispatch(ledger, dictation_id)
    ledger.claim_dispatch(dispatch.id)
    ledger.settle_dispatch(dispatch.id, OutboxState.UNCERTAIN)
    ledger.move(dictation_id, S.SENDING, S.UNCERTAIN, actor="send")
    assert not ledger.claim_dispatch(dispatch.id)
    assert ledger.needing_work() == []
    assert ledger.requeue_dispatch(dispatch.id, "secretary")
    again = ledger.dispatch(dispatch.id)
    assert (again.state, again.message_id) == (OutboxState.READY, dispatch.message_id)
    assert ledger.get(dictation_id).state is S.SENDING
    assert [work.dictation_id for work in ledger.needing_work()] == [dictation_id]


def test_late_proof_of_an_uncertain_letter_is_work(ledger, clock):
    dictation_id = sending(ledger, clock)
    dispatch = open_dispatch(ledger, dictation_id)
    ledger.claim_dispatch(dispatch.id)
    ledger.settle_dispatch(dispatch.id, OutboxState.UNCERTAIN)
    ledger.move(dictation_id, S.SENDING, S.UNCERTAIN, actor="send")
    ledger.settle_dispatch(dispatch.id, OutboxState.SENT, words="found in the relay's log")
    assert [work.dictation_id for work in ledger.needing_work()] == [dictation_id]


def test_a_receipt_is_kept_once_in_the_carriers_own_words(ledger, clock):
    dictation_id = sending(ledger, clock)
    receipt = Receipt(ReceiptKind.ACCEPTED, "250 2.0.0 Ok: queued as 4XyZ", clock())
    for _ in range(2):
        ledger.add_receipt(dictation_id, receipt)
    assert ledger.receipts(dictation_id) == [receipt]


def test_the_archive_is_due_after_sending_until_it_is_written(ledger, clock):
    dictation_id = sending(ledger, clock)
    taken(ledger, dictation_id)
    ledger.move(dictation_id, S.SENDING, S.SENT, actor="send")
    assert ledger.archive_due(dictation_id)
    assert [work.workflow for work in ledger.needing_work()] == ["deliver"]
    assert not ledger.archive_written(dictation_id, S.DELIVERED)
    assert ledger.archive_written(dictation_id, S.SENT)
    assert ledger.needing_work() == []
    ledger.move(dictation_id, S.SENT, S.DELIVERED, actor="send")
    assert ledger.archive_due(dictation_id)


# the journal


def test_every_change_has_its_line_in_one_unbroken_chain(ledger, clock):
    dictation_id = approved(ledger, clock)
    ledger.record("opened", actor="secretary", dictation_id=dictation_id, details={"page": "desk"})
    actions = [entry.action for entry in ledger.journal(dictation_id)]
    assert actions == [
        "received",
        "transcribed",
        "structured",
        "draft-saved",
        "drafted",
        "proofread",
        "approved",
        "opened",
    ]
    assert ledger.journal(dictation_id)[-2].details["pdf_sha256"] == PDF
    assert ledger.verify() == []
