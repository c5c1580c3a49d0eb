"""A file that cannot be heard whole is refused with its reason; nothing crashes, hangs or passes half-heard."""

from __future__ import annotations

import struct
import sys
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dictation import errors as application
from tests.transcribe.conftest import dss
from transcribe import UnreadableAudio, errors
from transcribe.audio import decode, encode_wav
from transcribe.child import Limits, decode_in_child
from transcribe.containers import _ogg_checksum

SECOND = encode_wav(np.sin(np.arange(16_000) / 20).astype(np.float32) / 4)


def wav(*, size=None, rate=16_000, channels=1, codec=1, body=b"\1\0" * 16_000):
    """A WAV that says what it is told to say."""
    head = struct.pack("<HHIIHH", codec, channels, rate, (2 * rate * channels) % 2**32, 2 * channels % 2**16, 16)
    declared = len(body) if size is None else size
    return b"RIFF" + struct.pack("<I", 36 + len(body)) + b"WAVEfmt \x10\0\0\0" + head + b"data" + struct.pack(
        "<I", declared
    ) + body  # fmt: skip


def ogg_page(number, *, flags=0, body=b"x" * 50, stream=7):
    page = b"OggS\0" + bytes([flags]) + bytes(8) + struct.pack("<III", stream, number, 0) + bytes([1, len(body)]) + body
    return page[:22] + struct.pack("<I", _ogg_checksum(page)) + page[26:]


