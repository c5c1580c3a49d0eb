"""What the rules written by hand say of each sentence of a letter, between titles.

Sentences in; for each the section it opens by how it begins, and how much it speaks for every section: what it begins
with (patterns/section_cues.tsv), what it speaks of (section_words.tsv, section_vocabulary.tsv), where it stands.
sections_model.py weighs what comes out, order.py chooses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dictation.domain.documents import LetterType, SectionKind
from dictation.structure.lexicon import fold, kept, listed, rows, table
from dictation.structure.sentences import Line
from dictation.structure.tokens import read

# All in one currency, that of the learned weights (sections_model.py): a word that speaks for a section weighs about 1.
_CUE = 4.0  # a sentence that begins as that section does
_WORDS = 3.2  # at most, for all the words of a sentence
_WORD = 0.7  # a word of the section's vocabulary, three at most
_DRUGS = 1.2  # a sentence that begins with a drug, or names several
_REACTED = 3.0  # « urticaire sous vancomycine »: an allergy, wherever it comes to mind
_UNSUPPORTED = 0.8  # a sentence that says nothing of an allergy, nor why the patient came, hardly stays there
_IMAGE = 1.0  # what an imaging account describes is what was seen
_NO_STAY = 1.6  # what is taken on leaving, where nobody stayed or was operated on
_NO_LEAVE = 2.0  # a last sentence that takes no leave ends an account, not a letter
_FIRST = 1.0  # the first sentence of a dictation is its opening unless its beginning says otherwise
_GREETED = 6.0  # « Merci de me l’adresser » opens a letter still, behind sentences that do; the last one takes leave
WHOLE = 6  # sentences from which a letter has a beginning, a middle and an end
_STRAY = 4.0  # standing a whole letter away from where a section usually does (_PLACES)
_PENDING = 2.4  # words that weigh so much for it open the section as a beginning does
_FAREWELL = 7  # tokens of a last sentence that takes leave by one word of it
CLOSING_REACH = 4  # sentences from the end in which a letter may take its leave

_K = SectionKind
_SHORT = (_K.ALLERGIES, _K.REASON)
# Where in a letter a section usually stands, 0 its first sentence, 1 its last.
_PLACES = {
    _K.OPENING: (0.0, 0.05),
    _K.REASON: (0.0, 0.2),
    _K.HISTORY: (0.0, 0.45),
    _K.ILLNESS: (0.0, 0.5),
    _K.USUAL_TREATMENT: (0.05, 0.5),
    _K.EXAMINATION: (0.2, 0.65),
    _K.TESTS: (0.3, 0.85),
    _K.COURSE: (0.4, 1.0),
    _K.DISCHARGE_TREATMENT: (0.55, 1.0),
    _K.PENDING: (0.5, 1.0),
    _K.CONCLUSION: (0.45, 1.0),
    _K.PLAN: (0.5, 1.0),
}
_GREETS = re.compile(r"\b(confrat|confrère|cordial|amical|amiti|salutation|sentiment|sincère|dévou|respect|remerci)")
_THANKS = re.compile(  # for a patient or for trust; « merci de vérifier la créatinine » asks for something
    r"(?:je (?:vous|te) remercie|nous vous remercions|merci)\b"
    r"(?=[^.]{0,30}\b(?:adress|confi|envoy)|,? (?:de|pour) (?:cet|cette|ce|votre|ta|ton)\b)"
)
_IMAGES = re.compile(r"^(compte[- ]rendu (d'|de (la |l')?)?)?(imagerie|scanner|tdm|irm|échographie|radio|mammographie)")
_REACTIONS = re.compile(
    r"\b(?:urticaire|plaques|boutons|eruption|exantheme|rash|bronchospasme|oedeme (?:de|du) (?:la )?\w+|"
    r"quincke|anaphylaxie|anaphylactique|toxidermie|erytheme|eczema(?: de contact)?|hypersensibilite)\b"
    r"[^,;.]{0,20}?\b(?:sous|avec|a|au|aux|contre) (?:l'|la |les? )?([\w-]+)"
)

Fit = dict[SectionKind, float]


@dataclass(frozen=True, slots=True)
class Said:
    """What one sentence says by its words alone."""

    cue: SectionKind | None  # the section it opens by how it begins
    fit: Fit


@kept
def _cues() -> tuple[tuple[tuple[str, ...], SectionKind], ...]:
    found = [(tuple(t.fold for t in read(said.split())), SectionKind(kind)) for said, kind in rows("section_cues")]
    return tuple(sorted(found, key=lambda cue: -len(cue[0])))


@kept
def _vocabulary() -> tuple[tuple[re.Pattern[str], SectionKind], ...]:
    found = []
    for kind, words in rows("section_vocabulary"):
        stems = "|".join(re.escape(word).replace(r"\*", r"\w*") for word in words.split())
        found.append((re.compile(rf"(?<![\w-])(?:{stems})(?![\w-])"), SectionKind(kind)))
    return tuple(found)


@kept
def _words() -> tuple[tuple[re.Pattern[str], SectionKind, float], ...]:
    return tuple((re.compile(said), SectionKind(kind), float(weight)) for said, kind, weight in rows("section_words"))


@kept
def _allergens() -> frozenset[str]:
    return frozenset(fold(word) for word in listed("allergens"))


def said_by(lines: list[Line]) -> list[Said]:
    """What each sentence says, whatever the letter is."""
    found = []
    for number, line in enumerate(lines):
        cue = _cue_of(line, number, len(lines))
        found.append(Said(cue, _fit(line, cue)))
    return found


def in_letter(lines: list[Line], said: list[Said], kind: LetterType) -> list[Said]:
    """The same, weighed by where each sentence stands in a letter of that kind."""
    stays = kind is LetterType.DISCHARGE
    images = pictured(lines)
    found = []
    for number, spoken in enumerate(said):
        cue, fit = spoken.cue, dict(spoken.fit)
        if images:
            fit[_K.TESTS] = fit.get(_K.TESTS, 0.0) + fit.pop(_K.EXAMINATION, 0.0) + fit.pop(_K.COURSE, 0.0) + _IMAGE
        if not stays:
            fit[_K.DISCHARGE_TREATMENT] = fit.get(_K.DISCHARGE_TREATMENT, 0.0) - _NO_STAY
        if len(lines) >= WHOLE:
            _place(fit, number / (len(lines) - 1))
        if cue is None and fit.get(_K.PENDING, 0.0) >= _PENDING:
            cue = _K.PENDING
            fit[cue] += _CUE
        if number == 0:
            fit[_K.OPENING] = fit.get(_K.OPENING, 0.0) + _FIRST
        elif number < len(lines) - 1 and _THANKS.match(_plain(lines[number])):
            fit[_K.OPENING] = fit.get(_K.OPENING, 0.0) + _GREETED
        if cue is not _K.CLOSING and fit.get(_K.CLOSING, 0.0) <= 0:
            fit[_K.CLOSING] = fit.get(_K.CLOSING, 0.0) - _NO_LEAVE
        found.append(Said(cue, fit))
    return found


def pictured(lines: list[Line]) -> bool:
    """Whether the letter says at its head that it is the account of an imaging examination."""
    return any(_IMAGES.search(_plain(line)) for line in lines[:2])


def _plain(line: Line) -> str:
    return line.text.lower().replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")


def _place(fit: Fit, place: float) -> None:
    """Take from each section what it costs to stand at this place of a letter, 0..1."""
    for kind, (first, last) in _PLACES.items():
        fit[kind] = fit.get(kind, 0.0) - _STRAY * max(first - place, place - last, 0.0)
    if _K.OPENING in fit and place > 0 and fit[_K.OPENING] <= 0:
        fit[_K.OPENING] -= _UNSUPPORTED


def _fit(line: Line, cue: SectionKind | None) -> Fit:
    """How much a sentence speaks for each section."""
    text = _plain(line)
    fit: Fit = {}
    for pattern, kind, weight in _words():
        if hits := sum(1 for _ in pattern.finditer(text)):
            fit[kind] = min(_WORDS, fit.get(kind, 0.0) + weight * min(hits, 2))
    for pattern, kind in _vocabulary():
        if hits := len(set(pattern.findall(text))):
            fit[kind] = fit.get(kind, 0.0) + _WORD * min(hits, 3)
    drugs = [token.fold in table("drugs") for token in line.tokens]
    if sum(drugs) > 1 or drugs[:1] == [True]:
        for kind in (_K.USUAL_TREATMENT, _K.DISCHARGE_TREATMENT):
            fit[kind] = fit.get(kind, 0.0) + _DRUGS
    reaction = _REACTIONS.search(fold(text))
    if reaction and (reaction[1] in table("drugs") or reaction[1] in _allergens()):
        fit[_K.ALLERGIES] = fit.get(_K.ALLERGIES, 0.0) + _REACTED
    if cue is not None:
        fit[cue] = fit.get(cue, 0.0) + _CUE
    for kind in _SHORT:
        if kind not in fit:
            fit[kind] = -_UNSUPPORTED
    return fit


def _cue_of(line: Line, number: int, total: int) -> SectionKind | None:
    """The section a sentence opens by how it begins; number: its place, from 0, among `total` sentences."""
    folded = tuple(t.fold for t in line.tokens)
    for words, kind in _cues():
        if folded[: len(words)] == words:
            return None if kind is SectionKind.CLOSING and total - number > CLOSING_REACH else kind
    farewell = number == total - 1 >= WHOLE - 1 and len(line.tokens) <= _FAREWELL
    if farewell and _GREETS.search(_plain(line)):
        return SectionKind.CLOSING
    return None
