"""Classes: identifiers, classifications, tumour stages and vertebrae, where figures belong to a name.

Number rules for numbers.py, the most specific of all: they run first.
"""

from __future__ import annotations

import functools

from dictation.structure.grammar import (
    Found,
    counts_something,
    is_number,
    number_at,
    said_at,
    said_before,
    small,
    whole_at,
    written,
)
from dictation.structure.lexicon import fold, rows
from dictation.structure.tokens import NBSP, Kind, Sheet, Token, fuse

_VERTEBRAE = {"c": 8, "t": 12, "d": 12, "l": 6, "s": 5}
_LETTERED = frozenset({"type", "stade", "grade", "classe", "groupe", "child", "vitamine", "hépatite"})
_CLASS_LETTERS = frozenset("bcdefghk")  # « type a » may be a verb: left as heard
_IDENTIFIERS = frozenset(["ipp", "nir", "rpps", "finess", "nda", "iep", "dossier", "postal"])


def telephone(sheet: Sheet, i: int) -> Found | None:
    """Five pairs beginning with a zero: 06 12 34 56 78."""
    digits, j = "", i
    while len(digits) < 10 and (value := whole_at(sheet, j)) is not None and value < 100:
        token = sheet.tokens[j]
        digits += token.number
        j += 1
    if len(digits) != 10 or digits[0] != "0" or digits[1] == "0" or j - i < 5:
        return None
    pairs = [digits[k : k + 2] for k in range(0, 10, 2)]
    return Found(j - i, [fuse(sheet.tokens[i:j], NBSP.join(pairs))])


def identifier(sheet: Sheet, i: int) -> Found | None:
    """« IPP quatre sept deux huit » -> IPP 4728: the figures of an identifier stand together."""
    if not is_number(sheet.tokens[i]) or not said_before(sheet, i, _IDENTIFIERS, 3):
        return None
    j = i
    while j < len(sheet.tokens) and is_number(sheet.tokens[j]) and "," not in sheet.tokens[j].number:
        j += 1
    if j == i:
        return None
    return Found(j - i, [fuse(sheet.tokens[i:j], "".join(t.number for t in sheet.tokens[i:j]))])


def gleason(sheet: Sheet, i: int) -> Found | None:
    """« gleason sept trois plus quatre » -> Gleason 7 (3+4); « gleason trois plus quatre » -> Gleason 3+4."""
    if not said_at(sheet, i, ("gleason",)):
        return None
    j = i + 2 if said_at(sheet, i + 1, ("à", "score")) else i + 1
    total = whole_at(sheet, j)
    if total is None or total > 10:
        return None
    link = " à " if j == i + 2 else " "
    if said_at(sheet, j + 1, ("plus", "+")) and (second := whole_at(sheet, j + 2)) is not None:
        return Found(j + 3 - i, [fuse(sheet.tokens[i : j + 3], f"Gleason{link}{total}+{second}")])
    first, plus, second = whole_at(sheet, j + 1), said_at(sheet, j + 2, ("plus", "+")), whole_at(sheet, j + 3)
    if first is not None and plus and second is not None:
        if first + second != total:
            sheet.warn("class.gleason", sheet.tokens[i : j + 4])
        return Found(j + 4 - i, [fuse(sheet.tokens[i : j + 4], f"Gleason{link}{total} ({first}+{second})")])
    return Found(j + 1 - i, [fuse(sheet.tokens[i : j + 1], f"Gleason{link}{total}")])


def tumour_stage(sheet: Sheet, i: int) -> Found | None:
    """« p t deux a n zéro m zéro » -> pT2a N0 M0. A bare « t deux » needs a letter, an n or a p to be one."""
    j = i
    prefix = ""
    while said_at(sheet, j, ("p", "c", "y", "r")) and (
        said_at(sheet, j + 1, ("t", "p")) or said_at(sheet, j + 1, ("n",))
    ):
        prefix += sheet.tokens[j].low
        j += 1
    out: list[Token] = []
    start = i
    for letter, letters in (("t", ("a", "b", "c", "d")), ("n", ("a", "b", "c")), ("m", ("a", "b", "c"))):
        if not said_at(sheet, j, (letter,)):
            continue
        value, k = _grade(sheet, j + 1)
        if not value:
            break
        suffix = ""
        if said_at(sheet, k, letters) and (sheet.tokens[k].low != "a" or _a_is_a_letter(sheet, k)):
            suffix, k = sheet.tokens[k].low, k + 1
        out.append(fuse(sheet.tokens[start:k], f"{prefix}{letter.upper()}{value}{suffix}"))
        prefix, start, j = "", k, k
    if not out or (len(out) == 1 and out[0].text[0] != "p" and not out[0].text[-1:].isalpha()):
        return None
    return Found(j - i, out)


