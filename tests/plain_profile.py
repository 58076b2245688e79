"""The figures of a column, worked out in plain Python from the rows: what every engine's SQL is compared with."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

TOP_VALUES = 10
ALL_SAMPLES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainProfile:
    """What a ColumnProfile should say."""

    null_count: int
    distinct_count: int
    min: Any
    max: Any
    mean: float | None
    median: float | None
    lengths: tuple[int, int, float] | None
    top: list[tuple[Any, int]]
    samples: tuple[Any, ...] | None


def plain_profile(values: Sequence[Any]) -> PlainProfile:
    """The profile of values of one type, None among them."""
    filled = sorted(value for value in values if value is not None)
    counts = Counter(filled)
    are_numbers = bool(filled) and not isinstance(filled[0], str)
    are_texts = bool(filled) and isinstance(filled[0], str)
    distinct = sorted(counts)
    lengths = [len(value) for value in filled] if are_texts else []
    return PlainProfile(
        null_count=len(values) - len(filled),
        distinct_count=len(distinct),
        min=filled[0] if filled else None,
        max=filled[-1] if filled else None,
        mean=float(sum(map(Fraction, filled)) / len(filled)) if are_numbers else None,
        median=_median(filled) if are_numbers else None,
        lengths=(min(lengths), max(lengths), sum(lengths) / len(lengths)) if are_texts else None,
        top=sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:TOP_VALUES],
        samples=tuple(distinct) if len(distinct) <= ALL_SAMPLES else None,
    )


def _median(ordered: Sequence[Any]) -> float:
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return float((Fraction(low) + Fraction(high)) / 2)


def is_near(found: float | None, expected: float | None, *, scale: float) -> bool:
    """True when two sums of the same numbers, of magnitude *scale*, differ by no more than rounding."""
    if found is None or expected is None:
        return found is expected
    return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-12 * max(scale, 1e-300))
