"""The table of steps: the ordinary way, and what each kind of error means for a dictation."""

from __future__ import annotations

import itertools
import logging
import pkgutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from dictation.domain.documents import Recording
from dictation.domain.progress import MOVES, State
from dictation.errors import NeedsAPerson, OutcomeUnknown, TryAgainLater
from dictation.pipeline import ENDS, FLOW, Parts, run_step, steps
from tests.flow import scripted
from tests.ledgers import approval, sidecar
from transcribe.errors import Cancelled, UnreadableAudio, WeightsMissing

S = State
SOUND = b"bonjour docteur le patient va bien"
PDF = b"%PDF-1.4 signed"
STEP = {step.name: step for step in FLOW}


@pytest.fixture
def parts(ledger, clock, tmp_path) -> Parts:
    return scripted.parts(ledger, tmp_path, clock)


def with_parts(ledger, clock, tmp_path, **instead) -> Parts:
    return scripted.parts(ledger, tmp_path, clock, **instead)


def received(parts: Parts) -> str:
    sha256 = parts.blobs.put(SOUND)
    return parts.ledger.register(Recording(sha256, "dictee.wav", len(SOUND)), sidecar())[0]


def run(parts: Parts, workflow: str, dictation_id: str) -> None:
    for _, step in steps(parts)[workflow]:
        step(dictation_id)


def signed(parts: Parts, clock) -> str:
    """A dictation brought to its signature by the real steps."""
    dictation_id = received(parts)
    run(parts, "prepare", dictation_id)
    parts.ledger.move(dictation_id, S.DRAFTED, S.PROOFREAD, actor="secretary")
    approved = approval(clock, pdf_sha256=parts.blobs.put(PDF))
    parts.ledger.move(dictation_id, S.PROOFREAD, S.APPROVED, actor="surgeon", approval=approved)
    return dictation_id


def raising(error: Exception):
    def part(*_):
        raise error

    return part


# the ordinary way


def test_a_recording_becomes_a_draft_and_waits_for_people(parts):
    dictation_id = received(parts)
    run(parts, "prepare", dictation_id)
    dictation = parts.ledger.get(dictation_id)
    assert dictation.state is S.DRAFTED
    assert dictation.recording.duration == 6.0
    assert parts.ledger.draft(dictation_id).sections[0].text == SOUND.decode()
    assert parts.ledger.needing_work() == []


def test_a_signed_letter_is_laid_out_sent_and_archived(parts, clock, tmp_path):
    dictation_id = signed(parts, clock)
    run(parts, "deliver", dictation_id)
    assert parts.ledger.get(dictation_id).state is S.SENT
    assert (tmp_path / "outbox" / f"{dictation_id}-v1" / "letter.pdf").read_bytes() == PDF
    assert [receipt.words for receipt in parts.ledger.receipts(dictation_id)] == ["250 Ok"]
    assert parts.ledger.needing_work() == []


def test_running_every_step_again_changes_nothing(parts, clock):
    dictation_id = signed(parts, clock)
    run(parts, "deliver", dictation_id)
    before, lines = parts.ledger.get(dictation_id), len(parts.ledger.journal(dictation_id))
    run(parts, "prepare", dictation_id)
    run(parts, "deliver", dictation_id)
    assert parts.ledger.get(dictation_id) == before
    assert len(parts.ledger.journal(dictation_id)) == lines


def test_the_archive_is_written_again_when_the_letter_is_delivered(ledger, clock, tmp_path):
    written = []
    parts = with_parts(ledger, clock, tmp_path, archive=lambda i: written.append(ledger.get(i).state))
    dictation_id = signed(parts, clock)
    run(parts, "deliver", dictation_id)
    ledger.move(dictation_id, S.SENT, S.DELIVERED, actor="send")
    assert [work.dictation_id for work in ledger.needing_work()] == [dictation_id]
    run(parts, "deliver", dictation_id)
    assert written == [S.SENT, S.DELIVERED]


