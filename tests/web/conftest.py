from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from browsing import Site, Visit, Visitor, running_browser, visiting
from command_line import CommandLine
from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Ended with the module: as long as playwright lives, its thread can run no other event loop, which tests of other
    # rooms do.
    with running_browser() as browser:
        yield browser


@pytest.fixture
def site(cli: CommandLine) -> Site:
    """A server on an empty store; the program of `cli` finds it."""
    return Site(cli)


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """Visit the site with a fresh profile; options are those of a playwright context."""
    with ExitStack() as stack:

        def visit(**options: Any) -> Visitor:
            return stack.enter_context(visiting(browser, options.pop("url", site.url), **options))

        yield visit


@pytest.fixture
def shop(cli: CommandLine) -> str:
    """A small shop as a source: two tables with a key between them."""
    return cli.database(
        "CREATE TABLE customers(id INTEGER PRIMARY KEY, email TEXT NOT NULL, city TEXT)",
        "CREATE TABLE orders(id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(id), "
        "ordered_at TEXT, amount REAL, status TEXT)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) "
        "INSERT INTO customers "
        "SELECT i, 'c' || i || '@example.org', CASE i % 3 WHEN 0 THEN 'Lyon' ELSE 'Köln' END FROM n",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) "
        "INSERT INTO orders SELECT i, 1 + i % 60, date('2025-01-01', '+' || i || ' days'), i * 1.5, "
        "CASE i % 4 WHEN 0 THEN 'cancelled' ELSE 'paid' END FROM n",
    )
