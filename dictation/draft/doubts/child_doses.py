"""Child doses: less than a child of that age or weight needs, or more than one of them bears.

Reads by_weight.tsv and child_weights.tsv, not validated by a pharmacist. The dose of a child is told in mg, and
nobody sees from it alone whether a figure is ten times wrong; its age bounds its weight, and its weight the dose.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

from dictation.domain.documents import Doubt, FindingKind, Risk
from dictation.draft.doubts.amounts import IN_MG
from dictation.draft.doubts.by_weight import amount_in, limits_by_weight, weight_of
from dictation.draft.doubts.context import Context, quoted, rows
from dictation.draft.doubts.doses import FAR_TOO_LOW, figures, is_child
from dictation.draft.doubts.usual import NOT_VALIDATED, substance, usual_of

_A_TAKING = 0.5  # of the least in the table, some of whose rows are of a whole day


def check(context: Context) -> Iterable[Doubt]:
    if not is_child(context):
        return
    told = weight_of(context)
    lightest, heaviest = (told, told) if told else weights_at(_age(context))
    for finding in context.of_kind(FindingKind.DRUG):
        unit, usual = finding.value("unit") or "", usual_of(finding)
        said = None if "/" in unit else amount_in(finding.value("dose") or "", unit)
        if said is None or finding.negated or (usual and not usual.least / FAR_TOO_LOW < said[0] <= usual.most):
            continue  # doses.py tells what no child is given
        of_its_kind = [
            row
            for row in limits_by_weight().get((substance(finding), "kg"), ())
            if (row[0] == "UI") == (said[1] == "UI")
        ]
        if not of_its_kind:
            continue
        name, least, most = of_its_kind[0]
        low, high = _A_TAKING * least * lightest, most * heaviest
        if low <= said[0] <= high:
            continue
        by = IN_MG.get(name, 1.0)
        body = f"{figures(told)}\u00a0kg" if told else f"de {figures(lightest)} à {figures(heaviest)}\u00a0kg à cet âge"
        usually = f"{figures(least / by)} à {figures(most / by)}\u00a0{name}/kg, {body}\u202f; {NOT_VALIDATED}"
        reason = f"Dose inattendue pour un enfant\u00a0: {quoted(finding.text)} ({usually}). Réécoutez le chiffre."
        yield context.about("dose.child", Risk.HIGH, finding, reason)


def _age(context: Context) -> float:
    """Years; the caller has seen that both days are known."""
    patient, now = context.patient, context.now
    assert patient is not None and now is not None
    return (now - patient.birth_date).days / 365.25


def weights_at(years: float) -> tuple[float, float]:
    """(lightest, heaviest) in kg of nearly all children of that age: the least of its row, the most of the next."""
    ages = _weights()
    here = max(n for n, row in enumerate(ages) if row[0] <= max(0.0, years))
    return ages[here][1], ages[min(here + 1, len(ages) - 1)][2]


@functools.cache
def _weights() -> tuple[tuple[float, float, float], ...]:
    return tuple((float(age), float(least), float(most)) for age, least, most in rows("child_weights"))
