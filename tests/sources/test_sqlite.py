import resource
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from real_sources import Open, another_process, column_of, everything, profile_of, source_at, table_of

from catalogctl.domain.catalogue import ForeignKey
from catalogctl.domain.errors import SourceFailed
from catalogctl.sources.drivers import SourceDrivers

_BOUND = 12.0


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(
            """
            CREATE TABLE customers (id INTEGER PRIMARY KEY, email VARCHAR(80) NOT NULL DEFAULT 'none', born DATE);
            CREATE TABLE lines (
                order_no INTEGER, line INTEGER, customer INTEGER REFERENCES customers, price NUMERIC(8, 2) DEFAULT 0,
                total REAL GENERATED ALWAYS AS (price * 2) VIRTUAL, kept TEXT AS (line || '!') STORED, untyped,
                PRIMARY KEY (order_no, line)
            ) WITHOUT ROWID;
            CREATE TABLE returns (o INTEGER, l INTEGER, FOREIGN KEY (o, l) REFERENCES lines (order_no, line));
            CREATE VIEW emails AS SELECT email AS address FROM customers;
            CREATE VIEW broken AS SELECT missing FROM nowhere;
            CREATE VIRTUAL TABLE search USING fts5(body);
            INSERT INTO customers VALUES (1, 'ann@example.org', '2001-02-03'), (2, 'bob@example.org', NULL);
            INSERT INTO lines (order_no, line, customer, price) VALUES (1, 1, 1, 2.5), (1, 2, 2, 3);
            INSERT INTO search VALUES ('hello');
            """
        )
    return path


def test_declared_columns_keys_and_defaults(shop: Path, open_source: Open) -> None:
    metadata = open_source(shop).metadata()
    customers, lines = table_of(metadata, "customers"), table_of(metadata, "lines")
    assert [(c.name, c.data_type, c.is_nullable, c.default, c.is_primary_key) for c in customers.columns] == [
        ("id", "INTEGER", False, None, True),
        ("email", "VARCHAR(80)", False, "'none'", False),
        ("born", "DATE", True, None, False),
    ]
    assert [c.name for c in lines.columns] == ["order_no", "line", "customer", "price", "total", "kept", "untyped"]
    assert [c.name for c in lines.columns if c.is_primary_key] == ["order_no", "line"]
    assert [c.data_type for c in lines.columns][3:] == ["NUMERIC(8, 2)", "REAL", "TEXT", ""]


def test_foreign_keys_name_the_columns_they_mean(shop: Path, open_source: Open) -> None:
    metadata = open_source(shop).metadata()
    assert table_of(metadata, "lines").foreign_keys == (
        ForeignKey(columns=("customer",), referred_table="customers", referred_columns=("id",)),
    )
    assert table_of(metadata, "returns").foreign_keys == (
        ForeignKey(columns=("o", "l"), referred_table="lines", referred_columns=("order_no", "line")),
    )


def test_tables_and_views_stand_by_name_without_what_sqlite_keeps_for_itself(shop: Path, open_source: Open) -> None:
    metadata = open_source(shop).metadata()
    assert [(t.name, t.is_view) for t in metadata.tables] == [
        ("customers", False),
        ("emails", True),
        ("lines", False),
        ("returns", False),
        ("search", False),
    ]


def test_broken_view_is_a_note_and_not_the_end(shop: Path, open_source: Open) -> None:
    reader = open_source(shop)
    notes = reader.metadata().notes
    assert [note.table for note in notes] == ["broken"]
    assert "nowhere" in notes[0].message
    assert everything(reader)["lines"].row_count == 2


def test_generated_columns_are_profiled(shop: Path, open_source: Open) -> None:
    lines = profile_of(open_source(shop), "lines")
    assert (lines.columns["total"].min, lines.columns["total"].max) == (5.0, 6.0)
    assert lines.columns["kept"].samples == ("1!", "2!")


