"""Errors: what can go wrong between a sound file and its words, each with a stable code.

Messages hold codes, sizes and figures, never a dictated word or a file name: they end in logs. SENTENCES holds what a
person reads; the codes are shared with the rest of the application, and a test keeps the sentences the same.
"""

from __future__ import annotations

# French typography: a no-break space (U+00A0) before « : » and inside « », a narrow one (U+202F) before « ; ! ? ».
SENTENCES: dict[str, str] = {
    "E_EMPTY": "Le fichier est vide\u00a0: enregistrez de nouveau la dictée.",
    "E_AUDIO_NOT_AUDIO": "Ce fichier ne contient pas de son lisible\u00a0: exportez la dictée en WAV ou en MP3.",
    "E_AUDIO_TRUNCATED": "L’enregistrement est incomplet (copie interrompue\u202f?)\u00a0: déposez-le de nouveau.",
    "E_AUDIO_DS2": (
        "Format DS2 chiffré ou non pris en charge\u00a0: exportez la dictée en DSS ou en WAV "
        "depuis le logiciel du dictaphone."
    ),
    "E_AUDIO_TOO_LONG": "L’enregistrement est trop long\u00a0: découpez-le en plusieurs dictées.",
    "E_AUDIO_TOO_SHORT": ("L’enregistrement est trop court pour contenir une dictée\u00a0: enregistrez de nouveau."),
    "E_WEIGHTS_MISSING": (
        "Le modèle de reconnaissance est absent ou altéré\u00a0: lancez «\u00a0dictation check\u00a0»."
    ),
}


class TranscribeError(Exception):
    """Base of the expected errors of this package. `code` never changes once published."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}" if detail else code)

    def __reduce__(self) -> tuple[type[TranscribeError], tuple[str, str]]:
        return type(self), (self.code, self.detail)  # so that it crosses a process border whole

    @property
    def sentence(self) -> str:
        """One French sentence: what happened and what to do next."""
        return SENTENCES[self.code]


class UnreadableAudio(TranscribeError):
    """The file cannot be heard, or not whole. A person must bring another one."""

    def __init__(self, code: str, detail: str = "") -> None:
        if code not in SENTENCES or code == "E_WEIGHTS_MISSING":
            raise ValueError(f"not the code of an unreadable sound: {code}")
        super().__init__(code, detail)


class WeightsMissing(TranscribeError):
    """The model is absent, is not the one in the manifest, or cannot be loaded safely."""

    def __init__(self, code: str = "E_WEIGHTS_MISSING", detail: str = "") -> None:
        super().__init__(code, detail)


class Cancelled(Exception):
    """The caller asked to stop between two windows. Nothing is wrong; nothing was kept."""
