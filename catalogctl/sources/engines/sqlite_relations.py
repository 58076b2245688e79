"""What of a SQLite table is profiled: the table itself, or temporary tables made from it.

A view is worked out once instead of once for each column; a wide table is cut into narrow ones, because finding a
column means walking past all before it; a sample holds few rows.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from catalogctl.domain.catalogue import ColumnMetadata, TableMetadata
from catalogctl.sources.profile.dialects import StandardDialect

Ask = Callable[..., list[Sequence[Any]]]

NARROW = 50
_STAGE = "catalogctl_stage"
_ROWID_NAMES = ("rowid", "_rowid_", "oid")


def relation_of(dialect: StandardDialect, table: TableMetadata) -> str:
    """The table or view itself."""
    return f"main.{dialect.quote(table.name)}"


def relations(
    dialect: StandardDialect, ask: Ask, table: TableMetadata, *, origin: str | None = None
) -> Iterator[tuple[str, Sequence[ColumnMetadata]]]:
    """Relations that together hold all columns of *table*, or of the rows in *origin*. One at a time: the next one
    takes the place of the one before.
    """
    if origin is None and not table.is_view and len(table.columns) <= NARROW:
        yield relation_of(dialect, table), table.columns
        return
    for start in range(0, len(table.columns), NARROW):
        part = table.columns[start : start + NARROW]
        names = ", ".join(dialect.quote(column.name) for column in part)
        ask(f"CREATE TEMP TABLE {_STAGE} AS SELECT {names} FROM {origin or relation_of(dialect, table)}")
        yield f"temp.{_STAGE}", part
        ask(f"DROP TABLE temp.{_STAGE}")


def sample_of(dialect: StandardDialect, ask: Ask, table: TableMetadata, rows: int) -> tuple[str, int]:
    """A query for at most *rows* rows, evenly spread over the table, always the same, and how many it finds."""
    spread = _spread(dialect, ask, table, rows)
    if spread is not None:
        found = int(ask(f"SELECT COUNT(*) FROM {spread}")[0][0])
        if found * 2 >= rows:
            return spread, found
    # The first rows, where there are no row numbers, or where they lie too unevenly.
    return f"(SELECT * FROM {relation_of(dialect, table)} LIMIT {rows})", rows


def _spread(dialect: StandardDialect, ask: Ask, table: TableMetadata, rows: int) -> str | None:
    taken = {column.name.lower() for column in table.columns}
    rowid = next((name for name in _ROWID_NAMES if name not in taken), None)
    relation = relation_of(dialect, table)
    if rowid is None or table.is_view:
        return None
    try:
        low, high = ask(f"SELECT MIN({rowid}), MAX({rowid}) FROM {relation}")[0]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        return None  # WITHOUT ROWID
    step = (high - low) // max(rows - 1, 1)
    if step >= 2**62:
        return None
    return (
        f"(SELECT * FROM {relation} WHERE {rowid} IN (WITH RECURSIVE marks (i) AS "
        f"(SELECT 0 UNION ALL SELECT i + 1 FROM marks WHERE i < {rows - 1}) "
        f"SELECT (SELECT MIN({rowid}) FROM {relation} WHERE {rowid} >= {low} + i * {step}) FROM marks))"
    )
