"""The screen of the catalogue: sources, tables, key figures, questions."""

import re

from browsing import Site, Visit
from command_line import CommandLine
from playwright.sync_api import Locator, Page, expect


def card(page: Page, source: str) -> Locator:
    """The card of a source."""
    return page.get_by_role("listitem").filter(has=page.get_by_role("group", name=source, exact=True))


def row(page: Page, table: str) -> Locator:
    """The row of a table in the list."""
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=table, exact=True))


def test_an_empty_store_says_what_to_do_and_fills_by_itself(visit: Visit, cli: CommandLine, shop: str) -> None:
    page = visit().open("/")
    expect(page.get_by_role("main")).to_contain_text("catalogctl serve")
    expect(page.get_by_role("main")).to_contain_text("catalogctl sources add")
    assert cli("sources", "add", "boutique", shop).code == 0
    expect(card(page, "boutique")).to_contain_text("Nothing is known of it yet")
    expect(card(page, "boutique").get_by_role("button", name="Enrich")).to_be_disabled()
    card(page, "boutique").get_by_role("button", name="Refresh").click()
    expect(card(page, "boutique")).to_contain_text("2 tables · 8 columns · 460 rows")
    expect(card(page, "boutique")).to_contain_text(re.compile("extracted (now|.* ago)"))
    expect(row(page, "orders")).to_contain_text("400")
    assert cli("status", "--wait-idle").code == 0
    assert cli("sources", "remove", "boutique").code == 0
    expect(page.get_by_role("main")).to_contain_text("catalogctl serve")


def test_a_card_shows_the_run_on_its_source_and_no_other(visit: Visit, cli: CommandLine, shop: str) -> None:
    assert cli("extract", shop).code == 0
    assert cli("sources", "add", "endless", cli.endless()).code == 0
    page = visit().open("/")
    busy, idle = card(page, "endless"), card(page, "shop")
    buttons = [one.get_by_role("button", name="Refresh") for one in (busy, idle)]
    places = [button.bounding_box() for button in buttons]
    assert cli("extract", "endless", "--detach").code == 0
    expect(busy.get_by_role("link", name="extraction #2")).to_have_attribute("href", "/runs/2")
    expect(busy.get_by_role("progressbar")).to_be_visible()
    expect(busy).to_contain_text("Profile tables 1/2")
    for verb in ("Extract", "Enrich", "Refresh"):
        expect(busy.get_by_role("button", name=verb)).to_be_disabled()
        expect(idle.get_by_role("button", name=verb)).to_be_enabled()
    expect(idle.get_by_role("progressbar")).to_have_count(0)
    # Nothing slips away from under the hand that has just clicked it.
    assert [button.bounding_box() for button in buttons] == places
    assert cli("runs", "cancel", "latest").code == 0
    expect(busy.get_by_role("button", name="Extract")).to_be_enabled()
    expect(busy.get_by_role("progressbar")).to_have_count(0)


def test_a_run_that_somebody_else_has_just_started_is_explained(visit: Visit, cli: CommandLine) -> None:
    source = cli.endless()
    assert cli("sources", "add", "endless", source).code == 0
    page = visit(locale="fr-FR").tab("/")
    # Between the click and the server, somebody is faster.
    page.route("**/catalog/extract", lambda route: (cli("extract", source, "--detach"), route.continue_()))
    card(page, "endless").get_by_role("button", name="Extraire").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Une exécution est déjà en cours sur cette source.")
    alert.get_by_role("link", name="Voir cette exécution").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Exécution 1 · endless")
    page.get_by_role("button", name="English").click()
    # A page that is behind asks for what is not possible any longer.
    page.route("**/cancel", lambda route: (cli("runs", "cancel", "1"), route.continue_()))
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("the run has changed meanwhile")).to_be_visible()


