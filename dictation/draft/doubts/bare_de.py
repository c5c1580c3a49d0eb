"""Bare « de »: what « pas » stood before: « De fièvre. », « suites simples, de fièvre », « donc de vis ».

A sentence may begin with « de » for other reasons; behind a comma or a verb only the words a letter usually denies, and
what names a thing rather than a quality, are looked at. A denial that went before governs a list as long as the list
goes on. Reads usually_denied.tsv.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk
from dictation.draft.doubts.context import Context, plain, quoted
from dictation.draft.doubts.negation import NEGATED_BEFORE, denied_heads

_SEES = (
    r"il y a(?:vait)? |il y a eu |(?:a|ont|avait|est|était) (?:eu|fait|reçu|pris|gardé|ressenti|présenté|"
    r"constaté|retrouvé|objectivé|noté|montré) |"
    r"(?:retrouve|note|montre|présente|constate|objective|décèle|visualise|révèle|rapporte|signale|décrit|observe|"
    r"prend|reçoit|consomme|présentait|prenait|voit|palpe|perçoit|trouve|identifie|visualisait|notait|retrouvait) |"
    r"met en évidence |(?:noté|retrouvé|constaté|objectivé|présenté) |(?:elle|il|patiente?) (?:a|avait) "
)
_BARE_DE = re.compile(rf"(^|\n|[,;:]\s|\b(?:et|si|donc|mais|car) |\b(?:{_SEES}))(d(?:e\s|[’']))(\w+)", re.IGNORECASE)
_BEGINS_WITH_DE = frozenset(
    str.split(
        "plus meme nouveau la l le ce cette cet son sa abord autre autres emblee facon retour ailleurs une un "
        "face profil taille type principe facto part ici fait toute tout tous ces nombreux nombreuses multiples "
        "taille facon maniere"
    )
)
_ALSO_DENIED = frozenset(
    str.split("traitement antecedent antecedents autre prise argument indication notion syndrome changement")
)
_JOINS = frozenset(["et", "si", "donc", "mais", "car"])


def check(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        for match in _BARE_DE.finditer(passage.text):
            word, begins = plain(match[3]), not match[1].strip()
            denied = word in denied_heads() or word in _ALSO_DENIED
            seen = bool(match[1].strip(" ,;:")) and plain(match[1]) not in _JOINS and not word.endswith(("s", "x"))
            doubtful = denied or ((begins or seen) and word not in _BEGINS_WITH_DE and not word[0].isdecimal())
            doubtful = doubtful or (match[1].strip() == "," and _names_something(word))
            doubtful = doubtful or (plain(match[1]) in _JOINS - {"et"} and word not in (_QUALITY | _BEGINS_WITH_DE))
            since = passage.text.rfind(",", 0, match.start()) + 1 if seen else 0  # its verb begins anew
            before = passage.text[since : match.start(2)]
            if match[1].strip() == ",":
                before = _linked(before)
            elif plain(match[1]) in _JOINS - {"et"}:
                before = ""  # a new clause, with a denial of its own
            if not doubtful or (not begins and (_governs(plain(before)) or _GOES_ON_WITH_DE.search(before))):
                continue
            lost = match[2] + match[3]
            reason = f"Négation peut-être perdue devant {quoted(lost)}\u00a0: réécoutez le passage."
            yield context.words("negation.lost", Risk.HIGH, passage, match.start(2), match.end(), reason)


# « Elle se plaint d’une fatigue et de douleurs »: the verb that asked for the first « de » asks for the second.
_GOES_ON_WITH_DE = re.compile(
    r"\b(?:plain\w+|souff\w+|agit|parl\w+|raison|cause|témoign\w+|bénéfici\w+|accompagn\w+|associée?s?|notion|rapport\w*)"
    r" (?:d[eu]s? |d[’'])[^.,;:\n]* et $",
    re.IGNORECASE,
)

# A clause that may stand inside a list without ending it: « pas, au repos, de douleur », « ni ».
_GOES_ON = re.compile(
    r"^(?:de|d|du|des|ni|ou|au|aux|a|en|sur|dans|lors|chez|depuis|ce jour|notamment|par|selon|sous|apres|avant|hormis|"
    r"mais|et|malgre|actuellement|non plus|en particulier)\b|^\W*$"
)


def _linked(before: str) -> str:
    """What still governs behind the last comma: « pas de contact, exophytique, de … » has begun something else."""
    parts = re.split(r"[,;:]", before.rstrip(" ,"))
    kept = parts[-1:]
    for part in reversed(parts[:-1]):
        if not _GOES_ON.search(plain(kept[0])):
            break
        kept.insert(0, part)
    return ",".join(kept)


# Times and circumstances take no « de » of their own: « depuis un an, de sang dans les urines » is no list of theirs.
_NO_LIST = re.compile(r"\b(?:depuis|puis|apres|avant|devant|si|contre|plus)\b")


def _governs(before: str) -> bool:
    """Whether what stands before « de » in its sentence denies it too, or asks for it: « pas de fièvre, de toux »."""
    return bool(NEGATED_BEFORE.search(_NO_LIST.sub(" ", before)))


# Behind a comma « de » opens what a thing is like: « de face », « de bonne qualité », « d’aspect normal ».
_QUALITY = frozenset(
    str.split(
        "bon bonne petit petite grand grande gros grosse mauvais mauvaise faible haut haute bas basse gauche droite "
        "siege topographie localisation decouverte evolution forme nature origine survenue consistance couleur aspect "
        "diametre intensite duree stade grade caractere debut cause allure cinetique contact calibre signification "
        "structure coloration contour moyenne tonalite profession sexe nationalite longue courte pleine moindre "
        "meilleure meilleur tres plusieurs deux trois quatre cinq six dix douze quinze vingt trente environ suites "
        "suite type densite volume hauteur longueur largeur poids epaisseur mobilite qualite importance nombreuse "
        "chaque part garde repos sortie nuit jour semaine mois vue manipulation preference telle tel rares fond"
    )
)


def _names_something(word: str) -> bool:
    """Whether « , de X » is rather a thing denied than a quality."""
    return (
        len(word) > 3 and not word.endswith(("s", "x", "er", "ir", "re")) and word not in (_QUALITY | _BEGINS_WITH_DE)
    )
