"""A DuckDB that reads what it is given and nothing else: no extension, no network, no file besides."""

import atexit
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Self

import duckdb

from catalogctl.domain.sources import Source
from catalogctl.sources.engines.duckdb_failures import statement_failed
from catalogctl.sources.engines.folder import literal
from catalogctl.sources.interruption import Interruption
from catalogctl.sources.profile.dialects import DuckDbDialect
from catalogctl.sources.profile.kinds import Kind
from catalogctl.sources.profile.profiler import Groups
from catalogctl.sources.profile.statements import GROUPS, grouped
from catalogctl.sources.profile.values import fit
from catalogctl.sources.scratch import Scratch

_MEMORY = "256MB"
STAGE = "catalogctl_stage"
_VECTOR = 2048
"""Rows that DuckDB works on together."""
_ENOUGH_VECTORS = 100
"""So many are looked at even for a sample of few rows: those of one are often alike."""
_READ_THROUGH = 500_000
"""Rows of a table that is read through for a sample."""
_SPARE = 1.5
_ONE_THREAD = threading.Lock()


def _settings(scratch: Path) -> dict[str, Any]:
    return {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "python_enable_replacements": False,
        "memory_limit": _MEMORY,
        "temp_directory": str(scratch),
    }


@cache
def _shared_scratch() -> Scratch:
    """Where database files put what exceeds the memory: DuckDB wants one setting for all who have the same one open."""
    scratch = Scratch()
    atexit.register(scratch.close)
    return scratch


class DuckDbSession:
    """A connection, and the Engine on which the profiler works."""

    dialect = DuckDbDialect()

    def __init__(self, source: Source, connection: duckdb.DuckDBPyConnection) -> None:
        self._source = source
        self._connection = connection
        self.interruption = Interruption(connection.interrupt)
        connection.execute("SET TimeZone = 'UTC'")

    @classmethod
    def of_database(cls, source: Source, path: Path) -> Self:
        """Open the database file at *path*. Raises duckdb.Error."""
        settings = {**_settings(_shared_scratch().path), "enable_external_access": False}
        return cls(source, duckdb.connect(str(path), read_only=True, config=settings))

    @classmethod
    def of_files(cls, source: Source, location: Path, *, scratch: Path) -> Self:
        """Open an empty database that may read what lies at *location* or in *scratch*."""
        session = cls(source, duckdb.connect(config=_settings(scratch)))
        # DuckDB asks first for the pattern, then for each file that the pattern finds.
        places = [str(location), literal(location)]
        session._allow("allowed_directories", [*(places if location.is_dir() else []), str(scratch)])
        session._allow("allowed_paths", [] if location.is_dir() else places)
        session.query("SET enable_external_access = false")
        return session

    def _allow(self, setting: str, paths: Sequence[str]) -> None:
        self.query(f"SET {setting} = [{', '.join(self.dialect.literal(path) for path in paths)}]")

    def query(self, statement: str) -> list[Sequence[Any]]:
        """The rows of *statement*. Raises SourceFailed, StatementRefused, Interrupted."""
        with self._in_words(), self.interruption.statement():
            return list(self._connection.execute(statement).fetchall())

    def answer(self, sql: str, *, limit: int) -> list[tuple[Any, ...]]:
        """The first *limit* rows of a query, fit for JSON."""
        return fit(self.query(f"SELECT * FROM ({sql}) LIMIT {limit}"))

    def count(self, relation: str) -> int:
        """The rows of *relation*."""
        return int(self.query(f"SELECT COUNT(*) FROM {relation}")[0][0])

    def stage(self, query: str) -> int:
        """Keep the rows of *query* in the temporary table ``STAGE``; returns how many there are."""
        self.query(f"CREATE OR REPLACE TEMP TABLE {STAGE} AS {query}")
        return self.count(STAGE)

    def sample(self, relation: str, *, rows: int, of: int) -> int:
        """Stage *rows* rows by chance, always the same, of the *of* rows of *relation*; returns how many there are."""
        origin = relation
        if of > _READ_THROUGH:
            # Whole vectors of a large table, without reading the others; more than needed, as their number varies.
            share = min(1.0, max(rows * _SPARE, _ENOUGH_VECTORS * _VECTOR) / of)
            origin = f"(SELECT * FROM {relation} TABLESAMPLE SYSTEM ({100 * share:.8f} PERCENT) REPEATABLE (1))"
        # With several threads it would be chance which rows come from which. The setting is that of all sessions.
        with _ONE_THREAD:
            self.query("SET threads = 1")
            try:
                return self.stage(f"SELECT * FROM {origin} USING SAMPLE reservoir({rows} ROWS) REPEATABLE (1)")
            finally:
                self._connection.execute("RESET threads")

    @contextmanager
    def groups(self, relation: str, column: str, kind: Kind) -> Iterator[Groups]:
        self.query(f"CREATE OR REPLACE TEMP TABLE {GROUPS} AS {grouped(self.dialect, relation, column, kind)}")
        yield Groups(rows=self.count(relation), ask=self.query)

    def close(self) -> None:
        """Let go of the database and of what was staged."""
        self._connection.close()

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            raise statement_failed(self._source, error) from error
