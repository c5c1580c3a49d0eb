"""Identity: who was named, against the sidecar and the day's other patients. The wrong-patient guard.

A contradiction is a point of high risk. So is too little agreement: two independent facts (surname, first name, birth
date, age, number, sex) must agree with the sidecar, and no other patient of the day may agree as well. Such a point is
asked again by name before the letter leaves the desk: nobody passes it unseen.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz

from dictation.domain.documents import Doubt, FindingKind, Risk, SectionKind
from dictation.domain.people import Patient, Sex
from dictation.draft.doubts.context import Context, Passage, french_date, plain, quoted

_ENOUGH = 2  # facts that agree
_MALE = re.compile(
    r"\b(?:monsieur|m\.|né le|né en|patient\b|âgé\b|hospitalisé\b|(?:ce|cet) (?:patient|homme))", re.IGNORECASE
)
_FEMALE = re.compile(
    r"\b(?:madame|mademoiselle|mme|mlle|née le|née en|patiente\b|âgée\b|hospitalisée\b|cette (?:patiente|femme))",
    re.IGNORECASE,
)
_AGE = re.compile(r"\b(?:âgée? de |de |a )?(\d{1,3})[ \u00a0]ans\b(?! (?:plus|après|auparavant|avant))", re.IGNORECASE)
_TITLE = r"(?:monsieur|madame|mademoiselle|mme|mlle|mr|m\.|enfant|patiente?[ \u00a0]?:)"
_AGED = re.compile(
    rf"(?:\bâgée?s? de|\bpatiente? de|\bhomme de|\bfemme de|\b{_TITLE} [^,.]{{1,60}},) ?$", re.IGNORECASE
)


def check(context: Context) -> Iterable[Doubt]:
    if context.sidecar is None:
        return
    yield from _addressee(context)
    patient = context.patient
    if patient is None:
        return
    contradictions = [
        *_name(context, patient), *_name_alone(context, patient), *_birth_date(context, patient),
        *_sex(context, patient), *_title(context, patient), *_age(context, patient),
        *_number(context, patient), *_another_name(context, patient),
    ]  # fmt: skip
    agreed = agreements(context, patient)
    rivals = [other for other in context.others if len(agreements(context, other)) >= max(1, len(agreed))]
    if rivals:
        named = " ou ".join(quoted(_full(other)) for other in rivals[:3])
        reason = (
            f"La dictée désigne aussi bien un autre patient du jour\u00a0: {named}, "
            f"fiche jointe {quoted(_full(patient))}. Vérifiez l’identité du patient."
        )
        yield _said_of(context, "identity.other_patient", reason)
    yield from contradictions
    if len(agreed) < _ENOUGH and not rivals and not contradictions:
        told = ", ".join(agreed) or "aucun"
        reason = (
            f"Identité trop peu dictée (élément concordant\u00a0: {told})\u00a0: vérifiez que l’enregistrement est "
            f"bien celui de {quoted(_full(patient))}."
        )
        yield _said_of(context, "identity.unconfirmed", reason)


def agreements(context: Context, patient: Patient) -> tuple[str, ...]:
    """The facts of the dictation that this patient shares, in French."""
    named = context.of_kind(FindingKind.PATIENT)
    words = [plain(finding.value("name") or "").split() for finding in named]
    found = []
    both = _side_by_side(_beginning(context), patient)
    if both or any(all(part in said for part in plain(patient.last_name).split()) for said in words):
        found.append("nom")
    if both or any(
        set(plain(patient.first_name).split()) & set(said) - set(plain(patient.last_name).split()) for said in words
    ):
        found.append("prénom")
    if any(_same_day(f.value("iso"), patient.birth_date) for f in context.of_kind(FindingKind.BIRTH_DATE)):
        found.append("date de naissance")
    if any(abs(age - told) <= 1 for _, _, told in _ages(context) if (age := _age_of(patient, context.now)) is not None):
        found.append("âge")
    numbers = context.of_kind(FindingKind.HOSPITAL_NUMBER)
    if any(_bare(finding.value("number") or "") == _bare(patient.hospital_number or "-") for finding in numbers):
        found.append("numéro")
    if found and _told_sex(context)[0] is patient.sex:
        found.append("sexe")
    return tuple(found)


def _said_of(context: Context, rule_id: str, reason: str) -> Doubt:
    """A point about the identity as a whole: at the name when one was said."""
    named = context.of_kind(FindingKind.PATIENT)
    return context.about(rule_id, Risk.HIGH, named[0], reason) if named else Doubt(rule_id, rule_id, Risk.HIGH, reason)


def _name(context: Context, patient: Patient) -> Iterable[Doubt]:
    named = context.of_kind(FindingKind.PATIENT)
    if not named or any(_agrees(f.value("name") or "", patient.last_name, patient.first_name) for f in named):
        return
    told = f"Nom entendu {quoted(named[0].text)}, fiche jointe {quoted(_full(patient))}"
    reason = f"{told}\u00a0: vérifiez l’identité du patient."
    yield context.about("identity.name", Risk.HIGH, named[0], reason)


_BEGINNING = 60  # words within which a letter names its patient


@dataclass(frozen=True, slots=True)
class _Said:
    """A word of the beginning of the letter, or a comma."""

    folded: str
    passage: Passage
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]


def _beginning(context: Context) -> list[_Said]:
    found = (
        _Said(plain(match[0]), passage, match.start(), match.end())
        for passage in context.passages()
        for match in re.finditer(r"[^\W_]+|,", passage.text)
    )
    return list(itertools.islice(found, _BEGINNING))


def _are_there(words: Sequence[_Said], *names: str) -> bool:
    """Whether these names, folded, stand in this order and side by side."""
    return f" {' '.join(names)} " in f" {' '.join(word.folded for word in words)} "


def _side_by_side(words: Sequence[_Said], patient: Patient) -> bool:
    """« Zeller Irène », « Irène Zeller »: a name said without « madame »."""
    first, last = plain(patient.first_name), plain(patient.last_name)
    return _are_there(words, first, last) or _are_there(words, last, first)


def _name_alone(context: Context, patient: Patient) -> Iterable[Doubt]:
    """One half of the patient's name beside another half: « le petit Lucie Bréhat », « Jean-Marc Bernard »."""
    words = _beginning(context)
    if _side_by_side(words, patient):
        return
    for known, other, what in (
        (plain(patient.last_name), plain(patient.first_name), "Prénom"),
        (plain(patient.first_name), plain(patient.last_name), "Nom"),
    ):
        parts = known.split()
        for at in range(len(words) - len(parts) + 1):
            if [word.folded for word in words[at : at + len(parts)]] != parts or _are_there(words, other):
                continue
            wrong = [word for word in _beside(words, at, len(parts), what) if word.folded not in other.split()]
            if wrong:
                heard = wrong[-1]
                told = f"{what} entendu {quoted(heard.text)}, fiche jointe {quoted(_full(patient))}"
                reason = f"{told}\u00a0: vérifiez l’identité du patient."
                yield context.words("identity.name", Risk.HIGH, heard.passage, heard.start, heard.end, reason)
                return


