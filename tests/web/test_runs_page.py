"""The history of runs, in a real browser."""

import re

import httpx
from browsing import Site, Visit
from command_line import CommandLine
from playwright.sync_api import Locator, Page, expect


def rows(page: Page) -> Locator:
    return page.get_by_role("table").get_by_role("row").filter(has=page.get_by_role("link"))


def numbers(page: Page) -> list[int]:
    """The numbers of the runs shown, from above."""
    return [int(text.split()[0][1:]) for text in rows(page).get_by_role("link").all_inner_texts()]


def tell(site: Site, number: int, verb: str) -> None:
    """Cancel or retry a run."""
    run_id = httpx.get(f"{site.url}/catalog/run/{number}").json()["run_id"]
    httpx.post(f"{site.url}/catalog/run/{run_id}/{verb}").raise_for_status()


def history(site: Site, source: str, count: int) -> None:
    """Runs that are cancelled as soon as they are queued, unless they are quicker."""
    with httpx.Client(base_url=f"{site.url}/catalog/") as client:
        for _ in range(count):
            started = client.post("extract", json={"source": source}).raise_for_status().json()
            client.post(f"run/{started['run_id']}/cancel")


def test_the_newest_run_appears_by_itself_and_its_row_moves(
    site: Site, visit: Visit, cli: CommandLine, shop: str
) -> None:
    page = visit().open("/runs")
    expect(page.get_by_text("Nothing has run yet")).to_be_visible()
    assert cli("refresh", shop).code == 0
    first = rows(page).first
    expect(first).to_contain_text("#1 shop")
    expect(first).to_contain_text("completed")
    expect(first).to_contain_text("2 tables · 8 columns · 460 rows · ")
    expect(first).to_contain_text("key figures")
    assert cli("extract", cli.endless(), "--detach").code == 0
    expect(first).to_contain_text(re.compile("#2 endless.*running.*second.*Profile tables · [0-9]+%", re.DOTALL))
    moving = first.locator("td").nth(4)
    before = moving.inner_text()
    expect(moving).not_to_have_text(before)
    tell(site, 2, "cancel")
    expect(first).to_contain_text("cancelled")
    assert numbers(page) == [2, 1]
    first.get_by_role("link").click()
    expect(page).to_have_url(re.compile("/runs/2$"))


def test_runs_are_chosen_by_status_kind_and_source_in_the_address(
    site: Site, visit: Visit, cli: CommandLine, shop: str
) -> None:
    assert cli("refresh", shop).code == 0
    assert cli("extract", cli.endless(), "--detach").code == 0
    history(site, "shop", 1)
    page = visit().open("/runs?kind=extraction")
    expect(rows(page)).to_have_count(2)
    page.get_by_label("status").select_option("running")
    expect(rows(page)).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/runs\?kind=extraction&status=running$"))
    expect(rows(page)).to_contain_text("#2 endless")
    # What is not so any longer leaves, and what becomes so comes.
    tell(site, 2, "cancel")
    expect(page.get_by_text("There is no such run")).to_be_visible()
    tell(site, 2, "retry")
    expect(rows(page)).to_contain_text("#2 endless")
    page.go_back()
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_label("status")).to_have_value("")
    expect(page.get_by_label("kind")).to_have_value("extraction")
    page.get_by_label("source").select_option("shop")
    expect(rows(page)).to_have_count(1)
    page.get_by_label("kind").select_option("refresh")
    expect(rows(page)).to_contain_text("#1 shop")


def test_older_runs_are_a_page_away_and_the_newest_one_click_back(
    site: Site, visit: Visit, cli: CommandLine, shop: str
) -> None:
    assert cli("sources", "add", "shop", shop).code == 0
    history(site, "shop", 53)
    page = visit().open("/runs")
    expect(rows(page)).to_have_count(50)
    assert numbers(page) == list(range(53, 3, -1))
    history(site, "shop", 1)
    expect(rows(page).first).to_contain_text("#54")
    assert numbers(page) == list(range(54, 4, -1))
    page.get_by_role("link", name="Older").click()
    expect(rows(page)).to_have_count(4)
    assert numbers(page) == [4, 3, 2, 1]
    history(site, "shop", 1)
    page.reload()
    expect(rows(page)).to_have_count(4)
    expect(page.get_by_role("link", name="Older")).to_have_count(0)
    page.get_by_role("link", name="Newest").click()
    expect(rows(page).first).to_contain_text("#55")


def test_a_history_with_hostile_words_is_text_and_fits_a_phone(visit: Visit, cli: CommandLine) -> None:
    for name, file in (("evil", "<img src=x onerror=alert(1)>.db"), ("n" * 60, f"{'l' * 200}.db")):
        assert cli("sources", "add", name, cli.database("CREATE TABLE t(x)", name=file)).code == 0
        (cli.folder / file).unlink()
        assert cli("extract", name).code == 1
    page = visit(viewport={"width": 360, "height": 740}).open("/runs")
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_text("<img src=x onerror=alert(1)>.db")).to_be_visible()
    assert page.locator("main img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.set_viewport_size({"width": 1280, "height": 740})
    kind = rows(page).first.get_by_role("cell", name="extraction", exact=True)
    expect(kind).to_be_visible()
    lines = """(cell) => {
      const text = document.createRange();
      text.selectNodeContents(cell);
      return text.getClientRects().length;
    }"""
    assert kind.evaluate(lines) == 1
