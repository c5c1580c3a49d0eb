"""A claim copies what was seen, whole and checked, or leaves no trace of it."""

import os

import pytest

from dictation.disk import ContentStore, dropped_digest, file_digest, make_folder, read_dropped
from dictation.errors import NeedsAPerson, TryAgainLater


@pytest.fixture
def blobs(tmp_path):
    return ContentStore(tmp_path / "blobs")


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"son" * 1000)
    return path


def everything_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_the_check_refuses_never_enters_the_store(blobs, source):
    heard = []

    def refuse(copy):
        heard.append(copy.read_bytes())
        raise NeedsAPerson(code="E_AUDIO_NOT_AUDIO")

    with pytest.raises(NeedsAPerson):
        blobs.claim(source, 5000, check=refuse)
    assert heard == [source.read_bytes()]
    assert everything_in(blobs.root) == []


def test_a_file_that_changed_since_it_was_seen_is_not_taken(blobs, source):
    status = source.stat()
    seen = (status.st_size, status.st_mtime_ns, status.st_ino)
    assert blobs.claim(source, 5000, seen=seen).new
    assert not blobs.claim(source, 5000, seen=seen).new
    with source.open("ab") as more:
        more.write(b"x")
    for look in (lambda: blobs.claim(source, 5000, seen=seen), lambda: dropped_digest(source, seen)):
        with pytest.raises(TryAgainLater) as error:
            look()
        assert error.value.code == "E_STILL_WRITTEN"
    assert dropped_digest(source) == file_digest(source)


def test_copies_of_a_killed_claim_are_swept_when_they_are_old_enough(blobs, source):
    blobs.claim(source, 5000)
    left = blobs.root / ".claim-0123.part"
    left.write_bytes(b"son")
    assert blobs.sweep() == 0
    os.utime(left, (1, 1))
    assert blobs.sweep() == 1
    assert len(everything_in(blobs.root)) == 1


def test_a_small_file_is_read_whole_or_refused(source):
    assert read_dropped(source, 3000) == source.read_bytes()
    with pytest.raises(NeedsAPerson) as error:
        read_dropped(source, 2999)
    assert error.value.code == "E_TOO_BIG"


def test_a_share_that_fails_while_it_is_read_is_a_passing_trouble(blobs, source, monkeypatch):
    def fail(handle, size):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "read", fail)
    with pytest.raises(TryAgainLater):
        blobs.claim(source, 5000)
    with pytest.raises(TryAgainLater):
        read_dropped(source, 5000)
    assert everything_in(blobs.root) == []


def test_each_new_folder_is_synced_into_the_one_above(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr("dictation.disk.sync_folder", synced.append)
    make_folder(tmp_path / "a" / "b")
    assert synced == [tmp_path, tmp_path / "a"]
    make_folder(tmp_path / "a" / "b")
    assert len(synced) == 2
