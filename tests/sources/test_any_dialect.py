"""Servers that are known by their dialect of SQLAlchemy alone."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from plain_profile import is_near, plain_profile
from real_sources import Open, profile_of, table_of
from sqlalchemy.dialects import mssql, oracle, registry

from catalogctl.domain.catalogue import Basis
from catalogctl.domain.errors import SourceUnusable
from catalogctl.sources.drivers import SourceDrivers
from catalogctl.sources.engines.any_server import AnyServer
from catalogctl.sources.profile.kinds import Kind
from catalogctl.sources.profile.portable import PortableDialect
from catalogctl.sources.profile.statements import grouped, measured, middle, picked

_ROWS = [(x, f"name {x % 40}", x / 4 if x % 3 else None, f"2024-01-{x % 28 + 1:02}", b"\x00\x01") for x in range(500)]
_COLUMNS = ("id", "name", "amount", "day", "photo")


@pytest.fixture
def pocket(tmp_path: Path) -> Iterator[str]:
    """The URL of a database whose dialect is installed and not known."""
    registry.register("pocketbase", "sqlite_by_another_name", "PocketDialect")
    path = tmp_path / "pocket.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            'CREATE TABLE "Order" (id INTEGER PRIMARY KEY, name VARCHAR(20), amount FLOAT, day DATE, photo BLOB)'
        )
        database.executemany('INSERT INTO "Order" VALUES (?, ?, ?, ?, ?)', _ROWS)
        database.execute('CREATE TABLE line (id INTEGER PRIMARY KEY, "order" INTEGER REFERENCES "Order" (id))')
        database.execute('CREATE VIEW names AS SELECT DISTINCT name FROM "Order"')
    yield f"pocketbase:///{path}"
    registry.impls.pop("pocketbase", None)


def test_it_is_read_because_it_is_installed(pocket: str, drivers: SourceDrivers, open_source: Open) -> None:
    assert drivers.identify(pocket).kind == "pocketbase"
    metadata = open_source(pocket).metadata()
    assert [(table.name, table.is_view) for table in metadata.tables] == [
        ("Order", False),
        ("line", False),
        ("names", True),
    ]
    assert table_of(metadata, "line").foreign_keys[0].referred_table == "Order"
    assert [column.data_type for column in table_of(metadata, "Order").columns] == [
        "INTEGER",
        "VARCHAR(20)",
        "FLOAT",
        "DATE",
        "BLOB",
    ]


def test_figures_are_those_of_plain_python(pocket: str, open_source: Open) -> None:
    profile = profile_of(open_source(pocket), "Order")
    assert (profile.row_count, profile.is_exact, profile.notes) == (500, True, ())
    for name, values in zip(_COLUMNS[:4], list(zip(*_ROWS, strict=True))[:4], strict=True):
        found, expected = profile.columns[name], plain_profile(values)
        assert (found.null_count, found.distinct_count) == (expected.null_count, expected.distinct_count), name
        assert (found.min, found.max) == (expected.min, expected.max), name
        assert is_near(found.mean, expected.mean, scale=500), name
        assert is_near(found.median, expected.median, scale=500), name
        assert [(top.value, top.count) for top in found.top_values] == expected.top, name
    lengths = profile.columns["name"].text_length
    assert lengths is not None
    assert (lengths.min, lengths.max) == (6, 7)
    assert profile.columns["id"].is_key_candidate
    assert profile.columns["photo"].null_count == 0


def test_sample_is_bounded_and_says_that_it_is_of_the_first_rows(pocket: str, open_source: Open) -> None:
    found = profile_of(open_source(pocket), "Order", sample=50)
    assert (found.basis, found.row_count, found.rows_profiled) == (Basis.SAMPLE, 500, 50)
    assert "first rows" in found.notes[0].message


def test_estimate_falls_back_to_looking(pocket: str, open_source: Open) -> None:
    reader = open_source(pocket)
    assert reader.estimate(table_of(reader.metadata(), "Order")).is_exact


def test_queries_are_bounded_and_refusals_leave_the_connection_good(pocket: str, open_source: Open) -> None:
    reader = open_source(pocket)
    assert len(reader.query('SELECT * FROM "Order"', limit=3)) == 3
    reader.explain('SELECT COUNT(*) AS figure FROM "Order"')
    for ask in (reader.explain, lambda sql: reader.query(sql, limit=1)):
        with pytest.raises(Exception, match="refused a statement"):
            ask("SELECT no_such_function(1) AS figure")
    assert reader.query("SELECT 1", limit=1) == [(1,)]


def test_dialect_that_is_not_installed_is_told_with_what_to_install(drivers: SourceDrivers) -> None:
    for url, package in (
        ("trino://reader@db.invalid/hive", "trino[sqlalchemy]"),
        ("snowflake://reader@account/db", "snowflake-sqlalchemy"),
        ("bigquery://project", "sqlalchemy-bigquery"),
        ("clickhouse://reader@db.invalid/db", "clickhouse-sqlalchemy"),
    ):
        with pytest.raises(SourceUnusable) as caught:
            drivers.identify(url)
        assert f"pip install {package}" in (caught.value.hint or "").replace("'", "")


def test_dialect_that_nobody_has_heard_of_is_told(drivers: SourceDrivers) -> None:
    with pytest.raises(SourceUnusable, match="neverheard") as caught:
        drivers.identify("neverheard://db.invalid/db")
    assert "dialect is installed" in (caught.value.hint or "")


def test_driver_that_a_dialect_lacks_is_told(drivers: SourceDrivers) -> None:
    registry.register("pocketless", "sqlite_by_another_name", "DriverlessDialect")
    with pytest.raises(SourceUnusable, match="driver for pocketless") as caught:
        drivers.identify("pocketless:///x.db")
    assert "no_such_pocket_driver" in (caught.value.hint or "")


def test_statements_are_written_as_other_servers_want_them() -> None:
    """No Oracle, SQL Server or Firebird is at hand: at least none of what they do not know is written for them."""
    assert AnyServer(oracle.dialect()).proof("SELECT 1 AS one").startswith("SELECT"), "not all of them know EXPLAIN"
    groups = grouped(PortableDialect(oracle.dialect()), "t", "n", Kind.EXACT).partition("(SELECT")[2]
    assert "GROUP BY n" in groups
    assert "AS n" not in groups, "some of them would group by the count"
    for dialect, limit in ((oracle.dialect(), "FETCH FIRST 10 ROWS ONLY"), (mssql.dialect(), "TOP 10")):
        portable = PortableDialect(dialect)
        statement = picked(
            portable, Kind.TEXT, top=10, every=7, edges=(1, 9), middle=middle(portable, first=1, last=9, rows=30)
        ) + measured(portable, Kind.EXACT, "numbers")
        assert limit in statement
        assert "LIMIT" not in statement
        assert "_here" not in statement
        assert ("%" in statement) == (dialect.name == "mssql")
