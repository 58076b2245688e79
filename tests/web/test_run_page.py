"""The page of one run, in a real browser."""

import re
import socket
import threading

import pytest
from browsing import Site, Visit, visiting
from command_line import CommandLine, wait_until
from modelled_line import set_up
from playwright.sync_api import Browser, Locator, Page, expect
from scripted_mind import described, well
from scripted_model import Act, Request, complains, opened_stage

NO_KEYS = "CREATE TABLE t(x)"


def node(page: Page, name: str) -> Locator:
    """A step or a task of the flow, by its name and what it tells."""
    return page.get_by_role("img", name=re.compile(rf"^{name}"))


def log(page: Page) -> Locator:
    return page.get_by_role("region", name="Log")


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1).locator("xpath=..")


def flow(page: Page) -> list[str | None]:
    """What every node of the flow says of itself."""
    return [one.get_attribute("aria-label") for one in page.locator("main").get_by_role("img").all()]


def test_a_run_is_followed_from_its_start_cancelled_and_tried_again(visit: Visit, cli: CommandLine) -> None:
    visitor = visit()
    for reference in ("12", "%", "latest"):
        page = visitor.open(f"/runs/{reference}")
        expect(page.get_by_role("heading", level=1)).to_have_text("There is no such run")
    assert cli("extract", cli.endless(), "--detach").code == 0
    expect(page).to_have_url(re.compile("/runs/1$"))
    expect(heading(page)).to_contain_text(re.compile("Run 1 · endless.*running.*extraction", re.DOTALL))
    expect(node(page, "Read metadata · completed")).to_be_visible()
    expect(node(page, "Profile tables · running · 1 of 2")).to_be_visible()
    expect(node(page, "quick · completed")).to_be_visible()
    expect(node(page, "forever · running")).to_be_visible()
    expect(node(page, "Save to catalogue · pending")).to_be_visible()
    expect(log(page)).to_contain_text("quick")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Run 1 is cancelled.")).to_be_visible()
    expect(node(page, "Profile tables · cancelled")).to_be_visible()
    expect(node(page, "forever · cancelled")).to_be_visible()
    expect(log(page)).to_contain_text("extraction · cancelled")
    expect(page.get_by_role("button", name="Cancel")).to_be_disabled()
    page.get_by_role("button", name="Retry").click()
    expect(heading(page)).to_contain_text("running")
    expect(page.get_by_text("attempt 2").first).to_be_visible()
    expect(node(page, "forever · running")).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).to_be_disabled()
    assert cli("runs", "cancel", "1").code == 0
    expect(heading(page)).to_contain_text("cancelled")


def test_a_failed_step_says_why_and_the_page_shows_the_same_before_during_and_after(
    visit: Visit, cli: CommandLine, shop: str
) -> None:
    (cli.folder / shop).rename(cli.folder / "elsewhere.db")
    cli.database(NO_KEYS)
    assert cli("sources", "add", "shop", shop).code == 0
    (cli.folder / shop).unlink()
    assert cli("refresh", "shop").code == 1
    visitor = visit()
    page = visitor.open("/runs/1")
    expect(node(page, "Read metadata · failed · source 'shop' is gone")).to_be_visible()
    expect(page.get_by_role("paragraph").filter(has_text="source 'shop' is gone")).to_be_visible()
    expect(page.get_by_role("heading", name="enrichment").locator("xpath=..")).to_contain_text("cancelled")
    (cli.folder / "elsewhere.db").rename(cli.folder / shop)
    assert cli("runs", "retry", "1", "--watch").code == 0
    expect(heading(page)).to_contain_text("completed")
    expect(page.get_by_text("2 tables")).to_have_count(2)
    expect(node(page, "batch 1 · completed")).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).to_have_count(0)
    later = visitor.open("/runs/1")
    expect(node(later, "batch 1 · completed")).to_be_visible()
    expect(log(later)).to_contain_text("attempt 2")
    wait_until(lambda: (flow(later), log(later).inner_text()) == (flow(page), log(page).inner_text()))