MALFORMED = {
    "nothing at all": (b"", "E_EMPTY"),
    "text": ("Compte rendu opératoire du 3 novembre\n" * 50, "E_AUDIO_NOT_AUDIO"),
    "text in UTF-16": ("Compte rendu opératoire\n".encode("utf-16") * 50, "E_AUDIO_NOT_AUDIO"),
    "PDF": (b"%PDF-1.7\n" + bytes(range(256)) * 40, "E_AUDIO_NOT_AUDIO"),
    "ZIP": (b"PK\3\4" + bytes(range(256)) * 40, "E_AUDIO_NOT_AUDIO"),
    "Windows program": (b"MZ\x90\0" + bytes(range(256)) * 40, "E_AUDIO_NOT_AUDIO"),
    "playlist that names other files": (b"#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n", "E_AUDIO_NOT_AUDIO"),
    "concat script": (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "E_AUDIO_NOT_AUDIO"),
    "AVI": (b"RIFF" + struct.pack("<I", 5000) + b"AVI LIST" + bytes(5000), "E_AUDIO_NOT_AUDIO"),
    "noise": (np.random.default_rng(1).bytes(20_000), "E_AUDIO_NOT_AUDIO"),
    "one byte": (b"R", "E_AUDIO_NOT_AUDIO"),
    "only the first letters of a WAV": (b"RIFF", "E_AUDIO_NOT_AUDIO"),
    "zeros, as a copy in progress leaves them": (bytes(100_000), "E_AUDIO_TRUNCATED"),
    "encrypted DS2": (b"\3enc" + bytes(2000), "E_AUDIO_DS2"),
    "DS2": (b"\3ds2" + bytes(2000), "E_AUDIO_DS2"),
    "DS2 of another version": (b"\7ds2" + bytes(2000), "E_AUDIO_DS2"),
    "DSS with nothing behind its name": (b"\2dss" + bytes(4092), "E_AUDIO_NOT_AUDIO"),
    "WAV that announces 4 GB": (wav(size=0xFFFF_FFF0), "E_AUDIO_TRUNCATED"),
    "WAV of unknown length": (wav(size=0xFFFF_FFFF), "E_AUDIO_TRUNCATED"),
    "WAV whose length was never written": (wav(size=0), "E_AUDIO_TRUNCATED"),
    "WAV at 0 Hz": (wav(rate=0), "E_AUDIO_NOT_AUDIO"),
    "WAV at 2 GHz": (wav(rate=2**31), "E_AUDIO_NOT_AUDIO"),
    "WAV without channels": (wav(channels=0), "E_AUDIO_NOT_AUDIO"),
    "WAV with 255 channels": (wav(channels=255), "E_AUDIO_NOT_AUDIO"),
    "WAV in a codec nobody knows": (wav(codec=0x7777), "E_AUDIO_NOT_AUDIO"),
    "WAV without format": (b"RIFF" + struct.pack("<I", 104) + b"WAVEdata" + struct.pack("<I", 92) + bytes(92),
                           "E_AUDIO_NOT_AUDIO"),
    "WAV that ends in its header": (SECOND[:30], "E_AUDIO_TRUNCATED"),
    "WAV with an endless chunk before the sound": (
        SECOND[:36] + b"LIST" + struct.pack("<I", 0x7FFF_FFFF) + SECOND[36:], "E_AUDIO_TRUNCATED"),
    "WAV without sound": (wav(body=b""), "E_AUDIO_TOO_SHORT"),
    "a click": (wav(body=b"\1\0" * 800), "E_AUDIO_TOO_SHORT"),
    "MP3 tag that is longer than the file": (b"ID3\4\0\0\x7f\x7f\x7f\x7f" + bytes(2000), "E_AUDIO_TRUNCATED"),
    "MP3 with a tag of 8 MB and no sound": (b"ID3\4\0\0\4\0\0\0" + bytes(8 << 20) + b"x" * 99, "E_AUDIO_NOT_AUDIO"),
    "a lone MP3 frame": (b"\xff\xfb\x90\0" + bytes(413), "E_AUDIO_NOT_AUDIO"),
    "Ogg whose pages go round in circles": (ogg_page(0, flags=2) + ogg_page(1) * 400, "E_AUDIO_TRUNCATED"),
    "Ogg with a page missing": (ogg_page(0, flags=2) + ogg_page(2, flags=4), "E_AUDIO_TRUNCATED"),
    "Ogg with an unknown codec": (ogg_page(0, flags=2) + ogg_page(1, flags=4), "E_AUDIO_NOT_AUDIO"),
    "M4A without index": (b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42" + b"\0\0\x27\x18mdat" + bytes(10_000),
                          "E_AUDIO_TRUNCATED"),
    "M4A with an empty box for ever": (b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42" + bytes(4096) + b"x", "E_AUDIO_TRUNCATED"),
    "M4A with an empty index": (b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42\0\0\0\x08moov\0\0\0\x08mdat", "E_AUDIO_NOT_AUDIO"),
    "FLAC that ends in its header": (b"fLaC\0\0\0\x22" + bytes(8), "E_AUDIO_TRUNCATED"),
    "FLAC of 19 hours in 2 kB": (
        b"fLaC\x80\0\0\x22" + bytes(10) + ((16_000 << 44) | (15 << 36) | (1 << 30)).to_bytes(8, "big") + bytes(2000),
        "E_AUDIO_TOO_LONG"),
    "Matroska made of holes": (bytes.fromhex("1A45DFA3") + b"\x80" + bytes(500), "E_AUDIO_TRUNCATED"),
    "Matroska without anything": (bytes.fromhex("1A45DFA380"), "E_AUDIO_NOT_AUDIO"),
    "AMR without frames": (b"#!AMR\n", "E_AUDIO_NOT_AUDIO"),
    "AMR with a reserved frame": (b"#!AMR\n" + b"\x3c" + bytes(31) + b"\x64" * 500, "E_AUDIO_NOT_AUDIO"),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_what_cannot_be_heard_is_refused_with_its_reason(name):
    data, code = MALFORMED[name]
    started = time.monotonic()
    with pytest.raises(UnreadableAudio) as refused:
        decode(data.encode() if isinstance(data, str) else data)
    assert refused.value.code == code
    assert time.monotonic() - started < 10
    assert refused.value.sentence == errors.SENTENCES[code]


@pytest.mark.parametrize("kept", [600, 9_000, 1024 + 20 * 512, 1024 + 50 * 512])
def test_a_dss_copy_that_stopped_is_noticed_in_a_block_and_between_two(kept):
    with pytest.raises(UnreadableAudio) as refused:
        decode(dss(60, length="000017")[:kept])
    assert refused.value.code == "E_AUDIO_TRUNCATED"


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95, 0.999])
@pytest.mark.parametrize(
    "name",
    ["wav", "wav-ima", "w64", "aiff", "au", "caf", "flac", "mp3", "m4a", "aac", "3gp", "amr", "ogg", "webm", "wma"],
)
def test_a_copy_that_stopped_is_noticed_wherever_it_stopped(name, share, files):
    with pytest.raises(UnreadableAudio) as refused:
        decode(files[name][: int(len(files[name]) * share)])
    assert refused.value.code == "E_AUDIO_TRUNCATED"


def test_an_mp3_cut_between_two_frames_is_noticed_by_the_frames_it_announces(files):
    data = files["mp3"]
    with pytest.raises(UnreadableAudio) as refused:
        from transcribe.frames import mp3_frame, skip_id3

        at = skip_id3(data)
        for _ in range(40):
            frame = mp3_frame(data, at)
            assert frame
            at += frame[0]
        decode(data[:at])
    assert refused.value.code == "E_AUDIO_TRUNCATED"


def test_a_damaged_ogg_page_is_not_passed_over_in_silence(files):
    data = bytearray(files["ogg"])
    data[len(data) // 2] ^= 0x10
    with pytest.raises(UnreadableAudio) as refused:
        decode(bytes(data))
    assert refused.value.code == "E_AUDIO_TRUNCATED"


def test_damage_inside_an_mp3_is_refused_or_counted(files):
    data = bytearray(files["mp3"])
    third = len(data) // 3
    data[third : third + 300] = bytes(300)
    small = decode(bytes(data))
    assert 0 < small.lost_seconds <= 0.5
    data[third : 2 * third] = bytes(third)
    with pytest.raises(UnreadableAudio) as refused:
        decode(bytes(data))
    assert refused.value.code == "E_AUDIO_TRUNCATED"


def test_a_big_cover_picture_does_not_hide_the_sound(files):
    tagged = b"ID3\4\0\0\4\0\0\0" + bytes(8 << 20) + files["mp3"]
    assert decode(tagged).duration == pytest.approx(3.0, abs=0.1)


def test_the_extension_is_not_believed(files, tmp_path):
    path = tmp_path / "dictee.wav"
    path.write_bytes(files["mp3"])
    assert decode(path).kind == "mp3"


FRAGILE = ["wav-ima", "flac", "mp3-dictaphone", "m4a", "3gp", "amr", "ogg", "webm", "wma", "caf"]
in_header, place, value = st.booleans(), st.floats(0, 1, exclude_max=True), st.integers(0, 255)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(FRAGILE), damage=st.lists(st.tuples(in_header, place, value), min_size=1, max_size=8))
def test_any_damage_ends_in_sound_or_in_a_reason(name, damage, files):
    damaged = bytearray(files[name])
    for header, share, byte in damage:
        damaged[int(share * (200 if header else len(damaged)))] = byte
    try:
        audio = decode(bytes(damaged), max_seconds=60)
    except UnreadableAudio as error:
        assert error.code in errors.SENTENCES
    else:
        assert 0 < audio.duration <= 60
        assert np.abs(audio.samples).max() <= 1.0


MISBEHAVIOUR = {
    "a crash": ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "E_AUDIO_NOT_AUDIO"),
    "an abort": ("import os; os.abort()", "E_AUDIO_NOT_AUDIO"),
    "an endless loop": (
        "import resource as r; r.setrlimit(r.RLIMIT_CPU, (1, 3))\nwhile True: pass", "E_AUDIO_NOT_AUDIO"),
    "a wait without end": ("import threading; threading.Event().wait()", "E_AUDIO_NOT_AUDIO"),
    "an early end": ("", "E_AUDIO_NOT_AUDIO"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISBEHAVIOUR)
def test_a_decoder_that_misbehaves_harms_nobody(name):
    program, code = MISBEHAVIOUR[name]
    with pytest.raises(UnreadableAudio) as refused:
        decode_in_child(SECOND, command=[sys.executable, "-c", program], limits=Limits(wall_seconds=3.0))
    assert refused.value.code == code


def test_a_decoder_ended_from_outside_is_not_the_fault_of_the_file():
    program = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    with pytest.raises(ChildProcessError):
        decode_in_child(SECOND, command=[sys.executable, "-c", program])


def test_memory_has_a_limit(sounds):
    sound = sounds.encode(np.zeros(16_000 * 1200, np.float32), "flac")  # 20 minutes of silence in some kilobytes
    assert len(sound) < 400_000
    with pytest.raises(UnreadableAudio) as refused:
        decode_in_child(sound, limits=Limits(memory_bytes=60 << 20))
    assert refused.value.code == "E_AUDIO_TOO_LONG"
    assert decode_in_child(sound).duration == pytest.approx(1200)


def test_the_child_gives_the_reason_too():
    with pytest.raises(UnreadableAudio) as refused:
        decode_in_child(b"\3ds2" + bytes(2000))
    assert refused.value.code == "E_AUDIO_DS2"


def test_both_halves_of_the_application_say_the_same_sentence_for_a_code():
    def plain(text):
        return " ".join(text.split())  # kinds of space may differ

    for code, sentence in errors.SENTENCES.items():
        assert plain(application.SENTENCES[code]) == plain(sentence)
