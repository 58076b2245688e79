"""The frame of the pages, in a real browser."""

import re

from browsing import Visit
from playwright.sync_api import expect


def test_a_page_is_live_and_the_screens_are_one_click_apart(visit: Visit) -> None:
    page = visit().open("/")
    for name, path in (("Runs", "/runs"), ("Model", "/llm"), ("Catalogue", "/")):
        page.get_by_role("navigation", name="Screens").get_by_role("link", name=name).click()
        expect(page).to_have_url(re.compile(rf"//[^/]+{path}$"))
        expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")
    page.go_back()
    expect(page).to_have_url(re.compile(r"/llm$"))
