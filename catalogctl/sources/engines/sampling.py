"""How many rows a table has and which of them stand for all, in time that does not grow with the table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalogctl.domain.catalogue import TableMetadata, TableProfile
from catalogctl.domain.runs import Note

Ask = Callable[[str], Sequence[Sequence[Any]]]

COUNTED = 1_000_000
"""Rows up to which a table is counted, which takes a moment, even where only a sample of it is profiled."""

ESTIMATED_FROM = 10_000
"""Rows that are looked at where an estimate is wanted and there are no statistics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """The rows of a table, about right when it *is_estimate*."""

    rows: int
    is_estimate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Rows as a relation, always the same ones; *remark* says what is to be known about their choice."""

    relation: str
    remark: str | None = None


def without_statistics(table: TableMetadata, reason: str | None, profile: TableProfile) -> TableProfile:
    """The *profile* that stands in for an estimate, saying so and for what *reason*; None is that there never is one,
    which need not be said where all rows could be looked at.
    """
    if reason is None and profile.is_exact:
        return profile
    rows = f"{profile.rows_profiled:,} rows"
    looked = f"all {rows} were" if profile.is_exact else f"a sample of {rows} was"
    message = f"{reason or 'the source keeps no statistics of it'}: {looked} looked at instead"
    return replace(profile, notes=(Note(table=table.name, message=message), *profile.notes))