def test_the_table_only_names_moves_that_exist():
    for step in FLOW:
        for before in step.before - {S.UNCERTAIN, S.ARCHIVED}:
            reachable = MOVES[before] | {after for one in MOVES[before] for after in MOVES[one]}
            assert step.after in reachable, step.name
    for end in ENDS:
        if end.after is not None:
            assert all(end.after in MOVES[state] for state in end.states), end


def test_the_steps_follow_each_other_without_a_gap():
    chain = [step for step in FLOW if step.name != "archive"]
    for step, following in itertools.pairwise(chain):
        assert step.after in following.before


@pytest.mark.parametrize("step", FLOW, ids=lambda step: step.name)
def test_the_table_names_code_that_exists(step):
    assert callable(pkgutil.resolve_name(step.verb))


# what errors mean


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (UnreadableAudio("E_AUDIO_TRUNCATED"), S.QUARANTINED, "E_AUDIO_TRUNCATED"),
        (NeedsAPerson(code="E_AUDIO_TOO_SHORT"), S.QUARANTINED, "E_AUDIO_TOO_SHORT"),
        (NeedsAPerson(code="E_INTEGRITY"), S.HELD, "E_INTEGRITY"),
        (WeightsMissing(), S.RECEIVED, "E_WEIGHTS_MISSING"),
        (TryAgainLater(code="E_DISK_FULL"), S.RECEIVED, "E_DISK_FULL"),
        (ZeroDivisionError(), S.RECEIVED, "E_BUG"),
    ],
)
def test_an_error_of_recognition_leads_where_the_table_says(ledger, clock, tmp_path, error, state, code):
    parts = with_parts(ledger, clock, tmp_path, transcribe=raising(error))
    dictation_id = received(parts)
    run(parts, "prepare", dictation_id)
    dictation = ledger.get(dictation_id)
    assert (dictation.state, dictation.error_code) == (state, code)
    assert ledger.needing_work() == []  # a person decides, or time passes


def test_a_dictation_that_waited_goes_on_by_itself(ledger, clock, tmp_path):
    answers = iter([TryAgainLater(code="E_DISK_FULL"), WeightsMissing(), None])

    def hear(dictation, sound, report):
        error = next(answers)
        if error:
            raise error
        return scripted.hear(dictation, sound, report)

    parts = with_parts(ledger, clock, tmp_path, transcribe=hear)
    dictation_id = received(parts)
    for seconds in (60, 120):
        run(parts, "prepare", dictation_id)
        assert ledger.get(dictation_id).attempts == 0
        clock.forward(seconds - 1)
        assert ledger.needing_work() == []
        clock.forward(1)
        assert [work.dictation_id for work in ledger.needing_work()] == [dictation_id]
    run(parts, "prepare", dictation_id)
    assert (ledger.get(dictation_id).state, ledger.get(dictation_id).error_code) == (S.DRAFTED, "")


def test_a_service_that_stops_in_the_middle_begins_again_at_once_and_blames_nobody(ledger, clock, tmp_path):
    parts = with_parts(ledger, clock, tmp_path, transcribe=raising(Cancelled()))
    dictation_id = received(parts)
    for _ in range(5):
        run(parts, "prepare", dictation_id)
        dictation = ledger.get(dictation_id)
        assert (dictation.state, dictation.attempts, dictation.error_code) == (S.RECEIVED, 0, "E_STOPPED")
        assert [work.dictation_id for work in ledger.needing_work()] == [dictation_id]


def test_a_bug_is_tried_three_times_then_stuck_and_a_person_can_try_again(ledger, clock, tmp_path):
    parts = with_parts(ledger, clock, tmp_path, structure=raising(KeyError("MARTIN Jeanne")))
    dictation_id = received(parts)
    for _ in range(4):
        run(parts, "prepare", dictation_id)
        clock.forward(3600)
    dictation = ledger.get(dictation_id)
    assert (dictation.state, dictation.resume_state) == (S.STUCK, S.TRANSCRIBED)
    assert (dictation.error_code, dictation.error_detail) == ("E_ATTEMPTS", "structure: E_BUG")
    ledger.resume(dictation_id, actor="cli")
    repaired = scripted.parts(ledger, tmp_path, clock)
    run(repaired, "prepare", dictation_id)
    assert ledger.get(dictation_id).state is S.DRAFTED


