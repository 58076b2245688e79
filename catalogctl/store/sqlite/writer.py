"""The writing thread's way to the file: one transaction a batch, begun as soon as the other processes let us."""

import random
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from catalogctl.store.group_commit import Call, Commit, GroupWriter
from catalogctl.store.sqlite.failures import is_busy
from catalogctl.store.sqlite.files import BUSY_TIMEOUT, StoreFile
from catalogctl.store.sqlite.transaction import SqliteTransaction
from catalogctl.store.sqlite.word_index import catch_up


class Writer(GroupWriter[SqliteTransaction]):
    """Group commit to a store's file."""

    def __init__(self, file: StoreFile, *, on_commit: Callable[[], None]) -> None:
        super().__init__(on_commit=on_commit)
        self._file = file
        self._connection: sqlite3.Connection | None = None

    def _commit(self, batch: Sequence[Call[SqliteTransaction]]) -> Commit[SqliteTransaction]:
        self._file.check()
        if self._connection is None:
            self._connection = self._file.connect(is_writer=True)
            # SQLite's own waiting sleeps up to a tenth of a second between two looks; ``_begin`` waits instead.
            self._connection.execute("PRAGMA busy_timeout = 0")
        connection = self._connection
        _begin(connection)
        is_changed = False
        for call in batch:
            is_changed |= _make(connection, call, self._file)
        connection.execute("COMMIT")
        return Commit(is_changed=is_changed)

    def _let_go(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _translated(self, error: BaseException) -> BaseException:
        return self._file.translated(error)

    def _closed(self) -> Exception:
        return self._file.closed()


def _begin(connection: sqlite3.Connection) -> None:
    """Begin to write, when the other processes let us: short naps of random length lose no race against a busy one."""
    give_up = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > give_up:
                raise
            time.sleep(random.uniform(0.0002, 0.004))  # noqa: S311 - spreads the naps, guards nothing
        else:
            return


def _make(connection: sqlite3.Connection, call: Call[SqliteTransaction], file: StoreFile) -> bool:
    """Make one change; if it fails, undo it alone. Raises what destroyed the whole transaction."""
    before = connection.total_changes
    connection.execute("SAVEPOINT change")
    try:
        call.result = call.change(SqliteTransaction(connection))
        catch_up(connection)
    except BaseException as error:
        if not connection.in_transaction:
            # SQLite has undone everything, as it may when the disk is full.
            raise
        connection.execute("ROLLBACK TO change")
        connection.execute("RELEASE change")
        call.error = file.translated(error)
        return False
    connection.execute("RELEASE change")
    return connection.total_changes > before
