"""Synthetic extractions with the real columns; every person in them is made up. Also the benchmark's."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from dictation.domain.directory import folded

MSSANTE_HEADER = (
    "Type de BAL|Adresse BAL|Type Identifiant PP|Identifiant PP|Identification nationale PP|Type identifiant structure"
    "|Identification Structure|Service de rattachement|Civilité d'exercice|Nom d'exercice|Prénom d'exercice"
    "|Catégorie profession|Libellé de catégorie profession|Code Profession|Libellé Profession|Code savoir-faire"
    "|Libellé savoir-faire|Dématérialisation|Raison Sociale structure BAL|Enseigne commerciale structure BAL"
    "|L2COMPLEMENTLOCALISATION structure BAL|L3COMPLEMENTDISTRIBUTION structure BAL|L4NUMEROVOIE structure BAL"
    "|L4COMPLEMENTNUMEROVOIE structure BAL|NL4TYPEVOIE structure BAL|L4LIBELLEVOIE structure BAL"
    "|L5LIEUDITMENTION structure BAL|L6LIGNEACHEMINEMENT structure BAL|Code postal structure BAL"
    "|Département structure BAL|Pays structure BAL"
)
PRACTITIONERS_HEADER = (
    "Type d'identifiant PP|Identifiant PP|Identification nationale PP|Code civilité d'exercice"
    "|Libellé civilité d'exercice|Nom d'exercice|Prénom d'exercice|Code profession|Libellé profession"
    "|Libellé savoir-faire|Identifiant technique de la structure|Raison sociale site"
    "|Numéro Voie (coord. structure)|Libellé type de voie (coord. structure)|Libellé Voie (coord. structure)"
    "|Code postal (coord. structure)|Libellé commune (coord. structure)|"
)
TOWNS = (("62300", "LENS"), ("62000", "ARRAS"), ("59000", "LILLE"), ("80000", "AMIENS"), ("51100", "REIMS"))


def mailbox_line(
    number: int,
    last: str,
    first: str,
    *,
    mailbox: str = "",
    town: tuple[str, str] = TOWNS[0],
    kind: str = "PER",
    speciality: str = "Spécialiste en Médecine Générale",
) -> str:
    rpps = f"8{10_000_000_000 + number}"
    mailbox = mailbox or f"{folded(first)}.{folded(last)}.{number}@medecin.test".replace(" ", "-")
    return (
        f"{kind}|{mailbox}|8|{rpps[1:]}|{rpps}|F|62{number:07d}||DR|{last}|{first}|C|Civil|10|Médecin|SM54|{speciality}|O"
        f"|CABINET MEDICAL DR {last}||||{number % 200}||RUE|DU TEST||{town[0]} {town[1]}|{town[0]}|{town[0][:2]}|FRANCE"
    )


def practitioner_line(number: int, last: str, first: str, town: tuple[str, str] = TOWNS[0]) -> str:
    rpps = f"8{10_000_000_000 + number}"
    return (
        f"8|{rpps[1:]}|{rpps}|DR|Docteur|{last}|{first}|10|Médecin|Médecine générale|C{number}|CABINET {last}"
        f"|{number % 200}|Rue|du Test|{town[0]}|{town[1]}|"
    )


def write(path: Path, header: str, lines: list[str]) -> Path:
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


SYLLABLES = (
    "mar",
    "chan",
    "du",
    "rand",
    "le",
    "fè",
    "vre",
    "bel",
    "lin",
    "gau",
    "tier",
    "ros",
    "si",
    "gnol",
    "pet",
    "it",
)
FIRST_NAMES = ("CAMILLE", "LOUIS", "ZOÉ", "HÉLÈNE", "KARIM", "ALIX", "PAUL", "INÈS")


def many(count: int, seed: int = 1) -> Iterator[str]:
    """As many lines as the country has, of nobody."""
    chance = random.Random(seed)
    for number in range(count):
        last = "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))).upper()
        yield mailbox_line(
            number,
            last,
            chance.choice(FIRST_NAMES),
            mailbox=f"dr{number}@medecin{number % 90}.test",
            town=TOWNS[number % len(TOWNS)],
        )
