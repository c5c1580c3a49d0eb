"""Classes: classifications, vertebrae and segments, where a figure or a letter belongs to a name.

Number rules for numbers.py. The names are in patterns/classes.tsv; a hospital adds its own there.
"""

from __future__ import annotations

import functools

from dictation.structure.grammar import (
    Found,
    counted_at,
    counted_group,
    counts_something,
    number_at,
    said_at,
    small,
    unit_at,
    whole_at,
    written,
)
from dictation.structure.lexicon import fold, listed, rows
from dictation.structure.stages import a_is_a_letter
from dictation.structure.tokens import Kind, Sheet, Token, fuse, read

_VERTEBRAE = {"c": 8, "t": 12, "d": 12, "l": 6, "s": 5}
_LETTERED = frozenset({"hémophilie", "type", "stade", "grade", "classe", "groupe", "vitamine", "hépatite", "catégorie"})
_OWN_LETTERS = {"facteur": frozenset("v"), "protéine": frozenset("cs"), "sanguin": frozenset({"a", "b", "o", "ab"})}
_OWN_LETTERS |= {"groupe": frozenset({"o", "ab", *"bcdefghk"})}
_CLASS_LETTERS = frozenset("bcdefghk")  # « type a » may be a verb: left as heard, but for proper names
_BELOW_NOUGHT = frozenset({"rass"})  # scores that go below nought
_TITLES = frozenset(str.split("monsieur madame mademoiselle m. mme mme. docteur dr dr. professeur"))
_CODES = frozenset("bcdfghklmnpqrstvwz")
_MOST_OF_A_CODE = 12
_AWAKE = 15  # « g quinze », as the Glasgow score of who is awake is said


def vertebrae(sheet: Sheet, i: int) -> Found | None:
    """« l quatre l cinq » -> L4-L5, « l cinq s un » -> L5-S1, « l trois l quatre l cinq » -> L3-L4-L5."""
    j = end = i
    names: list[str] = []
    ends: list[int] = []
    while len(names) < 6 and (name := _vertebra(sheet, j)):
        names.append(name)
        end = j + 2
        ends.append(end)
        j = end + 1 if end < len(sheet.tokens) and sheet.tokens[end].text in ("-", "tiret") else end
    if not names:
        return None
    pair = names[1:2] == names[2:3] and len(names) > 2  # « l trois l quatre l quatre l cinq »: two discs
    if pair:
        end, names = ends[1], names[:2]
    return Found(end - i, [fuse(sheet.tokens[i:end], "-".join(names))])


def _vertebra(sheet: Sheet, i: int) -> str:
    names = {"cé": "c", "té": "t", "dé": "d", "elle": "", "esse": "s"}
    if not said_at(sheet, i, _VERTEBRAE.keys() | names.keys()) or sheet.tokens[i].text.endswith("'"):
        return ""
    letter, value = sheet.tokens[i].low, whole_at(sheet, i + 1)
    letter = names.get(letter, letter)
    if not letter or value is None or not 1 <= value <= _VERTEBRAE[letter]:
        return ""
    if written(sheet.tokens[i + 1]) and i and sheet.tokens[i - 1].kind is Kind.NUMBER:
        return ""  # « 2 L 5 »: litres
    if value == 1 and _counted_at(sheet, i + 2):
        return ""  # « vitamine d un sachet »
    return f"{letter.upper()}{value}"


def code(sheet: Sheet, i: int) -> Found | None:
    """« segment v trois », « phalange p deux », « f trois »: a lone letter and its figure are one name."""
    if not said_at(sheet, i, _CODES) or sheet.tokens[i].text.endswith(("'", "’")) or sheet.tokens[i].fixed:
        return None
    value = whole_at(sheet, i + 1)
    awake = sheet.tokens[i].low == "g" and value == _AWAKE
    if value is None or (value > _MOST_OF_A_CODE and not awake) or sheet.tokens[i + 1].low == "une":
        return None
    figures_before = i > 0 and sheet.tokens[i - 1].text.replace(",", "").isdecimal()
    if i and (sheet.tokens[i - 1].kind is Kind.NUMBER or figures_before):
        return None  # « deux g deux fois »
    if unit_at(sheet, i + 2) or _counted_at(sheet, i + 2) or number_at(sheet, i + 2) is not None:
        return None
    text = sheet.tokens[i].text.upper() + sheet.tokens[i + 1].number
    return Found(2, [fuse(sheet.tokens[i : i + 2], text)])


