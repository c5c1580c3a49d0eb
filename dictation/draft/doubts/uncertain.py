"""Uncertain: what structure was not sure of, above all spoken corrections: both versions are shown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk, Uncertainty
from dictation.draft.doubts.context import Context, plain, quoted

_TOLD = {
    "edit.corrected": (Risk.HIGH, "Correction dictée\u00a0: {} a été remplacé. Vérifiez le texte retenu."),
    "edit.erased": (Risk.HIGH, "Effacement dicté\u00a0: {} a été retiré. Vérifiez que rien d’utile ne manque."),
    "edit.unclear": (
        Risk.HIGH,
        "Correction dictée mais ce qu’elle remplace n’est pas clair\u00a0: {}. Corrigez à la main.",
    ),
    "command.unclear": (Risk.MEDIUM, "Ponctuation ou numérotation à vérifier\u00a0: {}. Corrigez si besoin."),
    "name.spelling": (Risk.MEDIUM, "Nom épelé à vérifier\u00a0: {}."),
    "date.year": (Risk.MEDIUM, "Année dite sur deux chiffres\u00a0: {}. Complétez-la si besoin."),
    "number.neighbours": (Risk.HIGH, "Deux nombres côte à côte\u00a0: {}. Réécoutez et séparez-les."),
    "number.point": (
        Risk.HIGH,
        "«\u00a0Point\u00a0» entre deux nombres, décimale ou fin de phrase\u00a0: {}. Réécoutez-le.",
    ),
    "number.misheard": (Risk.HIGH, "Nombre peut-être mal entendu, resté en lettres\u00a0: {}. Réécoutez-le."),
    "number.comma": (Risk.MEDIUM, "Virgule mise sans avoir été dite\u00a0: {}. Vérifiez la valeur."),
    "number.list": (
        Risk.MEDIUM,
        "« Virgule » entre deux nombres, lue comme une pause et non une décimale\u00a0: {}. Réécoutez-le.",
    ),
    "pressure.decimal": (Risk.MEDIUM, "Tension écrite avec une virgule\u00a0: {}. Réécoutez et corrigez."),
    "pressure.one": (Risk.MEDIUM, "Tension ambiguë, un nombre ou deux (17, ou 10/7)\u00a0: {}. Réécoutez et corrigez."),
    "block.unknown": (
        Risk.MEDIUM,
        "Texte type demandé, aucun ne porte ce nom (ou plusieurs)\u00a0: {}. Insérez-le à la main, ou corrigez.",
    ),
    "class.glasgow": (Risk.HIGH, "Score incohérent\u00a0: {}. Réécoutez."),
    "class.gleason": (Risk.HIGH, "Score incohérent\u00a0: {}. Réécoutez."),
}
# Told by their own rules: drugs.py and doses.py, with the drug's name, and inserted.py.
_ELSEWHERE = frozenset({"drug.resembles", "drug.unknown", "drug.no_unit", "block.inserted"})
# A correction that touched one of these is graver than a reworded sentence.
_GRAVE = re.compile(
    r"\d|\b(?:droite?s?|gauches?|bilatera\w*|pas|sans|aucune?|ni|jamais|zero|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|"
    r"onze|douze|treize|quatorze|quinze|seize|vingt|trente|quarante|cinquante|soixante|cents?|mille|milligrammes?|grammes?|"
    r"microgrammes?|unites?|janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre|allergi\w*)\b"
)
_LONGEST = 90  # characters of dictated words in a reason


def check(context: Context) -> Iterable[Doubt]:
    for warning in context.report.warnings:
        if warning.rule_id in _ELSEWHERE:
            continue
        risk, told = _TOLD.get(warning.rule_id, (Risk.MEDIUM, "Passage à vérifier\u00a0: {}."))
        if warning.rule_id == "edit.corrected" and not _GRAVE.search(plain(warning.text)):
            risk = Risk.MEDIUM
        yield context.at(warning.rule_id, risk, warning.span, told.format(quoted(_short(warning))))


def _short(warning: Uncertainty) -> str:
    text = warning.text.rstrip(" .")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rsplit(" ", 1)[0] + "…"
