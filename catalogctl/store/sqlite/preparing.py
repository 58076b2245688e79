"""Opening a store's file: readable by its owner only, migrated once however many processes open it, and recognised."""

import os
import sqlite3
import stat
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from catalogctl.store.sqlite.connection import SqliteConnection
from catalogctl.store.sqlite.failures import is_busy, is_failure_of_store, refused, unavailable, unavailable_place
from catalogctl.store.sqlite.files import StoreFile, connect
from catalogctl.store.sqlite.schema import APPLICATION_ID, MIGRATION_SET, MIGRATIONS, MODULES_NEEDED, RENEWS_TEXTS
from catalogctl.store.sqlite.word_index import catch_up

PATIENCE = 60.0
HEADER_SIZE = 100


def prepare(path: Path) -> StoreFile:
    """Make the file at *path* a store of this version, whatever it takes. Raises StoreUnavailable."""
    try:
        _create(path)
        if not _is_ready(path):
            _migrate_alone(path)
        _shut_out_others(path)
        return StoreFile.at(path)
    except OSError as error:
        raise unavailable_place(path, error) from error
    except sqlite3.Error as error:
        if not is_failure_of_store(error):
            raise
        raise unavailable(path, error) from error


def _create(path: Path) -> None:
    for folder in reversed(path.parents):
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)
    try:
        # SQLite gives the files beside the database the mode of the database.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        _check_existing(path)


def _check_existing(path: Path) -> None:
    """Refuse what cannot be a store. Never opens the file: closing it would drop the locks that SQLite holds on it."""
    if not path.is_file():
        raise refused(path, "it is a folder" if path.is_dir() else "it is not a regular file")
    if 0 < path.stat().st_size < HEADER_SIZE:
        # SQLite would take a file of one byte for an empty one.
        raise refused(path, "it is not a SQLite database")
    for place in (path, path.parent):
        if not os.access(place, os.R_OK | os.W_OK):
            raise refused(path, f"{place} cannot be written")


def _shut_out_others(path: Path) -> None:
    # It holds passwords of sources; a copy or a restored backup may have come with the usual mode.
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        with suppress(PermissionError):
            path.chmod(mode & 0o700)


def _is_ready(path: Path) -> bool:
    """True when there is nothing to do; decided without the lock, as it nearly always is so."""
    connection = connect(path, is_writer=False)
    try:
        return not _pending(path, connection) and _journal_mode(connection) == "wal"
    except sqlite3.OperationalError as error:
        if is_busy(error):  # Somebody is making it just now.
            return False
        raise
    finally:
        connection.close()


def _journal_mode(connection: sqlite3.Connection) -> str:
    return str(connection.execute("PRAGMA journal_mode").fetchone()[0])


def _pending(path: Path, connection: sqlite3.Connection) -> set[str]:
    """The names of the migrations to be done. Raises StoreUnavailable for a file that is none of ours."""
    connection.execute("BEGIN")
    try:
        mark = connection.execute("PRAGMA application_id").fetchone()[0]
        is_empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if is_empty:
            return _possible(MIGRATIONS, connection)
        if mark != APPLICATION_ID:
            raise refused(path, "it is a database of another program")
        query = "SELECT name FROM _sqlite_migrations WHERE migration_set = ?"
        applied = {name for (name,) in connection.execute(query, (MIGRATION_SET,))}
        pending = _possible(MIGRATIONS.keys() - applied, connection)
    finally:
        connection.execute("ROLLBACK")
    if applied - MIGRATIONS.keys():
        raise refused(path, "a newer version of catalogctl wrote it", hint="Upgrade catalogctl.")
    return pending


def _possible(names: Collection[str], connection: sqlite3.Connection) -> set[str]:
    if MODULES_NEEDED.keys().isdisjoint(names):
        return set(names)
    modules = {module for (module,) in connection.execute("SELECT name FROM pragma_module_list")}
    return {name for name in names if name not in MODULES_NEEDED or MODULES_NEEDED[name] in modules}


def _migration(name: str) -> Callable[[Any], None]:
    def migrate(database: Any) -> None:
        database.executescript(MIGRATIONS[name])
        if name in RENEWS_TEXTS:
            from catalogctl.store.relational.texts import renew_all_texts

            renew_all_texts(SqliteConnection(database.conn))
            catch_up(database.conn)

    return migrate


def _migrate_alone(path: Path) -> None:
    # Here and not above: a store that is ready, as it nearly always is, needs neither of the two.
    from filelock import FileLock, Timeout

    # Beside the file itself, where SQLite has its journal too: others may come by another link.
    file = path.resolve()
    try:
        with FileLock(file.with_name(f"{file.name}.lock"), timeout=PATIENCE, mode=0o600):
            _migrate(path)
    except Timeout:
        raise refused(path, "another process has been preparing it for too long", hint="Try again.") from None


def _migrate(path: Path) -> None:
    """Bring the file up to date in one transaction: a half-made store is never seen, not even after a crash."""
    from sqlite_utils import Database, Migrations

    connection = connect(path, is_writer=True)
    try:
        pending = _pending(path, connection)
        database = Database(connection, execute_plugins=False)
        database.enable_wal()
        if not pending:
            return
        migrations = Migrations(MIGRATION_SET)
        for name in MIGRATIONS:
            if name in pending:
                migrations(name=name)(_migration(name))
        connection.execute("BEGIN IMMEDIATE")
        is_new = next(iter(MIGRATIONS)) in pending
        migrations.apply(database)
        if is_new:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            database.table("log").insert({"id": 1, "epoch": os.urandom(4).hex()})
        connection.execute("COMMIT")
    finally:
        # Undoes what was not committed.
        connection.close()
