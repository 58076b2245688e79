"""A SQLite database, read without leaving a trace; the profile's groups are kept in temporary tables on the disk."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from catalogctl.domain.catalogue import SourceMetadata, TableMetadata, TableProfile
from catalogctl.domain.errors import SourceFailed
from catalogctl.domain.ports import SourceReader
from catalogctl.sources.engines.profiling import profile_table
from catalogctl.sources.engines.untouched import Changing, Copies, Opening, open_untouched
from catalogctl.sources.interruption import Interruption
from catalogctl.sources.profile import statements
from catalogctl.sources.profile.dialects import SqliteDialect
from catalogctl.sources.profile.kinds import Kind

T = TypeVar("T")
Row = Sequence[Any]

_CACHE_KIB = 16 * 1024
_PATIENCE = 5.0
_NAP = 0.05
_ATTEMPTS = 3
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class SqliteReader(SourceReader):
    """A reader of the SQLite database at *path*."""

    dialect = SqliteDialect()

    def __init__(self, path: Path, copies: Copies) -> None:
        self._path = path
        self._copies = copies
        self._opening: Opening | None = None
        self._connection: sqlite3.Connection | None = None
        self._interruption = Interruption(self._cancel)

    def metadata(self) -> SourceMetadata:
        return self._whole(self._declared)

    def profile(self, table: TableMetadata, *, sample: int | None) -> TableProfile:
        return self._whole(lambda: profile_table(self, table, sample=sample, kind_of=lambda _: Kind.DYNAMIC))

    def interrupt(self) -> None:
        self._interruption.stop()

    def close(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
        if self._opening is not None:
            self._opening.release()
            self._opening = None

    def ask(self, statement: str) -> list[Row]:
        """The rows of one statement. Raises sqlite3.Error, Interrupted."""
        with self._interruption.statement():
            return self._connected().execute(statement).fetchall()

    @contextmanager
    def groups(self, relation: str, column: str, kind: Kind) -> Iterator["_KeptGroups"]:
        """Group a column once, into a temporary table that is numbered in the order of the values."""
        self.ask("BEGIN")
        try:
            rows = self.ask(f"SELECT COUNT(*) FROM {relation}")[0][0]
            self.ask(f"CREATE TEMP TABLE {statements.GROUPS} (place INTEGER PRIMARY KEY, v, n, size)")
            query = statements.grouped(self.dialect, relation, column, kind)
            self.ask(f"INSERT INTO {statements.GROUPS} (v, n, size) {query}")
            yield _KeptGroups(rows, self.ask)
        finally:
            with suppress(sqlite3.Error):
                self._connected().rollback()

    def _declared(self) -> SourceMetadata:
        from sqlalchemy import create_engine  # noqa: PLC0415 - a tenth of a second that a profile need not pay
        from sqlalchemy.pool import StaticPool  # noqa: PLC0415

        from catalogctl.sources.engines.declared import declared  # noqa: PLC0415

        types = {
            (table, column): word
            for table, column, word in self.ask(
                "SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_xinfo(m.name) c "
                "WHERE m.type IN ('table', 'view')"
            )
        }
        engine = create_engine("sqlite://", creator=self._connected, poolclass=StaticPool)
        with self._interruption.statement(), engine.connect() as connection:
            return declared(connection, types=types)

    def _whole(self, read: Callable[[], T]) -> T:
        """What *read* reads, all of it of one state of the file: again when it changed meanwhile."""
        for _ in range(_ATTEMPTS):
            try:
                answer = self._patiently(read)
                if self._opening is None or self._opening.is_current():
                    return answer
            except Changing:
                pass
            self.close()
        raise SourceFailed(f"{self._path} keeps changing while it is read", hint="Try again when fewer write to it.")

    def _patiently(self, read: Callable[[], T]) -> T:
        for _ in range(int(_PATIENCE / _NAP)):
            try:
                return read()
            except BlockingIOError:
                pass
            except sqlite3.Error as error:
                if (getattr(error, "sqlite_errorcode", 0) & 0xFF) not in _BUSY:
                    raise self._failure(error) from error
            except OSError as error:
                raise SourceFailed(f"{self._path} cannot be read: {error.strerror}") from error
            self.close()
            self._interruption.pause(_NAP)
        raise SourceFailed(f"{self._path} is locked by another program", hint="Try again when it is done writing.")

    def _failure(self, error: sqlite3.Error) -> SourceFailed:
        if not self._path.exists():
            return SourceFailed(f"{self._path} is not there any more", hint="Put it back, or remove the source.")
        return SourceFailed(f"{self._path} cannot be read: {error}")

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._opening = open_untouched(self._path, self._copies)
            self._connection = self._opening.connect()
            # Bounded memory, whatever the size of the data; what does not fit goes to temporary files.
            self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            self._connection.execute("PRAGMA temp_store = FILE")
            self._connection.execute("PRAGMA trusted_schema = OFF")
        return self._connection

    def _cancel(self) -> None:
        connection = self._connection
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.interrupt()


class _KeptGroups:
    def __init__(self, rows: int, ask: Callable[[str], list[Row]]) -> None:
        self.rows = rows
        self.ask = ask
