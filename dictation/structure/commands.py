"""Commands: « point », « à la ligne », « ouvrez la parenthèse » become marks and breaks; their literal uses do not.

Tokens in, tokens out. Reads patterns/commands.tsv and patterns/guards.tsv. A mark the recogniser put next to a dictated
one is absorbed: « fièvre, point. À la ligne » is one full stop and one line break. Where the silence around each word
was measured, a command word that stands alone between two silences is the command, whatever stands beside it.
"""

from __future__ import annotations

import functools
from dataclasses import replace

from dictation.structure.commas import Comma, comma_at
from dictation.structure.dots import Dot, dot_at
from dictation.structure.lexicon import listed, low, rows
from dictation.structure.numerals import begins_number
from dictation.structure.tokens import Kind, Sheet, Token, read

_BREAKS = {"line": "\n", "paragraph": "\n\n"}
_LONGEST_ASIDE = 8  # words after « entre parenthèses » when nothing closes it
_SILENCE = 0.3  # seconds before and after: a word said apart


@functools.cache
def _phrases() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """(words of the command, what it writes), longest first, by first word."""
    found = [(tuple(t.fold for t in read(phrase.split())), action) for phrase, action in rows("commands")]
    by_word: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for entry in sorted(found, key=lambda entry: -len(entry[0])):
        by_word.setdefault(entry[0][0], []).append(entry)
    return by_word


@functools.cache
def _guard(command: str, where: str) -> frozenset[str]:
    return frozenset(low(word) for name, place, word in rows("guards") if name == command and place == where)


def apply_commands(sheet: Sheet) -> None:
    """Replace spoken commands by what they ask for."""
    tokens, i = sheet.tokens, 0
    out: list[Token] = []
    while i < len(tokens):
        match = _command_at(tokens, i) or _said_apart(sheet, i) or _dash(out, tokens, i)
        if match is None:
            if tokens[i].low == "deux" and _colon_or_stitches(tokens, i):
                sheet.warn("command.unclear", tokens[max(0, i - 2) : i + 5])
            out.append(tokens[i])
            i += 1
            continue
        length, action = match
        heard = tokens[i : i + length]
        if action == "." and length == 1 and _between_numbers(tokens, i):
            dot = Dot.STOP if sheet.silent_around(heard[0].first, heard[0].last, _SILENCE) else dot_at(sheet, i)
            if dot is not Dot.STOP:
                sheet.warn("number.point", tokens[i - 1 : i + 2])
            if dot is Dot.DECIMAL:
                out.append(replace(heard[0], text="virgule"))  # numerals.py reads it
                i += 1
                continue
        if tokens[i].low == "virgule" and _between_numbers(tokens, i) and comma_at(tokens, i) is Comma.LIKELY_LIST:
            sheet.warn("number.list", tokens[i - 1 : i + 3])
        mark = Token(_BREAKS.get(action, action[0]), heard[0].first, heard[-1].last, Kind.MARK, said=True)
        if action in _BREAKS:
            mark = replace(mark, kind=Kind.BREAK)
        if action == "-" and out and out[-1].kind is not Kind.BREAK:  # a list begins a line, and each of its items
            out.append(replace(mark, text="\n", kind=Kind.BREAK))
        out.append(mark)
        sheet.commands.append((mark.first, mark.last))
        i += length
        if action in ("(…", "«…"):
            inside, i = _bracketed(tokens, i, 3 if action == "«…" and not _closes(tokens, i) else _LONGEST_ASIDE)
            out += inside
            closing = ")" if action == "(…" else "»"
            closed = _command_at(tokens, i) if i < len(tokens) else None
            if inside and not (closed and closed[1] == closing):
                out.append(Token(closing, inside[-1].last, inside[-1].last, Kind.MARK, said=True))
    sheet.tokens = _settle(out)


