"""What a SQLite database declares, from its own pragmas.

They keep what SQLAlchemy's Inspector loses here: types as they were written, which tables belong to a virtual table,
and everything else when one view is broken.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from catalogctl.domain.catalogue import ColumnMetadata, ForeignKey, SourceMetadata, TableMetadata
from catalogctl.domain.runs import Note

Ask = Callable[..., list[Sequence[Any]]]

_TABLES = """
SELECT name, type = 'view' FROM main.sqlite_schema
WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name
"""
_COLUMNS = 'SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid'
_KEYS = 'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq'


def read_metadata(ask: Ask) -> SourceMetadata:
    """All tables and views; one that cannot be read becomes a note. *ask* runs a query with its parameters."""
    shadows = _shadows(ask)
    tables: list[TableMetadata] = []
    notes: list[Note] = []
    for name, is_view in ask(_TABLES):
        if name in shadows:
            continue
        try:
            tables.append(_table(ask, name, is_view=bool(is_view)))
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
                raise
            notes.append(Note(table=name, message=f"cannot be read: {error}"))
    return SourceMetadata(tables=tuple(tables), notes=tuple(notes))


def _shadows(ask: Ask) -> frozenset[str]:
    """The tables in which virtual tables, such as full-text indexes, keep what is theirs."""
    return frozenset(name for (name,) in ask("SELECT name FROM pragma_table_list WHERE type = 'shadow'"))


def _table(ask: Ask, name: str, *, is_view: bool) -> TableMetadata:
    columns = ask(_COLUMNS, name)
    keys = [row for row in columns if row[4]]
    has_rowid_key = len(keys) == 1 and keys[0][1].upper() == "INTEGER"
    return TableMetadata(
        name=name,
        is_view=is_view,
        columns=tuple(
            ColumnMetadata(
                name=column,
                data_type=data_type,
                is_nullable=not (not_null or (key and has_rowid_key)),
                default=default,
                is_primary_key=bool(key),
            )
            for column, data_type, not_null, default, key in columns
        ),
        foreign_keys=_foreign_keys(ask, name),
    )


def _foreign_keys(ask: Ask, name: str) -> tuple[ForeignKey, ...]:
    by_id: dict[int, list[Sequence[Any]]] = {}
    for row in ask(_KEYS, name):
        by_id.setdefault(row[0], []).append(row)
    found = []
    for rows in by_id.values():
        referred = tuple(row[3] for row in rows)
        if None in referred:
            # A reference that names no columns means the other table's primary key.
            columns = ask("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", rows[0][1])
            referred = tuple(row[0] for row in columns)
        if len(referred) == len(rows):
            columns_here = tuple(row[2] for row in rows)
            found.append(ForeignKey(columns=columns_here, referred_table=rows[0][1], referred_columns=referred))
    return tuple(sorted(found, key=lambda key: (key.columns, key.referred_table)))
