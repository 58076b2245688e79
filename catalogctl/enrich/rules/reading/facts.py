"""What is known of a column's values: its profile, read once, and how the values are stored."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from catalogctl.domain.catalogue import Column


class Family(StrEnum):
    """How the values of a column are stored, whatever its engine calls it."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    BINARY = "binary"
    JSON = "json"
    OTHER = "other"

    @property
    def is_number(self) -> bool:
        """True for what can be added up."""
        return self in (Family.INTEGER, Family.DECIMAL)

    @property
    def is_moment(self) -> bool:
        """True for a declared date, with or without a time."""
        return self in (Family.DATE, Family.DATETIME)


# A type of one's own may be called *boolean_answer*, *time_unit* or *price_range*, and an enumeration may list types.
_FAMILIES = (
    (re.compile(r"^(ENUM\d*|SET)\b(?!.*\]$)"), Family.TEXT),
    (re.compile(r"\[\]|^(LIST|ARRAY|STRUCT|MAP|UNION|ROW)\b"), Family.OTHER),
    (re.compile(r"\b(INTERVAL|GEOMETRY(COLLECTION)?|GEOGRAPHY|TSVECTOR)\b|(?<!_)RANGE$"), Family.OTHER),
    (re.compile(r"^(BIT|POINT|BOX([23]D)?|CIRCLE|POLYGON|LSEG|XML(TYPE)?)\b"), Family.OTHER),
    (re.compile(r"^BOOL(EAN)?\b|^TINYINT\(1\)"), Family.BOOLEAN),
    (re.compile(r"\bJSONB?\b"), Family.JSON),
    (re.compile(r"\b(SMALL)?DATETIME(\d+|OFFSET)?\b|\bTIMESTAMP(_?(TZ|LTZ|NTZ|S|MS|US|NS))?\b"), Family.DATETIME),
    (re.compile(r"^DATE(32)?\b"), Family.DATE),
    (re.compile(r"^TIME(TZ|64|_NS)?\b"), Family.TIME),
    (re.compile(r"CHAR|TEXT|CLOB|STRING|^UUID|^UNIQUEIDENTIFIER|^NAME$|^INET|^CIDR|^CITEXT"), Family.TEXT),
    (re.compile(r"(?<!_)(BLOB|BINARY)\b|^(BYTEA|IMAGE|RAW)\b"), Family.BINARY),
    (re.compile(r"^U?(TINY|SMALL|MEDIUM|BIG|HUGE|LONG)?INT|INTEGER|SERIAL|^YEAR$|^INT\d"), Family.INTEGER),
    (re.compile(r"DECIMAL|NUMERIC|NUMBER|REAL|FLOA|DOUB|MONEY"), Family.DECIMAL),
)  # fmt: skip


