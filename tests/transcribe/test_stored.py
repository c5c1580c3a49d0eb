"""Samples in a file are read as if they were an array, and the file is nobody else's."""

from __future__ import annotations

import errno
import io
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from transcribe.audio import decode, encode_wav, peaks
from transcribe.child import decode_in_child
from transcribe.errors import UnreadableAudio
from transcribe.stored import StoredSamples
from transcribe.vad import Detector, quietest

NUMBERS = np.random.default_rng(4).integers(-32768, 32768, 100_000, np.int16)


@pytest.fixture
def stored():
    with tempfile.TemporaryFile() as file:
        file.write(b"head\n" + NUMBERS.astype("<i2").tobytes())
        file.flush()
        return StoredSamples(file, 5)


@pytest.mark.parametrize(
    "stretch", [(0, 7), (99_990, 100_000), (99_990, 200_000), (5, 5), (9, 3), (None, None), (-4, None)]
)
def test_a_stretch_is_what_an_array_gives(stored, stretch):
    whole = NUMBERS.astype(np.float32) / 32768
    found = stored[slice(*stretch)]
    assert found.dtype == np.float32
    assert np.array_equal(found, whole[slice(*stretch)])
    assert len(stored) == len(whole)
    assert np.array_equal(stored, whole)


def test_stretches_are_whole_and_forwards(stored):
    with pytest.raises(ValueError, match="step of 2"):
        stored[::2]


def test_many_threads_read_it_at_once(stored):
    whole = NUMBERS.astype(np.float32) / 32768
    with ThreadPoolExecutor(8) as people:
        right = people.map(lambda i: np.array_equal(stored[i : i + 9_000], whole[i : i + 9_000]), range(0, 90_000, 500))
    assert all(right)


def test_samples_that_are_lost_on_the_disk_are_an_error_not_silence():
    with tempfile.TemporaryFile() as file:
        file.write(NUMBERS.tobytes())
        file.flush()
        cut = StoredSamples(file)
        file.truncate(1000)
        assert len(cut[:500]) == 500
        with pytest.raises(OSError, match="end after"):
            cut[:501]


def test_what_reads_samples_reads_them_from_a_file_too(sounds):
    sound = sounds.encode(sounds.voice_like(70.0), "flac")  # longer than the detector takes at once
    here, there = decode(sound), decode_in_child(sound)
    assert isinstance(there.samples, StoredSamples)
    assert here.duration == there.duration
    detector = Detector()
    assert np.array_equal(detector.probabilities(here.samples), detector.probabilities(there.samples))
    assert quietest(here.samples)(3.0, 9.0) == quietest(there.samples)(3.0, 9.0)
    assert encode_wav(here.samples) == encode_wav(there.samples)
    assert np.array_equal(peaks(here.samples, 50), peaks(there.samples, 50))


def test_the_detector_hears_the_same_whatever_it_takes_at_once(sounds, monkeypatch):
    detector = Detector()
    for length in (0, 1, 511, 512, 513, 40_000):
        samples = sounds.voice_like(3.0)[:length]
        whole = detector.probabilities(samples)
        monkeypatch.setattr("transcribe.vad._FRAMES_AT_ONCE", 7)
        pieces = detector.probabilities(samples)
        monkeypatch.undo()
        assert len(whole) == -(-length // 512)
        assert np.allclose(whole, pieces, atol=1e-5)


def test_any_source_will_do_and_an_open_file_is_read_from_where_it_stands(files, tmp_path):
    path = tmp_path / "dictee.ogg"
    path.write_bytes(b"before" + files["ogg"])
    with path.open("rb") as file:
        assert file.read(6) == b"before"
        from_file = decode_in_child(file)
    path.write_bytes(files["ogg"])
    found = [
        from_file,
        *(decode_in_child(source) for source in (path, str(path), files["ogg"], io.BytesIO(files["ogg"]))),
    ]
    assert len({audio.sha256 for audio in found}) == 1
    assert all(np.array_equal(audio.samples, from_file.samples) for audio in found)
    for source in (path, files["ogg"], io.BytesIO(files["ogg"])):
        with pytest.raises(UnreadableAudio) as refused:
            decode_in_child(source, max_bytes=100)
        assert refused.value.code == "E_AUDIO_TOO_LONG"


def open_under(folder):
    """Files of `folder` this process holds open."""
    found = []
    for number in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that lists them
            found.append(str(number.readlink()))
    return [name for name in found if name.startswith(str(folder))]


def test_the_file_has_no_name_and_goes_with_its_last_reader(files, tmp_path):
    audio = decode_in_child(files["wav"], folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert len(open_under(tmp_path)) == 1
    assert len(audio.samples) > 0
    del audio
    assert open_under(tmp_path) == []


def test_a_full_disk_is_not_the_recordings_fault(files):
    program = "import errno, os, transcribe.child as c\n" + (
        "class Full:\n"
        "    def write(self, data): raise OSError(errno.ENOSPC, 'full')\n"
        "c.sys.stdout = type('Out', (), {'buffer': Full()})\n"
        "c.main()"
    )
    with pytest.raises(ChildProcessError) as failed:
        decode_in_child(files["wav"], command=[sys.executable, "-c", program])
    assert failed.value.errno == errno.ENOSPC
