"""Browser tabs and terminals look at the same runs, at the same moment."""

import httpx
import pytest
from browsing import Site, Visit, visiting
from command_line import ENDLESS, CommandLine, wait_until
from playwright.sync_api import Browser, Page, Route, expect

KINDS = ("Extract", "Enrich", "Refresh")


@pytest.fixture
def slow(cli: CommandLine) -> str:
    """A source that is in the catalogue; a run on it ends when somebody ends it."""
    source = cli.database("CREATE TABLE quick(id INTEGER)", name="slow.db")
    assert cli("extract", source).code == 0
    return cli.database(f"CREATE VIEW forever AS {ENDLESS}", name=source)


def expect_buttons(page: Page, *, are_enabled: bool) -> None:
    for kind in KINDS:
        button = page.get_by_role("button", name=kind)
        if are_enabled:
            expect(button).to_be_enabled()
        else:
            expect(button).to_be_disabled()


def test_a_run_started_in_the_browser_is_followed_by_tabs_and_terminals(
    visit: Visit, cli: CommandLine, slow: str
) -> None:
    visitor = visit()
    first, second = visitor.open("/"), visitor.open("/")
    expect_buttons(second, are_enabled=True)
    first.get_by_role("button", name="Extract").click()
    for tab in (first, second):
        expect_buttons(tab, are_enabled=False)
    terminal = cli.on_terminal("runs", "watch", "latest")
    terminal.wait_for("forever")
    second.get_by_role("banner").get_by_role("link", name="slow #2").click()
    second.get_by_role("button", name="Cancel").click()
    assert terminal.end() == 3
    expect_buttons(first, are_enabled=True)


def test_a_run_started_in_a_terminal_is_followed_by_the_page(visit: Visit, cli: CommandLine, slow: str) -> None:
    page = visit().open("/")
    assert cli("extract", slow, "--detach").code == 0
    expect_buttons(page, are_enabled=False)
    assert cli("runs", "cancel", "latest").code == 0
    expect_buttons(page, are_enabled=True)


def test_feedback_comes_before_the_answer(visit: Visit, cli: CommandLine, slow: str) -> None:
    page = visit().open("/")
    expect_buttons(page, are_enabled=True)
    # The answer is held back for as long as the page takes to show that it has understood.
    page.route("**/catalog/extract", lambda route: (expect_buttons(page, are_enabled=False), route.continue_()))
    page.get_by_role("button", name="Extract").click()
    expect(page.get_by_role("banner").get_by_role("link", name="slow #2")).to_be_visible()


def test_a_run_that_begins_while_the_page_asks_what_runs_is_not_missed(browser: Browser, cli: CommandLine) -> None:
    site = Site(cli, "--no-worker")
    assert cli("extract", cli.endless(), "--detach").code == 0

    def begins(route: Route) -> None:
        cli.start("worker")
        running = f"{site.url}/catalog/runs?group=run&status=running"
        wait_until(lambda: bool(httpx.get(running).json()["runs"]))
        route.continue_()

    with visiting(browser, site.url) as visitor:
        page = visitor.tab("/llm")
        page.route("**/catalog/runs?*status=pending*", begins, times=1)
        page.reload()
        expect(page.get_by_role("banner").get_by_role("link", name="endless #1")).to_be_visible()
