"""One table on the screen: its columns, what their data looks like, and what people say of them."""

import pytest
from browsing import Visit
from command_line import CommandLine
from playwright.sync_api import Locator, Page, expect


def column(page: Page, name: str) -> Locator:
    """What is shown of a column."""
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", level=3, name=name, exact=True))


@pytest.fixture
def catalogued(cli: CommandLine, shop: str) -> str:
    """The shop, extracted and enriched; its reviews point at customers without saying so."""
    cli.database(
        "CREATE TABLE reviews(id INTEGER PRIMARY KEY, customer_id INTEGER, stars INTEGER)",
        "INSERT INTO reviews SELECT id, id, CASE WHEN id % 5 = 0 THEN NULL ELSE id % 3 END FROM customers",
        name=shop,
    )
    assert cli("refresh", shop).code == 0
    return "shop"


def test_a_table_shows_what_is_known_of_its_columns(visit: Visit, catalogued: str) -> None:
    page = visit().open("/?source=shop&table=orders")
    expect(page.get_by_role("heading", level=2)).to_have_text("5 columns")
    names = ["id", "customer_id", "ordered_at", "amount", "status"]
    expect(page.get_by_role("heading", level=3)).to_have_text(names)
    expect(column(page, "id")).to_contain_text("primary key")
    expect(column(page, "id")).to_contain_text("INTEGER")
    expect(column(page, "amount")).to_contain_text("median 300.75")
    status = column(page, "status")
    expect(status).to_contain_text("0% missing")
    expect(status.get_by_role("listitem")).to_have_text(["paid75%", "cancelled25%"])
    widths = status.get_by_role("listitem").locator("rect").evaluate_all("all => all.map((one) => one.getBBox().width)")
    assert widths[0] == pytest.approx(3 * widths[1], rel=0.01)
    details = status.get_by_role("button", name="Details of status")
    details.click()
    expect(details).to_have_attribute("aria-expanded", "true")
    expect(status).to_contain_text("orders.status; TEXT")
    expect(status.get_by_role("definition").filter(has_text="cancelled").last).to_be_visible()
    details.click()
    expect(status).not_to_contain_text("orders.status; TEXT")


def test_figures_are_shown_to_their_last_digit(visit: Visit, cli: CommandLine) -> None:
    figures = cli.database(
        "CREATE TABLE figures(code INTEGER, serial INTEGER, part REAL, far REAL)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO figures "
        "SELECT 9007199254740993, 9223372036854773807 + i, i * 2e-10, i * 1e300 FROM n",
        name="figures.db",
    )
    assert cli("extract", figures).code == 0
    page = visit().open("/?source=figures&table=figures")
    # Those of JavaScript are exact up to 9,007,199,254,740,991.
    expect(column(page, "code").get_by_role("listitem")).to_have_text("9007199254740993100%")
    expect(column(page, "serial")).to_contain_text("9,223,372,036,854,773,808")
    expect(column(page, "serial")).to_contain_text("9,223,372,036,854,775,807")
    expect(column(page, "part")).to_contain_text("2E-10median 2.001E-74E-7")
    expect(column(page, "far")).to_contain_text("2E303")
    told = page.evaluate(
        """async () => {
          const { kpiCard } = await import('/web/kpis.js');
          return kpiCard({ id: 1, title: '', value: '9,007,199,254,740,993.10 EUR' }).textContent;
        }"""
    )
    assert told == "€9,007,199,254,740,993.10"


def test_little_is_not_told_of_as_nothing_nor_nearly_all_as_all(visit: Visit, cli: CommandLine) -> None:
    shares = cli.database(
        "CREATE TABLE shares(often TEXT, seldom TEXT)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO shares "
        "SELECT CASE WHEN i > 1 THEN 'yes' END, CASE WHEN i = 1 THEN 'yes' END FROM n",
        name="shares.db",
    )
    assert cli("extract", shares).code == 0
    page = visit().open("/?source=shares&table=shares")
    expect(column(page, "often")).to_contain_text("< 0.1% missing")
    expect(column(page, "often").get_by_role("listitem")).to_have_text("yes> 99.9%")
    expect(column(page, "seldom")).to_contain_text("> 99.9% missing")


