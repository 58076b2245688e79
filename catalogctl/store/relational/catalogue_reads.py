"""The catalogue as a tree: four statements, however many tables and columns there are."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from catalogctl.domain.catalogue import Column, Datasource, ForeignKey, Table
from catalogctl.domain.catalogue_records import foreign_key_from, foreign_key_record
from catalogctl.domain.events import compact_json
from catalogctl.domain.meaning import InferredKey, TableRole
from catalogctl.domain.sources import masked
from catalogctl.store.relational.connection import Connection, Row
from catalogctl.store.relational.rows import json_from_row, moment_from_row
from catalogctl.store.relational.voices import SHOWN_TEXT, TEXT_WIDTH, shown_text

_SOURCES = """
SELECT id, name, kind, location, c.description, c.created_at, c.updated_at
FROM catalogue_sources AS c JOIN sources ON sources.id = c.source_id
"""

_TABLES = f"""
SELECT t.id, t.source_id, name, is_view, comment, {SHOWN_TEXT.format(of="t")},
    row_count, is_enabled, foreign_keys, created_at, t.updated_at, coalesce(model_role, role),
    coalesce(model_synonyms, synonyms), row_count_is_estimate
FROM catalogue_tables AS t
LEFT JOIN catalogue_descriptions AS d
    ON d.source_id = t.source_id AND d.table_name = t.name AND d.column_name IS NULL
"""

_COLUMNS = f"""
SELECT c.id, table_id, c.name, position, data_type, is_nullable, default_value, is_primary_key, c.comment,
    {SHOWN_TEXT.format(of="c")}, full_context,
    CASE WHEN :profile = 1 THEN profile END, coalesce(c.model_synonyms, c.synonyms), c.created_at, c.updated_at,
    semantic_type, is_personal, personal_confidence
FROM catalogue_tables AS t
JOIN catalogue_columns AS c ON c.table_id = t.id
LEFT JOIN catalogue_descriptions AS d
    ON d.source_id = t.source_id AND d.table_name = t.name AND d.column_name = c.name
"""

_KEYS = """
SELECT t.id, t.name, c.name, referred_table.name, referred_column.name, share
FROM catalogue_tables AS t
JOIN catalogue_columns AS c ON c.table_id = t.id
JOIN catalogue_inferred_keys ON column_id = c.id
JOIN catalogue_columns AS referred_column ON referred_column.id = referred_column_id
JOIN catalogue_tables AS referred_table ON referred_table.id = referred_column.table_id
"""

_WITH_ID = "WHERE t.id = :id"

_KEY_ORDER = "ORDER BY c.name, referred_table.name, referred_column.name"


def read_catalogue(connection: Connection, *, source: str | None, table: str | None, profile: bool) -> list[Datasource]:
    """All of it, or what has these names, ordered by name."""
    named = "" if source is None else "WHERE name = :source"
    sources = connection.rows(f"{_SOURCES} {named} ORDER BY name", {"source": source})
    where = f"WHERE {connection.one_of('t.source_id', 'sources')}{'' if table is None else ' AND t.name = :table'}"
    chosen = {"sources": connection.listed([row[0] for row in sources]), "table": table, "profile": int(profile)}
    tables: dict[int, list[Table]] = {}
    for one in _read_tables(connection, where, chosen):
        tables.setdefault(one.datasource_id, []).append(one)
    return [_datasource_from_row(row, tuple(tables.get(row[0], ()))) for row in sources]


def read_table(connection: Connection, table_id: int) -> Table | None:
    """The table with this id, whole."""
    return next(iter(_read_tables(connection, _WITH_ID, {"id": table_id, "profile": 1})), None)


def read_column(connection: Connection, column_id: int) -> Column | None:
    """The column with this id."""
    found = connection.rows(f"{_COLUMNS} WHERE c.id = :id", {"id": column_id, "profile": 1})
    return _column_from_row(found[0]) if found else None


def _read_tables(connection: Connection, where: str, chosen: Mapping[str, Any]) -> list[Table]:
    columns: dict[int, list[Column]] = {}
    for row in connection.rows(f"{_COLUMNS} {where} ORDER BY c.name", chosen):
        columns.setdefault(row[1], []).append(_column_from_row(row))
    keys: dict[int, list[InferredKey]] = {}
    for table_id, *key in connection.rows(f"{_KEYS} {where} {_KEY_ORDER}", chosen):
        keys.setdefault(table_id, []).append(_key_from_row(key))
    return [
        _table_from_row(row, tuple(columns.get(row[0], ())), tuple(keys.get(row[0], ())))
        for row in connection.rows(f"{_TABLES} {where} ORDER BY t.name", chosen)
    ]


def foreign_keys_to_row(keys: tuple[ForeignKey, ...]) -> str:
    """The foreign keys of a table as they stand in its row."""
    return compact_json([foreign_key_record(key) for key in keys])


def _datasource_from_row(row: Row, tables: tuple[Table, ...]) -> Datasource:
    id_, name, kind, location, description, created_at, updated_at = row
    return Datasource(
        id=id_,
        name=name,
        kind=kind,
        path=masked(location),
        description=description,
        created_at=moment_from_row(created_at),
        updated_at=moment_from_row(updated_at),
        tables=tables,
    )


def _key_from_row(row: Sequence[Any]) -> InferredKey:
    table, column, referred_table, referred_column, share = row
    return InferredKey(
        table=table, column=column, referred_table=referred_table, referred_column=referred_column, share=share
    )


def _table_from_row(row: Row, columns: tuple[Column, ...], keys: tuple[InferredKey, ...]) -> Table:
    id_, source_id, name, is_view, comment = row[:5]
    by_person, *generated = row[5 : 5 + TEXT_WIDTH]
    row_count, is_enabled, foreign_keys, created_at, updated_at, role, synonyms, is_estimate = row[5 + TEXT_WIDTH :]
    return Table(
        id=id_,
        datasource_id=source_id,
        name=name,
        is_view=bool(is_view),
        comment=comment,
        description=shown_text(by_person, *generated),
        is_described_by_person=by_person is not None,
        row_count=row_count,
        is_enabled=bool(is_enabled),
        foreign_keys=tuple(foreign_key_from(key) for key in json.loads(foreign_keys)),
        created_at=moment_from_row(created_at),
        updated_at=moment_from_row(updated_at),
        columns=columns,
        role=None if role is None else TableRole(role),
        synonyms=tuple(json.loads(synonyms)),
        inferred_keys=keys,
        row_count_is_estimate=bool(is_estimate),
    )


def _column_from_row(row: Row) -> Column:
    id_, table_id, name, position, data_type, is_nullable, default, is_primary_key, comment = row[:9]
    by_person, *generated = row[9 : 9 + TEXT_WIDTH]
    full_context, profile, synonyms, created_at, updated_at = row[9 + TEXT_WIDTH : -3]
    semantic_type, is_personal, personal_confidence = row[-3:]
    return Column(
        id=id_,
        table_id=table_id,
        name=name,
        position=position,
        data_type=data_type,
        is_nullable=bool(is_nullable),
        default=default,
        is_primary_key=bool(is_primary_key),
        comment=comment,
        description=shown_text(by_person, *generated),
        is_described_by_person=by_person is not None,
        full_context=full_context,
        profile=json_from_row(profile),
        synonyms=tuple(json.loads(synonyms)),
        created_at=moment_from_row(created_at),
        updated_at=moment_from_row(updated_at),
        semantic_type=semantic_type,
        is_personal=None if is_personal is None else bool(is_personal),
        personal_confidence=personal_confidence,
    )
