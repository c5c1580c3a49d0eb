"""Measures: temperature, heights, doses, ranges and rhythms.

Number rules for numbers.py. The unit printed is always one that was said: « bisoprolol deux virgule cinq » stays
without a unit and becomes a point to check later.
"""

from __future__ import annotations

from dataclasses import replace

from dictation.structure.grammar import (
    Found,
    counted_at,
    counted_group,
    counts_something,
    is_number,
    number_at,
    per,
    printed,
    said_at,
    said_before,
    small,
    unit_at,
    weighed_or_poured,
    whole_at,
    written,
)
from dictation.structure.lexicon import folded, listed, table
from dictation.structure.sizes import BY, sized
from dictation.structure.tokens import NBSP, Kind, Sheet, Token, fuse

_SCALE_TOPS = frozenset({4, 5, 6, 7, 10, 15, 20, 30, 100})
_CODE_LETTERS = frozenset("cdfgjlmnpst")
_SCORE_REACH = 5  # words after « score » in which any top is one: « score G8 à treize sur dix-sept »


def millions(sheet: Sheet, i: int) -> Found | None:
    """« deux virgule cinq millions d'unités » -> 2,5 millions: round millions keep their word."""
    amount = number_at(sheet, i)
    if amount is not None and said_at(sheet, i + 1, ("million", "millions", "milliard", "milliards")):
        heard = sheet.tokens[i : i + 2]
        return Found(2, [fuse(heard, f"{printed(amount)}{NBSP}{heard[1].low}")])
    if amount is None or not amount.number.isdecimal() or not amount.number.endswith("000000"):
        return None
    if amount.last == amount.first or written(amount):
        return None
    word = "million" if amount.number == "1000000" else "millions"
    return Found(1, [fuse([amount], f"{amount.number[:-6]}{NBSP}{word}")])


def out_of(sheet: Sheet, i: int) -> Found | None:
    """« sept sur dix » -> 7/10 on a scale; « quatre carottes sur douze » has its noun and is left alone."""
    score, top = number_at(sheet, i), whole_at(sheet, i + 2)
    if score is None or top is None or not said_at(sheet, i + 1, ("sur",)) or small(score) > top:
        return None
    if top not in _SCALE_TOPS and not said_before(sheet, i, ("score", "scores"), _SCORE_REACH):
        return None
    if unit_at(sheet, i + 3) or counted_at(sheet, i + 3):
        return None
    chain = [k for k in (i - 1, i + 3) if said_at(sheet, k, BY)]  # « deux sur trois sur quatre »: three dimensions
    if any(number_at(sheet, k + (1 if k > i else -1)) is not None or sized(sheet, k - 1) for k in chain):
        return None
    return Found(3, [fuse(sheet.tokens[i : i + 3], f"{printed(score)}/{top}")])


def power_of_ten(sheet: Sheet, i: int) -> Found | None:
    """« dix puissance six » -> 10^6."""
    if whole_at(sheet, i) != 10 or not said_at(sheet, i + 1, ("puissance",)) or whole_at(sheet, i + 2) is None:
        return None
    return Found(3, [fuse(sheet.tokens[i : i + 3], f"10^{small(sheet.tokens[i + 2])}")])


def range_of(sheet: Sheet, i: int) -> Found | None:
    """« deux à trois fois », « six-huit semaines »: the first number is written when the second counts something."""
    first = number_at(sheet, i)
    if first is None or (first.low in ("un", "une") and _named_or_past(sheet, i - 1)):
        return None
    if said_at(sheet, i + 1, ("à", "ou", "et")) and number_at(sheet, i + 2) is not None:
        taken = sheet.tokens[i : i + 3]
        between = said_at(sheet, i + 1, ("et",)) and said_at(sheet, i - 1, ("entre",))
        from_to = said_at(sheet, i + 1, ("à",)) and said_at(sheet, i - 1, ("de",))
        if (between or from_to) and (years := _two_years(sheet, i)):
            return Found(3, [fuse(taken[:1], years[0]), taken[1], fuse(taken[2:], years[1])])
        if between:
            return Found(3, [fuse(taken[:1], printed(taken[0])), taken[1], _last_of_range(sheet, i + 2)])
        counts = first.low not in ("un", "une") and counted_at(sheet, i + 3, "time")  # « à deux et trois ans »
        if said_at(sheet, i + 1, ("et",)) and not unit_at(sheet, i + 3) and not counts:
            return None
        if (sheet.tokens[i - 1].low if i else "") not in ("l'", "d'") and (
            counts_something(sheet, i + 3) or counted_at(sheet, i + 3)
        ):
            return Found(1, [fuse([first], printed(first))])
        if said_at(sheet, i + 1, ("à",)) and first.low not in ("un", "une") and sheet.tokens[i + 2].low != "une":
            return Found(1, [fuse([first], printed(first))])  # « de deux à trois »: both in figures
        return None
    second = whole_at(sheet, i + 1)
    if second is None or not is_number(first) or "," in first.number or not counted_at(sheet, i + 2, "time"):
        return None
    if not 0 < second - small(first) <= 3 or written(first) or sheet.tokens[i + 2].low in ("an", "heure"):
        return None
    return Found(2, [fuse(sheet.tokens[i : i + 2], f"{small(first)}-{second}")])


