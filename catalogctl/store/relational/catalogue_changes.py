"""The catalogue's changes, in bulk, inside the transaction that is open on the connection."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalogctl.domain.catalogue import CatalogueCounts, ExtractedColumn, ExtractedTable
from catalogctl.domain.errors import NotFound, SourceNotFound, TableNotFound
from catalogctl.store.relational.catalogue_reads import foreign_keys_to_row
from catalogctl.store.relational.connection import Connection
from catalogctl.store.relational.rows import json_from_row, json_to_row, moment_to_row
from catalogctl.store.relational.texts import renew_texts
from catalogctl.store.saving import columns_to_write, context_after, names_given, profile_after

_TABLE_CHANGED = """is_view <> :is_view OR coalesce(row_count, -1) <> coalesce(CAST(:row_count AS BIGINT), -1)
    OR coalesce(comment, '') <> coalesce(:comment, '')"""

_COLUMN_CHANGED = """data_type <> :data_type OR is_primary_key <> :is_primary_key
    OR coalesce(comment, '') <> coalesce(:comment, '') OR coalesce(profile, '') <> coalesce(:profile, '')"""

_CHANGED_BY_COLUMNS = """
UPDATE catalogue_tables SET changed_at = :at WHERE changed_at <> :at
    AND EXISTS (SELECT 1 FROM catalogue_columns AS c WHERE c.table_id = catalogue_tables.id AND c.changed_at = :at)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Present:
    """A table that the catalogue has, and of each of its columns by name the id and since when it has it."""

    id: int
    created_at: int
    row_count: int | None
    row_count_is_estimate: int
    foreign_keys: str
    columns: Mapping[str, tuple[int, int]]


