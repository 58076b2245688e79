"""`store copy`: a store moves to another place with all that is in it, whatever interrupts."""

from contextlib import closing
from pathlib import Path

import pytest
from command_line import CommandLine, wait_until
from live_streams import Hand
from postgres_servers import place_of

from catalogctl.store.copying import TABLES
from catalogctl.store.sqlite import SqliteStore
from catalogctl.wiring.copying import _opened
from catalogctl.wiring.stores import place_at

ASKED = (
    ("runs", "list", "--json"),
    ("catalog", "show", "--json"),
    ("kpis", "--json"),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    (tmp_path / "moved").mkdir()
    return place_of(tmp_path / "moved") if request.param == "postgresql" else str(tmp_path / "moved" / "store.db")


def test_the_copy_answers_as_the_store_does_and_goes_on_where_it_ended(cli: CommandLine, target: str) -> None:
    file = cli.database(
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT)", "INSERT INTO customers VALUES (1, 'é')"
    )
    assert cli("refresh", file).code == 0
    copied = cli("store", "copy", "store.db", target, "--json")
    assert copied.code == 0, copied.err
    assert [record["table"] for record in copied.records] == [table.name for table in TABLES]
    assert {record["table"]: record["rows"] for record in copied.records}["runs"] == 1
    for words in ASKED:
        assert cli(*words, CATALOGCTL_STORE=target) == cli(*words)
    found = cli("catalog", "search", "customer", "--json", CATALOGCTL_STORE=target).records
    assert [hit["column"] for hit in found] == [None, "id", "name"]
    assert cli("extract", "shop", CATALOGCTL_STORE=target).code == 0
    assert [run["number"] for run in cli("runs", "list", "--json", CATALOGCTL_STORE=target).records] == [2, 1]
    assert cli("store", "copy", target, "back.db", "--quiet").code == 0
    assert cli("runs", "list", CATALOGCTL_STORE="back.db") == cli("runs", "list", CATALOGCTL_STORE=target)


def test_a_copy_that_was_killed_is_no_store_until_the_same_command_has_gone_on_with_it(
    cli: CommandLine, target: str
) -> None:
    with closing(SqliteStore.open(cli.folder / "store.db", on_commit=lambda: None)) as store:
        hand = Hand(store)
        for _ in range(60):
            hand.append(500, data={"text": "x" * 200})
    with closing(_opened(place_at(target), is_to_be_copied_into=True)) as made:
        copying = cli.start("store", "copy", "store.db", target)
        wait_until(made.is_half_copied)
        copying.process.kill()
        copying.process.wait()
        assert made.is_half_copied()
    refused = cli("runs", "list", CATALOGCTL_STORE=target)
    assert refused.code == 69
    assert "catalogctl store copy" in refused.err
    done = cli("store", "copy", "store.db", target)
    assert done.code == 0, done.err
    assert "are copied and compared" in done.err
    tail = ("events", "tail", "--since", "earliest", "--json", "--limit", "30000")
    assert cli(*tail, CATALOGCTL_STORE=target).out == cli(*tail).out


def test_what_cannot_be_copied_is_told(cli: CommandLine, target: str) -> None:
    missing = cli("store", "copy", "nothing.db", target)
    assert (missing.code, "there is no store at" in missing.err) == (5, True)
    assert not (cli.folder / "nothing.db").exists()
    away = cli("store", "copy", "postgresql://127.0.0.1:9/nowhere", target)
    assert (away.code, "127.0.0.1" in away.err) == (69, True)
    itself = cli("store", "copy", "store.db", "store.db")
    assert (itself.code, "itself" in itself.err) == (6, True)
    strange = cli("store", "copy", "store.db", cli.database("CREATE TABLE mine (x)", name="mine.db"))
    assert (strange.code, "mine.db" in strange.err) == (69, True)
    cli("extract", cli.endless(), "--detach")
    active = cli("store", "copy", "store.db", target)
    assert (active.code, "catalogctl runs cancel 1" in active.err) == (6, True)
    assert cli("runs", "cancel", "1").code == 0
