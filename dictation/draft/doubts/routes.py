"""Routes: a drug by a way it is never given: « Lovenox intramusculaire », « vincristine intrathécale ».

Reads routes.tsv, and of forms.tsv what is only swallowed; neither is validated by a pharmacist. Into the spine nothing
may go but what is listed here: a drug put there by mistake kills.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Finding, FindingKind, Risk
from dictation.draft.doubts.context import Context, plain, quoted, rows
from dictation.draft.doubts.usual import NOT_VALIDATED, substance

# What a route is called, on folded words: the first that matches is meant.
_ROUTES = (
    ("spine", re.compile(r"\b(?:intrathecal\w*|intrarachidien\w*|peridural\w*|epidural\w*)\b")),
    ("sc", re.compile(r"\b(?:sous cutanee?s?|sc)\b")),
    ("im", re.compile(r"\b(?:intramusculaires?|im)\b")),
    ("iv", re.compile(r"\b(?:intraveineu\w+|veineuse|ivl|ivd|ivse|iv|perfusion|seringue electrique|bolus)\b")),
    ("rectal", re.compile(r"\b(?:rectale|suppositoires?)\b")),
    ("inhaled", re.compile(r"\b(?:aerosols?|nebulisations?|inhalee?s?|inhalations?|bouffees?)\b")),
    ("drops", re.compile(r"\b(?:gouttes?|collyres?)\b")),
    ("oral", re.compile(r"\b(?:per os|orale|bouche|sublinguale?)\b")),
)
_FRENCH = {
    "spine": "intrathécale ou péridurale", "sc": "sous-cutanée", "im": "intramusculaire", "iv": "intraveineuse",
    "rectal": "rectale", "inhaled": "inhalée", "oral": "orale", "drops": "gouttes ou collyre",
}  # fmt: skip
_INTO_THE_SPINE = frozenset(
    str.split(
        "methotrexate cytarabine hydrocortisone dexamethasone methylprednisolone triamcinolone cortivazol prednisolone "
        "betamethasone baclofene morphine hydromorphone ziconotide fentanyl sufentanil clonidine ketamine adrenaline "
        "lidocaine xylocaine bupivacaine levobupivacaine ropivacaine mepivacaine prilocaine chloroprocaine nusinersen "
        "colistine thiotepa"
    )
)
_SWALLOWED = frozenset({"oral"})
_NO_DROPS = frozenset(str.split("furosemide amiodarone pantoprazole omeprazole esomeprazole lithium"))
_IN_DROPS = frozenset(str.split("escitalopram prazepam cetirizine bromazepam alprazolam citalopram"))
_NOT_LEFT = frozenset({"rectal"})  # « par voie rectale » is seldom said of the drug before it
_TAKEN = re.compile(r"\b(?:bouffees?|inhalations?|nebulisations?|gouttes?|suppositoires?)\b")
_NEAR = 20  # characters behind the drug and its dose: « en injection intramusculaire »
_ANOTHER = re.compile(r"[,;.(\n]| (?:puis|et|ou|avec|après|avant|sous|par) ")


def check(context: Context) -> Iterable[Doubt]:
    for finding in context.of_kind(FindingKind.DRUG):
        name = substance(finding)
        if finding.negated or finding.rule_id in ("drug.resembles", "drug.unknown"):
            continue
        route = _route(context, finding)
        given = given_by(name)
        if not route or route in given:
            continue
        if (route == "spine" and set(name.split()) & _INTO_THE_SPINE) or (route == "drops" and name in _IN_DROPS):
            continue
        if route == "drops" and given != _SWALLOWED and name not in _NO_DROPS:
            continue  # drops to swallow there may be
        if route == "spine" or (given and route not in _NOT_LEFT):
            known = ", ".join(_FRENCH[one] for one in sorted(given))
            usual = f"usuelle\u00a0: voie {known}\u202f; " if known else ""
            said = quoted(finding.text)
            reason = f"Voie inattendue pour ce médicament\u00a0: {said}, {_FRENCH[route]} ({usual}{NOT_VALIDATED})."
            yield context.about("drug.route", Risk.HIGH, finding, reason)


def given_by(name: str) -> frozenset[str]:
    """The routes of a folded INN; none where the tables do not tell."""
    return _given().get(name, _given().get(name.removeprefix("insuline "), frozenset()))


def _route(context: Context, finding: Finding) -> str:
    """The route said with a drug, or right behind its dose; "" when none is."""
    passage = context.passage_of(finding)
    behind = ""
    if passage is not None:
        end = finding.end - passage.start
        behind = _ANOTHER.split(passage.text[end : end + _NEAR])[0]
    taken = plain(f"{finding.value('form') or ''} {finding.value('rhythm') or ''}")  # « deux bouffées matin et soir »
    said = plain(finding.value("route") or "") or (taken if _TAKEN.search(taken) else plain(behind))
    return next((route for route, words in _ROUTES if words.search(said)), "")


@functools.cache
def _given() -> dict[str, frozenset[str]]:
    """Folded INN -> the routes it is given by."""
    found = {plain(name): _SWALLOWED for name, forms in rows("forms") if "swallowed" in forms.split()}
    return found | {plain(name): frozenset(routes.split()) for name, routes in rows("routes")}
