"""BDPM: the public list of medicines a hospital downloads (CIS_bdpm.txt) becomes a list of drug names of its own.

Bytes of CIS_bdpm.txt in, lines of a drugs.*.tsv out. Columns, tab-separated: code, name with strength and form, form,
routes, status, procedure, marketed or not, date, BdM status, European number, holder, watched or not.
The file is open data of the Agence nationale de sécurité du médicament; none of it is shipped here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.structure.lexicon import fold, folded, table

_LEAST_COLUMNS = 7
_SHORTEST = 4  # letters; shorter names are everyday words more often than drugs
_STRENGTH = re.compile(r",| \d|\(| pour (?:cent|mille)\b")
_LATIN = ("utf-8-sig", "cp1252")
HEAD = "# From CIS_bdpm.txt: name\tINN when known\tclass when known\tdosed: a drug only beside a dose\n"


class NotBdpm(ValueError):
    """The file is not CIS_bdpm.txt: says which line and why."""


def drug_lines(data: bytes) -> str:
    """The names our own list does not have, as the text of a drugs.*.tsv. Raises NotBdpm."""
    names: dict[str, str] = {}
    for name in _marketed(_text(data).splitlines()):
        folded_name = fold(name)
        if _new(folded_name):
            names.setdefault(folded_name, name)
    return HEAD + "".join(f"{names[key]}\t\t\tdosed\n" for key in sorted(names))


def _text(data: bytes) -> str:
    for encoding in _LATIN:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotBdpm("neither UTF-8 nor Windows-1252")


def _marketed(lines: Iterable[str]) -> Iterable[str]:
    """The brand of every medicine that is authorised and no homoeopathy."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        columns = [column.strip() for column in line.split("\t")]
        if len(columns) < _LEAST_COLUMNS or not columns[0].isdecimal():
            raise NotBdpm(f"line {number}: {len(columns)} columns, first {'no code' if columns[0] else 'empty'}")
        if columns[4].lower() == "autorisation active" and "homéo" not in columns[5].lower():
            holder = columns[10] if len(columns) > 10 else ""
            yield _brand(columns[1], holder)


def _brand(full: str, holder: str) -> str:
    """« DOLIPRANE 1000 mg, comprimé » -> Doliprane; a holder's name behind a generic goes: « RAMIPRIL EXEMPLAB »."""
    words = _STRENGTH.split(full, maxsplit=1)[0].split()
    held = {fold(word) for word in re.findall(r"\w{3,}", holder)}
    while len(words) > 1 and fold(words[-1]) in held | {"lp", "sans", "sucre", "enfants", "adultes", "nourrissons"}:
        words.pop()
    return " ".join(word.capitalize() for word in words)


def _new(name: str) -> bool:
    parts = re.split(r"[ /]", name)
    known = all(part in table("drugs") or part in ("acide", "de", "et") for part in parts)
    everyday = name in folded("not_drugs") or name in folded("counted") or name in folded("names")
    return len(name) >= _SHORTEST and not known and not everyday and not name[0].isdecimal()
