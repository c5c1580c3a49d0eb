"""Wording: grammar that only another word explains.

« du escitalopram » was « du citalopram »; « une troubles de la mémoire » and « une gadolinium » were « pas de »; « à
débuter attendre » was « sans attendre ». The
ear of a recogniser changes one word and leaves its neighbours as they were said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, FindingKind, Risk
from dictation.draft.doubts.context import Context, plain, quoted

_UNELIDED = re.compile(r"\b(?:du|de|le|la|au|que)\s$", re.IGNORECASE)
_VOWELS = tuple("aeiou")  # folded; not h, which may be aspirated, nor y
# « une troubles », « un brûlures »: one of several. Words that end in s or x by themselves are told by their endings.
_ONE_OF_MANY = re.compile(r"\b(une?) ([^\W\d_]{4,}(?:[^\W\d_sui]s|aux))\b", re.IGNORECASE)
_ALWAYS_S = re.compile(
    r"(?:as|os|ers|ours|ens|ancs|aps|ops|corps|temps|poids|ceps|proces|exces|acces|abces|deces|progres|succes|herpes|"
    r"moins|fonds|puits|remords|mets|hertz|taux|faux)$"
)
# Endings that tell a gender without exception among the words of letters.
_FEMININE = re.compile(
    r"(?:tions?|sions?|ites?|oses?|uries?|emies?|algies?|pathies?|tomies?|scopies?|graphies?|plasties?)$"
)
_MASCULINE = re.compile(r"(?:ismes?|ements?|iums?|omes?|ages?)$")
# Words of letters whose ending tells nothing, and which « pas de » mostly stands before.
_MASCULINE_WORDS = frozenset(
    str.split(
        "diabete trouble symptome oedeme episode antecedent incident signe argument nodule deficit souffle frisson "
        "globe ictere abces calcul caillot prurit vertige malaise angor asthme cancer polype kyste reflux ulcere "
        "infarctus choc drain allergene antibiotique anticoagulant ecoulement contact anevrisme thrombus exsudat "
        "conflit pneumothorax facteur foyer ganglion caractere corticoide projet geste contexte critere etat "
        "bloc curage tabac alcool drainage saignement traitement medicament retard tremblement cardiaque pacemaker "
        "stent germe corps ralentissement ptosis nystagmus tiroir ressaut clonus psoriasis eczema purpura prolapsus "
        "contingent relais tassement engainement pincement emphyseme granulome hypopion "
        "sepsis abus sevrage besoin lymphoedeme pneumoperitoine globe steppage rale sifflement"
    )
)
_FEMININE_WORDS = frozenset(
    str.split(
        "fievre toux douleur plainte anomalie complication allergie adenopathie fuite fistule phlebite masse rougeur "
        "raideur gene limitation dyspnee syncope cardiopathie nephropathie chirurgie recidive thrombose embolie "
        "stenose hernie fracture plaie necrose crepitation perte chute prise maladie atteinte rupture metastase tumeur "
        "lesion hemorragie insuffisance hypertension cyanose diarrhee hematurie cephalee defense contracture synovite "
        "paresthesie boiterie laxite instabilite arthrose coronaropathie valvulopathie epilepsie transfusion grossesse "
        "contraception crise escarre brulure deformation opacite dilatation cardiomegalie ascite"
    )
)
_OTHER_GENDER = frozenset(
    str.split("image images plages plage glucose lactose satellite satellites merite limite limites bastion")
)


def check(context: Context) -> Iterable[Doubt]:
    yield from _unelided(context)
    yield from _article_before_a_drug(context)
    yield from _one_of_many(context)
    yield from _other_gender(context)
    yield from _two_articles(context)
    yield from _two_infinitives(context)


def _unelided(context: Context) -> Iterable[Doubt]:
    for drug in context.of_kind(FindingKind.DRUG):
        passage, name = context.passage_of(drug), plain(drug.text)
        if passage is None or not name.startswith(_VOWELS):
            continue
        before = _UNELIDED.search(passage.text[: drug.start - passage.start])
        if before is not None:
            said = drug.value("drug") or drug.text
            reason = f"Accord inattendu\u00a0: {quoted(before[0] + said)}. Le nom du médicament a pu être mal entendu."
            yield context.about("drug.elision", Risk.HIGH, drug, reason)
    for allergy in context.of_kind(FindingKind.ALLERGY):
        passage, name = context.passage_of(allergy), allergy.value("allergen") or ""
        if passage is None or not plain(name).startswith(_VOWELS):
            continue
        for match in re.finditer(rf"\bà la {re.escape(name)}\b", passage.text):
            reason = f"Accord inattendu\u00a0: {quoted(match[0])}. L’allergène a pu être mal entendu."
            yield context.words("allergy.elision", Risk.HIGH, passage, match.start(), match.end(), reason)


# « une statine », « une amoxicilline »: a class, or one is named by it. « Un docétaxel » is a course of it.
_COUNTED = re.compile(r"(?:statines?|cillines?|heparine|hbpm|insuline|morphine|vitamine|aspirine|cortisone|pilule)$")


def _article_before_a_drug(context: Context) -> Iterable[Doubt]:
    """« Une kétoprofène »: « pas de » was heard as « une ». A substance takes « du », « de la » or nothing."""
    for drug in context.of_kind(FindingKind.DRUG):
        passage, said = context.passage_of(drug), plain(drug.value("drug") or "")
        if passage is None or not said or len(said.split()) > 1 or _COUNTED.search(said):
            continue
        start, end = drug.start - passage.start, drug.end - passage.start
        if article := re.search(r"\bune\s$", passage.text[:start], re.IGNORECASE):
            reason = (
                f"Article inattendu devant {quoted(drug.value('drug') or drug.text)}\u00a0: un «\u00a0pas de\u00a0» "
                "a pu se perdre, réécoutez."
            )
            yield context.words("negation.agreement", Risk.HIGH, passage, article.start(), end, reason)


def _one_of_many(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        for match in _ONE_OF_MANY.finditer(passage.text):
            if _ALWAYS_S.search(plain(match[2])):
                continue
            reason = f"Accord inattendu\u00a0: {quoted(match[0])}. Un «\u00a0pas de\u00a0» a pu se perdre, réécoutez."
            yield context.words("negation.agreement", Risk.MEDIUM, passage, match.start(), match.end(), reason)


_ONE = re.compile(r"\b(une?) (?:autre )?([^\W\d_]{4,})\b", re.IGNORECASE)


def _other_gender(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        for match in _ONE.finditer(passage.text):
            word = plain(match[2])
            one = plain(match[1]) == "une"
            wrong, words = (_MASCULINE, _MASCULINE_WORDS) if one else (_FEMININE, _FEMININE_WORDS)
            if word in _OTHER_GENDER or not (wrong.search(word) or word in words):
                continue
            reason = f"Accord inattendu\u00a0: {quoted(match[0])}. Un «\u00a0pas de\u00a0» a pu se perdre, réécoutez."
            yield context.words("negation.agreement", Risk.MEDIUM, passage, match.start(), match.end(), reason)


# « il se plaint un l’anus »: nobody says two articles in a row.
_TWO_ARTICLES = re.compile(r"\b(?:un|une) (?:l[’']|d[’']|(?:du|des|la|le|les|ce|cette|son|sa|ses) )\w+", re.IGNORECASE)
# Verbs that take another in the infinitive, and words in -er and -ir that are none.
_TAKES_A_VERB = (
    r"(?:faire|refaire|laisser|pouvoir|devoir|falloir|aller|vouloir|savoir|venir|revenir|sembler|aider|penser|esperer|"
    r"espérer|préférer|voir|entendre|compter|oser|sentir|partir|monter|passer|rester|retourner|envoyer|emmener|amener|"
    r"premier|dernier|léger|particulier|régulier|familier|cancer|hiver|cathéter|sphincter|pacemaker|scanner|doppler|"
    r"holter|laser|plaisir|loisir|désir|avenir|souvenir|soir|devenir|entier|foyer|janvier|février|singulier|"
    r"hospitalier|infirmier|métier|papier|quartier|courrier|dossier|escalier|panier|atelier|acier|fer|mer|hier|cher|"
    r"zoster|trocart|stapler|cutter|starter|endolaser|avoir|noir|espoir)"
)
_TWO_INFINITIVES = re.compile(
    rf"\b(?!{_TAKES_A_VERB}\b)[^\W\d_]{{2,}}(?:er|ir|dre) "
    r"(?!(?:premier|dernier|léger|particulier|régulier|entier|hier|cher|familier)\b)[^\W\d_]{3,}(?:er|ir|dre)\b"
)
_NOT_TO_EXCEED = re.compile(
    r"(?:^|[,;]\s)(dépasser|attendre|tarder) (?!le résultat|les résultats|la )[\w’' ]+", re.IGNORECASE
)


def _two_articles(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        for match in _TWO_ARTICLES.finditer(passage.text):
            reason = f"Deux articles de suite\u00a0: {quoted(match[0])}. Une négation a pu se perdre, réécoutez."
            yield context.words("negation.agreement", Risk.HIGH, passage, match.start(), match.end(), reason)


def _two_infinitives(context: Context) -> Iterable[Doubt]:
    """« à débuter attendre »; « trois fois par jour, dépasser cinq jours »: « sans » stood before the second verb."""
    for passage in context.passages():
        for match in (*_TWO_INFINITIVES.finditer(passage.text), *_NOT_TO_EXCEED.finditer(passage.text)):
            told = quoted(match[0].lstrip(",; "))
            reason = f"Un mot manque peut-être («\u00a0sans\u00a0»\u00a0?)\u00a0: {told}. Réécoutez."
            yield context.words("negation.verb", Risk.HIGH, passage, match.start(), match.end(), reason)
