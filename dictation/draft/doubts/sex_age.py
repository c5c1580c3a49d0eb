"""Sex and age: an organ, an operation or a condition the patient of the sidecar cannot have. Reads sexed.tsv."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, FindingKind, Risk
from dictation.domain.people import Sex
from dictation.draft.doubts.context import Context, Passage, plain, quoted, rows
from dictation.draft.doubts.usual import usual_of

_A_RELATIVE = re.compile(
    r"\b(?:pere|mere|frere|soeur|fils|fille|oncle|tante|cousine?|conjointe?|mari|epouse|femme|famil\w*|parents?)\b"
)
_CHILD = re.compile(r"\b(?:nourrisson|nouveau nee?|carnet de sante|allaite au sein|petite? garcon|petite fille)\b")
# A mother’s letter speaks of her child.
_A_BIRTH = re.compile(r"\b(?:accouch\w*|cesarienne|grossesse|maternite|sage femme|post partum|\d+ sa)\b")
_CHILD_UNDER = 15  # years: adult doses no longer apply below
_GROWN_FROM = 15
_SMALL = 7  # years under which it still does


@functools.cache
def _sexed() -> tuple[tuple[re.Pattern[str], Sex], ...]:
    return tuple((re.compile(rf"\b{re.escape(plain(row[0]))}\w*"), Sex(row[1])) for row in rows("sexed"))


def check(context: Context) -> Iterable[Doubt]:
    patient = context.patient
    if patient is None:
        return
    for passage in context.passages():
        folded = plain(passage.text).replace("peritoneo vaginal", "peritoneo-inguinal")
        if _A_RELATIVE.search(folded) or (_of_an_infant(context) and _A_BIRTH.search(folded)):
            continue  # the mother's: « grossesse bien suivie »
        for told, sex in _sexed():
            if patient.sex not in {sex, Sex.UNKNOWN} and (match := told.search(folded)):
                who = "un homme" if patient.sex is Sex.MALE else "une femme"
                reason = (
                    f"{quoted(match[0])} chez {who} d’après la fiche jointe\u00a0: vérifiez l’identité et le texte."
                )
                start, end = _unfolded(passage, match)
                yield context.words("sex.procedure", Risk.HIGH, passage, start, end, reason)
                break
    yield from _age(context)


def _of_an_infant(context: Context) -> bool:
    """A small child’s letter tells of the mother’s pregnancy."""
    patient, now = context.patient, context.now
    return patient is not None and now is not None and (now - patient.birth_date).days < _SMALL * 365


def _age(context: Context) -> Iterable[Doubt]:
    patient, now = context.patient, context.now
    if patient is None or now is None:
        return
    years = (now - patient.birth_date).days / 365.25
    if years < _CHILD_UNDER:
        dosed = [f for f in context.of_kind(FindingKind.DRUG) if f.value("dose") and usual_of(f) and not f.negated]
        if dosed:
            child = f"Enfant de {int(years)}\u00a0ans" if years >= 2 else "Enfant de moins de 2\u00a0ans"
            reason = f"{child}\u00a0: les doses usuelles sont celles d’un adulte, vérifiez toutes les doses."
            yield context.about("age.child_dose", Risk.HIGH, dosed[0], reason)
    letter = plain(" ".join(section.text for section in context.report.sections))
    if years >= _GROWN_FROM and not (patient.sex is Sex.FEMALE and _A_BIRTH.search(letter)):
        for passage in context.passages():
            folded = plain(passage.text)
            if (match := _CHILD.search(folded)) and not _A_RELATIVE.search(folded):
                told = f"{quoted(match[0])} pour un patient de {int(years)}\u00a0ans"
                reason = f"{told}\u00a0: vérifiez l’identité et le texte."
                start, end = _unfolded(passage, match)
                yield context.words("age.child", Risk.HIGH, passage, start, end, reason)


def _unfolded(passage: Passage, match: re.Match[str]) -> tuple[int, int]:
    """The words of the text behind a match in its folded form: folding may drop marks, so by counting words."""
    folded = plain(passage.text)
    if len(folded) == len(passage.text):
        return match.start(), match.end()
    spans = [m.span() for m in re.finditer(r"[^\s'’-]+", passage.text)]
    first, last = len(folded[: match.start()].split()), len(folded[: match.end()].split()) - 1
    return (spans[first][0], spans[last][1]) if last < len(spans) else (0, len(passage.text))
