"""Instructions that say the contrary of what letters ask for: « ne pas » was lost before a verb.

« Porter de charge lourde », « Reprendre le Xarelto avant J5 », « Interrompre la double antiagrégation sans avis »: each
keeps what only a denial prepares, a « de » without article, « avant » a day, « sans avis », « sauf ». « Dépakine
responsable d’un rash et doit être réintroduite » says two things that do not go together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, FindingKind, Risk
from dictation.draft.doubts.context import Context, Passage, plain, quoted
from dictation.draft.doubts.negation import clauses, short
from dictation.draft.doubts.usual import substance

_DENIAL = re.compile(
    r"\b(?:pas|sans|aucune?|ni|non|ne|n|jamais|rien|plus|peu|assez|trop|moins|evit\w*|contre indiqu\w*)\b"
)
_WITHOUT_LEAVE = r"sans (?:l )?(?:avis|accord|en parler)"  # prepares a denial, and is none

# Verbs whose object has an article, unless it is denied: « porter une charge », « ne pas porter de charge ».
_TAKES_AN_ARTICLE = (
    r"(?:re)?(?:prendre|porter|mettre|poser|donner|utiliser|associer|faire|prescrire|consommer|boire|manger|soulever|"
    r"pratiquer|appliquer|ajouter|injecter|introduire|avoir|recevoir|effectuer|realiser|proposer|prevoir|"
    r"pris|porte|mis|donne|utilise|associe|fait|prescrit|introduit|recu|propose|prevu|effectue|realise)"
)
_BARE_OBJECT = re.compile(
    rf"\b{_TAKES_AN_ARTICLE} (?:(?:lui|y|en) )?(?:de|d) (?!(?:\w+(?:er|ir|re|oir)|\d+|un|une|deux|trois|quatre|"
    r"la|l|le|les|ce|cet|cette|son|sa|ses|nouve\w+|novo|suite|meme|facon|maniere|preference|principe|autres?|temps|"
    r"bonne|telle?s?|tels?|cote|tout\w*|nombreu\w+|multiples|petite?s|grande?s|gros\w*|tres|part|haut|quoi|garde|"
    r"droite?|gauche|base|fond|loin|emblee|abord|ailleurs|office|urgence|face|profil|entree|bons|bonnes|mauvais\w*|"
    r"beaux|longs?|longues|forte?s|legere?s?|importante?s|excellente?s|graves|vives|vrais|vraies|rares)\b)\w{3,}"
)
# What letters say in the negative with these words behind.
_REVERSED = (
    (
        r"(?:\b(?:reprendre|reprendra|reprendront|reprenez|remettre|reintroduire)(?! (?:rendez vous|contact)\b)|"
        r"\b(?:sera|seront|doit etre|peut etre) (?:repris|reintroduit)\w*|^reprise)\b[^,;]*"
        r"\bavant (?!(?:de|d|meme|tout)\b)\w+",
        "une reprise «\u00a0avant\u00a0» un terme",
    ),
    (
        r"\b(?:interromp\w+|arret(?:er|ez)|stopper|suspend\w+)\b[^,;]*"
        rf"\b(?:{_WITHOUT_LEAVE}|sauf|avant (?:la |une |sa |votre )?consultation)\b|"
        rf"\b(?:modifi(?:er|ez)|reprendre|reprenez)\b[^,;]*\b{_WITHOUT_LEAVE}\b",
        "un arrêt «\u00a0sans avis\u00a0», «\u00a0sauf\u00a0» ou avant la consultation",
    ),
    (
        r"^(?:et )?attendre(?: pour (?:consulter|appeler|traiter|revenir))?$|\battendre pour consulter\b",
        "«\u00a0attendre\u00a0» devant un signe d’alerte",
    ),
    (r"^(?:il faut )?(?:conduire|frotter|mobiliser activement|rester seule?)\b", "un ordre inhabituel"),
)
_PREGNANT = re.compile(r"\b(?:est|elle|patiente) enceinte$|^enceinte$")
_OF_A_PREGNANCY = re.compile(
    r"\b(?:sa|semaines?|mois|terme|grossesse|trimestre|gravidi\w+|accouch\w+|foetus|g\d ?p\d)\b"
)
# What was badly borne and is to be taken again; what has just been stopped, as well.
_BADLY_BORNE = re.compile(
    r"\b(?:responsable d|intoleran\w+|mauvaise tolerance|mal toler\w+|allergi\w+|reaction|rash|toxidermie|pancreatite|"
    r"choc|tendinopathie|bronchospasme|effets? (?:secondaires?|indesirables?))\b.*"
    r"\b(?:(?:doit|peut|pourra) etre (?:reintrodui\w+|repris\w*|represcri\w+)|"
    r"a (?:reintroduire|reprendre|(?:re)?prescrire))\b"
)
_STOPPED_AND_RESUMED = re.compile(r"\barrete\w*, (?:le|la|les|l) ?(?:re)?(?:prendre|introduire|donner|mettre)$")

_TO_STOP = re.compile(r"^ *(?:: *)?(?:(?:est|sont|sera|seront) )?(?:a )?(?:arreter|interrompre|suspendre|stopper)\b")
_WHEN = re.compile(r"\b(?:avant|jours?|heures?|relai\w*|relay\w*|remplac\w*|definitiv\w*|veille|dans|fin|des)\b|\d")
_THINNERS = frozenset(["antiplatelet", "anticoagulant"])
_ASPIRIN = frozenset(["aspirine", "acide acetylsalicylique"])  # its class is that of allergies, nsaid


def check(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        for begin, clause in clauses(passage.text):
            folded = plain(clause)
            if not _DENIAL.search(re.sub(_WITHOUT_LEAVE, "", folded)):
                for why in _contrary(folded):
                    yield _doubt(context, passage, begin, clause, why)
                if _PREGNANT.search(folded) and not _OF_A_PREGNANCY.search(plain(passage.text)):
                    yield _doubt(context, passage, begin, clause, "une grossesse affirmée sans son terme")
        yield from _taken_again(context, passage)
    yield from _stopped(context)


def _contrary(clause: str) -> Iterable[str]:
    """In a folded clause without a denial: what waits for one."""
    if match := _BARE_OBJECT.search(clause):
        yield f"{quoted(match[0])} attend «\u00a0pas\u00a0»"
    for pattern, why in _REVERSED:
        if re.search(pattern, clause):
            yield why


def _taken_again(context: Context, passage: Passage) -> Iterable[Doubt]:
    """« responsable d’un rash et doit être réintroduit », « Stilnox arrêté, le réintroduire »."""
    for part in re.finditer(r"[^.;\n]+", passage.text):
        folded = plain(part[0])
        if not _DENIAL.search(folded) and (_BADLY_BORNE.search(folded) or _STOPPED_AND_RESUMED.search(folded)):
            yield _doubt(context, passage, part.start(), part[0], "la reprise de ce qui fut arrêté ou mal toléré")


def _stopped(context: Context) -> Iterable[Doubt]:
    """« Eliquis à arrêter » and no word of when: as grave when « ne pas » was lost as when it was not."""
    for drug in context.of_kind(FindingKind.DRUG):
        passage = context.passage_of(drug)
        thins = drug.value("class") in _THINNERS or substance(drug) in _ASPIRIN
        if drug.negated or not thins or passage is None:
            continue
        behind = plain(passage.text[drug.end - passage.start :])
        if _TO_STOP.search(behind) and not _WHEN.search(behind):
            yield _doubt(context, passage, 0, passage.text, "l’arrêt d’un antithrombotique")


def _doubt(context: Context, passage: Passage, begin: int, clause: str, why: str) -> Doubt:
    told = quoted(short(clause.strip()))
    start, end = begin + len(clause) - len(clause.lstrip()), begin + len(clause.rstrip())
    reason = f"«\u00a0Ne pas\u00a0» peut-être perdu ({why})\u00a0: {told}. Réécoutez le passage."
    return context.words("negation.instruction", Risk.HIGH, passage, start, end, reason)
