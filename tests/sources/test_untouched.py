"""Whatever state a database is in, reading it changes neither the file nor its folder."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from real_sources import Open, another_process, contents, everything, profile_of, source_at

from catalogctl.sources.drivers import SourceDrivers

_ROWS = 300

_LEFT_BY_A_DEAD_WRITER = """
import os, sqlite3
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA journal_mode = wal")
database.execute("PRAGMA wal_autocheckpoint = 0")
database.execute("CREATE TABLE t (a INTEGER, b TEXT)")
database.execute("CREATE VIEW seen AS SELECT a FROM t")
database.executemany("INSERT INTO t VALUES (?, ?)", [(i, f"text {i}") for i in range(300)])
os._exit(0)
"""

_BROKEN_OFF = """
import os, sqlite3
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("CREATE TABLE t (a INTEGER, b TEXT)")
database.execute("CREATE VIEW seen AS SELECT a FROM t")
database.executemany("INSERT INTO t VALUES (?, ?)", [(i, f"text {i}") for i in range(300)])
database.execute("PRAGMA cache_size = 1")
database.execute("PRAGMA cache_spill = 1")
database.execute("BEGIN")
database.execute("UPDATE t SET a = -1, b = hex(randomblob(2000))")
os._exit(0)
"""

_LIVE_WRITER = _LEFT_BY_A_DEAD_WRITER.replace("os._exit(0)", "ready()")


def run(program: str, path: Path) -> None:
    subprocess.run([sys.executable, "-c", "import sys\n" + program, str(path)], check=True, timeout=60)


def rollback_mode(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("CREATE TABLE t (a INTEGER, b TEXT)")
        database.execute("CREATE VIEW seen AS SELECT a FROM t")
        database.executemany("INSERT INTO t VALUES (?, ?)", [(i, f"text {i}") for i in range(_ROWS)])


def wal_at_rest(path: Path) -> None:
    run(_LEFT_BY_A_DEAD_WRITER, path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def wal_of_a_dead_writer(path: Path) -> None:
    run(_LEFT_BY_A_DEAD_WRITER, path)
    assert {f.name for f in path.parent.iterdir()} == {path.name, f"{path.name}-wal", f"{path.name}-shm"}


def wal_without_shm(path: Path) -> None:
    wal_of_a_dead_writer(path)
    path.with_name(f"{path.name}-shm").unlink()


def empty_wal_without_shm(path: Path) -> None:
    wal_at_rest(path)
    path.with_name(f"{path.name}-wal").touch()


def hot_journal(path: Path) -> None:
    run(_BROKEN_OFF, path)
    assert path.with_name(f"{path.name}-journal").stat().st_size > 512


STATES: list[Callable[[Path], None]] = [
    rollback_mode,
    wal_at_rest,
    wal_of_a_dead_writer,
    wal_without_shm,
    empty_wal_without_shm,
    hot_journal,
]


@pytest.fixture(params=STATES, ids=lambda state: state.__name__)
def database_in_some_state(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "lies here"
    folder.mkdir()
    path = folder / "shop #1?.db"
    request.param(path)
    return path


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that every user of the machine may enter."""
    folder = Path(tempfile.mkdtemp(prefix="catalogctl-public-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        for path in (folder, *folder.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
        shutil.rmtree(folder)


def test_reading_leaves_file_and_folder_as_they_were(
    database_in_some_state: Path, drivers: SourceDrivers, open_source: Open
) -> None:
    folder = database_in_some_state.parent
    before = contents(folder)
    reader = open_source(database_in_some_state)
    found = everything(reader)
    assert contents(folder) == before, "while it is open"
    reader.close()
    assert contents(folder) == before, "after it was closed"
    assert found["t"].row_count == _ROWS
    assert (found["t"].columns["a"].min, found["t"].columns["a"].max) == (0, _ROWS - 1)
    assert found["seen"].columns["a"].distinct_count == _ROWS


_READ_ALL = """
import os, sys
from datetime import UTC, datetime
from catalogctl.domain.sources import Source
from catalogctl.sources.drivers import SourceDrivers

def counts(path):
    drivers = SourceDrivers({})
    identity = drivers.identify(path)
    source = Source(id=1, name="s", kind=identity.kind, location=identity.location, created_at=datetime.now(UTC))
    reader = drivers.open(source)
    found = [reader.profile(table, sample=None).row_count for table in reader.metadata().tables]
    reader.close()
    return found

path, *rehearsal = sys.argv[1:]
if rehearsal and os.geteuid() == 0:
    # For root no permission is missing. Another user might not be able to import Python's own modules.
    counts(rehearsal[0])
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
print(counts(path))
"""


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_reading_needs_no_permission_to_write(
    state: Callable[[Path], None], public_folder: Path, tmp_path: Path
) -> None:
    folder = public_folder / "shut"
    folder.mkdir()
    state(folder / "shop.db")
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)
    before = contents(folder)
    rollback_mode(tmp_path / "rehearsal.db")
    done = subprocess.run(
        [sys.executable, "-c", _READ_ALL, str(folder / "shop.db"), str(tmp_path / "rehearsal.db")],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout.strip(), done.returncode) == ("[300, 300]", 0), done.stderr
    assert contents(folder) == before


def test_what_a_live_writer_has_committed_is_seen(open_source: Open, tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with another_process(_LIVE_WRITER, str(path)):
        before = contents(tmp_path)
        reader = open_source(path)
        assert profile_of(reader, "t").row_count == _ROWS
        reader.close()
        assert contents(tmp_path) == before


def test_a_writer_goes_on_beside_an_open_reader(open_source: Open, tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    wal_at_rest(path)
    reader = open_source(path)
    assert profile_of(reader, "t").row_count == _ROWS
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as database:
        database.execute("INSERT INTO t VALUES (1000, 'new')")
        assert profile_of(reader, "t").row_count == _ROWS + 1
        database.execute("INSERT INTO t VALUES (1001, 'newer')")
        assert profile_of(reader, "t").row_count == _ROWS + 2


def test_a_writer_in_rollback_mode_is_not_kept_out_between_statements(open_source: Open, tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    rollback_mode(path)
    reader = open_source(path)
    everything(reader)
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as database:
        database.execute("DELETE FROM t WHERE a >= 100")
    assert profile_of(reader, "t").row_count == 100


def test_readers_of_this_process_do_not_take_each_others_locks(open_source: Open, tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    rollback_mode(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as own:
        own.execute("BEGIN IMMEDIATE")
        own.execute("INSERT INTO t VALUES (1000, 'mine')")
        everything(open_source(path))
        with another_process(
            "import sqlite3\ndatabase = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0)\n"
            "try:\n    database.execute('BEGIN IMMEDIATE')\nexcept sqlite3.OperationalError:\n    ready()\n",
            str(path),
        ):
            own.execute("ROLLBACK")


def test_duckdb_file_stays_as_it_was_with_uncheckpointed_data_read(open_source: Open, tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    run(
        "import os, duckdb\ndatabase = duckdb.connect(sys.argv[1])\n"
        "database.execute(\"SET checkpoint_threshold = '1TB'\")\n"
        "database.execute('CREATE TABLE t AS SELECT range AS a FROM range(300)')\nos._exit(0)",
        path,
    )
    assert path.with_name("shop.duckdb.wal").exists()
    before = contents(tmp_path)
    reader = open_source(path)
    assert everything(reader)["t"].row_count == _ROWS
    reader.close()
    assert contents(tmp_path) == before


def test_data_files_stay_as_they_were(open_source: Open, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("n,when\n1,2024-01-01\n2,2024-01-02\n")
    (tmp_path / "b.json").write_text('[{"x": 1}, {"x": null}]')
    with closing(duckdb.connect()) as memory:
        memory.execute(f"COPY (SELECT 1 AS y) TO '{tmp_path}/c.parquet'")
    before = contents(tmp_path)
    reader = open_source(tmp_path)
    assert {name: found.row_count for name, found in everything(reader).items()} == {"a": 2, "b": 2, "c": 1}
    reader.close()
    assert contents(tmp_path) == before


def test_private_copies_are_gone_when_the_process_is(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    wal_without_shm(path)
    (tmp_path / "temporary").mkdir()
    subprocess.run(
        [sys.executable, "-c", _READ_ALL, str(path)],
        check=True,
        capture_output=True,
        timeout=60,
        env={**os.environ, "TMPDIR": str(tmp_path / "temporary")},
    )
    assert list((tmp_path / "temporary").iterdir()) == []


def test_copy_is_made_anew_when_the_database_has_changed(drivers: SourceDrivers, tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    wal_without_shm(path)
    source = source_at(drivers, path)
    with closing(drivers.open(source)) as reader:
        assert profile_of(reader, "t").row_count == _ROWS
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM t WHERE a < 200")
    with closing(drivers.open(source)) as reader:
        assert profile_of(reader, "t").row_count == 100
