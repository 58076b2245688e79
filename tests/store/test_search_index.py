"""The index of words: made late, missing, and always the same as the texts that it is made of."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from poor_sqlite import lacking_fts5, missing, poor_path
from store_engines import Speaker

from catalogctl.domain.meaning import SearchHit, TableMeaning
from catalogctl.store.sqlite import SqliteStore, preparing, schema, word_index
from catalogctl.store.sqlite.connection import SqliteConnection
from catalogctl.store.sqlite.search import search


@contextmanager
def opened(path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore.open(path, on_commit=lambda: None)) as store:
        yield store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def fill(store: SqliteStore) -> None:
    say = Speaker(store)
    source = say.source()
    say.save(source, say.table("order_items", "orderId", "Prénom"), say.table("clients", "email"))
    meaning = TableMeaning(name="clients", description="Who has placed an order.", synonyms=("customers",))
    store.transact(lambda tx: tx.save_meanings(source.id, [meaning], keys=None, at=say.at(1)))


def names(hits: list[SearchHit]) -> list[tuple[str, str | None]]:
    return [(hit.table, hit.column) for hit in hits]


def has_index(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT count(*) FROM sqlite_master WHERE name = 'catalogue_index'"
        return bool(connection.execute(query).fetchone()[0])


def is_asked(path: Path) -> bool:
    """True when a search asks the index, and need not look at every text."""
    with closing(sqlite3.connect(path)) as connection:
        return word_index.is_complete(connection)


def is_sound(path: Path) -> bool:
    """True when the index says of every text what the text says; SQLite raises when it does not."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO catalogue_index (catalogue_index, rank) VALUES ('integrity-check', 1)")
        connection.commit()
    return True


FORMER_ROWS = """
INSERT INTO sources VALUES (1, 'shop', 'sqlite', '/data/shop.db', 0, 0);
INSERT INTO catalogue_sources VALUES (1, NULL, 0, 0);
INSERT INTO catalogue_tables (id, source_id, name, is_view, foreign_keys, created_at, updated_at)
    VALUES (4, 1, 'order_items', 0, '[]', 0, 0);
INSERT INTO catalogue_columns
    (id, table_id, name, position, data_type, is_nullable, is_primary_key, created_at, updated_at, profile)
    VALUES (7, 4, 'Prénom', 0, 'TEXT', 1, 0, 0, 0, '{"null_count":3}');
INSERT INTO catalogue_descriptions VALUES (1, 'order_items', NULL, 'What was bought.', 0);
"""
"""What stands in the file of a store from before there was a search."""

SEARCHES = ["order", "ord", "orderitems", "prenom", "customers", "order placed", "email", "nothing"]


@pytest.fixture
def poor(path: Path) -> Iterator[Path]:
    """Another way to the store at *path*, by which SQLite lacks FTS5."""
    if reason := missing():
        pytest.skip(reason)
    with lacking_fts5():
        yield poor_path(path)


def test_a_library_may_lack_fts5(poor: Path) -> None:
    with closing(sqlite3.connect(poor)) as connection, pytest.raises(sqlite3.OperationalError, match="no such module"):
        connection.execute("CREATE VIRTUAL TABLE t USING fts5 (words)")


def test_without_fts5_the_same_is_found_and_the_index_is_made_when_it_comes(path: Path, poor: Path) -> None:
    with opened(poor) as store:
        fill(store)
        without = {words: store.search(words, limit=10) for words in SEARCHES}
        assert store.search("order", limit=1) == without["order"][:1]
    with opened(poor) as store:
        assert store.search("order", limit=10) == without["order"]
    assert not has_index(path)
    with opened(path) as store:
        assert has_index(path)
        with_index = {words: store.search(words, limit=10) for words in SEARCHES}
    assert {words: set(names(hits)) for words, hits in with_index.items()} == {
        words: set(names(hits)) for words, hits in without.items()
    }
    assert len(without["order"]) == 3
    assert {hits["order"][-1].table for hits in (without, with_index)} == {"clients"}
    assert is_sound(path)


def test_whoever_lacks_fts5_writes_where_there_is_an_index_and_whoever_has_it_finds_that(
    path: Path, poor: Path
) -> None:
    with opened(path) as rich, opened(poor) as lacking:
        say = Speaker(lacking)
        fill(rich)
        source = rich.source("shop")
        assert source is not None
        say.save(source, say.table("order_items", "orderId", "new"), say.table("more", "x"))
        [datasource] = rich.catalogue()
        more, items = datasource.tables
        lacking.transact(lambda tx: tx.describe_table(more.id, "Much more.", at=say.at(2)))
        lacking.transact(lambda tx: tx.describe_column(more.columns[0].id, "An x.", at=say.at(2)))
        meaning = TableMeaning(name="order_items", synonyms=("positions",))
        lacking.transact(lambda tx: tx.save_meanings(source.id, [meaning], keys=None, at=say.at(3)))
        for store in (rich, lacking):
            assert names(store.search("much", limit=9)) == [("more", None)]
            assert names(store.search("an", limit=9)) == [("more", "x")]
            assert names(store.search("positions", limit=9)) == [("order_items", None)]
            assert store.search("clients", limit=9) == store.search("prenom", limit=9) == []
        # The next to write who can brings the index up to date, whatever it is that is written.
        assert not is_asked(path)
        Speaker(rich).event()
        assert is_asked(path)
        assert is_sound(path)
        assert names(rich.search("positions", limit=9)) == [("order_items", None)]
        rich.transact(lambda tx: tx.describe_table(items.id, "By rich.", at=say.at(4)))
        lacking.transact(lambda tx: tx.describe_table(items.id, "By poor.", at=say.at(5)))
        assert (rich.search("rich", limit=9), len(rich.search("poor", limit=9))) == ([], 1)
        lacking.transact(lambda tx: tx.clear_catalogue(source.id))
        assert rich.search("order", limit=9) == []
        say.save(source, say.table("again", "x"))
        lacking.transact(lambda tx: tx.remove_source(source.id))
        Speaker(rich).event()
        assert is_asked(path)
        assert is_sound(path)


