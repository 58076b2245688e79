"""DuckDB database files."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from catalogctl.domain.catalogue import ColumnMetadata, ForeignKey, SourceMetadata, TableMetadata, TableProfile
from catalogctl.domain.runs import Note
from catalogctl.domain.sources import Source
from catalogctl.sources.engines.duckdb_failures import opening_failed
from catalogctl.sources.engines.duckdb_session import STAGE, DuckDbSession
from catalogctl.sources.engines.sampling import ESTIMATED_FROM, without_statistics
from catalogctl.sources.failures import StatementRefused, missing
from catalogctl.sources.profile.kinds import Kind, kind_of
from catalogctl.sources.profile.profiler import profile_columns, table_profile

_HERE = "database_name = current_database() AND NOT internal"
_TABLES = f"""
SELECT schema_name, table_name, comment, false FROM duckdb_tables() WHERE {_HERE}
UNION ALL SELECT schema_name, view_name, comment, true FROM duckdb_views() WHERE {_HERE}
"""
_COLUMNS = f"""
SELECT schema_name, table_name, column_name, data_type, is_nullable, column_default, comment
FROM duckdb_columns() WHERE {_HERE} ORDER BY schema_name, table_name, column_index
"""
_CONSTRAINTS = """
SELECT schema_name, table_name, constraint_type, constraint_column_names, referenced_table, referenced_column_names
FROM duckdb_constraints() WHERE database_name = current_database() AND constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY')
"""
_DEFAULT_SCHEMA = "main"

Key = tuple[str, str]


class DuckDbReader:
    """The SourceReader of a DuckDB database file."""

    def __init__(self, source: Source) -> None:
        path = Path(source.location)
        if not path.exists():
            raise missing(source)
        try:
            self._session = DuckDbSession.of_database(source, path)
        except duckdb.Error as error:
            raise opening_failed(source, path, error) from error

    def metadata(self) -> SourceMetadata:
        columns = self._columns()
        keys, foreign_keys = self._constraints()
        tables, notes = [], []
        for schema, table, comment, is_view in self._session.query(_TABLES):
            name = table if schema == _DEFAULT_SCHEMA else f"{schema}.{table}"
            if is_view and (reason := self._breakage(schema, table)):
                notes.append(Note(table=name, message=f"cannot be read: {reason}"))
                continue
            tables.append(
                TableMetadata(
                    name=name,
                    schema=schema,
                    is_view=is_view,
                    comment=comment,
                    columns=tuple(_column(row, keys[schema, table]) for row in columns[schema, table]),
                    foreign_keys=tuple(foreign_keys[schema, table]),
                )
            )
        return SourceMetadata(tables=tuple(sorted(tables, key=lambda one: one.name)), notes=tuple(notes))

    def profile(self, table: TableMetadata, *, sample: int | None) -> TableProfile:
        schema = table.schema or _DEFAULT_SCHEMA
        relation = self._relation(schema, table.name if schema == _DEFAULT_SCHEMA else table.name[len(schema) + 1 :])
        if table.is_view:
            self._session.stage(f"SELECT * FROM {relation}")
            relation = STAGE
        count, rows = self._session.count(relation), None
        if sample is not None and sample < count:
            rows = self._session.sample(relation, rows=sample, of=count)
            relation = STAGE
        columns = profile_columns(self._session, [(relation, table.columns)], _kind_of)
        return table_profile(table, columns, row_count=count, rows_profiled=rows)

    def estimate(self, table: TableMetadata) -> TableProfile:
        return without_statistics(table, None, self.profile(table, sample=ESTIMATED_FROM))

    def query(self, sql: str, *, limit: int) -> list[tuple[Any, ...]]:
        return self._session.answer(sql, limit=limit)

    def explain(self, sql: str) -> None:
        self._session.query(f"EXPLAIN {sql}")

    def interrupt(self) -> None:
        self._session.interruption.stop()

    def close(self) -> None:
        self._session.close()

    def _relation(self, schema: str, table: str) -> str:
        quote = self._session.dialect.quote
        return f"{quote(schema)}.{quote(table)}"

    def _columns(self) -> Mapping[Key, list[Sequence[Any]]]:
        found: dict[Key, list[Sequence[Any]]] = defaultdict(list)
        for schema, table, *column in self._session.query(_COLUMNS):
            found[schema, table].append(column)
        return found

    def _constraints(self) -> tuple[Mapping[Key, frozenset[str]], Mapping[Key, list[ForeignKey]]]:
        keys: dict[Key, frozenset[str]] = defaultdict(frozenset)
        foreign_keys: dict[Key, list[ForeignKey]] = defaultdict(list)
        for schema, table, kind, columns, referred_table, referred_columns in self._session.query(_CONSTRAINTS):
            if kind == "PRIMARY KEY":
                keys[schema, table] = frozenset(columns)
            else:
                # DuckDB's foreign keys stay within a schema.
                referred = referred_table if schema == _DEFAULT_SCHEMA else f"{schema}.{referred_table}"
                foreign_keys[schema, table].append(
                    ForeignKey(
                        columns=tuple(columns), referred_table=referred, referred_columns=tuple(referred_columns)
                    )
                )
        return keys, foreign_keys

    def _breakage(self, schema: str, view: str) -> str | None:
        """Why a view does not work, or None."""
        try:
            self._session.query(f"SELECT * FROM {self._relation(schema, view)} LIMIT 0")
        except StatementRefused as error:
            return error.reason
        return None


def _column(row: Sequence[Any], keys: frozenset[str]) -> ColumnMetadata:
    name, data_type, is_nullable, default, comment = row
    return ColumnMetadata(
        name=name,
        data_type=data_type,
        is_nullable=is_nullable,
        default=default,
        is_primary_key=name in keys,
        comment=comment,
    )


def _kind_of(column: ColumnMetadata) -> Kind:
    return kind_of(column.data_type)
