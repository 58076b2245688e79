"""From the groups of a column's values to its profile: the same for every engine."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from catalogctl.domain.catalogue import (
    Basis,
    ColumnMetadata,
    ColumnProfile,
    TableMetadata,
    TableProfile,
    TextLengths,
    TopValue,
)
from catalogctl.domain.runs import Note
from catalogctl.sources.failures import StatementRefused
from catalogctl.sources.profile import statements
from catalogctl.sources.profile.dialects import APART, BYTES, NUMBERS, OTHERS, TEXTS, StandardDialect
from catalogctl.sources.profile.kinds import Kind
from catalogctl.sources.profile.patterns import find_pattern
from catalogctl.sources.profile.values import shown

Row = Sequence[Any]

TOP_VALUES = 10
ALL_SAMPLES = 50
"""Up to so many distinct values, all of them are samples."""
SOME_SAMPLES = 20
"""Beyond that, so many are, evenly spread over the order of the values."""
MAX_TESTED = 1000
"""Distinct values that are tested for a pattern, evenly spread over their order."""

_ORDERED = frozenset({Kind.EXACT, Kind.FLOAT, Kind.TEXT, Kind.MOMENT, Kind.TRUTH, Kind.DYNAMIC})
_KEYS = frozenset({Kind.EXACT, Kind.TEXT, Kind.MOMENT, Kind.DYNAMIC})
_PLURALS = {NUMBERS: "numbers", TEXTS: "texts", BYTES: "blobs"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The distinct values of one column, ready to be asked about.

    *rows* counts all rows that were grouped, nulls included; *ask* answers a query on ``statements.GROUPS``.
    """

    rows: int
    ask: Callable[[str], list[Row]]


class Engine(Protocol):
    """A source, as the profiler sees it."""

    @property
    def dialect(self) -> StandardDialect:
        """How it writes SQL."""

    def groups(self, relation: str, column: str, kind: Kind) -> AbstractContextManager[Groups]:
        """Group the values of *column* of *relation*; the count of rows and the groups are of one moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The values of one nature among a column's: how many, where in their order, and their sums."""

    groups: int
    rows: int
    first: int
    last: int
    total: float | None
    lengths: TextLengths | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """The values worth showing, fit for JSON."""

    top: tuple[tuple[Any, int], ...] = ()
    spread: tuple[Any, ...] = ()
    edges: Mapping[int, Any]
    middle: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiled:
    """What became of one column; no profile when the engine refused to group it."""

    column: str
    profile: ColumnProfile | None
    remarks: tuple[str, ...]


def profile_columns(
    engine: Engine,
    relations: Iterable[tuple[str, Sequence[ColumnMetadata]]],
    kind_of: Callable[[ColumnMetadata], Kind],
) -> list[Profiled]:
    """Profile the columns that each of *relations* is given for, one after the other. Raises SourceFailed."""
    found = []
    for relation, columns in relations:
        for column in columns:
            try:
                profile, remarks = profile_column(engine, relation, column.name, kind_of(column))
            except StatementRefused as error:
                found.append(Profiled(column=column.name, profile=None, remarks=(f"not profiled: {error.reason}",)))
            else:
                found.append(Profiled(column=column.name, profile=profile, remarks=tuple(remarks)))
    return found


def table_profile(
    table: TableMetadata,
    columns: Iterable[Profiled],
    *,
    row_count: int,
    rows_profiled: int | None = None,
    row_count_is_estimate: bool = False,
    remarks: Iterable[str] = (),
) -> TableProfile:
    """The profile of *table* from those of its *columns*, with *remarks* on the whole of it; *rows_profiled* is given
    when it is that of a sample.
    """
    by_name = {one.column: one for one in columns}
    found = [by_name[column.name] for column in table.columns]
    return TableProfile(
        row_count=row_count,
        rows_profiled=row_count if rows_profiled is None else rows_profiled,
        basis=Basis.ROWS if rows_profiled is None else Basis.SAMPLE,
        row_count_is_estimate=row_count_is_estimate,
        columns={one.column: one.profile for one in found if one.profile is not None},
        notes=(
            *(Note(table=table.name, message=remark) for remark in remarks),
            *(Note(table=table.name, column=one.column, message=remark) for one in found for remark in one.remarks),
        ),
    )


def profile_column(engine: Engine, relation: str, column: str, kind: Kind) -> tuple[ColumnProfile, list[str]]:
    """The profile of one column, and what is to be said about the figures that could not be had.

    Raises SourceFailed.
    """
    with engine.groups(relation, column, kind) as groups:
        families = _families(engine.dialect, groups, kind)
        leader = _leader(families)
        picked = _picked(engine.dialect, groups, kind, families, leader)
        rows = groups.rows
    distinct = sum(family.groups for family in families.values())
    filled = sum(family.rows for family in families.values())
    lead = families.get(leader)
    has_edges = lead is not None and kind in _ORDERED and leader != BYTES
    profile = ColumnProfile(
        null_count=rows - filled,
        null_rate=(rows - filled) / rows if rows else 0.0,
        distinct_count=distinct,
        distinct_rate=distinct / rows if rows else 0.0,
        min=picked.edges.get(lead.first) if lead and has_edges else None,
        max=picked.edges.get(lead.last) if lead and has_edges else None,
        mean=_mean(families) if leader == NUMBERS else None,
        median=_median(picked.middle),
        text_length=lead.lengths if lead and leader == TEXTS else None,
        top_values=tuple(TopValue(value=value, count=n, share=n / rows) for value, n in picked.top),
        samples=_samples(picked.spread, distinct),
        pattern=find_pattern(picked.spread, column=column) if leader in {NUMBERS, TEXTS} else None,
        is_key_candidate=0 < rows == distinct
        and families.keys() <= {NUMBERS, TEXTS, OTHERS}
        and may_identify(kind, picked.spread),
    )
    return profile, list(_remarks(families, leader))


