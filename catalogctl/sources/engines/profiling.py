"""The profile of a table, column by column; the same for every engine."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from catalogctl.domain.catalogue import ColumnProfile, TableMetadata, TableProfile
from catalogctl.domain.runs import Note
from catalogctl.sources.profile.kinds import Kind
from catalogctl.sources.profile.profiler import Engine, profile_column


class Asking(Engine, Protocol):
    """An engine that also answers a statement."""

    def ask(self, statement: str) -> list[Sequence[Any]]:
        """The rows of one statement."""


def profile_table(
    engine: Asking, table: TableMetadata, *, sample: int | None, kind_of: Callable[[str], Kind]
) -> TableProfile:
    """Profile every column of *table*, on its first *sample* rows if there are more."""
    relation = quoted(engine, table)
    row_count = int(engine.ask(f"SELECT COUNT(*) FROM {relation}")[0][0])
    is_exact = sample is None or row_count <= sample
    if not is_exact:
        relation = f"(SELECT * FROM {relation} LIMIT {sample}) sampled"
    columns: dict[str, ColumnProfile] = {}
    notes: list[Note] = []
    for column in table.columns:
        columns[column.name], remarks = profile_column(engine, relation, column.name, kind_of(column.data_type))
        notes += [Note(table=table.name, column=column.name, message=remark) for remark in remarks]
    return TableProfile(
        row_count=row_count,
        rows_profiled=row_count if is_exact else sample or 0,
        is_exact=is_exact,
        columns=columns,
        notes=tuple(notes),
    )


def quoted(engine: Asking, table: TableMetadata) -> str:
    """The name of *table* as the engine's SQL has it."""
    if table.schema is None:
        return engine.dialect.quote(table.name)
    name = table.name.removeprefix(f"{table.schema}.")
    return f"{engine.dialect.quote(table.schema)}.{engine.dialect.quote(name)}"