def test_lock_held_for_ever_is_told_after_a_bounded_wait(shop: Path, drivers: SourceDrivers) -> None:
    source = source_at(drivers, shop)
    with closing(sqlite3.connect(shop, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        with pytest.raises(SourceFailed, match="lock") as caught, closing(drivers.open(source)) as reader:
            reader.metadata()
        assert time.monotonic() - started < _BOUND
    assert caught.value.hint


def test_short_lock_is_survived(shop: Path, drivers: SourceDrivers) -> None:
    source = source_at(drivers, shop)
    writer = sqlite3.connect(shop, isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(0.5, lambda: writer.execute("COMMIT"))
    release.start()
    try:
        with closing(drivers.open(source)) as reader:
            assert profile_of(reader, "lines").row_count == 2
    finally:
        release.join()
        writer.close()


def test_locked_database_can_still_be_registered(shop: Path, drivers: SourceDrivers) -> None:
    program = "import sqlite3\nsqlite3.connect(sys.argv[1], isolation_level=None).execute('BEGIN EXCLUSIVE')\n"
    with another_process(f"{program.replace('sqlite3.connect', 'db = sqlite3.connect', 1)}ready()", str(shop)):
        assert drivers.identify(str(shop)).kind == "sqlite"


@pytest.mark.parametrize("damage", ["cut off", "overwritten", "only a header"])
def test_damaged_database_fails_with_its_name_and_nothing_internal(
    damage: str, drivers: SourceDrivers, tmp_path: Path
) -> None:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE t (a, b)")
        database.executemany("INSERT INTO t VALUES (?, ?)", [(i, "x" * 100) for i in range(2000)])
    source = source_at(drivers, path)
    whole = path.read_bytes()
    path.write_bytes(
        {
            "cut off": whole[: len(whole) // 2],
            "overwritten": whole[:4096] + b"\xff" * (len(whole) - 4096),
            "only a header": whole[:100],
        }[damage]
    )
    with pytest.raises(SourceFailed) as caught, closing(drivers.open(source)) as reader:
        everything(reader)
    assert "shop" in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_database_that_has_gone_is_told_as_such(shop: Path, drivers: SourceDrivers) -> None:
    source = source_at(drivers, shop)
    shop.unlink()
    with pytest.raises(SourceFailed) as caught, closing(drivers.open(source)) as reader:
        reader.metadata()
    assert str(shop) in str(caught.value)
    assert caught.value.hint
    assert not shop.exists()


def test_empty_file_is_a_database_without_tables(open_source: Open, tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    assert open_source(path).metadata().tables == ()
    assert path.read_bytes() == b""


def test_every_value_has_its_own_type(open_source: Open, tmp_path: Path) -> None:
    path = tmp_path / "mixed.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE t (v)")
        values: list[object] = [1, 2, 2.5, "two", "1", b"\x00\x01", None, "", 2**62]
        database.executemany("INSERT INTO t VALUES (?)", [(value,) for value in values])
    reader = open_source(path)
    profile = profile_of(reader, "t")
    column = profile.columns["v"]
    assert (column.null_count, column.distinct_count) == (1, 8)
    assert (column.min, column.max) == (1, 2**62)
    assert column.samples == (1, 2, 2.5, 2**62, "", "1", "two", "<2 bytes>")
    assert not column.is_key_candidate
    assert any("texts" in note.message for note in profile.notes)


def test_infinities_are_told_apart_from_numbers(open_source: Open, tmp_path: Path) -> None:
    path = tmp_path / "inf.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE t (v REAL)")
        values = [1.0, 3.0, float("inf"), float("-inf"), float("nan")]
        database.executemany("INSERT INTO t VALUES (?)", [(value,) for value in values])
    column = column_of(open_source(path), "t", "v")
    assert (column.null_count, column.min, column.max, column.mean, column.median) == (1, 1.0, 3.0, 2.0, 2.0)
    assert set(column.samples) == {"-Infinity", 1.0, 3.0, "Infinity"}


def test_sums_beyond_64_bits_do_not_overflow(open_source: Open, tmp_path: Path) -> None:
    path = tmp_path / "huge.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE t (v INTEGER)")
        database.executemany("INSERT INTO t VALUES (?)", [(2**63 - 1,)] * 3 + [(-(2**63),)])
    column = column_of(open_source(path), "t", "v")
    assert (column.min, column.max) == (-(2**63), 2**63 - 1)
    assert column.mean == pytest.approx((3 * (2**63 - 1) - 2**63) / 4)


def test_invalid_text_is_shown_and_not_fatal(open_source: Open, tmp_path: Path) -> None:
    path = tmp_path / "latin.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE t (v TEXT)")
        database.execute("INSERT INTO t VALUES (CAST(x'636166e9' AS TEXT)), ('plain')")
    column = column_of(open_source(path), "t", "v")
    assert column.samples == ("caf\ufffd", "plain")


def test_table_of_an_absent_module_or_collation_does_not_end_the_rest(open_source: Open, tmp_path: Path) -> None:
    path = tmp_path / "odd.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.create_collation("ours", lambda a, b: (a > b) - (a < b))
        database.execute("CREATE TABLE t (v TEXT COLLATE ours, w INTEGER)")
        database.execute("INSERT INTO t VALUES ('a', 1), ('b', 2)")
        database.execute("CREATE TABLE u (x)")
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) "
            "VALUES ('table', 'strange', 'strange', 0, 'CREATE VIRTUAL TABLE strange USING nobody_has_this(x)')"
        )
    reader = open_source(path)
    metadata = reader.metadata()
    assert {"t", "u"} <= {table.name for table in metadata.tables}
    assert "strange" in {note.table for note in metadata.notes}
    assert profile_of(reader, "t").columns["w"].max == 2


