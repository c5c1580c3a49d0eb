"""Child: decode a recording behind a wall, because a decoder fed with a stranger's file may crash, loop or swell.

The file's bytes go in by a pipe, the samples come back by another; no temporary file. The child is a fresh interpreter
with an empty environment, limits on memory, time and files, and neither torch nor secrets in it.
"""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from transcribe.audio import MAX_BYTES, MAX_SECONDS, Audio, Source, decode, load_codecs, read
from transcribe.errors import UnreadableAudio

_PACKAGES = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one decoding may use. An hour of dictation needs about 10 s and 900 MiB."""

    memory_bytes: int = 3 << 30  # of address space, on top of the interpreter and its libraries
    cpu_seconds: int = 120
    wall_seconds: float = 180.0


def decode_in_child(
    source: Source,
    *,
    max_seconds: float = MAX_SECONDS,
    max_bytes: int = MAX_BYTES,
    limits: Limits | None = None,
    command: Sequence[str] | None = None,
) -> Audio:
    """Same promise as `audio.decode`; a crash, an endless loop or a swelling memory also end as UnreadableAudio.

    command: the program that plays the child (tests put a misbehaving one here).
    Raises UnreadableAudio, OSError when the source cannot be read, and ChildProcessError when the child was ended
    from outside (memory of the whole machine exhausted, service stopping): not the file's fault, try again later.
    """
    limits = limits or Limits()
    data = read(source, max_bytes)
    order = json.dumps({"max_seconds": max_seconds, "memory": limits.memory_bytes, "cpu": limits.cpu_seconds})
    child = subprocess.Popen(
        command or [sys.executable, "-s", "-m", "transcribe.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # decoders print tags found in the file; those may hold a name
        cwd="/",
        env={"PYTHONPATH": str(_PACKAGES), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    try:
        answer, _ = child.communicate(order.encode() + b"\n" + data, timeout=limits.wall_seconds)
    except subprocess.TimeoutExpired as error:
        raise UnreadableAudio("E_AUDIO_NOT_AUDIO", f"not decoded after {limits.wall_seconds:.0f} s") from error
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
    return _read_answer(answer, child.returncode)


def _read_answer(answer: bytes, returncode: int) -> Audio:
    if returncode == -signal.SIGXCPU:
        raise UnreadableAudio("E_AUDIO_NOT_AUDIO", "the decoder did not come to an end")
    if returncode in (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT):
        raise ChildProcessError(f"the decoder was ended from outside by signal {-returncode}")
    head, separator, body = answer.partition(b"\n")
    if returncode != 0 or not separator:
        raise UnreadableAudio("E_AUDIO_NOT_AUDIO", f"the decoder crashed ({returncode})")
    found = json.loads(head)
    if "code" in found:
        raise UnreadableAudio(found["code"], found["detail"])
    samples = np.frombuffer(body, "<i2").astype(np.float32) / np.float32(32768)
    return Audio(samples=samples, **found)


def _address_space() -> int:
    """Bytes this process has mapped so far; 0 where the system does not say (the limit is then a little tighter)."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except (OSError, ValueError):
        return 0
    return pages * resource.getpagesize()


def main() -> None:
    """The child's side: order and file on standard input, answer on standard output."""
    load_codecs()  # before the limits are set, so that they measure the file alone
    order = json.loads(sys.stdin.buffer.readline())
    memory = _address_space() + order["memory"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (order["cpu"], order["cpu"] + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold the dictation
    found: dict[str, object]
    body = b""
    try:
        audio = decode(sys.stdin.buffer, max_seconds=order["max_seconds"])
        body = (audio.samples * 32768).astype("<i2").tobytes()
        found = {name: getattr(audio, name) for name in Audio.__slots__ if name != "samples"}
    except UnreadableAudio as error:
        found = {"code": error.code, "detail": error.detail}
    except MemoryError:
        found = {"code": "E_AUDIO_TOO_LONG", "detail": "more memory than allowed"}
    sys.stdout.buffer.write(json.dumps(found).encode() + b"\n")
    sys.stdout.buffer.write(body)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
