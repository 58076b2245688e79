"""Dates and times in whatever form a column keeps them: real types, ISO text, seconds since 1970, a plain year."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum, auto
from typing import Any

from catalogctl.enrich.rules.reading.facts import Facts, Family, number
from catalogctl.enrich.rules.words.lists import word_set
from catalogctl.enrich.rules.words.names import Name

_ISO = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?:[ T]\d{2}(?::?\d{2}){0,2}.*)?")
_ISO_PATTERNS = frozenset({"isodate", "isodatetime", "isotimestamp"})
_EPOCH_WORDS = ("timestamp", "time", "date", "epoch", "at", "on", "created", "updated", "modified", "t")
_EPOCH_SECONDS = (2.5e8, 4.2e9)  # from 1977 to 2103
_NO_END = 2999
"""From this year on, a date only says that there is no end."""
_ENOUGH_DAYS = 5
_BESIDE = word_set(
    """
    due required expected expiry expired expires planned scheduled estimated end ends ended until valid birth next
    deadline latest last final current used seen load loaded imported inserted ingested synced extracted etl
    """
)
"""Words of dates that say when something should happen or be over, or changes all the time, or was copied here."""
_FILLED = 0.9
_COMPACT = (19_000_101, 21_991_231)  # yyyymmdd


class Form(Enum):
    """How a moment is written."""

    NATIVE = auto()
    ISO_TEXT = auto()
    EPOCH_SECONDS = auto()
    EPOCH_MILLISECONDS = auto()
    EPOCH_MICROSECONDS = auto()
    EPOCH_NANOSECONDS = auto()
    COMPACT = auto()
    YEAR = auto()

    @property
    def a_second(self) -> int | None:
        """How many of its units make a second; None where it does not count from 1970 on."""
        return _A_SECOND.get(self)


_A_SECOND = {
    Form.EPOCH_SECONDS: 1,
    Form.EPOCH_MILLISECONDS: 1_000,
    Form.EPOCH_MICROSECONDS: 1_000_000,
    Form.EPOCH_NANOSECONDS: 1_000_000_000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """The time axis that a column offers: its form, and the days at its two ends where they are known.

    *stand_in* is a value that is no moment: a day that never comes for what has no end, 0 for what has no date. The end
    of the range that it hides is not known.
    """

    form: Form
    has_time: bool
    first: date | None = None
    last: date | None = None
    stand_in: Any = None

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
    last = _day(facts.high, form)
    never_comes = last is not None and last.year >= _NO_END and facts.low != facts.high
    has_none = form is Form.COMPACT and facts.low == 0
    return Moments(
        form=form,
        has_time=facts.family is Family.DATETIME or form.a_second is not None
        or (form is Form.ISO_TEXT and any(len(text) > 10 for text in facts.texts[:20])),
        first=None if has_none else _day(facts.low, form),
        last=None if never_comes else last,
        stand_in=facts.high if never_comes else 0 if has_none else None,
    )  # fmt: skip


def tells_when(facts: Facts, name: Name) -> bool:
    """True for a moment that nearly every row has and that says when it happened."""
    is_beside = not _BESIDE.isdisjoint(name.words)
    return not is_beside and facts.filled > 0 and 1 - facts.missing_share >= _FILLED


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
    if facts.family is Family.INTEGER and _are_compact_days(facts):
        return Form.COMPACT
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
    for form, factor in _A_SECOND.items():
        if _EPOCH_SECONDS[0] * factor <= low and high <= _EPOCH_SECONDS[1] * factor:
            return form
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
        return datetime.fromtimestamp(moment / (form.a_second or 1), tz=UTC).date()
    except (ValueError, OverflowError, OSError):
        return None


def _are_compact_days(facts: Facts) -> bool:
    """True when all values known are days written as 20240131, and at most 0 besides, whatever the column is called."""
    reach = facts.reaches
    if reach is None or reach[1] > _COMPACT[1] or not (reach[0] == 0 or reach[0] >= _COMPACT[0]):
        # What nearly every column of numbers is told by, without a look at its samples.
        return False
    values = {int(value) for value in map(number, (*reach, *facts.samples)) if value is not None} - {0}
    is_in_reach = all(_COMPACT[0] <= value <= _COMPACT[1] for value in values)
    return len(values) >= _ENOUGH_DAYS and is_in_reach and all(map(_compact_day, values))


def _compact_day(value: int) -> date | None:
    try:
        return date(value // 10000, value // 100 % 100, value % 100)
    except (ValueError, OverflowError):
        return None
