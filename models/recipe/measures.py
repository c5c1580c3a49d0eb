"""Numbers, dates, doses and spelled names as a French surgeon says them, in words.

In: a random generator (and a range, as text, for those that take one). Out: lower-case words. Touches nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import lru_cache

MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
DRUGS = [
    "paracétamol",
    "amoxicilline",
    "ibuprofène",
    "kétoprofène",
    "tramadol",
    "oméprazole",
    "pantoprazole",
    "tamsulosine",
    "alfuzosine",
    "finastéride",
    "bisoprolol",
    "ramipril",
    "amlodipine",
    "furosémide",
    "atorvastatine",
    "metformine",
    "apixaban",
    "rivaroxaban",
    "clopidogrel",
    "énoxaparine",
    "ofloxacine",
    "ceftriaxone",
    "fosfomycine",
    "lévothyroxine",
    "prednisone",
    "céfazoline",
    "aspirine",
]
SPELLING = [
    "anatole",
    "berthe",
    "célestin",
    "désiré",
    "eugène",
    "françois",
    "gaston",
    "henri",
    "irma",
    "joseph",
    "kléber",
    "louis",
    "marcel",
    "nicolas",
    "oscar",
    "pierre",
    "quintal",
    "raoul",
    "suzanne",
    "thérèse",
    "ursule",
    "victor",
    "william",
    "xavier",
    "yvonne",
    "zoé",
]
SURNAMES = [
    "martin",
    "bernard",
    "petit",
    "robert",
    "richard",
    "durand",
    "dubois",
    "moreau",
    "laurent",
    "lefebvre",
    "leroy",
    "roux",
    "david",
    "morel",
    "girard",
    "bonnet",
    "dupont",
    "lambert",
    "faure",
    "blanc",
    "boyer",
    "perrin",
    "morin",
    "duval",
    "denis",
    "meyer",
    "dufour",
    "brun",
    "picard",
    "colin",
    "vidal",
    "caron",
    "aubert",
]


SMALL = [
    "zéro",
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
    "dix-sept",
    "dix-huit",
    "dix-neuf",
]
TENS = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 80: "quatre-vingt"}


@lru_cache(maxsize=4096)
def number(value: int) -> str:
    """An integer from 0 to 999,999 in words, in the traditional spelling: 92 -> quatre-vingt-douze."""
    if value < 100:
        return _below_hundred(value)
    size, name = (1000, "mille") if value >= 1000 else (100, "cent")
    many, rest = divmod(value, size)
    head = name if many == 1 else f"{_before_mille(number(many)) if size == 1000 else number(many)} {name}"
    if rest:
        return f"{head} {number(rest)}"
    return f"{head}s" if size == 100 and many > 1 else head


def _below_hundred(value: int) -> str:
    if value < 20:
        return SMALL[value]
    ten = value // 10 * 10 if value < 70 else 60 if value < 80 else 80
    rest = value - ten
    if not rest:
        return "quatre-vingts" if ten == 80 else TENS[ten]
    return f"{TENS[ten]} et {SMALL[rest]}" if rest in (1, 11) and ten != 80 else f"{TENS[ten]}-{SMALL[rest]}"


def _before_mille(words: str) -> str:
    """cents and quatre-vingts lose their s before mille."""
    return words[:-1] if words.endswith(("cents", "quatre-vingts")) else words


def between(random: random.Random, span: str) -> str:
    low, high = map(int, span.split("-"))
    return number(random.randint(low, high))


def decimal(random: random.Random, span: str) -> str:
    """`deux virgule quatre`, with one or two figures after the comma."""
    tail = number(random.randint(1, 9)) if random.random() < 0.75 else number(random.randint(10, 99))
    return f"{between(random, span)} virgule {tail}"


def year(random: random.Random, _: str = "") -> str:
    return number(random.randint(2000, 2026) if random.random() < 0.75 else random.randint(1970, 1999))


def date_short(random: random.Random, _: str = "") -> str:
    day = random.randint(1, 31)
    return f"{'premier' if day == 1 else number(day)} {random.choice(MONTHS)}"


def date(random: random.Random, _: str = "") -> str:
    recent = random.choice((2025, 2026, 2026, 2026, 2027)) if random.random() < 0.85 else random.randint(2001, 2024)
    return f"{date_short(random)} {number(recent)}"


def birth(random: random.Random, _: str = "") -> str:
    born = random.randint(1928, 1999) if random.random() < 0.9 else random.randint(2000, 2012)
    return f"{date_short(random)} {number(born)}"


def day_range(random: random.Random, _: str = "") -> str:
    first = random.randint(1, 27)
    start = "premier" if first == 1 else number(first)
    end, month = number(random.randint(first + 1, 30)), random.choice(MONTHS)
    return f"{start} au {end} {month} {number(random.choice((2025, 2026, 2026, 2026)))}"


def time(random: random.Random, _: str = "") -> str:
    return f"{number(random.randint(8, 19))} heures {random.choice(('', 'trente', 'quinze', 'quarante-cinq'))}".strip()


def pressure(random: random.Random, _: str = "") -> str:
    high, low = number(random.randint(9, 20)), number(random.randint(5, 11))
    return f"{high} {random.choice(('', '', 'sur '))}{low}"


def temperature(random: random.Random, _: str = "") -> str:
    return (
        f"{random.choice(('trente-six', 'trente-sept', 'trente-huit', 'trente-neuf'))} {number(random.randint(1, 9))}"
    )


def hundreds(random: random.Random, _: str = "") -> str:
    return number(50 * random.randint(1, 20))


def thousands(random: random.Random, _: str = "") -> str:
    return number(500 * random.randint(6, 40))


def tens(random: random.Random, _: str = "") -> str:
    return number(10 * random.randint(4, 29))


def quantity(random: random.Random) -> str:
    """An amount with its unit; under two, the unit stays singular (un gramme, zéro virgule quatre milligramme)."""
    kind = random.random()
    if kind < 0.14:
        return "un gramme"
    if kind < 0.22:
        return f"{number(random.randint(2, 4))} grammes"
    if kind < 0.32:
        return f"zéro virgule {number(random.randint(1, 9))} milligramme"
    if kind < 0.36:
        return f"un virgule {number(random.randint(1, 9))} milligramme"
    if kind < 0.44:
        return f"{number(random.randint(2, 9))} virgule {number(random.randint(1, 9))} milligrammes"
    if kind < 0.50:
        return f"{number(random.choice((25, 50, 75, 88, 100, 112, 125, 150)))} microgrammes"
    if kind < 0.57:
        return f"{number(random.choice((2000, 4000, 6000, 8000, 10000)))} unités"
    strength = random.choice(
        (2, 3, 4, 5, 8, 10, 15, 20, 25, 30, 40, 50, 60, 75, 80, 100, 120, 150, 160, 200, 250, 300, 400, 500, 850, 1000)
    )
    return f"{number(strength)} milligrammes"


def drug_dose(random: random.Random, _: str = "") -> str:
    return f"{random.choice(DRUGS)} {quantity(random)}"


def drug_dose_art(random: random.Random, _: str = "") -> str:
    """The drug with its article: de la tamsulosine..., de l'amlodipine..., du bisoprolol..."""
    drug = random.choice(DRUGS)
    feminine = drug.endswith("ine") or drug in ("ceftriaxone", "prednisone")
    article = "de l'" if drug[0] in "aeioué" else "de la " if feminine else "du "
    return f"{article}{drug} {quantity(random)}"


def spelled(random: random.Random, _: str = "") -> str:
    """A surname letter by letter, each with its spelling name: d comme désiré u comme ursule..."""
    name = random.choice(SURNAMES)[: random.choice((2, 3, 4, 5, 6))]
    between_letters = random.choice((" ", " virgule "))
    return between_letters.join(f"{letter} comme {SPELLING[ord(letter) - 97]}" for letter in name)


MEASURES: dict[str, Callable[[random.Random, str], str]] = {
    "n": between,
    "decimal": decimal,
    "year": year,
    "date": date,
    "date_short": date_short,
    "birth": birth,
    "day_range": day_range,
    "time": time,
    "pressure": pressure,
    "temperature": temperature,
    "hundreds": hundreds,
    "thousands": thousands,
    "tens": tens,
    "drug_dose": drug_dose,
    "drug_dose_plain": drug_dose,
    "drug_dose_art": drug_dose_art,
    "spelled": spelled,
}