def test_a_bug_is_logged_whole_but_not_the_words_it_stumbled_over(ledger, clock, tmp_path, caplog):
    parts = with_parts(ledger, clock, tmp_path, structure=raising(KeyError("MARTIN Jeanne")))
    dictation_id = received(parts)
    with caplog.at_level(logging.INFO):
        run(parts, "prepare", dictation_id)
    assert "KeyError" in caplog.text
    assert "in raising" in caplog.text or "in part" in caplog.text
    assert "MARTIN" not in caplog.text
    assert "MARTIN" not in str(ledger.journal(dictation_id))


def test_a_recording_that_ends_the_program_each_time_is_put_aside(ledger, clock, tmp_path):
    class Killed(BaseException):
        """Stands for a crash: nothing of ours runs after it."""

    parts = with_parts(ledger, clock, tmp_path, transcribe=raising(Killed()))
    dictation_id = received(parts)
    for _ in range(3):
        with pytest.raises(Killed):
            run_step(parts, STEP["transcribe"], dictation_id)
    run_step(parts, STEP["transcribe"], dictation_id)
    assert ledger.get(dictation_id).state is S.STUCK
    assert ledger.get(dictation_id).resume_state is S.RECEIVED


def test_two_recordings_are_recognised_at_once_and_everything_else_one_at_a_time(ledger, clock, tmp_path):
    met, inside, lock, both = [], {"transcribe": 0, "structure": 0, "draft": 0}, threading.Lock(), threading.Barrier(2)

    def noted(name, work):
        def part(*given):
            with lock:
                inside[name] += 1
                met.append((name, inside["structure"] + inside["draft"]))
            if name == "transcribe":
                both.wait(timeout=20)  # broken, and the step with it, unless the other one is in there too
            else:
                time.sleep(0.05)
            with lock:
                inside[name] -= 1
            return work(*given)

        return part

    plain = scripted.parts(ledger, tmp_path, clock)
    parts = with_parts(
        ledger,
        clock,
        tmp_path,
        **{name: noted(name, getattr(plain, name)) for name in ("transcribe", "structure")},
        draft=noted("draft", plain.draft),
    )
    sounds = [parts.blobs.put(SOUND + bytes([i])) for i in range(2)]
    ids = [ledger.register(Recording(sha256, "dictee.wav", len(SOUND)), sidecar())[0] for sha256 in sounds]
    todo = steps(parts)["prepare"]

    def prepare(dictation_id):
        for _, step in todo:
            step(dictation_id)

    with ThreadPoolExecutor(2) as people:
        list(people.map(prepare, ids))
    assert [ledger.get(one).state for one in ids] == [S.DRAFTED] * 2
    assert max(others for name, others in met if name != "transcribe") == 1


def test_a_recording_that_was_tried_before_is_recognised_alone(ledger, clock, tmp_path):
    inside, most, lock = [], [], threading.Lock()

    def hear(*given):
        with lock:
            inside.append(given[0].id)
            most.append(len(inside))
        time.sleep(0.1)
        with lock:
            inside.remove(given[0].id)
        return plain.transcribe(*given)

    plain = scripted.parts(ledger, tmp_path, clock)
    parts = with_parts(ledger, clock, tmp_path, transcribe=hear)
    sounds = [parts.blobs.put(SOUND + bytes([i])) for i in range(4)]
    ids = [ledger.register(Recording(sha256, "dictee.wav", len(SOUND)), sidecar())[0] for sha256 in sounds]
    for one in ids[:3]:
        ledger.count_attempt(one)  # the program ended in the middle of these
    step = dict(steps(parts)["prepare"])["transcribe"]
    with ThreadPoolExecutor(4) as people:
        list(people.map(step, ids))
    assert [ledger.get(one).state for one in ids] == [S.TRANSCRIBED] * 4
    assert max(most) == 1


