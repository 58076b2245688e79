"""Group commit: one thread of the process writes, and all who wait while it does share its next commit."""

import logging
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from catalogctl.store.sqlite.failures import is_busy
from catalogctl.store.sqlite.files import BUSY_TIMEOUT, StoreFile
from catalogctl.store.sqlite.transaction import SqliteTransaction
from catalogctl.store.sqlite.word_index import catch_up

T = TypeVar("T")

MAX_BATCH = 500

_log = logging.getLogger(__name__)


class _Call:
    """A change that somebody waits for; *outcome* is settled only when the commit is durable."""

    __slots__ = ("change", "error", "outcome", "result")

    def __init__(self, change: Callable[[SqliteTransaction], Any]) -> None:
        self.change = change
        self.outcome: Future[Any] = Future()
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self, failure: BaseException | None = None) -> None:
        """Tell the caller how it went; *failure* is what befell the whole batch."""
        error = self.error or failure
        if error is not None:
            self.outcome.set_exception(error)
        else:
            self.outcome.set_result(self.result)


class Writer:
    """The one thread that changes the store from this process; it starts with the first change.

    *on_commit* is called once for each commit that changed something, before its callers go on.
    """

    def __init__(self, file: StoreFile, *, on_commit: Callable[[], None]) -> None:
        self._file = file
        self._on_commit = on_commit
        self._connection: sqlite3.Connection | None = None
        self._bell = threading.Condition()
        self._waiting: list[_Call] = []
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def run(self, change: Callable[[SqliteTransaction], T]) -> T:
        """Have *change* made; returns when it is on the disk. What it raised is raised here and is undone alone."""
        call = _Call(change)
        with self._bell:
            if self._thread is threading.current_thread():
                raise RuntimeError("transact was called from inside a change: use the transaction that it was given")
            if self._is_closed:
                raise self._file.closed()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
                self._thread.start()
            self._waiting.append(call)
            self._bell.notify()
        outcome: T = call.outcome.result()
        return outcome

    def close(self) -> None:
        """Make the changes that are waiting, then stop."""
        with self._bell:
            self._is_closed = True
            self._bell.notify()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while batch := self._next_batch():
            try:
                is_changed = self._commit(batch)
            except BaseException as error:  # noqa: BLE001 - it belongs to those who wait; this thread must go on
                self._let_go()
                for call in batch:
                    call.settle(self._file.translated(error))
                continue
            # Commit first, wake after; and before the callers go on, so that they find the bell rung.
            if is_changed:
                self._ring()
            for call in batch:
                call.settle()
        self._let_go()

    def _ring(self) -> None:
        try:
            self._on_commit()
        except Exception:  # noqa: BLE001 - the commit is done, and its callers must hear of it
            _log.exception("what listens to commits must not fail")

    def _next_batch(self) -> Sequence[_Call]:
        with self._bell:
            self._bell.wait_for(lambda: self._waiting or self._is_closed)
            batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            return batch

    def _commit(self, batch: Sequence[_Call]) -> bool:
        """Make the changes of *batch* in one transaction; true when something is different now."""
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
        return is_changed

    def _let_go(self) -> None:
        """Close the connection, which undoes what is open on it; the next batch begins with a fresh one."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


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


def _make(connection: sqlite3.Connection, call: _Call, file: StoreFile) -> bool:
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
