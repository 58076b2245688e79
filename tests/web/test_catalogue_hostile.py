"""Names and words that would like to be something else than text."""

import pytest
from browsing import Visit
from command_line import CommandLine
from playwright.sync_api import Page, expect

IMAGE = "<img src=x onerror=alert(1)>"
TURNED = "evil\u202egnp.exe"
QUOTED = """it's "quoted" & <b>{0}</b>"""
LONG = "x" * 10_000
NAMES = (IMAGE, TURNED, QUOTED, LONG, "", "__proto__", "عملاء")


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@pytest.fixture
def hostile(cli: CommandLine) -> str:
    """Tables that are all called so, whose columns are called so, and whose values are so."""
    columns = ", ".join(f"{quoted(name)} TEXT" for name in NAMES)
    values = ", ".join("'" + name.replace("'", "''") + "'" for name in NAMES)
    statements = []
    for name in NAMES:
        key = f"{quoted('ref ' + IMAGE)} INTEGER REFERENCES {quoted(IMAGE)}(id)"
        statements += [
            f"CREATE TABLE {quoted(name)}(id INTEGER PRIMARY KEY, {columns}, {key})",
            f"INSERT INTO {quoted(name)} VALUES (1, {values}, 1), (2, {values}, 2)",
        ]
    source = cli.database(*statements, name="hostile.db")
    assert cli("refresh", source).code == 0
    assert cli("catalog", "describe", f"hostile.{IMAGE}", f"{IMAGE} {LONG[:9000]}").code == 0
    return "hostile"


def assert_harmless(page: Page) -> None:
    """Nothing has become an element, and nothing makes the page wider than the window."""
    assert page.locator("main img, main b, main script").count() == 0
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [360, 1280])
def test_hostile_names_are_text_and_break_no_layout(visit: Visit, hostile: str, width: int) -> None:
    page = visit(viewport={"width": width, "height": 800}).open("/")
    rows = page.get_by_role("row")
    expect(rows).to_have_count(1 + len(NAMES))
    assert_harmless(page)
    assert page.evaluate("document.scrollingElement.scrollHeight") < 6000
    page.get_by_role("searchbox", name="Search").fill("img")
    expect(page.get_by_role("search").get_by_role("link").first).to_contain_text(IMAGE)
    assert_harmless(page)
    page.get_by_role("searchbox", name="Search").fill("")
    for name in NAMES:
        rows.get_by_role("link", name=name or "∅", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name or "∅")
        expect(page.get_by_role("heading", level=3)).to_have_text(
            ["id", *(one or "∅" for one in NAMES), f"ref {IMAGE}"], use_inner_text=False
        )
        assert_harmless(page)
        page.go_back()
    page.goto(page.url)
    rows.get_by_role("link", name=IMAGE, exact=True).click()
    details = page.get_by_role("button", name="Details")
    expect(details).to_have_count(len(NAMES) + 2)
    for button in details.all():
        button.click()
    expect(page.get_by_role("definition").filter(has_text=LONG).first).to_be_visible()
    assert_harmless(page)