def _closes(tokens: list[Token], i: int) -> bool:
    """Whether a closing quotation mark is said within reach."""
    return any((said := _command_at(tokens, j)) and said[1] == "»" for j in range(i, min(len(tokens), i + 12)))


def _bracketed(tokens: list[Token], i: int, most: int) -> tuple[list[Token], int]:
    """What « entre parenthèses » holds: up to the next mark or command, eight words at most.

    « Entre guillemets » is said of the next word, unless three words at most end its sentence or it is closed aloud.
    """
    j = i
    while j < len(tokens) and j - i < _LONGEST_ASIDE and tokens[j].kind is Kind.WORD and not _command_at(tokens, j):
        j += 1
    if j - i > most:
        j = i + 1
    return tokens[i:j], j


def _command_at(tokens: list[Token], i: int) -> tuple[int, str] | None:
    if tokens[i].kind is not Kind.WORD:
        return None
    for phrase, action in _phrases().get(tokens[i].fold, ()):
        n = len(phrase)
        if all(i + k < len(tokens) and tokens[i + k].fold == word for k, word in enumerate(phrase)):
            return None if _literal(tokens, i, n, phrase) else (n, action)
    return None


def _between_numbers(tokens: list[Token], i: int) -> bool:
    return 0 < i < len(tokens) - 1 and begins_number(tokens[i - 1]) and begins_number(tokens[i + 1])


def _said_apart(sheet: Sheet, i: int) -> tuple[int, str] | None:
    """« point » or « virgule » between two measured silences: the command, even after « le » or before « de »."""
    token = sheet.tokens[i]
    if token.kind is not Kind.WORD or token.low not in ("point", "virgule"):
        return None
    if not sheet.silent_around(token.first, token.last, _SILENCE):
        return None
    return 1, "." if token.low == "point" else ","


def _dash(out: list[Token], tokens: list[Token], i: int) -> tuple[int, str] | None:
    """« tiret » at the head of a line is the dash of a list, and so is the next one of that list."""
    if tokens[i].kind is not Kind.WORD or tokens[i].low != "tiret" or i + 1 >= len(tokens):
        return None
    heads = not out or out[-1].kind is Kind.BREAK or (out[-1].kind is Kind.MARK and out[-1].text in ":.;,")
    return (1, "-") if (heads or _in_a_list(out)) and tokens[i + 1].kind is Kind.WORD else None


def _in_a_list(out: list[Token]) -> bool:
    """Whether the line that is being written began with the dash of a list, and is no longer only that."""
    line = out[max((n + 1 for n, token in enumerate(out) if token.kind is Kind.BREAK), default=0) :]
    return len(line) > 1 and line[0].kind is Kind.MARK and line[0].text == "-" and line[0].said


def _literal(tokens: list[Token], i: int, n: int, phrase: tuple[str, ...]) -> bool:
    """Whether the words mean themselves here: « point de vue », « points de suture », « à la ligne médiane »."""
    before = tokens[i - 1] if i else None
    after = tokens[i + n] if i + n < len(tokens) else None
    if phrase == ("point",):
        return _literal_point(tokens, i)
    if phrase == ("2", "points"):
        return not (after_title(tokens, i) or _before_a_line(tokens, i, n))
    if phrase in (("deux", "point"), ("2", "point")):
        return not after_title(tokens, i)
    if phrase in (("deux", "points"), ("deux-points",)):
        if _before_a_line(tokens, i, n):
            return False
        if after_title(tokens, i):
            return _followed_by_noun(tokens, i + n, "point")
        counted = after is not None and after.low in ("de", "d'")
        return (
            counted or _noun(before, after, tokens, i + n, "deux points") or _followed_by_noun(tokens, i + n, "point")
        )
    if phrase == ("virgule",):
        if _between_numbers(tokens, i):
            of_a_sum = (
                i > 1 and tokens[i - 2].low == "plus" and any(t.low == "gleason" for t in tokens[max(0, i - 8) : i])
            )
            return not of_a_sum and comma_at(tokens, i) is Comma.DECIMAL  # numerals.py reads it
        return before is not None and before.low in _guard("virgule", "before")
    if phrase == ("entre", "guillemets"):
        return after is None or after.kind is not Kind.WORD  # « à mettre entre guillemets »
    if phrase[-1] == "ligne":
        if tokens[i].low == "a" and before is not None and before.low in ("y", "il", "elle", "on", "qui"):
            return True  # « il y a la ligne… »: without its accent « à » may be a verb
        if _line_of_a_name(tokens, i + n):
            return True
        return _noun(None, after, tokens, i + n, "ligne")
    return False


