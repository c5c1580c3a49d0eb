"""Heard: figures, units, sides and drug names that recognition itself was not sure of."""

from __future__ import annotations

from collections.abc import Iterable

from dictation.domain.documents import Doubt, Finding, FindingKind, Risk
from dictation.draft.doubts.context import Context, quoted
from dictation.draft.doubts.poor_sound import is_poor

# A telephone loses the consonants that tell « six » from « dix », noise covers them: there, figures are to be surer.
POOR_SOUND_PROBABILITY = 0.90

_RISKS = {
    FindingKind.DRUG: (Risk.HIGH, "Dose ou médicament mal entendu"),
    FindingKind.SIDE: (Risk.HIGH, "Côté mal entendu"),
    FindingKind.BIRTH_DATE: (Risk.HIGH, "Date de naissance mal entendue"),
    FindingKind.MEASUREMENT: (Risk.MEDIUM, "Chiffre ou unité mal entendu"),
    FindingKind.DATE: (Risk.MEDIUM, "Date mal entendue"),
}


def check(context: Context) -> Iterable[Doubt]:
    floor = context.number_probability
    if context.transcript.narrow_band or is_poor(context.transcript.quality):
        floor = max(floor, POOR_SOUND_PROBABILITY)
    for finding in context.report.findings:
        if finding.kind not in _RISKS:
            continue
        if _least_sure(context, finding) < floor:
            risk, what = _RISKS[finding.kind]
            reason = f"{what}\u00a0: réécoutez {quoted(finding.text)}."
            yield context.about(f"heard.{finding.kind}", risk, finding, reason)


def _least_sure(context: Context, finding: Finding) -> float:
    return min((word.probability for word in context.words_in(finding.span)), default=1.0)
