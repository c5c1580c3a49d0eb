"""Poor sound: a recording too noisy, too faint or overdriven to be trusted, told once for the whole letter.

What recognition mishears there it may mishear with confidence, so the letter is to be read with its sound, and its
author told what to change.
"""

from __future__ import annotations

from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk
from dictation.draft.doubts.context import Context
from transcribe.transcript import Quality

# Decibels of voice above noise. The shipped checkpoint misreads 12 % of the words at 18, 27 % at 8, some 7 % without; a
# large model bears more noise, and what it misreads there it misreads as surely.
NOISY = 15.0
CUT = 0.0005  # of the samples of speech: now and then a loud vowel reaches full scale, this is one in a second
FAINT = -50.0  # decibels below full scale: 16 bits then leave six or seven for the voice
_READ = "relisez cette lettre en l’écoutant"


def is_poor(quality: Quality | None) -> bool:
    """Whether figures, sides and drugs are to be surer than usual."""
    return bool(quality and (_is_noisy(quality) or quality.clipped > CUT))


def check(context: Context) -> Iterable[Doubt]:
    quality = context.transcript.quality
    if quality is None:
        return
    if _is_noisy(quality):
        reason = (
            f"Enregistrement bruité\u00a0: {_READ} et demandez à l’auteur de dicter plus près du micro ou au calme."
        )
        yield Doubt("poor_sound.noise", "poor_sound.noise", Risk.MEDIUM, reason)
    if quality.clipped > CUT:
        reason = f"Son saturé\u00a0: {_READ} et demandez à l’auteur d’éloigner le micro ou d’en baisser le niveau."
        yield Doubt("poor_sound.cut", "poor_sound.cut", Risk.MEDIUM, reason)
    if quality.speech_db < FAINT:
        reason = f"Voix très faible\u00a0: {_READ} et demandez à l’auteur de rapprocher le micro."
        yield Doubt("poor_sound.faint", "poor_sound.faint", Risk.MEDIUM, reason)


def _is_noisy(quality: Quality) -> bool:
    return quality.above_noise is not None and quality.above_noise < NOISY