def test_two_hundred_tables_are_a_mark_each_that_the_arrow_keys_go_through(visit: Visit, cli: CommandLine) -> None:
    many = cli.database(*(f"CREATE TABLE table_{number:03}(x)" for number in range(200)))
    page = visit().open("/runs")
    assert cli("extract", many).code == 0
    page.get_by_role("link", name="#1").click()
    expect(node(page, "Profile tables · completed · 200 of 200")).to_be_visible()
    expect(node(page, "table_")).to_have_count(200)
    expect(log(page)).to_contain_text("table_123")
    node(page, "Profile tables").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect(node(page, "table_001")).to_be_focused()
    expect(page.locator("text").filter(has_text="table_001 · completed")).to_be_visible()
    expect(page.locator("text").filter(has_text="table_002 · completed")).to_be_hidden()
    page.keyboard.press("Tab")
    expect(node(page, "Save to catalogue")).to_be_focused()


def test_of_more_tasks_than_one_answer_holds_none_is_missing(visit: Visit, cli: CommandLine) -> None:
    many = cli.database(*(f"CREATE TABLE table_{number:04}(x)" for number in range(1200)))
    assert cli("extract", many).code == 0
    page = visit().open("/runs/1")
    expect(node(page, "Profile tables · completed · 1200 of 1200")).to_be_visible()
    expect(node(page, "table_")).to_have_count(1200)
    expect(log(page)).to_contain_text("table_1199")


def test_hostile_names_are_text_and_break_nothing(visit: Visit, cli: CommandLine) -> None:
    names = ("<img src=x onerror=alert(1)>", "red\x1b[31m\x07", "l" * 10_000, "")
    source = cli.database(*(f'CREATE TABLE "{name}"(x)' for name in names), 'CREATE VIEW "<b>" AS SELECT nosuch')
    assert cli("extract", source).code == 0
    page = visit(viewport={"width": 360, "height": 740}).open("/runs/1")
    expect(node(page, "<img src=x onerror=alert\\(1\\)> · completed")).to_be_visible()
    expect(node(page, "∅ · completed")).to_be_visible()
    expect(page.get_by_text("1 warning")).to_contain_text("<b> · cannot be read")
    assert page.locator("main img, main b").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("document.documentElement.scrollHeight") < 3000


def test_batches_of_a_model_are_told_with_what_they_cost(browser: Browser, cli: CommandLine, shop: str) -> None:
    def director(request: Request) -> Act:
        return complains(400, "<i>no</i>") if "orders" in described(request) else well(request)

    with opened_stage() as stage:
        stage.is_led_by(director)
        set_up(cli, stage.url)
        site = Site(cli)
        with visiting(browser, site.url) as visitor:
            page = visitor.open("/runs")
            assert cli("refresh", shop).code == 0
            page.get_by_role("link", name="#1").click()
            expect(node(page, "Describe · completed · 2 of 2")).to_be_visible()
            expect(node(page, "batch 1 · completed")).to_be_visible()
            expect(node(page, "batch 2 · failed · .*<i>no<.i>")).to_be_visible()
            expect(log(page)).to_contain_text("tiny · 120 tokens · $0.03")
            expect(page.get_by_text("360 tokens")).to_be_visible()
            expect(page.get_by_text("$0.09", exact=True)).to_be_visible()


def test_batches_run_from_the_first_one_on(browser: Browser, cli: CommandLine, shop: str) -> None:
    with opened_stage() as stage:
        stage.is_led_by(lambda _: stage.silence)
        set_up(cli, stage.url)
        site = Site(cli)
        with visiting(browser, site.url) as visitor:
            page = visitor.open("/runs")
            assert cli("refresh", shop, "--detach").code == 0
            page.get_by_role("link", name="#1").first.click()
            expect(node(page, "batch 1 · running")).to_be_visible()
            expect(node(page, "Describe · running · 0 of 2")).to_be_visible()
            page.get_by_role("button", name="Cancel").click()
            expect(node(page, "Describe · cancelled · 0 of 2")).to_be_visible()


