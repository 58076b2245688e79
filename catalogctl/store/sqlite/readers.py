"""The connections that reads borrow, each for the length of one answer."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from catalogctl.store.sqlite.files import StoreFile
from catalogctl.store.sqlite.reads import SqliteReads

MAX_IDLE = 8


class Readers:
    """Connections for reading, as many as there are threads that read at once, some of them kept for the next."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._is_closed = False

    @contextmanager
    def snapshot(self) -> Iterator[SqliteReads]:
        """Reads of one moment. Raises StoreUnavailable."""
        self._file.check()
        connection = self._borrow()
        try:
            connection.execute("BEGIN")
            yield SqliteReads(connection)
            connection.execute("COMMIT")
        except BaseException as error:
            # It may be in the middle of something, or of a file that is no more.
            with suppress(sqlite3.Error):
                connection.close()
            if (translated := self._file.translated(error)) is not error:
                raise translated from error
            raise
        self._give_back(connection)

    def close(self) -> None:
        """Close what is idle now, and what is borrowed when it comes back."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _borrow(self) -> sqlite3.Connection:
        with self._lock:
            if self._is_closed:
                raise self._file.closed()
            if self._idle:
                return self._idle.pop()
        try:
            return self._file.connect(is_writer=False)
        except sqlite3.Error as error:
            raise self._file.translated(error) from error

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._is_closed and len(self._idle) < MAX_IDLE:
                self._idle.append(connection)
                return
        connection.close()