@lru_cache(maxsize=4096)
def declared_family(data_type: str) -> Family | None:
    """The family that a declared type names; None when it says nothing, as an empty one in SQLite."""
    word = data_type.strip().upper()
    return next((family for pattern, family in _FAMILIES if pattern.search(word)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The profile of a column; every figure is None or empty where it is unknown.

    *texts* are the samples that are text. *speaks_for_all* is False when the figures are of a sample or are old: they
    may guide, but not be quoted.
    """

    family: Family
    is_profiled: bool = False
    speaks_for_all: bool = False
    rows: int = 0
    nulls: int = 0
    distinct: int = 0
    low: Any = None
    high: Any = None
    mean: float | None = None
    shortest: int | None = None
    longest: int | None = None
    mean_length: float | None = None
    top_values: Sequence[Mapping[str, Any]] = ()
    samples: tuple[Any, ...] = ()
    texts: tuple[str, ...] = ()
    pattern: str | None = None
    pattern_share: float = 0.0

    @property
    def top(self) -> tuple[tuple[Any, float], ...]:
        """The most frequent values, each with its share of the rows (0..1)."""
        # Most columns of a large catalogue are read to be passed over: made when asked for.
        return tuple((top["value"], float(top["share"])) for top in self.top_values)

    @property
    def filled(self) -> int:
        """Rows that have a value."""
        return self.rows - self.nulls

    @property
    def missing_share(self) -> float:
        """Rows without a value, of all (0..1)."""
        return self.nulls / self.rows if self.rows else 0.0

    @property
    def is_unique(self) -> bool:
        """True when no two rows have the same value."""
        return self.filled > 0 and self.distinct == self.filled

    @property
    def is_constant(self) -> bool:
        """True when every row has the same value."""
        return self.filled > 0 and self.distinct == 1 and self.nulls == 0

    @property
    def is_empty(self) -> bool:
        """True when there are rows, and none has a value."""
        return self.rows > 0 and self.filled == 0

    @property
    def domain(self) -> tuple[Any, ...]:
        """All the values there are, where the profile holds them all."""
        return self.samples if 0 < self.distinct <= len(self.samples) else ()

    @property
    def are_all_numbers(self) -> bool:
        """True when all values are known, and none of them is a text, as it may be in SQLite whatever is declared."""
        return self.family.is_number and bool(self.domain) and all(isinstance(v, int | float) for v in self.domain)

    @property
    def holds_numbers(self) -> bool:
        """True for texts that are nearly all numbers."""
        written = sum(1 for text in self.texts if number(text) is not None)
        return self.family is Family.TEXT and bool(self.texts) and written >= 0.8 * len(self.texts)

    def within(self, low: float, high: float) -> bool:
        """True when all values are known to lie between *low* and *high*."""
        least, most = number(self.low), number(self.high)
        return least is not None and most is not None and low <= least and most <= high

    @property
    def reaches(self) -> tuple[float, float] | None:
        """The smallest and the greatest value, where both are numbers."""
        least, most = number(self.low), number(self.high)
        return None if least is None or most is None else (least, most)


def facts_of(column: Column) -> Facts:
    """Read the profile of *column*; a column without one has only its family."""
    record = column.profile
    if not record:
        return Facts(family=declared_family(column.data_type) or Family.OTHER)
    lengths: Mapping[str, Any] = record.get("text_length") or {}
    pattern: Mapping[str, Any] = record.get("pattern") or {}
    samples = tuple(record.get("samples") or ())
    if None in samples:
        samples = tuple(value for value in samples if value is not None)
    rows = int(record.get("rows_profiled") or 0)
    return Facts(
        family=_family(column.data_type, record),
        is_profiled=True,
        speaks_for_all=bool(record.get("is_exact", True)) and not record.get("stale", False),
        rows=rows,
        nulls=int(record.get("null_count") or 0),
        distinct=int(record.get("distinct_count") or 0),
        low=record.get("min"),
        high=record.get("max"),
        mean=number(record.get("mean")),
        shortest=lengths.get("min"),
        longest=lengths.get("max"),
        mean_length=number(lengths.get("mean")),
        top_values=record.get("top_values") or (),
        samples=samples,
        texts=tuple(value for value in samples if isinstance(value, str) and value),
        pattern=_plain(pattern["name"]) if pattern.get("name") else None,
        pattern_share=float(pattern.get("share") or 0.0),
    )


def _family(data_type: str, record: Mapping[str, Any]) -> Family:
    """The declared family, unless the values contradict it, as they may in SQLite."""
    declared = declared_family(data_type)
    if declared not in (None, Family.INTEGER, Family.DECIMAL):
        return declared
    if declared is not None and _kind(record.get("min")) in (Family.INTEGER, Family.DECIMAL):
        return declared
    kinds = {_kind(value) for value in [record.get("min"), record.get("max"), *(record.get("samples") or ())]} - {None}
    if kinds == {Family.TEXT}:
        return Family.DECIMAL if declared is not None and _all_numbers(record) else Family.TEXT
    if declared is not None:
        return declared
    if kinds and kinds <= {Family.INTEGER, Family.DECIMAL}:
        return Family.INTEGER if kinds == {Family.INTEGER} else Family.DECIMAL
    return Family.OTHER


def _all_numbers(record: Mapping[str, Any]) -> bool:
    """True when what a profile wrote as text are exact decimals, as it does with those that JSON would round."""
    values = [
        value for value in [record.get("min"), record.get("max"), *(record.get("samples") or ())] if value is not None
    ]
    return record.get("text_length") is None and all(number(value) is not None for value in values)


def _kind(value: Any) -> Family | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Family.INTEGER
    return Family.DECIMAL if isinstance(value, float) else Family.TEXT


def number(value: Any) -> float | None:
    """*value* as a finite number, also from the text of an exact decimal; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if abs(found) < float("inf") else None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
