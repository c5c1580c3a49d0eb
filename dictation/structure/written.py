"""Written: stage A as a whole, from words to written French with its alignment.

Words in, a Sheet of written tokens out; `normalise` does it for one text. No spaCy here: stage B (sections, findings)
reads what this stage wrote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dictation.domain.documents import Sidecar
from dictation.structure.casing import set_capitals
from dictation.structure.commands import apply_commands
from dictation.structure.edits import apply_edits
from dictation.structure.numbers import write_numbers
from dictation.structure.spelling import write_spelled
from dictation.structure.tokens import Sheet, read, render


def write_words(words: Sequence[str], sidecar: Sidecar | None = None, *, sentences: bool = True) -> Sheet:
    """Transcript words as written tokens. The order matters: commands make the sentences that edits erase, spelled
    letters must not be read as vertebrae, numbers need the marks around them, capitals come last."""
    sheet = Sheet(read(words))
    apply_commands(sheet)
    apply_edits(sheet)
    write_spelled(sheet)
    write_numbers(sheet)
    set_capitals(sheet, sidecar, sentences=sentences)
    return sheet


def normalise(text: str) -> str:
    """Spoken French as a secretary would write it: « vingt milligrammes deux fois par jour » -> 20 mg 2 fois/jour.

    Written text comes back as it is. Apostrophes stay those of the input; a fragment without any full stop keeps
    its first letter. Dictated line breaks become "\\n", new paragraphs "\\n\\n".
    """
    words = re.findall(r"\n+|[^\s]+", text)
    sheet = write_words(["\n\n" if w.startswith("\n\n") else w for w in words], sentences=False)
    return render(sheet.tokens)[0].strip("\n")