def test_keys_lead_to_what_they_refer_to_and_back(visit: Visit, catalogued: str) -> None:
    page = visit().open("/?source=shop&table=reviews")
    expect(column(page, "stars")).to_contain_text("20% missing")
    expect(column(page, "customer_id")).to_contain_text("inferred 100%")
    column(page, "customer_id").get_by_role("link", name="customers.id").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("customers")
    expect(column(page, "id")).to_have_attribute("aria-current", "true")
    expect(column(page, "id")).to_be_focused()
    expect(column(page, "email")).to_contain_text("personal data")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("reviews")
    page.get_by_role("link", name="shop", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Catalogue")


def test_a_deep_link_shows_the_column_wherever_it_is(visit: Visit, cli: CommandLine) -> None:
    names = [f"measure_{number}" for number in range(120)]
    wide = cli.database(f"CREATE TABLE wide({', '.join(f'{name} REAL' for name in names)})", name="wide.db")
    assert cli("extract", wide).code == 0
    page = visit().open("/?source=wide&table=wide&column=measure_97")
    expect(column(page, "measure_97")).to_be_in_viewport()
    expect(column(page, "measure_0")).not_to_be_in_viewport()
    place = page.evaluate("scrollY")
    column(page, "measure_97").get_by_role("button", name="Details").click()
    expect(column(page, "measure_97")).to_contain_text("wide.measure_97; REAL")
    assert cli("catalog", "describe", "wide.measure_98", "by somebody else").code == 0
    expect(column(page, "measure_98")).to_contain_text("by somebody else")
    expect(column(page, "measure_97")).to_contain_text("wide.measure_97; REAL")
    assert page.evaluate("scrollY") == place


def test_a_table_that_is_not_there(visit: Visit, cli: CommandLine, catalogued: str) -> None:
    page = visit().open("/?source=shop&table=nothing")
    expect(page.get_by_role("main")).to_contain_text("There is no such table")
    page.get_by_role("link", name="shop", exact=True).click()
    page.get_by_role("link", name="reviews").first.click()
    expect(column(page, "stars")).to_be_visible()
    cli.database("DROP TABLE reviews", name="shop.db")
    assert cli("extract", "shop").code == 0
    expect(page.get_by_role("main")).to_contain_text("There is no such table")


def test_a_person_describes_and_everybody_reads_it(visit: Visit, catalogued: str) -> None:
    visitor = visit()
    page, other = visitor.open("/?source=shop&table=orders"), visitor.open("/?source=shop&table=orders")
    status = column(page, "status")
    expect(status).to_contain_text("generated")
    edit = status.get_by_role("button", name="Edit the description of status")
    edit.focus()
    page.keyboard.press("Enter")
    field = page.get_by_role("textbox", name="Description of status")
    expect(field).to_be_focused()
    field.fill("   ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("A description cannot be blank")
    field.fill("Where the\nparcel <b>is</b>")
    page.keyboard.press("Control+Enter")
    expect(status).to_contain_text("parcel <b>is</b>")
    expect(status).to_contain_text("written by a person")
    expect(edit).to_be_focused()
    expect(column(other, "status")).to_contain_text("parcel <b>is</b>")
    other.get_by_role("button", name="Edit the description of orders").click()
    other.get_by_role("textbox", name="Description of orders").fill("What people buy")
    other.get_by_role("button", name="Save").click()
    expect(page.get_by_role("article")).to_contain_text("What people buy")


def test_whoever_types_is_not_put_out_by_a_column_that_vanishes_before(
    visit: Visit, cli: CommandLine, catalogued: str
) -> None:
    page = visit().open("/?source=shop&table=orders")
    column(page, "status").get_by_role("button", name="Edit").click()
    field = page.get_by_role("textbox", name="Description of status")
    expect(field).to_be_focused()
    cli.database("ALTER TABLE orders DROP COLUMN amount", name="shop.db")
    assert cli("extract", "shop").code == 0
    expect(column(page, "amount")).to_have_count(0)
    expect(field).to_be_focused()


def test_what_is_being_typed_is_nobody_elses(visit: Visit, cli: CommandLine, catalogued: str) -> None:
    page = visit().open("/?source=shop&table=orders")
    for name in ("amount", "status"):
        column(page, name).get_by_role("button", name="Edit").click()
    amount = page.get_by_role("textbox", name="Description of amount")
    status = page.get_by_role("textbox", name="Description of status")
    amount.fill("half a thou")
    status.fill("half a sente")
    status.press("ArrowLeft")
    assert cli("catalog", "describe", "orders.amount", "somebody else's").code == 0
    assert cli("catalog", "describe", "orders.customer_id", "seen by now").code == 0
    expect(column(page, "customer_id")).to_contain_text("seen by now")
    expect(amount).to_have_value("half a thou")
    expect(status).to_have_value("half a sente")
    expect(status).to_be_focused()
    page.keyboard.type("nc")
    expect(status).to_have_value("half a sentnce")
    page.get_by_role("link", name="shop", exact=True).click()
    page.go_back()
    expect(status).to_have_value("half a sentnce")
    status.press("Escape")
    expect(status).to_have_count(0)
    amount.press("Escape")
    expect(column(page, "amount")).to_contain_text("somebody else's")
