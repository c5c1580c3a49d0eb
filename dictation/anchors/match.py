"""Match: which token of the first draft each word of the present text is, however the text was edited.

Tokens and present sections in; each word with its token, or with the tokens it stands for, and the tokens nothing
stands for out. Pure. People delete, type, paste and move, and the same words come back in a letter (« en cas de
douleur », « le », « droite »): a word alone says little about where it comes from, its neighbours do. So the longest
runs of words are placed first, wherever they stand now; a short run, or a word alone, is then looked for only beside
what was placed next to it. In one pass in the order of the letter a moved sentence would lend its words to others.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from dictation.anchors.tokens import Token, folded, words_of
from dictation.domain.documents import DraftSection

MOVED = 3  # words in a row: fewer, found in another place, are more often chance than a moved sentence
SENTENCE = re.compile(r"[.!?…\n]")
TELLING = 4  # letters: shorter words are mostly « de », « le », « pas », and are everywhere
BESIDE = 0.6  # of a word: what standing beside the same word as in the draft is worth
LARGE = 40_000  # words × tokens: beyond, the order alone is compared


@dataclass(slots=True)
class Match:
    """A word of the present text, and the token it was matched with, or those it stands in place of."""

    word: str
    first: int
    last: int
    token: Token | None = None
    replaced: tuple[Token, ...] = ()
    copied: Token | None = None  # of a sentence that stands here once more: what it was copied from
    answer: int = 0


def matched(
    tokens: Sequence[Token], sections: Sequence[DraftSection]
) -> tuple[list[list[Match]], list[tuple[Token, ...]]]:
    """The words of every section, in order; and the tokens that no word is, in runs of the draft."""
    work = _Work(tokens, sections)
    work.place_whole_sections()
    work.place_runs()
    work.slide_to_sentences()
    work.fill_gaps()
    work.place_what_is_left()
    return work.told(), work.spare()


class _Work:
    """The state of one matching: for each word the index of its token, for each token whether it is taken."""

    def __init__(self, tokens: Sequence[Token], sections: Sequence[DraftSection]) -> None:
        self.tokens, self.sections = tokens, sections
        self.keys = [folded(token.text) for token in tokens]
        self.words = [words_of(section.text) for section in sections]
        self.folded = [[folded(word) for word, _, _ in words] for words in self.words]
        self.found: list[list[int | None]] = [[None] * len(words) for words in self.words]
        self.taken: list[tuple[int, int] | None] = [None] * len(tokens)  # by which word of which section

    def _take(self, section: int, at: int, token: int, length: int = 1) -> None:
        for i in range(length):
            self.found[section][at + i] = token + i
            self.taken[token + i] = (section, at + i)

    def _own(self, section: int) -> list[int]:
        """The tokens of a section's kind that are free."""
        kind = self.sections[section].kind
        return [i for i, token in enumerate(self.tokens) if token.section is kind and not self.taken[i]]

    def place_whole_sections(self) -> None:
        """Most sections of most letters are as they were."""
        for s, words in enumerate(self.folded):
            own = self._own(s)
            if own and [self.keys[i] for i in own] == words and own[-1] - own[0] == len(own) - 1:
                self._take(s, 0, own[0], len(own))

    def place_runs(self) -> None:
        """Runs of MOVED words or more, the longest first; of two as long, the one nearest to its place."""
        waiting: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for run in self._runs():
            waiting[run[3]].append(run[:3])
        for length in range(max(waiting, default=0), MOVED - 1, -1):
            for s, at, token in sorted(waiting.pop(length, ()), key=lambda run: self._strangeness(*run)):
                for first, size in self._free(s, at, token, length):
                    if size == length:
                        self._take(s, at, token, length)
                    elif size >= MOVED:  # a longer run took part of it
                        waiting[size].append((s, at + first, token + first))

    def _runs(self, *, again: bool = False) -> Iterator[tuple[int, int, int, int]]:
        """(section, word, token, length) of every run of equal words that goes no further on either side.

        Of free words and free tokens, or, with `again`, of free words alone.
        """
        grams: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for i in range(len(self.keys) - MOVED + 1):
            if again or not any(self.taken[i : i + MOVED]):
                grams[tuple(self.keys[i : i + MOVED])].append(i)
        for s, words in enumerate(self.folded):
            for at in range(len(words) - MOVED + 1):
                if self.found[s][at] is not None:
                    continue
                for token in grams.get(tuple(words[at : at + MOVED]), ()):
                    begun = at and token and words[at - 1] == self.keys[token - 1] and self.found[s][at - 1] is None
                    if begun and (again or not self.taken[token - 1]):
                        continue
                    length = MOVED
                    while (
                        at + length < len(words)
                        and token + length < len(self.keys)
                        and words[at + length] == self.keys[token + length]
                    ):
                        length += 1
                    yield s, at, token, length

    def _free(self, s: int, at: int, token: int, length: int) -> Iterator[tuple[int, int]]:
        """(first, size) of the stretches of a run that nothing has taken yet."""
        size = 0
        for i in range(length + 1):
            if i < length and self.found[s][at + i] is None and not self.taken[token + i]:
                size += 1
            elif size:
                yield i - size, size
                size = 0

    def _strangeness(self, s: int, at: int, token: int) -> tuple[bool, int, int]:
        """How far from its place a run would be: in another section, then in words from its nearest neighbours."""
        found = self.found[s]
        before = next(((i, f) for i in range(at - 1, -1, -1) if (f := found[i]) is not None), None)
        after = next(((i, f) for i in range(at, len(found)) if (f := found[i]) is not None), None)
        shifts = [abs((token - near[1]) - (at - near[0])) for near in (before, after) if near is not None]
        kind = self.sections[s].kind
        if not shifts:
            first = next((i for i, one in enumerate(self.tokens) if one.section is kind), 0)
            shifts = [abs((token - first) - at)]
        return self.tokens[token].section is not kind, min(shifts), at

    def slide_to_sentences(self) -> None:
        """Where two runs meet, « Pas de » may end the one or begin the other: sentences move whole."""
        for s, found in enumerate(self.found):
            for at in range(1, len(found)):
                before, after = found[at - 1], found[at]
                if before is None or after is None or after == before + 1 or self._begins(s, at):
                    continue
                for way in (-1, 1):
                    size = self._shared(s, at, before, after, way)
                    if size and way < 0:
                        self._exchange(s, at - size, after - size, size)
                    elif size:
                        self._exchange(s, at, before + 1, size)
                    if size:
                        break

    def _begins(self, s: int, at: int) -> bool:
        """Whether a word is the first of its sentence, or of its line."""
        words = self.words[s]
        return bool(SENTENCE.search(self.sections[s].text[words[at - 1][2] : words[at][1]]))

    def _shared(self, s: int, at: int, before: int, after: int, way: int) -> int:
        """How many words about the meeting of two runs both have, up to where a sentence begins; 0 when none does."""
        words, size = self.folded[s], 0
        while True:
            word, one, other = (
                (at + size, before + 1 + size, after + size)
                if way > 0
                else (at - 1 - size, before - size, after - 1 - size)
            )
            if not (0 <= word < len(words) and 0 <= one < len(self.keys) and 0 <= other < len(self.keys)):
                return 0
            if not words[word] == self.keys[one] == self.keys[other] or self.found[s][word] not in (one, other):
                return 0
            size += 1
            edge = at + size if way > 0 else at - size
            if 0 < edge < len(words) and self._begins(s, edge):
                return size

    def _exchange(self, s: int, at: int, token: int, length: int) -> None:
        """These words take these tokens; a word that had one of them takes the one that is given up for it."""
        for i in range(length):
            mine, theirs = self.found[s][at + i], self.taken[token + i]
            if mine is not None:
                self.taken[mine] = theirs
            if theirs is not None:
                self.found[theirs[0]][theirs[1]] = mine
            self._take(s, at + i, token + i)

    def fill_gaps(self) -> None:
        """Words between placed ones, against the tokens that stood there."""
        for s in range(len(self.sections)):
            for first, last in self._gaps(s):
                near = self._near(s, first, last)
                if near:
                    words = self.folded[s][first:last]
                    left = first > 0 and self.found[s][first - 1] == near[0] - 1
                    right = last < len(self.found[s]) and self.found[s][last] == near[-1] + 1
                    for i, token in _paired(words, near, self.keys, left, right):
                        self._take(s, first + i, token)

    def place_what_is_left(self) -> None:
        """Words of a section whose neighbours are new, against the free tokens of its kind.

        Only what can be nothing else: neighbours in the draft that are still neighbours, and words of TELLING letters
        that are there once.
        """
        for s, words in enumerate(self.folded):
            free = [i for i, token in enumerate(self.found[s]) if token is None]
            own = self._own(s)
            if not free or not own:
                continue
            there, here = Counter(self.keys[i] for i in own), Counter(words[i] for i in free)
            pairs = [(free[i], token) for i, token in _paired([words[i] for i in free], own, self.keys, False, False)]
            known = set(pairs)
            for i, token in pairs:
                beside = (i - 1, token - 1) in known or (i + 1, token + 1) in known
                once = there[words[i]] == here[words[i]] == 1 and len(words[i]) >= TELLING
                if beside or once:
                    self._take(s, i, token)

    def _gaps(self, s: int) -> list[tuple[int, int]]:
        """(first, one after the last) of every stretch of words without a token."""
        found = self.found[s]
        edges = [i for i in range(len(found)) if found[i] is None and (i == 0 or found[i - 1] is not None)]
        ends = [
            i + 1 for i in range(len(found)) if found[i] is None and (i + 1 == len(found) or found[i + 1] is not None)
        ]
        return list(zip(edges, ends, strict=True))

    def _near(self, s: int, first: int, last: int) -> list[int]:
        """The free tokens a stretch of words may come from: those after the word before it and before the one after."""
        found = self.found[s]
        before = found[first - 1] if first else None
        after = found[last] if last < len(found) else None
        if before is None and after is None:
            return self._own(s)
        near: list[int] = []
        if before is not None:
            i = before + 1
            while i < len(self.tokens) and not self.taken[i] and self._same(i, before):
                near.append(i)
                i += 1
        if after is not None:
            i, ahead = after - 1, []
            while i >= 0 and not self.taken[i] and self._same(i, after) and i not in near:
                ahead.append(i)
                i -= 1
            near += reversed(ahead)
        return near

    def _same(self, token: int, other: int) -> bool:
        return self.tokens[token].section is self.tokens[other].section

    def told(self) -> list[list[Match]]:
        out, copied = [], self._copied()
        for s, words in enumerate(self.words):
            mine = [Match(*word) for word in words]
            for match, token in zip(mine, self.found[s], strict=True):
                match.token = None if token is None else self.tokens[token]
            for first, last in self._gaps(s):
                stood = tuple(self.tokens[i] for i in self._near(s, first, last))
                for i, match in enumerate(mine[first:last], start=first):
                    match.replaced, match.copied = stood, copied.get((s, i))
            out.append(mine)
        return out

    def _copied(self) -> dict[tuple[int, int], Token]:
        """(section, word) of what repeats MOVED tokens in a row that stand elsewhere already, and that token."""
        out: dict[tuple[int, int], Token] = {}
        if not any(last - first >= MOVED for s in range(len(self.sections)) for first, last in self._gaps(s)):
            return out
        for s, at, token, length in sorted(self._runs(again=True), key=lambda run: -run[3]):
            for i in range(length):
                if self.found[s][at + i] is None:
                    out.setdefault((s, at + i), self.tokens[token + i])
        return out

    def spare(self) -> list[tuple[Token, ...]]:
        runs: list[list[Token]] = []
        for i, token in enumerate(self.tokens):
            if not self.taken[i]:
                if runs and i and not self.taken[i - 1] and self._same(i, i - 1):
                    runs[-1].append(token)
                else:
                    runs.append([token])
        return [tuple(run) for run in runs]


