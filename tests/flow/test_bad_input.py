# ruff: noqa: F811  # pytest's fixtures are imported, then named as arguments
"""The bad input table (intake and audio): whatever is dropped has one row and one reason in French; nothing is lost.

Each case drops something that cannot be taken beside a good recording that must be. Real store, ledger and decoder.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dictation.errors import SENTENCES
from dictation.settings import InboxSettings
from tests.intake.bench import FONTAINE, MERCIER, PATIENT, Bench, sidecar, sound
from tests.intake.fixtures import bench, make_bench  # noqa: F401
from tests.transcribe.conftest import dss, encode
from transcribe.child import decode_in_child

WAV = sound(seconds=2)
TONE = np.sin(np.arange(3 * 16_000) / 8).astype(np.float32) * 0.3


def dropped(data: bytes | Callable[[], bytes], name: str = "fontaine/mauvais.wav") -> Callable[[Bench], None]:
    def drop(bench: Bench) -> None:
        bench.drop(name, data() if callable(data) else data)

    return drop


def header(offset: int, size: int, value: int) -> bytes:
    """The good WAV with one lie in its header."""
    return WAV[:offset] + value.to_bytes(size, "little") + WAV[offset + size :]


def placed(make: Callable[[Path], object], name: str = "mauvais.wav") -> Callable[[Bench], None]:
    def place(bench: Bench) -> None:
        (bench.inbox / "fontaine").mkdir(exist_ok=True)
        make(bench.inbox / "fontaine" / name)

    return place


def link_to(target: str) -> Callable[[Bench], None]:
    return placed(lambda path: path.symlink_to(target))


def second_name(path: Path) -> None:
    outside = path.parents[2] / "ailleurs"
    outside.write_bytes(WAV)
    path.hardlink_to(outside)


def bind(path: Path) -> None:
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path.name)  # an address has at most 108 bytes


def folder_with_a_file(path: Path) -> None:
    path.mkdir()
    (path / "a.wav").write_bytes(WAV)


def deep(path: Path) -> None:
    path.parent.joinpath(*"abcdefgh").mkdir(parents=True)


@functools.cache
def encoded(name: str) -> bytes:
    return encode(TONE, name)


@functools.cache
def an_hour_of_silence() -> bytes:
    return encode(np.zeros(3601 * 8000, np.float32), "flac-small", rate=8000)


def with_sidecar(data: bytes, audio: bytes = WAV) -> Callable[[Bench], None]:
    def drop(bench: Bench) -> None:
        bench.drop("mauvais.json", data)
        bench.drop("mauvais.wav", audio)

    return drop


def patient(**changes: object) -> bytes:
    return sidecar(patient={key: value for key, value in {**PATIENT, **changes}.items() if value is not None})


def conflict(bench: Bench) -> None:
    bench.drop("fontaine/mauvais.json", sidecar(MERCIER.rpps))
    bench.drop("fontaine/mauvais.wav", WAV)


def twice(bench: Bench) -> None:
    bench.drop("fontaine/premier.wav", WAV)
    bench.settle()
    bench.drop("fontaine/mauvais.wav", WAV)


ONE = ["mauvais.wav"]
BOTH = ["mauvais.wav", "mauvais.wav.json"]
NOT_AUDIO, CUT = "E_AUDIO_NOT_AUDIO", "E_AUDIO_TRUNCATED"
CASES: dict[str, tuple[Callable[[Bench], None], str, list[str]]] = {
    # A. what lies in the inbox
    "empty file": (dropped(b""), "E_EMPTY", ONE),
    "link to a system file": (link_to("/etc/passwd"), "E_NOT_REGULAR", ONE),
    "link to itself": (link_to("mauvais.wav"), "E_NOT_REGULAR", ONE),
    "link to nothing": (link_to("/nulle/part.wav"), "E_NOT_REGULAR", ONE),
    "link to a folder": (link_to("/tmp"), "E_NOT_REGULAR", ONE),
    "second name of a file elsewhere": (placed(second_name), "E_NOT_REGULAR", ONE),
    "pipe": (placed(os.mkfifo), "E_NOT_REGULAR", ONE),
    "socket": (placed(bind), "E_NOT_REGULAR", ONE),
    "folder with the name of a recording": (placed(folder_with_a_file), "E_NOT_REGULAR", ONE),
    "folders too deep": (placed(deep), "E_FOLDER_TOO_DEEP", ["h"]),
    "bigger than the settings allow": (dropped(WAV + bytes(2 << 20)), "E_TOO_BIG", ONE),
    "same content twice": (twice, "E_DUPLICATE", ONE),
    "nobody says who dictated": (dropped(WAV, "mauvais.wav"), "E_AUTHOR_UNKNOWN", ONE),
    "folder of nobody we know": (dropped(WAV, "inconnu/mauvais.wav"), "E_AUTHOR_UNKNOWN", ONE),
    "author who is not in the settings": (with_sidecar(sidecar("10100000033")), "E_AUTHOR_UNKNOWN", BOTH),
    "sidecar and folder of two authors": (conflict, "E_AUTHOR_CONFLICT", BOTH),
    "sidecar cut short": (with_sidecar(sidecar()[:-3]), "E_SIDECAR_UNREADABLE", BOTH),
    "sidecar in Latin-1": (with_sidecar('{"site": "Médéa"}'.encode("latin-1")), "E_SIDECAR_UNREADABLE", BOTH),
    "sidecar that says one thing twice": (
        with_sidecar(b'{"author": "10100000017", "author": "10100000025"}'),
        "E_SIDECAR_UNREADABLE",
        BOTH,
    ),
    "sidecar with endless brackets": (with_sidecar(b"[" * 60_000), "E_SIDECAR_UNREADABLE", BOTH),
    "sidecar of a megabyte": (with_sidecar(b" " * (1 << 20)), "E_SIDECAR_UNREADABLE", BOTH),
    "empty sidecar": (with_sidecar(b""), "E_SIDECAR_UNREADABLE", BOTH),
    "sidecar that is a list": (with_sidecar(b"[]"), "E_SIDECAR_INVALID", BOTH),
    "sidecar with a field we do not know": (with_sidecar(sidecar(patiant={})), "E_SIDECAR_INVALID", BOTH),
    "sidecar of another version": (with_sidecar(sidecar(version=2)), "E_SIDECAR_INVALID", BOTH),
    "birth date that does not exist": (with_sidecar(patient(birth_date="1954-02-30")), "E_SIDECAR_INVALID", BOTH),
    "patient without number": (with_sidecar(patient(hospital_number=None)), "E_SIDECAR_INVALID", BOTH),
    "INS with a wrong key": (
        with_sidecar(patient(ins={"value": "154036249803705", "oid": "1.2.250.1.213.1.4.10"})),
        "E_SIDECAR_INVALID",
        BOTH,
    ),
    "line break in a name": (with_sidecar(patient(last_name="A\r\nBcc: x@y.fr")), "E_SIDECAR_INVALID", BOTH),
    # B. what the sound file holds
    "text": (dropped(b"Bonjour " * 500), NOT_AUDIO, ONE),
    "PDF": (dropped(b"%PDF-1.7\n" + bytes(range(256)) * 20), NOT_AUDIO, ONE),
    "text document": (dropped(b"PK\x03\x04" + bytes(range(256)), "fontaine/lettre.docx"), NOT_AUDIO, ["lettre.docx"]),
    "ZIP": (dropped(b"PK\x03\x04" + bytes(range(256)) * 20), NOT_AUDIO, ONE),
    "Windows program": (dropped(b"MZ\x90\x00" + bytes(range(256)) * 20), NOT_AUDIO, ONE),
    "picture": (dropped(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20), NOT_AUDIO, ONE),
    "RIFF, but a film": (dropped(WAV[:8] + b"AVI " + WAV[12:]), NOT_AUDIO, ONE),
    "WAV at 0 Hz": (dropped(header(24, 4, 0)), NOT_AUDIO, ONE),
    "WAV at 2^31 Hz": (dropped(header(24, 4, 1 << 31)), NOT_AUDIO, ONE),
    "WAV without channels": (dropped(header(22, 2, 0)), NOT_AUDIO, ONE),
    "WAV of 255 channels": (dropped(header(22, 2, 255)), NOT_AUDIO, ONE),
    "WAV that claims 4 GB": (dropped(header(40, 4, 0xFFFF_FFF0)), CUT, ONE),
    "WAV half copied": (dropped(WAV[: len(WAV) // 2]), CUT, ONE),
    "WAV of a recorder that lost power": (dropped(header(40, 4, 0)), CUT, ONE),
    "space reserved, never written": (dropped(bytes(50_000)), CUT, ONE),
    "M4A without index": (dropped(lambda: encoded("m4a").replace(b"moov", b"free")), CUT, ONE),
    "M4A half copied": (dropped(lambda: encoded("m4a")[:-2000]), CUT, ONE),
    "Ogg half copied": (dropped(lambda: encoded("ogg")[:-300]), CUT, ONE),
    "FLAC half copied": (dropped(lambda: encoded("flac")[:-3000]), CUT, ONE),
    "WMA half copied": (dropped(lambda: encoded("wma")[:-3000]), CUT, ONE),
    "DSS half copied": (dropped(dss(60, length="000017")[: 1024 + 512 * 20]), CUT, ONE),
    "AMR half copied": (dropped(lambda: encoded("amr")[:-5]), CUT, ONE),
    "DS2 of a dictaphone": (
        dropped(b"\x03ds2" + bytes(range(256)) * 20, "fontaine/mauvais.ds2"),
        "E_AUDIO_DS2",
        ["mauvais.ds2"],
    ),
    "DS2, encrypted": (
        dropped(b"\x03enc" + bytes(range(256)) * 20, "fontaine/mauvais.ds2"),
        "E_AUDIO_DS2",
        ["mauvais.ds2"],
    ),
    "click of the button": (dropped(sound(seconds=0.1)), "E_AUDIO_TOO_SHORT", ONE),
    "an hour of silence in few bytes": (dropped(an_hour_of_silence), "E_AUDIO_TOO_LONG", ONE),
}


@pytest.fixture(scope="module", autouse=True)
def small_flac():
    """FLAC at 8 kHz: hours of silence in some kilobytes."""
    from tests.transcribe import conftest

    conftest.FORMATS["flac-small"] = ("flac", "flac", 8000, "flac")
    yield
    del conftest.FORMATS["flac-small"]


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_taken_has_a_row_a_reason_and_its_place_and_the_next_goes_on(make_bench, case):
    bench = make_bench(inbox_settings=InboxSettings(max_megabytes=2, watch="none"))
    drop, code, refused = CASES[case]
    drop(bench)
    bench.drop("fontaine/bon.wav", sound(99))
    bench.wait_out()

    row = bench.row("quarantined")
    assert row.error_code == code
    assert row.recording.name.endswith(("mauvais.wav", "mauvais.ds2", "lettre.docx", "/h"))
    reason = bench.reason()
    happened, to_do = SENTENCES[code].split("\u00a0: ")
    assert happened[1:] in reason
    assert to_do in reason
    assert row.id in reason
    assert "22 novembre 2026" in reason
    assert not re.search(r"Traceback|Error|None|[a-z] [;:?!]", reason)
    assert bench.refused_files() == refused
    assert "fontaine/bon.wav" in {other.recording.name for other in bench.rows() if other.state == "received"}
    assert bench.left() == []
    assert bench.scan(after=600).refused == []


def test_what_is_refused_lies_in_quarantine_byte_for_byte(bench):
    bench.drop("fontaine/mauvais.wav", WAV[:1000])
    bench.wait_out()
    [path] = bench.quarantine.glob("*.wav")
    assert path.read_bytes() == WAV[:1000]
    assert re.fullmatch(r"2026-11-22-[0-9a-f]{12}-mauvais\.wav", path.name)
    assert bench.row("quarantined").recording.size_bytes == 1000


def test_every_file_of_the_table_at_once_has_its_own_row(make_bench):
    """They all lie there together, as after a night: as many rows as files, and the good one is served."""
    bench = make_bench(inbox_settings=InboxSettings(max_megabytes=2, watch="none"))
    plain = [case for case, (_, _, refused) in CASES.items() if refused == ONE and case != "same content twice"]
    for number, case in enumerate(plain):
        CASES[case][0](bench)
        for place in ("mauvais.wav", "fontaine/mauvais.wav", "inconnu/mauvais.wav"):
            if os.path.lexists(bench.inbox / place):
                (bench.inbox / place).rename(bench.inbox / place.replace("mauvais", f"mauvais {number}"))
    bench.drop("fontaine/bon.wav", sound(99))
    bench.wait_out()
    counts = {state.value: count for state, count in bench.ledger.counts().items() if count}
    assert counts == {"quarantined": len(plain), "received": 1}
    assert len(list(bench.quarantine.glob("*.raison.txt"))) == len(plain)
    assert bench.left() == []


def test_two_recordings_with_one_sidecar_are_both_refused(bench):
    bench.drop("a.wav", sound(1))
    bench.drop("a.flac", sound(2))
    bench.drop("a.json", sidecar(patient=PATIENT))
    bench.wait_out()
    assert [row.error_code for row in bench.rows()] == ["E_SIDECAR_AMBIGUOUS"] * 2
    assert len(bench.refused_files()) == 3


def test_a_sidecar_that_is_a_link_is_not_followed(bench):
    bench.drop("a.wav", sound(1))
    (bench.inbox / "a.json").symlink_to("/etc/passwd")
    bench.wait_out()
    assert {row.error_code for row in bench.rows()} == {"E_NOT_REGULAR", "E_AUTHOR_UNKNOWN"}
    assert "root:" not in "".join(path.read_text(encoding="utf-8") for path in bench.quarantine.glob("*.txt"))


def test_a_sidecar_that_stays_alone_does_not_wait_for_the_next_recording_of_its_name(bench):
    bench.drop("a.json", sidecar(patient=PATIENT))
    assert bench.settle().waiting == {"E_SIDECAR_ALONE": 1}
    bench.scan(after=3600)
    assert bench.row("quarantined").error_code == "E_SIDECAR_ALONE"
    assert bench.refused_files() == ["a.json"]


def test_a_sidecar_that_comes_after_its_recording_was_taken_is_told_so(bench):
    bench.drop("fontaine/a.wav", sound(1))
    [taken] = bench.settle().taken
    bench.drop("fontaine/a.json", sidecar(patient=PATIENT))
    bench.settle()
    assert bench.row("quarantined").error_code == "E_SIDECAR_LATE"
    assert taken in bench.reason()


def test_a_recording_waits_for_its_sidecar_then_has_it(bench):
    bench.drop("a.wav", sound(1))
    assert bench.settle().waiting == {"E_AUTHOR_UNKNOWN": 1}
    bench.scan(after=60)
    bench.drop("a.json", sidecar(patient=PATIENT))
    assert len(bench.settle().taken) == 1
    assert bench.row("received").sidecar.patient.last_name == "Durand"


def test_a_file_we_may_not_read_is_tried_again_before_it_is_refused(bench, monkeypatch):
    real = os.open

    def guarded(path, flags, *args, **kwargs):
        if str(path).endswith("mauvais.wav"):
            raise PermissionError(13, "Permission denied")
        return real(path, flags, *args, **kwargs)

    bench.drop("fontaine/mauvais.wav", sound(1))
    bench.drop("fontaine/corrigé.wav", sound(2))
    monkeypatch.setattr(os, "open", guarded)
    assert bench.settle().waiting == {"E_PERMISSION": 1}
    bench.scan(after=60)
    assert bench.row("quarantined").error_code == "E_PERMISSION"
    assert bench.refused_files() == ["mauvais.wav"]


def test_rights_given_in_time_are_enough(bench, monkeypatch):
    real = os.open

    def guarded(path, flags, *args, **kwargs):
        if str(path).endswith("a.wav"):
            raise PermissionError(13, "Permission denied")
        return real(path, flags, *args, **kwargs)

    bench.drop("fontaine/a.wav", sound(1))
    monkeypatch.setattr(os, "open", guarded)
    bench.settle()
    monkeypatch.undo()
    assert len(bench.scan(after=1).taken) == 1


def test_a_file_that_crashes_the_decoder_is_refused_and_the_next_is_heard(make_bench):
    """Behind the wall: the child dies of a segmentation fault, intake does not."""
    crash = [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"]

    def probe(path):
        command = crash if path.stat().st_size == len(WAV) else None
        return decode_in_child(path, command=command).duration

    bench = make_bench(probe=probe)
    bench.drop("fontaine/mauvais.wav", WAV)
    bench.drop("fontaine/bon.wav", sound(1))
    bench.settle()
    assert bench.row("quarantined").error_code == "E_AUDIO_NOT_AUDIO"
    assert bench.row("received").recording.name == "fontaine/bon.wav"


NAMES = [
    "-rf.wav",
    "--help.wav",
    "a\nb.wav",
    "a\tb.wav",
    "\u202egnp.wav",
    "a\u200bb.wav",
    os.fsdecode(b"\xe9t\xe9.wav"),
    os.fsdecode(b"\xff\xfe.wav"),
    "n" * 251 + ".wav",
    "é" * 125 + ".wav",
    "CON.wav",
    "nul.WAV",
    "é.wav",
    "e\u0301.wav",
    "DICTÉE.WAV",
    "dictée.WaV",
    "sans suffixe",
    "a.b.c.wav",
    "a..wav",
    "espace .wav",
    " devant.wav",
    "$(reboot).wav",
    "`id`.wav",
    "';drop table dictation;--.wav",
    "%s%n.wav",
    "{{7*7}}.wav",
    "<script>.wav",
    "C:\\temp\\x.wav",
    "x\\..\\..\\y.wav",
    "a*b?.wav",
    '"guillemets".wav',
    "日本語.wav",
    "عربى.wav",
    "🩺.wav",
    "a&b=c;d.wav",
    "raison.txt.wav",
    "quarantaine.wav",
]


def test_any_name_is_taken_and_shown_on_one_line(bench):
    for seed, name in enumerate(NAMES):
        bench.drop(f"fontaine/{name}", sound(seed, seconds=0.6))
    bench.settle()
    rows = bench.rows()
    assert {row.state for row in rows} == {"received"}
    assert len(rows) == len(NAMES)
    for row in rows:
        assert len(row.recording.name) <= 200
        assert row.recording.name.isprintable()
        row.recording.name.encode("utf-8")
    shown = {row.recording.name for row in rows}
    assert {"fontaine/a\\nb.wav", "fontaine/\\u202egnp.wav", "fontaine/\\xE9t\\xE9.wav"} <= shown
    assert bench.left() == []


def test_any_name_can_lie_in_quarantine(bench):
    for name in NAMES:
        bench.drop(f"fontaine/{name}", b"rien d'audible " + os.fsencode(name))
    bench.wait_out()
    assert len(bench.rows()) == len(NAMES)
    assert bench.left() == []
    for path in bench.quarantine.iterdir():
        assert re.fullmatch(r"2026-11-22-[0-9a-f]{12}-[\w.-]+", path.name), path.name
        assert len(os.fsencode(path.name)) < 200


def test_what_systems_leave_behind_is_let_lie(bench):
    junk = ["Thumbs.db", ".DS_Store", "._a.wav", "~$dictee.docx", "desktop.ini", "a.wav.part", "b.tmp", "c.crdownload"]
    for name in [*junk, "@eaDir/a.wav", ".Trash-1000/a.wav", "a.wav:Zone.Identifier", "README.md"]:
        bench.drop(name, sound(1))
    report = bench.wait_out()
    assert bench.rows() == []
    assert report.ignored == 12


def test_a_copy_under_another_name_is_taken_once_it_has_its_own(bench):
    part = bench.drop("fontaine/a.wav.part", sound(1))
    bench.settle()
    part.rename(part.with_suffix(""))
    assert len(bench.settle().taken) == 1


def test_the_published_example_of_a_sidecar_is_taken(bench, repository):
    text = (repository / "docs" / "inbox-contract.md").read_text(encoding="utf-8")
    example = re.search(r"```json\n(.*?)```", text, re.S)
    assert example is not None
    plain = json.loads(example[1])
    bench.drop("a.json", json.dumps({**plain, "author": FONTAINE.rpps}).encode())
    bench.drop("a.wav", sound(1))
    assert len(bench.settle().taken) == 1