def _counted_at(sheet: Sheet, i: int) -> bool:
    return i < len(sheet.tokens) and bool(counted_group(sheet.tokens[i].low))


@functools.cache
def _names() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Class names by their first word, the longest first: (words folded, written or "")."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for row in rows("classes"):
        words = tuple(fold(t.text) for t in read(row[0].split()))
        found.setdefault(words[0], []).append((words, row[1] if len(row) > 1 else ""))
    for entries in found.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return found


def _names_at(sheet: Sheet, i: int) -> list[tuple[int, str]]:
    """The class names that stand at i, the longest first: « IGS deux » before « IGS »."""
    token = sheet.tokens[i]
    if token.kind is not Kind.WORD:
        return []
    return [
        (len(words), form)
        for words, form in _names().get(token.fold, ())
        if tuple(t.fold for t in sheet.tokens[i : i + len(words)]) == words
    ]


def classification(sheet: Sheet, i: int) -> Found | None:
    """« type deux » -> type 2, « stade un » -> stade 1, « clavien trois a » -> Clavien 3a, « child b huit »."""
    if said_at(sheet, i - 1, _TITLES):  # « madame Weber un antécédent »
        return None
    found = (_graded(sheet, i, length, form) for length, form in _names_at(sheet, i))
    return next((graded for graded in found if graded is not None), None)


def _graded(sheet: Sheet, i: int, length: int, form: str) -> Found | None:
    """The class name of `length` tokens at i with its grade; None when no grade follows."""
    heard = sheet.tokens[i : i + length]
    name = fuse(heard, form or " ".join(t.text for t in heard)) if form or length > 1 else heard[0]
    j = i + length
    if said_at(sheet, j, ("à", "de", "est", "coté", "score", "grade", "stade", "type", "classe")) and (
        form or heard[0].low in ("score", "taille")
    ):
        j += 1
    middle = sheet.tokens[i + length : j]
    letter = _letter_at(sheet, j, name, proper=bool(form))
    if letter is not None:
        return Found(letter.taken + j - i, [name, *middle, *letter.tokens])
    grade = _grade_at(sheet, j, name)
    if grade is None and length > 1 and form.endswith(" II") and number_at(sheet, j) is not None:
        return Found(j - i, [name, *middle])  # « EuroSCORE deux à trois virgule un »
    if grade is None:
        return None
    out = [fuse([name], name.text), *middle, *grade.tokens]
    return Found(j - i + grade.taken, out)


def _letter_at(sheet: Sheet, j: int, name: Token, *, proper: bool) -> Found | None:
    """The letter of a class, « Child B », with its points when they follow: « Child B 8 », « vitamine B12 »."""
    if not (proper or name.low in _LETTERED or name.low in _OWN_LETTERS):
        return None
    letters = _OWN_LETTERS.get(name.low, _CLASS_LETTERS) | {"a"}
    names = {"bé": "B", "cé": "C", "dé": "D"}
    if not said_at(sheet, j, letters | names.keys()):
        return None
    said = sheet.tokens[j].low
    follows = number_at(sheet, j + 1)
    rhesus = said_at(sheet, j + 1, ("positif", "négatif", "rhésus")) and name.low in ("groupe", "sanguin")
    haemophilia = name.low == "hémophilie"  # « hémophilie a modérée »
    if said == "a" and follows is None and not (rhesus or haemophilia) and not a_is_a_letter(sheet, j):
        return None
    text = names.get(said, said.upper())
    if name.low == "vitamine" and follows is not None and small(follows) <= _MOST_OF_A_CODE:
        if not unit_at(sheet, j + 2) and not _counted_at(sheet, j + 2):
            return Found(2, [fuse(sheet.tokens[j : j + 2], text + follows.number)])
    elif proper and follows is not None and "," not in follows.number and not counts_something(sheet, j + 2):
        return Found(2, [fuse([sheet.tokens[j]], text), fuse([follows], follows.number)])
    return Found(1, [fuse([sheet.tokens[j]], text)])


