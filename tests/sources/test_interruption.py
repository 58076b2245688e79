"""Another thread ends what a reader is doing, on every kind of source."""

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import duckdb
import psycopg
import pytest
from real_sources import Open, profile_of, table_of
from sqlalchemy import make_url

from catalogctl.domain.errors import Interrupted, SourceFailed
from catalogctl.domain.ports.sources import SourceReader
from catalogctl.sources.interruption import Interruption

_QUICK = 1.0


def endless_sqlite(path: Path) -> str:
    with closing(sqlite3.connect(path / "shop.db")) as database:
        database.execute("CREATE TABLE small AS SELECT 1 AS x")
        database.execute(
            "CREATE VIEW slow AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c"
        )
    return str(path / "shop.db")


def endless_duckdb(path: Path) -> str:
    with closing(duckdb.connect(str(path / "shop.duckdb"))) as database:
        database.execute("CREATE TABLE small AS SELECT 1 AS x")
        database.execute(
            "CREATE VIEW slow AS SELECT a.range % 7 AS x FROM range(100000000) a, range(100000000) b "
            "WHERE hash(a.range + b.range) % 3 = 1"
        )
    return str(path / "shop.duckdb")


def endless_postgresql(url: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE small AS SELECT 1 AS x")
        connection.execute("CREATE VIEW slow AS SELECT x FROM generate_series(1, 1000000000000) AS x")
    return url


@pytest.fixture(params=["sqlite", "duckdb", "postgresql"])
def endless(request: pytest.FixtureRequest, tmp_path: Path, open_source: Open) -> SourceReader:
    """A reader of a source with a table ``small`` and a view ``slow`` that nobody reads to its end."""
    if request.param == "sqlite":
        return open_source(endless_sqlite(tmp_path))
    if request.param == "duckdb":
        return open_source(endless_duckdb(tmp_path))
    return open_source(endless_postgresql(request.getfixturevalue("postgresql_database")))


class Work(threading.Thread):
    """Profiles the endless view until something ends it; as a task's thread, it closes the reader itself."""

    def __init__(self, reader: SourceReader, *, sample: int | None = None) -> None:
        super().__init__(daemon=True)
        self._reader, self._sample = reader, sample
        self._table = table_of(reader.metadata(), "slow")
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self._reader.profile(self._table, sample=self._sample)
        except Exception as error:  # noqa: BLE001 - the test looks at whatever it was
            self.error = error
        finally:
            self._reader.close()


@pytest.mark.parametrize("sample", [None, 10])
def test_long_statement_ends_within_a_second(endless: SourceReader, sample: int | None) -> None:
    work = Work(endless, sample=sample)
    work.start()
    work.join(0.3)
    assert work.is_alive(), "the statement should take for ever"
    started = time.monotonic()
    endless.interrupt()
    work.join(10)
    assert time.monotonic() - started < _QUICK
    assert isinstance(work.error, Interrupted)


def test_interrupt_that_comes_before_the_statement_is_not_forgotten(endless: SourceReader) -> None:
    work = Work(endless)
    endless.interrupt()
    work.start()
    work.join(10)
    assert isinstance(work.error, Interrupted)


def test_after_an_interrupt_every_statement_is_interrupted(endless: SourceReader) -> None:
    small = table_of(endless.metadata(), "small")
    assert endless.profile(small, sample=None).row_count == 1
    endless.interrupt()
    for _ in range(2):
        with pytest.raises(Interrupted):
            endless.profile(small, sample=None)
        with pytest.raises(Interrupted):
            endless.metadata()


def test_interrupt_of_one_reader_leaves_others_alone(
    endless: SourceReader, open_source: Open, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    places = [str(path) for path in tmp_path.glob("shop.*db")] or [request.getfixturevalue("postgresql_database")]
    other = open_source(places[0])
    work = Work(endless)
    work.start()
    endless.interrupt()
    work.join(10)
    assert isinstance(work.error, Interrupted)
    assert profile_of(other, "small").row_count == 1


def test_interrupt_of_a_closed_reader_does_nothing(endless: SourceReader) -> None:
    endless.metadata()
    endless.close()
    endless.interrupt()
    endless.close()


def test_interrupt_and_close_may_meet(endless: SourceReader) -> None:
    work = Work(endless)
    work.start()
    interrupters = [threading.Thread(target=endless.interrupt) for _ in range(4)]
    for thread in interrupters:
        thread.start()
    for thread in (*interrupters, work):
        thread.join(10)
        assert not thread.is_alive()
    assert isinstance(work.error, Interrupted)


def test_waiting_for_a_lock_is_interrupted_too(open_source: Open, tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("CREATE TABLE slow (x)")
        reader = open_source(path)
        work = Work(reader)
        writer.execute("BEGIN EXCLUSIVE")
        work.start()
        work.join(0.2)
        assert work.is_alive(), "it should wait for the lock"
        started = time.monotonic()
        reader.interrupt()
        work.join(10)
        assert time.monotonic() - started < _QUICK
        assert isinstance(work.error, Interrupted)


def test_a_server_that_cannot_be_told_to_stop_is_told_again(
    open_source: Open, postgresql_database: str, tmp_path: Path
) -> None:
    url = make_url(endless_postgresql(postgresql_database))
    folder = str(url.query.get("host", ""))
    if not folder.startswith("/"):
        pytest.skip("this PostgreSQL has no socket whose folder can be moved out of reach")
    door = tmp_path / "door"
    door.symlink_to(folder)
    reader = open_source(url.update_query_dict({"host": str(door)}).render_as_string(hide_password=False))
    work = Work(reader)
    work.start()
    work.join(0.3)
    door.unlink()
    interrupter = threading.Thread(target=reader.interrupt)
    interrupter.start()
    interrupter.join(0.3)
    assert interrupter.is_alive(), "it should go on trying"
    door.symlink_to(folder)
    work.join(10)
    interrupter.join(10)
    assert isinstance(work.error, Interrupted)


def test_stopping_takes_bounded_time_however_long_a_cancellation_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalogctl.sources.interruption._LONGEST", 0.1)
    never = threading.Event()
    cancellations: list[bool] = []
    interruption = Interruption(lambda: cancellations.append(never.wait(0.2)))
    with interruption.statement():
        interruption.stop()
    assert cancellations == [False]


def test_parallel_readers_of_one_source_find_the_same(
    endless: SourceReader, open_source: Open, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    places = [str(path) for path in tmp_path.glob("shop.*db")] or [request.getfixturevalue("postgresql_database")]
    found: list[object] = []

    def read() -> None:
        reader = open_source(places[0])
        try:
            found.extend(profile_of(reader, "small") for _ in range(20))
        except SourceFailed as error:
            found.append(error)
        finally:
            reader.close()

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 60
    assert all(one == found[0] for one in found)
