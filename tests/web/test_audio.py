"""Sound in pieces: what a player needs to seek, and nothing else."""

from __future__ import annotations

import socket
import struct
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dictation.web.audio import LARGEST, Piece, Unsatisfiable, asked_range, playback_path
from tests.web.hospital import BRUN


@pytest.mark.parametrize(
    ("header", "piece"),
    [
        ("bytes=0-0", Piece(0, 1)),
        ("bytes=0-99", Piece(0, 100)),
        ("bytes=40-", Piece(40, 100)),
        ("bytes=40-4000", Piece(40, 100)),  # an end beyond the file means its end
        ("bytes=-10", Piece(90, 100)),
        ("bytes=-500", Piece(0, 100)),
        (None, None),
        ("bytes=-", None),
        ("bytes=9-3", None),  # malformed: the whole file
        ("bytes=0-1,5-9", None),  # several pieces: the whole file
        ("seconds=0-1", None),
        ("bytes=a-b", None),
    ],
)
def test_a_range_is_read_as_the_standard_says(header, piece):
    assert asked_range(header, 100) == piece


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=4000-5000", "bytes=-0"])
def test_a_range_outside_the_file_cannot_be_satisfied(header):
    with pytest.raises(Unsatisfiable):
        asked_range(header, 100)


@given(st.text(max_size=30), st.integers(1, 1 << 40))
def test_no_header_ever_leads_outside_the_file(header, size):
    try:
        piece = asked_range("bytes=" + header, size)
    except Unsatisfiable:
        return
    assert piece is None or 0 <= piece.start < piece.stop <= size


def test_the_whole_sound_says_that_it_can_be_cut(desk, signed_in):
    one = desk.drafted()
    answer = signed_in("roy").get(f"/dictees/{one}/son")
    assert (answer.status_code, answer.content) == (200, desk.wav)
    assert (answer["Accept-Ranges"], answer["Content-Type"]) == ("bytes", "audio/wav")
    assert answer["Content-Length"] == str(len(desk.wav))
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("start", "stop"), [(0, 100), (44, 45), (320_044, 352_044), (767_000, 768_044)])
def test_a_piece_is_exactly_what_was_asked(desk, signed_in, start, stop):
    one = desk.drafted()
    answer = signed_in("roy").get(f"/dictees/{one}/son", headers={"range": f"bytes={start}-{stop - 1}"})
    assert (answer.status_code, answer.content) == (206, desk.wav[start:stop])
    assert answer["Content-Range"] == f"bytes {start}-{stop - 1}/{len(desk.wav)}"


def test_a_long_piece_is_sent_in_part_and_the_rest_on_demand(desk, signed_in, monkeypatch):
    monkeypatch.setattr("dictation.web.audio.LARGEST", 1000)
    one, client, whole = desk.drafted(), signed_in("roy"), b""
    while len(whole) < len(desk.wav):
        answer = client.get(f"/dictees/{one}/son", headers={"range": f"bytes={len(whole)}-"})
        assert answer.status_code == 206
        whole += answer.content
        monkeypatch.setattr("dictation.web.audio.LARGEST", 300_000)
    assert whole == desk.wav


def test_beyond_the_end_is_416_with_the_length(desk, signed_in):
    one = desk.drafted()
    answer = signed_in("roy").get(f"/dictees/{one}/son", headers={"range": f"bytes={len(desk.wav)}-"})
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(desk.wav)}")


def test_a_piece_of_another_recording_is_never_joined_to_this_one(desk, signed_in):
    one = desk.drafted()
    headers = {"range": "bytes=5-9", "if-range": '"another"'}
    assert signed_in("roy").get(f"/dictees/{one}/son", headers=headers).status_code == 200


def test_head_tells_without_sending(desk, signed_in):
    one = desk.drafted()
    answer = signed_in("roy").head(f"/dictees/{one}/son")
    assert (answer.status_code, answer["Content-Length"], answer.content) == (200, str(len(desk.wav)), b"")


def test_the_sound_is_made_once_and_kept(desk, signed_in):
    from dictation.web.parts import parts

    one, client = desk.drafted(), signed_in("roy")
    client.get(f"/dictees/{one}/son")
    kept = playback_path(parts().playback_folder, desk.ledger.get(one).recording.sha256)
    kept.write_bytes(b"RIFF kept")
    assert client.get(f"/dictees/{one}/son").content == b"RIFF kept"


def test_a_listening_is_journalled_once_however_many_pieces(desk, signed_in):
    one, client = desk.drafted(), signed_in("roy")
    for start in (0, 1000, 2000):
        client.get(f"/dictees/{one}/son", headers={"range": f"bytes={start}-"})
    assert desk.actions(one).count(("roy", "listened")) == 1


def test_the_sound_of_another_service_does_not_exist(desk, signed_in):
    one = desk.drafted(BRUN)
    assert signed_in("morel").get(f"/dictees/{one}/son").status_code == 404
    assert ("morel", "listened") not in desk.actions(one)


def test_a_player_that_leaves_is_written_no_more(desk, signed_in, site, caplog):
    """As a browser does that has heard enough: nothing of it in the log, and the next one is answered."""
    from dictation.web.parts import parts

    one, client = desk.drafted(), signed_in("roy")
    path = playback_path(parts().playback_folder, desk.ledger.get(one).recording.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(LARGEST))
    cookies = "; ".join(f"{name}={cookie.value}" for name, cookie in client.cookies.items())
    there = urlsplit(site)
    asked = f"GET /dictees/{one}/son HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\n\r\n".encode()

    def player() -> socket.socket:
        out = socket.create_connection((there.hostname, there.port), timeout=60)
        out.sendall(asked)
        assert out.recv(15) == b"HTTP/1.1 200 OK"
        return out

    for _ in range(20):
        with player() as leaving:  # at once, what was sent being thrown away
            leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with player() as staying:
        received = 0
        while received < LARGEST:
            received += len(staying.recv(1 << 20))
    assert [line.message for line in caplog.records] == []
