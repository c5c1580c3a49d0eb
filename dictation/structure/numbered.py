"""Numbered: parts of the body and of scores that carry figures of their own.

Number rules for numbers.py: « dents dix-huit vingt-huit et trente-huit » -> dents 18, 28 et 38, « segment un plus
deux » -> segment 1+2, « glasgow treize y trois v quatre m six » -> Glasgow 13 (Y3V4M6).
"""

from __future__ import annotations

import re

from dictation.structure.grammar import (
    Found,
    counted_at,
    counts_something,
    number_at,
    printed,
    said_at,
    said_before,
    unit_at,
    whole_at,
    written,
)
from dictation.structure.lexicon import listed
from dictation.structure.tokens import Kind, Sheet, Token, fuse

_TEETH = frozenset({"dent", "dents"})
_REACH = 6  # words between « dents » and the last of their numbers
_SEGMENTS = frozenset({"segment", "segments"})
_RESECTIONS = frozenset({"segmentectomie", "bisegmentectomie", "trisegmentectomie", "sectionectomie"})
_GLASGOW = (("ye", 4), ("v", 5), ("m", 6))  # eyes are « y » (yeux) or « e »


def teeth(sheet: Sheet, i: int) -> Found | None:
    """« des dents dix-huit vingt-huit et trente-huit » -> 18, 28 et 38: quadrant and place, each 1 to 8."""
    if not said_at(sheet, i - 1, _TEETH) or not _tooth(whole_at(sheet, i)):
        return None
    out: list[Token] = []
    j = i
    while _tooth(value := whole_at(sheet, j)):
        out.append(fuse([sheet.tokens[j]], str(value)))
        j += 1
        if said_at(sheet, j, ("et", "ou")) and _tooth(whole_at(sheet, j + 1)):
            out.append(sheet.tokens[j])
            j += 1
        elif _tooth(whole_at(sheet, j)):
            last = sheet.tokens[j - 1].last
            out.append(Token(",", last, last, Kind.MARK))
    return Found(j - i, out) if len(out) > 1 and not unit_at(sheet, j) else None


def _tooth(value: int | None) -> bool:
    return value is not None and 1 <= value // 10 <= 8 and 1 <= value % 10 <= 8


def segments(sheet: Sheet, i: int) -> Found | None:
    """« segment un plus deux » -> 1+2; « bisegmentectomie six sept » -> 6-7."""
    first = whole_at(sheet, i)
    if first is None or not 1 <= first <= 10:
        return None
    if said_at(sheet, i - 1, _SEGMENTS) and said_at(sheet, i + 1, ("plus", "+")):
        second = whole_at(sheet, i + 2)
        return None if second is None else Found(3, [fuse(sheet.tokens[i : i + 3], f"{first}+{second}")])
    if not said_at(sheet, i - 1, _RESECTIONS):
        return None
    second = whole_at(sheet, i + 1)
    if second is None or not first < second <= 8 or counts_something(sheet, i + 2):
        return Found(1, [fuse([sheet.tokens[i]], str(first))]) if not counts_something(sheet, i + 1) else None
    return Found(2, [fuse(sheet.tokens[i : i + 2], f"{first}-{second}")])


def glasgow(sheet: Sheet, i: int) -> Found | None:
    """The three parts of a Glasgow score, behind its sum: « glasgow treize y trois v quatre m six » -> 13 (Y3V4M6)."""
    if not said_at(sheet, i, ("glasgow",)):
        return None
    start = i + 1 + said_at(sheet, i + 1, ("à", "est", "de"))
    total = whole_at(sheet, start)
    parts, j, values = "", start + 1, 0
    for letters, most in _GLASGOW:
        if sheet.tokens[j : j + 1] and sheet.tokens[j].text == ",":
            j += 1
        value = whole_at(sheet, j + 1)
        if not said_at(sheet, j, tuple(letters)) or value is None or not 1 <= value <= most:
            return None
        parts, values, j = f"{parts}{sheet.tokens[j].low.upper()}{value}", values + value, j + 2
    if total is None:
        return None
    if values != total:
        sheet.warn("class.glasgow", sheet.tokens[start:j])
    name, score = fuse([sheet.tokens[i]], "Glasgow"), fuse(sheet.tokens[start:j], f"{total} ({parts})")
    return Found(j - i, [name, *sheet.tokens[i + 1 : start], score])


