"""Child: decode a recording behind a wall, because a decoder fed with a stranger's file may crash, loop or swell.

The child is handed the open file to read and an open file without a name to write the samples to: they never pass
through this process's memory. It is a fresh interpreter with an empty environment, limits on memory, time and files,
and neither torch nor secrets in it.
"""

from __future__ import annotations

import errno
import io
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from transcribe.audio import MAX_BYTES, MAX_SECONDS, RATE, Audio, Source, decode_pcm, load_codecs, read
from transcribe.errors import UnreadableAudio
from transcribe.stored import StoredSamples

_PACKAGES = Path(__file__).resolve().parents[1]
_HEAD_BYTES = 1 << 16  # what is said of a recording before its samples; a few hundred bytes
_FULL = {errno.ENOSPC, errno.EDQUOT}
_NO_ROOM = 75  # exit status of the child: EX_TEMPFAIL of sysexits.h


@dataclass(frozen=True, slots=True)
class Limits:
    """What one decoding may use. An hour of dictation needs about 10 s and 300 MiB beside the file itself."""

    memory_bytes: int = 3 << 30  # of address space, on top of the interpreter and its libraries
    cpu_seconds: int = 120
    wall_seconds: float = 180.0


def decode_in_child(
    source: Source,
    *,
    max_seconds: float = MAX_SECONDS,
    max_bytes: int = MAX_BYTES,
    limits: Limits | None = None,
    folder: Path | None = None,
    command: Sequence[str] | None = None,
) -> Audio:
    """Same promise as `audio.decode`; a crash, an endless loop or a swelling memory also end as UnreadableAudio.

    folder: where the samples lie while the Audio is used, 2 bytes each, in a file without a name; None for the
        system's place for such files.
    command: the program that plays the child (tests put a misbehaving one here).
    Raises UnreadableAudio, OSError when the source cannot be read, and ChildProcessError when the child was ended
    from outside (memory of the whole machine exhausted, service stopping) or found no room for the samples: not the
    file's fault, try again later.
    """
    limits = limits or Limits()
    asked = {"max_seconds": max_seconds, "memory": limits.memory_bytes, "cpu": limits.cpu_seconds}
    with tempfile.TemporaryFile(dir=folder) as answer, _as_file(source, max_bytes, folder) as file:
        child = subprocess.Popen(
            [*(command or [sys.executable, "-s", "-m", "transcribe.child"]), json.dumps(asked)],
            stdin=file,
            stdout=answer,
            stderr=subprocess.DEVNULL,  # decoders print tags found in the file; those may hold a name
            cwd="/",
            env={"PYTHONPATH": str(_PACKAGES), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        try:
            child.wait(timeout=limits.wall_seconds)
        except subprocess.TimeoutExpired as error:
            raise UnreadableAudio("E_AUDIO_NOT_AUDIO", f"not decoded after {limits.wall_seconds:.0f} s") from error
        finally:
            child.kill()
            child.wait()
        return _read_answer(answer, child.returncode)


@contextmanager
def _as_file(source: Source, max_bytes: int, folder: Path | None) -> Iterator[IO[bytes]]:
    """The source as a file of the system's, at its beginning. Raises UnreadableAudio when it is too big, OSError."""
    if isinstance(source, (str, os.PathLike)):
        with Path(source).open("rb") as file, _as_file(file, max_bytes, folder) as checked:
            yield checked
    elif not isinstance(source, bytes) and _has_number(source):
        if os.fstat(source.fileno()).st_size > max_bytes:
            raise UnreadableAudio("E_AUDIO_TOO_LONG", f"more than {max_bytes} bytes")
        os.lseek(source.fileno(), source.tell(), os.SEEK_SET)  # Python may have read ahead
        yield source
    else:
        with tempfile.TemporaryFile(dir=folder) as copy:
            copy.write(read(source, max_bytes))
            copy.seek(0)
            yield copy


def _has_number(file: IO[bytes]) -> bool:
    try:
        return file.fileno() >= 0
    except io.UnsupportedOperation:
        return False


def _read_answer(answer: IO[bytes], returncode: int) -> Audio:
    if returncode == _NO_ROOM:
        raise ChildProcessError(errno.ENOSPC, "no room for the samples")
    if returncode == -signal.SIGXCPU:
        raise UnreadableAudio("E_AUDIO_NOT_AUDIO", "the decoder did not come to an end")
    if returncode in (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT):
        raise ChildProcessError(f"the decoder was ended from outside by signal {-returncode}")
    answer.seek(0)
    head = answer.readline(_HEAD_BYTES)
    if returncode != 0 or not head.endswith(b"\n"):
        raise UnreadableAudio("E_AUDIO_NOT_AUDIO", f"the decoder crashed ({returncode})")
    found = json.loads(head)
    if "code" in found:
        raise UnreadableAudio(found["code"], found["detail"])
    return Audio(samples=StoredSamples(answer, len(head)), **found)


def _address_space() -> int:
    """Bytes this process has mapped so far; 0 where the system does not say (the limit is then a little tighter)."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except (OSError, ValueError):
        return 0
    return pages * resource.getpagesize()


def main() -> None:
    """The child's side: order as argument, file on standard input, answer on standard output."""
    load_codecs()  # before the limits are set, so that they measure the file alone
    order = json.loads(sys.argv[1])
    memory = _address_space() + order["memory"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (order["cpu"], order["cpu"] + 5))
    largest = round(order["max_seconds"] * RATE) * 2 + _HEAD_BYTES
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the dictation
    found: dict[str, object]
    body = memoryview(b"")  # 16 bits each, little-endian
    try:
        pcm, audio = decode_pcm(sys.stdin.buffer, max_seconds=order["max_seconds"])
        body = pcm.astype("<i2", copy=False).data
        found = {name: getattr(audio, name) for name in Audio.__slots__ if name != "samples"}
    except UnreadableAudio as error:
        found = {"code": error.code, "detail": error.detail}
    except MemoryError:
        found = {"code": "E_AUDIO_TOO_LONG", "detail": "more memory than allowed"}
    try:
        sys.stdout.buffer.write(json.dumps(found).encode() + b"\n")
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
    except OSError as error:
        os._exit(_NO_ROOM if error.errno in _FULL else 1)


if __name__ == "__main__":
    main()
