"""Agreement: « poignet droite », « hanche droit »: the side was misheard, or the word it stands behind was.

Reads gendered.tsv. Who says « du poignet gauche » leaves no feminine behind; a « gauche » heard as « droite » does.
Adjectives between the two tell as well: « membre inférieur droite », « jambe inférieure droit ».
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk
from dictation.draft.doubts.context import Context, plain, quoted, rows

# « droit » as another word: « droit à l’image », « tout droit », « angle droit », « le muscle droit »
_SIDE = re.compile(r"\b([\w’'-]+) (droite?s?)\b(?! (?:à|de|du|devant|vers) (?:la vie|l’image|regard)\b)")
# « Cathéter tunnélisé jugulaire droit »: an adjective here, and the vein elsewhere.
_OF_A_CATHETER = re.compile(r"\b(?:catheter|abord|acces|site|desilet|port)\b(?: \w+){0,2} jugulaire$")
_OTHER_WORD = frozenset(["tout", "angle", "ligne", "muscle", "muscles", "grand"])
# Adjectives that sound, or are written, otherwise in the feminine.
_FEMININE = re.compile(r"(?:[^e]elle|enne|ieure|euse|ette|ive|ale|aire inferieure)s?$")
_MASCULINE = re.compile(r"(?:[^r]ieur|rieur|ien|eux|if|[^m]al|iel)$")
_NO_ADJECTIVE = frozenset(
    ["mal", "canal", "femoral", "seul", "bien", "combien", "rien", "lien", "chirurgien", "patient"]
)


def check(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        for match in _SIDE.finditer(passage.text):
            before, side = plain(match[1]), plain(match[2])
            gender = "f" if match[1].casefold() in ("côte", "côtes") else _gender(before)  # « côté » folds alike
            if gender is None or before in _OTHER_WORD or gender == ("f" if "droite" in side else "m"):
                continue
            if _OF_A_CATHETER.search(plain(passage.text[: match.end(1)])):
                continue
            told = quoted(match[0])
            reason = (
                f"Accord inattendu\u00a0: {told}. Le côté ou le mot qu’il suit a pu être mal entendu\u00a0: réécoutez."
            )
            yield context.words("sides.agreement", Risk.HIGH, passage, match.start(), match.end(), reason)


def _gender(word: str) -> str | None:
    """m, f, or None where the word does not tell."""
    word = re.sub(r"^(?:l|d)[’' ]", "", word)
    known = _genders()
    for said in (word, word.removesuffix("s"), word.removesuffix("x")):
        if said in known:
            return known[said]
    if word in _NO_ADJECTIVE:
        return None
    if _FEMININE.search(word):
        return "f"
    return "m" if _MASCULINE.search(word) else None


@functools.cache
def _genders() -> dict[str, str]:
    return {plain(row[0]): row[1] for row in rows("gendered")}
