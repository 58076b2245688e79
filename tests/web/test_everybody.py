"""The pages for everybody: by keyboard, by ear, in the dark, on a phone, in French."""

import re
from importlib import resources
from typing import Any

import pytest
from browsing import Site, Visit
from command_line import CommandLine
from playwright.sync_api import Page, Route, expect

SCREENS = ("/", "/?source=shop", "/?source=shop&table=orders", "/runs", "/runs/1", "/llm")
CONTROLS = {"button", "link", "textbox", "searchbox", "checkbox", "switch", "combobox", "radio", "slider", "tab"}

# Every visible text whose contrast with the ground behind it is below what WCAG 2.2 (1.4.3) asks of small text.
FAINT_TEXTS = """() => {
  const channels = (color) => {
    const [r, g, b, a = 1] = color.match(/[\\d.]+/g).map(Number);
    return color.startsWith('color(') ? [r * 255, g * 255, b * 255, a] : [r, g, b, a];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const color = channels(getComputedStyle(element).backgroundColor);
      if (color[3] > 0.99) return color;
    }
    return [255, 255, 255, 1];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    const element = node.parentElement;
    const box = element.getBoundingClientRect();
    const isSeen = node.data.trim() && element.checkVisibility() && box.width && box.right > 0;
    if (!isSeen || element.closest(':disabled, title')) continue;
    const style = getComputedStyle(element);
    const ink = channels(element instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [light(ink), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const name = `${element.tagName}.${element.getAttribute('class')}`;
    if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${name} ${node.data.slice(0, 40)}`);
  }
  return faint;
}"""

FOCUSABLE = """() => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
  .filter((one) => !one.disabled && one.checkVisibility()).length"""

STEP = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  one.dataset.step ??= Math.random();
  return one.dataset.step;
}"""


@pytest.fixture
def catalogued(site: Site, cli: CommandLine, shop: str) -> Site:
    """The shop, extracted and enriched."""
    assert cli("refresh", shop).code == 0
    return site


def settled(page: Page) -> Page:
    """A screen that has what it asked for."""
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_function("() => document.querySelectorAll('main *').length > 8")
    return page


def estimated(route: Route) -> None:
    """Answer as if all rows had been estimated."""
    answer = route.fetch()
    told = re.sub(r'("row_count_is_estimate"|"rows_are_estimated"):false', r"\1:true", answer.text())
    route.fulfill(response=answer, body=told)


def nameless(page: Page) -> list[str]:
    """Controls that a screen reader has no name for."""
    session = page.context.new_cdp_session(page)
    tree: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    controls = [node for node in tree if node.get("role", {}).get("value") in CONTROLS and not node.get("ignored")]
    return [str(node["role"]["value"]) for node in controls if not node.get("name", {}).get("value", "").strip()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_and_every_control_has_a_name(catalogued: Site, visit: Visit, scheme: str) -> None:
    visitor = visit(color_scheme=scheme)
    for path in SCREENS:
        page = settled(visitor.open(path))
        assert page.evaluate(FAINT_TEXTS) == [], path
        assert nameless(page) == [], path
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page.get_by_role("main")).to_have_count(1)
        page.close()


def test_everything_is_reached_by_the_tab_key(catalogued: Site, visit: Visit) -> None:
    visitor = visit()
    for path in SCREENS:
        page = settled(visitor.open(path))
        steps = set()
        # More than once round, because what is drawn anew under the focus takes a step along.
        for _ in range(3 * page.evaluate(FOCUSABLE) + 20):
            page.keyboard.press("Tab")
            steps.add(page.evaluate(STEP))
            if len(steps - {None}) >= page.evaluate(FOCUSABLE):
                break
        assert len(steps - {None}) >= page.evaluate(FOCUSABLE), path
        page.close()


def test_a_phone_needs_no_sideways_scrolling(catalogued: Site, visit: Visit) -> None:
    visitor = visit(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    for path in SCREENS:
        page = settled(visitor.open(path))
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 360, path
        page.close()


def test_french_people_read_french(catalogued: Site, visit: Visit) -> None:
    visitor = visit(locale="fr-FR")
    # Only large tables are estimated.
    visitor.context.route("**/catalog?*", estimated)
    visitor.context.route("**/catalog/runs?*", estimated)
    page = visitor.tab("/")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    total = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Total order amount"))
    expect(total.get_by_role("heading")).to_have_attribute("lang", "en")
    expect(total).to_contain_text(re.compile(r"120\s300.*% (mieux|moins bien)janv. 2026 contre déc. 2025par mois"))
    # What was estimated says so, to the eye and to the ear.
    expect(page.get_by_role("listitem").filter(has_text="shop.db")).to_contain_text("≈\u00a0environ 460 lignes")
    table = visitor.tab("/?source=shop&table=orders")
    expect(table.get_by_role("main")).to_contain_text("≈\u00a0environ 400 lignes")
    expect(table.get_by_text("generated")).to_have_count(0)
    page = visitor.tab("/runs")
    expect(page.get_by_role("row", name="#1")).to_contain_text("2 tables · 8 colonnes · ≈\u00a0environ 460 lignes")
    expect(page.get_by_role("banner").get_by_role("status")).to_have_text("en direct")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("banner").get_by_role("status")).to_have_text("live")
    visitor.context.unroute_all(behavior="ignoreErrors")
    page.reload()
    expect(page.get_by_role("banner").get_by_role("status")).to_have_text("live")


def test_every_sentence_of_the_pages_has_a_french_one() -> None:
    folder = resources.files("catalogctl.server") / "web"
    french = (folder / "fr.js").read_text(encoding="utf-8")
    known = {text.replace("\\'", "'") for text in re.findall(r"'((?:[^'\\]|\\.)*)':", french)}
    pages = [
        file.read_text(encoding="utf-8")
        for file in folder.iterdir()
        if file.name.endswith(".js") and file.name != "fr.js"
    ]
    said = {text for page in pages for text in re.findall(r"\bt\(\s*'((?:[^'\\]|\\.)*)'", page)}
    told = {text for page in pages for text in re.findall(r"'([A-Z][^'\n]* [^'\n]*\.)'", page)}
    assert len(told) > 10
    counted = {
        word for page in pages for pair in re.findall(r"\bcount\([^()]*, '(.*?)', '(.*?)'\)", page) for word in pair
    }
    assert len(counted) > 5
    assert {text.replace("\\'", "'") for text in said | told | counted} - known == set()