def _beside(words: list[_Said], at: int, count: int, what: str) -> list[_Said]:
    """The words that may be the other half of a name whose `count` words stand at words[at].

    A first name stands between « le petit » and the surname, or behind a surname that opens the letter and before a
    comma; a surname stands right beside its first name.
    """
    before, behind = words[max(0, at - 2) : at], words[at + count : at + count + 2]
    if what == "Prénom":
        found = before[-1:] if before[:1] and before[0].folded in _INTRODUCE else []
        found += behind[:1] if at == 0 and [word.folded for word in behind[1:]] == [","] else []
    else:
        found = [*before[-1:], *behind[:1]]
    return [word for word in found if len(word.folded) > 2 and word.folded.isalpha() and word.folded not in _NO_NAME]


_INTRODUCE = frozenset(str.split("monsieur madame mademoiselle petit petite jeune enfant patient patiente fils fille"))
# What stands beside a first name that is said alone.
_NO_NAME = frozenset(
    str.split(
        "monsieur madame mademoiselle patient patiente votre notre petit petite jeune enfant agee ages nee pour dans "
        "avec qui dont elle vient vient venu venue souffre presente suivi suivie opere operee hospitalise hospitalisee "
        "adresse adressee docteur professeur cher chere aussi reste etait avait vous nous bien meme comme mais "
        "revient consulte entre sort quitte"
    )
)


