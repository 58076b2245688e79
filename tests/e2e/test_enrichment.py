"""Meaning by rules, over a real database: the same words with a server and without one."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from command_line import CommandLine

SHOP = (
    "CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT, city TEXT)",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, ordered_at TEXT, total_amount REAL)",
    (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) "
        "INSERT INTO customers SELECT i, 'c' || i || '@example.org', 'Lyon' FROM n"
    ),
    (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600) "
        "INSERT INTO orders SELECT i, 1 + i % 200, date('2025-01-01', '+' || (i / 2) || ' days'), 10 + i % 7 FROM n"
    ),
)


@pytest.fixture(params=["store", "server"])
def shop(request: pytest.FixtureRequest, cli: CommandLine) -> Iterator[CommandLine]:
    """A source that is not extracted yet, with a server that has been found or without one."""
    cli.database(*SHOP)
    if request.param == "store":
        yield cli
        return
    with _serving(cli):
        yield cli


@contextmanager
def _serving(cli: CommandLine) -> Iterator[None]:
    server = cli.start("serve", "--port", "0")
    try:
        server.talk(lambda line: "serves" in line)
        yield
    finally:
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(20)


def test_a_refresh_extracts_and_explains_and_all_of_it_can_be_read(shop: CommandLine) -> None:
    done = shop("refresh", "shop.db")
    assert done.code == 0, done.err
    assert any("enrichment  Describe batch 1 of 1: running" in line for line in done.lines)
    ending = next(line for line in done.lines if "enrichment  completed: " in line)
    assert "2 tables" in ending
    assert "key figure" in ending
    assert "question" in ending
    figures = {record["title"]: record for record in shop("kpis", "--json").records}
    assert figures["Orders"]["value"] == "600"
    assert figures["Orders"]["sql"].startswith("SELECT")
    assert len(shop("kpis", "shop").lines) == len(figures) >= 4
    questions = shop("questions", "shop", "--json").records
    assert {"orders", "customers"} >= {name for question in questions for name in question["tables"]} != set()
    columns = {line.split("\t")[0]: line.split("\t") for line in shop("catalog", "show", "shop.orders").lines}
    assert columns["customer_id"][2] == "-> customers.id (inferred, 100% of values)"
    assert "inferred, 100% of values" in shop("catalog", "export", "--format", "md").out
    found = [line.split("\t")[:3] for line in shop("catalog", "search", "EMAIL").lines]
    assert ["shop", "customers", "email"] in found
    assert shop("llm", "costs", "--json").records[0]["total"]["total_calls"] == 0


def test_a_persons_words_outlive_enrichment_and_a_table_can_be_left_out(shop: CommandLine) -> None:
    assert shop("refresh", "shop.db").code == 0
    assert shop("catalog", "describe", "orders", "What was sold.").code == 0
    described = shop("catalog", "describe", "shop.customers.city", "Where they live.", "--json")
    assert (described.records[0]["description"], described.records[0]["is_described_by_person"]) == (
        "Where they live.",
        True,
    )
    assert shop("catalog", "toggle", "customers", "--json").records[0]["is_enabled"] is False
    assert shop("enrich", "shop", "--dry-run", "--json").records[0]["tables"] == ["orders"]
    again = shop("enrich", "shop")
    assert again.code == 0, again.err
    assert "completed: 1 table," in again.out
    tables = {line.split("\t")[1]: line.split("\t") for line in shop("catalog", "show", "shop").lines}
    assert (tables["orders"][7], tables["orders"][8]) == ("What was sold.", "person")
    assert tables["customers"][5] == "false"
    assert shop("catalog", "toggle", "customers").lines[0].split("\t")[5] == "true"
    assert shop("catalog", "search", "sold").lines[0].split("\t")[1] == "orders"


def test_a_dry_run_starts_nothing(shop: CommandLine) -> None:
    assert shop("extract", "shop.db").code == 0
    facts = dict(line.split("\t") for line in shop("enrich", "--dry-run").lines)
    assert (facts["model"], facts["tables"], facts["cost"]) == ("rules", "2: customers, orders", "$0")
    assert len(shop("runs", "list").lines) == 1
    assert shop("kpis").lines == shop("questions").lines == []


def test_what_cannot_be_meant_is_told(shop: CommandLine) -> None:
    shop("sources", "add", "shop", "shop.db")
    assert shop("enrich", "shop", "--dry-run", "--json").error["code"] == "nothing_selected"
    assert shop("extract", "shop").code == 0
    missing = shop("catalog", "describe", "ordrs", "x")
    assert (missing.code, missing.out) == (5, "")
    assert "shop.orders" in missing.err
    assert shop("catalog", "describe", "orders", "  ").code == 2
    assert shop("catalog", "search", " ").code == 2
    assert shop("kpis", "nobody").code == 5
    assert shop("enrich", "shop", "--model", "some", "--dry-run").code == 2
    other = shop.database("CREATE TABLE orders(id INTEGER)", name="other.db")
    assert shop("extract", other).code == 0
    ambiguous = shop("catalog", "toggle", "orders", "--json")
    assert ambiguous.code == 5
    assert "shop.orders" in ambiguous.error["detail"]
    assert "other.orders" in ambiguous.error["detail"]


def test_whoever_follows_the_key_figures_sees_new_ones(shop: CommandLine) -> None:
    assert shop("extract", "shop.db").code == 0
    follower = shop.start("kpis", "--follow")
    assert "no key figures" in follower.talk()
    assert shop("enrich", "--detach").code == 0
    assert follower.line().startswith("shop\t")
    follower.interrupt()
    assert follower.end().code == 130


def test_the_rules_answer_where_no_model_is_set_up(shop: CommandLine) -> None:
    status = shop("llm", "status")
    assert (status.code, status.lines[0].split("\t")[:2]) == (0, ["ok", "rules"])
    assert shop("llm", "models", "--json").records == [{"model": "rules"}]


def test_a_model_that_does_not_answer_is_told_by_the_exit_status(cli: CommandLine) -> None:
    done = cli("llm", "status", CATALOGCTL_LLM_URL="http://127.0.0.1:9/v1", CATALOGCTL_LLM_MODEL="absent")
    assert (done.code, done.lines[0].split("\t")[:2]) == (1, ["bad", "absent"])
    undecided = cli("llm", "status", CATALOGCTL_LLM_URL="http://127.0.0.1:9/v1")
    assert (undecided.code, undecided.lines[0].split("\t")[:2]) == (1, ["bad", "model"])
    assert "catalogctl llm models" in undecided.out
