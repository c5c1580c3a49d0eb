"""Frames: MP3, raw AAC and AMR have no container; their length is known by stepping from frame to frame.

Bytes in, a Walk out: how many frames, how many seconds, how much is damaged, and whether the last frame is whole.
Pure arithmetic on headers; nothing is decoded.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_NOT_ZERO = re.compile(rb"[^\0]")


@dataclass(frozen=True, slots=True)
class Walk:
    """What stepping through a file showed."""

    frames: int
    seconds: float
    cut: bool  # the last frame is not all there
    damaged_seconds: float = 0.0  # sound that lay between frames where none begins


def skip_id3(data: bytes) -> int:
    """Where the sound begins after ID3v2 tags (a cover picture can weigh megabytes) and the zeros after them."""
    position = 0
    while data[position : position + 3] == b"ID3" and position + 10 <= len(data):
        size = 0
        for byte in data[position + 6 : position + 10]:
            size = size << 7 | byte & 0x7F
        position += 10 + size + (10 if data[position + 5] & 0x10 else 0)
    sound = _NOT_ZERO.search(data, position)
    return sound.start() if sound else max(position, len(data))


# ISO/IEC 11172-3 and 13818-3: kbit/s by (is MPEG-1, layer), Hz by version bits.
_BITRATES = {
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


def mp3_frame(data: bytes, at: int) -> tuple[int, float] | None:
    """(bytes, seconds) of the MPEG audio frame that begins at `at`, layers II and III; None when none does."""
    if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] & 0xE0 != 0xE0:
        return None
    version, layer = data[at + 1] >> 3 & 3, 4 - (data[at + 1] >> 1 & 3)
    bitrate_index, rate_index = data[at + 2] >> 4, data[at + 2] >> 2 & 3
    if version == 1 or layer not in (2, 3) or bitrate_index in (0, 15) or rate_index == 3:
        return None
    first = version == 3
    samples = 1152 if first or layer == 2 else 576
    rate_hz = _RATES[version][rate_index]
    bits_per_second = 1000 * _BITRATES[first, layer][bitrate_index]
    return samples // 8 * bits_per_second // rate_hz + (data[at + 2] >> 1 & 1), samples / rate_hz


_TRAILERS = (b"TAG", b"APETAGEX", b"LYRICS", b"ID3", b"3DI")


def walk_mp3(data: bytes, start: int) -> Walk:
    """Step through MPEG audio frames from `start`; tags at the end are not sound."""
    position, count, seconds, lost = start, 0, 0.0, 0
    while position < len(data):
        frame = mp3_frame(data, position)
        if frame is None:
            if data.startswith(_TRAILERS, position) or not _NOT_ZERO.search(data, position):
                break
            if count == 0:
                return Walk(0, 0.0, cut=False)
            if data[position] == 0xFF and position + 4 > len(data):
                return Walk(count, seconds, cut=True)
            found = _next_mp3_frame(data, position + 1)
            lost += found - position
            position = found
            continue
        size, length = frame
        if position + size > len(data):
            return Walk(count, seconds, cut=True)
        position, count, seconds = position + size, count + 1, seconds + length
    lost_frames = lost * count / max(1, position - start - lost)
    cut = count + math.ceil(lost_frames) < _announced_frames(data, start)
    return Walk(count, seconds, cut=cut, damaged_seconds=lost_frames * seconds / max(1, count))


def _announced_frames(data: bytes, start: int) -> int:
    """How many frames the encoder's summary (Xing, or Info for a constant rate) promises, itself included; 0: none."""
    first = mp3_frame(data, start)
    for name in (b"Xing", b"Info"):
        at = data.find(name, start, start + first[0]) if first else -1
        if at >= 0 and data[at + 7] & 1:
            return int.from_bytes(data[at + 8 : at + 12], "big") + 1
    return 0


def _next_mp3_frame(data: bytes, position: int) -> int:
    """The next place where two frames follow each other, or the end of the data."""
    while (position := data.find(b"\xff", position)) >= 0:
        frame = mp3_frame(data, position)
        if frame and (position + frame[0] >= len(data) or mp3_frame(data, position + frame[0])):
            return position
        position += 1
    return len(data)


_ADTS_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)


def adts_size(data: bytes, at: int) -> int:
    """Bytes of the ADTS frame (ISO/IEC 13818-7) that begins at `at`; 0 when none does."""
    if at + 7 > len(data) or data[at] != 0xFF or data[at + 1] & 0xF6 != 0xF0:
        return 0
    size = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
    return size if size > 7 and data[at + 2] >> 2 & 15 < len(_ADTS_RATES) else 0


def walk_adts(data: bytes, start: int) -> Walk:
    """Step through ADTS frames of 1024 samples."""
    position, count, seconds = start, 0, 0.0
    while position < len(data):
        size = adts_size(data, position)
        if not size or position + size > len(data):
            cut = not data.startswith(_TRAILERS, position)
            return Walk(count, seconds, cut=cut)
        seconds += 1024 / _ADTS_RATES[data[position + 2] >> 2 & 15]
        position, count = position + size, count + 1
    return Walk(count, seconds, cut=False)


# Bytes after the frame's first one, by mode (RFC 4867, storage format); -1: reserved.
_AMR_NARROW = (12, 13, 15, 17, 19, 20, 26, 31, 5, -1, -1, -1, -1, -1, -1, 0)
_AMR_WIDE = (17, 23, 32, 36, 40, 46, 50, 58, 60, 5, -1, -1, -1, -1, 0, 0)


def walk_amr(data: bytes) -> Walk:
    """Step through AMR or AMR-WB frames of 20 ms."""
    wide = data.startswith(b"#!AMR-WB\n")
    sizes = _AMR_WIDE if wide else _AMR_NARROW
    position, count = 9 if wide else 6, 0
    while position < len(data):
        size = sizes[data[position] >> 3 & 15]
        if size < 0 or position + 1 + size > len(data):
            return Walk(count, count * 0.02, cut=True)
        position, count = position + 1 + size, count + 1
    return Walk(count, count * 0.02, cut=False)