def test_tables_are_filtered_and_left_out_of_enrichment(site: Site, visit: Visit, cli: CommandLine, shop: str) -> None:
    assert cli("refresh", shop).code == 0
    visitor = visit()
    page, other = visitor.open("/"), visitor.open("/?source=shop")
    expect(row(page, "customers")).to_contain_text("dimension")
    page.get_by_role("searchbox", name="Filter the tables").fill("dimens")
    expect(row(page, "orders")).to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text("1 / 2")
    switch = row(page, "customers").get_by_role("switch", name="Enrich customers")
    expect(switch).to_be_checked()
    switch.focus()
    page.keyboard.press("Space")
    expect(switch).not_to_be_checked()
    expect(switch).to_be_focused()
    theirs = row(other, "customers").get_by_role("switch")
    expect(theirs).not_to_be_checked()
    theirs.click()
    expect(switch).to_be_checked()
    assert cli("catalog", "toggle", "customers").code == 0
    expect(switch).not_to_be_checked()
    expect(theirs).not_to_be_checked()
    expect(page.get_by_role("searchbox", name="Filter the tables")).to_have_value("dimens")


def test_a_switch_that_cannot_be_turned_goes_back(site: Site, visit: Visit, cli: CommandLine, shop: str) -> None:
    assert cli("extract", shop).code == 0
    page = visit().open("/")
    switch = row(page, "orders").get_by_role("switch")
    expect(switch).to_be_checked()
    page.route("**/toggle", lambda route: route.abort())
    switch.click()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer")
    expect(switch).to_be_checked()


def test_key_figures_and_questions_come_with_an_enrichment(visit: Visit, cli: CommandLine, shop: str) -> None:
    assert cli("extract", shop).code == 0
    page = visit().open("/")
    expect(row(page, "orders")).to_be_visible()
    figures = page.get_by_role("list", name="Key figures")
    expect(figures).to_have_count(0)
    assert cli("enrich", "shop").code == 0
    total = figures.get_by_role("listitem").filter(has_text="Total order amount")
    expect(total).to_contain_text("120,300")
    expect(total).to_contain_text(re.compile(r"[▲▼▬] [+-]?[\d.]+% (better|worse|unchanged)"))
    expect(total.locator("polyline")).to_have_attribute("points", re.compile(r"^0,[\d.]+ 1,"))
    expect(page.get_by_role("heading", name="Questions that the data can answer")).to_be_visible()
    page.get_by_role("listitem").filter(has_text="?").get_by_role("link", name="orders").first.click()
    expect(page.get_by_role("heading", level=1, name="orders")).to_be_visible()


def test_of_several_sources_one_is_chosen(visit: Visit, cli: CommandLine, shop: str) -> None:
    stock = cli.database("CREATE TABLE shelves(id INTEGER PRIMARY KEY)", name="stock.db")
    assert cli("refresh", shop).code == cli("refresh", stock).code == 0
    page = visit().open("/")
    expect(card(page, "stock")).to_contain_text("1 table · 1 column")
    expect(page.get_by_role("table")).to_have_count(0)
    card(page, "stock").get_by_role("link", name="stock").click()
    expect(row(page, "shelves")).to_be_visible()
    expect(row(page, "orders")).to_have_count(0)
    card(page, "shop").get_by_role("link", name="shop").click()
    expect(row(page, "orders")).to_be_visible()
    expect(page).to_have_title("shop · catalogctl")
    page.go_back()
    expect(row(page, "shelves")).to_be_visible()


def test_what_is_not_drawn_anew_each_time_is_so_when_the_language_or_the_data_change(
    visit: Visit, cli: CommandLine, shop: str
) -> None:
    assert cli("refresh", shop).code == 0
    page = visit().open("/")
    expect(row(page, "orders")).to_contain_text("fact")
    page.get_by_role("button", name="Français").click()
    expect(row(page, "orders")).to_contain_text("faits")
    expect(page.locator("figure")).to_contain_text("déclarée")
    assert cli("catalog", "describe", "orders", "What was sold.").code == 0
    expect(row(page, "orders")).to_contain_text("What was sold.")
    row(page, "orders").get_by_role("switch").click()
    expect(row(page, "orders").get_by_role("switch")).to_have_attribute("aria-checked", "false")
