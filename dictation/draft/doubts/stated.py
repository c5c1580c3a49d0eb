"""Stated: what letters usually deny, said to be there and nothing more of it.

« Il y a un épanchement. » A finding somebody saw comes with its size, its side, its kind or what was done about it;
one whose « pas de » was lost comes alone. Reads usually_denied.tsv, after negation.py has told what is surer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Risk, SectionKind
from dictation.draft.doubts.context import Context, plain, quoted
from dictation.draft.doubts.negation import DESCRIBED, clauses, denied_in, short

# What tells more of it: a figure, a side, its kind, what it is of, what it does.
_MORE = re.compile(
    r"\d|\b(?:droite?s?|gauches?|depuis|est|sont|etait|etaient|grade|present\w*|plus|type|stade|classe\w*|lobaire|canalaire|infiltrant\w*|"
    r"positi\w*)\b|^ ?(?:de|du|des|d|sur|par|a|au|aux) |^ ?(?:abondant|modere|minime|important|discret|aspiratif)"
)
# « le nodule »: told of before; « sur un drain », « après une infiltration »: not what was looked for.
_KNOWN = re.compile(
    r"\b(?:(?:le|la|les|l|ce|cette|du|au|aux|quelques|rares|nombreux|nombreuses|multiples)|"
    r"(?:sur|sous|par|pour|dans|contre|entre|vers|apres|avant|depuis|de|d|compatible avec)(?: (?:une?|des|deux))?)$"
)

# « hernie indirecte »: a kind of it was seen, of what is often there (« inside »).
_QUALIFIED = re.compile(r"^ ?(?!(?:a|au|aux|avec|en|dans|sur|sous|par|pour|et|ou|ni|lors|apres|ce|ces|qui)\b)[a-z]{3,}")


def check(context: Context) -> Iterable[Doubt]:
    for passage in context.passages(*DESCRIBED, SectionKind.ILLNESS):
        for begin, clause in clauses(passage.text):
            folded = plain(clause)
            match, denied, ways = denied_in(folded)
            if match is None or denied or clause.rstrip().endswith("+") or _MORE.search(folded[match.end() :]):
                continue
            if _KNOWN.search(folded[: match.start()].strip()) or re.search(
                r"(?:^| )\d{1,2} $", folded[: match.start()]
            ):
                continue  # « deux vomissements »: counted
            if "inside" in ways and _QUALIFIED.search(folded[match.end() :]):
                continue
            if "inside" in ways and passage.kind is SectionKind.ILLNESS:
                continue
            told = quoted(short(clause.strip()))
            reason = f"Affirmé sans plus de précision\u00a0: {told}. Un «\u00a0pas de\u00a0» a pu se perdre, réécoutez."
            start, end = begin + len(clause) - len(clause.lstrip()), begin + len(clause.rstrip())
            yield context.words("negation.stated", Risk.MEDIUM, passage, start, end, reason)