def _agrees(said: str, last: str, first: str) -> bool:
    """The surname was said; a first name, when one was said, is the right one. « Madame Roussel » is enough."""
    words = plain(said).split()
    surname = plain(last).split()
    if not all(part in words for part in surname):
        return False
    if "epouse" in words and set(plain(first).split()) <= set(words):
        return True  # « LACHENAL épouse BORIES Martine »: the name of birth, the first name, and a second surname
    rest = list(words)
    for part in surname:
        rest.remove(part)
    return all(part in plain(first).split() for part in rest)


def _birth_date(context: Context, patient: Patient) -> Iterable[Doubt]:
    for finding in context.of_kind(FindingKind.BIRTH_DATE):
        said = finding.value("iso") or ""
        if not said or _same_day(said, patient.birth_date):
            continue
        told = f"entendue {french_date(said)}, fiche jointe {french_date(patient.birth_date.isoformat())}"
        reason = f"Date de naissance {told}\u00a0: vérifiez l’identité du patient."
        yield context.about("identity.birth_date", Risk.HIGH, finding, reason)


def _same_day(said: str | None, known: date) -> bool:
    iso = known.isoformat()
    return said == iso or bool(said and said.startswith("--") and iso.endswith(said[1:]))


def _told_sex(context: Context) -> tuple[Sex | None, Passage | None, re.Match[str] | None]:
    """Monsieur or Madame, né or née, in the opening; None when neither or both."""
    told: dict[Sex, tuple[Passage, re.Match[str]]] = {}
    for passage in context.passages(SectionKind.OPENING):
        for sex, words in ((Sex.MALE, _MALE), (Sex.FEMALE, _FEMALE)):
            if match := words.search(passage.text):
                told.setdefault(sex, (passage, match))
    if len(told) != 1:
        return None, None, None
    [(sex, (passage, match))] = told.items()
    return sex, passage, match


def _sex(context: Context, patient: Patient) -> Iterable[Doubt]:
    sex, passage, match = _told_sex(context)
    if sex is None or patient.sex in {sex, Sex.UNKNOWN} or passage is None or match is None:
        return
    known = "un homme" if patient.sex is Sex.MALE else "une femme"
    reason = (
        f"La dictée dit {quoted(match[0])}, la fiche jointe est celle d’{known}\u00a0: vérifiez l’identité du patient."
    )
    yield context.words("identity.sex", Risk.HIGH, passage, match.start(), match.end(), reason)


_TITLED = re.compile(
    r"\b(?:(?P<male>Monsieur|Mr|M\.)|(?P<female>Madame|Mademoiselle|Mme|Mlle))"
    r"(?P<name>(?:[ \u00a0](?=[^\W\d_])(?![a-zà-ÿ])[\w’'-]+){1,4})"
)


