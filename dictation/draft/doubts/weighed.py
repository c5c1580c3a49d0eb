"""Weighed: what is stated in words that letters mostly use of what they deny.

No list of findings is long enough: « séquelle », « odeur », « traitement adjuvant » are denied in one letter, and not
thought of when the next one is written. weighed.tsv gives each word, pair of words, beginning and end of a clause what
it tells for a lost denial (above 0) or against it, learned by `python -m scores.learn_negation` from the development
letters and from what remains of each of their denials when it is lost.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping

from dictation.domain.documents import Doubt, Risk, SectionKind
from dictation.draft.doubts.context import Context, plain, quoted, rows
from dictation.draft.doubts.negation import short
from dictation.draft.doubts.neighbours import ANY_DENIAL, Clause, clauses_of, denies, is_well

_ENOUGH = 0.0  # as many lost denials as clauses so stated, had every denial of the letters been lost
_WHOLE = 6  # sentences of a letter; what is learned from whole letters tells nothing of a fragment
_AT_MOST = 2  # points a letter, the likeliest
_SHORT = 3  # words of a bare finding
_STEM, _ENDING = 6, 3  # letters
_LONG = 8  # words: longer clauses are alike


def check(context: Context) -> Iterable[Doubt]:
    if sum(1 for _ in context.passages()) < _WHOLE:
        return
    weighed = [(weight_of(clause), clause) for clause in clauses_of(context) if _asked(clause)]
    likely = sorted((one for one in weighed if one[0] > _ENOUGH), key=lambda one: -one[0])
    for _, clause in likely[:_AT_MOST]:
        told = quoted(short(clause.text.strip()))
        reason = f"Affirmé ici, souvent nié ailleurs\u00a0: {told}. Une négation a pu se perdre, réécoutez."
        yield clause.doubt(context, "negation.weighed", Risk.MEDIUM, reason)


def _asked(clause: Clause) -> bool:
    """Allergies have rules of their own; a title states nothing."""
    return clause.passage.kind is not SectionKind.ALLERGIES and not clause.titles and states(clause.text)


def states(clause: str) -> bool:
    folded = plain(clause).strip(" .")
    return bool(folded) and not ANY_DENIAL.search(folded)


def weight_of(clause: Clause) -> float:
    known = weights()
    return sum(known.get(feature, 0.0) for feature in features(clause.left, clause.text, clause.right))


@functools.cache
def weights() -> Mapping[str, float]:
    return {feature: float(weight) for feature, weight in rows("weighed")}


def features(left: str, clause: str, right: str) -> set[str]:
    """What a clause shows of itself and of its neighbours; any number is « 0 »."""
    folded = re.sub(r"\d[\d.,/]*(?: \d[\d.,/]*)*", "0", plain(clause).strip(" ."))
    words = folded.split()
    seen = {"always", f"words {min(len(words), _LONG)}", f"last {words[-1]}", f"ends {words[-1][-_ENDING:]}"}
    seen |= {f"word {word}" for word in words} | {f"stem {word[:_STEM]}" for word in words}
    seen |= {f"pair {one} {two}" for one, two in zip(["^", *words], [*words, "$"], strict=True)}
    if len(words) <= _SHORT:
        seen |= {f"short {word[:_STEM]}" for word in words}
    around = {"left denies": denies(left), "right denies": denies(right), "left is well": is_well(left)}
    return seen | {name for name, true in around.items() if true}
