"""Day list: the patients expected, as a CSV file of the administration. Bytes in, News out; touches nothing.

Columns by name, in any order, `;` or `,`, UTF-8 or Windows-1252: ipp, nom, prenom, naissance, sexe; perhaps ins, oid,
prenoms and lieu_naissance (the list of first names and the INSEE code, without which an INS is not quoted), date, rpps,
service, venue. Dates AAAA-MM-JJ or JJ/MM/AAAA; sexe M or F, U or empty when unknown. A line that cannot be read is
told by its number alone.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime

from dictation.domain.people import Ins, Patient, Sex, cog_form
from dictation.domain.visits import News, Visit
from dictation.errors import NeedsAPerson

NEEDED = ("ipp", "nom", "prenom", "naissance", "sexe")


def read(data: bytes) -> Iterator[News | int]:
    """News of each line, or the number of a line that cannot be read. NeedsAPerson (E_DAY_LIST): no such columns."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    first = text.split("\n", 1)[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if first.count(";") >= first.count(",") else ",")
    names = {(name or "").strip().lower() for name in rows.fieldnames or ()}
    if missing := [name for name in NEEDED if name not in names]:
        raise NeedsAPerson(f"columns missing: {', '.join(missing)}", code="E_DAY_LIST")
    for row in rows:
        fields = {(name or "").strip().lower(): (value or "").strip() for name, value in row.items() if name}
        try:
            yield _news(fields)
        except ValueError:
            yield rows.line_num


def _news(fields: dict[str, str]) -> News:
    ins = Ins(fields["ins"], fields.get("oid") or "1.2.250.1.213.1.4.8") if fields.get("ins") else None
    place = fields.get("lieu_naissance", "").upper()
    if place and not cog_form(place):  # a spreadsheet that dropped the first nought names another place
        raise ValueError("lieu_naissance")
    patient = Patient(
        last_name=fields["nom"],
        first_name=fields["prenom"],
        birth_date=_day(fields["naissance"]),
        sex=Sex(fields["sexe"].upper() or Sex.UNKNOWN),
        ins=ins,
        hospital_number=fields["ipp"] or None,
        given_names=fields.get("prenoms", ""),
        birth_place=place,
    )
    if not fields["ipp"]:
        raise ValueError("ipp")
    if not fields.get("date"):
        return News(patient)
    day = _day(fields["date"])
    number = fields.get("venue") or f"{fields['ipp']}/{day.isoformat()}/{fields.get('rpps', '')}"
    return News(patient, Visit(number, fields["ipp"], day, fields.get("rpps", ""), fields.get("service", "")))


def _day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y" if "/" in text else "%Y-%m-%d").date()  # noqa: DTZ007 - a day