@pytest.mark.parametrize("harm", ["changed on the disk", "missing", "refused by the check"])
def test_a_letter_that_is_not_the_signed_one_goes_back_to_be_signed(ledger, clock, tmp_path, harm):
    altered = raising(NeedsAPerson(code="E_LETTER_ALTERED")) if harm == "refused by the check" else scripted.verify
    parts = with_parts(ledger, clock, tmp_path, verify_letter=altered)
    dictation_id = signed(parts, clock)
    file = parts.blobs.path(ledger.get(dictation_id).pdf_sha256)
    if harm == "changed on the disk":
        file.write_bytes(PDF + b" ")
    elif harm == "missing":
        file.unlink()
    run(parts, "deliver", dictation_id)
    dictation = ledger.get(dictation_id)
    assert (dictation.state, dictation.error_code) == (S.PROOFREAD, "E_LETTER_ALTERED")
    assert (dictation.approval, dictation.pdf_sha256) == (None, "")
    assert not (tmp_path / "outbox").exists()


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (NeedsAPerson(code="E_OBJECTION"), S.ARCHIVED),
        (NeedsAPerson(code="E_NO_CONSENT"), S.HELD),
        (NeedsAPerson(code="E_ADDRESSEE_MISSING"), S.HELD),
        (TryAgainLater(code="E_RELAY_CLOSED"), S.TYPESET),
    ],
)
def test_an_error_before_the_line_opens_leads_where_the_table_says(ledger, clock, tmp_path, error, state):
    archived = []
    parts = with_parts(ledger, clock, tmp_path, send=raising(error), archive=archived.append)
    dictation_id = signed(parts, clock)
    run(parts, "deliver", dictation_id)
    dictation = ledger.get(dictation_id)
    assert (dictation.state, dictation.error_code) == (state, error.code)
    assert archived == ([dictation_id] if state is S.ARCHIVED else [])  # kept, and not sent


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (TryAgainLater(code="E_RELAY_CLOSED"), S.SENDING),
        (NeedsAPerson(code="E_REFUSED"), S.RETURNED),
        (OutcomeUnknown(), S.UNCERTAIN),
        (ZeroDivisionError(), S.SENDING),
    ],
)
def test_an_error_on_the_line_leads_where_the_table_says(ledger, clock, tmp_path, error, state):
    def send(dictation_id):
        ledger.move(dictation_id, S.TYPESET, S.SENDING, actor="send")
        raise error

    parts = with_parts(ledger, clock, tmp_path, send=send)
    dictation_id = signed(parts, clock)
    run(parts, "deliver", dictation_id)
    assert ledger.get(dictation_id).state is state
    assert ledger.needing_work() == []


def test_an_archive_that_cannot_be_written_is_tried_until_it_can_and_the_letter_stays_sent(ledger, clock, tmp_path):
    tries = []

    def archive(dictation_id):
        tries.append(dictation_id)
        if len(tries) <= 5:
            raise OSError("no such share")

    parts = with_parts(ledger, clock, tmp_path, archive=archive)
    dictation_id = signed(parts, clock)
    for _ in range(6):
        run(parts, "deliver", dictation_id)
        assert ledger.get(dictation_id).state is S.SENT
        clock.forward(3600)
    assert not ledger.archive_due(dictation_id)
    assert ledger.get(dictation_id).error_code == ""


def test_a_person_who_holds_a_dictation_while_it_is_heard_keeps_it_held(ledger, clock, tmp_path):
    def hear(dictation, sound, report):
        ledger.move(dictation_id, S.RECEIVED, S.HELD, actor="secretary", note="identité")
        return scripted.hear(dictation, sound, report)

    parts = with_parts(ledger, clock, tmp_path, transcribe=hear)
    dictation_id = received(parts)
    run(parts, "prepare", dictation_id)
    assert ledger.get(dictation_id).state is S.HELD
