"""Dates: a day that does not exist, a discharge before its admission, a birth after the visit, a visit to come.

What the hospital knew before listening (sidecar) is compared with what was said: visit, operation, stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

from dictation.domain.documents import Doubt, Finding, FindingKind, LetterType, Risk, SectionKind
from dictation.draft.doubts.context import Context, Passage, day_of, plain, quoted

_K = SectionKind
_AHEAD = (_K.PLAN, _K.PENDING, _K.CLOSING, _K.DISCHARGE_TREATMENT)
_FAR = timedelta(days=3 * 366)  # a follow-up later than this is more often a misheard year
_COMING = re.compile(
    r"^ ?(?:\w+ et )?(?:consultation|controle|rcp|bilan|dosage|visite)\b[^,.]* le \d|"
    r"\b(?:prevue?s?|(?<!cesarienne )programmee?s?|rendez vous|reverrai|revoir|revue?|sera|seront|aura|prochaine?|"
    r"fixee?|convoque\w*|soumise? a la rcp|visite post ?natale|"
    r"consultation de|controle|a prevoir|jusqu au|ablation|revoit|revoient|reverra\w*|il faut|faut|propose\w*|"
    r"avant le|doit avoir|a (?:debuter|commencer|reprendre)|dates? (?:prevue|limite)|bilan en|cure \d+ le|la veille|"
    r"a (?:faire|presenter|discuter|rediscuter|inscrire)|inscrit\w*|"
    r"opererai|ferai|reprendrai|aura lieu|dans (?:un|deux|trois|quatre|six|\d+) (?:jours|semaines|mois))\b"
)
_GONE = re.compile(
    r"\b(?:opere(?!r\b)\w*|realise\w*|effectue\w*|hospitalise\w*|recue?|du \d|depuis|debute(?!r)\w*|anterieur\w*|"
    r"vue? le|"
    r"est (?:rassurant\w*|normal\w*|negati\w*|satisfaisant\w*|stable)|montrait|montre|retrouvait|retrouve|etait)\b"
)
# What already happened, whatever else the sentence speaks of.
_TOLD_OF = re.compile(
    r"\b(?:est (?:rassurant\w*|normal\w*|negati\w*|satisfaisant\w*)|(?:ai|a ete|avons|avais) (?:re)?vue?s?)\b"
)
# … or is told of right before the date: « découvert en août 2026 ».
_HAPPENED = re.compile(
    r"\b(?:decouvert\w*|diagnosti\w+|apparu\w*|survenu\w*|decede\w*|depuis) (?:en |le |fin |debut )?$"
)
# The day of an examination that gave something to tell: « scanner du 3 mars », and not « avant le scanner du ».
_OF_A_RESULT = re.compile(
    r"(?<!prochaine )(?<!prochain )\b(?:irm|scanner|tdm|angioscanner|radiographies?|biopsies?|biologie|"
    r"ecbu|echographie|holter|anatomopathologie|scintigraphie|mammographie|coloscopie|electrocardiogramme|ecg|"
    r"bilan sanguin)(?: [a-z]+){0,3} du $"
)
# … or its value stands before its day: « lithiémie à 0,79 mmol/L le 20 août », « 0,84 g/L le 6 mars ».
_VALUE_OF_A_DAY = re.compile(r"\d ?(?:[mµnp]?mol|[mµn]?g|[mu]*ui|g)/[md]?l le $")
_NOT_YET = re.compile(r"\b(?:avant|jusqu|lors|apres|programm\w*|prevu\w*|prochain\w*|attente|rappel)\b[^,.;]*$")
# A word that only speaks of what is to come, in the clause of the date.
_TO_COME = re.compile(
    r"\b(?:sera|seront|reverr\w+|revoir|prochaine?s?|rendez vous|(?<!cesarienne )programmee?s?|convoquee?s?)\b"
    r"[^,.;]{0,40}"
    r"\b(?:le|pour le) $"
)
_WILL_BE = re.compile(r"\b(?:sera|seront) \w+")  # « sera reçu » is to come, whatever « reçu » is alone
_OF_A_TEST = re.compile(
    r"\b(?:echographie|irm|scanner|angioscanner|tdm|radiographies?|biopsie|bilan|consultation|coloscopie|fibroscopie|"
    r"echo doppler|electrocardiogramme|biologie|prelevements?|mammographie|scintigraphie)\b[^,.]{0,20}$"
)
_VISIT = re.compile(
    r"\b(?:(?:j ai|je|nous avons|nous)\b.*\b(?:vue?s?|vois|voyons|recue?|examinee?|rencontree?)|consultation)\b[^.]*$"
)
_OPERATION = re.compile(r"\b(?:intervention|opere\w*|operation|date operatoire|bloc)\b[^.]*$")
_STAY = re.compile(r"\b(?:hospitalise\w*|sejour|admis\w*|entree?)\b[^.]*$")
_LEFT = re.compile(
    r"\b(?:sorti\w*|sortie)\b(?![^.]*\b(?:posee?|operee?|implantee?|entree?|admise?|"
    r"hospitalisee?|hospitalisee? depuis) le\b)[^.]*$"
)
_RANGE = re.compile(r"(?i)\bdu (\d{1,2}|1er)(?:\s([a-zéû]+)|[/.](\d{2}))?(?:[\s/.](\d{4}))? au $")
_MONTHS = [
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
]
_WEEKDAYS = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
_A_DAY = re.compile(r"(?:\d{4}-|--)\d{2}-\d{2}")  # « --11 » is a month without its year
_WEEKDAY = re.compile(rf"\b({'|'.join(_WEEKDAYS)}) (?:le )?$")


def check(context: Context) -> Iterable[Doubt]:
    doubts = [*_impossible(context), *_before_birth(context), *_weekdays(context), *_stays(context)]
    doubts += [*_against_the_sidecar(context), *_out_of_order(context)]
    told: set[tuple[int, int]] = set()
    for finding, doubt in doubts:  # one reason for one date
        if (finding.section, finding.start) not in told:
            told.add((finding.section, finding.start))
            yield doubt


Found = Iterable[tuple[Finding, Doubt]]


def _impossible(context: Context) -> Found:
    for kind in (FindingKind.DATE, FindingKind.BIRTH_DATE):
        for finding in context.of_kind(kind):
            if _A_DAY.fullmatch(finding.value("iso") or "") and day_of(finding.value("iso")) is None:
                reason = f"Date impossible\u00a0: {quoted(finding.text)}."
                yield finding, context.about("date.impossible", Risk.HIGH, finding, reason)


def _before_birth(context: Context) -> Found:
    birth = context.patient.birth_date if context.patient else None
    said = [day for f in context.of_kind(FindingKind.BIRTH_DATE) if (day := _full(f)) is not None]
    births = [*said, *([birth] if birth else [])]
    for finding in context.of_kind(FindingKind.DATE):
        last = _last_day(finding)
        if last is not None and any(last < born for born in births) and not _of_a_relative(context, finding):
            reason = f"Date antérieure à la naissance\u00a0: {quoted(finding.text)}."
            yield finding, context.about("date.before_birth", Risk.HIGH, finding, reason)
    for finding in context.of_kind(FindingKind.BIRTH_DATE):
        day = _full(finding)
        if day is not None and context.now is not None and day > context.now:
            reason = f"Naissance postérieure à la consultation\u00a0: {quoted(finding.text)}."
            yield finding, context.about("date.birth_after", Risk.HIGH, finding, reason)


def _of_a_relative(context: Context, finding: Finding) -> bool:
    passage = context.passage_of(finding)
    return bool(passage and re.search(r"\b(?:pere|mere|frere|soeur|famil\w*)\b", plain(passage.text)))


def _weekdays(context: Context) -> Found:
    for finding in context.of_kind(FindingKind.DATE):
        day, before = _full(finding), _before(context, finding)
        said = _WEEKDAY.search(before)
        if day is not None and said and _WEEKDAYS.index(said[1]) != day.weekday():
            right = _WEEKDAYS[day.weekday()]
            reason = f"Le {finding.text} est un {right}, la dictée dit {quoted(said[1])}\u00a0: vérifiez la date."
            yield finding, context.about("date.weekday", Risk.MEDIUM, finding, reason)


def _stays(context: Context) -> Found:
    """« du 12 au 10 novembre » and a way out before the way in."""
    entered: date | None = context.sidecar.admission_date if context.sidecar else None
    for finding in context.of_kind(FindingKind.DATE):
        if context.section_of(finding) in _AHEAD:
            continue
        day, before, text = _near(context, finding), _before(context, finding), _text_before(context, finding)
        if day is None:
            continue
        if (start := _RANGE.search(text)) and (first := _start_of(start, day)) is not None and first > day:
            reason = f"Fin avant le début\u00a0: {quoted(start[0].strip() + ' ' + finding.text)}."
            yield finding, context.about("date.order", Risk.HIGH, finding, reason)
        elif _LEFT.search(before) and entered is not None and day < entered:
            reason = f"Sortie avant l’entrée\u00a0: {quoted(finding.text)}."
            yield finding, context.about("date.order", Risk.HIGH, finding, reason)
        elif _STAY.search(before) and not start:
            entered = entered or day


def _start_of(match: re.Match[str], end: date) -> date | None:
    day = int(match[1].removesuffix("er"))
    month = int(match[3] or end.month)
    if match[2] and plain(match[2]) in _MONTHS:
        month = _MONTHS.index(plain(match[2])) + 1
    try:
        return date(int(match[4] or end.year), month, day)
    except ValueError:
        return None


def _against_the_sidecar(context: Context) -> Found:
    known = context.sidecar
    if known is None:
        return
    for finding in context.of_kind(FindingKind.DATE):
        kind, day = context.section_of(finding), _near(context, finding)
        before, text = _before(context, finding), _text_before(context, finding)
        if day is None or kind in (_K.HISTORY, _K.ILLNESS, _K.TESTS, *_AHEAD):
            continue
        if plain(finding.text).endswith(" au") or _text_after(context, finding).startswith(" au "):
            continue  # the first day of a stretch, told with its last
        expected: tuple[str, date | None] = ("", None)
        if context.letter_type.tells_a_stay:
            if (start := _RANGE.search(text)) and _STAY.search(before):
                expected = ("sortie", known.discharge_date)
                first = _start_of(start, day)
                if first and known.admission_date and first != known.admission_date:
                    expected = ("entrée", known.admission_date)
                    day = first
            elif _LEFT.search(before):
                expected = ("sortie", known.discharge_date)
            elif _STAY.search(before) and kind is _K.OPENING:
                expected = ("entrée", known.admission_date)
        elif kind is _K.OPENING and context.letter_type is LetterType.CONSULTATION and _visited(before):
            expected = ("consultation", known.visit_date)
        elif (
            context.letter_type is LetterType.OPERATION and _OPERATION.search(before) and not _OF_A_TEST.search(before)
        ):
            expected = ("intervention", known.visit_date)
        what, right = expected
        if right is not None and day != right:
            reason = f"Date de {what} entendue {day:%d/%m/%Y}, fiche jointe {right:%d/%m/%Y}\u00a0: vérifiez."
            reason = reason.replace("de entrée", "d’entrée").replace("de intervention", "d’intervention")
            yield finding, context.about("date.sidecar", Risk.HIGH, finding, reason)


def _visited(before: str) -> bool:
    """« Consultation du 22 octobre », and not what is planned in it: « mastectomie prévue le 16 novembre »."""
    return bool(_VISIT.search(before)) and not re.search(
        r"\b(?:prevue?s?|programmee?s?|fixee?s?) (?:pour )?le $", before
    )


def _out_of_order(context: Context) -> Found:
    now = context.now
    if now is None:
        return
    admitted = context.sidecar.admission_date if context.sidecar else None
    for finding in context.of_kind(FindingKind.DATE):
        kind, passage = context.section_of(finding), context.passage_of(finding)
        first, last = _first_day(finding), _last_day(finding)
        if passage is None or kind is None:
            continue
        words = plain(passage.text)
        ahead = kind in _AHEAD or bool(_COMING.search(words)) or _after_the_operation(context, kind)
        before = _before(context, finding)
        of_a_result = (_OF_A_RESULT.search(before) and not _NOT_YET.search(before)) or _VALUE_OF_A_DAY.search(before)
        ahead = ahead and not (_TOLD_OF.search(words) or _HAPPENED.search(before) or of_a_result)
        if first is not None and last is not None:
            told_ahead = finding.value("iso") or ((kind in _AHEAD or kind is _K.CONCLUSION) and finding.value("month"))
            if (
                ahead
                and last < now
                and told_ahead
                and (_TO_COME.search(before) or not _GONE.search(_WILL_BE.sub("", words)))
            ):
                reason = f"Suivi prévu à une date déjà passée\u00a0: {quoted(finding.text)}."
                yield finding, context.about("date.past_follow_up", Risk.HIGH, finding, reason)
            elif ahead and first > now + _FAR:
                reason = f"Suivi très lointain\u00a0: {quoted(finding.text)}. Vérifiez l’année."
                yield finding, context.about("date.far", Risk.MEDIUM, finding, reason)
            elif not ahead and first > now:
                reason = f"Date à venir pour un fait passé\u00a0: {quoted(finding.text)}."
                yield finding, context.about("date.future", Risk.HIGH, finding, reason)
        day = _near(context, finding)
        if kind in (_K.PROCEDURE, _K.COURSE) and not ahead and day is not None and admitted is not None:
            leaving = context.sidecar.discharge_date if context.sidecar else None
            if day < admitted or (leaving is not None and day > leaving):
                reason = f"Date hors du séjour\u00a0: {quoted(finding.text)}."
                yield finding, context.about("date.outside_stay", Risk.HIGH, finding, reason)


def _after_the_operation(context: Context, kind: SectionKind) -> bool:
    """The course of an operation report tells what is to come: « consultation le 10 décembre »."""
    return context.letter_type is LetterType.OPERATION and kind is _K.COURSE


def _full(finding: Finding) -> date | None:
    """A day said with its year."""
    iso = finding.value("iso") or ""
    return None if iso.startswith("--") else day_of(iso)


def _near(context: Context, finding: Finding) -> date | None:
    """The day of a date, in the year of the visit when none was said."""
    iso, now = finding.value("iso") or "", context.now
    if not iso.startswith("--"):
        return day_of(iso)
    return day_of(iso, now.year) if now is not None else None


def _first_day(finding: Finding) -> date | None:
    if month := finding.value("month"):
        return day_of(f"{month}-01")
    if year := finding.value("year"):
        return day_of(f"{year}-01-01")
    return _full(finding)


def _last_day(finding: Finding) -> date | None:
    if month := finding.value("month"):
        return day_of(f"{month}-28")
    if year := finding.value("year"):
        return day_of(f"{year}-12-31")
    return _full(finding)


def _text_before(context: Context, finding: Finding) -> str:
    passage: Passage | None = context.passage_of(finding)
    return passage.text[: max(0, finding.start - passage.start)] if passage else ""


def _text_after(context: Context, finding: Finding) -> str:
    passage = context.passage_of(finding)
    return passage.text[max(0, finding.end - passage.start) :] if passage else ""


def _before(context: Context, finding: Finding) -> str:
    """The folded words of the sentence before a finding, with a blank at their end."""
    return plain(_text_before(context, finding)) + " "
