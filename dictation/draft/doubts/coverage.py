"""Coverage: sound that gave no words, words that have no sound, and the other verdicts of recognition."""

from __future__ import annotations

from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk
from dictation.domain.spans import Span
from dictation.draft.doubts.context import Context

_BLINK = 0.05  # seconds: a flag of no length still has a place to listen to
_TOLD = {
    "speech_without_words": (
        Risk.HIGH,
        "Parole sans texte\u00a0: un passage dicté n’a pas été transcrit, réécoutez-le.",
    ),
    "words_without_speech": (
        Risk.HIGH,
        "Texte sans parole\u00a0: ces mots n’ont peut-être pas été dits, réécoutez le passage.",
    ),
    "loop": (Risk.HIGH, "Répétition suspecte\u00a0: la reconnaissance a bouclé sur ce passage, réécoutez-le."),
    "prompt_echo": (Risk.HIGH, "Mots peut-être ajoutés par la reconnaissance\u00a0: réécoutez le passage."),
    "low_confidence": (Risk.MEDIUM, "Passage mal entendu\u00a0: réécoutez-le."),
    "early_end": (Risk.HIGH, "La transcription s’arrête avant la fin du son\u00a0: réécoutez la fin de la dictée."),
}
_OTHER = (Risk.MEDIUM, "Passage signalé par la reconnaissance\u00a0: réécoutez-le.")


def check(context: Context) -> Iterable[Doubt]:
    for flag in context.transcript.flags:
        risk, reason = _TOLD.get(flag.kind, _OTHER)
        span = Span(max(0.0, flag.start), max(flag.end, flag.start + _BLINK))
        yield context.at(f"coverage.{flag.kind}", risk, span, reason)
    if not context.transcript.words:
        reason = "Aucun mot n’a été reconnu dans cette dictée\u00a0: réécoutez l’enregistrement."
        yield Doubt("coverage.empty", "coverage.empty", Risk.HIGH, reason)
