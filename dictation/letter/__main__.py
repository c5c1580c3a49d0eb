"""python -m dictation.letter FOLDER [--templates FOLDER]: the sample letters as PDF, to look at the paper."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dictation.domain.documents import LetterType
from dictation.errors import DictationError
from dictation.letter.sample import sample_letter


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m dictation.letter", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write the PDF files")
    parser.add_argument("--templates", type=Path, default=Path("templates/letter"), help="default: templates/letter")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for letter_type in LetterType:
        try:
            letter = sample_letter(letter_type, options.templates)
        except DictationError as error:
            print(f"{error.code} {error.sentence} ({error})", file=sys.stderr)
            return 1
        path = options.folder / f"{letter_type.value}.pdf"
        path.write_bytes(letter.pdf)
        print(f"{path}  {letter.pages} page(s)  {letter.sha256[:12]}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
