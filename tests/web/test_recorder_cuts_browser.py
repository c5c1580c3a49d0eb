"""Dictating while the network goes, an answer is lost, the server dies: one whole recording, and nothing left here."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from dictation.web.parts import parts
from tests.web.browser import forgive, until, visitor
from tests.web.dictating import CLOCK, HELD, dictate, identify, inbox, length, local, open_page, recording, tape
from tests.web.served import ServedDesk, Server, desk, site, wait_for

__all__ = ["desk", "inbox", "site", "visitor"]
pytestmark = pytest.mark.browser

CUT = 20.0  # seconds without network, ten pieces of sound


def record(page: Any) -> None:
    page.click("#record")
    page.wait_for_selector("#pause:visible")


def said(page: Any, seconds: float) -> None:
    """Wait until so much more is on the clock."""
    until(page, f"({CLOCK}) >= {length(page) + seconds}")


def arrived(inbox: Path, page: Any) -> None:
    """The hospital has one recording, as long as the tape was, and this browser has nothing."""
    kept = tape(page)
    page.get_by_text("Dictée reçue à l’hôpital").wait_for()
    seconds, sidecar = recording(inbox)
    assert seconds == pytest.approx(kept, abs=0.1)
    assert sidecar["patient"]["hospital_number"] == "IPP-9"
    assert local(page) == [0, 0]
    assert parts().dictaphone.begun() == []


def test_a_network_that_goes_in_the_middle_of_a_sentence_and_comes_back_takes_nothing_of_it(
    desk: ServedDesk, visitor: Any, site: str, inbox: Path
) -> None:
    page = open_page(visitor, site)
    identify(page, "Petit", "Paul", "1978-03-04", "M", "IPP-9")
    record(page)
    said(page, 3)
    began = page.evaluate("performance.now()")
    page.context.set_offline(True)
    said(page, CUT)
    assert page.evaluate("performance.now()") - began >= 1000 * (CUT - 1)
    takes, pieces = local(page)
    assert takes == 1
    assert pieces >= 3
    assert "Pas de réseau" in page.evaluate(HELD)
    page.context.set_offline(False)  # while the author goes on speaking
    said(page, 3)
    page.click("#pause")
    page.wait_for_selector("#end:visible")
    assert tape(page) >= CUT + 5
    page.click("#end")
    arrived(inbox, page)
    forgive(visitor, "ERR_INTERNET_DISCONNECTED")


def test_a_piece_or_an_answer_lost_on_the_way_is_sent_again_and_makes_no_second_recording(
    desk: ServedDesk, visitor: Any, site: str, inbox: Path
) -> None:
    page = open_page(visitor, site)
    identify(page, "Petit", "Paul", "1978-03-04", "M", "IPP-9")
    lost: list[str] = []

    def before_it_is_there(route: Any) -> None:
        lost.append("piece")
        route.abort("connectionreset")

    def after_it_is_there(route: Any) -> None:
        lost.append(f"answer {route.fetch().status}")
        route.abort("connectionreset")

    page.context.route("**/morceaux/1", before_it_is_there, times=1)
    page.context.route("**/morceaux/2", after_it_is_there, times=1)
    page.context.route("**/dictaphone/dictees/*", after_it_is_there, times=1)  # the last call
    dictate(page, 6)
    page.click("#end")
    arrived(inbox, page)
    assert lost == ["piece", "answer 204", "answer 200"]
    forgive(visitor, "ERR_CONNECTION_RESET")


def test_a_server_killed_while_it_receives_goes_on_where_it_was(
    desk: ServedDesk, server: Server, visitor: Any, site: str, inbox: Path
) -> None:
    page = open_page(visitor, site)
    identify(page, "Petit", "Paul", "1978-03-04", "M", "IPP-9")
    record(page)
    said(page, 3)
    wait_for(lambda: parts().dictaphone.begun())  # a piece is there
    assert server.process
    server.process.send_signal(signal.SIGSTOP)  # what is sent from here on is received by nobody
    try:
        with page.expect_request(lambda asked: asked.method == "PUT"):
            said(page, 4)
        page.click("#pause")
        page.wait_for_selector("#end:visible")
        page.click("#end")
        assert local(page)[1] >= 2
    finally:
        server.stop(signal.SIGKILL)
        server.start()
    arrived(inbox, page)
    forgive(visitor, "ERR_CONNECTION_RESET", "ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE")
