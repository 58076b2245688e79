"""The catalogue: what a source's reader finds, and what the store keeps of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from catalogctl.domain.meaning import InferredKey, TableRole
from catalogctl.domain.runs import Note


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """Columns of a table that point at columns of another; both tuples are of the same length."""

    columns: tuple[str, ...]
    referred_table: str
    referred_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMetadata:
    """A column as the source declares it; *data_type* is the source's own word, or empty."""

    name: str
    data_type: str
    is_nullable: bool = True
    default: str | None = None
    is_primary_key: bool = False
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMetadata:
    """A table or view as the source declares it, columns in the source's order.

    *name* is unique in the source; outside the default schema it is ``schema.table``.
    """

    name: str
    columns: tuple[ColumnMetadata, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    is_view: bool = False
    schema: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMetadata:
    """Everything that a source declares; *notes* tell of what could not be read, such as a broken view."""

    tables: tuple[TableMetadata, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLengths:
    """Lengths of a text column's values, in characters."""

    min: int
    max: int
    mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TopValue:
    """A frequent value, how many rows have it, and their share of the profiled rows (0..1)."""

    value: Any
    count: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What a column's text looks like: *share* (0..1) of the *tested* distinct values match *name*."""

    name: str
    share: float
    tested: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """What the data of one column looks like. Every value in it is fit for JSON.

    Rates are shares of the profiled rows (0..1). *samples* holds all distinct values when there are at most 50.
    """

    null_count: int
    null_rate: float
    distinct_count: int
    distinct_rate: float
    min: Any = None
    max: Any = None
    mean: float | None = None
    median: float | None = None
    text_length: TextLengths | None = None
    top_values: tuple[TopValue, ...] = ()
    samples: tuple[Any, ...] = ()
    pattern: Pattern | None = None
    is_key_candidate: bool = False


class Basis(StrEnum):
    """What the figures of a profile rest on."""

    ROWS = "rows"
    """All rows were looked at."""
    SAMPLE = "sample"
    """Some of them were, and the figures speak of those."""
    STATISTICS = "statistics"
    """None were: the figures are the server's own estimates, and speak of the whole table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableProfile:
    """What the data of one table looks like.

    *row_count* is of the whole table, and about right when *row_count_is_estimate*. *rows_profiled* is what the rates
    in the columns are shares of: the sample's rows where the *basis* is one, otherwise the table's.
    """

    row_count: int
    rows_profiled: int
    basis: Basis
    columns: Mapping[str, ColumnProfile]
    notes: tuple[Note, ...] = ()
    row_count_is_estimate: bool = False

    @property
    def is_exact(self) -> bool:
        """True when every figure is that of all rows."""
        return self.basis is Basis.ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractedColumn:
    """A column on its way into the catalogue; *profile* None keeps the former one, marked stale."""

    metadata: ColumnMetadata
    profile: Mapping[str, Any] | None = None
    full_context: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractedTable:
    """A table on its way into the catalogue; *row_count* None keeps the former one, estimated or not."""

    metadata: TableMetadata
    columns: tuple[ExtractedColumn, ...]
    row_count: int | None = None
    row_count_is_estimate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the catalogue. *profile* is the record of a ColumnProfile, with ``stale`` true when it is old."""

    id: int
    table_id: int
    name: str
    position: int
    data_type: str
    is_nullable: bool
    default: str | None
    is_primary_key: bool
    comment: str | None
    description: str | None
    is_described_by_person: bool
    full_context: str | None
    profile: Mapping[str, Any] | None
    synonyms: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    semantic_type: str | None = None
    is_personal: bool | None = None
    personal_confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of the catalogue with its columns, ordered by name."""

    id: int
    datasource_id: int
    name: str
    is_view: bool
    comment: str | None
    description: str | None
    is_described_by_person: bool
    row_count: int | None
    is_enabled: bool
    foreign_keys: tuple[ForeignKey, ...]
    created_at: datetime
    updated_at: datetime
    columns: tuple[Column, ...] = ()
    role: TableRole | None = None
    synonyms: tuple[str, ...] = ()
    inferred_keys: tuple[InferredKey, ...] = ()
    row_count_is_estimate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Datasource:
    """A source as the catalogue shows it, with its tables ordered by name; *path* is masked."""

    id: int
    name: str
    kind: str
    path: str
    description: str | None
    created_at: datetime
    updated_at: datetime
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueCounts:
    """How much of a source stands in the catalogue."""

    tables: int
    columns: int
    rows: int
