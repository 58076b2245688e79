"""What is said of tables and columns: the words that lists, sheets and documents are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalogctl.domain.catalogue import Basis, Column, Datasource, ForeignKey, Table
from catalogctl.domain.meaning import InferredKey
from catalogctl.render.measures import count, counted, share

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
    rows = counted(sum(table.row_count or 0 for table in found), "row")
    about = "about " if any(table.row_count_is_estimate for table in found) else ""
    return f"{counted(len(found), 'table')}, {counted(columns_count, 'column')}, {about}{rows}"


def row_count_text(table: Table) -> str:
    """How many rows a table has, marked where that is an estimate: ``1,204``, ``~9,990,000``; a dash for no count."""
    return f"{'~' if table.row_count_is_estimate else ''}{count(table.row_count)}"


def rows_text(table: Table) -> str:
    """As ``row_count_text``, in words: ``1,204 rows``, ``about 9,990,000 rows``; empty for no count."""
    if table.row_count is None:
        return ""
    return f"{'about ' if table.row_count_is_estimate else ''}{counted(table.row_count, 'row')}"


def basis_text(profile: Mapping[str, Any]) -> str | None:
    """What the figures of a profile rest on, where that is less than all rows as they are now."""
    words = {
        Basis.ROWS: "",
        Basis.SAMPLE: "of a sample of the rows",
        Basis.STATISTICS: "estimated from the server's statistics",
    }
    # Profiles of a store that knew no other basis say only whether they are exact.
    known = Basis.ROWS if profile.get("is_exact", True) else Basis.SAMPLE
    parts = ["of a former run" if profile.get("stale") else "", words[Basis(profile.get("basis", known))]]
    return ", ".join(filter(None, parts)) or None


def caution_text(table: Table) -> str | None:
    """What is to be known of a table's figures before they are believed, as a sentence."""
    found = dict.fromkeys(filter(None, (basis_text(column.profile or {}) for column in table.columns)))
    return f"Figures are {'; some are '.join(found)}." if found else None


def synonyms_of(described: Described) -> str | None:
    """What else a thing is called."""
    return ", ".join(described.synonyms) or None


def on_one_line(prose: str) -> str:
    """Prose without the line ends that somebody wrote."""
    return " ".join(prose.split())
