"""Whatever the dictaphone wrote, the engines hear the same sound."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest

from tests.transcribe.conftest import dss
from transcribe import UnreadableAudio
from transcribe.audio import RATE, decode, encode_wav, is_narrow_band, peaks
from transcribe.child import decode_in_child
from transcribe.vad import Detector

FORMATS = [
    "wav", "wav-float", "wav-alaw", "wav-mulaw", "wav-ima", "w64", "aiff", "au", "caf", "flac", "mp3", "mp3-dictaphone",
    "m4a", "aac", "3gp", "amr", "ogg", "webm", "wma",
]  # fmt: skip


def envelope(samples):
    """Loudness in steps of 50 ms: survives any codec; some start a step early or late."""
    return np.sqrt((samples[: len(samples) // 800 * 800].reshape(-1, 800) ** 2).mean(axis=1))


def test_the_table_of_formats_is_complete(sounds):
    assert sorted(FORMATS) == sorted(sounds.formats)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_back_the_sound_that_was_recorded(name, files, sounds):
    audio = decode(files[name])
    assert audio.kind == sounds.formats[name][3]
    assert audio.source_rate == sounds.formats[name][2]
    assert audio.samples.dtype == np.float32
    assert abs(audio.duration - 3.0) < 0.12  # codecs pad by some frames
    assert audio.lost_seconds == 0
    assert audio.sha256 == hashlib.sha256(files[name]).hexdigest()
    original, heard = envelope(sounds.voice_like(3.0))[:54], envelope(np.pad(audio.samples, (800, 16_000)))
    likeness = max(np.corrcoef(original, heard[delay : delay + 54])[0, 1] for delay in range(4))
    assert likeness > 0.9


@pytest.mark.parametrize("length", ["000017", "000018", " unset"])
def test_dss_is_decoded_whether_or_not_its_header_says_how_long_it_is(length):
    audio = decode(dss(60, length=length))
    assert (audio.kind, audio.codec, audio.source_rate, audio.lost_seconds) == ("dss", "dss_sp", 11_025, 0)
    assert audio.duration == pytest.approx(17.7, abs=0.1)


def test_a_path_bytes_and_an_open_file_give_the_same(files, tmp_path):
    path = tmp_path / "dictée.mp3"
    path.write_bytes(files["mp3"])
    heard = [decode(path), decode(str(path)), decode(files["mp3"]), decode(io.BytesIO(files["mp3"]))]
    assert all(np.array_equal(heard[0].samples, other.samples) for other in heard[1:])


def test_stereo_is_mixed_down(sounds):
    audio = decode(sounds.encode(sounds.voice_like(2.0), "wav", stereo=True))
    assert audio.channels == 2
    assert audio.duration == pytest.approx(2.0, abs=0.01)


def test_a_hole_in_the_time_stamps_becomes_silence_of_the_same_length(sounds):
    audio = decode(sounds.encode(sounds.voice_like(4.0), "webm", hole=1.5))
    assert audio.duration == pytest.approx(5.5, abs=0.1)
    assert envelope(audio.samples)[44:68].max() < 0.01  # 2.2 s to 3.4 s


def test_the_player_gets_the_very_samples_the_engine_heard(files):
    audio = decode(files["m4a"])
    wav = encode_wav(audio.samples)
    assert np.array_equal(decode(wav).samples, audio.samples)


def test_peaks_draw_the_loudness_of_each_stretch():
    samples = np.zeros(1000, np.float32)
    samples[250] = -0.5
    assert peaks(samples, 4).tolist() == [0.0, 0.5, 0.0, 0.0]
    assert peaks(np.zeros(2, np.float32), 4).shape == (4,)
    with pytest.raises(ValueError, match="stretch"):
        peaks(samples, 0)


def test_telephone_sound_is_recognised_even_when_saved_at_a_high_rate(sounds):
    telephone = decode(sounds.encode(sounds.voice_like(3.0), "wav-alaw"))
    assert telephone.narrow_band
    resaved = decode(sounds.encode(telephone.samples, "wav"))
    assert resaved.source_rate == 44_100
    assert resaved.narrow_band
    assert not decode(sounds.encode(sounds.voice_like(3.0), "wav")).narrow_band
    assert not is_narrow_band(np.zeros(RATE, np.float32))


# sox tests/cases/05-discharge-urologie/audio.wav -r 8000 -c 1 -e gsm-full-rate telephone-gsm.wav trim 0 4
GSM = Path(__file__).parent / "samples" / "telephone-gsm.wav"


@pytest.mark.parametrize(("name", "codec"), [("wav-alaw", "pcm_alaw"), ("wav-mulaw", "pcm_mulaw"), ("gsm", "gsm_ms")])
def test_sound_of_a_telephone_is_recognised_as_such(files, name, codec):
    sound = decode(GSM.read_bytes() if name == "gsm" else files[name])
    assert (sound.kind, sound.codec, sound.source_rate, sound.narrow_band) == ("wav", codec, 8000, True)


def test_a_gsm_recording_is_heard_where_the_voice_is_and_a_cut_copy_is_refused():
    data = GSM.read_bytes()
    original = decode(GSM.parents[2] / "cases/05-discharge-urologie/audio.wav")
    sound = decode_in_child(data)
    assert sound.duration == pytest.approx(4.0, abs=0.05)
    assert sound.lost_seconds == 0
    detector = Detector()
    [(start, end)] = detector.speech(sound.samples)
    [(wide_start, wide_end)] = detector.speech(original.samples[: 4 * RATE])
    assert start == pytest.approx(wide_start, abs=0.15)
    assert end == pytest.approx(wide_end, abs=0.15)
    for share in (0.3, 0.95, 0.999):
        with pytest.raises(UnreadableAudio) as refused:
            decode(data[: int(len(data) * share)])
        assert refused.value.code == "E_AUDIO_TRUNCATED"


def test_an_hour_is_the_limit_and_is_checked_while_decoding(sounds):
    long = sounds.encode(sounds.voice_like(4.0), "amr")
    with pytest.raises(UnreadableAudio) as refused:
        decode(long, max_seconds=3.0)
    assert refused.value.code == "E_AUDIO_TOO_LONG"
    with pytest.raises(UnreadableAudio) as refused:
        decode(sounds.encode(sounds.voice_like(4.0), "webm", hole=5000.0))  # kilobytes that announce hours
    assert refused.value.code == "E_AUDIO_TOO_LONG"
    with pytest.raises(UnreadableAudio) as refused:
        decode(long, max_bytes=100)
    assert refused.value.code == "E_AUDIO_TOO_LONG"


def test_a_child_process_decodes_the_same(files):
    here, there = decode(files["ogg"]), decode_in_child(files["ogg"])
    assert np.array_equal(here.samples, there.samples)
    assert (here.sha256, here.codec, here.narrow_band) == (there.sha256, there.codec, there.narrow_band)
