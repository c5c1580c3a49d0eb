"""Lost negation: what nobody dictates, unless « pas de », « sans » or « aucun » is put back.

« Signe de perforation. », « les surrénales sont particularité », « le foie est de taille normale, avec lésion focale »,
« Une phlébite. » among old illnesses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, FindingKind, Risk, SectionKind
from dictation.draft.doubts.context import Context, plain, quoted
from dictation.draft.doubts.negation import DESCRIBED, NEGATED_AFTER, clauses, denied_in, short

_K = SectionKind


def check(context: Context) -> Iterable[Doubt]:
    yield from _with_what_is_denied(context)
    yield from _headless(context)
    yield from _right_behind(context)
    yield from _a_lone_one(context)
    yield from _no_french(context)


# « sans » heard as « avec » leaves good French: what an operation or a stay is nearly never said to go with.
_NEVER_WITH = re.compile(
    r"\bavec (?:(?:un|une|des|quelques) )?(?:incidents?|complications?|particularites?|difficultes?|anomalies?|"
    r"deficits?|frissons|sequelles?|recidives?|signes? de gravite|retentissement|perte de connaissance|fievre|"
    r"lesions? (?:focales?|suspectes?|associees?|secondaires?)|"
    r"conservateurs?|hepatosplenomegalie|mobilite$|effet$|"
    r"autres? (?:lesions?|medicaments?|traitements?|anomalies?)|"
    r"notion d|injection ni)\b"
)
# What an operation or an examination goes « sans », when it is named bare and nothing more is said of it.
_NEVER_BARE_WITH = re.compile(
    r"\bavec (?:franchissement|envahissement|effraction|metastases?|menace|activite cardiaque|calculs?|fracture|"
    r"rupture|atteinte|epanchement|hemorragie|perforation|fuite|malaise|nausees?|souffle|douleur|instabilite|laxite|conflit|"
    r"compression|secretion|reflux|thrombus|necrose|deplacement|luxation|adenopathie|gene|amyotrophie|traumatisme|"
    r"decollement|ulceration|infiltration|saignement|plaie|tension|raideur|contact osseux|drainage|drain|antibiotique)"
    r"(?: \w+(?:ique|aire|eux|euse|ale?|ee?|if|ive|ant|ante))?$"
)


# … nor is an illness.
_NOT_EVEN_TOLD = re.compile(
    r"\bavec (?:effet|incidents?|complications?|particularites?|conservateurs?(?: seulement)?)$"
)


def _with_what_is_denied(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        looked_at = passage.kind in (*DESCRIBED, _K.CONCLUSION, _K.USUAL_TREATMENT, _K.HISTORY)
        for begin, clause in clauses(passage.text):
            folded = plain(clause)
            match = _NOT_EVEN_TOLD.search(folded)
            if looked_at:  # a complaint, an allergy or a reason may come with it
                match = match or _NEVER_WITH.search(folded) or _NEVER_BARE_WITH.search(folded)
            if match is None or NEGATED_AFTER.search(plain(clause)[match.end() :]):
                continue
            if passage.kind is _K.HISTORY and match.end() < len(plain(clause)):
                continue  # « accident vasculaire avec séquelles motrices »
            told = quoted(short(clause.strip()))
            reason = f"«\u00a0Avec\u00a0» là où l’on attend «\u00a0sans\u00a0»\u00a0: {told}. Réécoutez le passage."
            start = begin + len(clause) - len(clause.lstrip())
            yield context.words("negation.with", Risk.HIGH, passage, start, begin + len(clause.rstrip()), reason)


# Nobody begins a sentence so, without an article, unless « pas de », « aucune » or « sans » went before.
_HEADLESS = re.compile(
    r"^(?:signes? (?:d|de|du) |arguments? (?:pour|en faveur)|contre indication a|anomalie |"
    r"autre (?:lesion|anomalie|traitement|medicament|antecedent|plainte|complication|localisation|atteinte|foyer|"
    r"symptome|allergie|douleur|deficit|trouble|incident)|lesions? suspecte|"
    r"antecedent (?:de|d) (?:[a-z]{4,} ?){1,2}$|"
    r"exposition (?:a l amiante|professionnelle|aux? [a-z]+)$|"
    r"(?:un )?antecedent (?:psychiatrique|familial|chirurgical|allergique|infectieux|"
    r"thrombo\w*|cardiaque|notable|medical)\w*$|"
    r"notion (?:d|de) |antecedent personnel|infection en cours|maladie de \w+ dans la famille|"
    r"syndrome de predisposition|ouverture cutanee|effet durable|troubles? (?:sensitifs?|moteurs?)$|"
    r"deviation du mediastin|fixation (?:a distance|pathologique)|"
    r"allergie (?:connue|rapportee|medicamenteuse|signalee)(?! (?:a|au|aux)\b)|recours a|necessite d|"
    r"indication (?:a|chirurgicale|operatoire)\b|"
    r"communication avec |relais$|modification (?:du|de son|de ce|des) traitements?(?: \w+)?$|"
    r"grossesse en cours$|irradiation cervicale$|avc (?:et|ou) ait$|passage en (?:fa|fibrillation)|"
    r"contre indication$|il (?:y a|existe) une contre indication$)"
)


# … nor makes a sentence of: « antalgique, antibiotique » are two of a list.
_HEADLESS_ALONE = re.compile(
    r"^(?:traitement(?: au long cours| habituel| en cours)?|"
    r"(?:traumatisme|antibiotique|anticoagulant|anti inflammatoire|antiagregant|curare|amyotrophie|hyalite)"
    r"(?: necessaire| au long cours| significative)?)$"
)


def _headless(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        for begin, clause in clauses(passage.text):
            folded = plain(clause)
            lead = len(clause) - len(clause.lstrip())
            if clause.rstrip().endswith("+"):
                continue  # « signe de Murphy + »
            alone = clause.strip() == passage.text.strip(" .\u00a0") and _HEADLESS_ALONE.search(folded)
            if (begin and passage.text[begin - 1] == ":") or not (alone or _HEADLESS.search(folded)):
                continue
            if re.search(
                r"\b(?:pas|aucune?|sans|ni|non|absente?s?|negati\w*)\b", plain(passage.text[:begin]) + " " + folded
            ):
                continue  # « pas de fièvre, signe de … » is one list
            told = quoted(short(clause.strip()))
            reason = f"Négation peut-être perdue devant {told}\u00a0: réécoutez le passage."
            start, end = begin + lead, begin + len(clause.rstrip())
            yield context.words("negation.headless", Risk.HIGH, passage, start, end, reason)


# « les surrénales sont particularité », « scanner injection »: a thing right behind a verb of being, or another thing.
_ANOMALY_BEHIND = re.compile(r"\b(?:est|sont|était|étaient) anomalies?\b", re.IGNORECASE)
_RIGHT_BEHIND = re.compile(
    r"\b(?:est|sont|était|étaient|scanner|tdm|irm|connue?|simples?|favorables?|obtenue?|réalisée?|ablation|extubation|"
    r"sevrage|lever|fermeture|retour|diabétique|hypertendue?|reprise|évolution|normale?s?|propre|souple|libre|calme)"
    r" (particularités?|injection|complications?|incidents?|difficultés?|anomalies?|drainage|drain|redon|saignement|"
    r"maladie|lésions?|séquelles?|récidive|douleur|fièvre|déficit|gêne|limitation|signes?|problème|retentissement|"
    r"épanchement|masse|défense|tension|produit de contraste)\b(?! (?:à|sous|de la) )",
    re.IGNORECASE,
)


# Whatever the word before: « la sonde difficulté », « acquisition hélicoïdale injection ».
_GOVERNS = (
    r"(?:une?|des|les?|la|du|de|par|avec|cette|son|sa|ses|sous|pour|dont|comme|sur|aux?|à|et|ou|ni|dans|vers|après|avant|"
    r"cet|premi\w+|deuxième|seule?|autres?|petite?s?|légère?s?|nombreu\w+|quelques|deux|trois|quatre|sans|pas|aucune?|"
    r"en|si|toute?|toutes|moindre|nouvelle|\w+ième|dern\w+|prochaine?s?|seconde?|grande?s?|bonne|même|chaque|leur|quelle|ancienne?|lente|où|que)"
)
_ALSO_BEHIND = re.compile(
    rf"\b(?!{_GOVERNS} )[^\W\d_]{{2,}} "
    r"(?:difficultés?|incidents?|complications?|particularités?|injection|séquelles?|choc)"
    r"(?=\s*(?:$|[.,;:\n]| de produit| de gadolinium))",
    re.IGNORECASE,
)


def _right_behind(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        behind = (_RIGHT_BEHIND, _ANOMALY_BEHIND, _ALSO_BEHIND)
        for match in (match for pattern in behind for match in pattern.finditer(passage.text)):
            told = quoted(match[0])
            reason = f"Un mot manque peut-être («\u00a0sans\u00a0»\u00a0?)\u00a0: {told}. Réécoutez le passage."
            yield context.words("negation.missing", Risk.HIGH, passage, match.start(), match.end(), reason)


# « Une phlébite. » among old illnesses: they have a year, or what was done, unless « pas de » was heard as « une ».
_A_LONE_ONE = re.compile(r"^(?:un|une) (?:[\w'’-]+ ?){1,4}$")
_TOLD_MORE = re.compile(
    r"\d|\b(?:en|il y a|dans|traite\w*|opere\w*|connue?|ancien\w*|recent\w*|type|stade|grade|droite?|gauche|"
    r"bilateral\w*|"
    r"depuis|equilibre\w*|suivie?|petite?|grande?|seule?|simple|discrete?|minime|fois|est|a ete)\b"
)


def _a_lone_one(context: Context) -> Iterable[Doubt]:
    seen: set[tuple[int, int]] = set()
    for passage in context.passages(_K.HISTORY, *DESCRIBED):
        folded = plain(passage.text).rstrip(" .")
        match, denied, _ = denied_in(folded)
        if match is None or denied or not _A_LONE_ONE.search(folded) or _TOLD_MORE.search(folded):
            continue
        seen.add((passage.section, passage.start))
        reason = (
            f"Négation peut-être entendue «\u00a0une\u00a0»\u00a0: {quoted(short(passage.text))}. Réécoutez le passage."
        )
        yield context.words("negation.one", Risk.MEDIUM, passage, 0, len(passage.text), reason)
    for finding in context.of_kind(FindingKind.DIAGNOSIS):
        here = context.passage_of(finding)
        if finding.negated or here is None or here.kind not in (_K.HISTORY, *DESCRIBED):
            continue
        if (here.section, here.start) in seen:
            continue
        clause = next((c for b, c in clauses(here.text) if b <= finding.start - here.start < b + len(c)), "")
        folded = plain(clause)
        if _A_LONE_ONE.search(folded) and not _TOLD_MORE.search(folded) and "," not in here.text:
            told = quoted(short(clause.strip()))
            reason = f"Négation peut-être entendue «\u00a0une\u00a0»\u00a0: {told}. Réécoutez le passage."
            yield context.about("negation.one", Risk.MEDIUM, finding, reason)


# What is no French, or says the opposite of what its other words prepare: the denying word fell out, or was misheard.
_WAITED_FOR = (
    r"resultats?|dosages?|recherche|analyse|examen|bilan|histologie|serologies?|prelevements?|hemocultures?|reponse|"
    r"anatomopathologie|anapath|cultures?|antibiogramme|biopsies?|cytologie|caryotype|compte rendu|lame|relecture|"
    r"rendez vous|date"
)
_NOUNS_IN_ER = (
    "endolaser|cancer|scanner|doppler|holter|ulcer|fer|pacemaker|laser|cutter|stapler|starter|sphincter|cathéter|hiver"
)
_NO_FRENCH = (
    (
        re.compile(
            rf"\b(?:{_WAITED_FOR})\b.*\b(?:est|sont|a|ont) encore (?:ete )?"
            r"(?:revenu|parvenu|rendu|recu|disponible|connu|arrive)\w*"
        ),
        "«\u00a0encore\u00a0» sans «\u00a0pas\u00a0»",
    ),
    (
        re.compile(rf"\bavec (?!(?:{plain(_NOUNS_IN_ER)})\b)\w{{3,}}er\b"),
        "«\u00a0avec\u00a0» devant un verbe",
    ),
    (re.compile(r"\b(?:consulter|appeler|revenir) (?:attendre|tarder)\b"), "un mot manque"),
    (re.compile(r"^ ?une?$"), "un mot seul"),
    (
        re.compile(
            r"^plus (?:anti inflammatoires?|antibiotiques?|anticoagulants?|douleurs?|fievre|saignements?|traitements?|"
            r"medicaments?|vomissements?|nausees?|ecoulements?)$"
        ),
        "«\u00a0plus\u00a0» sans «\u00a0de\u00a0»",
    ),
    (
        re.compile(
            r"^(?!.*\b(?:poursui\w*|gard\w*|continu\w*|maint\w*|surveill\w*|abstention|repos|atten\w*|suffi\w*|"
            r"rest\w*|stable\w*|simple\w*|refus\w*|differ\w*|report\w*|suspen\w*|arret\w*|seul\w*)\b)"
            r".*\bpour (?:le moment|l instant)\b"
        ),
        "«\u00a0pour le moment\u00a0» sans «\u00a0pas\u00a0»",
    ),
)
# « sans nodule sans suspect »: a « sans » too many, or a word before it lost.
_SANS_TWICE = re.compile(r"\bsans \w+ sans (?:suspect|palpable|visible|decelable|significati|notable|evident)\w*")
_ANY_DENIAL = re.compile(r"\b(?:pas|sans|aucune?|ni|non|ne|n|jamais|rien)\b")


def _no_french(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        folded = plain(passage.text)
        if _SANS_TWICE.search(folded):
            reason = (
                f"«\u00a0sans\u00a0» devant un adjectif\u00a0: {quoted(short(passage.text))}. Réécoutez le passage."
            )
            yield context.words("negation.no_french", Risk.MEDIUM, passage, 0, len(passage.text), reason)
        for pattern, why in _NO_FRENCH:
            if pattern.search(folded.rstrip(" .")) and not _ANY_DENIAL.search(folded):
                told = quoted(short(passage.text))
                reason = f"Négation peut-être perdue ({why})\u00a0: {told}. Réécoutez le passage."
                yield context.words("negation.no_french", Risk.HIGH, passage, 0, len(passage.text), reason)
                break
