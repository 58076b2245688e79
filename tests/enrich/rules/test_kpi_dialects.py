"""The same data in every engine, with dates in every form: each must tell the same figures."""

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from catalogued import catalogued
from known_databases import Known, with_keys
from mysql_servers import mysql_database
from real_sources import postgresql, source_at
from sqlalchemy import text

from catalogctl.enrich.rules.sql.dialects import dialect_of
from catalogctl.enrich.sql_checks import check_select
from catalogctl.sources.drivers import SourceDrivers

FIRST = datetime(2023, 1, 5, 12, tzinfo=UTC)
ROWS = [
    (n, FIRST + timedelta(days=3 * n), ("paid", "open", "cancelled")[n % 3], round(10 + n * 0.25, 2), n % 5 == 0)
    for n in range(200)
]
BY_MONTH: dict[str, int] = {}
for _, moment, *_ in ROWS:
    BY_MONTH[moment.strftime("%Y-%m")] = BY_MONTH.get(moment.strftime("%Y-%m"), 0) + 1

FORMS = {
    "date": ("DATE", lambda moment: moment.date().isoformat()),
    "timestamp": ("TIMESTAMP", lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S")),
    "text": ("VARCHAR(30)", lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S")),
    "seconds": ("BIGINT", lambda moment: int(moment.timestamp())),
    "milliseconds": ("BIGINT", lambda moment: int(moment.timestamp() * 1000)),
    "microseconds": ("BIGINT", lambda moment: int(moment.timestamp()) * 1_000_000),
    "compact": ("INTEGER", lambda moment: int(moment.strftime("%Y%m%d"))),
}


def statements(form: str) -> tuple[str, list[tuple[Any, ...]]]:
    data_type, written = FORMS[form]
    table = (
        f"CREATE TABLE orders (id INTEGER PRIMARY KEY, ordered_at {data_type}, status VARCHAR(20), "
        "amount NUMERIC(10, 2), is_gift BOOLEAN)"
    )
    return table, [(n, written(moment), status, amount, gift) for n, moment, status, amount, gift in ROWS]


@contextmanager
def in_sqlite(folder: Path, form: str) -> Iterator[Known]:
    table, rows = statements(form)
    path = folder / "orders.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(table)
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", rows)
        connection.commit()
        yield with_keys(catalogued(path), lambda sql: connection.execute(sql).fetchall(), dialect="sqlite")


@contextmanager
def in_duckdb(folder: Path, form: str) -> Iterator[Known]:
    table, rows = statements(form)
    path = folder / "orders.duckdb"
    with closing(duckdb.connect(path)) as connection:
        connection.execute(table)
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", rows)
    source = catalogued(path)
    with closing(duckdb.connect(path, read_only=True)) as connection:
        yield with_keys(source, lambda sql: connection.execute(sql).fetchall(), dialect="duckdb")


@contextmanager
def in_postgresql(url: str, form: str) -> Iterator[Known]:
    table, rows = statements(form)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS orders")
        connection.execute(table)
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO orders VALUES (%s, %s, %s, %s, %s)", rows)
        source = catalogued(url)
        yield with_keys(source, lambda sql: connection.execute(sql).fetchall(), dialect="postgresql")


def check(known: Known, dialect: str) -> None:
    kpis = known.kpis(dialect)
    assert {"Orders", "Total order amount", "Average order amount", "Share of paid orders"} <= set(kpis)
    assert known.number(kpis["Orders"].sql) == len(ROWS)
    assert float(known.number(kpis["Total order amount"].sql)) == pytest.approx(sum(row[3] for row in ROWS))
    assert float(known.number(kpis["Share of paid orders"].sql)) == pytest.approx(33.5)
    trend_sql = kpis["Orders"].trend_sql
    assert trend_sql is not None
    whole_months = {month: count for month, count in BY_MONTH.items() if month <= (kpis["Orders"].footer or "")[-7:]}
    assert known.ask(trend_sql) == list(whole_months.items())
    latest = next(kpi for title, kpi in kpis.items() if title.startswith("Orders in "))
    assert known.number(latest.sql) == whole_months[max(whole_months)]
    names = {table.name: [column.name for column in table.columns] for table in known.source.tables}
    for kpi in kpis.values():
        assert known.number(kpi.sql) is not None
        for sql in (kpi.sql, kpi.trend_sql):
            if sql is not None:
                check_select(sql, dialect=dialect, tables=names)


@pytest.mark.parametrize("form", FORMS)
def test_figures_in_sqlite(tmp_path: Path, form: str) -> None:
    with in_sqlite(tmp_path, form) as known:
        check(known, "sqlite")


@pytest.mark.parametrize("form", FORMS)
def test_figures_in_duckdb(tmp_path: Path, form: str) -> None:
    with in_duckdb(tmp_path, form) as known:
        check(known, "duckdb")


@pytest.fixture(scope="module")
def postgresql_url() -> Iterator[str]:
    with postgresql() as url:
        yield url


@pytest.mark.parametrize("form", FORMS)
def test_figures_in_postgresql(postgresql_url: str, form: str) -> None:
    with in_postgresql(postgresql_url, form) as known:
        check(known, "postgresql")


@pytest.mark.parametrize("form", FORMS)
def test_figures_in_mysql(form: str) -> None:
    table, rows = statements(form)
    with mysql_database() as (location, owner):
        owner.exec_driver_sql(table)
        owner.execute(
            text("INSERT INTO orders VALUES (:0, :1, :2, :3, :4)"),
            [dict(zip("01234", row, strict=True)) for row in rows],
        )

        def ask(sql: str) -> list[Any]:
            return [tuple(row) for row in owner.exec_driver_sql(sql)]

        check(with_keys(catalogued(location), ask, dialect="mysql"), "mysql")


@pytest.mark.parametrize(
    "name", ["orders.csv", "2024.orders.csv", "eu/orders.csv", "temp/orders.csv", "main/orders.csv"]
)
def test_figures_of_a_folder_of_files(tmp_path: Path, name: str) -> None:
    _, rows = statements("timestamp")
    path = tmp_path / "data" / name
    path.parent.mkdir(parents=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "ordered_at", "status", "amount", "is_gift"])
        writer.writerows(rows)
    drivers = SourceDrivers({})
    with closing(drivers.open(source_at(drivers, tmp_path / "data"))) as reader:
        known = with_keys(catalogued(tmp_path / "data"), lambda sql: reader.query(sql, limit=100), dialect="files")
        check(known, "files")


def test_an_engine_that_nobody_knows_is_asked_in_standard_sql(tmp_path: Path) -> None:
    with in_sqlite(tmp_path, "timestamp") as known:
        kpis = known.kpis("oracle")
        assert len(kpis) >= 4
        assert all(kpi.trend_sql is None for kpi in kpis.values())
        assert "LIMIT" not in "".join(kpi.sql for kpi in kpis.values())
        same = known.kpis()
        assert all(known.number(kpi.sql) == known.number(same[title].sql) for title, kpi in kpis.items())
        assert "AVG(1e0 * f.amount)" in kpis["Average order amount"].sql, "some servers cut the mean of integers"
        assert "100.0" not in kpis["Share of paid orders"].sql, "and give a quotient the decimals of what is divided"
    folding = dialect_of("oracle")
    names = [folding.name(name) for name in ("orders", "Orders", "ORDER", "date", "a b")]
    assert names == ["orders", '"Orders"', '"ORDER"', '"date"', '"a b"'], "ORDERS is called orders by SQLAlchemy"