def test_sample_is_bounded_spread_and_always_the_same(open_source: Open, tmp_path: Path) -> None:
    path = tmp_path / "many.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE t (a INTEGER, b TEXT)")
        database.executemany("INSERT INTO t VALUES (?, ?)", [(i, f"v{i % 7}") for i in range(10_000)])
        database.execute("CREATE VIEW seen AS SELECT * FROM t")
        database.execute("CREATE TABLE keyed (a INTEGER PRIMARY KEY, b TEXT) WITHOUT ROWID")
        database.execute("INSERT INTO keyed SELECT a, b FROM t")
    reader = open_source(path)
    for table in ("t", "seen", "keyed"):
        found = profile_of(reader, table, sample=500)
        assert (found.row_count, found.is_exact) == (10_000, False)
        assert 250 <= found.rows_profiled <= 500
        assert found == profile_of(reader, table, sample=500)
        assert found.columns["a"].distinct_count == found.rows_profiled
    spread = profile_of(reader, "t", sample=500).columns["a"]
    assert (spread.min, spread.max) < (100, 10_000)
    assert spread.max > 9_000
    whole = profile_of(reader, "t", sample=10_000)
    assert (whole.is_exact, whole.rows_profiled) == (True, 10_000)


def test_two_ways_of_writing_one_value_are_one(open_source: Open, tmp_path: Path) -> None:
    path = tmp_path / "same.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE t (v TEXT COLLATE NOCASE, w)")
        database.execute("INSERT INTO t VALUES ('a', 1), ('A', 1.0), ('a', 1)")
    found = profile_of(open_source(path), "t")
    assert found.columns["v"].samples == ("A", "a")
    assert found.columns["w"].distinct_count == 1


def test_query_whose_values_grow_without_end_is_refused_before_it_fills_the_memory(
    shop: Path, open_source: Open
) -> None:
    doubling = "WITH RECURSIVE n(s) AS (SELECT 'aa' UNION ALL SELECT s || s FROM n) SELECT max(length(s)) AS n FROM n"
    reader = open_source(shop)
    tracked = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(SourceFailed, match="a value is too large"):
        reader.query(doubling, limit=2)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - tracked < 200_000


def test_a_column_of_floats_that_are_not_all_whole_leaves_nothing_to_the_next_one(
    open_source: Open, tmp_path: Path
) -> None:
    path = tmp_path / "ratings.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE ratings (stars REAL, discount REAL)")
        rows = [(float(number % 4), float(number % 2 * 10)) for number in range(100)]
        database.executemany("INSERT INTO ratings VALUES (?, ?)", [*rows, (4.5, 50.0)])
    discount = column_of(open_source(path), "ratings", "discount")
    assert (discount.null_count, discount.distinct_count, discount.min, discount.max) == (0, 3, 0.0, 50.0)
    assert [(top.value, top.count) for top in discount.top_values] == [(0.0, 50), (10.0, 50), (50.0, 1)]
