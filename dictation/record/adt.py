"""ADT and SIU: what the administration tells over HL7 v2 becomes News. Pure functions; touches nothing.

Taken: ADT A01 to A08, A12, A13, A28, A31 (identity, and the visit in PV1: arrival, transfer, discharge, change of
class, and what undoes them), A11 and A38 (visit cancelled), A40 (two numbers, one person); SIU S12, S13, S14
(appointment), S15, S17, S26 (not kept). Source: HL7 v2.5 chapters 3 and 10; IHE PAM France for the identity: IPP is PI,
INS is INS with its OID as authority and counts only when PID-32 says VALI; PID-5 of type L holds the birth name, the
first name and the list of first names, of type D the names in use; PID-11 of type BDL the INSEE code (COG) of the place
of birth.
"""

from __future__ import annotations

from datetime import date, datetime

import hl7

from dictation.domain.people import INS_OIDS, Ins, Patient, Sex, cog_form
from dictation.domain.visits import News, Visit
from dictation.record.hl7v2 import VALIDATED

IDENTITY = {"A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A12", "A13", "A28", "A31"}
VISIT_CANCELLED = {"A11", "A38"}
DISCHARGE_UNDONE = "A13"
MERGED = {"A40"}
BOOKED, NOT_KEPT = {"S12", "S13", "S14"}, {"S15", "S17", "S26"}
UNKNOWN_SEX = {"", "U", "O", "A", "N"}  # PID-8, HL7 table 0001: not told, or neither: no reason to lose an identity
TAKEN = {"ADT": IDENTITY | VISIT_CANCELLED | MERGED, "SIU": BOOKED | NOT_KEPT}


class NotForUs(ValueError):
    """A message of another kind: answered with AR, and left alone."""


class Unreadable(ValueError):
    """A message of a kind we take that lacks what we need; the words name the field, never its value."""


def news(text: str) -> News:
    """Read one message. Raises NotForUs or Unreadable."""
    try:
        message = hl7.parse(text)
        kind, event = message.extract_field("MSH", 1, 9, 1, 1), message.extract_field("MSH", 1, 9, 1, 2)
    except (KeyError, IndexError, hl7.HL7Exception) as error:
        raise Unreadable("MSH") from error
    if event not in TAKEN.get(kind, ()):
        raise NotForUs(f"{kind}^{event}")
    patient = _patient(message)
    if event in MERGED:
        before = _numbers(message, "MRG", 1)[0]
        if not before or before == patient.hospital_number:
            raise Unreadable("MRG-1")
        return News(patient, merged_from=before)
    cancelled = event in VISIT_CANCELLED | NOT_KEPT
    visit = _appointment(message, patient, cancelled) if kind == "SIU" else _stay(message, patient, cancelled)
    return News(patient, visit)


def control_id(text: str) -> str:
    """MSH-10 of a message, "" when it has none."""
    fields = text.split("\r", 1)[0].split("|")
    return fields[9] if len(fields) > 9 else ""


def _field(message: hl7.Message, segment: str, field: int, component: int = 1, repetition: int = 1) -> str:
    """One component, unescaped; "" where the message is shorter, or says it is empty."""
    try:
        found = str(message.unescape(message.extract_field(segment, 1, field, repetition, component) or "")).strip()
    except (KeyError, IndexError):
        return ""
    return "" if found == '""' else found


def _repetitions(message: hl7.Message, segment: str, field: int) -> range:
    """The numbers of a field's repetitions, from 1."""
    try:
        return range(1, len(message.segment(segment)[field]) + 1)
    except (KeyError, IndexError):
        return range(0)