def _line_of_a_name(tokens: list[Token], j: int) -> bool:
    """« à la ligne de Shenton », as a recogniser writes a name."""
    name = tokens[j + 1] if j + 1 < len(tokens) and tokens[j].low in ("de", "d'") else None
    return name is not None and name.kind is Kind.WORD and name.text[:1].isupper() and name.text[1:].islower()


# Stitches are sewn so, and what is counted stands so: « suture par deux points à la ligne » may be either.
_SEWN = frozenset(str.split("par posé posés placé placés mis fait faits gagné perdu gagne perd de d' les ces ses des"))


def _line_said(tokens: list[Token], j: int) -> bool:
    """Whether a new line is asked for at j, aloud: a break that is written already says nothing of « deux points »."""
    if j >= len(tokens) or tokens[j].kind is not Kind.WORD:
        return False
    if tokens[j].low == "tiret":
        return j + 1 < len(tokens)
    command = _command_at(tokens, j)
    return command is not None and command[1] in _BREAKS


def _before_a_line(tokens: list[Token], i: int, n: int) -> bool:
    """« sortie avec deux points à la ligne tiret… »: a colon, unless something is sewn or counted."""
    return _line_said(tokens, i + n) and not _sewn(tokens, i)


def _sewn(tokens: list[Token], i: int) -> bool:
    """Whether stitches may be told of at i: « fermé avec deux points », « suture par deux points »."""
    if i and tokens[i - 1].low in _SEWN:
        return True
    before = [token for token in tokens[max(0, i - 6) : i] if token.kind is Kind.WORD]
    return any(token.fold.startswith(("sutur", "ferm", "fix", "amarr", "point")) for token in before)


def _colon_or_stitches(tokens: list[Token], i: int) -> bool:
    points = i + 1 < len(tokens) and tokens[i + 1].low == "points"
    return points and _line_said(tokens, i + 2) and _sewn(tokens, i)


@functools.cache
def _titles() -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(t.fold for t in read(row[0].split())) for row in rows("titles"))


def after_title(tokens: list[Token], i: int) -> bool:
    """Whether a section title, and nothing else of its sentence, stands before tokens[i]."""
    for n in range(1, min(i, 6) + 1):
        head = tokens[i - n : i]
        if tuple(t.fold for t in head) in _titles():
            starts = i == n or tokens[i - n - 1].kind is not Kind.WORD or tokens[i - n - 1].fold in ("point", "ligne")
            if starts or tokens[i - n - 1].fold == "paragraphe":
                return True
    return False


def _literal_point(tokens: list[Token], i: int) -> bool:
    before = tokens[i - 1] if i else None
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    if _noun(before, after, tokens, i + 1, "point") or _not_at_all(tokens, i):
        return True
    if before is not None and before.low in _guard("point", "after_adjective"):
        # « le dernier point », not « l'an dernier point »; « un autre point », not « rien d'autre point »
        lead = tokens[i - 2] if i > 1 else None
        return lead is None or lead.kind is not Kind.WORD or lead.low in listed("before_an_adjective_of_point")
    if before is not None and before.low == "tout":  # « c'est tout point »
        return i > 1 and tokens[i - 2].low == "en" and after is not None and after.low in listed("like_in_every_point")
    if before is not None and before.low in ("un", "aucun"):
        if i > 1 and tokens[i - 2].low == "et":
            return False  # « deux mille vingt et un » ends a sentence
        # elsewhere « type un », « S un » end a sentence
        return after is not None and after.low in listed("after_a_point")
    return False


