"""Readings: figures said without their comma or their sign, which the thing measured tells.

Number rules for numbers.py: « hémoglobine à douze trois » -> 12,3, « œil droit moins deux vingt-cinq » -> -2,25,
« un mètre carré soixante-treize » -> 1,73 m², « Apgar neuf dix » -> 9/10. A comma nobody said is a warning.
"""

from __future__ import annotations

import functools
import re

from dictation.structure.grammar import (
    Found,
    counted_at,
    counts_something,
    number_at,
    said_at,
    said_before,
    separator_at,
    small,
    tail_at,
    unit_at,
    whole_at,
    written,
)
from dictation.structure.lexicon import listed, low, rows
from dictation.structure.strengths import drug_at
from dictation.structure.tokens import NBSP, Kind, Sheet, Token, fuse

_NAME_REACH = 4  # words between what is measured and its value: « l'hémoglobine est stable à douze trois »
_QUARTERS = {0: "00", 25: "25", 50: "50", 75: "75"}  # lenses are ground in quarters of a dioptre
_EYE_REACH = 16


@functools.cache
def _measured() -> dict[str, tuple[int, int, int]]:
    """What is measured -> (least, most, decimals at most) of its value, from patterns/said_without_comma.tsv."""
    return {low(name): (int(least), int(most), int(places)) for name, least, most, places in rows("said_without_comma")}


def said_without_comma(sheet: Sheet, i: int) -> Found | None:
    """« kaliémie à quatre deux » -> 4,2: only after its name, within what it can be, and a person is told."""
    head = whole_at(sheet, i)
    tail, taken = tail_at(sheet, i + 1)  # « kaliémie trois zéro » is 3,0
    end = i + 1 + taken
    if head is None or not tail or number_at(sheet, end) is not None or counted_at(sheet, end):
        return None
    if written(sheet.tokens[i]):  # « INR à 2 5 » stands so: two numbers side by side are pointed out as such
        return None
    if said_at(sheet, end, ("sur", "pour", "fois")):
        return None
    if said_at(sheet, end, ("à",)) and number_at(sheet, end + 1) is not None:  # a range; « 12,3 à l'arrivée » is none
        return None
    names = _measured()
    near = [t.low for t in sheet.tokens[max(0, i - _NAME_REACH) : i] if t.low in names]
    if not near or not said_before(sheet, i, near[-1:], _NAME_REACH):
        return None
    least, most, places = names[near[-1]]
    if not (least <= head <= most and len(tail) <= places):
        return None
    heard = sheet.tokens[i:end]
    value = fuse(heard, f"{head},{tail}", kind=Kind.NUMBER, number=f"{head},{tail}", fixed=False)
    sheet.warn("number.comma", heard)
    return Found(1 + taken, [value])


def nought_and_hundredths(sheet: Sheet, i: int) -> Found | None:
    """« FFR à zéro soixante-dix-huit » -> 0,78, whatever is measured; a joint goes from nought to so many degrees."""
    tail = whole_at(sheet, i + 1)
    if whole_at(sheet, i) != 0 or tail is None or not 1 <= tail <= 99 or written(sheet.tokens[i]):
        return None
    of_a_drug = drug_at(sheet, i - 1)  # « tamsulosine zéro quatre »
    unit = unit_at(sheet, i + 2)
    dissolved = unit is not None and unit.group == "percent"  # « sérum salé zéro neuf pour cent »
    if not (
        of_a_drug or dissolved or said_at(sheet, i - 1, ("à", "de", "est", "mac", "jeun", "fio2", "entre", "arrivée"))
    ) or said_before(sheet, i, listed("movements"), 4):
        return None
    doses = number_at(sheet, i + 2) is not None and (counted_at(sheet, i + 3) or said_at(sheet, i + 3, ("demi",)))
    measured = unit is not None and unit.group in ("percent", "mass", "volume")
    if not (dissolved or (of_a_drug and (doses or measured))) and (
        number_at(sheet, i + 2) is not None or unit is not None or counted_at(sheet, i + 2)
    ):
        return None
    heard = sheet.tokens[i : i + 2]
    sheet.warn("number.comma", heard)
    return Found(2, [fuse(heard, f"0,{tail}", kind=Kind.NUMBER, number=f"0,{tail}", fixed=False)])


