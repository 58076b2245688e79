"""Profiles by the statistics of PostgreSQL, and what stands in for them elsewhere."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import psycopg
import pytest
from real_sources import Open, table_of
from sqlalchemy import make_url

from catalogctl.domain.catalogue import Basis, TableProfile
from catalogctl.domain.ports.sources import SourceReader

_ROWS = 50_000
_MEASURES = f"""
CREATE TYPE mood AS ENUM ('sad', 'fine');
CREATE TABLE measures AS SELECT
    x::integer AS id, x % 4 AS few, CASE WHEN x % 5 = 0 THEN NULL ELSE x::numeric / 100 END AS amount,
    'user' || x || '@example.org' AS email, timestamptz '2024-01-01Z' + x * interval '1 minute' AS seen,
    (ARRAY['sad', 'fine'])[1 + x % 2]::mood AS m, x % 2 = 0 AS ok, ARRAY['a', 'b' || x % 3] AS tags,
    '{{}}'::json AS extra, decode(lpad(to_hex(x % 3), 4, '0'), 'hex') AS photo, rpad('c' || x % 2, 5)::char(5) AS code,
    1.5e0 * (x % 1000) AS "n", NULL::date AS never
    FROM generate_series(1, {_ROWS}) AS x;
"""


@pytest.fixture
def measures(postgresql_database: str) -> str:
    with psycopg.connect(postgresql_database, autocommit=True) as connection:
        connection.execute(_MEASURES.encode())
        connection.execute("ANALYZE measures")
    return postgresql_database


def estimate_of(reader: SourceReader, table: str) -> TableProfile:
    return reader.estimate(table_of(reader.metadata(), table))


def test_figures_are_near_the_exact_ones_and_marked(measures: str, open_source: Open) -> None:
    reader = open_source(measures)
    found = estimate_of(reader, "measures")
    exact = reader.profile(table_of(reader.metadata(), "measures"), sample=None)
    assert (found.basis, found.is_exact, found.row_count_is_estimate) == (Basis.STATISTICS, False, True)
    assert found.row_count == found.rows_profiled == pytest.approx(_ROWS, rel=0.01)
    assert set(found.columns) == set(exact.columns) - {"extra"}
    for name, column in found.columns.items():
        other = exact.columns[name]
        assert column.null_rate == pytest.approx(other.null_rate, abs=0.02), name
        assert column.distinct_count == pytest.approx(other.distinct_count, rel=0.1), name
        assert column.is_key_candidate == other.is_key_candidate, name
        if name in {"few", "ok", "m", "tags", "photo", "code"}:
            assert set(column.samples) == set(other.samples), name
            assert {top.value: top.share for top in column.top_values} == pytest.approx(
                {top.value: top.share for top in other.top_values}, abs=0.02
            ), name
    for name in ("id", "amount", "n"):
        column, other = found.columns[name], exact.columns[name]
        assert column.median == pytest.approx(other.median, rel=0.05), name
        assert column.max == pytest.approx(other.max, rel=0.05), name
    assert found.columns["seen"].min >= exact.columns["seen"].min > "2024"
    assert found.columns["email"].pattern is not None
    assert found.columns["few"].mean == pytest.approx(1.5, abs=0.05)


def test_column_of_which_the_statistics_know_nothing_has_no_profile_and_a_note(
    measures: str, open_source: Open
) -> None:
    notes = {note.column: note.message for note in estimate_of(open_source(measures), "measures").notes}
    assert list(notes) == ["extra"]
    assert "hold nothing of its values" in notes["extra"]


def test_count_follows_the_growth_of_the_table_since_it_was_analysed(measures: str, open_source: Open) -> None:
    with psycopg.connect(measures, autocommit=True) as connection:
        connection.execute("ALTER TABLE measures SET (autovacuum_enabled = false)")
        connection.execute("INSERT INTO measures SELECT * FROM measures")
    assert estimate_of(open_source(measures), "measures").row_count == pytest.approx(2 * _ROWS, rel=0.05)


def rows_read(database: str) -> int:
    """How many rows of the table were ever read, once nobody else is connected any more: then all are counted."""
    until = time.monotonic() + 30
    with psycopg.connect(database, autocommit=True) as connection:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        while connection.execute(others).fetchone() != (0,):
            assert time.monotonic() < until
        [(rows,)] = connection.execute("SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'measures'")
    return int(rows)


def test_no_row_is_read(measures: str, open_source: Open) -> None:
    before = rows_read(measures)
    reader = open_source(measures)
    assert estimate_of(reader, "measures").basis is Basis.STATISTICS
    reader.close()
    assert rows_read(measures) == before
    reader = open_source(measures)
    reader.profile(table_of(reader.metadata(), "measures"), sample=100)
    reader.close()
    assert rows_read(measures) > before


def test_table_that_was_never_analysed_says_so_and_is_sampled(postgresql_database: str, open_source: Open) -> None:
    with psycopg.connect(postgresql_database, autocommit=True) as connection:
        connection.execute("CREATE TABLE new (x integer) WITH (autovacuum_enabled = false)")
        connection.execute("INSERT INTO new SELECT generate_series(1, 30000)")
        connection.execute("CREATE TABLE small AS SELECT 1 AS x")
        connection.execute("CREATE TABLE empty (x integer)")
    reader = open_source(postgresql_database)
    found = estimate_of(reader, "new")
    assert (found.basis, found.row_count, found.row_count_is_estimate) == (Basis.SAMPLE, 30_000, False)
    assert "never analysed" in found.notes[0].message
    assert "ANALYZE" in found.notes[0].message
    small = estimate_of(reader, "small")
    assert (small.is_exact, small.columns["x"].max) == (True, 1)
    assert "all 1 rows" in small.notes[0].message
    empty = estimate_of(reader, "empty")
    assert (empty.is_exact, empty.row_count, empty.notes) == (True, 0, ())


def test_partitioned_table_is_estimated_as_a_whole(postgresql_database: str, open_source: Open) -> None:
    with psycopg.connect(postgresql_database, autocommit=True) as connection:
        connection.execute("CREATE TABLE parted (a integer) PARTITION BY RANGE (a)")
        connection.execute("CREATE TABLE low PARTITION OF parted FOR VALUES FROM (0) TO (1000)")
        connection.execute("CREATE TABLE high PARTITION OF parted FOR VALUES FROM (1000) TO (100000)")
        connection.execute("INSERT INTO parted SELECT generate_series(0, 4999)")
        connection.execute("ANALYZE parted")
    found = estimate_of(open_source(postgresql_database), "parted")
    assert (found.basis, found.row_count) == (Basis.STATISTICS, 5000)
    assert (found.columns["a"].min, found.columns["a"].max) == (0, 4999)


def test_view_is_sampled(measures: str, open_source: Open) -> None:
    with psycopg.connect(measures, autocommit=True) as connection:
        connection.execute("CREATE VIEW looked AS SELECT id FROM measures")
    found = estimate_of(open_source(measures), "looked")
    assert (found.basis, found.row_count, found.rows_profiled) == (Basis.SAMPLE, _ROWS, 10_000)
    assert any("no statistics" in note.message for note in found.notes)
    assert any("first rows" in note.message for note in found.notes)


@contextmanager
def role(database: str, *grants: str) -> Iterator[str]:
    """The URL of a user who may do no more than *grants* say."""
    name = f"reader_{make_url(database).database}"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN".encode())
        for grant in grants:
            connection.execute(grant.format(name).encode())
        try:
            yield make_url(database).set(username=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP OWNED BY {name}".encode())
            connection.execute(f"DROP ROLE {name}".encode())


def test_statistics_of_columns_that_may_not_be_read_are_not_shown(measures: str, open_source: Open) -> None:
    with role(measures, "GRANT SELECT (id, few) ON measures TO {}") as limited:
        reader = open_source(limited)
        found = estimate_of(reader, "measures")
        reader.close()
    assert set(found.columns) == {"id", "few"}
    forbidden = {note.column: note.message for note in found.notes}
    assert "may not read it" in forbidden["email"]


def test_under_row_level_security_only_rows_that_may_be_read_count(measures: str, open_source: Open) -> None:
    grants = (
        "GRANT SELECT ON measures TO {}",
        "ALTER TABLE measures ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY few ON measures TO {} USING (id <= 10)",
    )
    with role(measures, *grants) as limited:
        reader = open_source(limited)
        found = estimate_of(reader, "measures")
        reader.close()
    assert (found.row_count, found.columns["id"].max) == (10, 10)
    assert "row-level security" in found.notes[0].message


@pytest.mark.parametrize("kind", ["sqlite", "duckdb", "csv"])
def test_elsewhere_a_small_sample_stands_in_and_says_so(tmp_path: Path, open_source: Open, kind: str) -> None:
    path = tmp_path / f"t.{kind}"
    many, few = 25_000, 5
    if kind == "sqlite":
        with closing(sqlite3.connect(path)) as database, database:
            for name, rows in (("many", many), ("few", few)):
                database.execute(f"CREATE TABLE {name} (x)")
                database.executemany(f"INSERT INTO {name} VALUES (?)", [(x,) for x in range(rows)])
    elif kind == "duckdb":
        with closing(duckdb.connect(str(path))) as database:
            database.execute(f"CREATE TABLE many AS SELECT range AS x FROM range({many})")
            database.execute(f"CREATE TABLE few AS SELECT range AS x FROM range({few})")
    else:
        path = tmp_path / "folder"
        path.mkdir()
        for name, rows in (("many", many), ("few", few)):
            (path / f"{name}.csv").write_text("x\n" + "".join(f"{x}\n" for x in range(rows)))
    reader = open_source(path)
    found = estimate_of(reader, "many")
    assert (found.basis, found.row_count, found.row_count_is_estimate) == (Basis.SAMPLE, many, False)
    assert found.rows_profiled == 10_000
    assert "no statistics" in found.notes[0].message
    exact = estimate_of(reader, "few")
    assert (exact.is_exact, exact.notes) == (True, ())
