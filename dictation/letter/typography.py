"""Typography: how French printed matter writes dates, spaces, names and numbers.

Strings and records in, strings out; touches nothing. Words are never changed: only white space, line breaks and the
form of the apostrophe are.
Source: Lexique des règles typographiques en usage à l'Imprimerie nationale; AFNOR NF Z 10-011 for the address.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from dictation.domain.people import INS_OIDS, Addressee, Author, Ins, Patient

NO_BREAK = "\u00a0"
NARROW = "\u202f"  # narrow no-break space: before ; ! ?

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip

# Units that must not start a line without their number. Longest first, so that « mg/l » is not read as « mg ».
_UNITS = (
    r"%|‰|°C?|(?:[mcdkµμn]?g|[mcdµμn]?mol|[mkM]?UI|[mcd]?[lL]|mEq|kcal)(?:/(?:24\s?h|[mcdk]?[lLg]|min|jour|j|h))?|"
    r"[mckµμ]?m(?:²|³|2|3)?|mmHg|cmH2O|bpm|kPa|h|min|s|ans?|mois|jours?|semaines?|heures?|minutes?|fois|"
    r"comprimés?|gélules?|sachets?|ampoules?|gouttes?|unités?|milligrammes?|grammes?|euros?|€"
)
_TITLES = r"M\.|MM\.|Mmes?|Mlle|Drs?|Prs?|Docteure?|Professeure?|Monsieur|Madame"
_SPACE = r"[ \u00a0\u202f\u2009]"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # Punctuation: the space is replaced where there is one, added after a letter or a closing mark where there is none.
    (re.compile(rf"(?<=\S){_SPACE}+([;!?])"), NARROW + r"\1"),
    (re.compile(r"(?<=[^\W\d_]|[»)\]%])([;!?])(?=[\s»)]|$)"), NARROW + r"\1"),
    (re.compile(rf"(?<=\S){_SPACE}+:"), NO_BREAK + ":"),
    (re.compile(r"(?<=[^\W\d_]|[»)\]%]):(?=[\s»)]|$)"), NO_BREAK + ":"),
    (re.compile(rf"«{_SPACE}*(?=\S)"), "«" + NO_BREAK),
    (re.compile(rf"(?<=\S){_SPACE}*»"), NO_BREAK + "»"),
    # The apostrophe of an elision.
    (re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])"), "’"),
    # A number stays with its unit, its month, its thousands; a title with its name. Between digits the space keeps its
    # width: « 2 500 mg » may be two of 500, and must not be drawn together.
    (re.compile(r"(?<=\d) (?=\d{3}(?!\d))"), NO_BREAK),
    (re.compile(rf"(?<=\d) (?=(?:{_UNITS})(?!\w))"), NO_BREAK),
    (re.compile(rf"(?<=\d{NO_BREAK}h) (?=\d{{2}}\b)"), NO_BREAK),
    (re.compile(rf"(?<=\d) (?=(?:{'|'.join(MONTHS)})\b)", re.IGNORECASE), NO_BREAK),
    (re.compile(rf"(?<=\b1er) (?=(?:{'|'.join(MONTHS)})\b)", re.IGNORECASE), NO_BREAK),
    (re.compile(rf"((?:{'|'.join(MONTHS)})) (?=\d{{4}}\b)", re.IGNORECASE), r"\1" + NO_BREAK),
    (re.compile(rf"\b({_TITLES}) (?=[A-ZÀ-ÖØ-Þ])"), r"\1" + NO_BREAK),
    (re.compile(r"(?<=\d) ([×x+/]) (?=\d)"), NO_BREAK + r"\1" + NO_BREAK),
    (re.compile(r"\b([nN]°) (?=\S)"), r"\1" + NO_BREAK),
)  # fmt: skip


def french_print(text: str) -> str:
    """`text` with the no-break spaces and apostrophes French print wants; doing it twice changes nothing more."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def french_date(day: date) -> str:
    """« 1er mars 1954 », unbreakable."""
    number = "1er" if day.day == 1 else str(day.day)
    return NO_BREAK.join((number, MONTHS[day.month - 1], f"{day.year:04d}"))


def period(start: date | None, end: date | None) -> str:
    """« du 5 au 7 novembre 2026 »; one known day gives « depuis le … » or « jusqu’au … »; none gives "" ."""
    if start is None or end is None:
        return f"à partir du {french_date(start)}" if start else f"jusqu’au {french_date(end)}" if end else ""
    if start == end:
        return f"le {french_date(end)}"
    first = french_date(start)
    if start.year == end.year:
        first = first.rsplit(NO_BREAK, 1)[0]
        if start.month == end.month:
            first = first.rsplit(NO_BREAK, 1)[0]
    return f"du {first} au {french_date(end)}"


