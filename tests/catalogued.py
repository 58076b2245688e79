"""Catalogues for the tests of enrichment: of real databases, read and profiled as an extraction does, and of values."""

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from real_sources import source_at

from catalogctl.domain.catalogue import (
    Basis,
    Column,
    ColumnMetadata,
    ColumnProfile,
    Datasource,
    ForeignKey,
    Pattern,
    Table,
    TableMetadata,
    TableProfile,
    TextLengths,
    TopValue,
)
from catalogctl.domain.catalogue_records import column_profile_record
from catalogctl.sources.drivers import SourceDrivers

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_ALL_SAMPLES = 50


def catalogued(location: Path | str) -> Datasource:
    """The catalogue of a file, a folder or a server, as it stands after an extraction."""
    drivers = SourceDrivers({})
    source = source_at(drivers, location)
    with closing(drivers.open(source)) as reader:
        tables = [_extracted(table, reader.profile(table, sample=None)) for table in reader.metadata().tables]
    return datasource(*tables, kind=source.kind)


def _extracted(metadata: TableMetadata, profile: TableProfile) -> Table:
    columns = [
        _column(
            at,
            declared,
            column_profile_record(profile.columns[declared.name], rows=profile.rows_profiled, basis=Basis.ROWS),
        )
        for at, declared in enumerate(metadata.columns)
    ]
    made = table(metadata.name, *columns, keys=metadata.foreign_keys, rows=profile.row_count)
    return replace(made, is_view=metadata.is_view, comment=metadata.comment)


def _column(position: int, declared: ColumnMetadata, profile: dict[str, Any] | None) -> Column:
    return Column(
        id=position + 1,
        table_id=1,
        name=declared.name,
        position=position,
        data_type=declared.data_type,
        is_nullable=declared.is_nullable,
        default=declared.default,
        is_primary_key=declared.is_primary_key,
        comment=declared.comment,
        description=None,
        is_described_by_person=False,
        full_context=None,
        profile=profile,
        synonyms=(),
        created_at=NOW,
        updated_at=NOW,
    )


def datasource(*tables: Table, kind: str = "sqlite") -> Datasource:
    """A source with these tables."""
    ordered = tuple(sorted(tables, key=lambda table: table.name))
    return Datasource(
        id=1, name="shop", kind=kind, path="/data", description=None, created_at=NOW, updated_at=NOW, tables=ordered
    )


def table(name: str, *columns: Column, keys: Sequence[ForeignKey] = (), rows: int | None = None) -> Table:
    """A table of the catalogue; it has as many rows as its columns have values unless said."""
    profile = next((column.profile for column in columns if column.profile), {})
    # By name, as the catalogue has them; a column made without a place stands where it is given.
    placed = [column if column.id else replace(column, id=at + 1, position=at) for at, column in enumerate(columns)]
    return Table(
        id=1,
        datasource_id=1,
        name=name,
        is_view=False,
        comment=None,
        description=None,
        is_described_by_person=False,
        row_count=rows if rows is not None else profile.get("rows_profiled"),
        is_enabled=True,
        foreign_keys=tuple(keys),
        created_at=NOW,
        updated_at=NOW,
        columns=tuple(sorted(placed, key=lambda column: column.name)),
    )


def column(
    name: str, data_type: str, values: Sequence[Any] | None = None, *, is_key: bool = False, pattern: str | None = None
) -> Column:
    """A column with the profile of *values*; without values it was never profiled."""
    profile = None
    if values is not None:
        profile = column_profile_record(profiled(values, pattern=pattern), rows=len(values), basis=Basis.ROWS)
    declared = ColumnMetadata(name=name, data_type=data_type, is_nullable=not is_key, is_primary_key=is_key)
    return replace(_column(0, declared, profile), id=0)


def profiled(values: Sequence[Any], *, pattern: str | None = None) -> ColumnProfile:
    """The profile of *values* of one type, counted in plain Python; *pattern* is what they all look like."""
    filled = [value for value in values if value is not None]
    counts = Counter(filled)
    distinct = sorted(counts)
    numbers = [value for value in filled if isinstance(value, int | float) and not isinstance(value, bool)]
    lengths = [len(value) for value in filled if isinstance(value, str)]
    rows = len(values) or 1
    return ColumnProfile(
        null_count=len(values) - len(filled),
        null_rate=(len(values) - len(filled)) / rows,
        distinct_count=len(distinct),
        distinct_rate=len(distinct) / rows,
        min=distinct[0] if distinct else None,
        max=distinct[-1] if distinct else None,
        mean=fmean(numbers) if numbers else None,
        text_length=TextLengths(min=min(lengths), max=max(lengths), mean=fmean(lengths)) if lengths else None,
        top_values=tuple(
            TopValue(value=value, count=count, share=count / rows) for value, count in counts.most_common(10)
        ),
        samples=tuple(distinct if len(distinct) <= _ALL_SAMPLES else distinct[:: -(-len(distinct) // 20)]),
        pattern=pattern and Pattern(name=pattern, share=1.0, tested=len(distinct)),
        is_key_candidate=bool(filled) and len(distinct) == len(values),
    )
