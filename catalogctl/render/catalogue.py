"""The catalogue as lists: the tables of a source, the columns of a table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from catalogctl.domain.catalogue import Datasource, Table
from catalogctl.domain.catalogue_records import range_text, sample_text
from catalogctl.render.catalogue_words import (
    ColumnRow,
    Described,
    author_of,
    basis_text,
    caution_text,
    column_rows,
    description_of,
    inferred_text,
    key_text,
    kind_text,
    meaning_text,
    on_one_line,
    pattern_text,
    row_count_text,
    rows_text,
    size_text,
    synonyms_of,
)
from catalogctl.render.listing import Cell, Column, Eye, Listing, yes_or_no
from catalogctl.render.measures import count, counted, share
from catalogctl.render.palette import KEY, PERSON, QUIET, TITLE, WARNING

T = TypeVar("T")

_NARROWEST_NAME = 24
_NARROWEST_DESCRIPTION = 40
_NARROWEST_WHERE_IT_WRAPS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A table and the source that it belongs to."""

    source: Datasource
    table: Table


def tables(source: Datasource) -> Listing[TableRow]:
    """The tables of a source by name."""
    return Listing(
        rows=[TableRow(source=source, table=table) for table in source.tables],
        heading=(
            Cell(source.name, TITLE),
            Cell(source.kind, KEY),
            Cell(size_text(source.tables)),
            Cell(source.path, QUIET),
        ),
        columns=(
            Column(title="SOURCE", plain=lambda row: row.source.name, for_files=True),
            Column(
                title="TABLE",
                plain=lambda row: row.table.name,
                shown=_table_name,
                can_shrink=True,
                narrowest=_NARROWEST_NAME,
            ),
            Column(title="KIND", plain=lambda row: "view" if row.table.is_view else "table", rank=5),
            Column(title="COLUMNS", plain=lambda row: len(row.table.columns), is_number=True, rank=4),
            Column(
                title="ROWS",
                plain=lambda row: row.table.row_count,
                shown=lambda row, _: Cell(row_count_text(row.table)),
                is_number=True,
                rank=2,
            ),
            Column(title="ENABLED", plain=lambda row: yes_or_no(row.table.is_enabled), shown=_off, rank=1),
            Column(
                title="ROLE",
                plain=lambda row: None if row.table.role is None else row.table.role.value,
                style=KEY,
                rank=6,
            ),
            _description(lambda row: row.table, rank=3),
            _author(lambda row: row.table),
            Column(
                title="ALSO CALLED",
                plain=lambda row: synonyms_of(row.table),
                style=QUIET,
                can_shrink=True,
                rank=7,
                narrowest=16,
            ),
            Column(title="ESTIMATED", plain=lambda row: yes_or_no(row.table.row_count_is_estimate), for_files=True),
        ),
    )


def columns(source: Datasource, table: Table) -> Listing[ColumnRow]:
    """The columns of a table in the source's order, with what was found in them."""
    return Listing(
        rows=column_rows(source, table),
        heading=(
            Cell(f"{source.name}.{table.name}", TITLE),
            Cell(kind_text(table), KEY),
            Cell(f"{counted(len(table.columns), 'column')}, {_rows(table)}"),
        ),
        paragraphs=_paragraphs(table),
        columns=(
            Column(
                title="COLUMN",
                plain=lambda row: row.column.name,
                shown=_column_name,
                can_shrink=True,
                narrowest=_NARROWEST_NAME,
            ),
            Column(title="TYPE", plain=lambda row: row.column.data_type, can_shrink=True),
            Column(title="KEY", plain=key_text, shown=_key, can_shrink=True, rank=2, narrowest=18),
            Column(
                title="NULL",
                plain=lambda row: row.profile.get("null_rate"),
                shown=lambda row, _: Cell(share(row.profile.get("null_rate"))),
                is_number=True,
                rank=3,
            ),
            Column(
                title="DISTINCT",
                plain=lambda row: row.profile.get("distinct_count"),
                shown=lambda row, _: Cell(count(row.profile.get("distinct_count"))),
                is_number=True,
                rank=4,
            ),
            Column(title="RANGE", plain=lambda row: range_text(row.profile), can_shrink=True, rank=7, narrowest=23),
            Column(title="PATTERN", plain=pattern_text, rank=8),
            Column(
                title="SAMPLES",
                plain=lambda row: sample_text(row.profile),
                style=QUIET,
                can_shrink=True,
                rank=6,
                narrowest=24,
            ),
            Column(title="MEANING", plain=meaning_text, style=KEY, rank=5),
            _description(lambda row: row.column, rank=1, wraps=True),
            _author(lambda row: row.column),
            Column(title="ALSO CALLED", plain=lambda row: synonyms_of(row.column), for_files=True),
            Column(title="FIGURES", plain=lambda row: basis_text(row.profile), for_files=True),
        ),
    )


def _rows(table: Table) -> str:
    return rows_text(table) or "rows not counted"


def _description(read: Callable[[T], Described], *, rank: int, wraps: bool = False) -> Column[T]:
    """What is said of a thing; where there is room for all of it, with its other names."""

    def shown(row: T, eye: Eye) -> Cell:
        thing = read(row)
        said = on_one_line(description_of(thing) or "")
        if wraps and (synonyms := synonyms_of(thing)):
            said = f"{said} Also called {synonyms}.".lstrip()
        return Cell(f"{eye.glyphs.person} {said}", PERSON) if thing.is_described_by_person else Cell(said)

    return Column(
        title="DESCRIPTION",
        plain=lambda row: description_of(read(row)),
        shown=shown,
        can_shrink=True,
        wraps=wraps,
        rank=rank,
        narrowest=_NARROWEST_WHERE_IT_WRAPS if wraps else _NARROWEST_DESCRIPTION,
    )


def _author(read: Callable[[T], Described]) -> Column[T]:
    return Column(title="DESCRIBED BY", plain=lambda row: author_of(read(row)), for_files=True)


def _paragraphs(table: Table) -> list[Cell]:
    """What is said of a table, above its columns."""
    author = " (in a person's words)" if table.is_described_by_person else ""
    said = on_one_line(description_of(table) or "")
    found = [Cell(f"{said}{author}", PERSON if author else "")] if said else []
    if table.synonyms:
        found.append(Cell(f"Also called {', '.join(table.synonyms)}.", QUIET))
    if caution := caution_text(table):
        found.append(Cell(caution, WARNING))
    return found if table.is_enabled else [*found, Cell("Left out of enrichment.", WARNING)]


def _table_name(row: TableRow, _: Eye) -> Cell:
    return Cell(row.table.name, "" if row.table.is_enabled else QUIET)


def _off(row: TableRow, _: Eye) -> Cell:
    return Cell("" if row.table.is_enabled else "off", QUIET)


def _column_name(row: ColumnRow, _: Eye) -> Cell:
    return Cell(row.column.name, WARNING if row.profile.get("stale") else TITLE)


def _key(row: ColumnRow, eye: Eye) -> Cell:
    parts = [eye.glyphs.key] if row.column.is_primary_key else []
    if row.referred is not None:
        parts.append(f"{eye.glyphs.link} {row.referred}")
    elif row.inferred_key is not None:
        parts.append(f"{eye.glyphs.link} {inferred_text(row.inferred_key)}")
    return Cell(" ".join(parts), KEY)