def thread_size(sheet: Sheet, i: int) -> Found | None:
    """« au vicryl deux » -> Vicryl 2: a thread and its size, nothing counted behind it."""
    size = number_at(sheet, i)
    if size is None or "," in size.number or not said_at(sheet, i - 1, listed("threads") - {"fil", "fils"}):
        return None
    if counts_something(sheet, i + 1) or size.low in ("un", "une"):
        return None
    return Found(1, [fuse([size], size.number)])


_LISTING = frozenset({"segments", "secteurs", "secteur", "niveaux"})


def listed_parts(sheet: Sheet, i: int) -> Found | None:
    """« secteurs deux a trois et quatre » -> 2a, 3 et 4: three parts and more get their commas."""
    if not said_at(sheet, i - 1, _LISTING):
        return None
    out: list[Token] = []
    j, count = i, 0
    while (value := whole_at(sheet, j)) is not None and 1 <= value <= 10:
        letter = 1 if said_at(sheet, j + 1, ("a", "b")) and _goes_on(sheet, j + 2) else 0
        if out and out[-1].low not in ("et", "ou"):
            out.append(Token(",", out[-1].last, out[-1].last, Kind.MARK))
        text = f"{value}{sheet.tokens[j + 1].low if letter else ''}"
        out.append(fuse(sheet.tokens[j : j + 1 + letter], text))
        j, count = j + 1 + letter, count + 1
        if said_at(sheet, j, ("et", "ou")) and _goes_on(sheet, j + 1):
            out.append(sheet.tokens[j])
            j += 1
    return Found(j - i, out) if count >= 3 and not unit_at(sheet, j) and not counted_at(sheet, j) else None


def enumeration(sheet: Sheet, i: int) -> Found | None:
    """« à un, trois et six mois », « segments deux, trois et quatre »: three numbers in a row, all in figures."""
    if whole_at(sheet, i) is None or sheet.tokens[i].low == "une" or said_at(sheet, i - 1, ("l'", "d'")):
        return None
    places = [i]
    while True:
        j = places[-1] + 1
        comma = j < len(sheet.tokens) and sheet.tokens[j].text == ","
        if not (comma or said_at(sheet, j, ("et", "ou"))) or whole_at(sheet, j + 1) is None:
            break
        places.append(j + 1)
        if not comma:
            break
    counted = counts_something(sheet, places[-1] + 1)
    joined = said_at(sheet, places[-1] - 1, ("et", "ou"))
    if len(places) < 3 or any(sheet.tokens[k].low == "une" for k in places) or (counted and not joined):
        return None
    last = places[-1] if counted else places[-1] + 1  # its unit is read with the last of them
    taken = sheet.tokens[i:last]
    return Found(len(taken), [fuse([t], printed(t)) if t.kind is Kind.NUMBER else t for t in taken])


_STATIONS = frozenset(str.split("ganglion ganglions ganglionnaire curage station stations adénopathie adénopathies"))
_STATIONS |= frozenset(str.split("médiastinale médiastinales médiastinal hilaire loge loges"))


def stations(sheet: Sheet, i: int) -> Found | None:
    """« adénopathie quatre l », « curage deux r quatre r et sept » -> 4L, « 2R, 4R et 7 »: lymph nodes, no litres."""
    if not _station_at(sheet, i) or not said_before(sheet, i, _STATIONS, 5):
        return None
    out: list[Token] = []
    j = i
    while taken := _station_at(sheet, j):
        if out and out[-1].low not in ("et", "ou"):
            out.append(Token(",", out[-1].last, out[-1].last, Kind.MARK))
        heard = sheet.tokens[j : j + taken]
        out.append(fuse(heard, heard[0].number + (heard[1].low.upper() if taken == 2 else "")))
        j += taken
        if said_at(sheet, j, ("et", "ou")) and _station_at(sheet, j + 1):
            out.append(sheet.tokens[j])
            j += 1
    lettered = any(token.text[-1] in "LR" for token in out)
    return Found(j - i, out) if lettered and not unit_at(sheet, j) and not counted_at(sheet, j) else None


def _station_at(sheet: Sheet, i: int) -> int:
    """How many tokens the lymph node station at i takes: « quatre r » two, « sept » one; 0 when there is none."""
    value = whole_at(sheet, i)
    if value is None or not 1 <= value <= 14:
        return 0
    if said_at(sheet, i + 1, ("l", "r")) and not said_at(sheet, i + 2, ("d'", "par", "/")):
        return 2
    after_two = said_at(sheet, i - 1, ("l", "r", "et", "ou"))
    return 0 if counts_something(sheet, i + 1) or not (after_two or said_at(sheet, i + 1, ("et", "ou"))) else 1


