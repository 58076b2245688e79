"""Bounded samples: rows from all over a table, always the same, at a cost that is not that of the table."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import psycopg
import pytest
from real_sources import Open, profile_of

from catalogctl.domain.catalogue import Basis, TableProfile


def is_spread(found: TableProfile, *, rows: int, of: int) -> bool:
    """True when a sample of about *rows* rows of a column ``x`` that counts up to *of* comes from all over it."""
    x = found.columns["x"]
    assert found.basis is Basis.SAMPLE
    assert 0.6 * rows <= found.rows_profiled <= rows
    assert x.distinct_count == found.rows_profiled, "no row twice"
    assert x.min < 0.05 * of
    assert x.max > 0.95 * of
    assert x.median == pytest.approx(of / 2, rel=0.15)
    return True


def fill_postgresql(url: str, rows: int, *, is_analysed: bool = True) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (x bigint, text text) WITH (autovacuum_enabled = false)")
        connection.execute(f"INSERT INTO t SELECT x, 'row ' || x FROM generate_series(1, {rows}) AS x".encode())
        if is_analysed:
            connection.execute("ANALYZE t")


@pytest.mark.parametrize("rows", [300, 20_000])
@pytest.mark.parametrize("of", [50_000, 1_500_000])
def test_postgresql(postgresql_database: str, open_source: Open, rows: int, of: int) -> None:
    fill_postgresql(postgresql_database, of)
    reader = open_source(postgresql_database)
    found = profile_of(reader, "t", sample=rows)
    assert is_spread(found, rows=rows, of=of)
    assert found.row_count == pytest.approx(of, rel=0.02)
    assert found.row_count_is_estimate == (of > 1_000_000)
    assert found == profile_of(reader, "t", sample=rows)


def test_large_table_of_postgresql_that_was_never_analysed(postgresql_database: str, open_source: Open) -> None:
    fill_postgresql(postgresql_database, 1_500_000, is_analysed=False)
    found = profile_of(open_source(postgresql_database), "t", sample=5000)
    assert is_spread(found, rows=5000, of=1_500_000)
    assert (found.row_count, found.row_count_is_estimate) == (pytest.approx(1_500_000, rel=0.05), True)


def test_large_view_of_postgresql_is_estimated_and_says_that_its_first_rows_are_taken(
    postgresql_database: str, open_source: Open
) -> None:
    fill_postgresql(postgresql_database, 1_200_000)
    with psycopg.connect(postgresql_database, autocommit=True) as connection:
        connection.execute("CREATE VIEW v AS SELECT x FROM t")
    found = profile_of(open_source(postgresql_database), "v", sample=100)
    assert (found.row_count, found.row_count_is_estimate) == (pytest.approx(1_200_000, rel=0.05), True)
    assert "first rows" in found.notes[0].message


def numbered(database: sqlite3.Connection, rows: int) -> None:
    database.execute("CREATE TABLE t (x INTEGER PRIMARY KEY, y TEXT)")
    database.execute(
        "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?) "
        "INSERT INTO t SELECT x, 'r' || x FROM n",
        [rows],
    )


@pytest.mark.parametrize("rows", [300, 20_000])
@pytest.mark.parametrize("of", [50_000, 1_500_000])
def test_sqlite(tmp_path: Path, open_source: Open, rows: int, of: int) -> None:
    path = tmp_path / "t.db"
    with closing(sqlite3.connect(path)) as database, database:
        numbered(database, of)
    reader = open_source(path)
    found = profile_of(reader, "t", sample=rows)
    assert is_spread(found, rows=rows, of=of)
    assert (found.row_count, found.row_count_is_estimate) == (of, of > 1_000_000)
    assert found == profile_of(reader, "t", sample=rows)


def test_sqlite_whose_row_numbers_have_holes(tmp_path: Path, open_source: Open) -> None:
    path = tmp_path / "t.db"
    with closing(sqlite3.connect(path)) as database, database:
        numbered(database, 3_000_000)
        database.execute("DELETE FROM t WHERE x % 3 = 0")
    found = profile_of(open_source(path), "t", sample=2000)
    assert is_spread(found, rows=2000, of=3_000_000)
    assert (found.row_count, found.row_count_is_estimate) == (pytest.approx(2_000_000, rel=0.1), True)


def test_sqlite_whose_row_numbers_lie_in_clusters(tmp_path: Path, open_source: Open) -> None:
    path = tmp_path / "t.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE t (x INTEGER PRIMARY KEY)")
        for start in (0, 10**12, 10**15):
            database.executemany("INSERT INTO t VALUES (?)", [(start + x,) for x in range(3000)])
    found = profile_of(open_source(path), "t", sample=600)
    assert (found.row_count, found.row_count_is_estimate) == (9000, False)
    assert 300 <= found.rows_profiled <= 600
    x = found.columns["x"]
    assert (x.min, x.max >= 10**15) == (0, True), "each cluster has its part"


def test_sqlite_without_row_numbers_says_that_its_first_rows_are_taken(tmp_path: Path, open_source: Open) -> None:
    path = tmp_path / "t.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE t (x TEXT PRIMARY KEY) WITHOUT ROWID")
        database.executemany("INSERT INTO t VALUES (?)", [(f"{x:05}",) for x in range(1000)])
    found = profile_of(open_source(path), "t", sample=10)
    assert (found.row_count, found.columns["x"].max) == (1000, "00009")
    assert "first rows" in found.notes[0].message


def steps_of_sqlite(path: Path, open_source: Open, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many thousands of SQLite's instructions a sample of 1,000 rows takes."""
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    connect: Callable[..., sqlite3.Connection] = sqlite3.connect

    def counted(*arguments: object, **options: object) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.set_progress_handler(step, 1000)
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", counted)
        assert profile_of(open_source(path), "t", sample=1000).basis is Basis.SAMPLE
    return count


def test_cost_does_not_grow_with_the_table(tmp_path: Path, open_source: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = []
    for of in (1_200_000, 3_600_000):
        path = tmp_path / f"{of}.db"
        with closing(sqlite3.connect(path)) as database, database:
            numbered(database, of)
        steps.append(steps_of_sqlite(path, open_source, monkeypatch))
    assert 0 < steps[1] < 1.2 * steps[0]


@pytest.mark.parametrize("rows", [300, 20_000])
@pytest.mark.parametrize("of", [50_000, 3_000_000])
def test_duckdb(tmp_path: Path, open_source: Open, rows: int, of: int) -> None:
    path = tmp_path / "t.duckdb"
    with closing(duckdb.connect(str(path))) as database:
        database.execute(f"CREATE TABLE t AS SELECT range + 1 AS x, 'row ' || range AS y FROM range({of})")
    reader = open_source(path)
    found = profile_of(reader, "t", sample=rows)
    assert is_spread(found, rows=rows, of=of)
    assert (found.row_count, found.row_count_is_estimate) == (of, False)
    assert found == profile_of(reader, "t", sample=rows)


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_files(tmp_path: Path, open_source: Open, suffix: str) -> None:
    path = tmp_path / f"t.{suffix}"
    duckdb.sql(f"COPY (SELECT range + 1 AS x FROM range(800_000)) TO '{path}'")
    found = profile_of(open_source(path), "t", sample=5000)
    assert is_spread(found, rows=5000, of=800_000)
    assert (found.row_count, found.row_count_is_estimate) == (800_000, False)
