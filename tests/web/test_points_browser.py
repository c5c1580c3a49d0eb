"""The points to check in a real Chromium: each visited once, in order, and a placeholder that nobody overlooks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dictation.domain.documents import Doubt, Risk
from dictation.domain.progress import State
from tests.web.browser import forgive, open_letter, settled, until, visitor
from tests.web.served import ServedDesk, desk, site

__all__ = ["desk", "site", "visitor"]
pytestmark = pytest.mark.browser

HERE = ".point.here"
LAST = "textarea[name=text] >> nth=-1"
SELECTED = """(() => { const f = document.activeElement;
    return [f.dataset.kind, f.selectionStart, f.value.slice(f.selectionStart, f.selectionEnd)]; })()"""


def visit(page: Any, key: str, times: int) -> list[str]:
    """The points met by pressing a key again and again, as fast as fingers do: each starts its sound."""
    seen = []
    for _ in range(times):
        page.keyboard.press(key)
        seen.append(page.locator(HERE).get_attribute("data-key"))
    return seen


def test_every_point_is_visited_once_in_order_forwards_and_backwards_and_answered_ones_are_passed_over(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    one = desk.drafted()
    page = open_letter(visitor, site, one)
    points = desk.points
    assert len(points) >= 4
    risks = [int(name) for name in page.evaluate("""[...document.querySelectorAll('.point')]
        .map((point) => /risk-(\\d)/.exec(point.className)[1])""")]  # fmt: skip
    assert risks == sorted(risks, reverse=True)  # what may harm most comes first
    assert page.locator(HERE).get_attribute("data-key") == points[0]
    page.keyboard.press("Alt+ArrowUp")
    assert visit(page, "Alt+ArrowDown", len(points)) == points
    assert visit(page, "Alt+ArrowUp", len(points)) == [*points[-2::-1], points[-1]]
    # an answer goes on to the next; what is answered is not met again
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Alt+Enter")
    until(page, "document.querySelectorAll('.point.done').length === 1")
    until(page, f"document.querySelector('.point.here')?.dataset.key === {points[1]!r}")
    desk.ledger.tick(one, points[2], "heard", actor="roy")
    page.reload()
    left = [key for key in points if key not in (points[0], points[2])]
    assert visit(page, "Alt+ArrowDown", len(left)) == [*left[1:], left[0]]
    # when each has its answer the letter leaves without a question
    for done in range(3, len(points) + 1):
        page.keyboard.press("Alt+Enter")
        until(page, f"document.querySelectorAll('.point.done').length === {done}")
    assert desk.ledger.ticks(one) == dict.fromkeys(points, "heard")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/listes/a-relire")
    assert "Lettre transmise à la signature." in page.inner_text("[role=status]")
    assert desk.state(one) is State.PROOFREAD


def test_a_point_about_words_that_come_twice_shows_those_that_were_said_there(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    """Two sides in one section: the second is the doubtful one."""
    draft = desk.letter.draft
    from dictation.anchors import tokens_of
    from dictation.domain import codec
    from dictation.domain.documents import Report
    from transcribe.transcript import Transcript

    report = codec.loads(Report, desk.letter.report)
    tokens = tokens_of(draft, report, Transcript.from_json(desk.letter.transcript.decode()))
    section, word, token = next(
        (section, token.text, token)
        for section in draft.sections
        for token in reversed([t for t in tokens if t.section is section.kind])
        if token.span and len(token.text) > 1 and section.text.find(token.text) != section.text.rfind(token.text)
        and section.text.endswith(section.text[section.text.rfind(token.text):])
        and [t for t in tokens if t.section is section.kind and t.text == token.text][-1] is token
    )  # fmt: skip
    doubt = Doubt("twice", "test", Risk.HIGH, "Mot entendu deux fois.", section.kind, word, token.span)
    one = desk.drafted(draft=replace(draft, doubts=(doubt,)))
    page = open_letter(visitor, site, one)
    until(page, f"document.querySelector('{HERE}') !== null")
    assert page.evaluate(SELECTED) == [section.kind.value, section.text.rfind(word), word]
    mirror = page.locator(f"textarea[data-kind={section.kind.value}]").locator("xpath=../div")
    before = mirror.evaluate("""(mirror) => { const range = document.createRange();
        range.setStart(mirror, 0); range.setEndBefore(mirror.querySelector('.m-point')); return range.toString(); }""")
    assert len(before) == section.text.rfind(word)


def test_a_placeholder_holds_the_letter_until_it_is_filled_in(desk: ServedDesk, visitor: Any, site: str) -> None:
    one = desk.drafted()
    for key in desk.points:
        desk.ledger.tick(one, key, "heard", actor="roy")
    page = open_letter(visitor, site, one)
    page.locator(LAST).fill("Contrôle le [date à compléter] avec le Dr [nom].")
    page.keyboard.press("Control+Enter")
    page.locator(".ask").wait_for()
    assert page.inner_text("#ask-title") == "2\u00a0endroits restent à compléter"
    named = ["[date à compléter] sera imprimé tel quel", "[nom] sera imprimé tel quel"]  # each in guillemets, by CSS
    assert page.locator(".ask li").all_inner_texts() == named
    assert desk.state(one) is State.DRAFTED
    page.keyboard.press("Enter")  # « Revenir aux points » has the focus: nothing leaves by pressing on
    page.keyboard.press("Control+ArrowDown")
    page.keyboard.type("12 décembre")
    page.keyboard.press("Control+ArrowDown")
    assert page.evaluate(SELECTED)[2] == "[nom]"
    page.keyboard.press("Control+Enter")  # one is filled in: the other is asked about again, alone
    page.locator(".ask").wait_for()
    until(page, "document.getElementById('ask-title').textContent.startsWith('1')")
    assert desk.state(one) is State.DRAFTED
    page.keyboard.press("Control+ArrowDown")
    page.keyboard.type("Caron")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/listes/a-relire")
    assert desk.state(one) is State.PROOFREAD
    assert "Contrôle le 12 décembre avec le Dr Caron." in desk.ledger.draft(one).text()
    forgive(visitor, "409")


def test_what_is_passed_on_all_the_same_is_asked_about_by_name_and_told_to_the_signatory(
    desk: ServedDesk, visitor: Any, site: str
) -> None:
    """While the sound of a point is playing: the page that asks comes all the same."""
    one = desk.drafted()
    page = open_letter(visitor, site, one)
    *answered, open_one = desk.points
    for key in answered:
        desk.ledger.tick(one, key, "heard", actor="roy")
    page.reload()
    page.locator(LAST).fill("Contrôle le [à compléter].")
    settled(page, desk, one, "[à compléter]")
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Control+Enter")
    page.locator(".ask").wait_for()
    assert re_title(page) == ("1\u00a0point", "1\u00a0endroit reste à compléter")
    # a placeholder that comes after the question is asked about too
    page.locator(LAST).fill("Contrôle le [à compléter] à [heure].")
    page.get_by_role("button", name="Transmettre quand même").click()
    until(page, "document.getElementById('ask-title')?.textContent.includes('2\\u00a0endroits')")
    assert desk.state(one) is State.DRAFTED
    page.get_by_role("button", name="Transmettre quand même").click()
    page.wait_for_url("**/listes/a-relire")
    assert desk.state(one) is State.PROOFREAD
    [note] = [e.details.get("note") for e in desk.ledger.journal(one) if e.action == State.PROOFREAD]
    assert note == "3 open points confirmed"
    surgeon = visitor("morel")
    surgeon.goto(f"{site}/dictees/{one}/signature")
    unread = surgeon.locator(".questions", has_text="Points que personne n’a vérifiés")
    doubt = next(doubt for doubt in desk.ledger.draft(one).doubts if doubt.key == open_one)
    assert doubt.reason in unread.inner_text()
    left = surgeon.locator(".questions", has_text="Reste à compléter").inner_text()
    assert "[à compléter]" in left
    assert "[heure]" in left
    forgive(visitor, "409")


def re_title(page: Any) -> tuple[str, str]:
    """What is open, as the question says it: points, then placeholders."""
    title = page.inner_text("#ask-title")
    first, _, second = title.partition(", ")
    if second.startswith("dont"):
        second = second.partition(", ")[2]
    return " ".join(first.split(" ")[:1]), second
