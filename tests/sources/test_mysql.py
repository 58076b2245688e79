"""MySQL and MariaDB, where one is at hand."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from interrupted_readers import interrupted_while_it_profiles
from mysql_servers import mysql_database
from real_sources import Open, profile_of, table_of
from sqlalchemy import Connection, make_url

from catalogctl.domain.catalogue import Basis
from catalogctl.domain.errors import SourceFailed

_CUSTOMERS = """
CREATE TABLE customers (
    id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(20) NOT NULL DEFAULT 'x' COMMENT 'who', mood ENUM('b', 'a'),
    paid DECIMAL(12, 2), weight FLOAT, photo BLOB, seen DATETIME, flags BIT(3), large BIGINT UNSIGNED,
    `od``d %s :x "q"` INT
) COMMENT = 'people'
"""
_SHOP = (
    _CUSTOMERS,
    "CREATE TABLE `the orders` (id INT PRIMARY KEY, customer INT, FOREIGN KEY (customer) REFERENCES customers (id))",
    "CREATE VIEW names AS SELECT id, name FROM customers",
    "CREATE TABLE gone (a INT)",
    "CREATE VIEW broken AS SELECT a FROM gone",
    "DROP TABLE gone",
    *(
        f"INSERT INTO customers VALUES (NULL, '{name}', '{mood}', {number}.25, 0.5, x'00ff', '2026-01-02 03:04:05', "
        f"b'101', 18446744073709551615, {number})"
        for number, (name, mood) in enumerate([("Anna", "a"), ("anna", "b"), ("ANNA", "a"), ("é", "b")], 1)
    ),
    "INSERT INTO customers (name) VALUES ('z')",
    "CREATE TABLE spaced (v VARCHAR(20), t LONGTEXT) CHARACTER SET utf8mb4",
    "INSERT INTO spaced (v) VALUES ('a '), ('a'), ('B'), (''), ('aé'), ('🗂🗂')",
    "UPDATE spaced SET t = v",
    "CREATE TABLE months (number INT PRIMARY KEY)",
    "INSERT INTO months VALUES (7), (2), (9), (1), (12), (4), (11), (3), (10), (5), (8), (6)",
    "CREATE TABLE doubles (d DOUBLE)",
    "INSERT INTO doubles VALUES (-1.7976931348623157e308), (-1.7976931348623157e-300), (0)",
    "CREATE TABLE floats (f FLOAT)",
    "INSERT INTO floats VALUES (1.1), (1234567), (1234568), (48.856613), (3.4e38), (0), (-0.1)",
)


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[str, Connection]]:
    with mysql_database() as (location, connection):
        for statement in _SHOP:
            connection.exec_driver_sql(statement)
        yield location, connection


@pytest.fixture
def location(shop: tuple[str, Connection]) -> str:
    return shop[0]


def test_declared_in_the_servers_own_words(location: str, open_source: Open) -> None:
    metadata = open_source(location).metadata()
    assert [(table.name, table.is_view) for table in metadata.tables] == [
        ("customers", False),
        ("doubles", False),
        ("floats", False),
        ("months", False),
        ("names", True),
        ("spaced", False),
        ("the orders", False),
    ]
    customers = table_of(metadata, "customers")
    assert customers.comment == "people"
    assert [column.name for column in customers.columns][-1] == 'od`d %s :x "q"'
    assert {column.name: column.comment for column in customers.columns}["name"] == "who"
    assert table_of(metadata, "the orders").foreign_keys[0].referred_table == "customers"
    assert [note.table for note in metadata.notes] == ["broken"]


def test_every_type_is_profiled_and_fit_for_json(location: str, open_source: Open) -> None:
    profile = profile_of(open_source(location), "customers")
    assert not profile.notes
    columns = profile.columns
    assert columns["name"].distinct_count == 5, "case and accents tell values apart, whatever the collation"
    assert (columns["paid"].min, columns["paid"].max, columns["paid"].mean) == (1.25, 4.25, 2.75)
    assert columns["mood"].samples == ("a", "b")
    assert columns["photo"].samples == ("<2 bytes>",)
    assert columns["seen"].max == "2026-01-02T03:04:05"
    assert columns["flags"].max == 5
    assert columns["large"].max == 2**64 - 1
    assert columns['od`d %s :x "q"'].median == 2.5
    json.dumps([[column.samples, column.min] for column in columns.values()], allow_nan=False)


def test_long_doubles_are_shown_whole(location: str, open_source: Open) -> None:
    values = profile_of(open_source(location), "doubles").columns["d"]
    assert values.samples == (-1.7976931348623157e308, -1.7976931348623157e-300, 0.0)


def test_floats_are_shown_with_all_digits_that_tell_them_apart(location: str, open_source: Open) -> None:
    values = profile_of(open_source(location), "floats").columns["f"]
    assert values.samples == (-0.1, 0.0, 1.1, 48.85661315917969, 1234567.0, 1234568.0, 3.4e38)
    assert (values.min, values.max, values.distinct_count) == (-0.1, 3.4e38, 7)


def test_trailing_spaces_tell_texts_apart(location: str, open_source: Open) -> None:
    for column in profile_of(open_source(location), "spaced").columns.values():
        assert (column.distinct_count, column.is_key_candidate) == (6, True)
        assert column.samples == ("", "B", "a", "a ", "aé", "🗂🗂")
        assert column.text_length is not None
        assert (column.text_length.min, column.text_length.max) == (0, 2)


_TREND = (
    "SELECT span, figure FROM (SELECT number AS span, COUNT(*) AS figure FROM months GROUP BY 1 "
    "ORDER BY 1 DESC LIMIT 5) recent ORDER BY span"
)
_TABLE = "WITH told AS (SELECT number, 1 AS figure FROM months) SELECT number, figure FROM told ORDER BY number DESC"


@pytest.mark.parametrize(
    ("sql", "numbers"),
    [
        (_TREND, [8, 9, 10, 11]),
        (_TABLE, [12, 11, 10, 9]),
        (f"{_TABLE} LIMIT 9", [12, 11, 10, 9]),
        (f"{_TABLE} LIMIT 1", [12]),
        ("SELECT number, 1 AS f FROM months UNION SELECT 0, 1 ORDER BY 1", [0, 1, 2, 3]),
    ],
)
def test_first_rows_of_a_query_are_those_of_its_own_order(
    location: str, open_source: Open, sql: str, numbers: list[int]
) -> None:
    reader = open_source(location)
    assert reader.query(sql, limit=4) == [(number, 1) for number in numbers]
    assert profile_of(reader, "months").row_count == 12
    assert len(reader.query("SELECT number FROM months", limit=36)) == 12


@pytest.mark.parametrize("sql", ["SELECT 1 INTO OUTFILE '{}'", "SELECT 1 INTO @x", "SET @x = 1", "SELECT 1; SELECT 2"])
def test_what_is_more_than_a_query_is_refused(location: str, open_source: Open, tmp_path: Path, sql: str) -> None:
    with pytest.raises(SourceFailed):
        open_source(location).query(sql.format(tmp_path / "written"), limit=4)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("key", ["INT PRIMARY KEY", "VARCHAR(9) PRIMARY KEY"])
def test_sample_comes_from_all_over_the_table(shop: tuple[str, Connection], open_source: Open, key: str) -> None:
    location, owner = shop
    owner.exec_driver_sql("DROP TABLE IF EXISTS many")
    owner.exec_driver_sql(f"CREATE TABLE many (k {key}, x INT)")
    for start in range(0, 20_000, 1000):
        rows = ", ".join(f"('{x:06}', {x})" for x in range(start, start + 1000))
        owner.exec_driver_sql(f"INSERT INTO many VALUES {rows}")
    reader = open_source(location)
    found = profile_of(reader, "many", sample=500)
    assert (found.basis, found.row_count, found.notes) == (Basis.SAMPLE, 20_000, ())
    assert 300 <= found.rows_profiled <= 500
    x = found.columns["x"]
    assert x.distinct_count == found.rows_profiled
    assert (x.min < 1000, x.max > 18_000) == (True, True)
    assert found == profile_of(reader, "many", sample=500)
    reader.close()
    owner.exec_driver_sql("DROP TABLE many")


def test_work_is_interrupted(location: str, open_source: Open) -> None:
    reader = open_source(location)
    interrupted_while_it_profiles(reader, table_of(reader.metadata(), "names"))


def test_password_is_of_any_letters(shop: tuple[str, Connection], open_source: Open) -> None:
    url, owner = make_url(shop[0]), shop[1]
    name, password = f"u{uuid.uuid4().hex[:16]}", "pü€@:/ ☃"
    owner.exec_driver_sql(f"CREATE USER {name} IDENTIFIED BY '{password}'")
    known = url.set(username=name, password=password).render_as_string(hide_password=False)
    with pytest.raises(SourceFailed, match="may not use this database"):
        open_source(known)
    owner.exec_driver_sql(f"GRANT SELECT ON {url.database}.* TO {name}")
    assert table_of(open_source(known).metadata(), "customers").columns
    owner.exec_driver_sql(f"DROP USER {name}")


def test_refusal_says_what_is_wrong_and_hides_the_password(location: str, open_source: Open) -> None:
    wrong = make_url(location).set(username="nobody", password="hunter2").render_as_string(hide_password=False)
    with pytest.raises(SourceFailed) as caught:
        open_source(wrong)
    assert "user or password are wrong" in caught.value.detail
    assert "hunter2" not in f"{caught.value.detail} {caught.value.hint}"
    with pytest.raises(SourceFailed, match="there is no such database"):
        open_source(make_url(location).set(database="nowhere").render_as_string(hide_password=False))