_NEGATED = frozenset({"est", "a", "ont", "sont", "était", "avait", "étaient", "avaient", "fut", "faut"})


def _not_at_all(tokens: list[Token], i: int) -> bool:
    """« point n'est besoin », « il n'est point fébrile », « à tel point qu'il… », « point par point »."""
    lows = [token.low for token in tokens[max(0, i - 2) : i + 4]]
    at = min(i, 2)
    before, after = lows[:at], lows[at + 1 :]
    if before[-1:] == ["un"] and after[:3] == ["c'", "est", "tout"]:
        return True
    if after[:3] == ["n'", "est", "besoin"] or after[:2] == ["par", "point"] or before == ["point", "par"]:
        return True
    if before[-1:] == ["tel"] and after[:1] in (["que"], ["qu'"]):
        return True
    negated = len(before) == 2 and before[0] in ("n'", "ne") and before[1] in _NEGATED
    return negated and i + 1 < len(tokens) and tokens[i + 1].kind is Kind.WORD


def _noun(before: Token | None, after: Token | None, tokens: list[Token], j: int, command: str) -> bool:
    if before is not None and before.kind is Kind.WORD and before.low in _guard(command, "before"):
        return True
    if after is None or after.kind is not Kind.WORD:
        return False
    return after.low in _guard(command, "after") or _followed_by_noun(tokens, j, command)


def _followed_by_noun(tokens: list[Token], j: int, command: str) -> bool:
    """« de suture », « d'appui » after the command word."""
    if j + 1 >= len(tokens) or tokens[j].low not in ("de", "d'"):
        return False
    return tokens[j + 1].low in _guard(command, "after_de")


def _greets(out: list[Token]) -> bool:
    """Whether the line that is being written is a greeting of five words at most, with its comma."""
    line = out[max((n + 1 for n, token in enumerate(out) if token.kind is Kind.BREAK), default=0) :]
    return len(line) <= 6 and line[0].low in ("cher", "chère", "chers", "chères", "monsieur", "madame", "docteur")


def _settle(tokens: list[Token]) -> list[Token]:
    """Drop the recogniser's own marks beside dictated ones, doubled marks, and breaks before the first word."""
    out: list[Token] = []
    for token in tokens:
        if token.kind not in (Kind.MARK, Kind.BREAK):
            out.append(token)
            continue
        last = out[-1] if out else None
        if token.text == "-" and token.said:
            out.append(token)
        elif token.text in "(«[“" and token.kind is Kind.MARK:
            while out and out[-1].kind is Kind.MARK and not out[-1].said and token.said and out[-1].text in ",.:":
                out.pop()
            out.append(token)
        elif token.kind is Kind.BREAK:
            while token.said and out and out[-1].kind is Kind.MARK and not out[-1].said and out[-1].text in ",;":
                if _greets(out):
                    break  # « Cher ami, à la ligne »
                out.pop()
            if not out:
                continue
            if out[-1].kind is Kind.BREAK:
                longest = max(out[-1].text, token.text, key=len)
                out[-1] = replace(out[-1], text=longest, last=token.last)
            else:
                out.append(token)
        elif last is None:
            continue  # a text does not begin with a stop
        elif last.kind is Kind.BREAK or (last.kind is Kind.MARK and last.text in "(«"):
            continue
        elif last.kind is Kind.MARK and last.text not in ')»]”"':
            # two stops in a row: the dictated one wins; of two dictated ones the later, « virgule… point » is a slip
            if token.said or not last.said:
                out[-1] = token if token.said else last
        else:
            out.append(token)
    return out
