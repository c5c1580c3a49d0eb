"""Every page in both themes, many pages at once, and the pace of typing, in a real Chromium."""

from __future__ import annotations

import pytest

from tests.web.browser import visitor
from tests.web.hospital import DRAFT

__all__ = ["visitor"]
pytestmark = pytest.mark.browser


def test_eight_lists_are_open_and_the_eighth_still_answers(desk, visitor, site):
    one = desk.drafted()
    pages = [visitor("roy")]
    pages += [visitor.made[0].context.new_page() for _ in range(7)]
    for page in pages[1:]:
        page.goto(f"{site}/listes/a-relire")
    pages[-1].click(f"#row-{one}")
    pages[-1].wait_for_url(f"**/dictees/{one}/relecture")
    assert pages[-1].locator("textarea[name=text]").count() == len(DRAFT.sections)


def test_typing_at_120_words_a_minute_in_a_five_minute_letter_stays_under_16_ms_a_key(desk, visitor, site):
    from dataclasses import replace

    words = "Le patient est revu à six semaines de la prothèse totale de hanche droite, cicatrice propre. "
    sections = [replace(s, text=words * 9) for s in DRAFT.sections]  # 5 × 9 × 16 words: five minutes of speech
    one = desk.spoken()
    desk.ledger.save_draft(one, replace(DRAFT, sections=tuple(sections)), actor="test", expected_version=1)
    page = visitor("roy")
    page.goto(f"{site}/dictees/{one}/relecture")
    page.locator("textarea[name=text]").nth(2).click()
    page.evaluate("""(() => {
      window.spent = [];
      const field = document.activeElement;
      addEventListener('keydown', () => { window.began = performance.now(); }, { capture: true });
      field.addEventListener('input', () => queueMicrotask(() => {
        field.getBoundingClientRect(); // the layout this key asked for
        window.spent.push(performance.now() - window.began);
      }));
    })()""")
    slow = []
    for _ in range(3):  # the best of three: what a busy machine adds is not the page's doing
        page.evaluate("window.spent.length = 0")
        page.keyboard.type("Bonne mobilité, flexion à 110 degrés, aucune boiterie. ", delay=100)  # 120 words a minute
        spent = sorted(page.evaluate("window.spent"))
        assert len(spent) > 40
        slow.append(spent[int(0.95 * (len(spent) - 1))])
        if slow[-1] < 16:
            break
    assert min(slow) < 16


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_a_serious_accessibility_fault(desk, visitor, site, theme):
    """axe-core on every page; it runs through the debugger, so the pages' own policy stays as it is."""
    from importlib.resources import files

    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    one, two, doubtful = desk.spoken(), desk.proofread(), desk.uncertain()[0]
    desk.ledger.ask(one, "Quel côté\u202f?", actor="roy", quote="hernie inguinale droite")
    visits = {
        "": ["/connexion"],
        "roy": [
            "/listes/toutes", f"/dictees/{one}/relecture", f"/dictees/{one}/versions", f"/dictees/{one}?histoire=1",
            f"/dictees/{one}/apercu", "/textes", "/textes/appris", "/envois", "/chiffres", f"/dictees/{doubtful}",
        ],
        "morel": [f"/dictees/{two}/signature", "/dictaphone/", "/dictaphone/appareils"],
        "admin": ["/sante", "/comptes", "/chiffres"],
    }  # fmt: skip
    faults = []
    for account, routes in visits.items():
        page = visitor(account, color_scheme=theme)
        for route in routes:
            page.goto(site + route)
            page.evaluate(axe)
            found = page.evaluate("axe.run({ resultTypes: ['violations'] }).then((r) => r.violations)")
            faults += [
                (route, fault["id"], fault["nodes"][0]["html"][:120])
                for fault in found
                if fault["impact"] in {"serious", "critical"}
            ]
    assert faults == []
