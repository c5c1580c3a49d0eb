"""Hearing: from a sound to a transcript."""

from __future__ import annotations

import errno
import functools
import logging
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dictation.compose.keeping import Keeping
from dictation.domain.progress import Dictation
from dictation.errors import NeedsAPerson, TryAgainLater
from transcribe import Cancelled, select_engine, transcribe
from transcribe.choice import usable_cores
from transcribe.errors import WeightsMissing
from transcribe.transcript import Transcript

if TYPE_CHECKING:
    from dictation.pipeline import ProgressCallback
    from transcribe.audio import Audio
    from transcribe.vocabulary import Vocabulary


log = logging.getLogger(__name__)
_LOADING = threading.Lock()  # the first two recordings may come at once, and one model is enough


class Hearing(Keeping):
    """The recogniser and what it is given."""

    def _probe(self, path: Path) -> float:
        """Seconds of sound in a file; UnreadableAudio when it cannot be a dictation."""
        return self._decode(path).duration

    def _decode(self, sound: Path | bytes | IO[bytes]) -> Audio:
        """Decoded behind a wall, the samples beside our own files: as well kept as the recording.

        TryAgainLater when the decoder was ended from outside, or the disk is full: not the recording's fault.
        """
        from transcribe.child import decode_in_child

        seconds, folder = self.settings.inbox.max_minutes * 60, self.settings.state_folder
        folder.mkdir(parents=True, exist_ok=True)
        try:
            return decode_in_child(sound, max_seconds=seconds, folder=folder)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise TryAgainLater("no room for the samples", code="E_DISK_FULL") from error
            if isinstance(error, ChildProcessError):
                raise TryAgainLater("the decoder was ended from outside") from error
            raise

    def transcribe(self, dictation: Dictation, sound: IO[bytes], report: ProgressCallback) -> Transcript:
        from transcribe.journal import WindowJournal
        from transcribe.listen import ListenOptions, Progress

        def told(progress: Progress) -> None:
            report(progress.seconds_done / max(progress.seconds_total, 0.001), progress.seconds_to_go)

        if self.stopping.is_set():
            raise Cancelled
        audio = self._decode(sound)
        engine, detector = self._recogniser()
        journal = WindowJournal(self.settings.state_folder / "windows" / f"{audio.sha256}.jsonl")
        transcript = transcribe(
            audio,
            engine=engine,
            options=ListenOptions(prompt=self.prompt(dictation), beam_size=self.settings.transcribe.beam_size),
            detector=detector,
            on_progress=told,
            cancelled=self.stopping.is_set,
            journal=journal,
        )
        journal.clear()  # a crash before the transcript is stored costs the recording anew, never a word
        return transcript

    def hear(self, wav: bytes) -> str:
        """The words of a few seconds of sound, written as in a letter: an author's spoken answer."""
        from dictation.structure import normalise

        audio = self._decode(wav)
        engine, detector = self._recogniser()
        heard = transcribe(audio, engine=engine, detector=detector)
        return normalise(heard.text) if heard.text else ""

    @property
    def vocabulary(self) -> Vocabulary:
        from transcribe.vocabulary import Vocabulary

        return Vocabulary(self.settings.vocabulary_file)

    def reads_vocabulary(self) -> bool | None:
        """Whether the installed model was trained to read a vocabulary; None when no model is installed."""
        from transcribe.weights import locate

        try:
            return locate(self.settings.models_folder, self.settings.transcribe.model, verify=False).prompts
        except WeightsMissing:
            return None

    def prompt(self, dictation: Dictation) -> str:
        """What a model trained with prompts reads before it listens; the others never see it.

        The kind of letter, its doctors, the vocabulary of the author's service and the hospital's. Never the patient: a
        model that has read the name of the sidecar hears it in another one's, and the wrong patient would no longer be
        noticed.
        """
        from transcribe.prompt import sentence
        from transcribe.tokens import count

        about = dictation.sidecar
        kind = about.letter_type if about and about.letter_type else None
        subject = kind.label if kind else "Compte rendu médical"
        author = self.settings.author(about.author) if about else None
        terms = self.vocabulary.known_to(author.service if author else "")
        if author is not None:
            subject += f" du docteur {author.first_name} {author.last_name}"
        if about and about.addressee:
            subject += f" au docteur {about.addressee.first_name} {about.addressee.last_name}"
        return sentence(subject, terms, count=count) if about or terms else ""

    @property
    def recordings_at_once(self) -> int:
        """How many are recognised side by side. Their windows share one model's lanes (transcribe/lanes.py)."""
        asked = self.settings.transcribe
        if asked.engine in {"reference", "cuda"}:  # one lane each: two recordings would only delay each other
            return 1
        threads = asked.threads or usable_cores()
        return min(asked.recordings or 2, threads)

    def _recogniser(self) -> tuple[Any, Any]:
        """The engine and the voice detector, loaded once."""
        with _LOADING:
            return self._engine, self._detector

    @functools.cached_property
    def _detector(self) -> Any:
        from transcribe.vad import Detector

        return Detector()

    @property
    def converted_folder(self) -> Path:
        return self._at_home(self.settings.transcribe.converted) or self.settings.state_folder / "converted"

    @functools.cached_property
    def _engine(self) -> Any:
        asked = self.settings.transcribe
        selection = select_engine(
            None if asked.engine == "auto" else asked.engine,
            asked.model,
            models=self.settings.models_folder,
            cache=self.converted_folder,
            threads=asked.threads,
            lanes=self.recordings_at_once,
        )
        log.info("recognition: %s", selection.reason)
        return selection.engine

    def _playable_wav(self, dictation: Dictation) -> bytes:
        """The very samples the recogniser heard, as a WAV a browser plays."""
        from transcribe.audio import encode_wav

        if self.retention.was_erased(dictation.id):
            raise NeedsAPerson(f"dictation {dictation.id}: sound erased", code="E_SOUND_ERASED")
        return encode_wav(self._decode(self.blobs.get(dictation.recording.sha256)).samples)
