"""One illness: a drug given for that illness alone, in a letter that never speaks of it: « Sprycel » for « Spiriva ».

Reads one_illness.tsv, not validated by a pharmacist. A drug to which the patient was intolerant is not at issue.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, FindingKind, Risk, SectionKind
from dictation.draft.doubts.context import Context, plain, quoted, rows
from dictation.draft.doubts.usual import substance


def check(context: Context) -> Iterable[Doubt]:
    letter = plain(" ".join(section.text for section in context.report.sections))
    told: set[str] = set()
    for finding in context.of_kind(FindingKind.DRUG):
        name = substance(finding)
        illness = _illnesses().get(name)
        if illness is None or finding.negated or name in told or context.section_of(finding) is SectionKind.ALLERGIES:
            continue
        if illness.search(letter) or "m²" in (finding.value("unit") or ""):
            continue  # told by the surface: nobody is given another drug so
        told.add(name)
        reason = (
            f"Médicament d’une maladie dont la lettre ne parle pas\u00a0: {quoted(finding.text)}. Réécoutez le nom."
        )
        yield context.about("drug.one_illness", Risk.HIGH, finding, reason)


@functools.cache
def _illnesses() -> dict[str, re.Pattern[str]]:
    found = {}
    for name, words in rows("one_illness"):
        beginnings = "|".join(re.escape(word.replace("+", " ")) for word in words.split())
        found[plain(name)] = re.compile(rf"\b(?:{beginnings})")
    return found
