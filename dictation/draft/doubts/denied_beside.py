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
from dictation.draft.doubts.context import Context, quoted
from dictation.draft.doubts.negation import DESCRIBED, denied_in, short
from dictation.draft.doubts.neighbours import Clause, clauses_of, denies

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


def check(context: Context) -> Iterable[Doubt]:
    for clause in clauses_of(context):
        if clause.passage.kind is SectionKind.ALLERGIES or not _named(clause):
            continue  # how it showed: « œdème du visage, pas de choc »
        denied = [denies(clause.left), denies(clause.right)]
        beside = any(denied) and (clause.in_a_denied_list or clause.begin == 0)
        if all(denied) or beside or clause.behind_what_is_well or _alone(clause):
            told = quoted(short(clause.text.strip()))
            where = "parmi ce qui est nié" if any(denied) else "sans article ni précision"
            reason = f"Affirmé {where}\u00a0: {told}. Un «\u00a0pas de\u00a0» a pu se perdre, réécoutez."
            yield clause.doubt(context, "negation.beside", Risk.MEDIUM, reason)


# Illnesses people live with: a list of old ones names them bare.
_LIVED_WITH = re.compile(
    r"\b(?:hypertension\w*|hypertendue?|diabet\w*|reflux|asthm\w*|dyslipidemi\w*|hypercholesterol\w*|tabagisme|migraine\w*|"
    r"goutte|ulcere|arthrose|obesite|cataracte|glaucome|hypothyroidie|hernie|lombalgies?|cancer|insuffisance)\b"
)


def _alone(clause: Clause) -> bool:
    """What is usually denied, named bare where the patient or an illness is described; old illnesses are listed so."""
    kind = clause.passage.kind
    if kind in DESCRIBED:
        return True
    return kind in (SectionKind.ILLNESS, SectionKind.OPENING) and not _LIVED_WITH.search(clause.folded)


# What the operator does, told step by step: a report never denies these.
_STEP = re.compile(r"^(?:dissection|fixation|lachage|exposition|incision|fermeture|lavage|reinsertion)\b")


def _named(clause: Clause) -> bool:
    folded = clause.folded
    if clause.passage.kind in (SectionKind.PROCEDURE, SectionKind.COURSE) and _STEP.search(folded):
        return False
    if not _NAME.search(folded) or _MORE.search(folded) or denies(folded):
        return False
    match, denied, _ = denied_in(folded)
    return match is not None and not denied
