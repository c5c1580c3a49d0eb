"""Stages: tumour stages (TNM), Gleason scores and the -RADS of imaging, whose figures have a grammar of their own.

Number rules for numbers.py. Letters and figures are those that were said; a sum that is wrong is a warning.
"""

from __future__ import annotations

import re

from dictation.structure.grammar import Found, counts_something, said_at, whole_at
from dictation.structure.tokens import Kind, Sheet, Token, fuse

_WRITTEN_STAGE = re.compile(r"(?i)^([pcyr]{0,3})([tnmr])([0-4x])([a-d]?)$")
_SUFFIXES = {"t": ("a", "b", "c", "d", "is"), "n": ("a", "b", "c"), "m": ("a", "b", "c"), "r": (), "g": ()}
_STAGES = {**_SUFFIXES, "l": (), "v": (), "pn": ()}


_WRITTEN_NAME = re.compile(r"^(?:[cdtls]\d{1,2}(?:-[cdtls]?\d{1,2})*|j[+-]?\d{1,3})$")


def written_name(sheet: Sheet, i: int) -> Found | None:
    """« l4-l5 », « j15 » as a recogniser may write them -> L4-L5, J15."""
    token = sheet.tokens[i]
    if token.kind is not Kind.WORD or token.fixed or not _WRITTEN_NAME.match(token.text):
        return None
    return Found(1, [fuse([token], token.text.upper())])


def gleason(sheet: Sheet, i: int) -> Found | None:
    """« gleason sept trois plus quatre » -> Gleason 7 (3+4); « gleason trois plus quatre » -> Gleason 3+4."""
    if not said_at(sheet, i, ("gleason",)) or any(said_at(sheet, k, ("+",)) for k in range(i + 1, i + 8)):
        return None  # « Gleason 3 + 4 » is written already
    j, link = i + 1, " "
    while said_at(sheet, j, ("à", "score", "de", "est", "coté")):
        link, j = f"{link}{sheet.tokens[j].low} ", j + 1
    first, plus, second, after = _sum_at(sheet, j)
    if plus:
        total, k = _total_after(sheet, after)
        if total is None and whole_at(sheet, after) == first + second and not counts_something(sheet, after + 1):
            total, k = first + second, after + 1  # « quatre plus trois sept »
        if total is None:
            return Found(after - i, [fuse(sheet.tokens[i:after], f"Gleason{link}{first}+{second}")])
        if first + second != total:
            sheet.warn("class.gleason", sheet.tokens[i:k])
        return Found(k - i, [fuse(sheet.tokens[i:k], f"Gleason{link}{total} ({first}+{second})")])
    total = whole_at(sheet, j)
    if total is None or not 2 <= total <= 10:
        return None
    k = j + 1
    opened = k < len(sheet.tokens) and sheet.tokens[k].text == "("
    while k < len(sheet.tokens) and sheet.tokens[k].text in ("(", ",", "soit", "en", ":"):
        k += 1
    first, plus, second, after = _sum_at(sheet, k)
    if not plus:
        return Found(j + 1 - i, [fuse(sheet.tokens[i : j + 1], f"Gleason{link}{total}")])
    if opened and after < len(sheet.tokens) and sheet.tokens[after].text == ")":
        after += 1
    if first + second != total:
        sheet.warn("class.gleason", sheet.tokens[i:after])
    return Found(after - i, [fuse(sheet.tokens[i:after], f"Gleason{link}{total} ({first}+{second})")])


def _sum_at(sheet: Sheet, i: int) -> tuple[int, bool, int, int]:
    """(first, whether a sum stands at i, second, index after it) of « trois plus quatre »."""
    first, second = whole_at(sheet, i), whole_at(sheet, i + 2)
    if first is None or second is None or not said_at(sheet, i + 1, ("plus",)) or max(first, second) > 5:
        return 0, False, 0, i
    return first, True, second, i + 3


def _total_after(sheet: Sheet, i: int) -> tuple[int | None, int]:
    """« trois plus quatre égal sept », « … soit sept »."""
    j = i
    while said_at(sheet, j, ("égal", "égale", "égalent", "soit", "=", "à")):
        j += 1
    total = whole_at(sheet, j)
    return (total, j + 1) if j > i and total is not None and total <= 10 else (None, i)


