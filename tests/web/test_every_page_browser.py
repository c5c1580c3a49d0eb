"""Every page in a real Chromium, in both themes and twice as large: nothing inline, from outside, or cut off.

Each page is opened once and looked at in all these ways, with axe-core in the debugger's world so that the pages' own
policy stays as it is.
"""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.web.browser import until, visitor
from tests.web.every_page import NO_PAGE, Page, fill, pages
from tests.web.served import ServedDesk, desk, site
from tests.web.test_headers import Inline

__all__ = ["desk", "site", "visitor"]
pytestmark = pytest.mark.browser

# All of axe-core's rules in light; in dark those about colours: nothing else differs between the two themes.
AXE = """axe.run(document, { resultTypes: ['violations'], runOnly: %s }).then((r) => r.violations)"""
THEMES = {"light": "undefined", "dark": "{ type: 'rule', values: ['color-contrast', 'link-in-text-block'] }"}
REFUSED = """(() => { window.refused = [];
    document.addEventListener('securitypolicyviolation',
        (e) => window.refused.push(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}`)); })()"""
SCREENS = ((1440, 900), (900, 1000), (720, 450), (390, 844))  # a desk, a narrow one, the first at 200 %, a phone
OPEN = "for (const one of document.querySelectorAll('details')) one.open = true"
# What Tab can reach and is on the page now: in a dialog that is open, what is in it.
CONTROLS = """const within = document.querySelector('dialog[open]') ?? document;
  const controls = [...within.querySelectorAll(
      'a[href], button, input, select, textarea, summary, audio[controls], [tabindex="0"]')]
    .filter((one) => one.tabIndex >= 0 && !one.disabled && one.type !== 'hidden' && one.getClientRects().length
        && getComputedStyle(one).visibility === 'visible');"""
# Controls that look the same with and without the focus; each is reached as by a key.
UNRINGED = f"""(() => {{ {CONTROLS}
  const look = (one) => {{ const s = getComputedStyle(one);
      return [s.outlineStyle !== 'none' && s.outlineWidth + s.outlineStyle + s.outlineColor, s.boxShadow].join(' '); }};
  const bare = [];
  for (const one of controls) {{
    one.blur();
    const before = look(one);
    one.focus({{ preventScroll: true, focusVisible: true }});
    if (document.activeElement === one && look(one) === before) bare.push(one.outerHTML.slice(0, 120));
    if (document.activeElement !== one) bare.push('not reached: ' + one.outerHTML.slice(0, 120));
  }}
  document.activeElement?.blur();
  return [controls.length, bare];
}})()"""
# Controls that leave the page sideways, or whose words do not fit in them; a frame of a table scrolls by itself.
CUT = f"""(() => {{ {CONTROLS}
  const wide = document.documentElement.clientWidth, cut = [];
  for (const one of controls) {{
    if (one.matches('.skip') || one.closest('.table-frame, .away-button')) continue;
    const box = one.getBoundingClientRect();
    const short = one.matches('button, summary.button, a.button') && one.scrollWidth > one.clientWidth + 1;
    if (box.left < -1 || box.right > wide + 1 || short)
      cut.push([Math.round(box.left), Math.round(box.right), one.outerHTML.slice(0, 120)].join(' '));
  }}
  return [document.documentElement.scrollWidth - wide, cut];
}})()"""


def test_no_route_is_left_out(desk: ServedDesk, tmp_path: Path) -> None:
    """A new page is looked at here like the others, or is said to be none."""
    from django.urls import resolve

    from dictation.web.urls import urlpatterns

    ids = dict.fromkeys(("received", "drafted", "other", "held", "proofread", "uncertain", "sent", "said"), "0" * 12)
    listed = {resolve(page.route.split("?")[0]).url_name for page in pages(ids | {"link": "x"}) if page.status < 403}
    wrong = {"wrong_patient"}  # met by its button
    assert {pattern.name for pattern in urlpatterns} == listed | NO_PAGE | wrong
    assert not listed & NO_PAGE


def open_page(page: Any, site: str, wanted: Page, axe: str) -> str:
    """Opened as a person does; the HTML that was served."""
    answer = page.goto(site + wanted.route)
    if not wanted.goes:
        assert answer.status == wanted.status, wanted
    until(page, "document.readyState === 'complete'")
    if wanted.goes:
        with page.expect_navigation() as leaving:
            page.evaluate(f"(() => {{ {wanted.then} }})()")
        answer = leaving.value
        assert answer.status == wanted.status, wanted
        until(page, "document.readyState === 'complete'")
    elif wanted.then:
        page.evaluate(f"(() => {{ {wanted.then} }})()")
        until(page, "document.querySelector('dialog[open]') !== null")
    served = answer.text()
    page.evaluate(axe)
    page.evaluate(OPEN)
    return str(served)


@pytest.mark.timeout(600)
def test_every_page_is_whole_for_everybody(desk: ServedDesk, visitor: Any, site: str, tmp_path: Path) -> None:
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    wanted = pages(fill(desk, tmp_path))
    faults: list[tuple[str, str, Any]] = []
    rings = 0
    browsers: dict[str, Any] = {}
    for one in wanted:
        if one.account not in browsers:
            browsers[one.account] = visitor(one.account)
            browsers[one.account].add_init_script(REFUSED)
        page = browsers[one.account]
        served = Inline()
        served.feed(open_page(page, site, one, axe))
        assert served.addresses
        faults += [(str(one), "inline", what) for what in served.refused]
        faults += [(str(one), "address", a) for a in served.addresses if re.match(r"\w+:|//", a)]

        page.keyboard.press("Tab")  # from here on the focus is shown as to somebody who uses the keyboard
        count, bare = page.evaluate(UNRINGED)
        rings += count
        faults += [(str(one), "no ring", what) for what in bare]

        for theme, rules in THEMES.items():
            page.emulate_media(color_scheme=theme)
            for fault in page.evaluate(AXE % rules):
                if fault["impact"] in {"serious", "critical"}:
                    nodes = [node["html"][:160] + " " + node.get("failureSummary", "")[:160] for node in fault["nodes"]]
                    faults.append((str(one), f"{theme} {fault['id']}", nodes[:3]))
        page.emulate_media(color_scheme="light")

        for width, height in SCREENS:
            page.set_viewport_size({"width": width, "height": height})
            wider, cut = page.evaluate(CUT)
            faults += [(str(one), f"{width}: wider than the page", wider)] * (wider > 0)
            faults += [(str(one), f"{width}: cut off", what) for what in cut]
        page.set_viewport_size({"width": 1440, "height": 900})
        faults += [(str(one), "policy", what) for what in page.evaluate("window.refused")]
    for made in visitor.made:  # asked for: pages that refuse
        made.complaints = [w for w in made.complaints if not any(code in w for code in ("404", "403", "409"))]
    assert rings > 500
    told = "\n".join(" | ".join(map(str, fault)) for fault in faults)
    assert not faults, f"{len(faults)} faults\n{told}"
