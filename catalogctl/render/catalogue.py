"""The catalogue as lists: the tables of a source, the columns of a table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from catalogctl.domain.catalogue import Column as CatalogueColumn
from catalogctl.domain.catalogue import Datasource, ForeignKey, Table
from catalogctl.domain.catalogue_records import range_text, sample_text
from catalogctl.domain.meaning import InferredKey
from catalogctl.render.listing import Cell, Column, Eye, Listing, yes_or_no
from catalogctl.render.measures import count, counted, share
from catalogctl.render.palette import KEY, PERSON, QUIET, TITLE, WARNING

T = TypeVar("T")
Described = Table | CatalogueColumn

_NARROWEST_NAME = 24
_NARROWEST_DESCRIPTION = 40
_NARROWEST_WHERE_IT_WRAPS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A table and the source that it belongs to."""

    source: Datasource
    table: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRow:
    """A column, its table and its source."""

    source: Datasource
    table: Table
    column: CatalogueColumn

    @property
    def profile(self) -> Mapping[str, Any]:
        """What the data looks like; empty when nobody has looked."""
        return self.column.profile or {}

    @property
    def foreign_key(self) -> ForeignKey | None:
        """The foreign key that the column is part of."""
        return next((key for key in self.table.foreign_keys if self.column.name in key.columns), None)

    @property
    def inferred_key(self) -> InferredKey | None:
        """The surest key that nobody declared but the values suggest; None where one is declared."""
        if self.foreign_key is not None:
            return None
        found = [key for key in self.table.inferred_keys if key.column == self.column.name]
        return max(found, key=lambda key: key.share, default=None)

    @property
    def referred(self) -> str | None:
        """The column that this one points at: ``table.column``."""
        key = self.foreign_key
        if key is None:
            return None
        position = key.columns.index(self.column.name)
        referred = key.referred_columns[position] if position < len(key.referred_columns) else "?"
        return f"{key.referred_table}.{referred}"


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
                shown=lambda row, _: Cell(count(row.table.row_count)),
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
                plain=lambda row: _synonyms(row.table),
                style=QUIET,
                can_shrink=True,
                rank=7,
                narrowest=16,
            ),
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
            Column(title="ALSO CALLED", plain=lambda row: _synonyms(row.column), for_files=True),
        ),
    )


def column_rows(source: Datasource, table: Table) -> list[ColumnRow]:
    """Every column of a table in the source's order."""
    return [
        ColumnRow(source=source, table=table, column=column)
        for column in sorted(table.columns, key=lambda column: column.position)
    ]


def description_of(described: Described) -> str | None:
    """What is said of a table or column: its description, else the source's own comment."""
    return described.description or described.comment


def author_of(described: Described) -> str | None:
    """``person`` where the description is a person's."""
    return "person" if described.is_described_by_person else None


def kind_text(table: Table) -> str:
    """What kind of thing a table is, with its role among the others where that is known: ``fact table``."""
    kind = "view" if table.is_view else "table"
    return kind if table.role is None else f"{table.role} {kind}"


def meaning_text(row: ColumnRow) -> str | None:
    """What a column's values mean, and whether they tell of people."""
    parts = [row.column.semantic_type.replace("_", " ")] if row.column.semantic_type else []
    if row.column.is_personal:
        parts.append("personal")
    return ", ".join(parts) or None


def inferred_text(key: InferredKey) -> str:
    """Where a key that nobody declared points, marked as such, with the share of the values that are found there."""
    return f"{key.referred_table}.{key.referred_column} (inferred, {share(key.share)} of values)"


def key_text(row: ColumnRow) -> str | None:
    """The part that a column plays in the keys: ``primary``, ``-> table.column``, inferred or not, or both."""
    parts = ["primary"] if row.column.is_primary_key else []
    if row.referred is not None:
        parts.append(f"-> {row.referred}")
    elif row.inferred_key is not None:
        parts.append(f"-> {inferred_text(row.inferred_key)}")
    return ", ".join(parts) or None


def pattern_text(row: ColumnRow) -> str | None:
    """What a column's text looks like, and how much of it."""
    pattern = row.profile.get("pattern")
    return None if pattern is None else f"{pattern['name']} {share(pattern['share'])}"


def size_text(found: Sequence[Table]) -> str:
    """How much that is: ``12 tables, 73 columns, 61,163 rows``."""
    columns_count = sum(len(table.columns) for table in found)
    rows = sum(table.row_count or 0 for table in found)
    return f"{counted(len(found), 'table')}, {counted(columns_count, 'column')}, {counted(rows, 'row')}"


def _rows(table: Table) -> str:
    return "rows not counted" if table.row_count is None else counted(table.row_count, "row")


def _description(read: Callable[[T], Described], *, rank: int, wraps: bool = False) -> Column[T]:
    """What is said of a thing; where there is room for all of it, with its other names."""

    def shown(row: T, eye: Eye) -> Cell:
        thing = read(row)
        said = _on_one_line(description_of(thing) or "")
        if wraps and (synonyms := _synonyms(thing)):
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


def _on_one_line(prose: str) -> str:
    return " ".join(prose.split())


def _synonyms(thing: Described) -> str | None:
    return ", ".join(thing.synonyms) or None


def _paragraphs(table: Table) -> list[Cell]:
    """What is said of a table, above its columns."""
    author = " (in a person's words)" if table.is_described_by_person else ""
    said = _on_one_line(description_of(table) or "")
    found = [Cell(f"{said}{author}", PERSON if author else "")] if said else []
    if table.synonyms:
        found.append(Cell(f"Also called {', '.join(table.synonyms)}.", QUIET))
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