def graded_by_plus(sheet: Sheet, i: int) -> Found | None:
    """« her2 deux plus », « protéinurie trois plus » -> 2+, 3+; « score de deux plus de fièvre » has its « de »."""
    value = whole_at(sheet, i)
    if value is None or not 1 <= value <= 4 or not said_at(sheet, i + 1, ("plus", "+")):
        return None
    after = i + 2
    if number_at(sheet, after) is not None or said_at(sheet, after, ("de", "d'", "ou", "que", "grand", "grande")):
        return None
    if not said_before(sheet, i, listed("graded_by_plus"), 3) or sheet.tokens[i].low == "une":
        return None
    return Found(2, [fuse(sheet.tokens[i : i + 2], f"{value}+")])


def refraction(sheet: Sheet, i: int) -> Found | None:
    """« moins deux vingt-cinq », « plus zéro cinquante » -> -2,25, +0,50: only where an eye or a lens is spoken of."""
    if not said_at(sheet, i, ("plus", "moins")) or not said_before(sheet, i, listed("eyes"), _EYE_REACH):
        return None
    head, tail = whole_at(sheet, i + 1), whole_at(sheet, i + 2)
    sign = "+" if sheet.tokens[i].low == "plus" else "-"
    if tail is None and (value := number_at(sheet, i + 1)) is not None and small(value) <= 40:
        return _signed(sheet, i, value, sign)
    if head is None or head > 30 or tail not in _QUARTERS or unit_at(sheet, i + 3) is not None:
        return None
    return Found(3, [fuse(sheet.tokens[i : i + 3], f"{sign}{head},{_QUARTERS[tail]}")])


def _signed(sheet: Sheet, i: int, value: Token, sign: str) -> Found | None:
    """« addition plus 2,25 », « correction plus deux » -> +2,25, +2; « plus deux lignes » counts something."""
    if not (said_before(sheet, i, listed("dioptres"), 4) or _ground(sheet, i, value)):
        return None
    if counts_something(sheet, i + 2) and not said_at(
        sheet, i + 2, listed("dioptres") | {"dioptrie", "dioptries", "axe"}
    ):
        return None
    return Found(2, [fuse(sheet.tokens[i : i + 2], f"{sign}{value.number}")])


def _ground(sheet: Sheet, i: int, value: Token) -> bool:
    """« œil droit moins 2,25 moins 0,50 à 90 »: quarters of a dioptre behind an eye or another lens."""
    behind = sheet.tokens[i - 1]
    after_a_lens = behind.fixed and bool(_SIGNED_FIGURE.match(behind.text))
    of_an_eye = behind.low in listed("eyes") | {"droit", "gauche", "plan"}
    return (after_a_lens or of_an_eye) and (value.number.partition(",")[2] or "0") in ("0", "00", "25", "5", "50", "75")


def below_nought(sheet: Sheet, i: int) -> Found | None:
    """« une extension à moins cinq degrés » -> -5°, « à moins dix UH »; « moins de cinq degrés » is a comparison."""
    sucked = said_at(sheet, i - 1, ("aspiration",))  # « aspiration moins vingt »
    if not said_at(sheet, i, ("moins",)) or not (sucked or said_at(sheet, i - 1, ("à", "de", "est"))):
        return None
    value, unit = whole_at(sheet, i + 1), unit_at(sheet, i + 2)
    if value is not None and unit is None and sucked and not counts_something(sheet, i + 2):
        return Found(2, [fuse(sheet.tokens[i : i + 2], f"-{value}")])
    if value is None or unit is None or not (unit.group in ("angle", "pressure") or unit.sign == "UH"):
        return None
    gap = "" if unit.group == "angle" else NBSP
    return Found(2 + unit.taken, [fuse(sheet.tokens[i : i + 2 + unit.taken], f"-{value}{gap}{unit.sign}")])


