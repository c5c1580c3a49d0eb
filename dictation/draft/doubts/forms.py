"""Forms: a form the drug does not have: « Mopral LP », « injections d’Elisor ». Reads forms.tsv, not validated."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, FindingKind, Risk
from dictation.draft.doubts.context import Context, plain, quoted, rows
from dictation.draft.doubts.usual import NOT_VALIDATED, substance

_SLOW = re.compile(r"[ \u00a0](?:\d\S*[ \u00a0](?:mg[ \u00a0])?)?LP\b")
_INJECTED = re.compile(r"(?i)\b(?:injections?|perfusions?|bolus|collyres?|inhalations? |bouffées?) (?:de |d’|d')$")
_INJECTED_BEHIND = re.compile(r"^(?:[ \u00a0]\d\S*)?[ \u00a0](?:mg[ \u00a0])?(?:IV|IVL|IVD|IVSE|IM|SC|en collyre)\b")


def check(context: Context) -> Iterable[Doubt]:
    for finding in context.of_kind(FindingKind.DRUG):
        forms, passage = _forms().get(substance(finding), frozenset()), context.passage_of(finding)
        name = finding.value("drug") or ""
        if not forms or passage is None or finding.rule_id in ("drug.resembles", "drug.unknown"):
            continue
        at = passage.text.find(name, max(0, finding.start - passage.start))
        before, behind = passage.text[: max(at, 0)], passage.text[at + len(name) :]
        if at < 0:
            continue
        slow = "plain" in forms and _SLOW.match(behind)
        if slow or ("swallowed" in forms and (_INJECTED.search(before) or _INJECTED_BEHIND.match(behind))):
            what = "forme LP" if slow else "voie"
            said = quoted(" ".join([*before.split()[-2:], name, *behind.split()[:2]]).strip(" ,.;"))
            reason = f"Ce médicament n’existe pas sous cette {what}\u00a0: {said} ({NOT_VALIDATED}). Réécoutez le nom."
            yield context.about("drug.form", Risk.HIGH, finding, reason)


@functools.cache
def _forms() -> dict[str, frozenset[str]]:
    return {plain(name): frozenset(forms.split()) for name, forms in rows("forms")}
