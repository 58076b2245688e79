"""Dates and times in whatever form a column keeps them: real types, ISO text, seconds since 1970, a plain year."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum, auto
from typing import Any

from catalogctl.enrich.rules.reading.facts import Facts, Family, number
from catalogctl.enrich.rules.words.names import Name

_ISO = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?:[ T]\d{2}(?::?\d{2}){0,2}.*)?")
_ISO_PATTERNS = frozenset({"isodate", "isodatetime", "isotimestamp"})
_EPOCH_WORDS = ("timestamp", "time", "date", "epoch", "at", "on", "created", "updated", "modified")
_EPOCH_SECONDS = (2.5e8, 4.2e9)  # from 1977 to 2103
_COMPACT = (19_000_101, 21_991_231)  # yyyymmdd


class Form(Enum):
    """How a moment is written."""

    NATIVE = auto()
    ISO_TEXT = auto()
    EPOCH_SECONDS = auto()
    EPOCH_MILLISECONDS = auto()
    COMPACT = auto()
    YEAR = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """The time axis that a column offers: its form, and the days at its two ends where they are known."""

    form: Form
    has_time: bool
    first: date | None = None
    last: date | None = None

    @property
    def days(self) -> int | None:
        """How many days lie between the two ends."""
        return None if self.first is None or self.last is None else (self.last - self.first).days

    @property
    def ends_within_month(self) -> bool:
        """True when the last month is likely not over: its last days have no data."""
        return self.last is not None and self.last.day < calendar.monthrange(self.last.year, self.last.month)[1] - 3


def moments_of(facts: Facts, name: Name) -> Moments | None:
    """The time axis in a column's values; None when they are not moments, or in a form that does not sort."""
    form = _form(facts, name)
    if form is None:
        return None
    return Moments(
        form=form,
        has_time=facts.family is Family.DATETIME or form in (Form.EPOCH_SECONDS, Form.EPOCH_MILLISECONDS)
        or (form is Form.ISO_TEXT and any(len(text) > 10 for text in facts.texts[:20])),
        first=_day(facts.low, form),
        last=_day(facts.high, form),
    )  # fmt: skip


def _form(facts: Facts, name: Name) -> Form | None:
    if facts.family.is_moment:
        return _declared_form(facts)
    if facts.family is Family.TEXT:
        return Form.ISO_TEXT if _is_iso_text(facts) else None
    reach = facts.reaches
    if not facts.family.is_number or reach is None:
        return None
    if facts.family is Family.INTEGER and name.last == "year" and facts.within(1000, 2200):
        return Form.YEAR
    return _numeric_form(reach) if name.has(*_EPOCH_WORDS) else None


def _declared_form(facts: Facts) -> Form | None:
    """A declared date may still be kept as text or a number, where the engine does not mind."""
    if facts.low is None:
        return Form.NATIVE
    if isinstance(facts.low, str) and isinstance(facts.high, str):
        return Form.NATIVE if _ISO.fullmatch(facts.low) and _ISO.fullmatch(facts.high) else None
    return None if facts.reaches is None else _numeric_form(facts.reaches)


def _numeric_form(reach: tuple[float, float]) -> Form | None:
    low, high = reach
    if _EPOCH_SECONDS[0] <= low and high <= _EPOCH_SECONDS[1]:
        return Form.EPOCH_SECONDS
    if _EPOCH_SECONDS[0] * 1000 <= low and high <= _EPOCH_SECONDS[1] * 1000:
        return Form.EPOCH_MILLISECONDS
    is_compact = all(_compact_day(int(end)) for end in reach)
    return Form.COMPACT if is_compact and _COMPACT[0] <= low and high <= _COMPACT[1] else None


def _is_iso_text(facts: Facts) -> bool:
    if not (isinstance(facts.low, str) and isinstance(facts.high, str)):
        return False
    if not (_ISO.fullmatch(facts.low) and _ISO.fullmatch(facts.high)):
        return False
    if facts.pattern in _ISO_PATTERNS and facts.pattern_share >= 0.98:
        return True
    return bool(facts.texts) and all(_ISO.fullmatch(text) for text in facts.texts)


def _day(value: Any, form: Form) -> date | None:
    """The day of an end of the range; None when it is not a day of this calendar."""
    try:
        if isinstance(value, str):
            return date.fromisoformat(value[:10])
        moment = number(value)
        if moment is None:
            return None
        if form is Form.YEAR:
            return date(int(moment), 1, 1)
        if form is Form.COMPACT:
            return _compact_day(int(moment))
        seconds = moment / 1000 if form is Form.EPOCH_MILLISECONDS else moment
        return datetime.fromtimestamp(seconds, tz=UTC).date()
    except (ValueError, OverflowError, OSError):
        return None


def _compact_day(value: int) -> date | None:
    try:
        return date(value // 10000, value // 100 % 100, value % 100)
    except (ValueError, OverflowError):
        return None
