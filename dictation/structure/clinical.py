"""Clinical: sides, operations by their endings, allergies, appointments, and every figure nothing else holds.

Written text in, facts out, each with the rule that found it.
"""

from __future__ import annotations

import re

from dictation.domain.documents import FindingKind, SectionKind
from dictation.structure.dates import MONTHS
from dictation.structure.facts import BLANK, NUMBER, Fact, amount, taken, unit
from dictation.structure.lexicon import fold, kept

_SIDE = re.compile(r"\b(droite?s?|gauches?|bilatéral(?:e|es)?|bilatéraux|des deux côtés)\b", re.IGNORECASE)
_NOT_A_SIDE = re.compile(r"(?i)\b(?:avoir|donne|tout|angle|grand|petit|plein|de|son|le|main|en) $")
_SIDE_REACH = 45  # characters between a diagnosis and the side it is on
_ENDINGS = "ectomie plastie scopie tomie stomie centèse pexie graphie tripsie rraphie désie lyse".replace(" ", "s?|")
_NO_PROCEDURE = (
    "anatomie|autonomie|économie|hémolyse|analyse|catalyse|paralysie|dialyse|rhabdomyolyse|ostéolyse|cytolyse"
)
_PROCEDURE = re.compile(rf"(?i)\b(?!(?:{_NO_PROCEDURE})\b)[\wà-ÿœ-]{{3,}}(?:{_ENDINGS}s?)\b")
_TO = r"(?: (?:à la |à l’|aux |au |à |de la |de l’|de |d’))"
_ALLERGEN = (
    r"(?:produits? de contraste(?: iodés?)?|acide acétylsalicylique|fruits à coque|venins? d’hyménoptères?"
    r"|anti-inflammatoires?(?: non stéroïdiens)?|[\wà-ÿ-]+)"
)
_ALLERGY = re.compile(
    r"(?i)\b(?:allergi(?:e|es|que|ques)|intoléran(?:ce|t|te)s?|hypersensibilité)\b"
    r"(?: (?:connues?|médicamenteuses?|documentée|croisée|vraie|suspectée|ancienne))?"
    rf"(?:{BLANK}?:)?(?:{_TO}({_ALLERGEN})|(?<=:){BLANK}({_ALLERGEN}))?"
)
_AND_TO = re.compile(rf"(?:,| et| ainsi qu[’e]){_TO}({_ALLERGEN})")
_NO_ALLERGEN = frozenset({"type", "noter", "ce", "jour", "aucun", "aucune", "la", "non", "pas", "negatif", "neant"})
_NONE = re.compile(rf"(?i)^(?:aucune?|néant|non|pas|nulle)(?: connue?s?)?(?: à ce jour)?[.{BLANK[1:-1]}]*$")
_NEXT = (
    r"consultation|rendez-vous|rdv|contrôle|reverrai|reverrons|revois|revoir|revoyons|revue?|reconvoquée?|convoquée?"
    r"|ablation des (?:fils|agrafes|points)|soins infirmiers|retrait (?:de|du|des) \w+|suivi|bilan|visite"
    r"|hospitalisation prévue|prochaine? \w+"
)
_MONTH = "|".join(MONTHS)
_SPAN = r"(?:un|une|deux|trois|quatre|six|quelques) (?:mois|semaines?|jours?|ans?)"
_WHEN = (
    rf"(?:dans|avant|le|au|à|en|d’ici|vers|sous|dès) (?:\d[^.,\n]*|{_SPAN}[^.,\n]*|J\+?\d+"
    rf"|(?:lundi|mardi|mercredi|jeudi|vendredi) [^.,\n]*|(?:début |fin )?(?:{_MONTH})[^.,\n]*)"
    r"|(?:annuel|semestriel|trimestriel|mensuel)(?:le)?s?|(?:la semaine|le mois|l’an) prochaine?"
)
_DONE_NEXT = r"[\wà-ÿ]+(?:scopie|graphie|tomie|ectomie) [\wà-ÿ ]*prévue"
_FOLLOW_UP = re.compile(rf"(?i)\b(?:{_NEXT}|{_DONE_NEXT})\b[^.\n]*?\b(?:{_WHEN})")
_AHEAD = frozenset({SectionKind.PLAN, SectionKind.COURSE, SectionKind.CONCLUSION, SectionKind.DISCHARGE_TREATMENT})
_AHEAD |= {SectionKind.PENDING, SectionKind.CLOSING}
_LINK = re.compile(
    r"(?: (?:est|était|sont|estimée?s?|mesurée?s?|évaluée?s?|chiffrée?s?|dosée?s?|stable|revient|ce jour))*"
    r"(?: à| de| d’environ|[ \u00a0]?:)?[ \u00a0]$"
)
_NOT_MEASURED = re.compile(
    r"(?i)(?:l[ea]s?|une?|et|[aà]|aux?|en|pour|sur|dans|par|avec|pendant|sans|puis|tou[st]e?s?|chaque|sous|contre|ou|depuis"
    r"|[cm]m|m?g|kg|ml|il|elle|on|est|sont|était|retrouve|montre|mesure|pèse|présente|lendemain|jours?|\d.*)"
)


