"""Numbers: how each number heard is written, decided by what stands around it, the most specific reading first.

NUMBER tokens in, written tokens out: « mille milligrammes » becomes 1 000 mg, « tension treize huit » 13/8,
« type deux » type 2. A rule claims its tokens by fixing them; what no rule claims is written by `bare`, or stays in
words. No unit, no year, no zero is ever added; a reading that had to be chosen is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from dictation.structure import (
    classes,
    dates,
    decimals,
    fractions,
    identifiers,
    measures,
    numbered,
    pressures,
    readings,
    sizes,
    stages,
    strengths,
)
from dictation.structure.grammar import (
    Found,
    figures,
    is_number,
    printed,
    said_at,
    said_before,
    small,
    whole_at,
    written,
)
from dictation.structure.lexicon import folded, listed, table
from dictation.structure.misheard import warn_of_misheard
from dictation.structure.neighbours import warn_of_neighbours, warn_of_two
from dictation.structure.numerals import read_numbers
from dictation.structure.tokens import NBSP, Kind, Sheet, fuse

Rule = Callable[[Sheet, int], Found | None]

RULES: tuple[Rule, ...] = (
    identifiers.telephone,
    identifiers.identifier,
    identifiers.lot,
    identifiers.examination,
    identifiers.postal_code,
    strengths.combined,
    strengths.sugar,
    numbered.teeth,
    numbered.segments,
    numbered.glasgow,
    numbered.listed_parts,
    numbered.stations,
    numbered.clotting,
    numbered.now_and_then,
    numbered.mutation,
    numbered.veins,
    numbered.colitis,
    numbered.junction,
    numbered.fracture,
    numbered.leads,
    numbered.written_vertebrae,
    stages.written_name,
    stages.gleason,
    stages.rads,
    stages.tumour_stage,
    classes.pregnancies,
    classes.vertebrae,
    pressures.blood_pressure,
    pressures.pressure_unit,
    decimals.temperature,
    dates.numeric_date,
    readings.stroke,
    readings.refraction,
    readings.below_nought,
    readings.signed_score,
    readings.deviations,
    readings.apgar,
    readings.apgar_minutes,
    readings.square_metres,
    dates.day_range,
    dates.calendar_date,
    dates.weeks_of_pregnancy,
    dates.day_after_surgery,
    dates.compound_ordinal,
    dates.clock,
    dates.minutes_and_seconds,
    numbered.enumeration,
    classes.classification,
    readings.said_without_comma,
    readings.nought_and_hundredths,
    strengths.strength_without_comma,
    readings.graded_by_plus,
    decimals.metres,
    decimals.centimetres,
    decimals.unit_then_decimals,
    fractions.and_a_half,
    decimals.acidity,
    measures.thread,
    numbered.thread_size,
    sizes.surface,
    measures.one_in,
    measures.dilution,
    measures.out_of,
    fractions.tenths,
    classes.score,
    measures.power_of_ten,
    measures.millions,
    measures.elided_range,
    measures.range_of,
    measures.elided_one,
    measures.quantity,
    sizes.further_dimension,
    fractions.half,
    measures.counted,
    readings.movement,
    readings.from_to,
    readings.ion,
    readings.vital_sign,
    classes.code,
    dates.ordinal,
)

# « les deux reins », « l'un des deux »: after these a small number is part of the phrase, not a measure.


def write_numbers(sheet: Sheet) -> None:
    """Read the number words of the sheet and write each of them."""
    measures.keep_written_rates(sheet)
    read_numbers(sheet)
    for rule in RULES:
        _sweep(sheet, rule)
    _sweep(sheet, bare)
    _sweep(sheet, measures.rate)
    warn_of_neighbours(sheet)
    warn_of_misheard(sheet)


def _sweep(sheet: Sheet, rule: Rule) -> None:
    i = 0
    while i < len(sheet.tokens):
        found = rule(sheet, i)
        if found is None:
            i += 1
            continue
        sheet.tokens[i : i + found.taken] = found.tokens
        i += max(len(found.tokens), 1)


def bare(sheet: Sheet, i: int) -> Found | None:
    """A number nothing else explains: figures when it counts something or is ten or more, else the words as heard."""
    token = sheet.tokens[i]
    if not is_number(token):
        return None
    warn_of_two(sheet, i)
    if written(token):  # already figures: as they are
        return Found(1, [fuse([token], printed(token))])
    if "," in token.number or (token.number != "1" and _wants_figures(sheet, i)) or _one_a_day(sheet, i):
        return Found(1, [fuse([token], figures(token.number, year=_is_year(sheet, i)))])
    return Found(1, [fuse([token], token.text, fixed=False)])


def _one_a_day(sheet: Sheet, i: int) -> bool:
    """« bisoprolol cinq un le matin », « un le soir »: one, before its moment, is a dose."""
    if said_at(sheet, i + 1, ("le", "au", "à")) and said_at(sheet, i + 2, listed("moments")):
        return True
    after_strength = i > 0 and sheet.tokens[i - 1].fixed and sheet.tokens[i - 1].text[:1].isdecimal()
    often = said_at(sheet, i + 1, ("par",)) and said_at(sheet, i + 2, ("jour",))
    return after_strength and (said_at(sheet, i + 1, listed("moments")) or often)


def _wants_figures(sheet: Sheet, i: int) -> bool:
    tokens = sheet.tokens
    value = small(tokens[i])
    before = tokens[i - 1].low if i else ""
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    if i and tokens[i - 1].fold in table("drugs"):  # « bisoprolol cinq »: a dose whose unit was not said
        return True
    counts = (
        after is not None
        and after.kind is Kind.WORD
        and not after.fixed
        and not after.text[:1].isdecimal()
        and after.low not in listed("not_counted")
    )
    if counts and after is not None and after.low in listed("idioms"):
        return value > 10
    if value >= 10 or (said_at(sheet, i + 1, ("et",)) and said_at(sheet, i + 2, ("demi", "demie"))):
        return True  # « sonde sept et demi »
    if value == 0:
        return before in ("à", "de")
    if said_at(sheet, i + 1, listed("moments")) or (
        said_at(sheet, i + 1, ("le", "au", "à")) and said_at(sheet, i + 2, listed("moments"))
    ):
        return True  # « six unités le matin, huit le midi »
    if said_at(sheet, i + 1, ("sur",)) and (whole_at(sheet, i + 2) or 0) >= 10:
        return True  # « vis neuf sur vingt-cinq »
    if before == "puis" and any(t.text[:1].isdecimal() for t in tokens[max(0, i - 8) : i - 1]):
        return True  # « 20 puis cinq »
    if before == "dont" and any(t.text.endswith("%") for t in tokens[max(0, i - 4) : i]):
        return True  # « 18 % dont quatre de troisième degré »
    if said_at(sheet, i + 1, ("à", "au", "en", "lors")) and _scaled_before(sheet, i):
        return True  # « EVA à 6/10 au repos, huit à la marche »
    if before == "sur" and _figures_before(sheet, i - 1, 4):
        return True  # « cinq jours sur sept », « 4 hémocultures positives sur six »
    if (
        i
        and tokens[i - 1].text == ","
        and after is not None
        and after.low in ("à", "au", "la")
        and _dosed_before(sheet, i)
    ):
        return True  # « 2 L/min la nuit, trois à l'effort »
    if before == "sur" and i > 1 and tokens[i - 2].text[:1].isdecimal() and NBSP in tokens[i - 2].text:
        return True  # « 12 mm sur huit »
    if before == "fois" and i > 1 and tokens[i - 2].text[:1].isdecimal():
        return True  # « Tazocilline 4 g fois quatre »
    if before in listed("glasgow_parts") and said_before(sheet, i, ("glasgow",), 14):
        return True  # « Glasgow à 9, ouverture des yeux 2, moteur cinq »
    if before in ("plus", "moins") and i > 1 and tokens[i - 2].text.isdecimal():
        return True  # « Schober 10 plus cinq »
    if i and len(tokens[i - 1].text) > 1 and tokens[i - 1].text.isupper():  # « PSA quatre puis six »
        return True
    if before in listed("determiners"):
        return after is not None and after.fold in folded("counted")
    if tokens[i].low == "neuf":  # « un état neuf » is an adjective
        return counts or before in listed("before_nine")
    if counts or (said_at(sheet, i + 1, ("par",)) and said_at(sheet, i + 2, ("jour", "semaine", "mois"))):
        return True
    if before in listed("days") or (before in listed("devices") and after is not None and after.low in ("à", "sans")):
        return True  # « le lundi sept », « sonde armée cinq à ballonnet »
    return before in ("à", "le", "est", "score", "taille", "trocart", "de") or (i > 0 and tokens[i - 1].fixed)


def _figures_before(sheet: Sheet, i: int, reach: int) -> bool:
    """Whether a written number with a noun of its own stands before i, with nothing but words between."""
    for n in range(i - 1, max(-1, i - 1 - reach), -1):
        token = sheet.tokens[n]
        if token.kind is not Kind.WORD:
            return False
        if token.fixed and token.text.isdecimal():
            return n < i - 1
    return False


def _dosed_before(sheet: Sheet, i: int) -> bool:
    """Whether an amount with its unit stands before i, in the same sentence."""
    for token in reversed(sheet.tokens[max(0, i - 6) : i]):
        if token.ends_sentence:
            return False
        if NBSP in token.text and token.text[:1].isdecimal():
            return True
    return False


_SCALED = re.compile(r"\d+(?:,\d+)?/10{1,2}$")


def _scaled_before(sheet: Sheet, i: int) -> bool:
    """Whether a score out of ten or a hundred was written a few words before, in the same sentence."""
    for token in reversed(sheet.tokens[max(0, i - 6) : i]):
        if token.ends_sentence:
            return False
        if _SCALED.match(token.text):
            return True
    return False


def _is_year(sheet: Sheet, i: int) -> bool:
    """1900 to 2099 with nothing counted behind it reads as a year: no blank inside, which is right for both."""
    value = small(sheet.tokens[i])
    before = sheet.tokens[i - 1].low if i else ""
    if 1900 <= value < 2000 or (2000 <= value < 2100 and before in listed("before_a_year")):
        return True
    return 2000 < value < 2100 and before not in ("à", "de") and not (i and sheet.tokens[i - 1].text.isupper())
