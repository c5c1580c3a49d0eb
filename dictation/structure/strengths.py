"""Strengths: the two or three figures a drug of several substances is sold under, and the sugar of a solution.

Number rules for numbers.py. « entresto vingt-quatre vingt-six » -> Entresto 24/26, « janumet cinquante mille » ->
Janumet 50/1000, « litre de g cinq » -> G5. Only strengths of patterns/combined.tsv: two figures after any other drug
may be a dose and a number of tablets, but for halves and quarters (« bisoprolol deux cinq »), told to a person.
"""

from __future__ import annotations

from decimal import Decimal

from dictation.structure.grammar import Found, counted_at, is_number, number_at, said_at, unit_at, whole_at, written
from dictation.structure.lexicon import fold, kept, listed, rows, table
from dictation.structure.tokens import NBSP, Kind, Sheet, fuse

_PRESENTED = frozenset({"forte", "lp", "adulte", "adultes", "enfant", "diskus"})
_LONGEST = 5  # number tokens of one strength: « dix deux cinq cinq »
_SUGARS = frozenset({5, 10, 20, 30, 50})


@kept
def _strengths() -> dict[str, tuple[tuple[str, ...], ...]]:
    return {fold(name): tuple(tuple(one.split("/")) for one in sold.split()) for name, sold in rows("combined")}


def combined(sheet: Sheet, i: int) -> Found | None:
    """The strength said after the name of a combined drug, when it is one that is sold."""
    name = i - 1 - (i > 1 and sheet.tokens[i - 1].fold in _PRESENTED | {"a"})  # « l'Entresto à quarante-neuf… »
    sold = _strengths().get(sheet.tokens[name].fold, ()) if i else ()
    if not sold or not is_number(sheet.tokens[i]):
        return None
    for taken in range(_LONGEST, 0, -1):
        said = _figures(sheet, i, taken)
        told = not all(written(t) for t in sheet.tokens[i : i + taken])  # « 125 » that stands so is no sum
        parts = next((one for one in sold if said in (_ways(one) if told else {one})), None) if said else None
        if parts is None or (taken > 1 and all(written(t) for t in sheet.tokens[i : i + taken]) and len(parts) == 1):
            continue
        return Found(taken, [fuse(sheet.tokens[i : i + taken], "/".join(parts).replace("g", f"{NBSP}g"))])
    return None


def _figures(sheet: Sheet, i: int, taken: int) -> tuple[str, ...]:
    """The figures said in `taken` tokens from i, « sur » and commas between them apart; () where there are others."""
    said: list[str] = []
    for token in sheet.tokens[i : i + taken]:
        if is_number(token):
            said.append(token.number)
        elif token.low in ("gramme", "g") and said:
            said[-1] += "g"
        elif not (token.low in ("sur", "/") and said):
            return ()
    complete = len(sheet.tokens[i : i + taken]) == taken and is_number(sheet.tokens[i + taken - 1])
    return tuple(said) if complete else ()


@kept
def _ways(parts: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    """How a strength may be heard: (24, 26); (300, 12, 5) for 300/12,5; (106,) for 100/6; (50000,) for 50/1000."""
    apart = tuple(piece for part in parts for piece in part.split(","))
    ways = {parts, apart}
    if len(parts) == 2 and all(part.isdecimal() for part in parts):
        first, second = int(parts[0]), int(parts[1])
        if second == 1000:
            ways.add((str(first * second),))
        elif first % 100 == 0 and second < 100:
            ways.add((str(first + second),))
        elif 2 <= first <= 9 and 100 <= second < 200:
            ways.add((str(100 * first + second - 100),))  # « cinq cent soixante »: 5/160
    if len(parts) == 2 and parts[0].isdecimal() and int(parts[0]) % 100 == 0 and "," in parts[1]:
        whole, _, tenths = parts[1].partition(",")
        ways |= {(str(int(parts[0]) + int(whole)), tenths), (str(Decimal(parts[0]) + int(whole)) + "," + tenths,)}
    return frozenset(ways)


def sugar(sheet: Sheet, i: int) -> Found | None:
    """« un litre de g cinq » -> G5, a solution of glucose; « de g deux p un » is no solution."""
    value = whole_at(sheet, i + 1)
    if not said_at(sheet, i, ("g",)) or value not in _SUGARS or not said_at(sheet, i - 1, ("de", "du", "le", "en")):
        return None
    if unit_at(sheet, i + 2) or whole_at(sheet, i + 2) is not None:
        return None
    return Found(2, [fuse(sheet.tokens[i : i + 2], f"G{value}")])


def drug_at(sheet: Sheet, i: int) -> bool:
    """Whether a drug is named at i, « tamsulosine », « tamsulosine LP »."""
    i -= said_at(sheet, i, ("lp",))
    return i >= 0 and sheet.tokens[i].fold in table("drugs")


_HALVES = {5: 12, 25: 12, 75: 7}  # decimals a strength or a size may have, and the greatest figure before them


def strength_without_comma(sheet: Sheet, i: int) -> Found | None:
    """« bisoprolol deux cinq le matin » -> 2,5, « vis trois cinq » -> 3,5: halves and quarters, and a person is told.

    Two tablets of five milligrams would be « deux comprimés de cinq »: what counts something is left as it is.
    """
    head, tail = whole_at(sheet, i), whole_at(sheet, i + 1)
    if head is None or tail not in _HALVES or not 1 <= head <= _HALVES[tail] or written(sheet.tokens[i]):
        return None
    if number_at(sheet, i + 2) is not None or counted_at(sheet, i + 2) or sheet.tokens[i].low == "une":
        return None
    device = i - 1 - said_at(sheet, i - 1, ("de", "à"))
    device -= said_at(sheet, device, ("corticale", "spongieuse", "verrouillée", "actif", "nu", "trachéale"))
    drug = drug_at(sheet, i - 1) and sheet.tokens[i - 1].fold not in listed("insulins")
    if not (drug or said_at(sheet, device, listed("devices"))):
        return None
    heard = sheet.tokens[i : i + 2]
    sheet.warn("number.comma", heard)
    return Found(2, [fuse(heard, f"{head},{tail}", kind=Kind.NUMBER, number=f"{head},{tail}", fixed=False)])