def sides(text: str) -> list[Fact]:
    """Left, right and both, with the words each stands behind."""
    found = []
    for match in _SIDE.finditer(text):
        if _NOT_A_SIDE.search(text[max(0, match.start() - 12) : match.start()]) and match[1].lower() == "droit":
            continue
        word = fold(match[1])
        side = "right" if word.startswith("droit") else "left" if word.startswith("gauche") else "both"
        head = re.split(r"[.,;:\n]", text[: match.start()])[-1].split()[-4:]
        found.append(
            Fact(FindingKind.SIDE, match.start(), match.end(), "side", (("side", side), ("of", " ".join(head))))
        )
    return found


def give_sides(text: str, facts: list[Fact]) -> None:
    """A diagnosis or a procedure takes the side said behind it in its clause, unless another stands between."""
    clinical = sorted(
        (f for f in facts if f.kind in (FindingKind.DIAGNOSIS, FindingKind.PROCEDURE)), key=lambda f: f.start
    )
    found = sorted((f for f in facts if f.kind is FindingKind.SIDE), key=lambda f: f.start)
    for number, fact in enumerate(clinical):
        limit = min(fact.end + _SIDE_REACH, clinical[number + 1].start if number + 1 < len(clinical) else len(text))
        for side in found:
            if fact.end <= side.start < limit and not re.search(r"[.;:\n]|, (?!à )", text[fact.end : side.start]):
                fact.values = (*fact.values, ("side", side.value("side")))
                break


def procedures(text: str) -> list[Fact]:
    """Operations and examinations by their endings (-ectomie, -plastie, -scopie…)."""
    return [Fact(FindingKind.PROCEDURE, m.start(), m.end(), "procedure.ending") for m in _PROCEDURE.finditer(text)]


def allergies(text: str, kind: SectionKind, drugs: list[Fact]) -> list[Fact]:
    """What the patient is allergic to, one fact each; « aucune allergie » is found too and negated afterwards."""
    found: list[Fact] = []
    for match in _ALLERGY.finditer(text):
        named = match[1] or match[2]
        if named and fold(named) in _NO_ALLERGEN:
            named = ""
        end = match.end() if named or not (match[1] or match[2]) else match.start(1 if match[1] else 2) - 1
        found.append(Fact(FindingKind.ALLERGY, match.start(), end, "allergy", (("allergen", named),) if named else ()))
        while named and (more := _AND_TO.match(text, end)):
            found.append(
                Fact(FindingKind.ALLERGY, more.start(1), more.end(1), "allergy.also", (("allergen", more[1]),))
            )
            end = more.end()
    if kind is not SectionKind.ALLERGIES:
        return found
    if _NONE.match(text.strip()) and not found:
        return [Fact(FindingKind.ALLERGY, 0, len(text.rstrip(" .")), "allergy.none", (), True)]
    for drug in drugs:
        if not taken(found, drug.start, drug.end):
            found.append(
                Fact(FindingKind.ALLERGY, drug.start, drug.end, "allergy.listed", (("allergen", drug.value("drug")),))
            )
    return found


def follow_ups(text: str, kind: SectionKind, moments: list[Fact]) -> list[Fact]:
    """What is to happen next; « vu en consultation le 3 novembre » in the opening has happened already."""
    if kind not in _AHEAD:
        return []
    found = []
    for match in _FOLLOW_UP.finditer(text):
        when = next((f for f in moments if match.start() <= f.start and f.end <= match.end() + 12), None)
        values = [("what", re.split(r" (?:dans|avant|le|au|à|en) ", match[0])[0])]
        if when is not None:
            values.append(("when", text[when.start : when.end]))
            values += [(key, value) for key, value in when.values if key in ("iso", "resolved")]
        found.append(Fact(FindingKind.FOLLOW_UP, match.start(), match.end(), "follow_up", tuple(values)))
    return found


@kept
def _any_number() -> re.Pattern[str]:
    return re.compile(rf"(?:½|\b(?:{NUMBER}))(?:[/x^+-]\d+)*(?:{BLANK}?(?:{unit()}))?(?![\w])")


def measurements(text: str, others: list[Fact]) -> list[Fact]:
    """Every figure no other fact holds, so that none goes unheard."""
    found = []
    for match in _any_number().finditer(text):
        if taken(others, match.start(), match.end()):
            continue
        dose = amount().fullmatch(match[0])
        values = [("value", dose[1]), ("unit", dose[2])] if dose else [("value", match[0])]
        if name := _measured(text, match.start()):
            values.append(("of", name))
        rule = "measure.unit" if dose else "measure.number"
        found.append(Fact(FindingKind.MEASUREMENT, match.start(), match.end(), rule, tuple(values)))
    return found


def _measured(text: str, at: int) -> str:
    """What a figure measures: the noun right before it, in its clause; "" when a verb or a preposition stands there."""
    clause = _LINK.sub("", re.split(r"[.,;\n(]", text[max(0, at - 45) : at])[-1])
    words: list[str] = []
    for word in reversed(clause.split()):
        if _NOT_MEASURED.fullmatch(word) or len(words) == 3:
            break
        words.insert(0, word)
    while words and words[0].lower() in ("de", "du", "des"):
        words = words[1:]
    return " ".join(words).removeprefix("l’").removeprefix("d’").removeprefix("L’")
