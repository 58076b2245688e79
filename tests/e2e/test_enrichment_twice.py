"""Enrichment again and again: nothing is doubled, a person's words stay, and what is left out is not looked at."""

import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from command_line import CommandLine
from enriching_house import SHOP, TABLES
from modelled_line import set_up
from scripted_mind import described, well
from scripted_model import Stage, opened_stage

pytestmark = pytest.mark.timeout(400)  # Many calls of the program, each of which a busy machine may take its time for.

MOVING = {"created_at", "updated_at"}


@pytest.fixture
def stage() -> Iterator[Stage]:
    with opened_stage() as scene:
        scene.is_led_by(well)
        yield scene


@pytest.fixture(params=["rules", "model"])
def writer(request: pytest.FixtureRequest, cli: CommandLine, stage: Stage) -> str:
    """Who writes the meaning."""
    if request.param == "model":
        set_up(cli, stage.url)
    return str(request.param)


@pytest.fixture
def shop(cli: CommandLine, writer: str) -> Iterator[CommandLine]:
    """The shop, extracted and enriched: by rules without a server, and by a model with one that has been found."""
    server = cli.start("serve", "--port", "0") if writer == "model" else None
    if server is not None:
        server.talk(lambda line: "serves" in line)
    done = cli("refresh", cli.database(*SHOP))
    assert done.code == 0, done.err
    yield cli
    if server is not None:
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 143


def still(value: Any) -> Any:
    """*value* without the times, which move."""
    if isinstance(value, dict):
        return {key: still(each) for key, each in value.items() if key not in MOVING}
    return [still(each) for each in value] if isinstance(value, list) else value


def exported(cli: CommandLine) -> Any:
    return json.loads(cli("catalog", "export", "--format", "json").out)


def everything(cli: CommandLine) -> Any:
    """All that enrichment writes, as the commands answer it."""
    return still([exported(cli), cli("kpis", "--json").records, cli("questions", "--json").records])


def tables(cli: CommandLine) -> dict[str, Any]:
    return {table["name"]: table for table in exported(cli)["catalog"][0]["tables"]}


def column(table: Any, name: str) -> Any:
    return next(column for column in table["columns"] if column["name"] == name)


def test_nothing_changes_and_nothing_is_doubled(shop: CommandLine) -> None:
    first = everything(shop)
    assert shop("enrich", "shop").code == 0
    assert everything(shop) == first
    assert shop("refresh", "shop").code == 0
    assert everything(shop) == first
    for command in ("kpis", "questions"):
        lines = shop(command).lines
        assert len(lines) == len(set(lines)) > 1
    for table in tables(shop).values():
        keys = [(key["columns"], key["referred_table"]) for key in table["foreign_keys"]]
        assert len({str(key) for key in keys}) == len(keys)
        for one in (table, *table["columns"]):
            assert len(one["synonyms"]) == len(set(one["synonyms"]))


def test_a_persons_words_stay_and_a_table_that_is_left_out_is_not_looked_at(
    shop: CommandLine, stage: Stage, writer: str
) -> None:
    assert shop("catalog", "describe", "orders", "What was sold.").code == 0
    assert shop("catalog", "describe", "orders.amount", "What was paid.").code == 0
    assert shop("catalog", "describe", "visits.pages", "How many pages were read.").code == 0
    assert shop("catalog", "toggle", "visits").code == 0
    before = tables(shop)
    stage.requests.clear()
    for command in ("enrich", "refresh"):
        assert shop(command, "shop").code == 0
        after = tables(shop)
        assert after["orders"]["description"] == "What was sold."
        assert column(after["orders"], "amount")["description"] == "What was paid."
        assert column(after["visits"], "pages")["description"] == "How many pages were read."
        assert after["visits"]["is_enabled"] is False
        assert still(after["visits"]["description"]) == before["visits"]["description"]
        assert after["orders"]["foreign_keys"] == before["orders"]["foreign_keys"]
        figures = [figure for figure in shop("kpis", "--json").records if "visit" in figure["sql"]]
        assert figures == []
        assert all("visits" not in question["tables"] for question in shop("questions", "--json").records)
    asked = [name for request in stage.requests for name in described(request)]
    assert asked == (["customers", "orders"] * 2 if writer == "model" else [])
    assert shop("catalog", "toggle", "visits").code == 0
    assert shop("enrich", "shop", "--table", "visits").code == 0
    assert tables(shop)["visits"]["is_enabled"] is True
    assert list(tables(shop)) == list(TABLES)


def test_one_table_again_leaves_the_others_and_the_figures_of_all(shop: CommandLine, stage: Stage, writer: str) -> None:
    before = everything(shop)
    stage.requests.clear()
    assert shop("enrich", "shop", "--table", "orders").code == 0
    assert everything(shop) == before
    asked = [name for request in stage.requests for name in described(request)]
    assert asked == (["orders"] if writer == "model" else [])