_SIGNED = frozenset({"t-score", "z-score", "tscore", "zscore", "t-scores", "z-scores"})


def signed_score(sheet: Sheet, i: int) -> Found | None:
    """« T-score à moins deux virgule cinq » -> -2,5: scores that go below nought."""
    if not said_at(sheet, i, ("moins", "plus")) or (value := number_at(sheet, i + 1)) is None or small(value) > 9:
        return None
    spaced = any(said_at(sheet, k, ("score",)) and said_at(sheet, k - 1, ("t", "z")) for k in range(i - 4, i))
    if not (spaced or said_before(sheet, i, _SIGNED, 4)):
        return None
    if unit_at(sheet, i + 2) or (value.low in ("un", "une") and counts_something(sheet, i + 2)):
        return None
    sign = "-" if sheet.tokens[i].low == "moins" else "+"
    return Found(2, [fuse(sheet.tokens[i : i + 2], f"{sign}{value.number}")])


_SIGNED_FIGURE = re.compile(r"^[+-]\d+(?:,\d+)?$")


def deviations(sheet: Sheet, i: int) -> Found | None:
    """« plus un ds », « moins deux d s » -> +1 DS, -2 DS: standard deviations from the mean."""
    written_so = sheet.tokens[i].kind is Kind.WORD and _SIGNED_FIGURE.match(sheet.tokens[i].text)
    if written_so and said_at(sheet, i + 1, ("ds",)):
        return Found(2, [fuse(sheet.tokens[i : i + 2], f"{sheet.tokens[i].text}{NBSP}DS")])
    value = number_at(sheet, i + 1)
    if value is None or not said_at(sheet, i, ("plus", "moins")) or small(value) > 9:
        return None
    if said_at(sheet, i + 2, ("ds",)):
        taken = 3
    elif said_at(sheet, i + 2, ("d",)) and said_at(sheet, i + 3, ("s",)):
        taken = 4
    else:
        return None
    sign = "-" if sheet.tokens[i].low == "moins" else "+"
    return Found(taken, [fuse(sheet.tokens[i : i + taken], f"{sign}{value.number}{NBSP}DS")])


def apgar(sheet: Sheet, i: int) -> Found | None:
    """« Apgar neuf dix dix » -> 9/10/10: at one, five and ten minutes."""
    if not said_before(sheet, i, ("apgar",), 2):
        return None
    values: list[int] = []
    while len(values) < 3 and (value := whole_at(sheet, i + len(values))) is not None and value <= 10:
        values.append(value)
    if len(values) < 2:
        return None
    return Found(len(values), [fuse(sheet.tokens[i : i + len(values)], "/".join(map(str, values)))])


def apgar_minutes(sheet: Sheet, i: int) -> Found | None:
    """« Apgar cinq huit dix à une cinq et dix minutes » -> à 1, 5 et 10 minutes."""
    if not (said_at(sheet, i - 1, ("à",)) and said_before(sheet, i, ("apgar",), 5) and whole_at(sheet, i) == 1):
        return None
    values, j = ["1"], i + 1
    while (value := whole_at(sheet, j)) is not None:
        values, j = [*values, str(value)], j + 1
    last = whole_at(sheet, j + 1) if said_at(sheet, j, ("et",)) else None
    if last is None or not said_at(sheet, j + 2, ("minutes",)):
        return None
    return Found(j + 2 - i, [fuse(sheet.tokens[i : j + 2], f"{', '.join(values)} et {last}")])