def _grade(sheet: Sheet, i: int) -> tuple[str, int]:
    value = whole_at(sheet, i)
    if value is not None and value <= 4:
        return str(value), i + 1
    if said_at(sheet, i, ("x", "ixe")):
        return "x", i + 1
    return "", i


def _a_is_a_letter(sheet: Sheet, i: int) -> bool:
    """« t deux a été » has a verb; « t deux a n zéro », « t deux a point » a letter."""
    after = sheet.tokens[i + 1] if i + 1 < len(sheet.tokens) else None
    return (
        after is None or after.kind is not Kind.WORD or len(after.low) == 1 or after.low in ("de", "du", "sur", "avec")
    )


def vertebrae(sheet: Sheet, i: int) -> Found | None:
    """« l quatre l cinq » -> L4-L5, « l cinq s un » -> L5-S1, « l cinq » -> L5."""
    first = _vertebra(sheet, i)
    if not first:
        return None
    second = _vertebra(sheet, i + 2)
    if second:
        return Found(4, [fuse(sheet.tokens[i : i + 4], f"{first}-{second}")])
    return Found(2, [fuse(sheet.tokens[i : i + 2], first)])


def _vertebra(sheet: Sheet, i: int) -> str:
    if not said_at(sheet, i, _VERTEBRAE) or sheet.tokens[i].text.endswith("'"):
        return ""
    letter, value = sheet.tokens[i].low, whole_at(sheet, i + 1)
    if value is None or not 1 <= value <= _VERTEBRAE[letter]:
        return ""
    if written(sheet.tokens[i + 1]) and i and sheet.tokens[i - 1].kind is Kind.NUMBER:
        return ""  # « 2 L 5 »: litres
    return f"{letter.upper()}{value}"


@functools.cache
def _classes() -> dict[str, str]:
    return {fold(row[0]): (row[1] if len(row) > 1 else "") for row in rows("classes")}


def classification(sheet: Sheet, i: int) -> Found | None:
    """« type deux » -> type 2, « stade un » -> stade 1, « pi rads quatre » -> PI-RADS 4."""
    joined = _rads(sheet, i)
    if joined is not None:
        return joined
    token = sheet.tokens[i]
    if token.kind is not Kind.WORD or token.fold not in _classes():
        return None
    j = i + 1
    if said_at(sheet, j, ("à", "de", "est")) and token.low in ("score", "glasgow", "apgar", "taille"):
        j += 1
    if j == i + 1 and token.low in _LETTERED and said_at(sheet, j, _CLASS_LETTERS):
        letter = sheet.tokens[j].text.upper()
        if token.low == "vitamine" and (value := number_at(sheet, j + 1)) is not None:
            return Found(3, [token, fuse(sheet.tokens[j : j + 2], letter + value.number)])
        return Found(2, [token, fuse([sheet.tokens[j]], letter)])
    value = number_at(sheet, j)
    if value is None or ("," in value.number) or (token.low == "taille" and small(value) < 2):
        return None
    if said_at(sheet, j + 1, ("sur", "mètre", "centimètres", "millimètres", "fois")):
        return None
    name = fuse([token], _classes()[token.fold] or token.text)
    middle = sheet.tokens[i + 1 : j]
    second = number_at(sheet, j + 2) if said_at(sheet, j + 1, ("et",)) else None
    if second is not None and "," not in second.number and not counts_something(sheet, j + 3):
        more = [sheet.tokens[j + 1], fuse([second], second.number)]
        return Found(j + 3 - i, [name, *middle, fuse([value], value.number), *more])
    if said_at(sheet, j + 1, ("a", "b", "c", "d")) and (
        not said_at(sheet, j + 1, ("a",)) or _a_is_a_letter(sheet, j + 1)
    ):
        return Found(j + 2 - i, [name, *middle, fuse(sheet.tokens[j : j + 2], value.number + sheet.tokens[j + 1].low)])
    return Found(j + 1 - i, [name, *middle, fuse([value], value.number)])


def pregnancies(sheet: Sheet, i: int) -> Found | None:
    """« g trois p deux » -> G3P2."""
    if not (said_at(sheet, i, ("g",)) and said_at(sheet, i + 2, ("p",))):
        return None
    count, births = whole_at(sheet, i + 1), whole_at(sheet, i + 3)
    if count is None or births is None:
        return None
    return Found(4, [fuse(sheet.tokens[i : i + 4], f"G{count}P{births}")])


def _rads(sheet: Sheet, i: int) -> Found | None:
    for system in ("pi", "bi", "ti"):
        if said_at(sheet, i, (system,)) and said_at(sheet, i + 1, ("rads", "rad", "rats")):
            j = i + 2
        elif said_at(sheet, i, (f"{system}rads", f"{system}-rads", f"{system}-rad")):
            j = i + 1
        else:
            continue
        value = whole_at(sheet, j)
        if value is None or value > 6:
            return None
        return Found(j + 1 - i, [fuse(sheet.tokens[i : j + 1], f"{system.upper()}-RADS {value}")])
    return None
