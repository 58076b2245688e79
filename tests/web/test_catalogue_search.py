"""Search as one types, by keyboard alone, whatever the order that answers come in."""

import re

import pytest
from browsing import Visit
from command_line import CommandLine
from playwright.sync_api import Route, expect


@pytest.fixture
def catalogued(cli: CommandLine, shop: str) -> str:
    assert cli("refresh", shop).code == 0
    return "shop"


def test_a_column_is_found_and_shown_by_keyboard_alone(visit: Visit, catalogued: str) -> None:
    page = visit().open("/")
    hits = page.get_by_role("search").get_by_role("link")
    page.keyboard.press("/")
    field = page.get_by_role("searchbox", name="Search")
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    page.keyboard.type("ema/", delay=10)
    expect(field).to_have_value("ema/")
    page.keyboard.press("Backspace")
    expect(hits.first).to_contain_text(re.compile("shop . customers . email"))
    page.keyboard.press("ArrowDown")
    expect(hits.first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(field).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"source=shop&table=customers&column=email$"))
    expect(page.get_by_role("listitem").filter(has_text="E-mail").first).to_be_visible()
    expect(page.locator("main [aria-current=true]")).to_contain_text("email")
    expect(field).to_have_value("")
    expect(hits).to_have_count(0)
    field.fill("zzzz")
    expect(page.get_by_role("search").get_by_role("status")).to_have_text("Nothing found")
    field.press("Escape")
    expect(page.get_by_role("search").get_by_role("status")).to_have_text("")


def test_enter_goes_to_the_best_hit_of_what_was_typed(visit: Visit, catalogued: str) -> None:
    page = visit().open("/")
    field = page.get_by_role("searchbox", name="Search")
    field.press("Enter")
    field.press_sequentially("ema")
    expect(page.get_by_role("search").get_by_role("link").first).to_contain_text("email")
    # Hits of what was typed before are still to be seen.
    field.fill("amount")
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"source=shop&table=orders&column=amount$"))
    expect(field).to_have_value("")


def test_an_answer_that_comes_late_is_not_shown(visit: Visit, catalogued: str) -> None:
    page = visit().open("/")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/catalog/search?q=email*", hold)
    field = page.get_by_role("searchbox", name="Search")
    hits = page.get_by_role("search").get_by_role("link")
    with page.expect_request("**/catalog/search?q=email*"):
        field.fill("email")
    field.fill("amount")
    expect(hits.first).to_contain_text(re.compile("orders . amount"))
    with page.expect_response("**/catalog/search?q=email*") as late:
        held[0].continue_()
    late.value.finished()
    # Whatever the late answer does to the page, it has done when another question is answered.
    page.evaluate("fetch('/catalog/search?q=amount').then((answer) => answer.json())")
    expect(hits.first).to_contain_text(re.compile("orders . amount"))
    expect(page.get_by_role("search")).not_to_contain_text("email")