def tumour_stage(sheet: Sheet, i: int) -> Found | None:
    """« p t deux a n zéro m zéro » -> pT2a N0 M0. A bare « t deux » needs a letter, an n or a p to be one."""
    j, prefix = i, ""
    while _prefix_at(sheet, j):
        prefix += sheet.tokens[j].low
        j += 1
    out: list[Token] = []
    start = i
    while (step := _stage_at(sheet, j, prefix) or (_nodes_at(sheet, j, prefix) if out or prefix else None)) is not None:
        text, k = step
        out.append(fuse(sheet.tokens[start:k], text))
        start = j = k
        prefix = ""
        if out and _prefix_at(sheet, j) and (_stage_at(sheet, j + 1, "p") is not None):
            prefix, j = sheet.tokens[j].low, j + 1
    if not out:
        return None
    if len(out) == 1 and out[0].text[0].isupper() and out[0].text[-1].isdecimal() and not _staged_before(sheet, i):
        return None
    return Found(start - i, out)


def _prefix_at(sheet: Sheet, j: int) -> bool:
    if said_at(sheet, j, ("u",)) and said_at(sheet, j + 1, ("s",)):  # « u s t trois »: by ultrasound
        return said_at(sheet, j + 2, ("t", "n"))
    if said_at(sheet, j, ("s",)):
        return said_at(sheet, j - 1, ("u",)) and said_at(sheet, j + 1, ("t", "n"))
    return said_at(sheet, j, ("p", "c", "y", "r", "u", "us", "yp", "yc", "pé")) and (
        said_at(sheet, j + 1, ("t", "p", "n", "c", "té", "r", "m")) or _written_stage(sheet, j + 1)
    )


def _written_stage(sheet: Sheet, j: int) -> bool:
    return (
        0 <= j < len(sheet.tokens)
        and sheet.tokens[j].kind is Kind.WORD
        and bool(_WRITTEN_STAGE.match(sheet.tokens[j].text))
    )


def _staged_before(sheet: Sheet, i: int) -> bool:
    """« classé T4 », « stade T3 »: one letter and its figure are enough after such a word."""
    return said_at(sheet, i - 1, ("classé", "classée", "stade", "stadifié", "stadifiée", "tumeur", "classification"))


def _stage_at(sheet: Sheet, j: int, prefix: str) -> tuple[str, int] | None:
    """One letter with its grade at j: ("pT2a", index after it)."""
    if said_at(sheet, j, ("pn",)) and not prefix:
        return _stage_at_letter(sheet, j + 1, "p", "n")
    for letter in ("t", "n", "m", "r"):
        if said_at(sheet, j, (letter, {"t": "té", "n": "enne", "m": "emme", "r": "erre"}[letter])):
            return _stage_at_letter(sheet, j + 1, prefix, letter)
    if (said_at(sheet, j, ("pt", "ct", "ypt")) or said_at(sheet, j, ("pn", "cn", "ypn"))) and not prefix:
        word = sheet.tokens[j].low
        return _stage_at_letter(sheet, j + 1, word[:-1], word[-1])
    if _written_stage(sheet, j):
        match = _WRITTEN_STAGE.match(sheet.tokens[j].text)
        assert match is not None
        head, letter, grade, suffix = (part.lower() for part in match.groups())
        return f"{prefix}{head}{letter.upper()}{grade}{suffix}", j + 1
    return None


def _nodes_at(sheet: Sheet, j: int, prefix: str) -> tuple[str, int] | None:
    """« t trois n plus » -> N+: nodes seen, behind another letter of the stage."""
    if not said_at(sheet, j, ("n", "enne")) or not said_at(sheet, j + 1, ("plus", "+")) or whole_at(sheet, j + 2):
        return None
    return f"{prefix}N+", j + 2


