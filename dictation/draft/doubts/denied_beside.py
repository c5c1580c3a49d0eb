"""Denied beside: a finding said to be there among findings that are denied.

« Pas de déficit, neuropathie, pas de trouble du transit »: who lists what is absent names what is present elsewhere, or
says more of it. A bare name between two denials, or in a list that denies its other members, has most likely lost its
own « pas de »; so may have one that stands bare where what was found is described. Narrower than negation.py in the
words (no verb, no figure, no side), wider in the sections.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk, SectionKind
from dictation.draft.doubts.context import Context, Passage, plain, quoted
from dictation.draft.doubts.negation import DESCRIBED, clauses, denied_in, short

_DENIES = re.compile(
    r"^(?:il |elle |on )?(?:n a |n est |ne \w+ )?(?:pas|aucune?s?|sans|absence d(?:e|es|u)?|ni|jamais|plus d|n a pas)\b"
)
_ARTICLE = r"(?:une? |des )"
_NAME = re.compile(rf"^{_ARTICLE}?[a-z]{{4,}}(?: (?:de |du |des |d |a |au |aux |en |l )?[a-z]{{4,}}){{0,2}}$")
# What says more of it, or that it is no finding: a verb, a state, a figure, a side.
_MORE = re.compile(
    r"\d|\b(?:est|sont|etait|a|ont|reste\w*|droite?s?|gauches?|bilatera\w+|ancien\w*|traite\w*|opere\w*|connue?s?|"
    r"modere\w*|minime\w*|normal\w*|souple\w*|propre\w*|stable\w*|libre\w*|presente?s?|percu\w*|conserve\w*|"
    r"symetri\w*|regulier\w*|habituel\w*|simple\w*|bonne?|bon|correct\w*|satisfaisant\w*|sec|seche|sevre\w*|"
    r"aspirati\w*|appareille\w*|comprime\w*|homogene\w*|claire?s?|jamais|fermee?s?|indolore\w*|chronique\w*|"
    r"en extension|diffus\w*|abondant\w*|limite\w*|plus|(?:in)?directe?s?|benin\w*|ulcere|positi\w*|negati\w*)\b"
)


# What is as it should be: who goes on with a bare finding behind it has lost a « sans ».
_NORMAL = re.compile(
    r"\b(?:libres?|souples?|normale?s?|normaux|propres?|calmes?|saine?s?|indemnes?|etanches?|compressibles?|permeables?|"
    r"symetriques?|reguliers?|regulieres?|fluides?)$"
)


def check(context: Context) -> Iterable[Doubt]:
    passages = list(context.passages())
    for n, passage in enumerate(passages):
        if passage.kind is SectionKind.ALLERGIES:
            continue  # how it showed: « œdème du visage, pas de choc »
        before = passages[n - 1] if n and passages[n - 1].section == passage.section else None
        after = passages[n + 1] if n + 1 < len(passages) and passages[n + 1].section == passage.section else None
        parts = list(clauses(passage.text))
        for i, (begin, clause) in enumerate(parts):
            if not _named(clause):
                continue
            left = parts[i - 1][1] if i else _last_clause(before)
            right = parts[i + 1][1] if i + 1 < len(parts) else _first_clause(after)
            denied = [_denies(left), _denies(right)]
            in_a_list = len(parts) > 1 and any(_denies(part) for _, part in parts if part is not clause)
            behind_normal = i > 0 and bool(_NORMAL.search(plain(left)))
            if all(denied) or (any(denied) and (in_a_list or begin == 0)) or behind_normal or _alone(passage, clause):
                told = quoted(short(clause.strip()))
                where = "parmi ce qui est nié" if any(denied) else "sans article ni précision"
                reason = f"Affirmé {where}\u00a0: {told}. Un «\u00a0pas de\u00a0» a pu se perdre, réécoutez."
                start, end = begin + len(clause) - len(clause.lstrip()), begin + len(clause.rstrip())
                yield context.words("negation.beside", Risk.MEDIUM, passage, start, end, reason)


# Illnesses people live with: a list of old ones names them bare.
_LIVED_WITH = re.compile(
    r"\b(?:hypertension\w*|hypertendue?|diabet\w*|reflux|asthm\w*|dyslipidemi\w*|hypercholesterol\w*|tabagisme|migraine\w*|"
    r"goutte|ulcere|arthrose|obesite|cataracte|glaucome|hypothyroidie|hernie|lombalgies?|cancer|insuffisance)\b"
)


def _alone(passage: Passage, clause: str) -> bool:
    """What is usually denied, named bare where the patient or an illness is described; old illnesses are listed so."""
    if passage.kind in DESCRIBED:
        return True
    return passage.kind in (SectionKind.ILLNESS, SectionKind.OPENING) and not _LIVED_WITH.search(plain(clause))


def _named(clause: str) -> bool:
    folded = plain(clause)
    if not _NAME.search(folded) or _MORE.search(folded) or _denies(clause):
        return False
    match, denied, _ = denied_in(folded)
    return match is not None and not denied


def _denies(clause: str) -> bool:
    return bool(_DENIES.search(plain(clause)))


def _last_clause(passage: Passage | None) -> str:
    return [part for _, part in clauses(passage.text.rstrip(" ."))][-1] if passage and passage.text.strip(" .") else ""


def _first_clause(passage: Passage | None) -> str:
    return next((part for _, part in clauses(passage.text)), "") if passage else ""
