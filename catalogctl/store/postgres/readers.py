"""The connections that reads borrow, each for the length of one answer."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

import psycopg

from catalogctl.store.postgres.address import Address
from catalogctl.store.postgres.connection import PostgresConnection
from catalogctl.store.postgres.failures import closed, refused, translated
from catalogctl.store.postgres.reads import PostgresReads
from catalogctl.store.relational.connection import Row

MAX_CONNECTIONS = 8
PATIENCE = 10.0

# A process that is stopped in the middle of a read must not keep the server from cleaning up.
_TIMEOUT = "SET LOCAL idle_in_transaction_session_timeout TO '60s'"


class Readers:
    """At most *limit* connections for reading, opened when they are needed and kept for the next read.

    Our own and not psycopg's pool, because whoever finds no server must be told at once which one, and why.
    """

    def __init__(self, address: Address, *, limit: int = MAX_CONNECTIONS) -> None:
        self._address = address
        self._limit = limit
        self._begin = ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", address.search_path(), _TIMEOUT)
        self._free = threading.Semaphore(limit)
        self._lock = threading.Lock()
        self._idle: list[psycopg.Connection[Row]] = []
        self._is_closed = False

    @contextmanager
    def snapshot(self) -> Iterator[PostgresReads]:
        """Reads of one moment. Raises StoreUnavailable."""
        if not self._free.acquire(timeout=PATIENCE):
            reason = f"all its {self._limit} connections for reading have been busy for {PATIENCE:g} s"
            raise refused(self._address, reason, hint="Try again in a moment.")
        try:
            with self._transaction() as reads:
                yield reads
        finally:
            self._free.release()

    def server_time(self) -> datetime:
        """The server's present moment. Raises StoreUnavailable."""
        with self.snapshot() as reads:
            return reads.server_time()

    @contextmanager
    def _transaction(self) -> Iterator[PostgresReads]:
        raw: psycopg.Connection[Row] | None = None
        try:
            raw = self._borrow()
            connection = PostgresConnection(raw)
            connection.before(*self._begin)
            yield PostgresReads(connection)
            if connection.is_open:
                raw.execute("COMMIT")
        except BaseException as error:
            # It may be in the middle of something.
            if raw is not None:
                raw.close()
            if (other := translated(error, self._address)) is not error:
                raise other from error
            raise
        self._give_back(raw)

    def _borrow(self) -> psycopg.Connection[Row]:
        """An idle connection, or a new one. An idle one may have been cut meanwhile: then the next."""
        while True:
            with self._lock:
                if self._is_closed:
                    raise closed(self._address)
                raw = self._idle.pop() if self._idle else None
            if raw is None:
                return self._address.connect()
            try:
                PostgresConnection(raw).check()
            except psycopg.Error:
                raw.close()
            else:
                return raw

    def close(self) -> None:
        """Close what is idle now, and what is borrowed when it comes back."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for raw in idle:
            with suppress(psycopg.Error):
                raw.close()

    def _give_back(self, raw: psycopg.Connection[Row]) -> None:
        with self._lock:
            if not self._is_closed:
                self._idle.append(raw)
                return
        raw.close()
