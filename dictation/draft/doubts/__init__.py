"""Doubts: the points a proofreader must look at, one rule per file, the most dangerous first.

A Context in, doubts out. A rule yields Doubt records whose `quote` is an exact part of the draft section's text; this
module drops repeats, orders by risk and groups what would be too many. To add a rule: one file with `check`, one line
in RULES.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace

from dictation.domain.documents import Doubt, Risk
from dictation.draft.doubts import (
    agreement,
    allergen,
    allergies,
    article_among_denied,
    bare_de,
    behind_denied,
    by_weight,
    child_doses,
    coverage,
    dates,
    denied_beside,
    denied_same_side,
    doses,
    doubled,
    drugs,
    fixed_sides,
    forms,
    fractions,
    heard,
    identity,
    inserted,
    instructions,
    kind_alone,
    lenses,
    letter_type,
    lookalikes,
    lost_negation,
    mandatory,
    measured,
    negation,
    one_illness,
    other_side_too,
    partners,
    poor_sound,
    prepared,
    resumed,
    rhythms,
    routes,
    same_side_twice,
    seldom,
    sex_age,
    side_once,
    sides,
    stated,
    steps,
    strengths,
    to_secretary,
    uncertain,
    vague_allergy,
    weighed,
    with_allergen,
    wording,
)
from dictation.draft.doubts.context import Context

log = logging.getLogger(__name__)

__all__ = ["RULES", "Context", "find_doubts"]

RULES: dict[str, Callable[[Context], Iterable[Doubt]]] = {
    "identity": identity.check,  # said otherwise than in the sidecar, too little, or like another patient of the day
    "inserted": inserted.check,  # a text block asked for by name
    "sex_age": sex_age.check,  # what the patient of the sidecar cannot have
    "sides": sides.check,  # right here, left there
    "fixed_sides": fixed_sides.check,  # « tronc commun droit », a palsy on the side of its lesion
    "agreement": agreement.check,  # « poignet droite »
    "other_side_too": other_side_too.check,  # the side of an old operation, or of what is said to be healthy
    "same_side_twice": same_side_twice.check,  # two measures, and one side for both
    "denied_same_side": denied_same_side.check,  # « hernie à droite, pas de récidive à droite »
    "side_once": side_once.check,  # nothing confirms it, or all the rest speaks of the other
    "allergies": allergies.check,  # allergic to it, and prescribed
    "allergen": allergen.check,  # allergic to what sounds like a common allergen
    "vague_allergy": vague_allergy.check,  # allergic, and nobody said to what
    "with_allergen": with_allergen.check,  # « allergie au latex, salle avec latex »
    "doses": doses.check,  # outside the usual range, or without a unit
    "by_weight": by_weight.check,  # « 10 mg/kg/h », and « 1 mg/kg soit 650 mg »
    "child_doses": child_doses.check,  # « paracétamol 28 mg » at six years
    "strengths": strengths.check,  # no box of that name makes it up
    "steps": steps.check,  # « 40 → 500 µg »
    "fractions": fractions.check,  # grays and sessions
    "lenses": lenses.check,  # the power of an implant
    "measured": measured.check,  # a value nobody has, or in a wrong unit
    "lookalikes": lookalikes.check,  # a drug that fits less well than one that sounds like it
    "partners": partners.check,  # « amikacine acide clavulanique »
    "seldom": seldom.check,  # a drug of few, where a common one sounds like it
    "one_illness": one_illness.check,  # a drug of an illness the letter never speaks of
    "forms": forms.check,  # « Mopral LP »
    "routes": routes.check,  # « Lovenox intramusculaire »
    "rhythms": rhythms.check,  # a drug of once a week, daily
    "doubled": doubled.check,  # one substance under two names
    "resumed": resumed.check,  # taken up again, and named nowhere else
    "drugs": drugs.check,  # a word that resembles a drug
    "negation": negation.check,  # « pas de » lost, or denied here and stated there
    "bare_de": bare_de.check,  # « ne décrit de toux », « donc de vis »
    "lost_negation": lost_negation.check,  # no sentence anybody dictates, unless « sans » is put back
    "instructions": instructions.check,  # the contrary of what letters ask for
    "stated": stated.check,  # what is usually denied, said to be there and nothing more of it
    "wording": wording.check,  # « du escitalopram », « une troubles »
    "denied_beside": denied_beside.check,  # stated among what is denied
    "behind_denied": behind_denied.check,  # the next of a list of what is denied
    "article_among_denied": article_among_denied.check,  # « pas de diabète, une cardiopathie »
    "kind_alone": kind_alone.check,  # a drug, a cancer, an allergy, and nobody says which
    "prepared": prepared.check,  # words only a denial goes with
    "weighed": weighed.check,  # stated in words that letters mostly deny with
    "uncertain": uncertain.check,  # what structure was not sure of, corrections included
    "coverage": coverage.check,  # speech without words, words without speech
    "poor_sound": poor_sound.check,  # too noisy, too faint, overdriven
    "heard": heard.check,  # figures, sides and drugs that recognition doubted
    "mandatory": mandatory.check,  # a heading the letter must have
    "dates": dates.check,  # impossible, or in the wrong order
    "to_secretary": to_secretary.check,  # an instruction to her, left in the letter
    "letter_type": letter_type.check,  # nobody said which kind of letter
}
# What only the sound can tell: not asked again of a text a person has corrected.
_OF_THE_SOUND = frozenset({"uncertain", "coverage", "poor_sound", "heard"})
_SAME_RULE = 5  # more doubts of one rule than this are told as one, unless they are of high risk


def find_doubts(context: Context, *, of_the_text: bool = False) -> tuple[Doubt, ...]:
    """All doubts of a draft, highest risk first, then in the order of the letter.

    of_the_text: only the rules that look at the text. A rule that fails is itself a doubt: it holds no letter back,
    and nobody believes that it has looked.
    """
    found: list[Doubt] = []
    for name, check in RULES.items():
        if of_the_text and name in _OF_THE_SOUND:
            continue
        for doubt in _tried(name, check, context):
            only_to_hear = name in _OF_THE_SOUND
            if not any(_same_place(doubt, known, only_to_hear) for known in found):
                found.append(doubt)
    places = {section.kind: n for n, section in enumerate(context.sections)}

    def place(doubt: Doubt) -> tuple[int, bool, int, float]:
        of_its_own = places.get(doubt.section, -1) if doubt.section else -1
        return (-doubt.risk, doubt.key.endswith(":more"), of_its_own, doubt.span.start if doubt.span else 0.0)

    return tuple(_unique_keys(sorted(_grouped(_heard_together(found)), key=place)))


def _tried(name: str, check: Callable[[Context], Iterable[Doubt]], context: Context) -> list[Doubt]:
    try:
        return list(check(context))
    except Exception as error:
        log.error("rule %s failed: %s", name, type(error).__name__)  # never its message: it may quote what was dictated
        reason = f"La vérification «\u00a0{name}\u00a0» n’a pas pu se faire\u00a0: relisez toute la lettre avec le son."
        return [Doubt(f"rule.failed:{name}", "rule.failed", Risk.HIGH, reason)]


def _same_place(doubt: Doubt, known: Doubt, only_to_hear: bool) -> bool:
    """A word already to be checked for a graver reason is not listed twice.

    Two high risks at one place are two reasons, a look-alike and a dose a thousand times too high: both stay, unless
    the second only asks to listen, which the first makes them do.
    """
    if known.risk is doubt.risk is Risk.HIGH and not only_to_hear:
        return False
    if doubt.section is None or doubt.section is not known.section or not doubt.quote or not known.quote:
        return False
    if not only_to_hear and doubt.quote not in known.quote and known.quote not in doubt.quote:
        return False  # two words of one sentence
    return (
        known.risk >= doubt.risk
        and doubt.span is not None
        and known.span is not None
        and (known.span.start <= doubt.span.start and doubt.span.end <= known.span.end)
    )


def _heard_together(found: list[Doubt]) -> list[Doubt]:
    """Points of one rule at the very same sound are one passage to listen to: « tabac, alcool, asthme ».

    Grave ones stay apart: each is a reason of its own.
    """
    kept: list[Doubt] = []
    for doubt in found:
        same = next((n for n, known in enumerate(kept) if _same_sound(known, doubt)), None)
        if same is None or doubt.risk is Risk.HIGH:
            kept.append(doubt)
        else:
            kept[same] = replace(
                kept[same], reason=f"{kept[same].reason} Ici aussi\u00a0: «\u00a0{doubt.quote}\u00a0»."
            )
    return kept


def _same_sound(known: Doubt, doubt: Doubt) -> bool:
    told = known.rule_id == doubt.rule_id and known.risk is doubt.risk and known.section is doubt.section
    return told and known.span is not None and known.span == doubt.span and bool(doubt.quote)


def _grouped(found: list[Doubt]) -> list[Doubt]:
    kept: list[Doubt] = []
    for doubt in found:
        same = [d for d in kept if d.rule_id == doubt.rule_id]
        if doubt.risk is Risk.HIGH or len(same) < _SAME_RULE:
            kept.append(doubt)
        elif len(same) == _SAME_RULE:
            count = sum(d.rule_id == doubt.rule_id for d in found) - _SAME_RULE
            if count == 1:
                kept.append(doubt)
                continue
            text = f"Et {count} autres points de même nature\u00a0: relisez l’ensemble avec le son."
            kept.append(replace(doubt, key=f"{doubt.rule_id}:more", reason=text, quote="", section=None, span=None))
    return kept


def _unique_keys(doubts: list[Doubt]) -> Iterable[Doubt]:
    seen: dict[str, int] = {}
    for doubt in doubts:
        seen[doubt.key] = seen.get(doubt.key, 0) + 1
        yield doubt if seen[doubt.key] == 1 else replace(doubt, key=f"{doubt.key}#{seen[doubt.key]}")
