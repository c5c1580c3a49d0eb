"""Names can be anything; what lies in the inbox is listed as it is, and each recording meets its own sidecar."""

import os
import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dictation.intake import names
from dictation.intake.listing import Found, list_inbox, pair

raw_names = st.binary(min_size=1, max_size=255).filter(lambda name: not set(name) & {0, 47}).map(os.fsdecode)


@given(raw_names)
def test_a_shown_name_is_one_plain_line(name):
    shown = names.shown(name)
    assert shown.isprintable()
    assert len(shown) <= 200
    shown.encode("utf-8")


@given(raw_names)
def test_a_safe_name_fits_every_system_and_keeps_its_suffix(name):
    safe = names.safe(name)
    assert re.fullmatch(r"[\w.-]+", safe)
    assert not safe.startswith(("-", "."))
    assert len(safe.encode("utf-8")) <= 100
    if name.endswith(".wav") and name[:-4].strip("."):
        assert safe.endswith(".wav")


def test_a_long_name_keeps_its_two_ends():
    assert re.fullmatch(r"n{140}…n{55}\.wav", names.shown("n" * 250 + ".wav"))
    assert names.safe("é" * 125 + ".wav") == "é" * 48 + ".wav"


def found(name, folder="", **parts):
    here = Found(Path(name), folder, name, True, 10, 0, 1, abs(hash((folder, name))), 1)
    return replace(here, **parts)


def joined(*listed):
    pairs, alone = pair([found(name) for name in listed])
    return {each.audio.name: each.sidecar and each.sidecar.name for each in pairs}, [each.name for each in alone]


@pytest.mark.parametrize(
    ("listed", "expected", "alone"),
    [
        (["a.wav", "a.json"], {"a.wav": "a.json"}, []),
        (["a.wav", "a.wav.json"], {"a.wav": "a.wav.json"}, []),
        (["a.wav", "a.json", "a.wav.json"], {"a.wav": "a.wav.json"}, ["a.json"]),
        (["a.wav", "a.mp3", "a.wav.json", "a.json"], {"a.wav": "a.wav.json", "a.mp3": "a.json"}, []),
        (["DICTÉE.WAV", "dictée.json"], {"DICTÉE.WAV": "dictée.json"}, []),
        (["a.b.wav", "a.b.json", "a.json"], {"a.b.wav": "a.b.json"}, ["a.json"]),
        (["a.wav", "b.json"], {"a.wav": None}, ["b.json"]),
        (["sans suffixe", "sans suffixe.json"], {"sans suffixe": "sans suffixe.json"}, []),
    ],
)
def test_a_recording_meets_the_sidecar_of_its_name(listed, expected, alone):
    assert joined(*listed) == (expected, alone)


def test_two_forms_of_an_accent_are_two_files_and_each_meets_its_own():
    composed, decomposed = (unicodedata.normalize(form, "é") for form in ("NFC", "NFD"))
    listed = [f"{form}{suffix}" for form in (composed, decomposed) for suffix in (".wav", ".json")]
    assert joined(*listed) == ({f"{form}.wav": f"{form}.json" for form in (composed, decomposed)}, [])
    assert joined(f"{composed}.wav", f"{decomposed}.wav", f"{composed}.json") == (
        {f"{composed}.wav": f"{composed}.json", f"{decomposed}.wav": None},
        [],
    )
    assert joined(f"{decomposed}.wav", f"{composed}.json")[0] == {f"{decomposed}.wav": f"{composed}.json"}


def test_a_sidecar_two_recordings_claim_is_said_to_be_disputed():
    pairs, _ = pair([found("a.wav"), found("a.mp3"), found("a.json")])
    assert [[rival.name for rival in each.rivals] for each in pairs] == [["a.mp3"], ["a.wav"]]


def test_folders_keep_their_sidecars_to_themselves():
    pairs, alone = pair([found("a.wav", "martin"), found("a.json", "durand")])
    assert pairs[0].sidecar is None
    assert [each.folder for each in alone] == ["durand"]


def test_the_listing_goes_oldest_first_and_follows_no_link(tmp_path):
    (tmp_path / "inbox" / "fontaine").mkdir(parents=True)
    (tmp_path / "ailleurs").mkdir()
    (tmp_path / "ailleurs" / "secret.wav").write_bytes(b"x")
    (tmp_path / "inbox" / "lien").symlink_to(tmp_path / "ailleurs")
    for age, name in enumerate(["c.wav", "fontaine/b.wav", "a.wav"]):
        path = tmp_path / "inbox" / name
        path.write_bytes(b"x")
        os.utime(path, (1_000_000 + age, 1_000_000 + age))
    listing = list_inbox(tmp_path / "inbox")
    assert [each.relative for each in listing.found] == ["c.wav", "fontaine/b.wav", "a.wav", "lien"]
    assert [each.regular for each in listing.found] == [True, True, True, False]


def test_a_folder_that_does_not_answer_hides_no_other(tmp_path, monkeypatch):
    for name in ("ferme", "ouvert"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.wav").write_bytes(b"x")
    real = os.open

    def guarded(path, *args, **kwargs):
        if path == "ferme":
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", guarded)
    listing = list_inbox(tmp_path)
    assert listing.unreadable == ["ferme"]
    assert [each.relative for each in listing.found] == ["ouvert/a.wav"]
