from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from real_sources import Open, another_process, everything, profile_of, source_at, table_of

from catalogctl.domain.catalogue import ForeignKey
from catalogctl.domain.errors import SourceFailed
from catalogctl.sources.drivers import SourceDrivers


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.duckdb"
    with closing(duckdb.connect(str(path))) as database:
        database.execute(
            """
            CREATE TABLE customers (id INTEGER PRIMARY KEY, email VARCHAR NOT NULL DEFAULT 'none', tags VARCHAR[]);
            COMMENT ON TABLE customers IS 'who buys';
            COMMENT ON COLUMN customers.email IS 'where to write';
            CREATE SCHEMA old;
            CREATE TABLE old.orders (id DECIMAL(20, 2), placed TIMESTAMP);
            CREATE TABLE orders (id HUGEINT, customer INTEGER REFERENCES customers (id));
            CREATE VIEW emails AS SELECT email FROM customers;
            CREATE TABLE gone (a INTEGER);
            CREATE VIEW broken AS SELECT a FROM gone;
            INSERT INTO customers VALUES (1, 'ann@example.org', ['a']), (2, 'bob@example.org', NULL);
            INSERT INTO orders VALUES (170141183460469231731687303715884105727, 1), (5, 2);
            INSERT INTO old.orders VALUES (12345678901234567.25, TIMESTAMP '2024-02-29 23:59:59.5');
            """
        )
        database.execute("DROP TABLE gone")
    return path


def test_declared_columns_keys_comments_and_schemas(shop: Path, open_source: Open) -> None:
    metadata = open_source(shop).metadata()
    assert [(t.name, t.is_view) for t in metadata.tables] == [
        ("customers", False),
        ("emails", True),
        ("old.orders", False),
        ("orders", False),
    ]
    customers = table_of(metadata, "customers")
    assert customers.comment == "who buys"
    assert [(c.name, c.data_type, c.is_nullable, c.is_primary_key) for c in customers.columns] == [
        ("id", "INTEGER", False, True),
        ("email", "VARCHAR", False, False),
        ("tags", "VARCHAR[]", True, False),
    ]
    assert (customers.columns[1].default, customers.columns[1].comment) == ("'none'", "where to write")
    assert table_of(metadata, "orders").foreign_keys == (
        ForeignKey(columns=("customer",), referred_table="customers", referred_columns=("id",)),
    )


def test_broken_view_is_a_note_and_not_the_end(shop: Path, open_source: Open) -> None:
    assert [note.table for note in open_source(shop).metadata().notes] == ["broken"]


def test_large_and_exact_numbers_keep_their_digits(shop: Path, open_source: Open) -> None:
    found = everything(open_source(shop))
    assert found["orders"].columns["id"].max == 2**127 - 1
    assert found["old.orders"].columns["id"].min == "12345678901234567.25"
    assert found["old.orders"].columns["placed"].max == "2024-02-29T23:59:59.5"
    assert found["customers"].columns["email"].pattern is not None


def test_same_name_in_two_schemas_stays_apart(shop: Path, open_source: Open) -> None:
    reader = open_source(shop)
    assert (profile_of(reader, "orders").row_count, profile_of(reader, "old.orders").row_count) == (2, 1)


def test_database_open_for_writing_elsewhere_is_told_as_locked(shop: Path, drivers: SourceDrivers) -> None:
    source = source_at(drivers, shop)
    program = "import duckdb\ndatabase = duckdb.connect(sys.argv[1])\nready()"
    with (
        another_process(program, str(shop)),
        pytest.raises(SourceFailed, match=r"open|lock") as caught,
        closing(drivers.open(source)) as reader,
    ):
        reader.metadata()
    assert caught.value.hint


@pytest.mark.parametrize("keep", [100, 5000])
def test_damaged_database_fails_in_words(shop: Path, drivers: SourceDrivers, keep: int) -> None:
    source = source_at(drivers, shop)
    shop.write_bytes(shop.read_bytes()[:keep])
    with pytest.raises(SourceFailed) as caught, closing(drivers.open(source)) as reader:
        everything(reader)
    assert "\n" not in str(caught.value)


def test_texts_that_differ_are_told_apart_whatever_the_collation(open_source: Open, tmp_path: Path) -> None:
    path = tmp_path / "t.duckdb"
    with closing(duckdb.connect(str(path))) as database:
        database.execute("CREATE TABLE t (v VARCHAR COLLATE NOCASE.NOACCENT)")
        database.execute("INSERT INTO t VALUES ('A'), ('a'), ('á'), ('a')")
    found = profile_of(open_source(path), "t").columns["v"]
    assert [(top.value, top.count) for top in found.top_values] == [("a", 2), ("A", 1), ("á", 1)]
    assert (found.distinct_count, found.min, found.max) == (3, "A", "á")
