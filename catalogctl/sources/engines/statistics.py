"""Profiles by what a server knows of its data without looking: what is known of a column, and what follows from it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from catalogctl.domain.catalogue import Basis, ColumnProfile, TableMetadata, TableProfile, TopValue
from catalogctl.sources.engines.sampling import Ask
from catalogctl.sources.profile.dialects import StandardDialect
from catalogctl.sources.profile.kinds import Kind
from catalogctl.sources.profile.profiler import (
    TOP_VALUES,
    Groups,
    Profiled,
    may_identify,
    profile_columns,
    table_profile,
)
from catalogctl.sources.profile.statements import GROUPS, grouped
from catalogctl.sources.profile.values import shown

ROWS = "catalogctl_rows"
"""The column of known values that holds the number of rows that each speaks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnStatistics:
    """What a server knows of one column of *kind*.

    *null_share* is of all rows. *frequent* are the most frequent values as texts, with their shares of all rows, the
    first before all. *known* is the query for values and ``ROWS``: those, and others at even distances between them.
    *has_all* is True when there are no more than these.
    """

    kind: Kind
    null_share: float
    distinct: int
    frequent: Sequence[tuple[str, float]]
    known: str
    has_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What a server knows of a table: about how many *rows*, and its *columns* by name, or why they are not known."""

    rows: int
    columns: Mapping[str, ColumnStatistics | str]


class _KnownValues:
    """The known values of a table's columns as an Engine of the profiler."""

    def __init__(self, ask: Ask, dialect: StandardDialect, rows: int) -> None:
        self._ask = ask
        self.dialect = dialect
        self._rows = rows

    @contextmanager
    def groups(self, relation: str, column: str, kind: Kind) -> Iterator[Groups]:
        values = grouped(self.dialect, relation, column, kind, weight=f"SUM({ROWS})")
        head = f"WITH {GROUPS} AS ({values}) "
        yield Groups(rows=self._rows, ask=lambda statement: list(self._ask(head + statement)))


def profile_by_statistics(
    ask: Ask, dialect: StandardDialect, table: TableMetadata, statistics: Statistics
) -> TableProfile:
    """The profile of *table* as its server estimates it; a column of which it knows nothing has none."""
    engine, found = _KnownValues(ask, dialect, statistics.rows), []
    for column in table.columns:
        known = statistics.columns.get(column.name, "not profiled: there are no statistics of it")
        if isinstance(known, str):
            found.append(Profiled(column=column.name, profile=None, remarks=(known,)))
            continue
        [profiled] = profile_columns(engine, [(f"({known.known}) known", [column])], _always(known.kind))
        if profiled.profile is not None:
            # What is to be said of the known values is not to be said of all of them.
            profile = _estimated(profiled.profile, known, rows=statistics.rows)
            profiled = replace(profiled, profile=profile, remarks=())
        found.append(profiled)
    of_known = table_profile(table, found, row_count=statistics.rows, row_count_is_estimate=True)
    return replace(of_known, basis=Basis.STATISTICS)


def _always(kind: Kind) -> Callable[[Any], Kind]:
    return lambda _: kind


def _estimated(profile: ColumnProfile, known: ColumnStatistics, *, rows: int) -> ColumnProfile:
    """The profile of a column of *rows* rows, from that of its known values."""
    nulls = round(known.null_share * rows)
    distinct = min(max(known.distinct, profile.distinct_count), rows - nulls)
    return replace(
        profile,
        null_count=nulls,
        null_rate=known.null_share,
        distinct_count=distinct,
        distinct_rate=distinct / rows if rows else 0.0,
        # Where values stand for their neighbours too, the outermost ones would say too much.
        mean=profile.mean if known.has_all else None,
        top_values=tuple(
            TopValue(value=_shown(text, known.kind), count=round(share * rows), share=share)
            for text, share in known.frequent[:TOP_VALUES]
        ),
        is_key_candidate=0 < rows == distinct and may_identify(known.kind, profile.samples),
    )


def _shown(text: str, kind: Kind) -> Any:
    size = len(text.removeprefix("\\x")) // 2 if kind is Kind.BINARY else None
    return shown(text, size, kind)
