"""A typist who knows where every word comes from: the truth that anchors are compared with."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dictation.anchors import Token, words_of
from dictation.domain.documents import Draft, DraftSection

# Words of every letter: typing them is what leads an alignment astray.
COMMON = "patient douleur droite gauche de la le et du avec sans stable revu bilan un à pas mg jour"
TYPED = COMMON.split()


@dataclass
class Place:
    """A word of the edited letter: what stands before it, itself, and its token; None for one that was typed."""

    before: str
    word: str
    token: int | None


class Typist:
    """Edits a draft by chance, word by word and sentence by sentence."""

    def __init__(self, draft: Draft, tokens: Sequence[Token], seed: int) -> None:
        self.dice = random.Random(seed)
        self.draft = draft
        self.sections: list[list[Place]] = []
        for section in draft.sections:
            own = [i for i, token in enumerate(tokens) if token.section is section.kind]
            places, reached = [], 0
            for (word, first, last), token in zip(words_of(section.text), own, strict=True):
                places.append(Place(section.text[reached:first], word, token))
                reached = last
            self.sections.append(places)

    def _somewhere(self) -> list[Place]:
        return self.dice.choice([places for places in self.sections if places])

    def _sentence(self, places: list[Place]) -> tuple[int, int]:
        starts = [0, *(i for i, place in enumerate(places) if i and "." in place.before), len(places)]
        at = self.dice.randrange(len(starts) - 1)
        return starts[at], starts[at + 1]

    def _long_sentence(self) -> tuple[list[Place], int, int]:
        for _ in range(50):
            places = self._somewhere()
            first, last = self._sentence(places)
            if last - first >= 4:
                break
        return places, first, last

    def change_words(self, times: int) -> None:
        for _ in range(times):
            places = self._somewhere()
            at = self.dice.randrange(len(places))
            what = self.dice.choice(["write over", "write over", "insert", "delete"])
            if what == "write over":
                places[at] = Place(places[at].before, self.dice.choice(TYPED), None)
            elif what == "insert":
                places.insert(at, Place(" ", self.dice.choice(TYPED), None))
            else:
                del places[at]

    def delete_a_sentence(self) -> None:
        places, first, last = self._long_sentence()
        del places[first:last]

    def move_a_sentence(self) -> None:
        places, first, last = self._long_sentence()
        sentence = places[first:last]
        del places[first:last]
        self._put(sentence)

    def paste_a_copy(self) -> None:
        places, first, last = self._long_sentence()
        self._put([replace(place, token=None) for place in places[first:last]])

    def _put(self, sentence: list[Place]) -> None:
        places = self._somewhere()
        at = self._sentence(places)[1]
        places[at:at] = [replace(sentence[0], before=". "), *sentence[1:]]

    def letter(self) -> list[DraftSection]:
        return [
            replace(
                section, text="".join((p.before or (" " if i else "")) + p.word for i, p in enumerate(places)) + "."
            )
            for section, places in zip(self.draft.sections, self.sections, strict=True)
        ]

    def truth(self) -> list[list[int | None]]:
        """The token of every word of every section; None for a word typed, or copied."""
        return [[place.token for place in places] for places in self.sections]
