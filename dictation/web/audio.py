"""Audio: the sound of a dictation, as the very WAV the recogniser heard, in the pieces a player asks for.

Dictation id in, bytes out. Reads and fills the playback folder: one WAV per recording, made on the first listening.
Same samples as recognition, so a word's time is its place in what the browser plays. Without Range a browser cannot
seek: it silently starts again from zero (RFC 9110, section 14).
"""

from __future__ import annotations

import array
import functools
import re
import sys
import wave
from dataclasses import dataclass
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.http import require_safe

from dictation.disk import write_durably
from dictation.domain.progress import Dictation
from dictation.web.parts import parts
from dictation.web.people import READERS, journal, readable, roles

# Bytes in one partial answer, about two minutes of sound: a server may send less than was asked (RFC 9110, 15.3.7) and
# players come back for the rest, so an hour of sound is never held in memory at once.
LARGEST = 4 * 1024 * 1024


class Unsatisfiable(ValueError):
    """The range asked for lies wholly outside the file: answer 416."""


@dataclass(frozen=True, slots=True)
class Piece:
    start: int  # first byte, from 0
    stop: int  # one after the last byte


def asked_range(header: str | None, size: int) -> Piece | None:
    """The single piece a Range header asks of a file of `size` bytes; None means the whole file.

    Several ranges, another unit or a malformed header are answered with the whole file, as RFC 9110 allows.
    Raises Unsatisfiable when the range begins at or after the end, or asks for the last 0 bytes.
    """
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", (header or "").strip())
    if match is None or match.group() == "bytes=-":
        return None
    first, last = match.groups()
    if not first:  # the last n bytes
        if int(last) == 0 or size == 0:
            raise Unsatisfiable
        return Piece(max(0, size - int(last)), size)
    start = int(first)
    stop = min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return Piece(start, stop)


def playback_path(folder: Path, sha256: str) -> Path:
    """Where the playable WAV of a recording is kept; whoever erases a sound erases this too."""
    return folder / f"{sha256}.wav"


def playable(dictation: Dictation) -> Path:
    """The WAV of a dictation, made when it is not there yet. Errors of decoding pass through."""
    path = playback_path(parts().playback_folder, dictation.recording.sha256)
    if not path.exists():
        write_durably(path, parts().playable_wav(dictation))
    return path


@require_safe
@roles(*READERS)
def sound(request: HttpRequest, dictation_id: str) -> HttpResponseBase:
    """GET /dictees/<id>/son: 200, 206 or 416. The first bytes are journalled as a listening."""
    dictation = readable(request, dictation_id)
    path = playable(dictation)
    size = path.stat().st_size
    etag = f'"{dictation.recording.sha256[:32]}"'
    common = {"Accept-Ranges": "bytes", "ETag": etag}
    if_range = request.headers.get("If-Range")
    header = request.headers.get("Range") if if_range in (None, etag) else None
    try:
        piece = asked_range(header, size)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={**common, "Content-Range": f"bytes */{size}"})
    if piece is None:
        piece, status = Piece(0, size), 200
    else:
        piece, status = Piece(piece.start, min(piece.stop, piece.start + LARGEST)), 206
        common["Content-Range"] = f"bytes {piece.start}-{piece.stop - 1}/{size}"
    if request.method == "HEAD":
        headers = {**common, "Content-Length": str(piece.stop - piece.start)}
        return HttpResponse(status=status, content_type="audio/wav", headers=headers)
    if piece.start == 0:
        journal(request, "listened", dictation_id)
    with path.open("rb") as file:
        file.seek(piece.start)
        data = file.read(piece.stop - piece.start)
    return HttpResponse(data, status=status, content_type="audio/wav", headers=common)


PEAKS = 800  # bars of the picture of a sound: one for two pixels of a wide screen


def picture(path: Path) -> tuple[tuple[int, ...], float]:
    """The bars of a playable WAV, 0..100, and its length in seconds; the last ones are kept at hand."""
    return _peaks(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _peaks(path: Path, changed_ns: int) -> tuple[tuple[int, ...], float]:
    """(loudest sample of each of PEAKS equal pieces, 0..100, and the length in seconds) of a 16-bit mono WAV."""
    with wave.open(str(path), "rb") as file:
        count, seconds = file.getnframes(), file.getnframes() / file.getframerate()
        step = max(1, -(-count // PEAKS))
        out = []
        for _ in range(0, count, step):
            piece = array.array("h", file.readframes(step))
            if sys.byteorder == "big":
                piece.byteswap()
            out.append(max(max(piece), -min(piece)) if piece else 0)
    loudest = max(out, default=0) or 1
    return tuple(100 * peak // loudest for peak in out), seconds


@require_safe
@roles(*READERS)
def peaks(request: HttpRequest, dictation_id: str) -> HttpResponseBase:
    """GET /dictees/<id>/ondes: the picture of the sound, to see silences and click on. No word in it, no journal."""
    path = playable(readable(request, dictation_id))
    bars, seconds = picture(path)
    return JsonResponse({"peaks": bars, "seconds": seconds})