class CatalogueChanges:
    """What a transaction may change in the catalogue."""

    _connection: Connection

    def save_tables(
        self, source_id: int, tables: Sequence[ExtractedTable], *, at: datetime, is_complete: bool
    ) -> CatalogueCounts:
        self._save_source(source_id, moment_to_row(at))
        present = self._present(source_id)
        table_rows = [_table_row(source_id, table, present.get(table.metadata.name), at) for table in tables]
        is_regrouped = _is_regrouped(table_rows, present, is_complete=is_complete)
        self._write("catalogue_tables", table_rows, _TABLE_CHANGED, are_changed=is_regrouped)
        ids = {name: table.id for name, table in self._present(source_id).items()}
        column_rows = [
            row
            for table in tables
            for row in self._column_rows(ids[table.metadata.name], table, present.get(table.metadata.name), at)
        ]
        self._write("catalogue_columns", column_rows, _COLUMN_CHANGED, are_changed=is_regrouped)
        self._remove_columns(tables, present, at)
        self._connection.run(
            f"{_CHANGED_BY_COLUMNS} AND {self._connection.one_of('id', 'ids')}",
            {"ids": self._connection.listed(list(ids.values())), "at": moment_to_row(at)},
        )
        if is_complete:
            gone = present.keys() - {table.metadata.name for table in tables}
            self._connection.run_many(
                "DELETE FROM catalogue_tables WHERE id = ?", [(present[name].id,) for name in sorted(gone)]
            )
        renew_texts(self._connection, [ids[table.metadata.name] for table in tables])
        return CatalogueCounts(
            tables=len(tables),
            columns=sum(len(names_given(table)) for table in tables),
            rows=sum(row["row_count"] or 0 for row in table_rows),
        )

    def _save_source(self, source_id: int, at: int) -> None:
        if not self._connection.rows("SELECT 1 FROM sources WHERE id = ?", (source_id,)):
            raise SourceNotFound(f"no source has the id {source_id}")
        self._connection.run(
            "INSERT INTO catalogue_sources (source_id, created_at, updated_at) VALUES (:id, :at, :at)"
            " ON CONFLICT (source_id) DO UPDATE SET updated_at = excluded.updated_at",
            {"id": source_id, "at": at},
        )

    def _present(self, source_id: int) -> Mapping[str, _Present]:
        columns: dict[int, dict[str, tuple[int, int]]] = {}
        query = (
            "SELECT c.table_id, c.name, c.id, c.created_at FROM catalogue_tables AS t"
            " JOIN catalogue_columns AS c ON c.table_id = t.id WHERE t.source_id = ?"
        )
        for table_id, name, id_, created_at in self._connection.rows(query, (source_id,)):
            columns.setdefault(table_id, {})[name] = id_, created_at
        query = (
            "SELECT name, id, created_at, row_count, row_count_is_estimate, foreign_keys"
            " FROM catalogue_tables WHERE source_id = ?"
        )
        return {
            name: _Present(
                id=id_,
                created_at=created_at,
                row_count=row_count,
                row_count_is_estimate=is_estimate,
                foreign_keys=foreign_keys,
                columns=columns.get(id_, {}),
            )
            for name, id_, created_at, row_count, is_estimate, foreign_keys in self._connection.rows(
                query, (source_id,)
            )
        }

    def _write(self, table: str, records: Sequence[Mapping[str, Any]], is_changed: str, *, are_changed: bool) -> None:
        """Write rows in place where they carry an id, as new ones where it is None.

        They have changed at that moment if *are_changed*, else where *is_changed* is true of a former row.
        """
        if records:
            names = [name for name in records[0] if name != "id"]
            values = ", ".join(f":{name}" for name in names)
            self._connection.run_many(
                f"INSERT INTO {table} ({', '.join(names)}, changed_at) VALUES ({values}, :updated_at)",
                [record for record in records if record["id"] is None],
            )
            since = ":updated_at" if are_changed else f"CASE WHEN {is_changed} THEN :updated_at ELSE changed_at END"
            self._connection.run_many(
                f"UPDATE {table} SET {', '.join(f'{name} = :{name}' for name in names)}, changed_at = {since}"
                " WHERE id = :id",
                [record for record in records if record["id"] is not None],
            )

    def _column_rows(
        self, table_id: int, table: ExtractedTable, present: _Present | None, at: datetime
    ) -> Iterable[Mapping[str, Any]]:
        columns: Mapping[str, tuple[int, int]] = {} if present is None else present.columns
        for position, column in columns_to_write(table, present=columns):
            name = column.metadata.name
            id_, created_at = columns.get(name, (None, moment_to_row(at)))
            profile, context = (None, None) if id_ is None or column.profile is not None else self._former(id_)
            yield {
                "id": id_,
                "table_id": table_id,
                "name": name,
                "created_at": created_at,
                "updated_at": moment_to_row(at),
                **_declared(position, column),
                "profile": json_to_row(profile_after(column, profile)),
                "full_context": context_after(column, context),
            }

    def _former(self, column_id: int) -> tuple[Mapping[str, Any] | None, str | None]:
        query = "SELECT profile, full_context FROM catalogue_columns WHERE id = ?"
        [(profile, context)] = self._connection.rows(query, (column_id,))
        return json_from_row(profile), context

    def _remove_columns(self, tables: Sequence[ExtractedTable], present: Mapping[str, _Present], at: datetime) -> None:
        gone = [
            (former.id, former.columns[name][0])
            for table in tables
            if (former := present.get(table.metadata.name)) is not None
            for name in former.columns.keys() - names_given(table)
        ]
        self._connection.run_many("DELETE FROM catalogue_columns WHERE id = ?", [(column,) for _, column in gone])
        self._connection.run_many(
            "UPDATE catalogue_tables SET changed_at = ? WHERE id = ?",
            [(moment_to_row(at), table) for table in sorted({table for table, _ in gone})],
        )

    def describe_table(self, table_id: int, text: str, *, at: datetime) -> None:
        query = "UPDATE catalogue_tables SET updated_at = ? WHERE id = ? RETURNING source_id, name"
        found = self._connection.rows(query, (moment_to_row(at), table_id))
        if not found:
            raise TableNotFound(f"no table has the id {table_id}")
        [(source_id, name)] = found
        self._describe({"source_id": source_id, "table_name": name}, text, at)
        renew_texts(self._connection, [table_id])

    def describe_column(self, column_id: int, text: str, *, at: datetime) -> None:
        query = "UPDATE catalogue_columns SET updated_at = ? WHERE id = ? RETURNING table_id, name"
        found = self._connection.rows(query, (moment_to_row(at), column_id))
        if not found:
            raise NotFound(f"no column has the id {column_id}")
        [(table_id, name)] = found
        query = "SELECT source_id, name FROM catalogue_tables WHERE id = ?"
        [(source_id, table)] = self._connection.rows(query, (table_id,))
        self._describe({"source_id": source_id, "table_name": table, "column_name": name}, text, at)
        renew_texts(self._connection, [table_id])

    def _describe(self, names: Mapping[str, Any], text: str, at: datetime) -> None:
        """Write what a person says of the table or column with these *names*."""
        said = {**names, "description": text, "updated_at": moment_to_row(at)}
        where = " AND ".join(f"{name} = :{name}" for name in names)
        of_table = "" if "column_name" in names else " AND column_name IS NULL"
        change = "UPDATE catalogue_descriptions SET description = :description, updated_at = :updated_at"
        if not self._connection.run(f"{change} WHERE {where}{of_table}", said):
            values = ", ".join(f":{name}" for name in said)
            self._connection.run(f"INSERT INTO catalogue_descriptions ({', '.join(said)}) VALUES ({values})", said)

    def clear_catalogue(self, source_id: int) -> None:
        self._connection.run("DELETE FROM catalogue_sources WHERE source_id = ?", (source_id,))
        self._connection.run("DELETE FROM catalogue_descriptions WHERE source_id = ?", (source_id,))
        self._connection.run("DELETE FROM kpis WHERE source_id = ?", (source_id,))
        self._connection.run("DELETE FROM questions WHERE source_id = ?", (source_id,))


def _is_regrouped(rows: Sequence[Mapping[str, Any]], present: Mapping[str, _Present], *, is_complete: bool) -> bool:
    """True when there are other tables than before, or other keys between them: all are then seen differently."""
    keys = {row["name"]: row["foreign_keys"] for row in rows}
    former = {name: table.foreign_keys for name, table in present.items() if is_complete or name in keys}
    return keys != former


def _table_row(source_id: int, table: ExtractedTable, present: _Present | None, at: datetime) -> Mapping[str, Any]:
    declared = table.metadata
    rows, is_estimate = table.row_count, int(table.row_count_is_estimate)
    if present is not None and rows is None:
        rows, is_estimate = present.row_count, present.row_count_is_estimate
    return {
        "id": None if present is None else present.id,
        "source_id": source_id,
        "name": declared.name,
        "is_view": int(declared.is_view),
        "comment": declared.comment,
        "row_count": rows,
        "row_count_is_estimate": is_estimate,
        "foreign_keys": foreign_keys_to_row(declared.foreign_keys),
        "created_at": moment_to_row(at) if present is None else present.created_at,
        "updated_at": moment_to_row(at),
    }


def _declared(position: int, column: ExtractedColumn) -> Mapping[str, Any]:
    declared = column.metadata
    return {
        "position": position,
        "data_type": declared.data_type,
        "is_nullable": int(declared.is_nullable),
        "default_value": declared.default,
        "is_primary_key": int(declared.is_primary_key),
        "comment": declared.comment,
    }