def test_describing_ends_with_the_batch_that_ends_last(browser: Browser, cli: CommandLine, shop: str) -> None:
    is_released = threading.Event()

    def director(request: Request) -> Act:
        act = well(request)

        def late(connection: socket.socket) -> None:
            assert is_released.wait(30)
            act(connection)

        return late if "customers" in described(request) else act

    with opened_stage() as stage:
        stage.is_led_by(director)
        set_up(cli, stage.url)
        site = Site(cli, "--concurrency", "2")
        with visiting(browser, site.url) as visitor:
            page = visitor.open("/runs")
            assert cli("refresh", shop, "--detach").code == 0
            page.get_by_role("link", name="#1").first.click()
            expect(node(page, "batch 2 · completed")).to_be_visible()
            expect(node(page, "batch 1 · running")).to_be_visible()
            is_released.set()
            expect(node(page, "Describe · completed · 2 of 2")).to_be_visible()
            expect(log(page)).to_contain_text(re.compile("batch 2.*batch 1.*Describe · 2 of 2"))


def test_where_several_work_on_a_run_its_log_says_who_did_what(browser: Browser, cli: CommandLine) -> None:
    many = cli.database(*(f"CREATE TABLE table_{number:03}(x)" for number in range(60)))
    site = Site(cli, "--no-worker")
    workers = [cli.start("worker", "--concurrency", "1") for _ in range(2)]
    wait_until(lambda: len(cli("workers", "list").lines) == 2)
    assert cli("extract", many).code == 0
    with visiting(browser, site.url) as visitor:
        page = visitor.tab("/runs/1")
        for worker in workers:
            expect(log(page)).to_contain_text(re.compile(rf"table_\d+ · \S+-{worker.process.pid}-"))
    workers[0].process.terminate()
    assert workers[0].end().code == 143
    assert cli("extract", many).code == 0
    with visiting(browser, site.url) as visitor:
        page = visitor.tab("/runs/2")
        expect(log(page)).to_contain_text("table_059")
        expect(log(page)).not_to_contain_text(f"-{workers[1].process.pid}-")


def test_a_run_that_nobody_works_on_says_so_until_somebody_does(browser: Browser, cli: CommandLine, shop: str) -> None:
    site = Site(cli, "--no-worker")
    assert cli("extract", shop, "--detach").code == 0
    with visiting(browser, site.url, locale="fr-FR") as visitor:
        page = visitor.tab("/runs/1")
        expect(page.get_by_role("alert")).to_contain_text("Aucun processus")
        expect(node(page, "Profils · en attente")).to_be_visible()
        assert cli("worker", "--until-idle").code == 0
        expect(page.get_by_role("alert")).to_have_count(0)
        expect(heading(page)).to_contain_text("terminé")
        expect(node(page, "orders · terminé")).to_be_visible()


# Words of the flow that reach beyond their box, and names that are not seen whole.
CUT_WORDS = """() => [...document.querySelectorAll('.flow svg')].flatMap((node) => {
  const edge = node.getBoundingClientRect().right;
  const isCut = (one) => one.getBoundingClientRect().right > edge
    || (one.localName === 'strong' && one.scrollWidth > one.clientWidth);
  return [...node.querySelectorAll('text, foreignObject > *')].filter(isCut).map((one) => one.textContent);
})"""


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
def test_words_of_the_flow_stay_in_their_boxes(visit: Visit, cli: CommandLine, shop: str, locale: str) -> None:
    cli.database(f"CREATE TABLE {'long_' * 30}(x)", name=shop)
    assert cli("refresh", shop).code == 0
    (cli.folder / shop).unlink()
    assert cli("refresh", "shop").code == 1
    visitor = visit(locale=locale)
    for number, nodes in ((1, 9 + 3 + 1), (2, 9)):
        page = visitor.tab(f"/runs/{number}")
        expect(page.locator("main").get_by_role("img")).to_have_count(nodes)
        for width in (1280, 800, 360):
            page.set_viewport_size({"width": width, "height": 800})
            expect(page.locator(".flow").first).to_have_attribute(
                "viewBox", re.compile("-2 8.." if width > 760 else "-2 3..")
            )
            assert page.evaluate(CUT_WORDS) == []


def test_what_a_failed_run_never_came_to_does_not_wait_any_longer(visit: Visit, cli: CommandLine, shop: str) -> None:
    assert cli("sources", "add", "shop", shop).code == 0
    (cli.folder / shop).unlink()
    assert cli("extract", "shop").code == 1
    page = visit().open("/runs/1")
    expect(node(page, "Read metadata · failed")).to_be_visible()
    expect(node(page, "Profile tables · not reached")).to_be_visible()
