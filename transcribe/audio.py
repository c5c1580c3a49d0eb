"""Audio: a recording in any of the hospital's formats becomes samples every engine can hear.

A path, bytes or an open file in; mono samples at 16 kHz out, with what is known of the source. PyAV decodes;
containers.py has first checked that the file is sound, and whole. Nothing is written anywhere.
"""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from transcribe import containers
from transcribe.errors import UnreadableAudio
from transcribe.stored import StoredSamples, as_floats

if TYPE_CHECKING:
    import av
    from av.audio.stream import AudioStream

RATE = 16_000  # Hz: what Whisper and silero both hear
MAX_SECONDS = 3600.0
MIN_SECONDS = 0.5  # nobody dictates in less; clicks of the button do
MAX_BYTES = 1 << 30  # an hour of 48 kHz stereo in 24 bits, and a little more
SLACK_SECONDS = 0.5  # codecs pad and trim some tens of milliseconds; more than this is missing sound
SLACK_SHARE = 0.01

Samples: TypeAlias = npt.NDArray[np.float32]  # shape (n,), mono, 16 kHz, within -1..1
Sound: TypeAlias = Samples | StoredSamples  # of a whole recording: has a length, and `sound[a:b]` are Samples
Source: TypeAlias = str | PathLike[str] | bytes | IO[bytes]


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """A recording, decoded. The samples are exact 16-bit values: `encode_wav` gives the very same sound back."""

    samples: Sound
    sha256: str  # of the file as it came
    kind: str  # "wav", "mp3", "m4a", ...
    codec: str  # "pcm_s16le", "opus", ...
    source_rate: int  # Hz, before resampling
    channels: int  # in the file, before mixing down
    narrow_band: bool  # telephone sound
    lost_seconds: float = 0.0  # damaged sound replaced by nothing; small, or the file would have been refused

    @property
    def duration(self) -> float:
        """Seconds of decoded sound."""
        return len(self.samples) / RATE


def load_codecs() -> None:
    """Load the decoders now rather than at the first recording."""
    import av  # noqa: F401


def read(source: Source, max_bytes: int = MAX_BYTES) -> bytes:
    """The file's bytes. Raises UnreadableAudio E_AUDIO_TOO_LONG when there are more than `max_bytes`, OSError."""
    if isinstance(source, bytes):
        data = source
    elif isinstance(source, (str, PathLike)):
        with Path(source).open("rb") as file:
            data = file.read(max_bytes + 1)
    else:
        data = source.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise UnreadableAudio("E_AUDIO_TOO_LONG", f"more than {max_bytes} bytes")
    return data


def decode(source: Source, *, max_seconds: float = MAX_SECONDS, max_bytes: int = MAX_BYTES) -> Audio:
    """Decode a whole recording in this process; `child.decode_in_child` does the same behind a wall.

    Raises UnreadableAudio with the code of what is wrong; OSError when the file itself cannot be read.
    """
    pcm, audio = decode_pcm(source, max_seconds=max_seconds, max_bytes=max_bytes)
    return replace(audio, samples=as_floats(pcm))


def decode_pcm(
    source: Source, *, max_seconds: float = MAX_SECONDS, max_bytes: int = MAX_BYTES
) -> tuple[npt.NDArray[np.int16], Audio]:
    """As `decode`, in a quarter of its memory: the samples in 16 bits, and an Audio without them."""
    data = read(source, max_bytes)
    container = containers.inspect(data)
    if container.seconds is not None and container.seconds > max_seconds:
        raise UnreadableAudio("E_AUDIO_TOO_LONG", f"{container.seconds:.0f} s, at most {max_seconds:.0f} s")
    return _decode(data, container, max_seconds)


def _decode(data: bytes, container: containers.Container, max_seconds: float) -> tuple[npt.NDArray[np.int16], Audio]:
    import av

    try:
        with av.open(io.BytesIO(data), "r", format=container.demuxer, metadata_errors="ignore") as opened:
            if not opened.streams.audio:
                raise UnreadableAudio("E_AUDIO_NOT_AUDIO", "no audio stream")
            stream = opened.streams.audio[0]
            codec = stream.codec_context
            if codec is None:
                raise UnreadableAudio("E_AUDIO_NOT_AUDIO", "a codec without decoder")
            containers.check_shape(codec.sample_rate, codec.channels)
            codec.thread_count = 1
            joined = _Joined(max_seconds)
            for frame in _frames(opened, stream, joined):
                joined.add(frame)
            pcm = joined.finish()
            declared = _declared_seconds(opened, stream, container)
            audio = Audio(
                samples=np.zeros(0, np.float32),
                sha256=hashlib.sha256(data).hexdigest(),
                kind=container.kind,
                codec=codec.name,
                source_rate=codec.sample_rate,
                channels=codec.channels,
                narrow_band=codec.sample_rate <= 8000 or is_narrow_band(pcm),
                lost_seconds=round(joined.lost_seconds + container.damaged_seconds, 3),
            )
    except (av.FFmpegError, ValueError, OverflowError) as error:
        raise UnreadableAudio("E_AUDIO_NOT_AUDIO", type(error).__name__) from error
    _refuse_incomplete(audio, len(pcm) / RATE, declared)
    return pcm, audio


def _frames(opened: av.container.InputContainer, stream: AudioStream, joined: _Joined) -> Iterator[av.AudioFrame]:
    """Every frame that can be decoded; what cannot is counted as lost, never passed over in silence."""
    import av

    packets = opened.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.FFmpegError:  # the container breaks off: what follows cannot be found any more
            joined.lost_seconds += SLACK_SECONDS + 1
            return
        try:
            yield from packet.decode()
        except av.FFmpegError:
            seconds = float(packet.duration * packet.time_base) if packet.duration and packet.time_base else 0.02
            if joined.seconds > 0:  # a first MP3 frame may lean on one that was cut away before it
                joined.lost_seconds += seconds


