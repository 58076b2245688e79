"""The frame of the pages, in a real browser."""

import re

from browsing import Visit
from command_line import CommandLine
from playwright.sync_api import expect


def test_a_page_is_live_and_the_screens_are_one_click_apart(visit: Visit) -> None:
    page = visit().open("/")
    for name, path in (("Runs", "/runs"), ("Model", "/llm"), ("Catalogue", "/")):
        page.get_by_role("navigation", name="Screens").get_by_role("link", name=name).click()
        expect(page).to_have_url(re.compile(rf"//[^/]+{path}$"))
        expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")
    page.go_back()
    expect(page).to_have_url(re.compile(r"/llm$"))


def test_the_way_back_ends_where_one_left(visit: Visit, cli: CommandLine) -> None:
    tables = (f"CREATE TABLE t{number:03}(id INTEGER PRIMARY KEY)" for number in range(120))
    assert cli("extract", cli.database(*tables, name="many.db")).code == 0
    page = visit(viewport={"width": 1000, "height": 500}).open("/?source=many")
    link = page.get_by_role("link", name="t100", exact=True)
    link.scroll_into_view_if_needed()
    page.mouse.wheel(0, 150)
    left = link.bounding_box()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("t100")
    assert page.evaluate("scrollY") == 0
    page.get_by_role("link", name="Runs", exact=True).click()
    page.go_back()
    page.go_back()
    expect(link).to_be_in_viewport()
    assert link.bounding_box() == left


def test_there_is_no_end_to_what_can_be_shown(visit: Visit) -> None:
    page = visit().open("/llm")
    shown = page.evaluate(
        """async () => {
          const { h, kept, show } = await import('/web/dom.js');
          const list = (...inputs) =>
            h('div', h('ol', Array.from({ length: 150_000 }, (_, index) => h('li', `${index}`))),
              kept('ul', 'kept', inputs, () => Array.from({ length: 150_000 }, () => h('li'))));
          const place = new DocumentFragment();
          show(place, list(1));
          show(place, list(2));
          return [...place.querySelectorAll('ol, ul')].map(({ children }) => children.length);
        }"""
    )
    assert shown == [150_000, 150_000]
