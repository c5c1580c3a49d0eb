"""Wrong patient: what is compared, then the letter is linked to somebody else, or held until a person decides.

Three answers of one address: what was compared and who else is expected; the chosen person beside the voice; done.
Nothing is chosen beforehand, and nobody is linked unseen. Rules: dictation/relink.py.
"""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from dictation import proofread, relink
from dictation.domain.people import Patient, Sex
from dictation.domain.progress import MOVES, Dictation, State
from dictation.errors import DictationError, NotAllowed
from dictation.store.transactions import writing
from dictation.web import french
from dictation.web.anchored import heard_identity
from dictation.web.pages import notice, page, refused
from dictation.web.parts import parts, today
from dictation.web.people import AUTHOR, SECRETARY, journal, person, readable, roles

TYPED = "typed"  # the choice of somebody who is on no list
FIELDS = ("last_name", "first_name", "birth_date", "sex", "hospital_number")


@require_POST
@roles(SECRETARY, AUTHOR)
def wrong_patient(request: HttpRequest, dictation_id: str) -> HttpResponse:
    """POST /dictees/<id>/mauvais-patient: compare; `step` hold, look (at the chosen one) or relink."""
    dictation = readable(request, dictation_id)
    step = request.POST.get("step", "")
    try:
        if step == "hold":
            return _hold(request, dictation)
        if step in {"look", "relink"}:
            chosen = _chosen(request, dictation)
            return _relink(request, dictation, chosen) if step == "relink" else _compare(request, dictation, chosen)
    except DictationError as error:
        return refused(request, error)
    return _compare(request, dictation)


def _compare(request: HttpRequest, dictation: Dictation, chosen: Patient | None = None) -> HttpResponse:
    journal(request, "identity-compared", dictation.id)
    return page(
        request,
        "proofread/wrong_patient.html",
        dictation=dictation,
        heard=heard_identity(dictation),
        others=[] if chosen else [(one, _agreed(dictation, one)) for one in _expected(dictation)],
        chosen=chosen,
        agreed=_agreed(dictation, chosen) if chosen else (),
        typed={name: request.POST.get(name, "") for name in FIELDS},
        choice=request.POST.get("choice", ""),
        reason=request.POST.get("reason", ""),
        sexes=[(sex.value, sex.label) for sex in Sex],
        may_relink=relink.may_relink(dictation),
        may_hold=State.HELD in MOVES[dictation.state],
    )


def _agreed(dictation: Dictation, patient: Patient) -> tuple[str, ...]:
    """What the voice says of this patient too; nothing when there are no words yet."""
    return tuple(parts().agreements(dictation.id, patient)) if dictation.draft_version else ()


def _expected(dictation: Dictation) -> list[Patient]:
    """Who is on the author's lists of the visit's day and of today, without the one the letter has now."""
    sidecar = dictation.sidecar
    if sidecar is None:
        return []
    days = dict.fromkeys((sidecar.visit_date or today(), today()))
    found = {one.hospital_number: one for day in days for one in parts().expected(day, sidecar.author)}
    own = sidecar.patient.hospital_number if sidecar.patient else None
    others = [one for number, one in found.items() if number and number != own]
    return sorted(others, key=lambda one: (one.last_name, one.first_name))


def _chosen(request: HttpRequest, dictation: Dictation) -> Patient:
    """The line of the list, or the identity that was typed. NotAllowed when neither is whole."""
    choice, expected = request.POST.get("choice", ""), {one.hospital_number: one for one in _expected(dictation)}
    if choice != TYPED:
        if choice not in expected:
            raise NotAllowed(f"dictation {dictation.id}: nobody was chosen", code="E_IDENTITY_INCOMPLETE")
        return expected[choice]
    typed = {name: " ".join(request.POST.get(name, "").split())[:100] for name in FIELDS}
    try:
        if not all(typed.values()):
            raise ValueError("incomplete")
        born = date.fromisoformat(typed["birth_date"])
        if born > today():
            raise ValueError("not born yet")
        number = typed["hospital_number"]
        who = Patient(typed["last_name"], typed["first_name"], born, Sex(typed["sex"]), None, number)
    except ValueError as error:
        raise NotAllowed(f"dictation {dictation.id}: {error}", code="E_IDENTITY_INCOMPLETE") from error
    known = expected.get(number)
    if known and (known.last_name.casefold(), known.birth_date) != (who.last_name.casefold(), who.birth_date):
        raise NotAllowed(f"dictation {dictation.id}: another patient's number", code="E_HOSPITAL_NUMBER_TAKEN")
    return known or who  # the administration's own record when it is the same person


def _relink(request: HttpRequest, dictation: Dictation, chosen: Patient) -> HttpResponse:
    who, ledger = person(request), parts().ledger
    agreed = ", ".join(_agreed(dictation, chosen)) or "rien"
    compared = f"{_compared(dictation)}\u202f; reliée à\u00a0: {_identity(chosen)}\u202f; concorde\u00a0: {agreed}"
    with writing():  # never the new patient beside the points of the old one
        held = ledger.locks([dictation.id]).get(dictation.id)
        if held and held.holder != who.account:
            raise NotAllowed(f"dictation {dictation.id} is held", code="E_LETTER_HELD")
        relink.relink(
            ledger, dictation.id, chosen, request.POST.get("reason", ""), compared=compared, actor=who.account,
            keep_addressee=bool(request.POST.get("keep_addressee")), recheck=parts().recheck,
        )  # fmt: skip
    notice(
        request, f"Lettre reliée à {chosen.last_name} {chosen.first_name}\u00a0: relisez-la, ses points sont refaits."
    )
    back = ledger.get(dictation.id).state is State.DRAFTED
    return redirect("desk" if back else "case", dictation_id=dictation.id)


def _hold(request: HttpRequest, dictation: Dictation) -> HttpResponse:
    held = proofread.hold_wrong_patient(
        parts().ledger, dictation.id, request.POST.get("reason", ""), compared=_compared(dictation),
        actor=person(request).account,
    )  # fmt: skip
    if held:
        notice(request, "Lettre retenue\u00a0: mauvais patient. Elle ne partira pas tant que personne n’a décidé.")
    return redirect("case", dictation_id=dictation.id)


def _compared(dictation: Dictation) -> str:
    """What the person had before their eyes when they decided, for the journal."""
    patient = dictation.sidecar.patient if dictation.sidecar else None
    said = ", ".join(heard_identity(dictation)) or "rien d’entendu"
    return f"fiche\u00a0: {_identity(patient) if patient else 'sans patient'}\u202f; voix\u00a0: {said}"


def _identity(patient: Patient) -> str:
    number = f", IPP {patient.hospital_number}" if patient.hospital_number else ""
    return f"{patient.last_name} {patient.first_name}, né(e) le {french.day(patient.birth_date)}{number}"
