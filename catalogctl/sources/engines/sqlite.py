"""SQLite databases."""

import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from catalogctl.domain.catalogue import ColumnMetadata, SourceMetadata, TableMetadata, TableProfile
from catalogctl.domain.errors import SourceFailed
from catalogctl.domain.sources import Source
from catalogctl.sources.engines.sampling import ESTIMATED_FROM, Count, without_statistics
from catalogctl.sources.engines.sqlite_metadata import read_metadata
from catalogctl.sources.engines.sqlite_relations import Part, parts_of, quick_count, relation_of, relations, sample_of
from catalogctl.sources.engines.sqlite_session import SqliteSession, patiently
from catalogctl.sources.engines.untouched import Changing, Copies, Opening, open_untouched
from catalogctl.sources.failures import failed, missing, sqlite_failed, system_failed
from catalogctl.sources.interruption import Interruption
from catalogctl.sources.profile.kinds import Kind
from catalogctl.sources.profile.profiler import Profiled, profile_columns, table_profile
from catalogctl.sources.profile.values import fit

T = TypeVar("T")

_ATTEMPTS = 4
_LANES = 2
_LARGE = 50_000
"""Rows from which on two connections share the columns of a table."""


class SqliteReader:
    """The SourceReader of a SQLite database."""

    def __init__(self, source: Source, copies: Copies) -> None:
        self._source = source
        self._path = Path(source.location)
        self._copies = copies
        self._interruption = Interruption(self._cancel)
        self._opening: Opening | None = None
        self._sessions: list[SqliteSession] = []
        with self._in_words():
            self._open()

    def metadata(self) -> SourceMetadata:
        return self._steadily(lambda session: read_metadata(session.ask))

    def profile(self, table: TableMetadata, *, sample: int | None) -> TableProfile:
        return self._steadily(lambda session: self._profile(session, table, sample))

    def estimate(self, table: TableMetadata) -> TableProfile:
        return without_statistics(table, None, self.profile(table, sample=ESTIMATED_FROM))

    def query(self, sql: str, *, limit: int) -> list[tuple[Any, ...]]:
        def answer(session: SqliteSession) -> list[tuple[Any, ...]]:
            with session.short_values():
                return fit(session.query(f"SELECT * FROM ({sql}) LIMIT {limit}"))

        return self._steadily(answer)

    def explain(self, sql: str) -> None:
        self._steadily(lambda session: session.query(f"EXPLAIN {sql}"))

    def interrupt(self) -> None:
        self._interruption.stop()

    def close(self) -> None:
        while self._sessions:
            self._sessions.pop().close()
        opening, self._opening = self._opening, None
        if opening is not None:
            opening.release()

    def _profile(self, session: SqliteSession, table: TableMetadata, sample: int | None) -> TableProfile:
        about = None if sample is None else quick_count(session.dialect, session.ask, table)
        if sample is not None and about is not None and sample < about:
            return self._profile_sample(session, table, sample, Count(rows=about, is_estimate=True))
        count = session.count(relation_of(session.dialect, table))
        if sample is not None and sample < count:
            return self._profile_sample(session, table, sample, Count(rows=count))
        lanes = min(_LANES, os.cpu_count() or 1) if count >= _LARGE else 1
        parts = parts_of(table, lanes=lanes)
        if lanes == 1 or len(parts) == 1:
            return table_profile(table, self._profile_parts(session, table, parts), row_count=count)
        with self._second_session() as other, ThreadPoolExecutor(1, "profile") as pool:
            theirs = pool.submit(self._profile_parts, other, table, parts[1::2])
            ours = self._profile_parts(session, table, parts[::2])
            return table_profile(table, [*ours, *theirs.result()], row_count=count)

    def _profile_sample(self, session: SqliteSession, table: TableMetadata, rows: int, of: Count) -> TableProfile:
        chosen = sample_of(session.dialect, session.ask, table, rows)
        found = int(session.query(f"SELECT COUNT(*) FROM {chosen.relation}")[0][0])
        columns = self._profile_parts(session, table, parts_of(table, lanes=1), chosen.relation)
        return table_profile(
            table,
            columns,
            row_count=of.rows,
            row_count_is_estimate=of.is_estimate,
            rows_profiled=found,
            remarks=[chosen.remark] if chosen.remark else [],
        )

    def _profile_parts(
        self, session: SqliteSession, table: TableMetadata, parts: Sequence[Part], origin: str | None = None
    ) -> list[Profiled]:
        found = relations(session.dialect, session.ask, table, parts, origin=origin)
        with self._in_words():
            return profile_columns(session, found, _kind_of)

    def _steadily(self, read: Callable[[SqliteSession], T]) -> T:
        """What *read* finds in a database that did not change under it; tried anew where SQLite cannot see to it."""
        with self._in_words():
            for _ in range(_ATTEMPTS):
                opening = self._opening
                if opening is None:
                    opening = self._open()
                try:
                    found = read(self._sessions[0])
                except (sqlite3.DatabaseError, SourceFailed):
                    if opening.is_current():
                        raise
                else:
                    if opening.is_current():
                        return found
                self.close()
                self._interruption.check()
        raise self._changing()

    def _open(self) -> Opening:
        if not self._path.exists():
            raise missing(self._source)
        opening = patiently(lambda: open_untouched(self._path, self._copies), self._interruption)
        self._opening = opening
        try:
            self._sessions.append(SqliteSession(self._source, opening, self._interruption))
        except BaseException:
            self.close()
            raise
        return opening

    @contextmanager
    def _second_session(self) -> Iterator[SqliteSession]:
        if self._opening is None:
            raise failed(self._source, "it is closed")
        session = SqliteSession(self._source, self._opening, self._interruption)
        self._sessions.append(session)
        try:
            yield session
        finally:
            self._sessions.remove(session)
            session.close()

    def _cancel(self) -> None:
        for session in list(self._sessions):
            # Between the look and the call the reader may have closed it.
            with suppress(sqlite3.ProgrammingError):
                session.connection.interrupt()

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise sqlite_failed(self._source, error) from error
        except OSError as error:
            raise system_failed(self._source, error) from error
        except Changing as error:
            raise self._changing() from error

    def _changing(self) -> SourceFailed:
        return failed(self._source, "it keeps changing", hint="Try again when less is written to it.")


def _kind_of(column: ColumnMetadata) -> Kind:
    """FLOAT where SQLite makes floats of all numbers (its rules of affinity, 3.1), otherwise each value tells."""
    word = column.data_type.upper()
    if re.search("INT|CHAR|CLOB|TEXT|BLOB", word):
        return Kind.DYNAMIC
    return Kind.FLOAT if re.search("REAL|FLOA|DOUB", word) else Kind.DYNAMIC
