"""DuckDB: its own database files, and CSV, Parquet and JSON, which it reads where they lie. Nothing is downloaded."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from catalogctl.domain.catalogue import ColumnMetadata, ForeignKey, SourceMetadata, TableMetadata, TableProfile
from catalogctl.domain.errors import SourceFailed
from catalogctl.domain.ports import SourceReader
from catalogctl.domain.runs import Note
from catalogctl.sources.engines.profiling import profile_table
from catalogctl.sources.interruption import Interruption
from catalogctl.sources.profile import statements
from catalogctl.sources.profile.dialects import DuckDbDialect
from catalogctl.sources.profile.kinds import Kind, kind_of
from catalogctl.sources.scratch import Scratch

T = TypeVar("T")
Row = Sequence[Any]

_MEMORY = "512MB"
_SCHEMA = "main"


class DuckDbReader(SourceReader):
    """A reader of a database file, or of *files*: a query that reads it for each name of a table."""

    dialect = DuckDbDialect()

    def __init__(self, path: Path, *, files: Mapping[str, str] | None = None) -> None:
        self._path = path
        self._files = files
        self._scratch = Scratch()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._interruption = Interruption(self._cancel)

    def metadata(self) -> SourceMetadata:
        return self._told(self._declared)

    def profile(self, table: TableMetadata, *, sample: int | None) -> TableProfile:
        def read() -> TableProfile:
            if self._files is not None:
                self._view(table.name)
            return profile_table(self, table, sample=sample, kind_of=kind_of)

        return self._told(read)

    def interrupt(self) -> None:
        self._interruption.stop()

    def close(self) -> None:
        if self._connection is not None:
            with suppress(duckdb.Error):
                self._connection.close()
            self._connection = None
        self._scratch.close()

    def ask(self, statement: str) -> list[Row]:
        """The rows of one statement. Raises duckdb.Error, Interrupted."""
        with self._interruption.statement():
            return list(self._connected().execute(statement).fetchall())

    @contextmanager
    def groups(self, relation: str, column: str, kind: Kind) -> Iterator["_KeptGroups"]:
        """Group a column once, into a temporary table."""
        self.ask("BEGIN")
        try:
            rows = int(self.ask(f"SELECT COUNT(*) FROM {relation}")[0][0])
            query = statements.grouped(self.dialect, relation, column, kind)
            self.ask(f"CREATE TEMP TABLE {statements.GROUPS} AS {query}")
            yield _KeptGroups(rows, self.ask)
        finally:
            with suppress(duckdb.Error):
                self._connected().rollback()

    def _declared(self) -> SourceMetadata:
        notes = list(self._views()) if self._files is not None else []
        keys, foreign = self._constraints()
        columns: dict[str, list[ColumnMetadata]] = {}
        for schema, table, name, type_, nullable, default, comment in self.ask(
            "SELECT schema_name, table_name, column_name, data_type, is_nullable, column_default, comment "
            "FROM duckdb_columns() WHERE NOT internal AND database_name = current_database() "
            "ORDER BY schema_name, table_name, column_index"
        ):
            shown = _shown(schema, table)
            columns.setdefault(shown, []).append(
                ColumnMetadata(
                    name=name,
                    data_type=type_,
                    is_nullable=bool(nullable),
                    default=default,
                    is_primary_key=name in keys.get(shown, ()),
                    comment=comment,
                )
            )
        tables = [
            TableMetadata(
                name=_shown(schema, name),
                columns=tuple(columns.get(_shown(schema, name), ())),
                foreign_keys=tuple(foreign.get(_shown(schema, name), ())),
                is_view=bool(is_view) and self._files is None,
                schema=None if schema == _SCHEMA else schema,
                comment=comment,
            )
            for schema, name, is_view, comment in self.ask(
                "SELECT schema_name, table_name, false, comment FROM duckdb_tables() "
                "WHERE NOT internal AND database_name = current_database() UNION ALL "
                "SELECT schema_name, view_name, true, comment FROM duckdb_views() "
                "WHERE NOT internal AND database_name = current_database() ORDER BY 1, 2"
            )
        ]
        return SourceMetadata(tables=tuple(sorted(tables, key=lambda table: table.name)), notes=tuple(notes))

    def _constraints(self) -> tuple[dict[str, set[str]], dict[str, list[ForeignKey]]]:
        keys: dict[str, set[str]] = {}
        foreign: dict[str, list[ForeignKey]] = {}
        for schema, table, kind, names, other, referred in self.ask(
            "SELECT schema_name, table_name, constraint_type, constraint_column_names, referenced_table, "
            "referenced_column_names FROM duckdb_constraints() WHERE database_name = current_database()"
        ):
            shown = _shown(schema, table)
            if kind == "PRIMARY KEY":
                keys.setdefault(shown, set()).update(names)
            elif kind == "FOREIGN KEY":
                key = ForeignKey(columns=tuple(names), referred_table=other, referred_columns=tuple(referred))
                foreign.setdefault(shown, []).append(key)
        return keys, foreign

    def _views(self) -> Iterator[Note]:
        for name in self._files or ():
            try:
                self._view(name)
            except duckdb.Error as error:
                yield Note(table=name, message=f"this file cannot be read: {_first_line(error)}")

    def _view(self, name: str) -> None:
        query = (self._files or {})[name]
        self.ask(f"CREATE OR REPLACE VIEW {self.dialect.quote(name)} AS {query}")

    def _told(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except duckdb.Error as error:
            if not self._path.exists():
                raise SourceFailed(
                    f"{self._path} is not there any more", hint="Put it back, or remove the source."
                ) from error
            raise SourceFailed(f"{self._path} cannot be read: {_first_line(error)}") from error

    def _connected(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            place = ":memory:" if self._files is not None else str(self._path)
            self._connection = duckdb.connect(
                place,
                read_only=self._files is None,
                config={
                    "autoinstall_known_extensions": "false",
                    "autoload_known_extensions": "false",
                    "memory_limit": _MEMORY,
                    "temp_directory": str(self._scratch.path),
                    "threads": "2",
                },
            )
        return self._connection

    def _cancel(self) -> None:
        connection = self._connection
        if connection is not None:
            with suppress(duckdb.Error):
                connection.interrupt()


class _KeptGroups:
    def __init__(self, rows: int, ask: Callable[[str], list[Row]]) -> None:
        self.rows = rows
        self.ask = ask


def _shown(schema: str, name: str) -> str:
    return name if schema == _SCHEMA else f"{schema}.{name}"


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
