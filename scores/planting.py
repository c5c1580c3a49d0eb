"""Planting: a clean letter's spoken words with one error in them, of the kinds that harm a patient.

Errors are planted on the surface of the words, whether or not our rules would read that place: a number before a unit,
« droite », a date, « pas de », the patient's name, a drug. Each kind has the share it has in PLANTS; a place is chosen
by a seeded draw, so that a run can be repeated.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from dictation.domain.documents import Sidecar
from dictation.draft.doubts.context import plain, rows
from dictation.structure.lexicon import rows as patterns
from dictation.structure.written import write_words

MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre")
MONTHS += ("décembre",)
UNITS = {
    "milligramme": "mg", "milligrammes": "mg", "mg": "mg", "gramme": "g", "grammes": "g", "g": "g",
    "microgramme": "µg", "microgrammes": "µg", "µg": "µg", "unités": "unités", "unité": "unités", "ui": "unités",
}  # fmt: skip
SWAPS = {"mg": ("g", "µg"), "g": ("mg",), "µg": ("mg",), "unités": ("mg",)}
_SPOKEN = {"mg": "milligrammes", "g": "grammes", "µg": "microgrammes", "unités": "unités"}
_NUMBER = frozenset(
    str.split(
        "zéro un une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt "
        "trente quarante cinquante soixante cent cents mille virgule et demi dix-sept dix-huit dix-neuf premier"
    )
)
_NOT_A_DOSE = frozenset(
    str.split(
        "prostate poids pièce rate rein utérus ovaire pesant hémoglobine crp protéinurie créatinine albumine "
        "calcémie ferritine fibrinogène glycémie bilirubine lipase psa résécat sein tumeur thyroïde"
    )
)
_SIDES = {
    "droite": "gauche",
    "gauche": "droite",
    "droit": "gauche",
    "droits": "gauches",
    "droites": "gauches",
    "gauches": "droites",
}
_STRAIGHT = frozenset(["angle", "grand", "grands", "tout", "ligne"])  # « grand droit » is a muscle
_FIRST_NAMES = ("marcel", "andré", "claude", "hélène", "simone", "jean", "paul", "lucie", "odile", "renée")
_SURNAMES = ("lefort", "mercier", "bernard", "carlier", "dumoulin", "fontaine", "guérin", "humbert", "joubert", "klein")


@dataclass(frozen=True, slots=True)
class Planted:
    """A letter with one error. `first` and `last`: the words it stands at, in `words`."""

    kind: str
    words: tuple[str, ...]
    first: int
    last: int
    told: str  # « droite » -> « gauche », for a person to read


Site = Callable[[random.Random], Planted | None]


def plants(text: str, sidecar: Sidecar, count: int, seed: str) -> list[Planted]:
    """`count` letters with one error each: every kind in turn as long as it has a place left."""
    draw, words = random.Random(seed), text.split()
    waiting = {kind: _shuffled(draw, list(find(words, sidecar))) for kind, find in KINDS.items()}
    found: list[Planted] = []
    tried = 0
    while len(found) < count and tried < 20 * count:
        for sites in waiting.values():
            tried += 1
            if len(found) >= count or not sites:
                continue
            site = sites.pop(0)
            sites.append(site)  # a place may be met again, with another draw
            planted = site(draw)
            if planted is not None and planted not in found:
                found.append(planted)
    return found


def _shuffled(draw: random.Random, sites: list[Site]) -> list[Site]:
    draw.shuffle(sites)
    return sites


def _with(kind: str, words: list[str], first: int, end: int, new: str) -> Planted:
    """`words` with words[first:end] said as `new`."""
    put = new.split()
    told = f"{' '.join(words[first:end])} -> {new}"
    if not put:  # something was lost: the place is the word that follows
        return Planted(kind, (*words[:first], *words[end:]), first, min(first, len(words) - 2), told)
    return Planted(kind, (*words[:first], *put, *words[end:]), first, first + len(put) - 1, told)


# doses


def _doses(words: list[str]) -> Iterable[tuple[int, int, str]]:
    """(first word of the number, the unit's word, number in figures) of every dose of a drug."""
    for at, word in enumerate(words):
        if word.lower() not in UNITS or (
            words[at + 1 : at + 2] == ["par"] and words[at + 2 : at + 3] not in (["jour"], ["24"])
        ):
            continue
        first = at
        while first > 0 and (is_number(words[first - 1])):
            first -= 1
        if first == at or _NOT_A_DOSE & {w.lower().rstrip("s") for w in words[max(0, first - 4) : first]}:
            continue
        yield first, at, _figures(words[first : at + 1])


def is_number(word: str) -> bool:
    return (
        bool(re.fullmatch(r"\d+(?:,\d+)?", word))
        or all(part in _NUMBER for part in word.removesuffix("s").split("-") if part)
        or (all(part.removesuffix("s") in _NUMBER or part in _NUMBER for part in word.split("-")))
    )


def _figures(words: list[str]) -> str:
    """« deux virgule cinq milligrammes » -> 2,5."""
    tokens = write_words(words, None).tokens
    text = "".join(token.text for token in tokens)
    match = re.search(r"\d[\d\s\u00a0\u202f]*(?:[.,]\d+)?", text)
    return re.sub(r"\s", "", match[0]).replace(".", ",") if match else ""


def _ten_times(words: list[str], sidecar: Sidecar) -> Iterable[Site]:
    for first, at, figures in _doses(words):
        if figures:
            yield lambda draw, f=first, a=at, n=figures: _with(
                "dose", words, f, a, _times(n, draw.choice((10, 10, 0.1)))
            )


def _times(figures: str, by: float) -> str:
    return f"{float(figures.replace(',', '.')) * by:.6g}".replace(".", ",") if by else figures


def _other_unit(words: list[str], sidecar: Sidecar) -> Iterable[Site]:
    for _, at, figures in _doses(words):
        if figures:
            unit = UNITS[words[at].lower()]
            yield lambda draw, a=at, u=unit: _with("unit", words, a, a + 1, _SPOKEN[draw.choice(SWAPS[u])])


# sides, negations


def _other_side(words: list[str], sidecar: Sidecar) -> Iterable[Site]:
    for at, word in enumerate(words):
        if word in _SIDES and not (word.startswith("droit") and at and words[at - 1] in _STRAIGHT):
            yield lambda draw, a=at, w=word: _with("side", words, a, a + 1, _SIDES[w])


_DENY = frozenset(["pas", "sans", "aucun", "aucune"])


def _negation_lost(words: list[str], sidecar: Sidecar) -> Iterable[Site]:
    for at, ways in denials(words):
        yield lambda draw, a=at, w=ways: without_negation(words, a, draw.choice(w))


def denials(words: list[str]) -> Iterable[tuple[int, tuple[int, ...]]]:
    """The place of each denying word and the ways to lose it, as often as each is drawn.

    Two in five lose the denying word only, two in five its « de » too; one in five still reads well afterwards.
    What is still denied afterwards is no error: « sans aucun signe » without one of the two, « pas de fièvre, de
    toux ».
    """
    for at, word in enumerate(words):
        if word in _DENY or (word == "absence" and "".join(words[at + 1 : at + 2])[:1] == "d"):
            if _DENY & {*words[max(0, at - 1) : at], *words[at + 1 : at + 2]}:
                continue
            ways: tuple[int, ...] = (0, 0, 1, 1, 2)
            if _in_a_denied_list(words, at):
                ways = (1, 1, 2) if word == "pas" else (2,)
            yield at, ways


def _in_a_denied_list(words: list[str], at: int) -> bool:
    """« pas de saignement virgule pas de… », « sans fièvre et sans… »: what comes first denies the second as well.

    Its comma may be said, or written by the recogniser.
    """
    before = words[max(0, at - 8) : at]
    ends = [n + 1 for n, word in enumerate(before) if word in ("point", "ligne") or word[-1] in ".;:?!"]
    sentence = before[max(ends, default=0) :]
    linked = bool(sentence) and (sentence[-1] in ("virgule", "et", "ou", "ni") or sentence[-1].endswith(","))
    return linked and bool(_DENY & {word.lower().rstrip(",") for word in sentence})


def without_negation(words: list[str], at: int, much: int) -> Planted | None:
    """`much` 0: the denying word is lost; 1: its « de » too; 2: the sentence says the opposite and reads well."""
    word = words[at]
    following = words[at + 1] if at + 1 < len(words) else ""
    de = re.match(r"d(?:e$|['’])", following)
    rest = following[de.end() :] if de else ""
    if much == 0:
        return _with("negation", words, at, at + 1, "")
    if much == 1:
        return _with("negation", words, at, at + 2, rest) if de else _with("negation", words, at, at + 1, "")
    if word == "sans":
        return _with("negation", words, at, at + 1, "avec")
    if word == "absence":
        return _with("negation", words, at, at + 1, "présence")
    if word != "pas":
        return _with("negation", words, at, at + 1, word.replace("aucun", "un"))
    start = next((i for i in range(at - 1, max(-1, at - 4), -1) if re.match(r"(?:n['’]|ne$)", words[i])), None)
    if start is None:
        return _with("negation", words, at, at + 2, f"une {rest}") if de else None
    opened = re.sub(r"^(?:ne|n['’])", "", words[start])  # « il n'y a pas de nodule » -> « il y a un nodule »
    said = [opened, *words[start + 1 : at], *(["un", rest] if de else [])]
    return _with("negation", words, start, at + (2 if de else 1), " ".join(part for part in said if part))


# dates


def _dates(words: list[str]) -> Iterable[tuple[int, int, int, int, int]]:
    """(first word, word after the last, day or 0, month or 0, year) of every date with a year."""
    for at, word in enumerate(words):
        if word in MONTHS:
            first, end = at, at + 1
            while first > 0 and is_number(words[first - 1]) and words[first - 1] != "virgule":
                first -= 1
            while end < len(words) and is_number(words[end]) and words[end] not in ("virgule", "et", "un"):
                end += 1
            while end < len(words) and words[end] in ("et", "un") and words[end + 1 : end + 2] in (["un"], ["et"]):
                end += 2
            year = _figures(words[at + 1 : end])
            day = _figures([*words[first:at], "jours"]) or ("1" if words[first:at] == ["premier"] else "")
            if len(year) == 4:
                yield first, end, int(day or 0), MONTHS.index(word) + 1, int(year)
        elif (
            word in ("en", "depuis")
            and words[at + 1 : at + 2] in (["deux"], ["mille"])
            and words[at + 2 : at + 3] in (["mille"], ["neuf"])
        ):
            end = at + 1
            while end < len(words) and is_number(words[end]) and words[end] != "virgule":
                end += 1
            year = _figures(words[at + 1 : end])
            if len(year) == 4:
                yield at + 1, end, 0, 0, int(year)


def _born(words: list[str], first: int) -> bool:
    return bool({"né", "née", "naissance"} & set(words[max(0, first - 3) : first]))


def _date_moved(words: list[str], sidecar: Sidecar) -> Iterable[Site]:
    """What was before the visit comes after it, and the other way round; a stay ends before it begins."""
    visit = sidecar.discharge_date or sidecar.visit_date
    if visit is None:
        return
    for first, end, day, month, year in _dates(words):
        if not _born(words, first):
            yield lambda draw, f=first, e=end, d=day, m=month, y=year: _moved(words, visit, draw, f, e, d, m, y)
    for at, word in enumerate(words):
        if word == "du" and "au" in words[at + 1 : at + 5]:
            middle = words.index("au", at + 1)
            day = _figures([*words[at + 1 : middle], "jours"])
            if all(is_number(w) for w in words[at + 1 : middle]) and day and words[middle + 1] not in MONTHS:
                stop = middle + 1
                while stop < len(words) and is_number(words[stop]):
                    stop += 1
                if stop < len(words) and words[stop] in MONTHS and int(day) > 1:
                    yield lambda draw, f=middle + 1, s=stop, d=int(day): _with(
                        "date", words, f, s, str(draw.randint(1, d - 1))
                    )


def _moved(
    words: list[str], visit: date, draw: random.Random, first: int, end: int, day: int, month: int, year: int
) -> Planted | None:
    days = timedelta(days=draw.randint(40, 400))
    if not month:
        return _with("date", words, first, end, str(visit.year + draw.randint(1, 9))) if year <= visit.year else None
    before = date(year, month, day or 28) <= visit
    moved = visit + days if before else visit - days
    new = f"{moved.day} " if day else ""
    return _with("date", words, first, end, f"{new}{MONTHS[moved.month - 1]} {moved.year}")


# people


def _another_person(words: list[str], sidecar: Sidecar) -> Iterable[Site]:
    patient = sidecar.patient
    if patient is None:
        return
    last, first = plain(patient.last_name).split(), plain(patient.first_name).split()
    for at, word in enumerate(words):
        if last and plain(word) == last[0] and len(last) == 1:
            yield lambda draw, a=at, w=word: _with(
                "name", words, a, a + 1, draw.choice([_misheard(w, draw), draw.choice(_SURNAMES)])
            )
        if first and plain(word) == first[0] and len(first) == 1:
            yield lambda draw, a=at: _with(
                "name", words, a, a + 1, draw.choice([n for n in _FIRST_NAMES if n not in first])
            )
    for start, end, day, month, year in _dates(words):
        if _born(words, start) and day:
            yield lambda draw, f=start, e=end, b=date(year, month, day): _with(
                "name", words, f, e, _other_birth(b, draw)
            )


def _misheard(name: str, draw: random.Random) -> str:
    """One letter of a name heard as another: durand, durant."""
    pairs = {
        "d": "t",
        "t": "d",
        "b": "p",
        "p": "b",
        "m": "n",
        "n": "m",
        "s": "z",
        "c": "g",
        "g": "c",
        "v": "f",
        "f": "v",
        "l": "r",
        "r": "l",
    }
    places = [i for i, c in enumerate(name) if c in pairs and i > 0]
    if not places:
        return name + "on"
    at = draw.choice(places)
    return name[:at] + pairs[name[at]] + name[at + 1 :]


def _other_birth(born: date, draw: random.Random) -> str:
    moved = draw.choice(
        [
            born + timedelta(days=draw.choice((1, 10, 31))),
            date(born.year + draw.choice((-10, 1, 10)), born.month, min(born.day, 28)),
        ]
    )
    return f"{moved.day} {MONTHS[moved.month - 1]} {moved.year}"


# drugs


def _another_drug(words: list[str], sidecar: Sidecar) -> Iterable[Site]:
    """A drug replaced by one that sounds like it: any of the lexicon by spelling, or a listed pair."""
    known = {plain(row[0]): row for row in patterns("drugs")}
    for at, word in enumerate(words):
        if plain(word) in known and len(word) > 3:
            others = _sound_alikes(plain(word), known)
            if others:
                yield lambda draw, a=at, o=tuple(others): _with("drug", words, a, a + 1, draw.choice(o).lower())


def _sound_alikes(name: str, known: dict[str, tuple[str, ...]]) -> list[str]:
    from rapidfuzz import fuzz

    def inn(row: tuple[str, ...]) -> str:
        return plain(row[1]) if len(row) > 1 and row[1] else plain(row[0])

    others = [
        row[0]
        for folded, row in known.items()
        if 66 <= fuzz.ratio(name, folded) < 100 and inn(row) != inn(known[name]) and name not in folded.split()
    ]
    for first, _, second, _ in rows("lookalikes"):
        others += [b for a, b in ((first, second), (second, first)) if plain(a) == name]
    return sorted(set(others))


KINDS: dict[str, Callable[[list[str], Sidecar], Iterable[Site]]] = {
    "dose": _ten_times,  # ten times too much, or (one in three) too little
    "unit": _other_unit,
    "side": _other_side,
    "negation": _negation_lost,
    "date": _date_moved,
    "name": _another_person,  # surname, first name or birth date
    "drug": _another_drug,
}