def _named_or_past(sheet: Sheet, i: int) -> bool:
    """« p un à trente degrés », « un à six heures un à huit heures »: a name or an article, where no range begins."""
    again = said_at(sheet, i + 4, ("heures", "h")) and number_at(sheet, i + 5) is not None
    if again and sheet.tokens[i + 5].low in ("un", "une") and said_at(sheet, i + 6, ("à",)):
        return True
    return said_at(sheet, i, ("heures", "heure", "h")) or said_at(sheet, i, _CODE_LETTERS)


def _two_years(sheet: Sheet, i: int) -> tuple[str, str] | None:
    """« entre deux mille quinze et deux mille vingt », with nothing counted behind it: years, no blank inside."""
    first, last = (small(sheet.tokens[at]) for at in (i, i + 2))
    if (
        any("," in sheet.tokens[at].number for at in (i, i + 2))
        or not 1900 <= first < last < 2100
        or unit_at(sheet, i + 3)
        or counted_at(sheet, i + 3)
    ):
        return None
    return str(first), str(last)


def _last_of_range(sheet: Sheet, i: int) -> Token:
    """The second number of « entre deux et trois »: left for the unit that follows it, else written."""
    if unit_at(sheet, i + 1) or counted_at(sheet, i + 1):
        return sheet.tokens[i]
    return fuse([sheet.tokens[i]], printed(sheet.tokens[i]))


def elided_range(sheet: Sheet, i: int) -> Found | None:
    """« d'un à deux mois » -> de 1 à 2 mois: figures take no elision."""
    if not (said_at(sheet, i, ("d'",)) and whole_at(sheet, i + 1) == 1 and said_at(sheet, i + 2, ("à",))):
        return None
    if written(sheet.tokens[i + 1]) or number_at(sheet, i + 3) is None or sheet.tokens[i + 3].low == "une":
        return None
    if not (unit_at(sheet, i + 4) or counted_at(sheet, i + 4)):
        return None
    one = fuse(sheet.tokens[i + 1 : i + 2], "1", glued=False)
    return Found(2, [replace(sheet.tokens[i], text="de", fixed=True), one])


def elided_one(sheet: Sheet, i: int) -> Found | None:
    """« et d'un gramme d'acide tranexamique » -> de 1 g: figures take no elision."""
    unit = unit_at(sheet, i + 2)
    if not said_at(sheet, i, ("d'",)) or whole_at(sheet, i + 1) != 1 or unit is None:
        return None
    if unit.group not in ("mass", "volume") or said_at(sheet, i + 2 + unit.taken, ("et",)):
        return None
    heard = sheet.tokens[i + 1 : i + 2 + unit.taken]
    amount = fuse(heard, f"1{NBSP}{unit.sign}", glued=False)
    return Found(2 + unit.taken, [replace(sheet.tokens[i], text="de", fixed=True), amount])


def quantity(sheet: Sheet, i: int) -> Found | None:
    """A number and its unit of measure: « mille milligrammes » -> 1 000 mg, « quinze pour cent » -> 15 %."""
    amount = number_at(sheet, i)
    unit = unit_at(sheet, i + 1)
    if amount is None or unit is None:
        return None
    if amount.number == "1" and unit.group in ("angle", "pressure"):
        return None  # « un degré de plus », « un bar »: articles
    gap = "" if unit.group == "angle" else NBSP
    taken = 1 + unit.taken
    return Found(taken, [fuse(sheet.tokens[i : i + taken], printed(amount) + gap + unit.sign)])


