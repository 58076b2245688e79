"""The keys of a source as a diagram: a module of its own, and what people see of it."""

import random
import re
from itertools import pairwise
from typing import Any

from browsing import Visit
from command_line import CommandLine
from playwright.sync_api import Page, expect

Table = dict[str, Any]


def table(name: str, *declared: str, inferred: tuple[str, ...] = ()) -> Table:
    """A table as the module takes it, with the tables that it refers to."""
    return {
        "name": name,
        "foreign_keys": [{"referred_table": to} for to in declared],
        "inferred_keys": [{"referred_table": to} for to in inferred],
    }


def plan(page: Page, tables: list[Table]) -> Any:
    """Where the module puts the tables, and the lines between them."""
    return page.evaluate(
        """async (tables) => {
          const { plan } = await import('/web/diagram.js');
          const { lines, spots, width, height } = plan(tables);
          return { lines, spots: Object.fromEntries(spots), width, height };
        }""",
        tables,
    )


def assert_apart(spots: dict[str, dict[str, float]]) -> None:
    placed = sorted((spot["x"], spot["y"]) for spot in spots.values())
    for (x, y), (next_x, next_y) in pairwise(placed):
        assert next_x - x >= 176 or (next_x == x and next_y - y >= 30)


def test_whoever_refers_stands_on_the_left_of_whom_it_refers_to(visit: Visit) -> None:
    page = visit().open("/")
    tables = [
        table("items", "orders", "products"),
        table("orders", "people", inferred=("people", "shops")),
        table("people", "people"),
        table("products"),
        table("shops"),
        table("lonely", "gone"),
        table("hen", "egg"),
        table("egg", "hen"),
    ]
    drawn = plan(page, tables)
    spots = drawn["spots"]
    lines = {(line["from"], line["to"]): line["isDeclared"] for line in drawn["lines"]}
    assert lines == {
        ("items", "orders"): True,
        ("items", "products"): True,
        ("orders", "people"): True,
        ("orders", "shops"): False,
        ("people", "people"): True,
        ("hen", "egg"): True,
        ("egg", "hen"): True,
    }
    assert set(spots) == {"items", "orders", "people", "products", "shops", "hen", "egg"}
    for start, end in set(lines) - {("people", "people"), ("egg", "hen"), ("hen", "egg")}:
        assert spots[start]["x"] < spots[end]["x"]
    assert_apart(spots)
    assert plan(page, tables) == drawn

    # Neighbours are level: what could be drawn without a crossing is.
    pairs = [table(name, f"to_{name}") for name in "abcdefgh"] + [table(f"to_{name}") for name in "hgfedcba"]
    spots = plan(page, pairs)["spots"]
    assert all(spots[name]["y"] == spots[f"to_{name}"]["y"] for name in "abcdefgh")


def test_a_key_passes_no_table_but_those_that_it_is_about(visit: Visit) -> None:
    page = visit().open("/")
    chance = random.Random(8)
    names = [f"t{number}" for number in range(40)]
    tables = [table(name, *chance.sample(names[:number], min(number, 2))) for number, name in enumerate(names)]
    tables += [table("hen", "chick"), table("chick", "egg"), table("egg", "hen")]
    hidden = page.evaluate(
        """async (tables) => {
          const { diagram } = await import('/web/diagram.js');
          const { show } = await import('/web/dom.js');
          show(document.querySelector('main'), diagram('shop', tables));
          const figure = document.querySelector('main figure');
          const boxes = [...figure.querySelectorAll('a')].map((link) => {
            const box = link.querySelector('svg');
            const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((name) => Number(box.getAttribute(name)));
            return { name: link.querySelector('title').textContent, x, y, width, height };
          });
          const isIn = (point, { x, y, width, height }) =>
            point.x > x && point.x < x + width && point.y > y && point.y < y + height;
          return [...figure.querySelector('.keys').querySelectorAll('path')].flatMap((path) => {
            const ends = [path.dataset.from, path.dataset.to];
            const step = path.getTotalLength() / 120;
            const points = Array.from({ length: 120 }, (_, index) => path.getPointAtLength(index * step));
            return boxes.filter((box) => !ends.includes(box.name) && points.some((point) => isIn(point, box)))
              .map(({ name }) => [...ends, name].join());
          });
        }""",
        tables,
    )
    assert hidden == []


def test_two_hundred_tables_do_not_cover_each_other(visit: Visit) -> None:
    page = visit().open("/")
    chance = random.Random(5)
    names = [f"t{number}" for number in range(200)]
    tables = [table(name, *chance.sample(names, chance.randrange(4))) for name in names]
    drawn = plan(page, tables)
    assert len(drawn["spots"]) > 150
    assert_apart(drawn["spots"])
    for spot in drawn["spots"].values():
        assert 0 <= spot["x"] <= drawn["width"] - 176
        assert 0 <= spot["y"] <= drawn["height"] - 30
    assert drawn["height"] < 1200


def test_keys_are_seen_heard_and_followed(visit: Visit, cli: CommandLine, shop: str) -> None:
    cli.database(
        "CREATE TABLE reviews(id INTEGER PRIMARY KEY, customer_id INTEGER)",
        "INSERT INTO reviews SELECT id, id FROM customers",
        name=shop,
    )
    assert cli("refresh", shop).code == 0
    page = visit().open("/")
    keys = page.get_by_role("figure")
    expect(keys).to_contain_text("declared")
    expect(keys.get_by_role("link")).to_have_count(3)
    expect(keys.get_by_role("link", name="orders → customers", exact=True)).to_be_visible()
    expect(keys.get_by_role("link", name="reviews → customers", exact=True)).to_be_visible()
    drawing = keys.get_by_role("group", name="Keys")
    dashes = "all => all.map((one) => getComputedStyle(one).strokeDasharray)"
    assert drawing.locator("path.declared").evaluate_all(dashes) == ["none"]
    [dash] = drawing.locator("path.inferred").evaluate_all(dashes)
    assert re.search(r"\d", dash)
    lit = drawing.locator("path.lit")
    keys.get_by_role("link", name="reviews → customers").hover()
    expect(lit).to_have_count(1)
    expect(lit).to_have_attribute("data-from", "reviews")
    keys.get_by_role("link", name="customers", exact=True).focus()
    expect(lit).to_have_count(2)
    page.evaluate("window.isSamePage = true")
    keys.get_by_role("link", name="reviews → customers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("reviews")
    assert page.evaluate("window.isSamePage")
