"""SQLite databases."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from catalogctl.domain.catalogue import ColumnMetadata, SourceMetadata, TableMetadata, TableProfile
from catalogctl.domain.errors import SourceFailed
from catalogctl.domain.sources import Source
from catalogctl.sources.engines.sqlite_metadata import read_metadata
from catalogctl.sources.engines.sqlite_relations import relation_of, relations, sample_of
from catalogctl.sources.engines.untouched import Changing, Copies, Opening, open_untouched
from catalogctl.sources.failures import failed, missing, sqlite_failed, system_failed
from catalogctl.sources.interruption import Interruption
from catalogctl.sources.profile.dialects import SqliteDialect
from catalogctl.sources.profile.kinds import Kind
from catalogctl.sources.profile.profiler import Groups, profile_table
from catalogctl.sources.profile.statements import GROUPS, grouped
from catalogctl.sources.profile.values import fit

T = TypeVar("T")

_ATTEMPTS = 4
_LOCKED_SECONDS = 5.0
_LOOK_AGAIN_SECONDS = 0.05
_PROBED_ROWS = 2000
_WHOLE = "catalogctl_whole"

_SETTINGS = (
    "PRAGMA trusted_schema = OFF",
    # Sorting in pieces that fit the processor's cache is faster than in large ones, and bounds the memory.
    "PRAGMA cache_size = -2000",
    "PRAGMA temp_store = FILE",
    f"CREATE TEMP TABLE {GROUPS} (place INTEGER PRIMARY KEY, v, n, size)",
    f"CREATE TEMP TABLE {_WHOLE} (v INTEGER PRIMARY KEY, n)",
)


class SqliteReader:
    """The SourceReader of a SQLite database, and the Engine on which the profiler works."""

    dialect = SqliteDialect()

    def __init__(self, source: Source, copies: Copies) -> None:
        self._source = source
        self._path = Path(source.location)
        self._copies = copies
        self._interruption = Interruption(self._cancel)
        self._opening: Opening | None = None
        self._connection: sqlite3.Connection | None = None
        try:
            with self._in_words():
                self._open()
        except BaseException:
            self.close()
            raise

    def metadata(self) -> SourceMetadata:
        return self._steadily(lambda: read_metadata(self._ask))

    def profile(self, table: TableMetadata, *, sample: int | None) -> TableProfile:
        return self._steadily(lambda: self._profile(table, sample))

    def query(self, sql: str, *, limit: int) -> list[tuple[Any, ...]]:
        return self._steadily(lambda: fit(self._query(f"SELECT * FROM ({sql}) LIMIT {limit}")))

    def explain(self, sql: str) -> None:
        self._steadily(lambda: self._query(f"EXPLAIN {sql}"))

    def interrupt(self) -> None:
        self._interruption.stop()

    def close(self) -> None:
        connection, opening = self._connection, self._opening
        self._connection = self._opening = None
        if connection is not None:
            connection.close()
        if opening is not None:
            opening.release()

    @contextmanager
    def groups(self, relation: str, column: str, kind: Kind) -> Iterator[Groups]:
        # One transaction, so that the count fits the groups; a short one, because a writer may have to wait for it.
        with self._transaction():
            rows = int(self._query(f"SELECT COUNT(*) FROM {relation}")[0][0])
            if not self._group_whole_numbers(relation, column):
                self._query(f"INSERT INTO temp.{GROUPS} (v, n, size) {grouped(self.dialect, relation, column, kind)}")
        yield Groups(rows=rows, ask=self._query)
        self._query(f"DELETE FROM temp.{GROUPS}")

    def _profile(self, table: TableMetadata, sample: int | None) -> TableProfile:
        count = int(self._query(f"SELECT COUNT(*) FROM {relation_of(self.dialect, table)}")[0][0])
        origin, rows = None, None
        if sample is not None and sample < count:
            origin, rows = sample_of(self.dialect, self._ask, table, sample)
        return profile_table(
            self,
            table,
            relations=relations(self.dialect, self._ask, table, origin=origin),
            kind_of=_kind_of,
            row_count=count,
            rows_profiled=rows,
        )

    def _group_whole_numbers(self, relation: str, column: str) -> bool:
        """Group a column of floats that are all whole and repeat often by using them as keys, in half the time that
        sorting floats takes. False, and nothing grouped, for any other column.
        """
        name = self.dialect.quote(column)
        head = f"SELECT {name} AS v FROM {relation} WHERE {name} IS NOT NULL LIMIT {_PROBED_ROWS}"
        total, distinct, whole = self._query(
            f"SELECT COUNT(*), COUNT(DISTINCT v), SUM(typeof(v) = 'real' AND v = CAST(v AS INTEGER)) FROM ({head})"
        )[0]
        if not total or whole != total or distinct * 2 > total:
            return False
        try:
            # Text that looks like a number would become one: the type has to be asked for.
            self._ask(
                f"INSERT INTO temp.{_WHOLE} SELECT CASE typeof({name}) WHEN 'real' THEN {name} ELSE x'' END, 1 "
                f"FROM {relation} WHERE {name} IS NOT NULL ON CONFLICT (v) DO UPDATE SET n = n + 1"
            )
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_MISMATCH:
                raise
            return False
        self._query(f"INSERT INTO temp.{GROUPS} (v, n) SELECT CAST(v AS REAL), n FROM temp.{_WHOLE} ORDER BY v")
        self._query(f"DELETE FROM temp.{_WHOLE}")
        return True

    def _steadily(self, read: Callable[[], T]) -> T:
        """What *read* finds in a database that did not change under it; tried anew where SQLite cannot see to it."""
        with self._in_words():
            for _ in range(_ATTEMPTS):
                opening = self._opening
                if opening is None:
                    opening = self._open()
                try:
                    found = read()
                except (sqlite3.DatabaseError, SourceFailed):
                    if opening.is_current():
                        raise
                else:
                    if opening.is_current():
                        return found
                self.close()
                self._interruption.check()
        raise failed(self._source, "it keeps changing", hint="Try again when less is written to it.")

    def _open(self) -> Opening:
        if not self._path.exists():
            raise missing(self._source)
        opening = self._patiently(lambda: open_untouched(self._path, self._copies))
        self._opening, self._connection = opening, opening.connect()
        for setting in _SETTINGS:
            self._ask(setting)
        return opening

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._query("BEGIN")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):
                self._connected().execute("ROLLBACK")
            raise
        self._query("COMMIT")

    def _query(self, statement: str) -> list[Sequence[Any]]:
        """The rows of *statement*. Raises SourceFailed."""
        with self._in_words():
            return self._ask(statement)

    def _ask(self, statement: str, *parameters: Any) -> list[Sequence[Any]]:
        """The rows of *statement*. Raises sqlite3.Error, Interrupted."""
        with self._interruption.statement():
            return self._patiently(lambda: self._connected().execute(statement, parameters).fetchall())

    def _patiently(self, attempt: Callable[[], T]) -> T:
        """Try again for a while as long as the database is locked."""
        until = time.monotonic() + _LOCKED_SECONDS
        while True:
            try:
                return attempt()
            except (sqlite3.OperationalError, BlockingIOError) as error:
                code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_BUSY) & 0xFF
                if code != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
            self._interruption.pause(_LOOK_AGAIN_SECONDS)

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            raise failed(self._source, "it is closed")
        return self._connection

    def _cancel(self) -> None:
        connection = self._connection
        if connection is not None:
            # Between the look and the call the reader may have closed it.
            with suppress(sqlite3.ProgrammingError):
                connection.interrupt()

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise sqlite_failed(self._source, error) from error
        except OSError as error:
            raise system_failed(self._source, error) from error
        except Changing as error:
            raise failed(self._source, "it keeps changing", hint="Try again when less is written to it.") from error


def _kind_of(_: ColumnMetadata) -> Kind:
    return Kind.DYNAMIC
