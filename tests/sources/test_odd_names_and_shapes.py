"""Names and shapes that nobody would choose, on every engine that is made for rows."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import duckdb
import psycopg
import pytest
from real_sources import Open, everything, profile_of, table_of

from catalogctl.domain.ports.sources import SourceReader

Make = Callable[..., SourceReader]

NAMES = [
    "it's",
    'say "hi"',
    "two words",
    "new\nline",
    "tab\there",
    "🏷 price",
    "[red]danger[/red]",
    "\x1b[31mred",
    "100%",
    "%s %(x)s :name ?1 {0}",
    "a;DROP TABLE t;--",
    "sélection",
    "select",
    "back\\slash",
    "back`tick",
    "dot.ted",
    "rowid",
    "UPPER",
]


@pytest.fixture(params=["sqlite", "duckdb", "postgresql"])
def make(request: pytest.FixtureRequest, tmp_path: Path, open_source: Open) -> Make:
    """Runs statements on a new database of each engine, and opens it."""

    def build(*statements: str) -> SourceReader:
        if request.param == "postgresql":
            url = request.getfixturevalue("postgresql_database")
            with psycopg.connect(url, autocommit=True) as connection:
                for statement in statements:
                    connection.execute(statement.encode())
            return open_source(url)
        path = tmp_path / "shop.db"
        connect = sqlite3.connect if request.param == "sqlite" else duckdb.connect
        with closing(connect(str(path))) as database:
            for statement in statements:
                database.execute(statement)
            database.commit() if request.param == "sqlite" else None
        return open_source(path)

    return build


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def test_any_name_of_a_table_and_a_column_works(make: Make) -> None:
    columns = ", ".join(f"{quoted(name)} INTEGER" for name in NAMES)
    values = ", ".join(str(i) for i in range(len(NAMES)))
    reader = make(
        *(f"CREATE TABLE {quoted(name)} (a INTEGER)" for name in NAMES),
        *(f"INSERT INTO {quoted(name)} VALUES (7)" for name in NAMES),
        f"CREATE TABLE wide ({columns})",
        f"INSERT INTO wide VALUES ({values})",
    )
    found = everything(reader)
    assert set(found) == {*NAMES, "wide"}
    for name in NAMES:
        assert found[name].columns["a"].samples == (7,), name
    assert [found["wide"].columns[name].min for name in NAMES] == list(range(len(NAMES)))
    assert [column.name for column in table_of(reader.metadata(), "wide").columns] == NAMES
    assert not [note for one in found.values() for note in one.notes]


def test_sample_of_a_table_with_odd_names(make: Make) -> None:
    name = NAMES[1]
    reader = make(
        f"CREATE TABLE {quoted(name)} (rowid INTEGER, {quoted(NAMES[9])} INTEGER)",
        f"INSERT INTO {quoted(name)} VALUES (1, 1), (1, 2), (1, 3), (1, 4)",
    )
    assert 1 <= profile_of(reader, name, sample=2).rows_profiled <= 2


def test_table_without_rows(make: Make) -> None:
    found = profile_of(make("CREATE TABLE t (a INTEGER, b VARCHAR(9), c DOUBLE PRECISION)"), "t")
    assert (found.row_count, found.rows_profiled, found.is_exact) == (0, 0, True)
    for column in found.columns.values():
        assert (column.null_count, column.null_rate, column.distinct_count, column.distinct_rate) == (0, 0.0, 0, 0.0)
        assert (column.min, column.max, column.mean, column.median, column.samples) == (None, None, None, None, ())
        assert not column.is_key_candidate


def test_columns_of_nulls_alone(make: Make) -> None:
    reader = make("CREATE TABLE t (a INTEGER, b VARCHAR(9))", "INSERT INTO t VALUES (NULL, NULL), (NULL, NULL)")
    for column in profile_of(reader, "t").columns.values():
        assert (column.null_count, column.null_rate, column.distinct_count) == (2, 1.0, 0)
        assert (column.min, column.mean, column.text_length, column.top_values) == (None, None, None, ())


def test_key_candidates_are_whole_unique_and_without_nulls(make: Make) -> None:
    reader = make(
        "CREATE TABLE t (id INTEGER, code VARCHAR(9), holes INTEGER, twice INTEGER, measure DOUBLE PRECISION)",
        "INSERT INTO t VALUES (1, 'a', 1, 1, 0.5), (2, 'b', 2, 1, 1.5), (3, 'c', NULL, 2, 2.5)",
    )
    found = profile_of(reader, "t").columns
    assert [name for name, column in found.items() if column.is_key_candidate] == ["id", "code"]


def test_long_text_is_cut_where_it_is_shown_and_measured_whole(make: Make) -> None:
    reader = make("CREATE TABLE t (a VARCHAR(5000))", f"INSERT INTO t VALUES ('{'é' * 3000}'), ('{'é' * 2999}x')")
    column = profile_of(reader, "t").columns["a"]
    assert column.text_length is not None
    assert (column.text_length.min, column.text_length.max, column.distinct_count) == (3000, 3000, 2)
    assert all(len(value) <= 201 and value.endswith("…") for value in column.samples)


def test_profile_is_fit_for_json(make: Make) -> None:
    reader = make(
        "CREATE TABLE t (a INTEGER, b VARCHAR(9), d DATE, f DOUBLE PRECISION)",
        "INSERT INTO t VALUES (1, 'x', '2024-02-29', 1e300), (2, NULL, NULL, 1e-300)",
    )
    for found in everything(reader).values():
        text = json.dumps(asdict(found), allow_nan=False)
        assert "2024-02-29" in text


@pytest.mark.timeout(300)
def test_two_thousand_columns(tmp_path: Path, open_source: Open) -> None:
    path = tmp_path / "wide.db"
    width, rows = 2000, 200
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"CREATE TABLE wide ({', '.join(f'c{i} INTEGER' for i in range(width))})")
        for row in range(rows):
            database.execute(f"INSERT INTO wide VALUES ({', '.join(str(i + row) for i in range(width))})")
    found = profile_of(open_source(path), "wide")
    assert len(found.columns) == width
    assert (found.columns["c0"].min, found.columns["c1999"].max) == (0, 1999 + rows - 1)
    assert found.columns["c1234"].distinct_count == rows


def test_binary_values_are_counted_and_never_shown(tmp_path: Path, open_source: Open) -> None:
    path = tmp_path / "blobs.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE t (photo BLOB)")
        database.executemany("INSERT INTO t VALUES (?)", [(b"\x89PNG",), (b"\x89PNG",), (bytes(5),), (None,)])
    column = profile_of(open_source(path), "t").columns["photo"]
    assert (column.null_count, column.distinct_count, column.min, column.is_key_candidate) == (1, 2, None, False)
    assert set(column.samples) == {"<4 bytes>", "<5 bytes>"}
    assert (column.top_values[0].count, column.top_values[0].share) == (2, 0.5)
