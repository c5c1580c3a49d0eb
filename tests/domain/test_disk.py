"""The store keeps what it was given, notices what changed, and claims only regular files."""

import os

import pytest

from dictation.disk import ContentStore, digest, write_durably
from dictation.errors import NeedsAPerson, TryAgainLater


@pytest.fixture
def blobs(tmp_path):
    return ContentStore(tmp_path / "blobs")


def test_what_is_put_comes_back_by_its_digest(blobs):
    sha256 = blobs.put(b"son")
    assert sha256 == digest(b"son") == blobs.put(b"son")
    assert blobs.get(sha256) == b"son"


def test_a_blob_that_changed_on_disk_is_never_given_out(blobs):
    sha256 = blobs.put(b"lettre")
    blobs.path(sha256).write_bytes(b"lettrf")
    with pytest.raises(NeedsAPerson) as error:
        blobs.get(sha256)
    assert error.value.code == "E_INTEGRITY"
    blobs.erase(sha256)
    with pytest.raises(NeedsAPerson):
        blobs.get(sha256)


def test_a_claim_copies_and_leaves_the_original(blobs, tmp_path):
    source = tmp_path / "dictée.wav"
    source.write_bytes(b"x" * 3_000_000)
    claim = blobs.claim(source, 5_000_000)
    assert claim.size_bytes == 3_000_000
    assert blobs.get(claim.sha256) == source.read_bytes()
    assert not list(blobs.root.glob(".claim*"))


def make_link(path):
    path.symlink_to("/etc/hostname")


def make_second_name(path):
    first = path.with_suffix(".first")
    first.write_bytes(b"x")
    os.link(first, path)


@pytest.mark.parametrize("make", [make_link, make_second_name, os.mkfifo, os.mkdir])
def test_what_is_not_a_plain_file_is_refused_unread(blobs, tmp_path, make):
    path = tmp_path / "x.wav"
    make(path)
    with pytest.raises(NeedsAPerson) as error:
        blobs.claim(path, 100)
    assert error.value.code == "E_NOT_REGULAR"


@pytest.mark.parametrize(("data", "code"), [(b"", "E_EMPTY"), (b"x" * 101, "E_TOO_BIG")])
def test_an_empty_or_giant_file_is_refused(blobs, tmp_path, data, code):
    path = tmp_path / "x.wav"
    path.write_bytes(data)
    with pytest.raises(NeedsAPerson) as error:
        blobs.claim(path, 100)
    assert error.value.code == code


def test_a_file_that_vanished_is_tried_again(blobs, tmp_path):
    with pytest.raises(TryAgainLater) as error:
        blobs.claim(tmp_path / "gone.wav", 100)
    assert error.value.code == "E_VANISHED"


def test_a_full_disk_is_a_passing_trouble_and_leaves_no_part(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TryAgainLater) as error:
        write_durably(tmp_path / "letter.pdf", b"%PDF")
    assert error.value.code == "E_DISK_FULL"
    assert list(tmp_path.iterdir()) == []
