"""One connection to a SQLite database, and the Engine on which the profiler works."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from catalogctl.domain.sources import Source
from catalogctl.sources.engines.untouched import Opening
from catalogctl.sources.failures import sqlite_failed
from catalogctl.sources.interruption import Interruption
from catalogctl.sources.profile.dialects import SqliteDialect
from catalogctl.sources.profile.kinds import Kind
from catalogctl.sources.profile.profiler import Groups
from catalogctl.sources.profile.statements import GROUPS, grouped

T = TypeVar("T")

_LOCKED_SECONDS = 5.0
_LOOK_AGAIN_SECONDS = 0.05
_PROBED_ROWS = 2000
_LONGEST = 16 * 2**20
"""Bytes of a value in a query that others have thought of: it must not fill the memory before its deadline."""
_WHOLE = "catalogctl_whole"

_SETTINGS = (
    "PRAGMA trusted_schema = OFF",
    # Sorting in pieces that fit the processor's cache is faster than in large ones, and bounds the memory.
    "PRAGMA cache_size = -2000",
    "PRAGMA temp_store = FILE",
    f"CREATE TEMP TABLE {GROUPS} (place INTEGER PRIMARY KEY, v, n, size)",
    f"CREATE TEMP TABLE {_WHOLE} (v INTEGER PRIMARY KEY, n)",
)


class SqliteSession:
    """Runs statements, patiently while the database is locked, until it is interrupted."""

    def __init__(self, source: Source, opening: Opening, interruption: Interruption) -> None:
        """Connect. Raises sqlite3.Error, Interrupted."""
        self._source = source
        self._interruption = interruption
        self._counts: dict[str, tuple[int, int]] = {}
        self.connection = opening.connect()
        try:
            for setting in _SETTINGS:
                self.ask(setting)
            [(collations,)] = self.ask("SELECT COUNT(*) FROM main.sqlite_schema WHERE sql LIKE '%collate%'")
        except BaseException:
            self.connection.close()
            raise
        self.dialect = SqliteDialect(has_collations=collations > 0)

    def ask(self, statement: str, *parameters: Any) -> list[Sequence[Any]]:
        """The rows of *statement*. Raises sqlite3.Error, Interrupted."""
        with self._interruption.statement():
            return patiently(lambda: self.connection.execute(statement, parameters).fetchall(), self._interruption)

    def query(self, statement: str) -> list[Sequence[Any]]:
        """The rows of *statement*. Raises SourceFailed."""
        try:
            return self.ask(statement)
        except sqlite3.Error as error:
            raise sqlite_failed(self._source, error) from error

    @contextmanager
    def short_values(self) -> Iterator[None]:
        """In the block, no value of a statement may become longer than 16 MB."""
        usual = self.connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        try:
            yield
        finally:
            self.connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, usual)

    def count(self, relation: str) -> int:
        """The rows of *relation*, counted anew only after somebody else has written."""
        [(version,)] = self.query("PRAGMA main.data_version")
        known = self._counts.get(relation)
        if known is None or known[0] != version or relation.startswith("temp."):
            [(rows,)] = self.query(f"SELECT COUNT(*) FROM {relation}")
            known = self._counts[relation] = (version, int(rows))
        return known[1]

    @contextmanager
    def groups(self, relation: str, column: str, kind: Kind) -> Iterator[Groups]:
        """Group into a table that is emptied afterwards."""
        # One transaction, so that the count fits the groups; a short one, because a writer may have to wait for it.
        with self._transaction():
            rows = self.count(relation)
            if kind is not Kind.FLOAT or not self._group_whole_numbers(relation, column):
                self.query(f"INSERT INTO temp.{GROUPS} (v, n, size) {grouped(self.dialect, relation, column, kind)}")
        yield Groups(rows=rows, ask=self.query)
        self.query(f"DELETE FROM temp.{GROUPS}")

    def close(self) -> None:
        """Let go of the database."""
        self.connection.close()

    def _group_whole_numbers(self, relation: str, column: str) -> bool:
        """Group a column of floats that are all whole and repeat often by using them as keys, in half the time that
        sorting floats takes. False, and nothing grouped, for any other column. In a column declared for floats,
        text that looks like a number has become one already.
        """
        name = self.dialect.quote(column)
        head = f"SELECT {name} AS v FROM {relation} WHERE {name} IS NOT NULL LIMIT {_PROBED_ROWS}"
        [(total, distinct)] = self.query(f"SELECT COUNT(*), COUNT(DISTINCT v) FROM ({head})")
        if distinct * 2 > total:
            return False
        try:
            self.ask(
                f"INSERT INTO temp.{_WHOLE} SELECT {name}, 1 FROM {relation} WHERE {name} IS NOT NULL "
                f"ON CONFLICT (v) DO UPDATE SET n = n + 1"
            )
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_MISMATCH:
                raise
            # SQLite leaves what came before the value that did not fit.
            self.query(f"DELETE FROM temp.{_WHOLE}")
            return False
        self.query(f"INSERT INTO temp.{GROUPS} (v, n) SELECT CAST(v AS REAL), n FROM temp.{_WHOLE} ORDER BY v")
        self.query(f"DELETE FROM temp.{_WHOLE}")
        return True

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.query("BEGIN")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")
            raise
        self.query("COMMIT")


def patiently(attempt: Callable[[], T], interruption: Interruption) -> T:
    """What *attempt* returns; it is made again for a while as long as the database is locked."""
    until = time.monotonic() + _LOCKED_SECONDS
    while True:
        try:
            return attempt()
        except (sqlite3.OperationalError, BlockingIOError) as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_BUSY) & 0xFF
            if code != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        interruption.pause(_LOOK_AGAIN_SECONDS)
