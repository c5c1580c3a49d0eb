"""Structure: what the surgeon said becomes what a secretary would have written, in its sections, with its facts.

    words -> commands -> edits -> spelling -> numbers -> capitals -> asides -> blocks -> sections -> findings -> Report

A Transcript and a Sidecar come in, a Report of frozen domain records leaves; every sentence and finding points at its
sound. Touches nothing but word lists (patterns/, and a hospital's own) and spaCy, loaded once per process at first use.
"""

from __future__ import annotations

from collections.abc import Sequence

from dictation.domain.desk import TextBlock
from dictation.domain.documents import Report, Sidecar
from dictation.structure.lexicon import extend as extend_lexicons
from dictation.structure.lexicon import fold, folded

# imported before structure() is defined: the function must keep the name it shares with its module
from dictation.structure.reread import reread
from dictation.structure.structure import report
from dictation.structure.written import Written, normalise, write
from transcribe.transcript import Transcript

__all__ = ["Written", "extend_lexicons", "is_drug", "normalise", "reread", "structure", "write"]


def structure(
    transcript: Transcript, sidecar: Sidecar | None = None, blocks: Sequence[TextBlock] | None = None
) -> Report:
    """The structured dictation. Never raises on what was said: words no rule knows stay as heard.

    blocks: the text blocks its author may ask for by name, of whatever level; None: such an order is left as said.
    """
    return report(transcript, sidecar, blocks)


def is_drug(word: str) -> bool:
    """Whether the drug list, ours or the hospital's, has this name."""
    return fold(word) in folded("drugs")
