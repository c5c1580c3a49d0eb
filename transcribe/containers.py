"""Containers: what a file's own bytes say, before any decoder touches them.

Bytes in; out comes the container's kind, the one demuxer allowed to open it, and the length it declares. Refuses what
is not sound, what cannot be decoded (DS2) and what is cut short. Reads nothing else: no library, no disk.

Why not leave it to libavformat: it guesses among 400 demuxers, some of which open other files and addresses, and it
plays a half-copied file to its ragged end without a word. A dictation whose end is missing must never become a letter.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

from transcribe import frames
from transcribe.errors import UnreadableAudio

MAX_CHANNELS = 8
MIN_RATE_HZ, MAX_RATE_HZ = 4_000, 384_000  # below telephone, above any studio
_UNKNOWN = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class Container:
    """What kind of file this is, and how long it says it is."""

    kind: str  # "wav", "mp3", "m4a", ...
    demuxer: str  # the only libavformat demuxer that may open it
    seconds: float | None = None  # declared by the file itself; None when it does not say
    damaged_seconds: float = 0.0  # sound lost to damaged frames, as far as can be counted


def inspect(data: bytes) -> Container:
    """Say what `data` is, or refuse it.

    Raises UnreadableAudio: E_EMPTY, E_AUDIO_NOT_AUDIO, E_AUDIO_DS2, or E_AUDIO_TRUNCATED when the file ends before
    the end it announces, or is damaged on the way.
    """
    if not data:
        raise UnreadableAudio("E_EMPTY")
    if data[1:4] in (b"ds2", b"enc"):
        raise UnreadableAudio("E_AUDIO_DS2")
    if not data[:4096].strip(b"\0"):
        raise _truncated("starts with zeros: space was reserved and never written")
    for magic, at, reader in _MAGICS:
        if data.startswith(magic, at):
            return reader(data)
    if data[:3] == b"ID3" or (data[0] == 0xFF and data[1:2] >= b"\xe0"):
        return _framed(data)
    raise UnreadableAudio("E_AUDIO_NOT_AUDIO", "no known signature")


def check_shape(rate_hz: int, channels: int) -> None:
    """Refuse a stream that no microphone makes. Raises UnreadableAudio E_AUDIO_NOT_AUDIO."""
    if not (MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ and 1 <= channels <= MAX_CHANNELS):
        raise UnreadableAudio("E_AUDIO_NOT_AUDIO", f"{channels} channels at {rate_hz} Hz")


def _truncated(detail: str) -> UnreadableAudio:
    return UnreadableAudio("E_AUDIO_TRUNCATED", detail)


def _must_fit(end: int, data: bytes, what: str) -> None:
    if end > len(data):
        raise _truncated(f"{what} announces {end} bytes, the file has {len(data)}")


def _little(data: bytes, at: int, size: int = 4) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _big(data: bytes, at: int, size: int = 4) -> int:
    return int.from_bytes(data[at : at + size], "big")


def _wav(data: bytes) -> Container:
    """RIFF, and RF64 / BW64 whose 64-bit sizes stand in a `ds64` chunk."""
    if data[8:12] != b"WAVE":
        raise UnreadableAudio("E_AUDIO_NOT_AUDIO", "RIFF, but not WAVE")
    position, long_size, has_format = 12, None, False
    while position + 8 <= len(data):
        name, size = data[position : position + 4], _little(data, position + 4)
        body = position + 8
        if name == b"ds64":
            long_size = _little(data, body + 8, 8)
        elif name == b"fmt ":
            check_shape(_little(data, body + 4), _little(data, body + 2, 2))
            has_format = True
        elif name == b"data":
            if not has_format:
                raise UnreadableAudio("E_AUDIO_NOT_AUDIO", "no format before the sound")
            if size == _UNKNOWN and long_size is not None:
                size = long_size
            if size == 0 and len(data) > body:
                raise _truncated("the recorder never wrote the length of the sound")
            _must_fit(body + size, data, "the sound")
            return Container("wav", "wav")
        _must_fit(body + size, data, "a chunk before the sound")
        position = body + size + size % 2
    raise _truncated("ends before the sound begins")


def _w64(data: bytes) -> Container:
    _must_fit(_little(data, 16, 8), data, "Wave64")
    return Container("w64", "w64")


def _aiff(data: bytes) -> Container:
    if data[8:12] not in (b"AIFF", b"AIFC"):
        raise UnreadableAudio("E_AUDIO_NOT_AUDIO", "FORM, but not AIFF")
    _must_fit(8 + _big(data, 4), data, "AIFF")
    return Container("aiff", "aiff")


def _au(data: bytes) -> Container:
    size = _big(data, 8)
    if size != _UNKNOWN:
        _must_fit(_big(data, 4) + size, data, "AU")
    check_shape(_big(data, 16), _big(data, 20))
    return Container("au", "au")


def _caf(data: bytes) -> Container:
    position, has_sound = 8, False
    while position + 12 <= len(data):
        name = data[position : position + 4]
        size = int.from_bytes(data[position + 4 : position + 12], "big", signed=True)
        has_sound = has_sound or name == b"data"
        if size < 0:  # -1: the last chunk, up to the end of the file
            break
        _must_fit(position + 12 + size, data, "a CAF chunk")
        position += 12 + size
    if not has_sound:
        raise _truncated("CAF without sound")
    return Container("caf", "caf")


def _flac(data: bytes) -> Container:
    if len(data) < 42:
        raise _truncated("ends inside the FLAC header")
    packed = _big(data, 18, 8)  # 20 bits of rate, 3 of channels, 5 of depth, 36 of samples per channel
    rate_hz, channels, samples = packed >> 44, (packed >> 41 & 7) + 1, packed & (1 << 36) - 1
    check_shape(rate_hz, channels)
    return Container("flac", "flac", samples / rate_hz if samples else None)


_BITS_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _ogg_checksum(page: bytes) -> int:
    """CRC-32 of RFC 3533 (polynomial 0x04C11DB7, neither reflected nor inverted), by way of zlib's reflected one."""
    blanked = page[:22] + bytes(4) + page[26:]
    reflected = zlib.crc32(blanked.translate(_BITS_REVERSED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int(f"{reflected:032b}"[::-1], 2)


def _ogg(data: bytes) -> Container:
    """Every page whole, in order and undamaged, and every stream closed by an end-of-stream page (RFC 3533)."""
    position = 0
    sequence: dict[int, int] = {}
    still_open: set[int] = set()
    while position < len(data):
        if data[position : position + 4] != b"OggS" or position + 27 > len(data):
            raise _truncated(f"no Ogg page at byte {position}")
        segments = data[position + 26]
        body = position + 27 + segments
        end = body + sum(data[position + 27 : body])
        _must_fit(max(body, end), data, "an Ogg page")
        stream, number = _little(data, position + 14), _little(data, position + 18)
        if stream in sequence and number != sequence[stream] + 1:
            raise _truncated(f"Ogg page {number} after page {sequence[stream]}")
        if _ogg_checksum(data[position:end]) != _little(data, position + 22):
            raise _truncated(f"Ogg page {number} is damaged")
        sequence[stream] = number
        (still_open.discard if data[position + 5] & 4 else still_open.add)(stream)
        position = end
    if still_open:
        raise _truncated("no end-of-stream page")
    return Container("ogg", "ogg")


def _mp4(data: bytes) -> Container:
    position, seen = 0, set()
    while position + 8 <= len(data):
        size, name, header = _big(data, position), data[position + 4 : position + 8], 8
        if size == 1:
            size, header = _big(data, position + 8, 8), 16
        elif size == 0:
            size = len(data) - position
        if size < header:
            raise _truncated(f"a box of {size} bytes")
        seen.add(name)
        _must_fit(position + size, data, "an MP4 box")
        position += size
    if b"moov" not in seen:
        raise _truncated("no index (moov): the recorder did not finish")
    if not seen & {b"mdat", b"moof"}:
        raise _truncated("an index without sound")
    return Container("m4a", "mov")


_EBML_ENTERED = {0x18538067, 0x1F43B675}  # Segment and Cluster, whose length live recorders leave unknown


def _vint(data: bytes, at: int, *, keep_marker: bool) -> tuple[int, int]:
    """A number of EBML's variable length (RFC 8794): (value, bytes). Value -1: unknown length."""
    if at >= len(data) or not data[at]:
        raise _truncated(f"no Matroska element at byte {at}")
    length = 9 - data[at].bit_length()
    _must_fit(at + length, data, "a Matroska element")
    value = _big(data, at, length)
    if keep_marker:
        return value, length
    value &= (1 << 7 * length) - 1
    return (-1 if value == (1 << 7 * length) - 1 else value), length


def _matroska(data: bytes) -> Container:
    position = 0
    while position < len(data):
        name, name_length = _vint(data, position, keep_marker=True)
        size, size_length = _vint(data, position + name_length, keep_marker=False)
        position += name_length + size_length
        if size >= 0:
            _must_fit(position + size, data, "a Matroska element")
        if name not in _EBML_ENTERED:
            if size < 0:
                raise _truncated("a Matroska element without end")
            position += size
    return Container("webm", "matroska")


_ASF_FILE_PROPERTIES = bytes.fromhex("A1DCAB8C47A9CF118EE400C00C205365")


def _asf(data: bytes) -> Container:
    _must_fit(_little(data, 16, 8), data, "the ASF header")
    at = data.find(_ASF_FILE_PROPERTIES, 30, _little(data, 16, 8))
    seconds = None
    if at >= 0 and not _little(data, at + 88) & 1:  # bit 0: a broadcast, whose size is not known
        _must_fit(_little(data, at + 40, 8), data, "ASF")
        seconds = max(0.0, _little(data, at + 64, 8) / 1e7 - _little(data, at + 80, 8) / 1e3)
    return Container("wma", "asf", seconds)


def _amr(data: bytes) -> Container:
    walk = frames.walk_amr(data)
    return _walked("amr", "amr", walk)


_DSS_BLOCK = 512  # bytes; the first byte of the file says how many the header takes
_DSS_LENGTH = slice(0x3E, 0x44)  # HHMMSS in digits, behind the two dates


def _dss(data: bytes) -> Container:
    """Whole blocks behind a header that usually says how long the dictation is, to the second."""
    header = data[0] * _DSS_BLOCK
    if len(data) < header or len(data) % _DSS_BLOCK:
        raise _truncated("ends inside a DSS block")
    said = data[_DSS_LENGTH]
    if not said.isdigit():
        return Container("dss", "dss")
    hours, minutes, seconds = (int(said[at : at + 2]) for at in (0, 2, 4))
    return Container("dss", "dss", max(0.0, 3600.0 * hours + 60 * minutes + seconds - 1))  # rounded, up perhaps


def _framed(data: bytes) -> Container:
    """MP3 or raw AAC, perhaps behind ID3 tags: no container, only one frame after another."""
    start = frames.skip_id3(data)
    if start > len(data):
        raise _truncated("ends inside its ID3 tag")
    if data[start : start + 4] == b"fLaC":
        return _flac(data[start:])
    if frames.adts_size(data, start):
        return _walked("aac", "aac", frames.walk_adts(data, start))
    return _walked("mp3", "mp3", frames.walk_mp3(data, start))


def _walked(kind: str, demuxer: str, walk: frames.Walk) -> Container:
    if walk.frames < 3:  # fewer are found by chance in any data
        raise UnreadableAudio("E_AUDIO_NOT_AUDIO", f"{walk.frames} {kind} frames")
    if walk.cut:
        raise _truncated(f"the last {kind} frame is cut")
    return Container(kind, demuxer, walk.seconds, walk.damaged_seconds)


_MAGICS: tuple[tuple[bytes, int, Callable[[bytes], Container]], ...] = (
    (b"RIFF", 0, _wav),
    (b"RF64", 0, _wav),
    (b"BW64", 0, _wav),
    (bytes.fromhex("726966662E91CF11A5D628DB04C10000"), 0, _w64),
    (b"FORM", 0, _aiff),
    (b".snd", 0, _au),
    (b"caff", 0, _caf),
    (b"fLaC", 0, _flac),
    (b"OggS", 0, _ogg),
    (b"ftyp", 4, _mp4),
    (b"moov", 4, _mp4),
    (b"mdat", 4, _mp4),
    (b"wide", 4, _mp4),
    (bytes.fromhex("1A45DFA3"), 0, _matroska),
    (bytes.fromhex("3026B2758E66CF11A6D900AA0062CE6C"), 0, _asf),
    (b"#!AMR", 0, _amr),
    (b"dss", 1, _dss),
)
