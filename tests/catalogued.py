"""Catalogues of real databases, made for the tests of enrichment with nothing but a connection and SQLAlchemy.

The profiles are counted in Python, apart from the product's own profiler, so that each can be wrong by itself.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from statistics import fmean, median
from typing import Any

import duckdb
import sqlalchemy

from catalogctl.domain.catalogue import (
    Column,
    ColumnProfile,
    Datasource,
    ForeignKey,
    Pattern,
    Table,
    TextLengths,
    TopValue,
)
from catalogctl.domain.catalogue_records import column_profile_record

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
_PATTERNS = {
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[a-z]+"),
    "url": re.compile(r"https?://\S+"),
    "uuid": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE),
    "ipv4": re.compile(r"\d{1,3}(\.\d{1,3}){3}"),
    "iso_date": re.compile(r"\d{4}-\d\d-\d\d"),
    "iso_datetime": re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*"),
}


def catalogued(url: str, *, name: str = "shop", kind: str = "sqlite", schema: str | None = None) -> Datasource:
    """The catalogue of the database at an SQLAlchemy URL, profiles included."""
    engine = sqlalchemy.create_engine(url)
    try:
        inspector = sqlalchemy.inspect(engine)
        views = set(inspector.get_view_names(schema))
        with engine.connect() as connection:
            tables = [
                _table(inspector, connection, table, is_view=table in views, schema=schema)
                for table in sorted({*inspector.get_table_names(schema), *views})
            ]
    finally:
        engine.dispose()
    return datasource(tables, name=name, kind=kind)


def catalogued_files(files: Iterable[Path]) -> Datasource:
    """The catalogue of files that DuckDB reads, a table each, as a folder would be catalogued."""
    tables = []
    with closing(duckdb.connect()) as connection:
        for path in sorted(files):
            relation = f"(SELECT * FROM '{path}')"
            described = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
            columns = [
                column(at, field, data_type, [row[0] for row in connection.execute(f'SELECT "{field}" FROM {relation}').fetchall()])
                for at, (field, data_type, *_) in enumerate(described)
            ]  # fmt: skip
            tables.append(table(path.stem.removesuffix(".csv"), columns))
    return datasource(tables, name="files", kind="files")


def _table(
    inspector: sqlalchemy.Inspector, connection: sqlalchemy.Connection, name: str, *, is_view: bool, schema: str | None
) -> Table:
    quoted = connection.dialect.identifier_preparer.quote_identifier(name)
    relation = f"{schema}.{quoted}" if schema else quoted
    rows = connection.exec_driver_sql(f"SELECT * FROM {relation}").fetchall()
    key = set(inspector.get_pk_constraint(name, schema).get("constrained_columns") or ())
    columns = [
        column(
            at,
            found["name"],
            str(found["type"]) if not isinstance(found["type"], sqlalchemy.types.NullType) else "",
            [row[at] for row in rows],
            is_key=found["name"] in key,
            comment=found.get("comment"),
        )
        for at, found in enumerate(inspector.get_columns(name, schema))
    ]
    keys = [
        ForeignKey(
            columns=tuple(found["constrained_columns"]),
            referred_table=found["referred_table"],
            referred_columns=tuple(found["referred_columns"]),
        )
        for found in inspector.get_foreign_keys(name, schema)
    ]
    return table(f"{schema}.{name}" if schema else name, columns, keys=keys, is_view=is_view, rows=len(rows))


def datasource(tables: Sequence[Table], *, name: str = "shop", kind: str = "sqlite") -> Datasource:
    """A source with these tables."""
    ordered = tuple(sorted(tables, key=lambda table: table.name))
    return Datasource(
        id=1, name=name, kind=kind, path="/data", description=None, created_at=MOMENT, updated_at=MOMENT, tables=ordered
    )


def table(
    name: str,
    columns: Sequence[Column],
    *,
    keys: Sequence[ForeignKey] = (),
    is_view: bool = False,
    rows: int | None = None,
    comment: str | None = None,
    is_enabled: bool = True,
) -> Table:
    """A table of the catalogue; its rows are those of its columns unless said."""
    profile = next((column.profile for column in columns if column.profile), {})
    return Table(
        id=1,
        datasource_id=1,
        name=name,
        is_view=is_view,
        comment=comment,
        description=None,
        is_described_by_person=False,
        row_count=rows if rows is not None else profile.get("rows_profiled"),
        is_enabled=is_enabled,
        foreign_keys=tuple(keys),
        created_at=MOMENT,
        updated_at=MOMENT,
        columns=tuple(sorted(columns, key=lambda column: column.name)),
    )


def column(
    position: int,
    name: str,
    data_type: str,
    values: Sequence[Any] | None,
    *,
    is_key: bool = False,
    comment: str | None = None,
    is_exact: bool = True,
) -> Column:
    """A column of the catalogue with the profile of *values*; None means that it was never profiled."""
    profile = None
    if values is not None:
        profile = column_profile_record(
            profiled([_plain(value) for value in values]), rows=len(values), is_exact=is_exact
        )
    return Column(
        id=position + 1,
        table_id=1,
        name=name,
        position=position,
        data_type=data_type,
        is_nullable=not is_key,
        default=None,
        is_primary_key=is_key,
        comment=comment,
        description=None,
        is_described_by_person=False,
        full_context=None,
        profile=profile,
        synonyms=(),
        created_at=MOMENT,
        updated_at=MOMENT,
    )


def profiled(values: Sequence[Any]) -> ColumnProfile:
    """The profile of *values*, which are fit for JSON."""
    filled = [value for value in values if value is not None]
    counts = Counter(filled)
    distinct = sorted(counts, key=lambda value: (isinstance(value, str), value))
    texts = [value for value in filled if isinstance(value, str)]
    numbers = [value for value in filled if isinstance(value, int | float) and not isinstance(value, bool)]
    frequent = sorted(counts.items(), key=lambda item: -item[1])[:10]
    step = 1 if len(distinct) <= 50 else math.ceil(len(distinct) / 20)
    rows = len(values) or 1
    return ColumnProfile(
        null_count=len(values) - len(filled),
        null_rate=(len(values) - len(filled)) / rows,
        distinct_count=len(distinct),
        distinct_rate=len(distinct) / rows,
        min=distinct[0] if distinct else None,
        max=distinct[-1] if distinct else None,
        mean=fmean(numbers) if numbers else None,
        median=median(numbers) if numbers else None,
        text_length=TextLengths(min=min(map(len, texts)), max=max(map(len, texts)), mean=fmean(map(len, texts)))
        if texts
        else None,
        top_values=tuple(TopValue(value=value, count=count, share=count / rows) for value, count in frequent),
        samples=tuple(distinct[::step]),
        pattern=_pattern(list(counts)),
        is_key_candidate=bool(filled) and len(distinct) == len(values),
    )


def _pattern(values: list[Any]) -> Pattern | None:
    tested = [value for value in values if isinstance(value, str)][:1000]
    for name, form in _PATTERNS.items():
        matching = sum(1 for value in tested if form.fullmatch(value))
        if tested and matching >= 0.8 * len(tested):
            return Pattern(name=name, share=matching / len(tested), tested=len(tested))
    return None


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
