"""Words of a long letter and the sound behind them, through every kind of edit, in a real Chromium."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from tests.web.browser import now_at, open_letter, settled, true_there, until, visitor
from tests.web.hospital import MOREL
from tests.web.served import CASES, RealLetter, ServedDesk, Server, desk, heard_there, lay, site
from transcribe.audio import decode, encode_wav

__all__ = ["desk", "site", "visitor"]
pytestmark = pytest.mark.browser

NEAR = 0.3  # seconds between a word's own time and where the sound goes
SOUND = "document.getElementById('sound')"
FIELDS = "[...document.querySelectorAll('textarea[name=text]')]"
ANCHORS = "[...document.querySelectorAll('.editor')].map((box) => JSON.parse(box.dataset.anchors))"


@pytest.fixture(scope="module")
def long_letter(service: Server) -> RealLetter:
    """Three minutes dropped in the inbox and heard by the shipped checkpoint: two discharge letters in one."""
    folders = [next(CASES.glob(f"{case}-*")) for case in ("05", "03")]
    both = np.concatenate([decode(next(folder.glob("audio.*"))).samples for folder in folders])
    told = json.loads((folders[0] / "sidecar.json").read_text(encoding="utf-8")) | {"author": MOREL.rpps}
    lay(service.home, "longue-lettre.wav", encode_wav(both), told)
    return heard_there(service, "longue-lettre")


@dataclass
class Word:
    """A word somebody keeps: where it stands now, and when it was said."""

    section: int
    first: int
    text: str
    start: float


class Secretary:
    """Edits the letter with the keyboard, as a person does, and knows where the kept words went."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.texts: list[str] = page.evaluate(f"{FIELDS}.map((field) => field.value)")
        self.words = [
            Word(section, first, self.texts[section][first:last], start)
            for section, anchors in enumerate(page.evaluate(ANCHORS))
            for first, last, start, _, state, *_ in anchors
            if state == "kept"
        ]

    def select(self, section: int, first: int, last: int) -> None:
        self.page.evaluate(
            f"([i, a, b]) => {{ const f = {FIELDS}[i]; f.focus(); f.setSelectionRange(a, b); }}", [section, first, last]
        )

    def _becomes(self, section: int, first: int, last: int, written: str) -> None:
        """The same in our copy of the text; words inside are given up, words behind move along."""
        text = self.texts[section]
        self.texts[section] = text[:first] + written + text[last:]
        self.words = [w for w in self.words if w.section != section or not first <= w.first < last]
        for word in self.words:
            if word.section == section and word.first >= last:
                word.first += len(written) - (last - first)

    def write_over(self, word: Word, written: str) -> None:
        section, first, last = word.section, word.first, word.first + len(word.text)
        self.select(section, first, last)
        self.page.keyboard.type(written)
        self._becomes(section, first, last, written)

    def press(self, keys: str) -> None:
        self.page.keyboard.press(keys)

    def sentences(self, section: int) -> Iterator[tuple[int, int]]:
        """(first, last) of each sentence, its full stop and the space after it included."""
        first, text = 0, self.texts[section]
        while (stop := text.find(". ", first)) >= 0:
            yield first, stop + 2
            first = stop + 2

    def inside(self, section: int, first: int, last: int) -> list[Word]:
        return [word for word in self.words if word.section == section and first <= word.first < last]

    def cut(self, section: int, first: int, last: int) -> tuple[str, list[Word]]:
        """Ctrl+X; what is on the clipboard now, with the words on it, their places counted from its beginning."""
        held = [replace(w, first=w.first - first) for w in self.inside(section, first, last)]
        text = self.texts[section][first:last]
        self.select(section, first, last)
        self.press("Control+x")
        self._becomes(section, first, last, "")
        return text, held

    def paste(self, section: int, at: int, text: str, words: list[Word] | None = None) -> None:
        self.select(section, at, at)
        self.press("Control+v")
        self._becomes(section, at, at, text)
        self.words += [replace(w, section=section, first=w.first + at) for w in words or []]

    def agrees(self) -> bool:
        return bool(self.page.evaluate(f"{FIELDS}.map((field) => field.value)") == self.texts)

    def ctrl_click(self, word: Word) -> float:
        """Seconds between the word's own time and where Ctrl+click on its middle takes the sound."""
        place = self.page.evaluate(
            """([section, at]) => {
                const mirror = document.querySelectorAll('.editor .mirror')[section];
                const range = document.createRange();
                const walk = document.createTreeWalker(mirror, NodeFilter.SHOW_TEXT);
                let left = at, node = walk.nextNode();
                while (node.length <= left) { left -= node.length; node = walk.nextNode(); }
                range.setStart(node, left);
                range.setEnd(node, left + 1);
                scrollBy({ top: range.getBoundingClientRect().top - innerHeight / 2, behavior: 'instant' });
                const box = range.getBoundingClientRect();
                return [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
            }""",
            [word.section, word.first + len(word.text) // 2],
        )
        self.page.evaluate(f"window.sought = null; {SOUND}.pause()")
        self.press("Escape")
        self.page.keyboard.down("Control")
        self.page.mouse.click(*place)
        self.page.keyboard.up("Control")
        until(self.page, "window.sought !== null")
        self.page.evaluate(f"{SOUND}.pause()")
        return abs(float(self.page.evaluate("window.sought")) - word.start)


def test_kept_words_sound_where_they_were_said_after_thirty_words_and_three_sentences(
    desk: ServedDesk, visitor: Any, site: str, long_letter: RealLetter
) -> None:
    desk.letter = long_letter
    one = desk.drafted()
    page = open_letter(visitor, site, one, permissions=["clipboard-read", "clipboard-write"])
    page.evaluate(f"{SOUND}.addEventListener('seeking', () => {{ window.sought = {SOUND}.currentTime; }})")
    roy = Secretary(page)
    assert len(roy.words) > 200
    long = sorted(range(len(roy.texts)), key=lambda i: len(roy.texts[i]))[-3:]
    source = long[0]

    # 30 words written over, one out of six; the words between them are kept
    for word in roy.words[2:182:6]:
        roy.write_over(word, "corrigé")
    assert roy.agrees()
    near_a_correction = roy.words[3:150:29]
    assert max(roy.ctrl_click(word) for word in near_a_correction) < NEAR  # nothing is saved yet of the last of them

    # a sentence deleted
    first, last = max(roy.sentences(long[1]), key=lambda ends: ends[1] - ends[0])
    roy.select(long[1], first, last)
    roy.press("Delete")
    roy._becomes(long[1], first, last, "")
    # one copied and pasted at the end of another section
    first, last = max(roy.sentences(source), key=lambda ends: ends[1] - ends[0])
    copied = roy.texts[source][first:last]
    roy.select(source, first, last)
    roy.press("Control+c")
    roy.paste(long[2], 0, copied)
    # and one moved: cut here, pasted at the head of the letter
    moved = max(roy.sentences(long[2]), key=lambda ends: len(roy.inside(long[2], *ends)))
    text, words = roy.cut(long[2], *moved)
    assert len(words) >= 3
    roy.paste(1, 0, text, words)
    assert roy.agrees()
    settled(page, desk, one, text.strip())

    spread = roy.words[:: max(1, len(roy.words) // 8)][:8]
    folded = [word.text.casefold() for word in roy.words]
    again = [w for w in roy.words if folded.count(w.text.casefold()) >= 4][::5][:6]  # « de », « la », « pas »…
    here = [w for w in roy.words if w.section == 1 and w.first < len(text)][:3]  # of the sentence that moved
    assert len(again) >= 4
    away = {f"{word.text} {word.start}": roy.ctrl_click(word) for word in [*spread, *again, *here]}
    assert len(away) >= 10
    assert max(away.values()) < NEAR, away
    # undo is still the browser's own
    roy.select(1, 0, 0)
    page.keyboard.type("Très ")
    for _ in "Très ":
        if not roy.agrees():
            roy.press("Control+z")
    assert roy.agrees()


def test_a_click_on_the_picture_of_the_sound_goes_there_and_the_word_heard_is_lit_and_moves(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    page = open_letter(visitor, site, desk.drafted())
    drawn = "(() => { const w = document.getElementById('waves'); return w.width === w.clientWidth; })()"
    until(page, drawn)
    seconds = desk.letter.seconds
    waves = page.locator("#waves")
    box = waves.bounding_box()
    for share in (0.7, 0.25):
        waves.click(position={"x": box["width"] * share, "y": box["height"] / 2})
        until(page, f"!{SOUND}.seeking")
        assert now_at(page) == pytest.approx(seconds * share, abs=seconds / 100)
    before = page.evaluate(f"{FIELDS}.map((field) => field.value)")
    anchors = page.evaluate(ANCHORS)
    page.keyboard.press("F4")
    lit: dict[tuple[int, int], str] = {}
    look = f"""(() => {{
        const mark = document.querySelector('.mirror .m-lit');
        if (!mark) return null;
        const mirror = mark.closest('.mirror'), range = document.createRange();
        range.setStart(mirror, 0);
        range.setEndBefore(mark);
        return [{FIELDS}.indexOf(mirror.parentElement.querySelector('textarea')),
            range.toString().length, mark.textContent, {SOUND}.currentTime];
    }})()"""
    while len(lit) < 8:
        if now := page.evaluate(look):
            section, at, word, moment = now
            lit[section, at] = word
            [sound] = [(start, end) for first, last, start, end, *_ in anchors[section] if first <= at < last]
            assert sound[0] - 0.2 <= moment <= sound[1] + 0.2, (word, sound, moment)  # a frame or two late at most
        page.wait_for_timeout(30)
        assert now_at(page) < seconds - 1, lit
    page.keyboard.press("F4")
    until(page, "document.querySelector('.m-lit') === null")
    assert page.evaluate(f"{FIELDS}.map((field) => field.value)") == before  # nothing is written into the text
    assert not true_there(page, "document.getElementById('saved').classList.contains('failed')")
