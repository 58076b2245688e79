"""What is said of tables and columns: the words that lists, sheets and documents are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalogctl.domain.catalogue import Column, Datasource, ForeignKey, Table
from catalogctl.domain.meaning import InferredKey
from catalogctl.render.measures import counted, share

Described = Table | Column


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRow:
    """A column, its table and its source."""

    source: Datasource
    table: Table
    column: Column

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


def synonyms_of(described: Described) -> str | None:
    """What else a thing is called."""
    return ", ".join(described.synonyms) or None


def on_one_line(prose: str) -> str:
    """Prose without the line ends that somebody wrote."""
    return " ".join(prose.split())