def counted(sheet: Sheet, i: int) -> Found | None:
    """« trois fois », « un comprimé », « quatre mille unités »: a number before a noun of medicine that counts."""
    amount = number_at(sheet, i)
    if amount is None or i + 1 >= len(sheet.tokens) or sheet.tokens[i + 1].kind is not Kind.WORD:
        return None
    noun = sheet.tokens[i + 1]
    group = counted_group(noun.low)
    if not group or (amount.number == "1" and i and sheet.tokens[i - 1].low.endswith("'")):
        return None  # « la moitié d'un comprimé »
    if amount.number == "1" and not _one_is_a_dose(sheet, i, group):
        return None
    if amount.number == "1" and not written(amount) and _strength_without_unit(sheet, i - 1):
        return None  # « ibuprofène 400 un comprimé »: two figures would stand side by side
    follows = sheet.tokens[i + 2] if i + 2 < len(sheet.tokens) else None
    a_dose = follows is None or follows.kind is not Kind.WORD or follows.low in listed("before_unités_is_ui")
    if noun.low in ("unité", "unités") and (poured := per(sheet, i + 2))[0] in _POURED and not _of_a_drug(sheet, i):
        taken = 2 + poured[1]  # « CA 19-9 à 450 unités par millilitre »: nobody said international
        return Found(taken, [fuse(sheet.tokens[i : i + taken], f"{printed(amount)}{NBSP}U{poured[0]}")])
    if noun.low == "unités" and small(amount) >= 100 and a_dose:
        under, taken = per(sheet, i + 2)
        return Found(2 + taken, [fuse(sheet.tokens[i : i + 2 + taken], f"{printed(amount)}{NBSP}UI{under}")])
    if noun.low == "unités" and (stroke := per(sheet, i + 2))[1] and "/jour" not in stroke[0]:
        taken = 2 + stroke[1]  # « 10 unités par kilo »
        return Found(taken, [fuse(sheet.tokens[i : i + taken], f"{printed(amount)}{NBSP}unités{stroke[0]}")])
    return Found(1, [fuse([amount], printed(amount))])


_POURED = frozenset({"/mL", "/dL", "/L", "/µL"})
_DRUG_REACH = 8  # words between a drug and how many units of it a volume holds


def _of_a_drug(sheet: Sheet, i: int) -> bool:
    """Whether a drug, and nothing that is also measured in blood, is named before i in the sentence."""
    for token in reversed(sheet.tokens[max(0, i - _DRUG_REACH) : i]):
        if token.ends_sentence:
            return False
        if token.fold in table("drugs") and token.fold not in folded("also_measured"):
            return True
    return False


def _strength_without_unit(sheet: Sheet, i: int) -> bool:
    """A bare number at i: the strength of a drug whose unit was not said."""
    if i < 0:
        return False
    token = sheet.tokens[i]
    return token.kind is Kind.NUMBER or (token.fixed and token.text.replace(",", "").isdecimal())


def one_in(sheet: Sheet, i: int) -> Found | None:
    """« un jour sur deux » -> 1 jour sur 2, like « 5 jours sur 7 »; « une fois sur deux » is a manner of speaking."""
    every = number_at(sheet, i + 3)
    if whole_at(sheet, i) is None or every is None or not said_at(sheet, i + 2, ("sur",)):
        return None
    if not said_at(sheet, i + 1, ("jour", "jours", "semaine", "semaines", "nuit", "nuits", "mois")):
        return None
    first, last = sheet.tokens[i], sheet.tokens[i + 3]
    return Found(4, [fuse([first], printed(first)), *sheet.tokens[i + 1 : i + 3], fuse([last], printed(last))])