def _goes_on(sheet: Sheet, i: int) -> bool:
    return whole_at(sheet, i) is not None or (said_at(sheet, i, ("et", "ou")) and whole_at(sheet, i + 1) is not None)


def veins(sheet: Sheet, i: int) -> Found | None:
    """« c quatre a de la ceap » -> C4a: the class of a venous disease, which is no vertebra."""
    value = whole_at(sheet, i + 1)
    if not said_at(sheet, i, ("c",)) or value is None or value > 6:
        return None
    around = [t.low for t in sheet.tokens[max(0, i - 4) : i + 8]]
    if "ceap" not in around:
        return None
    letter = sheet.tokens[i + 2].low if said_at(sheet, i + 2, ("a", "b", "s", "r")) else ""
    return Found(2 + bool(letter), [fuse(sheet.tokens[i : i + 2 + bool(letter)], f"C{value}{letter}")])


def colitis(sheet: Sheet, i: int) -> Found | None:
    """« rectocolite hémorragique e deux » -> E2, how far it extends."""
    value = whole_at(sheet, i + 1)
    if not said_at(sheet, i, ("e",)) or value not in (1, 2, 3):
        return None
    if not said_before(sheet, i, ("rectocolite", "hémorragique", "rch", "colite", "montréal"), 3):
        return None
    return Found(2, [fuse(sheet.tokens[i : i + 2], f"E{value}")])


def junction(sheet: Sheet, i: int) -> Found | None:
    """« jonction m un m deux » -> M1-M2."""
    if not said_at(sheet, i - 1, ("jonction",)) or not sheet.tokens[i].low.isalpha() or len(sheet.tokens[i].low) > 1:
        return None
    first, second = whole_at(sheet, i + 1), whole_at(sheet, i + 3)
    if first is None or second != first + 1 or not said_at(sheet, i + 2, (sheet.tokens[i].low,)):
        return None
    letter = sheet.tokens[i].low.upper()
    return Found(4, [fuse(sheet.tokens[i : i + 4], f"{letter}{first}-{letter}{second}")])


_LEADS = {"avf": "aVF", "avl": "aVL", "avr": "aVR"}
_OF_THE_HEART = frozenset(str.split("ecg électrocardiogramme dérivation dérivations sus-décalage sous-décalage st"))
_OF_THE_HEART |= {"segment st", "onde", "ondes", "repolarisation"}


def leads(sheet: Sheet, i: int) -> Found | None:
    """« sus-décalage du segment ST en d deux d trois avf » -> D2 D3 aVF: leads of an electrocardiogram, no vertebrae.

    Away from the heart « avf » is a headache.
    """
    out: list[Token] = []
    j, of_the_heart = i, said_before(sheet, i, _OF_THE_HEART, 6)
    while taken := _lead_at(sheet, j + (bool(out) and said_at(sheet, j, ("et",)))):
        if out and said_at(sheet, j, ("et",)):
            out.append(sheet.tokens[j])
            j += 1
        heard = sheet.tokens[j : j + taken]
        text = f"D{whole_at(sheet, j + 1)}" if taken == 2 else _LEADS.get(heard[0].low, heard[0].text)
        of_the_heart = of_the_heart or text.startswith("aV")
        out.append(fuse(heard, text))
        j += taken
    return Found(j - i, out) if of_the_heart and (len(out) > 1 or (out and j == i + 1)) else None


def _lead_at(sheet: Sheet, i: int) -> int:
    """How many tokens the lead at i takes; 0 when there is none."""
    if said_at(sheet, i, ("d", "dé")) and whole_at(sheet, i + 1) in (1, 2, 3):
        return 2
    written_so = said_at(sheet, i, ("d1", "d2", "d3")) and sheet.tokens[i].text[0] == "D"
    return int(said_at(sheet, i, _LEADS) or written_so)


