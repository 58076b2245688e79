"""What of a SQLite table is profiled: the table itself, or temporary tables made from it.

A view is worked out once instead of once for each column; a wide table is cut into narrow ones, because finding a
column means walking past all before it; a sample holds few rows.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from catalogctl.domain.catalogue import ColumnMetadata, TableMetadata
from catalogctl.sources.engines.sampling import COUNTED, Sample
from catalogctl.sources.profile.dialects import StandardDialect

Ask = Callable[..., list[Sequence[Any]]]
Part = tuple[ColumnMetadata, ...]

NARROW = 50
FIRST_ROWS = "the sample is of its first rows only: they have no numbers by which others could be chosen"
_STAGE = "catalogctl_stage"
_PROBES = 1000
_ROWID_NAMES = ("rowid", "_rowid_", "oid")


def relation_of(dialect: StandardDialect, table: TableMetadata) -> str:
    """The table or view itself."""
    return f"main.{dialect.quote(table.name)}"


def parts_of(table: TableMetadata, *, lanes: int) -> list[Part]:
    """The columns of *table* in parts, each to be looked at in one relation."""
    if len(table.columns) <= NARROW:
        lanes = 1 if table.is_view else min(lanes, len(table.columns))
        return [table.columns[lane::lanes] for lane in range(lanes)]
    return [table.columns[start : start + NARROW] for start in range(0, len(table.columns), NARROW)]


def relations(
    dialect: StandardDialect, ask: Ask, table: TableMetadata, parts: Sequence[Part], *, origin: str | None = None
) -> Iterator[tuple[str, Part]]:
    """A relation for each of *parts*, of all rows of *table* or of those in *origin*. One at a time: the next one
    takes the place of the one before.
    """
    if origin is None and not table.is_view and len(table.columns) <= NARROW:
        for part in parts:
            yield relation_of(dialect, table), part
        return
    for part in parts:
        names = ", ".join(dialect.quote(column.name) for column in part)
        ask(f"CREATE TEMP TABLE {_STAGE} AS SELECT {names} FROM {origin or relation_of(dialect, table)}")
        yield f"temp.{_STAGE}", part
        ask(f"DROP TABLE temp.{_STAGE}")


def quick_count(dialect: StandardDialect, ask: Ask, table: TableMetadata) -> int | None:
    """About how many rows a large table has, by how many of its row numbers are taken; None where that tells little
    or counting is quick.
    """
    numbered = _numbered(dialect, ask, table)
    if numbered is None or numbered.last - numbered.first < COUNTED:
        return None
    step = (numbered.last - numbered.first) // _PROBES
    marks = f"SELECT value * {step} + {numbered.first} FROM ({_numbers(_PROBES)})"
    query = f"SELECT COUNT(*) FROM {relation_of(dialect, table)} WHERE {numbered.name} IN ({marks})"
    hits = int(ask(query)[0][0])
    if hits < _PROBES // 10:
        return None
    return (numbered.last - numbered.first + 1) * hits // _PROBES


def sample_of(dialect: StandardDialect, ask: Ask, table: TableMetadata, rows: int) -> Sample:
    """At most *rows* rows, evenly spread over the table, always the same."""
    numbered = _numbered(dialect, ask, table)
    if numbered is None:
        return Sample(relation=f"(SELECT * FROM {relation_of(dialect, table)} LIMIT {rows})", remark=FIRST_ROWS)
    relation, name = relation_of(dialect, table), numbered.name
    step = (numbered.last - numbered.first) / max(rows - 1, 1)
    # Each mark leads to the next row from there. Where rows lie unevenly, many marks lead to the same one.
    starts = (
        f"SELECT DISTINCT (SELECT MIN({name}) FROM {relation} WHERE {name} >= {numbered.first} "
        f"+ CAST(value * {step!r} AS INTEGER)) AS start FROM ({_numbers(rows)})"
    )
    found = int(ask(f"SELECT COUNT(*) FROM ({starts})")[0][0])
    if found * 2 < rows:
        # Then from each of these some more rows, up to the next.
        length = rows // found
        starts = (
            f"WITH RECURSIVE walk (at, until, more) AS (SELECT start, LEAD(start) OVER (ORDER BY start), {length} "
            f"FROM ({starts}) UNION ALL SELECT (SELECT MIN({name}) FROM {relation} WHERE {name} > at), until, more - 1 "
            "FROM walk WHERE more > 1 AND at IS NOT NULL) "
            "SELECT at FROM walk WHERE at < until OR (until IS NULL AND at IS NOT NULL)"
        )
    return Sample(relation=f"(SELECT * FROM {relation} WHERE {name} IN ({starts}) LIMIT {rows})")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbered:
    """A table whose rows have numbers from *first* to *last*, and under which *name*."""

    name: str
    first: int
    last: int


def _numbered(dialect: StandardDialect, ask: Ask, table: TableMetadata) -> _Numbered | None:
    taken = {column.name.lower() for column in table.columns}
    rowid = next((name for name in _ROWID_NAMES if name not in taken), None)
    if rowid is None or table.is_view:
        return None
    relation = relation_of(dialect, table)
    try:
        # Apart: together SQLite would walk through all of them.
        [(low, high)] = ask(f"SELECT (SELECT MIN({rowid}) FROM {relation}), (SELECT MAX({rowid}) FROM {relation})")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        return None  # WITHOUT ROWID
    # What lies so far apart exceeds the arithmetic of SQLite.
    return None if low is None or high - low >= 2**62 else _Numbered(name=rowid, first=low, last=high)


def _numbers(many: int) -> str:
    """The query for the numbers from 0 on."""
    return (
        "WITH RECURSIVE numbers (value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM numbers "
        f"WHERE value < {many - 1}) SELECT value FROM numbers"
    )