def _title(context: Context, patient: Patient) -> Iterable[Doubt]:
    """« M. Simone Breteau »: a title before the patient's own name that is not of their sex."""
    if patient.sex is Sex.UNKNOWN or _told_sex(context)[0] not in {None, patient.sex}:
        return
    wrong = "female" if patient.sex is Sex.MALE else "male"
    for passage in context.passages():
        for match in _TITLED.finditer(passage.text):
            said = plain(match["name"]).split()
            if match[wrong] and set(plain(patient.last_name).split()) <= set(said):
                known = "un homme" if patient.sex is Sex.MALE else "une femme"
                reason = (
                    f"{quoted(match[0])}, la fiche jointe est celle d’{known}\u00a0: vérifiez l’identité du patient."
                )
                yield context.words("identity.sex", Risk.HIGH, passage, match.start(), match.end(), reason)
                return


def _another_name(context: Context, patient: Patient) -> Iterable[Doubt]:
    """« Madame Champetier s’essouffle » in the letter of Madame Champredon: a name that resembles the patient's."""
    last, first = plain(patient.last_name).split(), plain(patient.first_name).split()
    for passage in context.passages():
        for match in _TITLED.finditer(passage.text):
            said = plain(match["name"]).split()
            if set(last) <= set(said) or set(said) <= {*last, *first}:
                continue
            if any(_resemble(heard, known) for heard in said for known in last):
                told = f"Nom entendu {quoted(match[0])}, fiche jointe {quoted(_full(patient))}"
                reason = f"{told}\u00a0: vérifiez l’identité du patient."
                yield context.words("identity.name", Risk.HIGH, passage, match.start(), match.end(), reason)


def _resemble(heard: str, known: str) -> bool:
    """« Champetier », « Champredon »; another person of the letter is seldom called so."""
    return min(len(heard), len(known)) > 3 and (heard[:4] == known[:4] or fuzz.ratio(heard, known) >= 75)


def _ages(context: Context) -> list[tuple[Passage, re.Match[str], int]]:
    """Ages said of the patient in the opening."""
    found = []
    for passage in context.passages(SectionKind.OPENING, SectionKind.REASON):
        for match in _AGE.finditer(passage.text):
            aged = match[0].casefold().startswith("âgé") or _AGED.search(passage.text[: match.start(1)])
            if aged:
                found.append((passage, match, int(match[1])))
    return found


def _age_of(patient: Patient, day: date | None) -> int | None:
    if day is None:
        return None
    born = patient.birth_date
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _age(context: Context, patient: Patient) -> Iterable[Doubt]:
    known = _age_of(patient, context.now)
    for passage, match, told in _ages(context):
        if known is not None and abs(known - told) > 1:
            heard = f"Âge entendu {told}\u00a0ans, {known}\u00a0ans d’après la fiche jointe"
            reason = f"{heard}\u00a0: vérifiez l’identité du patient."
            yield context.words("identity.age", Risk.HIGH, passage, match.start(1), match.end(), reason)


def _bare(number: str) -> str:
    return re.sub(r"\D", "", number).lstrip("0")


def _number(context: Context, patient: Patient) -> Iterable[Doubt]:
    known = _bare(patient.hospital_number or "")
    for finding in context.of_kind(FindingKind.HOSPITAL_NUMBER):
        if known and _bare(finding.value("number") or "") != known:
            heard = f"Numéro de patient entendu {quoted(finding.text)}, autre dans la fiche jointe"
            reason = f"{heard}\u00a0: vérifiez l’identité."
            yield context.about("identity.number", Risk.HIGH, finding, reason)


def _full(patient: Patient) -> str:
    return f"{patient.first_name} {patient.last_name}"


def _addressee(context: Context) -> Iterable[Doubt]:
    addressee = context.sidecar.addressee if context.sidecar else None
    if addressee is None:
        return
    for finding in context.of_kind(FindingKind.ADDRESSEE):
        if _agrees(finding.value("name") or "", addressee.last_name, addressee.first_name):
            continue
        known = f"{addressee.first_name} {addressee.last_name}".strip()
        told = f"Destinataire entendu {quoted(finding.text)}, fiche jointe {quoted(known)}"
        reason = f"{told}\u00a0: vérifiez à qui part la lettre."
        yield context.about("identity.addressee", Risk.HIGH, finding, reason)