def fracture(sheet: Sheet, i: int) -> Found | None:
    """« ao trente et un a deux » -> AO 31-A2: bone and segment, then type and group."""
    start = i + 1 if said_at(sheet, i, ("ao",)) else i + 2
    if not (said_at(sheet, i, ("ao",)) or (said_at(sheet, i, ("a",)) and said_at(sheet, i + 1, ("o",)))):
        return None
    bone, group = whole_at(sheet, start), whole_at(sheet, start + 2)
    letters = {"a": "A", "b": "B", "bé": "B", "c": "C", "cé": "C"}
    if bone is None or not 11 <= bone <= 99 or group not in (1, 2, 3) or not said_at(sheet, start + 1, letters):
        return None
    if unit_at(sheet, start + 3) or counted_at(sheet, start + 3):
        return None
    name, grade = sheet.tokens[i:start], f"{bone}-{letters[sheet.tokens[start + 1].low]}{group}"
    return Found(start + 3 - i, [fuse(name, "AO"), fuse(sheet.tokens[start : start + 3], grade)])


_ROMAN = {2: "II", 5: "V", 7: "VII", 8: "VIII", 9: "IX", 10: "X", 11: "XI", 12: "XII", 13: "XIII"}


def clotting(sheet: Sheet, i: int) -> Found | None:
    """« facteur huit à trois pour cent » -> facteur VIII; « multiplié par un facteur deux » counts."""
    number = _ROMAN.get(whole_at(sheet, i) or 0)
    if (
        number is None
        or not said_at(sheet, i - 1, ("facteur", "facteurs"))
        or (i > 1 and sheet.tokens[i - 2].low == "un")
    ):
        return None
    return Found(1, [fuse([sheet.tokens[i]], number)])


def now_and_then(sheet: Sheet, i: int) -> Found | None:
    """« une fois sur trois », « neuf fois sur dix » are manners of speaking: both in words, or both in figures."""
    every = number_at(sheet, i + 3)
    often = whole_at(sheet, i)
    if often is None or every is None or any(written(sheet.tokens[n]) for n in (i, i + 3)):
        return None
    if often > 10 or not said_at(sheet, i + 1, ("fois",)):
        return None
    if not said_at(sheet, i + 2, ("sur",)) or every is None or int(every.number.partition(",")[0]) > 10:
        return None
    return Found(4, [fuse([token], token.text) for token in sheet.tokens[i : i + 4]])


_GENES = frozenset({"braf", "kras", "nras", "egfr", "pik3ca", "her2"})
_AMINO_ACIDS = frozenset("acdefghiklmnpqrstvwy")


def mutation(sheet: Sheet, i: int) -> Found | None:
    """« BRAF v six cents e » -> V600E: one amino acid for another, behind the name of its gene."""
    place = whole_at(sheet, i + 1)
    if place is None or not (said_at(sheet, i, _AMINO_ACIDS) and said_at(sheet, i + 2, _AMINO_ACIDS)):
        return None
    if not said_before(sheet, i, _GENES, 4):
        return None
    heard = sheet.tokens[i : i + 3]
    return Found(3, [fuse(heard, f"{heard[0].low.upper()}{place}{heard[2].low.upper()}")])


_WRITTEN_VERTEBRA = re.compile(r"^([CTDLS])(\d{1,2})$")
_NEXT_DOWN = {("C7", "T1"), ("C7", "D1"), ("T12", "L1"), ("D12", "L1"), ("L5", "S1")}


_OF_THE_SPINE = frozenset(str.split("vertèbre vertèbres vertébrale disque discopathie discal discale hernie fracture"))
_OF_THE_SPINE |= frozenset(
    str.split("tassement niveau niveaux étage espace arthrodèse racine lame laminectomie rachis")
)


def written_vertebrae(sheet: Sheet, i: int) -> Found | None:
    """« L3 L4 », « l3 l4 » as a recogniser may write it -> L3-L4: two vertebrae that lie on each other."""
    if any(t.fixed for t in sheet.tokens[i : i + 2]):
        return None  # leads of an electrocardiogram
    names = [t.text.upper() if t.low[:1] in "cdls" else t.text for t in sheet.tokens[i : i + 2]]
    found = [_WRITTEN_VERTEBRA.match(name) for name in names]
    if len(found) < 2 or found[0] is None or found[1] is None or sheet.tokens[i].kind is not Kind.WORD:
        return None
    if names == ["T1", "T2"] and not any(t.low in _OF_THE_SPINE for t in sheet.tokens[max(0, i - 5) : i]):
        return None  # « IRM T1 T2 FLAIR »: weightings of an image
    below = found[0][1] == found[1][1] and int(found[1][2]) == int(found[0][2]) + 1
    if not below and (names[0], names[1]) not in _NEXT_DOWN:
        return None
    return Found(2, [fuse(sheet.tokens[i : i + 2], "-".join(names))])
