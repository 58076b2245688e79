"""Extraction by estimates: what reaches the catalogue says that it is one."""

from collections.abc import Iterator

import psycopg
import pytest
from real_sources import postgresql
from working_house import House

from catalogctl.domain.runs import Status


@pytest.fixture
def big() -> Iterator[str]:
    with postgresql() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS big")
            connection.execute("CREATE TABLE big AS SELECT x, x % 5 AS few FROM generate_series(1, 20000) AS x")
            connection.execute("ANALYZE big")
        yield url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP TABLE big")


def test_every_estimate_is_marked_and_an_exact_run_takes_the_marks_away(house: House, big: str) -> None:
    run = house.extract(big, tables=("big",), estimates=True)
    assert run.status is Status.COMPLETED
    assert (run.jobs[0].result or {})["rows_are_estimated"]
    [table] = house.catalogue.catalogue()[0].tables
    assert (table.row_count, table.row_count_is_estimate) == (20_000, True)
    for column in table.columns:
        assert column.profile is not None
        assert (column.profile["basis"], column.profile["is_exact"]) == ("statistics", False)
        assert "about 20,000 rows, all figures estimated from the server's statistics" in (column.full_context or "")
    run = house.extract(big, tables=("big",))
    assert not (run.jobs[0].result or {})["rows_are_estimated"]
    [table] = house.catalogue.catalogue()[0].tables
    assert (table.row_count, table.row_count_is_estimate) == (20_000, False)
    assert [(column.profile or {})["basis"] for column in table.columns] == ["rows", "rows"]


def test_a_source_without_statistics_is_sampled_with_a_warning(house: House) -> None:
    numbers = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 15000)"
    many = f"{numbers} INSERT INTO t SELECT x FROM n"
    run = house.extract(house.database("CREATE TABLE t (x INTEGER)", many), estimates=True)
    assert run.jobs[0].warnings[0].table == "t"
    assert "no statistics" in run.jobs[0].warnings[0].message
    [table] = house.catalogue.catalogue()[0].tables
    assert "10,000 rows sampled" in (table.columns[0].full_context or "")
