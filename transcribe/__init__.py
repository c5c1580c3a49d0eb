"""transcribe: speech in, words with their times out. Knows nothing of hospitals; usable alone.

    from transcribe import select_engine, transcribe
    words = transcribe("dictee.m4a", engine=select_engine(models=Path("models")).engine).words

The way of a recording: audio.py decodes, vad.py finds speech and packs windows, an Engine hears them, guards.py judges,
listen.py drives it all, transcript.py keeps the result. Importing this package loads neither torch nor av.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from transcribe.choice import select_engine
from transcribe.engine import Engine
from transcribe.errors import Cancelled, TranscribeError, UnreadableAudio, WeightsMissing
from transcribe.transcript import Flag, Transcript, Word

if TYPE_CHECKING:
    from transcribe.audio import Audio, Source
    from transcribe.listen import ListenOptions, Progress
    from transcribe.vad import VoiceDetector

__all__ = [
    "Cancelled",
    "Engine",
    "Flag",
    "TranscribeError",
    "Transcript",
    "UnreadableAudio",
    "WeightsMissing",
    "Word",
    "select_engine",
    "transcribe",
]


def transcribe(
    source: Audio | Source,
    *,
    engine: Engine[Any],
    options: ListenOptions | None = None,
    detector: VoiceDetector | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    journal: MutableMapping[str, str] | None = None,
    max_seconds: float | None = None,
    isolated: bool = True,
) -> Transcript:
    """Transcribe a path, bytes, an open file, or Audio already decoded.

    isolated: decode in a child process with limits (audio from strangers), the samples in a file without a name;
        False decodes here, 0.2 s sooner, into memory.
    detector: pass one to load the voice detector once for many recordings. The rest: see `listen.listen`.
    Raises UnreadableAudio, WeightsMissing (voice detector), Cancelled, and OSError when the file cannot be read.
    """
    from transcribe.audio import MAX_SECONDS, Audio, decode
    from transcribe.child import decode_in_child
    from transcribe.listen import listen

    if not isinstance(source, Audio):
        source = (decode_in_child if isolated else decode)(source, max_seconds=max_seconds or MAX_SECONDS)
    return listen(
        source,
        engine,
        options=options,
        detector=detector,
        on_progress=on_progress,
        cancelled=cancelled,
        journal=journal,
    )