def square_metres(sheet: Sheet, i: int) -> Found | None:
    """« un mètre carré soixante-treize » -> 1,73 m²: the surface of a body."""
    head, tail = whole_at(sheet, i), whole_at(sheet, i + 3)
    if head is None or not 1 <= head <= 3 or (tail is not None and tail > 99):
        return None
    squared = said_at(sheet, i + 3, ("au",)) and said_at(sheet, i + 4, ("carré",))
    if squared and head == 1 and whole_at(sheet, i + 2) == 73 and said_at(sheet, i - 1, ("pour",)):
        return Found(5, [fuse(sheet.tokens[i : i + 5], f"1,73{NBSP}m²")])  # what a clearance is given for
    if tail is None or not (said_at(sheet, i + 1, ("mètre", "mètres")) and said_at(sheet, i + 2, ("carré", "carrés"))):
        return None
    if unit_at(sheet, i + 4) or counted_at(sheet, i + 4):
        return None
    return Found(4, [fuse(sheet.tokens[i : i + 4], f"{head},{tail:02d}{NBSP}m²")])


def movement(sheet: Sheet, i: int) -> Found | None:
    """« flexion cent dix extension zéro »: the range of a joint stands in figures, nought included."""
    token = number_at(sheet, i)
    value = whole_at(sheet, i)
    if token is None or value is None or value > 200 or unit_at(sheet, i + 1) or counted_at(sheet, i + 1):
        return None
    if token.low in ("un", "une") or not said_before(sheet, i, listed("movements"), 4):
        return None
    joints = said_at(sheet, i - 1, listed("determiners")) or counts_something(sheet, i + 1)
    if joints and not said_at(sheet, i + 1, listed("movements")):
        return None  # « élévation des deux bras », « extension de trois doigts »
    return Found(1, [fuse([token], str(value))])


def stroke(sheet: Sheet, i: int) -> Found | None:
    """« cent vingt barre oblique quatre-vingts », « trois slash cinq » -> 120/80, 3/5."""
    sign, taken = separator_at(sheet, i + 1)
    left, right = number_at(sheet, i), number_at(sheet, i + 1 + taken)
    if sign != "/" or left is None or right is None:
        return None
    return Found(taken + 2, [fuse(sheet.tokens[i : i + taken + 2], f"{left.number}/{right.number}")])


def from_to(sheet: Sheet, i: int) -> Found | None:
    """« du six au douze »: both in figures."""
    first, last = whole_at(sheet, i), whole_at(sheet, i + 2)
    if first is None or last is None or not (said_at(sheet, i - 1, ("du",)) and said_at(sheet, i + 1, ("au",))):
        return None
    if not first < last <= 31:
        return None
    start, until = fuse([sheet.tokens[i]], str(first)), sheet.tokens[i + 2]
    if counts_something(sheet, i + 3):
        return Found(1, [start])
    return Found(3, [start, sheet.tokens[i + 1], fuse([until], str(last))])


_IONS = {"na": "Na", "k": "K", "cl": "Cl"}


def ion(sheet: Sheet, i: int) -> Found | None:
    """« na cent trente-huit k quatre virgule un » -> Na 138 K 4,1: each ion is named by its sign, sodium first."""
    token = sheet.tokens[i]
    if token.fixed or not said_at(sheet, i, _IONS) or not (token.low == "na" or said_before(sheet, i, ("na",), 6)):
        return None
    value = sheet.tokens[i + 1] if i + 1 < len(sheet.tokens) else None
    if value is None or not (value.kind is Kind.NUMBER or (value.fixed and value.text[:1].isdecimal())):
        return None
    return Found(1, [fuse([token], _IONS[token.low])])


def vital_sign(sheet: Sheet, i: int) -> Found | None:
    """« fc quatre-vingts », « ta à douze sept »: two letters are a vital sign where its figure follows."""
    if sheet.tokens[i].fixed or not said_at(sheet, i, listed("vital_signs")):
        return None
    j = i + 1 + said_at(sheet, i + 1, ("à",))
    if j >= len(sheet.tokens) or not (
        sheet.tokens[j].kind is Kind.NUMBER or (sheet.tokens[j].fixed and sheet.tokens[j].text[:1].isdecimal())
    ):
        return None
    return Found(1, [fuse([sheet.tokens[i]], sheet.tokens[i].low.upper())])