def _grade_at(sheet: Sheet, j: int, name: Token) -> Found | None:
    """The figure of a class: alone, with its letter, or as a range (« trois à quatre », « un et deux »)."""
    if said_at(sheet, j, ("moins",)) and name.low in _BELOW_NOUGHT and (below := whole_at(sheet, j + 1)) is not None:
        return Found(2, [fuse(sheet.tokens[j : j + 2], f"-{below}")])
    value = number_at(sheet, j)
    if value is None or "," in value.number or (name.low == "taille" and small(value) < 2):
        return None
    if (unit := unit_at(sheet, j + 1)) is not None and unit.group == "percent":
        return None  # « Karnofsky quatre-vingts pour cent »
    if value.low == "une" or (
        value.low == "un" and (said_at(sheet, j + 1, ("peu",)) or counted_at(sheet, j + 1, "time"))
    ):
        return None  # « de type un peu particulier », « le score un mois après »
    if name.low in ("voie", "bras", "temps") or said_at(sheet, j + 1, ("mètre", "centimètres", "millimètres", "fois")):
        return None
    if said_at(sheet, j + 1, ("sur", "/")) and number_at(sheet, j + 2) is not None:
        top = number_at(sheet, j + 2)
        assert top is not None
        score = fuse(sheet.tokens[j : j + 3], f"{value.number}/{top.number}")
        return Found(3, [score]) if small(value) <= small(top) else None
    second = number_at(sheet, j + 2) if said_at(sheet, j + 1, ("et", "à", "ou")) else None
    if second is not None and "," not in second.number and not counts_something(sheet, j + 3):
        return Found(3, [fuse([value], value.number), sheet.tokens[j + 1], fuse([second], second.number)])
    names = {"bé": "b", "cé": "c", "dé": "d"}
    if name.low == "bosniak" and said_at(sheet, j + 1, ("f", "effe")):  # « 2F »: to be followed
        return Found(2, [fuse(sheet.tokens[j : j + 2], f"{value.number}F")])
    if said_at(sheet, j + 1, {"a", "b", "c", "d", *names}) and (
        not said_at(sheet, j + 1, ("a",)) or a_is_a_letter(sheet, j + 1)
    ):
        letter = sheet.tokens[j + 1].low
        part = whole_at(sheet, j + 2)
        if name.low == "figo" and part in (1, 2, 3) and not counts_something(sheet, j + 3):  # « FIGO un a deux »
            text = f"{value.number}{names.get(letter, letter)}{part}"
            return Found(3, [fuse(sheet.tokens[j : j + 3], text)])
        graded = fuse(sheet.tokens[j : j + 2], value.number + names.get(letter, letter))
        other = number_at(sheet, j + 3) if said_at(sheet, j + 2, ("et", "ou")) else None  # « segments 4b et 5 »
        if other is None or "," in other.number or counts_something(sheet, j + 4):
            return Found(2, [graded])
        return Found(4, [graded, sheet.tokens[j + 2], fuse([other], other.number)])
    return Found(1, [fuse([value], value.number)])


def score(sheet: Sheet, i: int) -> Found | None:
    """« score de … à deux », « coté à un », « eva à six »: figures, whatever the score is called."""
    value = whole_at(sheet, i)
    if value is None or sheet.tokens[i].low == "une" or not said_at(sheet, i - 1, ("à",)):
        return None
    if not any(said_at(sheet, k, listed("scored")) for k in range(max(0, i - 6), i)):
        return None
    return Found(1, [fuse([sheet.tokens[i]], str(value))]) if not counts_something(sheet, i + 1) else None


def pregnancies(sheet: Sheet, i: int) -> Found | None:
    """« g trois p deux » -> G3P2."""
    if not (said_at(sheet, i, ("g",)) and said_at(sheet, i + 2, ("p",))):
        return None
    count, births = whole_at(sheet, i + 1), whole_at(sheet, i + 3)
    if count is None or births is None:
        return None
    return Found(4, [fuse(sheet.tokens[i : i + 4], f"G{count}P{births}")])