def test_an_index_that_was_behind_is_made_anew_after_a_migration(
    path: Path, poor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = dict(list(schema.MIGRATIONS.items())[:6])
    assert list(former)[-1] == "index of words"
    with monkeypatch.context() as patch:
        patch.setattr(preparing, "MIGRATIONS", former)
        preparing.prepare(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FORMER_ROWS)
    # Whoever lacks FTS5 is the first of the new version to come by.
    with opened(poor) as store:
        store.transact(lambda tx: tx.describe_table(4, "What was sold.", at=Speaker.at(1)))
        assert names(store.search("sold", limit=9)) == [("order_items", None)]
        assert store.search("bought", limit=9) == []
    assert not is_asked(path)
    with opened(path) as store:
        assert is_asked(path)
        assert names(store.search("sold", limit=9)) == [("order_items", None)]
        assert store.search("bought", limit=9) == []
    assert is_sound(path)


def test_what_was_catalogued_before_there_was_a_search_is_found_and_whole(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = dict(list(schema.MIGRATIONS.items())[:3])
    with monkeypatch.context() as patch:
        patch.setattr(preparing, "MIGRATIONS", former)
        preparing.prepare(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FORMER_ROWS)
    with opened(path) as store:
        assert names(store.search("orderItems", limit=9)) == [("order_items", None)]
        assert names(store.search("bought", limit=9)) == [("order_items", None)]
        assert names(store.search("prenom", limit=9)) == [("order_items", "Prénom")]
        column = store.column(7)
        assert column is not None
        assert column.profile == {"null_count": 3}
        assert (column.synonyms, column.semantic_type, column.is_personal) == ((), None, None)
    assert is_sound(path)


def test_the_index_is_in_step_after_a_life_of_changes(path: Path) -> None:
    with opened(path) as store:
        say = Speaker(store)
        fill(store)
        source = store.source("shop")
        assert source is not None
        say.save(source, say.table("order_items", "orderId", "new"), say.table("more", "x"))
        [datasource] = store.catalogue()
        table = datasource.tables[0]
        store.transact(lambda tx: tx.describe_table(table.id, "Much more.", at=say.at(2)))
        store.transact(lambda tx: tx.describe_column(table.columns[0].id, "An x.", at=say.at(2)))
        with pytest.raises(ZeroDivisionError):
            store.transact(lambda tx: (tx.describe_table(table.id, "Never said.", at=say.at(3)), 1 // 0))
        assert store.search("never", limit=9) == []
        assert is_sound(path)
        store.transact(lambda tx: tx.clear_catalogue(source.id))
        assert is_sound(path)
        say.save(source, say.table("again", "x"))
        store.transact(lambda tx: tx.remove_source(source.id))
        assert is_sound(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM catalogue_texts").fetchone() == (0,)


def test_saving_what_is_already_there_leaves_the_texts_alone(path: Path) -> None:
    with opened(path) as store:
        fill(store)
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(
                """
                CREATE TABLE touched (id INTEGER);
                CREATE TRIGGER touching AFTER UPDATE ON catalogue_texts BEGIN INSERT INTO touched VALUES (new.id); END;
                """
            )
            say, source = Speaker(store), store.source("shop")
            assert source is not None
            say.save(source, say.table("order_items", "orderId", "Prénom"), say.table("clients", "email"), at=60)
            assert connection.execute("SELECT count(*) FROM touched").fetchone() == (0,)
            [datasource] = store.catalogue()
            store.transact(lambda tx: tx.describe_table(datasource.tables[0].id, "New words.", at=say.at(61)))
            assert connection.execute("SELECT count(*) FROM touched").fetchone() == (1,)


def test_a_hit_costs_no_look_at_all_other_texts(path: Path) -> None:
    with opened(path) as store:
        fill(store)
    with closing(sqlite3.connect(path)) as connection:
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        assert names(search(SqliteConnection(connection), "orderitems", limit=5)) == [("order_items", None)]
        connection.set_trace_callback(None)
        plans = {
            row[3]
            for statement in statements
            if "catalogue_texts" in statement
            for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")
        }
    assert plans
    assert not [line for line in plans if re.match(r"SCAN (catalogue_texts|texts|sources|t|c|d)\b", line)]
