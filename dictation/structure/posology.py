"""Posology: each drug with its dose, unit, form, route, rhythm and duration, and whether it begins, stops or changes.

Written text and the places of known drugs in, drug facts out. A misheard name beside a dose is found by likeness and
said to be only like: the word in the letter stays as heard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dictation.domain.documents import FindingKind, SectionKind
from dictation.structure.facts import BLANK, NUMBER, UPPER, Fact, amount, taken, unit
from dictation.structure.lexicon import fold, folded, kept, rows, table

_DOSE_UNIT = (
    r"(?:mg|g|µg|mL|cL|L|UI|MUI|U|unités?|mEq|mmol|%|gammas?|MBq|cc|mcg|ml|ui)"
    rf"(?:/(?:\d+{BLANK}?)?(?:kg|m²|jour|j|heure|h|min|semaine|prise|dose|mL|injection|mois))*"
)
# « potassium 4,2 mmol/L », « vitamine D à 18 ng/mL » are blood tests; « 10 mg/mL » is how a solution is made.
_LEVEL = re.compile(r"(?:[a-zµA-Z]+/(?:L|dL|l|dl|mm³)|(?:ng|pg|µg|m?UI|µmol|nmol)/mL)$")
_DOSE = re.compile(
    rf"(?P<dose>(?:{NUMBER})(?:/(?:{NUMBER}))?|½|¼){BLANK}?(?P<unit>{_DOSE_UNIT})"
    rf"(?P<second>/(?:{NUMBER}){BLANK}?(?:mg|g|µg|UI))?(?![\w²³])(?P<level>/(?:L|dL|l|mm³)\b)?"
)
_MOMENT = r"(?:le |au |à |chaque |tous les )?(?:matins?|midis?|soirs?|coucher|lever|goûter|nuit)"
_PER = rf"(?:/ ?(?:jour|j|semaine|mois|24{BLANK}h)|par (?:jour|semaine|mois|24{BLANK}(?:heures|h)))"
_UNITS_OF_TIME = rf"{BLANK}?(?:jours?|semaines?|mois|ans?|heures?)"


def _said(element: str) -> str:
    """The ways patterns/posology.tsv gives for one element of a prescription."""
    return "|".join(row[0] for row in rows("posology") if row[1] == element)


@kept
def _elements_of_a_prescription() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Dose, duration, rhythm, route, form: where two begin at one place the first of these is meant."""
    forms = f"(?:{_said('form')})"
    rhythm = (
        rf"(?i:(?:½|(?<!\d{BLANK})\b(?:\d+(?: (?:à|ou) \d+)?|une?)) ?{forms}(?: ?{_PER})?"
        rf"|(?:[x×] ?)?\d+ ?(?:fois)? ?{_PER}\b|/ ?(?:jour|semaine|mois|24 h|j)\b|\b{_PER}\b"
        rf"|\b{_MOMENT}(?:(?:, | et | ){_MOMENT})*\b|(?<!\w)(?:{_said('rhythm')})(?!\w))"
    )
    duration = (
        r"(?i:\b(?:pendant|durant|pour|sur|jusqu’à|encore|durée|poursuivie?)(?: une durée de| encore| environ)?"
        rf" (?:\d+(?: à \d+)?|une?|deux|trois|quatre|six|dix){_UNITS_OF_TIME}(?: et demie?)?\b"
        r"|(?<!dans )(?<!avant )(?<!à )(?<!depuis )(?<!les )(?<!a )"
        rf"\b\d+ (?:jours|semaines|mois)(?= (?:au total|de traitement)|[.,;\n]|$)|\b(?:{_said('duration')})\b)"
    )
    form = rf"(?i:½|¼|1/2|\b(?:\d+(?:[.,]\d+)?(?: (?:à|ou) \d+)?|une?|demi-?|un demi-)) ?{forms}\b"
    route = rf"\b(?:{_said('route')})\b"
    return (
        ("dose", _DOSE), ("duration", re.compile(duration)), ("rhythm", re.compile(rhythm)),
        ("route", re.compile(route)), ("form", re.compile(form)),
    )  # fmt: skip


_GAP = 32  # characters between two elements of one prescription
_BREAKS = re.compile(
    r"(?i)\b(?:car|mais|tension|TA|pression|créatinine|poids|perte|gain|contre|devant|puisque|hémoglobine|INR|clairance|glycémie"
    r"|kaliémie|natrémie|saignement|diurèse|qui|chez|relais|augmenter|diminuer|majorer)\b|[;\n]|\. "
)
_BARE = re.compile(
    rf"^{BLANK}?(?:à |LP |forte )?(?P<dose>(?:{NUMBER})(?:/(?:{NUMBER}))?)(?![\w/%×^]|[.,]\d|{BLANK}\d{{3}})"
)
_LEVEL_BEFORE = re.compile(
    r"(?i)\b(?:dosages?|taux|concentration|carence|surdosage) (?:en |à |à la |de |du |d’|au |aux )(?:la |l’)?$"
)
_RECEPTOR_BEFORE = re.compile(r"(?i)\brécepteurs?\b[^.;\n]*$")  # « récepteurs … progestérone 60 % »: a tumour's
_GERM_BEFORE = re.compile(r"(?i)\b(?:résistant\w*|sensibles?) (?:à |au |aux )(?:la |l’)?$")