class _Joined:
    """Frames of any rate and layout, joined into one run of 16 kHz mono; silence where the clock shows a hole."""

    HOLE_SECONDS = 0.1  # smaller jumps are rounding of time stamps

    def __init__(self, max_seconds: float) -> None:
        self.max_samples = int(max_seconds * RATE)
        self.pieces: list[npt.NDArray[np.int16]] = []
        self.count = 0
        self.seconds = 0.0  # of source heard so far, holes included
        self.lost_seconds = 0.0
        self.origin: float | None = None  # time stamp of the first frame
        self.shape: tuple[str, str, int] | None = None
        self.resampler: av.AudioResampler | None = None

    def add(self, frame: av.AudioFrame) -> None:
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != self.shape:
            self._restart(shape)
        if frame.time is not None:
            if self.origin is None:
                self.origin = frame.time
            hole = frame.time - self.origin - self.seconds
            if hole > self.HOLE_SECONDS:
                self._restart(shape)
                self._keep(None, round(hole * RATE))
                self.seconds += hole
        assert self.resampler is not None
        for piece in self.resampler.resample(frame):
            self._keep(piece)
        self.seconds += frame.samples / frame.sample_rate

    def finish(self) -> npt.NDArray[np.int16]:
        self._restart(None)
        return np.concatenate(self.pieces) if self.pieces else np.zeros(0, np.int16)

    def _restart(self, shape: tuple[str, str, int] | None) -> None:
        import av

        if self.resampler is not None:
            for piece in self.resampler.resample(None):
                self._keep(piece)
        self.shape = shape
        self.resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE) if shape else None

    def _keep(self, frame: av.AudioFrame | None, silence: int = 0) -> None:
        count = silence if frame is None else frame.samples
        self.count += count
        if self.count > self.max_samples:
            raise UnreadableAudio("E_AUDIO_TOO_LONG", f"more than {self.max_samples // RATE} s of sound")
        piece = np.zeros(count, np.int16) if frame is None else np.asarray(frame.to_ndarray(), np.int16).reshape(-1)
        self.pieces.append(piece)


_TELL_THEIR_LENGTH = {"wav", "w64", "aiff", "au", "caf", "m4a", "webm"}  # elsewhere libavformat only estimates it


def _declared_seconds(
    opened: av.container.InputContainer, stream: AudioStream, container: containers.Container
) -> float | None:
    if container.kind == "wma" or container.kind not in _TELL_THEIR_LENGTH:
        return container.seconds
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return opened.duration / 1e6 if opened.duration else None


def _refuse_incomplete(audio: Audio, seconds: float, declared: float | None) -> None:
    """FLAC counts its samples; the others say about how long they are."""
    slack = 0.01 if audio.kind == "flac" else SLACK_SECONDS + SLACK_SHARE * (declared or 0.0)
    if declared is not None and seconds < declared - slack:
        raise UnreadableAudio("E_AUDIO_TRUNCATED", f"{seconds:.1f} s of {declared:.1f} s announced")
    if audio.lost_seconds > SLACK_SECONDS:
        raise UnreadableAudio("E_AUDIO_TRUNCATED", f"{audio.lost_seconds:.1f} s or more cannot be decoded")
    if seconds < MIN_SECONDS:
        raise UnreadableAudio("E_AUDIO_TOO_SHORT", f"{seconds:.2f} s")


def is_narrow_band(samples: Samples | npt.NDArray[np.int16], sampled_seconds: int = 60) -> bool:
    """Whether nothing was recorded above 4.6 kHz, as over a telephone, whatever rate the file says.

    samples: shape (n,), 16 kHz, float32 within -1..1 or 16 bits.
    Looks at up to `sampled_seconds` frames of 64 ms spread over the recording. Silence is not narrow.
    """
    size = 1024
    count = len(samples) // size
    if count == 0:
        return False
    chosen = np.linspace(0, count - 1, min(count, sampled_seconds * 4)).astype(int)
    frames = samples[: count * size].reshape(count, size)[chosen]
    frames = (as_floats(frames) if frames.dtype == np.int16 else frames) * np.hanning(size).astype(np.float32)
    power = (np.abs(np.fft.rfft(frames, axis=1)) ** 2).sum(axis=0)
    edge = round(4600 / RATE * size)  # an 8 kHz sound resampled leaves some traces up to there
    total = float(power.sum())
    return total > 1e-3 and float(power[edge:].sum()) < 1e-6 * total  # -60 dB; full-band dictations have -40


def encode_wav(samples: Sound) -> bytes:
    """16-bit mono WAV at 16 kHz: for the player, the very samples the recogniser heard."""
    body = (np.clip(np.rint(samples[:] * 32768), -32768, 32767)).astype("<i2").tobytes()
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + len(body), b"WAVE", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    return head + struct.pack("<4sI", b"data", len(body)) + body


def peaks(samples: Sound, count: int) -> Samples:
    """The loudest sample of each of `count` equal stretches, 0..1, to draw the wave under the player.

    Returns float32, shape (count,); zeros where there are fewer samples than stretches.
    Raises ValueError when `count` is below 1.
    """
    if count < 1:
        raise ValueError(f"at least one stretch: got {count}")
    edges = np.linspace(0, len(samples), count + 1).astype(int)
    loud = np.abs(samples[:])
    return np.array([loud[a:b].max() if b > a else 0.0 for a, b in pairwise(edges)], np.float32)
