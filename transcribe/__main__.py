"""python -m transcribe FILE: one recording to text, or to JSON with times, on standard output.

Reads the file and models/; progress and errors go to standard error, in French. Ends with 0 when done, 1 when a person
must act (unreadable sound, missing model), 2 for a wrong command line.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from transcribe.engine import ENGINES, FORMER_NAMES
from transcribe.errors import TranscribeError

if TYPE_CHECKING:
    from transcribe.listen import Progress


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m transcribe", description="Transcrit une dictée en français, sans connexion à l’internet."
    )
    parser.add_argument("file", metavar="FICHIER", type=Path, help="wav, mp3, m4a, ogg, opus, webm, flac, amr, wma…")
    parser.add_argument("--json", action="store_true", help="mots, temps et signalements au format JSON")
    parser.add_argument("--model", metavar="NOM", help="nom dans models/manifest.toml (par défaut, le premier)")
    parser.add_argument("--models", metavar="DOSSIER", type=Path, default=Path("models"), help="dossier des modèles")
    parser.add_argument(
        "--engine",
        choices=(*ENGINES, *FORMER_NAMES),
        metavar="MOTEUR",
        help="moteur de reconnaissance (sinon, le meilleur ici)",
    )
    parser.add_argument("--cache", metavar="DOSSIER", type=Path, help="dossier des modèles convertis")
    parser.add_argument("--beam", metavar="N", type=int, help="recherche en faisceau (plus lente, un peu plus sûre)")
    parser.add_argument("--threads", metavar="N", type=int, help="cœurs utilisés (sinon, ceux qu’il y a, 8 au plus)")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    chosen = _parser().parse_args(arguments)
    from transcribe import select_engine, transcribe
    from transcribe.listen import ListenOptions

    try:
        selection = select_engine(
            chosen.engine, chosen.model, models=chosen.models, cache=chosen.cache, threads=chosen.threads
        )
        transcript = transcribe(
            chosen.file,
            engine=selection.engine,
            options=ListenOptions(beam_size=chosen.beam),
            on_progress=_show if sys.stderr.isatty() else None,
        )
    except TranscribeError as error:
        print(f"{error.sentence} ({error})", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Le fichier ne peut pas être lu\u00a0: {error.strerror}.", file=sys.stderr)
        return 1
    print(transcript.to_json() if chosen.json else transcript.text)
    if transcript.flags:
        print(f"Passages à réécouter\u00a0: {len(transcript.flags)} (voir --json).", file=sys.stderr)
    return 0


def _show(progress: Progress) -> None:
    left = "" if progress.seconds_to_go is None else f", encore {progress.seconds_to_go:.0f}\u00a0s"
    end = "\n" if progress.windows_done == progress.windows_total else "\r"
    print(f"Fenêtre {progress.windows_done}/{progress.windows_total}{left}   ", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
