"""The page of the language model, in a real browser."""

import re
from collections.abc import Iterator

import httpx
import pytest
from browsing import Site, Visit, visiting
from command_line import CommandLine
from modelled_line import set_up
from playwright.sync_api import Browser, Locator, Page, expect
from scripted_mind import well
from scripted_model import Stage, complains, opened_stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    with opened_stage() as scene:
        scene.is_led_by(well)
        yield scene


def lines(page: Page) -> Locator:
    """The lines of the table of costs, without its head."""
    return page.get_by_role("table").locator("tbody").get_by_role("row")


def figures(site: Site, *, price: str) -> re.Pattern[str]:
    """What the server tells of all calls, as a line of the table."""
    total = httpx.get(f"{site.url}/llm/costs").json()["total"]
    assert total["total_calls"] >= 4
    return re.compile(rf"{price}.*{total['total_calls']}{total['total_tokens_input']}{total['total_tokens_output']}$")


def test_without_a_model_the_page_says_how_to_set_one_up(visit: Visit) -> None:
    page = visit().open("/llm")
    expect(page.get_by_text("no model is set up")).to_be_visible()
    expect(page.get_by_text("CATALOGCTL_LLM_URL")).to_be_visible()
    expect(page.get_by_text("No model was asked in this time")).to_be_visible()
    page.get_by_role("button", name="Français").click()
    expect(page.get_by_text("a été appelé sur cette période")).to_be_visible()
    expect(page.get_by_text("les règles font le travail")).to_be_visible()


def test_costs_grow_by_themselves_with_each_call_of_a_model(
    browser: Browser, cli: CommandLine, shop: str, stage: Stage
) -> None:
    set_up(cli, stage.url)
    site = Site(cli)
    with visiting(browser, site.url) as visitor:
        page = visitor.open("/llm?days=7")
        expect(page.get_by_text(re.compile(r"answers at .* · [0-9.]+ s"))).to_be_visible()
        expect(page.get_by_text("Models: tiny, large")).to_be_visible()
        assert cli("refresh", shop).code == 0
        expect(lines(page)).to_have_count(3)
        for line in lines(page).all():
            expect(line).to_contain_text(figures(site, price=r"\$0\.1"))
        expect(page.get_by_role("heading", name="Cost by day")).to_be_visible()
        expect(page.get_by_role("img", name="As in the table").locator("rect")).to_have_count(8)
        page.get_by_role("link", name="90 days").click()
        expect(page.get_by_role("img", name="As in the table").locator("rect")).to_have_count(91)
        page.go_back()
        expect(page.get_by_role("link", name="7 days")).to_have_attribute("aria-current", "true")
        expect(page.get_by_role("img", name="As in the table").locator("rect")).to_have_count(8)


def test_a_model_without_a_price_is_told_in_tokens_and_tried_on_demand(
    browser: Browser, cli: CommandLine, shop: str, stage: Stage
) -> None:
    set_up(cli, stage.url, is_priced=False)
    site = Site(cli)
    assert cli("refresh", shop).code == 0
    stage.is_led_by(lambda _: complains(500, "<b>tired</b>"))
    with visiting(browser, site.url) as visitor:
        page = visitor.open("/llm")
        expect(page.get_by_text("<b>tired</b>")).to_be_visible()
        expect(page.get_by_role("heading", name="Tokens by day")).to_be_visible()
        expect(lines(page).last).to_contain_text(figures(site, price=r"\?"))
        stage.is_led_by(well)
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_text("answers at http")).to_be_visible()


def test_where_some_prices_are_unknown_the_rest_still_counts(
    browser: Browser, cli: CommandLine, shop: str, stage: Stage
) -> None:
    for model, is_priced in (("tiny", True), ("large", False)):
        set_up(cli, stage.url, model=model, is_priced=is_priced)
        assert cli("refresh", shop).code == 0
    site = Site(cli)
    with visiting(browser, site.url) as visitor:
        page = visitor.open("/llm")
        expect(page.get_by_role("heading", name="Tokens by day")).to_be_visible()
        expect(lines(page).filter(has_text="Total")).to_contain_text(re.compile(r"\$0\.\d+ \+ \?"))
