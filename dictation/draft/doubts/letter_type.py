"""Letter type: nobody said which kind of letter this is, or voice and sidecar say different kinds."""

from __future__ import annotations

from collections.abc import Iterable

from dictation.domain.documents import Doubt, LetterType, Risk
from dictation.draft.doubts.context import Context, quoted


def check(context: Context) -> Iterable[Doubt]:
    asked = context.sidecar.letter_type if context.sidecar else None
    said = context.report.letter_type
    printed = quoted(context.letter_type.label)
    if asked is None and said is None:
        reason = f"Type de lettre ni dicté ni indiqué\u00a0: {printed} a été choisi par défaut, confirmez."
        yield Doubt("letter_type.default", "letter_type.default", Risk.LOW, reason)
    elif said is not None and said is not context.letter_type and not _replaced(said, context.letter_type):
        reason = f"Type dicté {quoted(said.label)}, type retenu {printed}\u00a0: confirmez."
        yield Doubt("letter_type.differs", "letter_type.differs", Risk.MEDIUM, reason)


def _replaced(said: LetterType, printed: LetterType) -> bool:
    """« Compte rendu d’hospitalisation » said over a discharge letter: since 2017 that letter replaces it (decree no
    2016-995), the two have the same headings, and units go on saying the old name."""
    return said is LetterType.STAY and printed is LetterType.DISCHARGE
