import csv
import io
import json
import os
from itertools import groupby
from pathlib import Path

import pytest
from command_line import CommandLine


@pytest.fixture
def shop(cli: CommandLine) -> CommandLine:
    cli.database(
        "CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT, note TEXT)",
        "CREATE TABLE purchase (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customer(id))",
        "INSERT INTO customer(email, note) VALUES ('ada@example.org', 'a|b\nc'), ('bo@example.org', NULL)",
    )
    assert cli("extract", "shop.db").code == 0
    return cli


@pytest.mark.parametrize("environ", [{}, {"PYTHONUNBUFFERED": "1"}])
def test_a_reader_that_leaves_in_the_midst_of_a_long_line_is_told_of(cli: CommandLine, environ: dict[str, str]) -> None:
    cli("extract", cli.database(f"CREATE TABLE wide ({', '.join(f'column_{i}' for i in range(500))})"))
    export = cli.start("catalog", "export", "--json", **environ)
    assert export.process.stdout is not None
    assert os.read(export.process.stdout.fileno(), 1) == b"{"
    export.process.stdout.close()
    assert export.process.wait(20) == 141


def test_the_catalogue_is_exported_as_json_csv_and_markdown(shop: CommandLine) -> None:
    document = json.loads(shop("catalog", "export").out)
    assert [table["name"] for table in document["catalog"][0]["tables"]] == ["customer", "purchase"]
    line = shop("catalog", "export", "--json").lines
    assert len(line) == 1
    assert json.loads(line[0]) == document
    assert shop("catalog", "show", "--json").records == document["catalog"]
    rows = list(csv.DictReader(io.StringIO(shop("catalog", "export", "--format", "csv").out)))
    assert [(row["table"], row["column"], row["position"]) for row in rows] == [
        (table["name"], column["name"], str(column["position"]))
        for table in document["catalog"][0]["tables"]
        for column in sorted(table["columns"], key=lambda column: column["position"])
    ]
    assert {row["column"]: row["foreign_key"] for row in rows}["customer_id"] == "customer.id"
    note = next(row for row in rows if row["column"] == "note")
    assert json.loads(note["samples"]) == ["a|b\nc"]
    assert note["null_rate"] == "0.5"
    words = shop("catalog", "export", "--format", "md").out
    assert words.startswith("# shop\n")
    assert "## customer" in words
    for is_table, lines in groupby(words.splitlines(), key=lambda line: line.startswith("|")):
        bars = {line.count("|") - line.count("\\|") for line in lines}
        assert not is_table or len(bars) == 1


def test_without_profiles_the_export_says_nothing_of_the_data(shop: CommandLine) -> None:
    document = json.loads(shop("catalog", "export", "--no-profile").out)
    assert "profile" not in document["catalog"][0]["tables"][0]["columns"][0]


def test_one_table_is_shown_however_it_is_named(shop: CommandLine) -> None:
    columns = shop("catalog", "show", "shop", "purchase").lines
    assert [line.split("\t")[0] for line in columns] == ["id", "customer_id"]
    assert columns == shop("catalog", "show", "shop.purchase").lines == shop("catalog", "show", "purchase").lines
    shop.database("CREATE TABLE purchase (other)", name="stock.db")
    shop("extract", "stock.db", "--quiet")
    # With two sources a table alone could be of either.
    either = shop("catalog", "show", "purchase", "--json")
    assert (either.code, either.error["code"]) == (5, "table_not_found")
    assert "shop.purchase, stock.purchase" in either.error["detail"]
    assert shop("catalog", "show", "stock.purchase").lines[0].startswith("other\t")
    assert shop("catalog", "show", "customer").lines[0].startswith("id\t")


def test_one_column_is_shown_with_all_that_is_known_of_it(shop: CommandLine) -> None:
    shop("catalog", "describe", "customer.email", "Where they are written to.")
    facts = dict(line.split("\t") for line in shop("catalog", "show", "customer.email").lines)
    assert (facts["column"], facts["type"]) == ("shop.customer.email", "TEXT")
    assert (facts["description"], facts["described by"]) == ("Where they are written to.", "person")
    assert (facts["rows"], facts["null"], facts["distinct"]) == ("2", "0 (0%)", "2 (100%)")
    assert facts["samples"] == "ada@example.org, bo@example.org"
    [record] = shop("catalog", "show", "shop", "CUSTOMER.Email", "--json").records
    assert (record["name"], record["profile"]["distinct_count"]) == ("email", 2)
    assert dict(line.split("\t") for line in shop("catalog", "show", "purchase.customer_id").lines)["key"] == (
        "-> customer.id"
    )
    mistyped = shop("catalog", "show", "customer.emial")
    assert (mistyped.code, mistyped.out) == (5, "")
    assert "shop.customer.email" in mistyped.err