def _families(dialect: StandardDialect, groups: Groups, kind: Kind) -> dict[str, Family]:
    only = dialect.only_family(kind)
    if only is None and dialect.counts_places:
        # Groups stand in order, numbers before texts before blobs: when both ends agree, so do all between.
        first, last = groups.ask(statements.ends(dialect, kind))[0]
        only = first if first == last and first != APART else None
    found = {}
    for word, count, rows, first, last, total, shortest, longest, length in groups.ask(
        statements.measured(dialect, kind, only)
    ):
        if not count:
            continue
        lengths = None
        if word == TEXTS:
            lengths = TextLengths(min=int(shortest), max=int(longest), mean=float(length) / int(rows))
        found[str(word)] = Family(
            groups=int(count),
            rows=int(rows),
            first=int(first),
            last=int(last),
            total=None if total is None else float(total),
            lengths=lengths,
        )
    return found


def _leader(families: Mapping[str, Family]) -> str:
    """The family that most rows belong to; its are the least, the greatest and the middle value."""
    named = {word: family.rows for word, family in families.items() if word != APART}
    return max(named, key=lambda word: (named[word], word == NUMBERS), default=OTHERS)


def _picked(
    dialect: StandardDialect, groups: Groups, kind: Kind, families: Mapping[str, Family], leader: str
) -> Picked:
    if not families:
        return Picked(edges={})
    distinct = sum(family.groups for family in families.values())
    lead, middle = families.get(leader), None
    if lead and leader == NUMBERS:
        middle = statements.middle(dialect, first=lead.first, last=lead.last, rows=lead.rows)
    rows = groups.ask(
        statements.picked(
            dialect,
            kind,
            top=TOP_VALUES,
            every=-(-distinct // MAX_TESTED),
            edges=(lead.first, lead.last) if lead else (),
            middle=middle,
        )
    )
    by_reason: dict[int, list[tuple[int, Any, int]]] = {reason: [] for reason in range(statements.MIDDLE + 1)}
    for why, place, value, n, size in rows:
        by_reason[int(why)].append((int(place), shown(value, None if size is None else int(size), kind), int(n)))
    by_place = {why: sorted(found, key=lambda one: one[0]) for why, found in by_reason.items()}
    return Picked(
        top=tuple((value, n) for _, value, n in sorted(by_reason[statements.TOP], key=lambda one: (-one[2], one[0]))),
        spread=tuple(value for _, value, _ in by_place[statements.SPREAD]),
        edges={place: value for place, value, _ in by_reason[statements.EDGE]},
        middle=tuple(value for _, value, _ in by_place[statements.MIDDLE]),
    )


def _samples(spread: Sequence[Any], distinct: int) -> tuple[Any, ...]:
    if distinct <= ALL_SAMPLES:
        return tuple(spread)
    return tuple(spread[index * len(spread) // SOME_SAMPLES] for index in range(SOME_SAMPLES))


def _mean(families: Mapping[str, Family]) -> float | None:
    numbers = families[NUMBERS]
    mean = (numbers.total or 0.0) / numbers.rows
    return mean if math.isfinite(mean) else None


def _median(middle: Sequence[Any]) -> float | None:
    if not middle:
        return None
    try:
        median = float(middle[0]) / 2 + float(middle[-1]) / 2
    except OverflowError:
        return None
    return median if math.isfinite(median) else None


def may_identify(kind: Kind, values: Iterable[Any]) -> bool:
    """False for values such as measured ones, which identify nothing even where no two rows agree."""
    return kind in _KEYS and not any(isinstance(value, float) for value in values)


def _remarks(families: Mapping[str, Family], leader: str) -> Iterator[str]:
    named = [(word, family.rows) for word, family in families.items() if word in _PLURALS]
    if len(named) > 1:
        *first, last = (_counted(rows, word) for word, rows in sorted(named, key=lambda one: -one[1]))
        yield f"holds {', '.join(first)} and {last}; min, max and averages are those of the {_PLURALS[leader]}"
    apart = families.get(APART)
    if apart:
        many = "1 value is" if apart.rows == 1 else f"{apart.rows} values are"
        yield f"{many} infinite or not a number; min, max, mean and median leave out such values"


def _counted(rows: int, word: str) -> str:
    plural = _PLURALS[word]
    return f"{rows} {plural.removesuffix('s') if rows == 1 else plural}"