def full_name(last_name: str, first_name: str) -> str:
    """« PETIT Sylvie »: the order of the hospital's files, the family name in capitals."""
    return f"{last_name.strip().upper()} {first_name.strip()}".strip()


def doctor(author: Author) -> str:
    """« Docteur Claire MARTIN »."""
    return french_print(" ".join(filter(None, (author.title, author.first_name.strip(), author.last_name.upper()))))


def with_article(name: str) -> str:
    """« le Docteur Claire MARTIN », « la Docteure … »; a name without such a title stays as it is."""
    if found := re.match(r"(?:docteur|professeur)(e?)\b", name, re.IGNORECASE):
        return f"{'la' if found[1] else 'le'}{NO_BREAK}{name}"
    return name


def born(patient: Patient) -> str:
    """« née le 7 juin 1948 »."""
    return f"{patient.sex.born} le {french_date(patient.birth_date)}"


def ins_number(ins: Ins) -> str:
    """« 2 79 03 51 215 189 89 (NIR) »: number in its usual groups, then the nature the identity rules ask for."""
    groups, value, start = [], ins.value, 0
    for size in (1, 2, 2, 2, 3, 3, 2):
        groups.append(value[start : start + size])
        start += size
    return f"{NO_BREAK.join(groups)}{NO_BREAK}({INS_OIDS[ins.oid].replace(' ', NO_BREAK)})"


def telephone(number: str) -> str:
    """« 04 72 00 00 00 », unbreakable; as given when it is not ten digits."""
    digits = re.sub(r"[\s.\u00a0\u202f-]", "", number)
    if not re.fullmatch(r"0\d{9}", digits):
        return number.strip()
    return NO_BREAK.join(digits[i : i + 2] for i in range(0, 10, 2))


def town(address: tuple[str, ...]) -> str:
    """The town of an address, from its line with a postcode: « 69437 Lyon Cedex 03 » gives « Lyon »; "" when none."""
    for line in reversed(address):
        if found := re.match(r"\s*(?:F-)?\d{5}\s+(.+)", line):
            return re.sub(r"\s+cedex\b.*$", "", found[1], flags=re.IGNORECASE).strip()
    return ""


def address_lines(addressee: Addressee) -> tuple[str, ...]:
    """The addressee as on an envelope: title and name first, unless the address already opens with the name."""
    name = " ".join(filter(None, (addressee.title, addressee.first_name, addressee.last_name.upper())))
    address = tuple(line.strip() for line in addressee.address if line.strip())
    if address and _bare(addressee.last_name) in _bare(address[0]):
        return address
    return (name, *address)


def greeting(addressee: Addressee | None) -> str:
    """How the letter opens when nothing was dictated. The title decides; when it does not say, « Cher confrère, »."""
    title = _bare(addressee.title) if addressee else ""
    if title in {"madame", "mme"}:
        return "Madame,"
    if title in {"monsieur", "m."}:
        return "Monsieur,"
    if re.search(r"\b(docteure|doctoresse|professeure|dre|pre|madame|mme)\b", title):
        return "Chère consœur,"
    return "Cher confrère,"


_DICTATED_GREETING = re.compile(
    r"\s*((?:(?:mon|ma|mes)\s+)?(?:très\s+)?ch(?:er|ère|ers|ères)\b[^,.\n]{0,60},"
    r"|(?:madame|monsieur|mesdames|messieurs|docteure?|professeure?|bonjour)\b[^.\n]{0,40}(?<=,)(?=[ \t]*\n))\s*",
    re.IGNORECASE,
)


def split_greeting(opening: str) -> tuple[str, str]:
    """A dictated opening as (greeting, rest): « Cher ami, merci… » gives « Cher ami, » and « merci… ».

    A greeting is « Cher … , », or a first line of its own like « Madame, Monsieur, »; without one, ("", opening).
    """
    found = _DICTATED_GREETING.match(opening)
    return (found[1], opening[found.end() :]) if found else ("", opening)


def lines(text: str) -> tuple[str, ...]:
    """The lines of a section, without empty ones."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


_SHORTENED = ("M", "MM", "Mme", "Dr", "Pr", "cp", "cps", "cpr", "comp", "gél", "amp", "inj", "max", "env")
_SENTENCE_END = re.compile(
    r"(?<!\b[A-Z])" + "".join(rf"(?<!\b{word})" for word in _SHORTENED) + r"\. +(?=[A-ZÀ-ÖØ-ÞŒ])"
)


def one_a_line(text: str) -> str:
    """A list of medicines, each sentence on its own line; the point of an abbreviation or an initial ends none."""
    return _SENTENCE_END.sub(".\n", text)


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