@kept
def _counted_behind() -> re.Pattern[str]:
    """What makes a bare figure no dose: « bisoprolol 2 fois », « 3 comprimés », « pendant 5 jours »."""
    return re.compile(
        rf"{BLANK}?(?:{_said('form')}|jours?|semaines?|mois|ans?|heures?|h|{_DOSE_UNIT}|{unit()}|/)(?!\w)"
    )


@kept
def _dose_before() -> re.Pattern[str]:
    forms = _said("form")
    return re.compile(
        rf"(?:(?P<dose>{NUMBER}){BLANK}?(?P<unit>{_DOSE_UNIT})|(?:\d+|une?|deux|½) (?:{forms}))"
        r"(?: (?:par jour|/jour))? (?:de |d’|du )(?:la |l’)?$"
    )


_CHANGES = ("stopped", "started", "changed", "continued")


@kept
def _changes(place: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Verbs of each change, before a drug or (`place` "_after") right behind it."""
    lead = r"^[ ,:]*" if place else r"(?<![\w-])"
    return tuple((change, re.compile(rf"(?i){lead}(?:{_said(change + place)})\b")) for change in _CHANGES)


_NAME = rf"[a-zà-ÿœ{UPPER}][a-zà-ÿœ]*(?:-[a-zà-ÿœ]+)*"
_UNKNOWN = re.compile(
    rf"\b({_NAME})(?: LP| forte)?(?: à| dosé à| :|,)?{BLANK}(?=(?:{NUMBER}){BLANK}?{_DOSE_UNIT}(?![\w²³]))"
)
_WORD_BEFORE = re.compile(r"([\wà-ÿœ-]+) $")
_SURE_UNITS = frozenset({"mg", "µg", "UI", "mcg", "ui"})
_CHANGE_REACH = 28  # characters between a verb and the drug it is said of
_TREATMENTS = frozenset({SectionKind.DISCHARGE_TREATMENT, SectionKind.USUAL_TREATMENT})
_ALIKE = 76  # rapidfuzz ratio, 0..100, right before a dose in mg, µg or UI
_VERY_ALIKE = 86  # … before a dose in grams, or a name heard in two words
_ALIKE_UNDOSED = 89  # … in a list of treatments, without a dose


def drugs(text: str, matches: list[tuple[int, int]], kind: SectionKind) -> list[Fact]:
    """Every drug of the text: known names (`matches`, their places) first, then words that look like one."""
    found: list[Fact] = []
    known = [place for place in matches if not _blood_test(text, *place)]
    for number, (start, end) in enumerate(known):
        limit = known[number + 1][0] if number + 1 < len(known) else len(text)
        found += _prescription(text, start, end, limit, text[start:end])
    found += _misheard(text, found, [place for place in matches if place not in known], kind)
    found.sort(key=lambda fact: fact.start)
    _set_changes(text, found)
    return found


def _blood_test(text: str, start: int, end: int) -> bool:
    """« potassium à 4,2 mmol/L », « dosage du lithium », a bare « fer »: what blood holds, not what is taken."""
    if _LEVEL_BEFORE.search(text[max(0, start - 30) : start]):
        return True
    figure = amount().search(text, end, min(len(text), end + 25))
    if figure and _LEVEL.match(figure[2]):
        return True
    if figure and figure[2] == "%" and _RECEPTOR_BEFORE.search(text[:start]):
        return True
    if _GERM_BEFORE.search(text[max(0, start - 30) : start]):  # a germ’s; a pain « résistante au kétoprofène 100 mg »
        return not _DOSE.search(text, end, min(len(text), end + 25))
    dose = _DOSE.search(text, end, min(len(text), end + 25))
    return _only_when_dosed(fold(text[start:end])) and not (
        dose or _dose_before().search(text[max(0, start - 30) : start])
    )


def _only_when_dosed(name: str) -> bool:
    """Names that are also a blood test or an everyday word; most of an imported list."""
    return name in folded("also_measured") or table("drugs").get(name, ())[3:4] == ("dosed",)


def _clause_end(text: str, at: int, limit: int) -> int:
    for match in re.finditer(r"[;\n]|\.(?!\d)", text[at:limit]):
        return at + match.start()
    return limit


def _elements(text: str, at: int, limit: int) -> Iterator[tuple[str, re.Match[str]]]:
    """The parts of a prescription that follow a name, in order, as long as they stand close together."""
    while at < limit:
        nearest: tuple[int, int, str, re.Match[str]] | None = None
        for rank, (name, pattern) in enumerate(_elements_of_a_prescription()):
            match = pattern.search(text, at, limit)
            if match and match.end() > match.start() and (nearest is None or (match.start(), rank) < nearest[:2]):
                nearest = (match.start(), rank, name, match)
        if nearest is None:
            return
        _, _, name, match = nearest
        if match.start() - at > _GAP or _BREAKS.search(text[at : match.start()]):
            return
        yield name, match
        at = match.end()


def _prescription(text: str, start: int, end: int, limit: int, name: str, rule: str = "") -> list[Fact]:
    """One drug with what follows it; a second dose of the same drug (« 80 mg matin, 40 mg midi ») is a second fact."""
    limit = _clause_end(text, end, limit)
    base = _identity(name)
    parts: list[list[tuple[str, str]]] = [[]]
    ends, begin = [end], [start]
    at = end
    before = _dose_before().search(text[max(0, start - 30) : start])
    if before and before["dose"]:
        parts[0] += _dose(before["dose"], before["unit"])
        begin[0] = start - (len(before[0]))
    elif (bare := _BARE.match(text[end:limit])) and not _counted_behind().match(text, end + bare.end("dose"), limit):
        parts[0] += _dose(bare["dose"], "")
        ends[0] = at = end + bare.end("dose")
        rule = rule or "drug.no_unit"
    for element, match in _elements(text, at, limit):
        said = [key for key, _ in parts[-1]]
        if element == "dose" and match["level"]:
            break
        if element == "dose" and _no_dose(text[ends[-1] : match.start()], match, parts[-1]):
            ends[-1] = match.end()
            continue
        if element == "dose" and "dose" in said:
            if "rhythm" not in said and match.start() - ends[-1] < 4:
                break
            parts.append([])
            begin.append(match.start())
            ends.append(match.end())
            said = []
        if element == "dose":
            parts[-1] += _dose(match["dose"], match["unit"])
            parts[-1] += [("with", match["second"][1:])] if match["second"] else []  # « 1 g/125 mg »
        elif element not in said:
            parts[-1].append((element, match[0].strip()))
        elif element == "rhythm":
            parts[-1] = [(k, f"{v} {match[0]}" if k == "rhythm" else v) for k, v in parts[-1]]
        ends[-1] = match.end()
    facts = []
    for number, values in enumerate(parts):
        named = rule or ("drug.dose" if any(key == "dose" for key, _ in values) else "drug.named")
        facts.append(
            Fact(
                FindingKind.DRUG,
                begin[number],
                ends[number],
                named if number == 0 else "drug.next_dose",
                (*base, *values),
            )
        )
    return facts


def _no_dose(gap: str, match: re.Match[str], before: list[tuple[str, str]]) -> bool:
    """« dans 0,1 mL », « 85 mg/m² soit 126 mg »: what it is diluted in, and what it comes to; no second dose."""
    if re.search(r"\bdans $", gap) and match["unit"] in ("mL", "ml", "L", "cc"):
        return True
    return gap.strip(" ,") == "soit" and any(key == "unit" and "/" in value for key, value in before)


def _identity(name: str) -> tuple[tuple[str, str], ...]:
    row = (*table("drugs").get(fold(name), (name,)), "", "")
    sold = (*table("combined").get(fold(name), ()), "", "")[1]  # the strengths of a tablet of two substances
    known = (("inn", row[1]), ("class", row[2]), ("sold", sold))
    return (("drug", name), *((key, value) for key, value in known if value))


_PER_TIME = re.compile(rf"/(?:\d+{BLANK}?)?(?:jour|j|semaine|mois|24{BLANK}h)$")


def _dose(number: str, unit: str) -> list[tuple[str, str]]:
    """« 4 000 UI/jour » as dose 4000, unit UI, rhythm /jour: figures without blanks, for tables and comparisons."""
    per = _PER_TIME.search(unit)
    sign, rhythm = (unit[: per.start()], per[0]) if per else (unit, "")
    values = [("dose", re.sub(r"\s", "", number)), ("unit", sign), ("rhythm", rhythm)]
    return [(key, value) for key, value in values if value]


def _misheard(text: str, known: list[Fact], tests: list[tuple[int, int]], kind: SectionKind) -> list[Fact]:
    """Words no list knows, right before a dose; in a list of treatments also words very like a drug."""
    places = [*_beside_a_dose(text, known, tests), *(_in_a_list(text, known) if kind in _TREATMENTS else ())]
    places = [p for n, p in enumerate(places) if not any(p[0] < q[1] and q[0] < p[1] for q in places[:n])]
    found: list[Fact] = []
    for start, end, nearest in places:
        exact = fold(text[start:end]) == fold(nearest)  # known, and dosed as a level in the blood is: « 50 µg/mL »
        later = [at for at in (*(p[0] for p in places), *(fact.start for fact in known)) if at > start]
        facts = _prescription(
            text, start, end, min(later, default=len(text)), text[start:end],
            "drug.dose" if exact else "drug.resembles" if nearest else "drug.unknown",
        )  # fmt: skip
        for fact in facts if nearest else facts[:1]:
            fact.values = (*fact.values, ("resembles", nearest)) if nearest and not exact else fact.values
            found.append(fact)
    return found


Place = tuple[int, int, str]  # start and end of a heard name, and the drug it resembles ("" when none does)


def _beside_a_dose(text: str, known: list[Fact], tests: list[tuple[int, int]]) -> Iterator[Place]:
    for match in _UNKNOWN.finditer(text):
        start, end, word = match.start(1), match.end(1), match[1]
        dose = _DOSE.match(text, match.end())
        if dose is None or dose["level"] or taken(known, start, end) or _no_drug(word) or _within(tests, start):
            continue
        two = _WORD_BEFORE.search(text[max(0, start - 20) : start])
        if two and not _no_drug(two[1]) and (nearest := _nearest_drug(two[1] + word, _VERY_ALIKE)):
            yield start - len(two[0]), end, nearest  # « tamsu losine »
            continue
        sure_unit = dose["unit"].split("/")[0] in _SURE_UNITS
        nearest = _nearest_drug(word, _ALIKE if sure_unit else _VERY_ALIKE) if len(word) > 4 else ""
        if nearest or (sure_unit and len(word) > 4):
            yield start, end, nearest


def _in_a_list(text: str, known: list[Fact]) -> Iterator[Place]:
    for match in re.finditer(rf"[a-zà-ÿœ{UPPER}][a-zà-ÿœ]{{6,}}", text):
        if taken(known, match.start(), match.end()) or _no_drug(match[0]):
            continue
        if nearest := _nearest_drug(match[0], _ALIKE_UNDOSED):
            yield match.start(), match.end(), nearest


def _within(places: list[tuple[int, int]], at: int) -> bool:
    return any(start <= at < end for start, end in places)


@kept
def _nearest_drug(word: str, least: int) -> str:
    """The drug of the lexicon that a misheard word resembles most, "" when none does."""
    from rapidfuzz import fuzz, process

    best = process.extractOne(fold(word), _names(), scorer=fuzz.ratio, score_cutoff=least)
    return table("drugs")[best[0]][0] if best else ""


@kept
def _names() -> tuple[str, ...]:
    return tuple(table("drugs"))


@kept
def _no_drug(word: str) -> bool:
    """Words of a prescription or of an examination that stand before a figure."""
    plain = fold(word)
    return (
        plain in folded("not_drugs") or plain in folded("counted")
        or plain in _clinical_words() or plain in _unit_words()
        or plain.endswith(("ment", "emie", "urie", "ite", "ose", "ome"))
        or plain in ("droite", "gauche", "jusqu", "avec")
    )  # fmt: skip


@kept
def _clinical_words() -> frozenset[str]:
    return frozenset(fold(word) for row in rows("diagnoses") for word in row[0].split() if len(word) > 3)


@kept
def _unit_words() -> frozenset[str]:
    return frozenset(fold(row[0]) for row in rows("units"))


def _set_changes(text: str, found: list[Fact]) -> None:
    """Started, stopped, changed or continued, by the verb before a list of drugs or right behind one."""
    ended = 0  # where a change said behind an earlier drug ends: it says nothing of the next
    for number, fact in enumerate(found):
        named = fact.start + len(fact.value("drug"))
        behind = [
            (change, at + match.end())
            for at in (named, fact.end)
            for change, words in _changes("_after")
            if (match := words.match(text[at : at + 70]))
        ]
        change = behind[0][0] if behind else _change_before(text, fact, found[:number], ended)
        ended = max([ended, *(end for _, end in behind)])
        if change:
            fact.values = (*fact.values, ("change", change))


def _change_before(text: str, fact: Fact, earlier: list[Fact], begin: int) -> str:
    begin = max([begin, *(m.end() for m in re.finditer(r"[;\n]|\.(?!\d)", text[: fact.start]))])
    window = text[begin : fact.start]
    for other in earlier:
        if other.start >= begin:  # « arrêt du X 5 mg et du Y »: X itself is no distance
            window = window.replace(text[other.start : other.end], "")
    last: tuple[int, str] = (-1, "")
    for change, words in _changes(""):
        for match in words.finditer(window):
            if match.end() > last[0] and len(window) - match.end() <= _CHANGE_REACH:
                last = (match.end(), change)
    return last[1]