def dilution(sheet: Sheet, i: int) -> Found | None:
    """« diluée à un pour cent mille » -> 1/100 000; « un ratio de un pour dix » -> 1 pour 10."""
    below = whole_at(sheet, i + 2)
    if whole_at(sheet, i) != 1 or not said_at(sheet, i + 1, ("pour",)) or below is None or below < 2:
        return None
    heard = sheet.tokens[i : i + 3]
    if any(t.fold.startswith(("dilu", "adrenal", "titre")) for t in sheet.tokens[max(0, i - 5) : i]):
        return Found(3, [fuse(heard, f"1/{printed(heard[2])}")])
    if said_before(sheet, i, ("ratio", "rapport", "proportion"), 5):
        return Found(3, [fuse(heard[:1], "1"), heard[1], fuse(heard[2:], printed(heard[2]))])
    return None


def _one_is_a_dose(sheet: Sheet, i: int, group: str) -> bool:
    """« un comprimé » is 1 comprimé; « une injection » is an article unless a rhythm follows; « un an » stays."""
    if group == "form" or (said_at(sheet, i - 1, ("en",)) and said_at(sheet, i + 1, ("prise", "injection"))):
        return True
    if group == "time" and said_at(sheet, i - 1, ("à",)) and said_before(sheet, i, ("apgar",), 4):
        return True  # « Apgar 9 à 1 minute et 10 à 5 minutes »
    if group == "fois":
        return said_at(sheet, i + 2, ("par", "tous", "toutes"))
    return group == "given" and said_at(sheet, i + 2, listed("rhythm") - {"le", "au", "à", "si"})


def keep_written_rates(sheet: Sheet) -> None:
    """« 3 fois par jour » as a recogniser wrote it stays so; said in words it becomes 3 fois/jour."""
    for i in range(2, len(sheet.tokens) - 1):
        if not (said_at(sheet, i, ("par",)) and said_at(sheet, i + 1, _OFTEN) and written(sheet.tokens[i - 2])):
            continue
        noun = sheet.tokens[i - 1].low
        if counted_group(noun) in ("form", "given", "fois") or weighed_or_poured(noun) == sheet.tokens[i - 1].text:
            sheet.tokens[i] = replace(sheet.tokens[i], fixed=True)


_OFTEN = {"jour": "jour", "semaine": "semaine", "mois": "mois", "an": "an", "minute": "min", "heure": "h"}


def rate(sheet: Sheet, i: int) -> Found | None:
    """« 3 fois par jour » -> 3 fois/jour, « 12 000 par millimètre cube » -> 12 000/mm³: only after a written number."""
    if i == 0 or not said_at(sheet, i, ("par",)) or sheet.tokens[i].fixed:
        return None
    noun = sheet.tokens[i - 1]
    number = noun.fixed and noun.text[:1].isdecimal()
    unit = unit_at(sheet, i + 1)
    if number and unit is not None and unit.group == "volume":
        return Found(1 + unit.taken, [fuse(sheet.tokens[i : i + 1 + unit.taken], f"/{unit.sign}", glued=True)])
    if not said_at(sheet, i + 1, _OFTEN):
        return None
    counts = noun.kind is Kind.WORD and counted_group(noun.low) in ("form", "given", "fois")
    if number or (counts and i > 1 and sheet.tokens[i - 2].fixed):
        return Found(2, [fuse(sheet.tokens[i : i + 2], f"/{_OFTEN[sheet.tokens[i + 1].low]}", glued=True)])
    return None


def thread(sheet: Sheet, i: int) -> Found | None:
    """« vicryl deux zéro » -> 2/0: the gauge of a suture thread, only after its name."""
    gauge = whole_at(sheet, i)
    token = number_at(sheet, i)
    if token is not None and token.number.endswith(",0") and small(token) <= 11:  # « 3.0 », how some write 3/0
        return Found(1, [fuse([token], f"{small(token)}/0")]) if said_before(sheet, i, listed("threads"), 3) else None
    noughts = said_at(sheet, i + 1, ("zéros", "zeros"))  # « fil six zéros »
    if gauge is None or not 1 <= gauge <= 11 or (whole_at(sheet, i + 1) != 0 and not noughts):
        return None
    sewn = said_at(sheet, i - 1, ("au", "de", "en")) and said_before(
        sheet, i, ("suture", "points", "surjet", "peau", "fermeture"), 5
    )
    if not (sewn or said_before(sheet, i, listed("threads"), 3)):
        return None
    return Found(2, [fuse(sheet.tokens[i : i + 2], f"{gauge}/0")])