def test_a_source_with_a_dot_in_its_name_is_found_before_its_tables(cli: CommandLine) -> None:
    cli("sources", "add", "shop.eu", cli.database("CREATE TABLE t(a)"))
    cli("extract", "shop.eu")
    assert cli("catalog", "show", "shop.eu").lines[0].split("\t")[:2] == ["shop.eu", "t"]
    assert cli("catalog", "show", "shop.eu.t").lines[0].split("\t")[0] == "a"


def test_what_is_not_in_the_catalogue_is_not_found(shop: CommandLine) -> None:
    assert shop("catalog", "show", "shop", "nothing", "--json").error["code"] == "table_not_found"
    assert shop("catalog", "show", "shop", "nothing").code == 5
    assert shop("catalog", "export", "nothing").code == 5
    assert shop("jobs", "show", "99").code == 5


def test_an_empty_catalogue_says_how_to_fill_it(cli: CommandLine) -> None:
    done = cli("catalog", "show")
    assert (done.code, done.out) == (0, "")
    assert "catalogctl extract SOURCE" in done.err
    cli("sources", "add", "mine", cli.database("CREATE TABLE t(a)"))
    assert "catalogctl extract mine" in cli("catalog", "show", "mine").err
    assert cli("catalog", "export").out == '{\n  "catalog": []\n}\n'
    words = cli("catalog", "export", "--format", "md")
    assert (words.code, words.out) == (0, "")
    assert "catalogctl extract" in words.err


def test_sources_are_added_listed_tried_and_forgotten(cli: CommandLine) -> None:
    path = cli.database("CREATE TABLE t(a)")
    added = cli("sources", "add", "mine", path, "--json")
    assert added.code == 0, added.err
    assert added.records[0]["location"] == str(cli.folder / path)
    assert cli("sources", "list").lines == [f"mine\tsqlite\t\t{cli.folder / path}"]
    assert cli("sources", "list", "--json").records == added.records
    assert cli("sources", "test", "mine").lines == ["ok\tmine\t1 table"]
    (cli.folder / path).unlink()
    failed = cli("sources", "test", "mine", "--json")
    assert failed.code == 1
    assert failed.records[0]["status"] == "error"
    assert cli("sources", "remove", "mine").code == 0
    assert cli("sources", "list").lines == []
    assert cli("sources", "remove", "mine").code == 5


def test_a_name_is_taken_only_once(cli: CommandLine) -> None:
    cli("sources", "add", "mine", cli.database("CREATE TABLE t(a)", name="one.db"))
    done = cli("sources", "add", "mine", cli.database("CREATE TABLE t(a)", name="two.db"), "--json")
    assert done.code == 6
    assert done.error["code"] == "source_exists"


def test_passwords_are_never_shown(cli: CommandLine) -> None:
    url = "postgresql://ada:hunter2secret@127.0.0.1:1/shop"
    calls = [
        cli("sources", "add", "remote", url),
        cli("sources", "add", "remote", url, "--json"),
        cli("sources", "list"),
        cli("sources", "list", "--json"),
        cli("sources", "test", "remote"),
        cli("extract", "remote", "--verbose"),
        cli("runs", "show"),
        cli("events", "tail", "--since", "earliest", "--limit", "4", "--json"),
        cli("doctor"),
    ]
    assert calls[0].code == 0, calls[0].err
    for call in calls:
        assert "hunter2secret" not in call.out + call.err
    assert "***" in calls[2].out


def test_a_registered_name_wins_over_a_file_of_the_same_name(cli: CommandLine) -> None:
    cli("sources", "add", "shop", cli.database("CREATE TABLE registered(a)", name="elsewhere.db"))
    cli.database("CREATE TABLE lying_here(a)", name="shop")
    assert cli("extract", "shop").code == 0
    assert [line.split("\t")[1] for line in cli("catalog", "show", "shop").lines] == ["registered"]
    assert cli("extract", "./shop").code == 0
    assert [line.split("\t")[1] for line in cli("catalog", "show", "shop-2").lines] == ["lying_here"]


def test_what_is_neither_a_name_nor_a_file_is_not_found(cli: CommandLine) -> None:
    for name in ("nothing", "nothing.db", "./nothing.db", str(Path("/nowhere/at/all.db"))):
        done = cli("extract", name, "--json")
        assert (name, done.code) == (name, 5)
        assert done.error["code"] == "source_not_found"


def test_without_a_source_the_only_one_is_meant(cli: CommandLine) -> None:
    assert cli("extract", "--json").error["code"] == "source_not_chosen"
    assert cli("extract").code == 2
    cli("sources", "add", "one", cli.database("CREATE TABLE t(a)", name="one.db"))
    assert cli("extract").code == 0
    cli("sources", "add", "two", cli.database("CREATE TABLE t(a)", name="two.db"))
    done = cli("extract")
    assert done.code == 2
    assert "'one'" in done.err
    assert "'two'" in done.err
