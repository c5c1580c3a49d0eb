"""Negation: « pas de » lost or half heard, and a finding denied in one place and stated in another.

Reads usually_denied.tsv. A lost « pas » that leaves a good sentence (« elle fume ») cannot be seen in the text alone:
only its sound, or the same finding denied elsewhere, tells. Recognition's own doubt about a negation is told here too.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from dictation.domain.documents import Doubt, Finding, FindingKind, Risk, SectionKind
from dictation.draft.doubts.context import Context, Passage, plain, quoted, rows

_K = SectionKind
_FLOOR = 0.6  # probability under which a negation word is heard again
_WORDS = frozenset(["pas", "sans", "aucun", "aucune", "ni", "jamais", "non", "absence", "ne", "n'"])
# Before a finding, or (second list) after it.
NEGATED_BEFORE = re.compile(
    r"\b(?:pas|sans|aucune?|absence|ni|non|jamais|nie|nient|niait|exclu\w*|elimine\w*|indemne|negati\w*|ecarte\w*|disparition|denu\w*|"
    r"resolution|regression|si|risque|prevention|prophyla\w*|recherche|suspicion|surveill\w*|en cas|eviter|avant|"
    r"contre|plus|devant|signes?|puis|apres|cure|traitement|bilan|depuis)\b"
)
NEGATED_AFTER = re.compile(
    r"\b(?:exclue?s?|eliminee?s?|ecartee?s?|negati\w*|absente?s?|disparu\w*|amend\w*|regress\w*|nulle?s?|resolu\w*|zero|aucune?)\b"
)
# « il n’y a de globe », « elle ne présente de fièvre »: the second half of the negation is gone.
_HALF = re.compile(r"\b(?:[Nn]e\s|[Nn][’']\s?)(?=[^\W\d_A-ZÀ-ÖØ-Þ])")  # not « N’Guyen »
_SECOND_HALF = re.compile(
    r"\b(?:pas|plus|aucune?s?|jamais|ni|rien|point|guere|que|qu|personne|nul|nulle|"
    r"(?:peut|pou(?:vant|vait|vaient|rra|rrait))(?! \w+(?:er|ir|re) d)|saurait|cesse)\b"
)
_HAS_OF = re.compile(r"^(?:a|ont|avait|avaient|presente|presentait|y a|existe|existait) (?:de|d) ")
_EXPLETIVE = re.compile(
    r"\b(?:avant|sans|a moins|de peur|plus|moins|crain\w*|evite\w*|pour|afin) (?:qu|que)\b|qu il n|que l on n"
)
_SMOOTH = re.compile(
    r"\b(?:simples?|favorables?|sans particularite|excellente?s?|satisfaisante?s?|apyre\w+|normal\w*)\b"
)
DESCRIBED = (_K.EXAMINATION, _K.TESTS, _K.PROCEDURE, _K.COURSE)  # history and conclusion list what was found
_SAME_STORY = (_K.ILLNESS, _K.EXAMINATION, _K.TESTS, _K.PROCEDURE, _K.COURSE, _K.CONCLUSION)
_ORDERS = (_K.PLAN, _K.COURSE, _K.DISCHARGE_TREATMENT)
_FEW = 4  # words after a finding that still make it a bare one: « fièvre au cours du séjour »
# What may stand before a finding that is there: an article, a preposition, an adjective, the list it belongs to.
_LEADS = re.compile(
    r"(?:\b(?:une?|des|du|la|le|les|l|de|d|cette|ce|cet|son|sa|ses|leurs?|avec|par|pour|quelques|petite?s?|discrete?s?|minimes?|"
    r"deux|trois|plusieurs|importante?s?|en|a|au|aux|sur|sous|contre|et|ou|bonne?s?|grosse?s?|grande?s?|fine?s?|legere?s?|"
    r"nouvelle?s?|nouveau|premiere?|second|seconde|probable|possible|vraie?|franche?|comme|est|sont|soit|multiples?|hors|"
    r"apres|suite|malgre|chez|vers|devant|type|stade|sous|sur|entre|depuis|presente|presentait|note|retrouve|confirme|montre|dont|selon|ancienne?|ancien|large|volumineu\w+|douloureu\w+|type|avait|gros|mauvaise?|"
    r"\w+iques?|\w+euses?)|\d)$"
)


def check(context: Context) -> Iterable[Doubt]:
    yield from _half_negated(context)
    yield from _lone_ni(context)
    yield from _usually_denied(context)
    yield from _bare_finding(context)
    yield from _contradicted(context)
    yield from _badly_heard(context)


def _half_negated(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        for match in _HALF.finditer(passage.text):
            clause = re.split(r"[.;:\n]", passage.text[match.start() :])[0]
            before = plain(passage.text[: match.start()])
            own = _HALF.split(clause[match.end() - match.start() :])[0]  # another « ne » has its own
            own = _up_to_the_next(own)
            bare = _HAS_OF.search(plain(own)) and "cesse" not in own  # « il n'a de vertige »
            if (
                (_SECOND_HALF.search(plain(own)) and not bare)
                or _EXPLETIVE.search(before + " n")
                or _ends_denied(before)
            ):
                continue
            end = match.start() + len(clause)
            reason = f"Négation incomplète\u00a0: {quoted(short(clause))}. Un «\u00a0pas\u00a0» manque peut-être."
            yield context.words("negation.half", Risk.HIGH, passage, match.start(), end, reason)


def _up_to_the_next(own: str) -> str:
    """« ne boite ce côté, pas de luxation »: the « pas » of the next of a list is not that of « ne boite »."""
    first, comma, rest = own.partition(",")
    says_what = len(first.split()) > 2 or re.search(r"\bd(?:e |[’'])", first)  # « ne voit d’adénopathie, pas de … »
    return first if comma and says_what and re.match(r"\s*(?:pas d|aucun|sans )", rest) else own


def _ends_denied(before: str) -> bool:
    """« aucune lésion n’est vue », « personne ne »: the negation came first."""
    return bool(re.search(r"\b(?:aucune?s?|rien|personne|ni|jamais|nul|nulle)\b", before))


def _lone_ni(context: Context) -> Iterable[Doubt]:
    """« fièvre ni saignement »: what « sans » or « pas » stood before."""
    for passage in context.passages():
        for match in re.finditer(r"\b[Nn]i\b", passage.text):
            before = re.split(r"[.;:\n]", passage.text[: match.start()])[-1]
            after = re.split(r"[.;:\n]", passage.text[match.end() :])[0]
            if NEGATED_BEFORE.search(plain(before)) or re.search(r"\b(?:ne|n)\b", plain(before + after)):
                continue
            if re.search(r"(?:^|,)\s*$", before) and re.search(r"\bni\b", after):
                continue  # « ni toux ni fièvre » is whole
            start = match.start() - len(before) + len(before) - len(before.lstrip())
            reason = f"Négation incomplète avant «\u00a0ni\u00a0»\u00a0: {quoted(short(before.strip()))}. Réécoutez."
            yield context.words("negation.half", Risk.HIGH, passage, start, match.end() + len(after), reason)


@functools.cache
def denied_heads() -> frozenset[str]:
    """The first word of everything letters usually deny."""
    return frozenset(plain(row[0]).split()[0] for row in rows("usually_denied"))


@functools.cache
def _denied() -> tuple[tuple[re.Pattern[str], frozenset[str]], ...]:
    """Longest first, so that « allergie connue » is met before « allergie »."""
    ordered = sorted(rows("usually_denied"), key=lambda row: -len(row[0]))
    return tuple((re.compile(rf"\b{re.escape(plain(row[0]))}\b"), frozenset(row[1].split())) for row in ordered)


def _usually_denied(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        text = passage.text
        for begin, clause in clauses(text):
            folded = plain(clause)
            match, denied, ways = denied_in(folded)
            if clause.rstrip().endswith("+"):
                continue  # « thrill + »
            if match is not None and not denied and _doubtful(passage, plain(text), folded, match, ways):
                told = quoted(short(clause.strip()))
                reason = f"Négation peut-être perdue\u00a0: {told} est affirmé. Réécoutez le passage."
                lead = len(clause) - len(clause.lstrip())
                start, end = begin + lead, begin + len(clause.rstrip())
                yield context.words("negation.lost", Risk.HIGH, passage, start, end, reason)


def denied_in(clause: str) -> tuple[re.Match[str] | None, bool, frozenset[str]]:
    """In a folded clause: the first phrase letters usually deny, whether it is denied here, and its ways."""
    for words, ways in _denied():
        if match := words.search(clause):
            before, after = clause[: match.start()], clause[match.end() :]
            return match, bool(NEGATED_BEFORE.search(before) or NEGATED_AFTER.search(after)), ways
    return None, False, frozenset()


_TOLD_MORE = re.compile(r"^ (?:de \d|present|souple|a \d|\w+ plus\b|d environ \d)")


def _doubtful(passage: Passage, sentence: str, clause: str, match: re.Match[str], ways: frozenset[str]) -> bool:
    before = re.sub(r"^(?:en conclusion|au total|en resume) ", "", clause[: match.start()]).strip()
    rest = re.sub(r"^ ?(?:a|du cote|cote) (?:droite?|gauche)\b", "", clause[match.end() :]).split()
    if "stated" in ways:
        return True
    if "alone" in ways:
        return not re.search(r"\ballergi\w* (?:a|au|aux)\b", clause)
    if "order" in ways:
        allowed = re.search(r"\b(?:autoris|possible|permis|repris|progressi|limite)", clause)
        of_something = rest[:2] == ["de", "bouche"]  # « bain de bouche »
        return before in ("", "un", "une", "des") and not allowed and not of_something and passage.kind in _ORDERS
    if _TOLD_MORE.search(clause[match.end() :]):
        return False
    if "smooth" in ways and _SMOOTH.search(sentence) and passage.kind in (_K.COURSE, _K.PROCEDURE, _K.PLAN, _K.OPENING):
        return True
    if passage.kind not in (*DESCRIBED, _K.CONCLUSION):
        return False
    if (
        before in ("un", "une")
        and "bare" in ways
        and not re.search(r"^drain", match[0])
        and clause.strip() == sentence.rstrip(" .")
        and len(rest) < _FEW
    ):
        return passage.kind is not _K.CONCLUSION  # « Une transfusion. »: one word for another, and it reads well
    if before and _LEADS.search(before) is None:  # « fermeture drain », « obtenu déficit »: no article, no preposition
        return True
    if not before and len(rest) < _FEW and _beside_denied(sentence, clause):
        return True
    if before not in ("", "presence de", "presence d") or "bare" not in ways or passage.kind is _K.CONCLUSION:
        return False
    return len(rest) <= (_FEW if "smooth" in ways else 1) and not re.search(
        r"\b(?:est|sont|etait|de type|traite\w*|opere\w*|en|abondant\w*|modere\w*|minime\w*|important\w*|discret\w*|"
        r"volumineu\w*|ancien\w*|etendue?|recente?|majeure?|legere?|petite?|aspirati\w*|diffuse?)\b",
        clause,
    )


_IN_A_LIST = re.compile(r"(?:^|[,;] *)(?:pas d|sans|aucune?|ni|absence d)\b")
_AT_REST = re.compile(
    r"\b(?:inferieure?s? a|moins de|abondant\w*|ombilic|trocarts?|normal\w*|"
    r"connue?s?|stable\w*|ancien\w*|minime\w*|discret\w*|moder\w*|"
    r"traite\w*|opere\w*)\b"
)


def _beside_denied(sentence: str, clause: str) -> bool:
    """« Rupture capsulaire, pas d’issue de vitré »: one of a list whose others are denied."""
    return bool(_IN_A_LIST.search(sentence)) and "," in sentence and not _AT_REST.search(clause)


def clauses(text: str) -> Iterable[tuple[int, str]]:
    """Stretches between commas and stops, with where each begins; a list after one negation stays whole."""
    at = 0
    for part in re.split(r"([.,;:()\n])", text):
        if part and part not in ".,;:()\n":
            yield at, part
        at += len(part)


def _bare_finding(context: Context) -> Iterable[Doubt]:
    """Any illness alone between two commas, or behind a word that cannot govern it, where the patient is described."""
    for finding in context.of_kind(FindingKind.DIAGNOSIS):
        passage = context.passage_of(finding)
        if finding.negated or finding.value("status") or passage is None or passage.kind not in DESCRIBED:
            continue
        at = finding.start - passage.start
        before = re.split(r"[.,;:()\n]", passage.text[:at])[-1]
        after = re.split(r"[.,;:()\n]", passage.text[at + len(finding.text) :])[0]
        folded = plain(before)
        alone = not folded and not after.strip() and passage.kind is not _K.TESTS
        ungoverned = folded and _LEADS.search(folded) is None and not NEGATED_BEFORE.search(folded)
        if (alone or ungoverned) and not NEGATED_AFTER.search(plain(after)):
            told = quoted(short(f"{before.split()[-1]} {finding.text}" if folded else finding.text))
            reason = f"Négation peut-être perdue\u00a0: {told} est affirmé. Réécoutez le passage."
            yield context.about("negation.bare", Risk.MEDIUM, finding, reason)


def _contradicted(context: Context) -> Iterable[Doubt]:
    """« pas de fièvre » in one section and « fièvre » in another, both about the present."""
    denied: dict[str, Finding] = {}
    stated: dict[str, Finding] = {}
    for finding in context.report.findings:
        if finding.kind is not FindingKind.DIAGNOSIS or context.section_of(finding) not in _SAME_STORY:
            continue
        if finding.value("status") or _other_time(context, finding):
            continue
        (denied if finding.negated else stated).setdefault(_stem(finding.text), finding)
    for name, finding in stated.items():
        if name in denied and _apart(context, finding, denied[name]):
            there = quoted(denied[name].text)
            reason = (
                f"{quoted(finding.text)} est affirmé ici et nié ailleurs ({there})\u00a0: réécoutez les deux passages."
            )
            yield context.about("negation.contradicted", Risk.MEDIUM, finding, reason)


def _stem(text: str) -> str:
    return " ".join(word.rstrip("s") for word in plain(text).split())


def _apart(context: Context, one: Finding, other: Finding) -> bool:
    """Not in one sentence (« pas de douleur, mais une douleur à l’effort »)."""
    here, there = context.passage_of(one), context.passage_of(other)
    return here is not None and there is not None and here != there


# … or at another place, or only if it happens.
_ANOTHER_TIME = re.compile(
    r"\b(?:disparu\w*|disparition|initial\w*|avant|puis|desormais|depuis|amelior\w*|regress\w*|en cas|si|droit\w*|"
    r"gauche\w*)\b"
)


def _other_time(context: Context, finding: Finding) -> bool:
    passage = context.passage_of(finding)
    return bool(passage and _ANOTHER_TIME.search(plain(passage.text)))


def _badly_heard(context: Context) -> Iterable[Doubt]:
    for passage in context.passages():
        for word in context.words_in(passage.span):
            if plain(word.text.strip(".,;:")) in _WORDS and word.probability < _FLOOR:
                reason = f"Négation mal entendue\u00a0: réécoutez {quoted(short(passage.text))}."
                yield context.words("negation.heard", Risk.HIGH, passage, 0, len(passage.text), reason)
                break


def short(text: str) -> str:
    text = text.rstrip(" .\u00a0")
    return text if len(text) <= 60 else text[:59].rsplit(" ", 1)[0] + "…"
