"""The next letter is made ready on the server while this one is open: nobody has opened it, heard it or holds it."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from dictation.web import ahead
from dictation.web.audio import playback_path
from dictation.web.parts import install, parts


@pytest.fixture(autouse=True)
def finished():
    yield
    for thread in threading.enumerate():
        if thread.name == "ahead":
            thread.join()


def wav_of(desk, one: str):
    return playback_path(parts().playback_folder, desk.ledger.get(one).recording.sha256)


def wait() -> None:
    for thread in threading.enumerate():
        if thread.name == "ahead":
            thread.join()


def in_order(desk) -> str:
    desk.clock.forward(60)
    return desk.drafted()


def test_opening_a_letter_prepares_the_sound_of_the_next_and_leaves_no_trace_on_it(desk, signed_in):
    one, two, three = (in_order(desk) for _ in range(3))
    before = desk.actions(two)
    signed_in("roy").get(f"/dictees/{one}/relecture")
    wait()
    assert wav_of(desk, two).read_bytes() == desk.wav
    assert not wav_of(desk, three).exists()
    assert desk.actions(two) == before  # neither opened nor listened
    assert set(desk.ledger.locks([one, two, three])) == {one}


def test_the_one_a_colleague_holds_or_that_is_of_another_service_is_not_prepared(desk, signed_in):
    from tests.web.hospital import BRUN

    one, other, held = desk.drafted(BRUN), desk.drafted(), desk.drafted(BRUN)
    desk.ledger.take_lock(held, "diaz")
    mine = desk.drafted(BRUN)
    signed_in("noel").get(f"/dictees/{one}/relecture")
    wait()
    assert wav_of(desk, mine).exists()
    assert not wav_of(desk, other).exists()
    assert not wav_of(desk, held).exists()


def test_one_at_a_time_and_what_fails_breaks_nothing(desk, signed_in, caplog):
    one, two = desk.drafted(), desk.drafted()
    begun, go_on = threading.Event(), threading.Event()

    def slow(dictation):
        begun.set()
        assert go_on.wait(30)
        raise OSError("no such blob")

    install(replace(parts(), playable_wav=slow))
    caplog.set_level("INFO", logger="dictation.web.ahead")
    assert signed_in("roy").get(f"/dictees/{one}/relecture").status_code == 200
    assert begun.wait(30)
    assert ahead.prepare(desk.ledger.get(two)) is None  # another is under way
    go_on.set()
    wait()
    assert f"dictation {two}: not prepared ahead: OSError" in caplog.text
    again = ahead.prepare(desk.ledger.get(two))
    assert again is not None
