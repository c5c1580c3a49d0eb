"""Without heading: what a letter tells without the title it is asked for, and whether a result is awaited at all.

Article R.1112-1-2 of the Code de la santé publique (II, 1° to 6°, decree no 2016-995) lists what a discharge letter
holds, not its titles: « hospitalisée pour une pneumopathie » is its reason, « sera revu le 3 mars » what follows. Its
5° asks to announce, « le cas échéant », that results are awaited: where something was taken or sent and nothing is said
of what was found, not in every letter. Silent where in doubt: the point it spares is one of form, of no danger.
"""

from __future__ import annotations

import re

from dictation.domain.documents import FindingKind, LetterType, SectionKind
from dictation.draft.doubts.context import Context, day_of, plain

# What 1° to 6° name; allergies and examinations are custom (HAS), and no law may be quoted for them.
BY_LAW = frozenset(
    {
        SectionKind.REASON,
        SectionKind.COURSE,
        SectionKind.DISCHARGE_TREATMENT,
        SectionKind.PENDING,
        SectionKind.PLAN,
    }
)
# Custom only: a consultation that opens on its story needs no reason, one that ends on a decision no conclusion.
_STORY = (SectionKind.OPENING, SectionKind.ILLNESS)
_A_STORY = 8  # words: more than a greeting
_DECIDED = (SectionKind.PLAN, SectionKind.DISCHARGE_TREATMENT)
_OLD = (SectionKind.HISTORY, SectionKind.USUAL_TREATMENT)
_CAME_FOR = re.compile(
    r"\b(?:hospitalis\w+|admis\w*|admission|adress\w+|entree?|transfere\w*|transfert|consult\w+|vue?|vois|revue?|"
    r"revois|recue?|prise? en charge|suivie?|accueilli\w*|presente\w*|opere\w*|venue?|amenee?|sejour\w*|"
    r"programme\w*|bilan)\b[^.;\n]{0,80}?"
    r"\b(?:pour|en raison|dans les suites|au decours|devant|suite a|a la suite|dans le cadre|motif)\b"
)
_OPERATED_FOR = re.compile(
    r"\b\w+(?:ectomies?|plasties?|tomies?|scopies?|desis|desthese|synthese|prothese|cure|exerese|chirurgie)\b"
    r"[^.;\n]{0,80}?\b(?:pour|devant|en raison)\b"
)
_COURSE = re.compile(
    r"\b(?:evolution|au cours (?:du sejour|de l hospitalisation)|ameliora\w+|amelioree?|regress\w+|favorable\w*|"
    r"apyre\w+|suites|traitee?s? par|a (?:beneficie|recu|ete traitee?)|a j ?\d|sevre\w*|resolutif\w*)\b"
)
_CONCLUDES = re.compile(r"\b(?:au total|en conclusion|en resume|en somme|je retiens|je conclus|nous retenons)\b")
_FOLLOWS = re.compile(
    r"\b(?:sera|seront|est a|sont a|doit etre) (?:re)?(?:vue?s?|convoque\w*|controle\w*|surveille\w*|faite?s?|"
    r"adresse\w*)\b|"
    r"\b(?:reverr\w+|revoyons|revoir|reviendra|rendez vous|a surveiller|a controler|"
    r"surveillance (?:de|du|des|par|clinique|biolog\w+))\b|"
    r"\b(?:consultation|controle|suivi|visite|bilan|ablation|refection|scanner|irm|echographie|radio\w*)\b[^.;\n]*"
    r"\b(?:dans|a) (?:\d+|un|une|deux|trois|quatre|six|huit|dix|quinze|l)\b"
)
_TAKEN = re.compile(
    r"\b(?:biops\w+|prelevements?|preleve\w*|anatomopath\w+|histolog\w+|ecbu|hemocultures?|coprocultures?|cultures?|"
    r"serologies?|caryotype|cytolog\w+|immunohisto\w+|sequencage|recherche genetique|piece operatoire)\b"
)
_SAYS_AWAITED = re.compile(
    r"\b(?:en attente|attendu\w*|en cours|a venir|pas encore|non (?:revenu|parvenu|disponible)\w*|"
    r"resultats? definitif\w*|"
    r"seront? (?:transmis|communique|adresse)\w*|"
    r"attend\w* (?:les?|l|des|d) (?:resultats?|anatomopath\w+|histolog\w+))\b"
)
# What was found, or that nothing was: a figure, a germ, a word of finding.
_FOUND = re.compile(
    r"\d|:|\b(?:pas|sans|aucune?|absence|ni|negati\w*|positi\w*|sterile?s?|normal\w*|retrouv\w*|montr\w*|conclu\w*|"
    r"confirm\w*|revel\w*|identifi\w*|isol\w*|objectiv\w*|compatible|en faveur|revenue?s?|grade|stade|benin\w*|mali\w*|"
    r"carcin\w*|adeno\w*|\w+(?:ite|ome|oque|coli|ella|aureus)s?|a staphylo\w*|a pneumo\w*|repart\w*|saine?s?|libres?)\b"
)


def tells(context: Context, kind: SectionKind) -> bool:
    """Whether the letter says, elsewhere than under its title, what a heading of this kind asks for."""
    if kind is SectionKind.PENDING:
        return not _awaits(context)
    sentences = [plain(passage.text) for passage in context.passages() if passage.kind not in _OLD]
    if kind is SectionKind.REASON:
        custom = not context.letter_type.tells_a_stay and context.letter_type is not LetterType.OPERATION
        if custom and any(len(passage.text.split()) >= _A_STORY for passage in context.passages(*_STORY)):
            return True
        return any(_CAME_FOR.search(said) or _OPERATED_FOR.search(said) for said in sentences)
    if kind is SectionKind.COURSE:
        return any(_COURSE.search(said) for said in sentences)
    if kind is SectionKind.CONCLUSION:
        decided = context.letter_type is LetterType.CONSULTATION and any(context.passages(*_DECIDED))
        return decided or any(_CONCLUDES.search(said) for said in sentences)
    return kind is SectionKind.PLAN and (any(_FOLLOWS.search(said) for said in sentences) or _a_day_to_come(context))


def _awaits(context: Context) -> bool:
    """Something taken of which no word says what was found, and nobody says that it is awaited."""
    sentences = [plain(passage.text) for passage in context.passages() if passage.kind not in _OLD]
    if any(_SAYS_AWAITED.search(said) for said in sentences):
        return False
    return any(_TAKEN.search(said) and not _FOUND.search(said) for said in sentences)


def _a_day_to_come(context: Context) -> bool:
    days = (day_of(finding.value("iso")) for finding in context.of_kind(FindingKind.DATE))
    return context.now is not None and any(day is not None and day > context.now for day in days)