def _stage_at_letter(sheet: Sheet, j: int, prefix: str, letter: str) -> tuple[str, int] | None:
    if letter == "t" and said_at(sheet, j, ("is",)):
        return f"{prefix}Tis", j + 1
    value = whole_at(sheet, j)
    if value is not None and value <= 4:
        grade = str(value)
    elif said_at(sheet, j, ("x", "ixe")):
        grade = "x"
    elif letter == "t" and prefix and said_at(sheet, j, ("a",)) and _a_ends_the_stage(sheet, j):
        grade = "a"
    else:
        return None
    k, suffix = j + 1, ""
    if said_at(sheet, k, _SUFFIXES[letter]) and (sheet.tokens[k].low != "a" or a_is_a_letter(sheet, k)):
        suffix, k = sheet.tokens[k].low, k + 1
        if (
            value == 1
            and suffix
            and whole_at(sheet, k) in (1, 2, 3)
            and letter == "n"
            and said_at(sheet, k + 1, ("m",))
        ):
            suffix, k = suffix + str(whole_at(sheet, k)), k + 1
    elif letter in _SUFFIXES and said_at(sheet, k, ("bé", "cé", "dé")):
        suffix, k = sheet.tokens[k].low[0], k + 1
    return f"{prefix}{letter.upper()}{grade}{suffix}", k


def _a_ends_the_stage(sheet: Sheet, j: int) -> bool:
    """« p t a bas grade », « p t a n zéro »: the least stage of a tumour of the bladder."""
    return a_is_a_letter(sheet, j) or said_at(
        sheet, j + 1, ("bas", "haut", "grade", "unique", "multifocale", "unifocale")
    )


def a_is_a_letter(sheet: Sheet, i: int) -> bool:
    """« t deux a été » has a verb; « t deux a n zéro », « t deux a point » a letter."""
    after = sheet.tokens[i + 1] if i + 1 < len(sheet.tokens) else None
    return (
        after is None
        or after.kind is not Kind.WORD
        or len(after.low) == 1
        or after.low in ("de", "du", "des", "sur", "avec", "et", "ou", "dans", "selon", "chez", "droit", "droite")
        or after.low in ("gauche", "pour", "par", "en", "au", "sans", "traité", "traitée", "opéré", "opérée", "pn")
    )


def rads(sheet: Sheet, i: int) -> Found | None:
    """« pi rads quatre » -> PI-RADS 4, « bi rads quatre a » -> BI-RADS 4a, « a c r quatre » -> ACR 4."""
    for system in ("PI-RADS", "BI-RADS", "TI-RADS", "LI-RADS", "O-RADS", "CAD-RADS", "Lung-RADS"):
        said = system.partition("-")[0].lower()
        if said_at(sheet, i, (said, f"{said}-")) and said_at(
            sheet, i + 1, ("rads", "rad", "rats", "rade", "ra", "radz")
        ):
            j = i + 2
        elif said_at(sheet, i, (f"{said}rads", f"{said}-rads", f"{said}rad", f"{said}-rad", f"{said}-rats")):
            j = i + 1
        else:
            continue
        link = ""
        while said_at(sheet, j, ("à", "score", "coté", "cotée", "catégorie", "v2", "de")):
            link, j = f"{link} {sheet.tokens[j].text}", j + 1
        value = whole_at(sheet, j)
        if value is None or value > 6:
            return None
        if said_at(sheet, j + 1, ("a", "b", "c")) and (sheet.tokens[j + 1].low != "a" or a_is_a_letter(sheet, j + 1)):
            text = f"{system}{link} {value}{sheet.tokens[j + 1].low}"
            return Found(j + 2 - i, [fuse(sheet.tokens[i : j + 2], text)])
        first = fuse(sheet.tokens[i : j + 1], f"{system}{link} {value}")
        other = whole_at(sheet, j + 2) if said_at(sheet, j + 1, ("et", "à", "ou")) else None
        if other is not None and 1 <= other <= 6 and not counts_something(sheet, j + 3):  # « quatre à cinq »
            return Found(j + 3 - i, [first, sheet.tokens[j + 1], fuse(sheet.tokens[j + 2 : j + 3], str(other))])
        return Found(j + 1 - i, [first])
    return None