def _paired(
    words: Sequence[str], near: Sequence[int], keys: Sequence[str], left: bool, right: bool
) -> list[tuple[int, int]]:
    """(word, token) of the words that are tokens, in order: as many as can be, and those that stand side by side.

    left, right: whether the word before the first (after the last) is the token before the first of `near` (after its
    last), so that a neighbour of it stands where it stood. Longest common subsequence, in O(words × tokens).
    """
    n, m = len(words), len(near)
    if n * m > LARGE:
        matcher = SequenceMatcher(None, words, [keys[i] for i in near], autojunk=False)
        return [(b.a + i, near[b.b + i]) for b in matcher.get_matching_blocks() for i in range(b.size)]
    best = [[0.0] * (m + 1) for _ in range(n + 1)]  # of words[i:] and near[j:]
    joined = [[0.0] * (m + 1) for _ in range(n + 1)]  # the same when words[i] is near[j]; 0 when it is not
    for i in range(n - 1, -1, -1):
        for j in range(m - 1, -1, -1):
            if words[i] == keys[near[j]]:
                beside = joined[i + 1][j + 1] and near[j + 1] == near[j] + 1
                ended = right and i == n - 1 and j == m - 1
                after = max(best[i + 1][j + 1], joined[i + 1][j + 1] + BESIDE if beside else 0.0)
                joined[i][j] = 1 + after + (BESIDE if ended else 0.0)
            best[i][j] = max(best[i + 1][j], best[i][j + 1], joined[i][j])
    pairs, i, j, on = [], 0, 0, False
    if left and n and m and joined[0][0] and joined[0][0] + BESIDE >= best[0][0]:
        on = True
    while i < n and j < m:
        if joined[i][j] and (on or joined[i][j] == best[i][j]):
            pairs.append((i, near[j]))
            beside = i + 1 < n and j + 1 < m and joined[i + 1][j + 1] and near[j + 1] == near[j] + 1
            on = bool(beside and joined[i + 1][j + 1] + BESIDE >= best[i + 1][j + 1])
            i, j = i + 1, j + 1
        elif best[i + 1][j] >= best[i][j + 1]:
            i, on = i + 1, False
        else:
            j, on = j + 1, False
    return pairs