def _numbers(message: hl7.Message, segment: str, field: int) -> tuple[str, str, str]:
    """(IPP, INS, OID of the INS) of a CX field with its repetitions; "" for what is not there."""
    hospital_number, ins, register = "", "", ""
    for repetition in _repetitions(message, segment, field):
        number, kind = (_field(message, segment, field, part, repetition) for part in (1, 5))
        authority = str(message.segment(segment)[field][repetition - 1]).split("^")
        oid = authority[3].split("&")[1] if len(authority) > 3 and authority[3].count("&") else ""
        if kind == "INS" and oid in INS_OIDS and number:
            ins, register = number, oid
        elif kind in {"PI", ""} and not hospital_number:
            hospital_number = number
    return hospital_number, ins, register


def _patient(message: hl7.Message) -> Patient:
    try:
        hospital_number, ins, register = _numbers(message, "PID", 3)
        if not hospital_number:
            raise Unreadable("PID-3")
        sex = _field(message, "PID", 8)
        born, used = _name(message, "L"), _name(message, "D")
        # an INS of an identity that is not validated (PID-32) may not be used
        validated = VALIDATED in {_field(message, "PID", 32, 1, one) for one in _repetitions(message, "PID", 32)}
        return Patient(
            last_name=_field(message, "PID", 5, 1, born or 1),
            first_name=_field(message, "PID", 5, 2, born or 1),
            birth_date=_day(_field(message, "PID", 7)),
            sex=Sex.UNKNOWN if sex in UNKNOWN_SEX else Sex(sex),
            ins=Ins(ins, register) if ins and born and validated else None,  # ValueError when the key is wrong
            hospital_number=hospital_number,
            given_names=_field(message, "PID", 5, 3, born) if born else "",
            birth_place=_birth_place(message),
            used_last_name=_field(message, "PID", 5, 1, used) if used else "",
            used_first_name=_field(message, "PID", 5, 2, used) if used else "",
        )
    except Unreadable:
        raise
    except ValueError as error:
        raise Unreadable("PID") from error


def _name(message: hl7.Message, kind: str) -> int:
    """Which repetition of PID-5 is of this type (HL7 table 0200); 0 when none is."""
    return next((one for one in _repetitions(message, "PID", 5) if _field(message, "PID", 5, 7, one) == kind), 0)


def _birth_place(message: hl7.Message) -> str:
    for one in _repetitions(message, "PID", 11):
        kind, code = (_field(message, "PID", 11, part, one) for part in (7, 9))
        if kind == "BDL" and cog_form(code):
            return code
    return ""


def _stay(message: hl7.Message, patient: Patient, cancelled: bool) -> Visit | None:
    """PV1, when it says when; an identity alone is news too."""
    number, day = _field(message, "PV1", 19), _field(message, "PV1", 44)
    if not number or not day:
        return None
    author, service = _rpps(message, "PV1", 7), _field(message, "PV1", 3)
    came, left = _asked_day(day, "PV1-44"), _field(message, "PV1", 45)
    stays = message.extract_field("MSH", 1, 9, 1, 2) == DISCHARGE_UNDONE
    until = _asked_day(left, "PV1-45") if left and not stays else None
    if until and until < came:
        raise Unreadable("PV1-45")
    return Visit(number, patient.hospital_number or "", came, author, service, cancelled, until, stays)


def _appointment(message: hl7.Message, patient: Patient, cancelled: bool) -> Visit:
    number = _field(message, "SCH", 2) or _field(message, "SCH", 1)
    day = _field(message, "SCH", 11, 4) or _field(message, "AIS", 4)
    if not number or not day:
        raise Unreadable("SCH")
    author = _rpps(message, "AIP", 3)
    return Visit(number, patient.hospital_number or "", _asked_day(day, "SCH-11"), author, "", cancelled)


def _rpps(message: hl7.Message, segment: str, field: int) -> str:
    found = _field(message, segment, field)
    return found if len(found) == 11 and found.isdecimal() else ""


def _asked_day(text: str, field: str) -> date:
    try:
        return _day(text)
    except ValueError as error:
        raise Unreadable(field) from error


def _day(text: str) -> date:
    return datetime.strptime(text[:8], "%Y%m%d").date()  # noqa: DTZ007 - a day, not an instant
