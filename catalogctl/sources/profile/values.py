"""Values fit for JSON: nothing is lost but the tail of a long text, and the bytes of a blob."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from catalogctl.sources.profile.kinds import Kind

MAX_TEXT = 200
"""Characters that are shown of a text."""

_MOMENT = re.compile(r"(?:(\d{4,}-\d\d-\d\d)[ T])?(\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?([+-]\d\d(?::?\d\d)?)?")


def shown_text(text: str) -> str:
    """*text*, cut with an ellipsis when it is longer than ``MAX_TEXT``; always encodable as UTF-8."""
    cut = text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"
    return cut.encode("utf-8", "replace").decode()


def shown_bytes(size: int) -> str:
    """What stands for a blob of *size* bytes."""
    return "<1 byte>" if size == 1 else f"<{size} bytes>"


def shown_number(value: float | Decimal) -> Any:
    """*value* as a JSON number where a double holds it exactly, otherwise as text."""
    if isinstance(value, int):
        return value
    if not math.isfinite(value):
        return str(float(value)).replace("inf", "Infinity").replace("nan", "NaN")
    if isinstance(value, float):
        return value
    if value == value.to_integral_value() and value.adjusted() < 40:
        return int(value)
    nearest = float(value)
    return nearest if Decimal(repr(nearest)) == value else str(value)


def shown_moment(text: str) -> str:
    """An engine's date or time as ISO 8601: a ``T`` in the middle, a zone with minutes. Others stay as they are."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return shown_text(text)
    day, time, zone = found.groups()
    zone = "" if zone is None else zone if len(zone) > 3 else f"{zone}:00"
    return f"{day}T{time}{zone}" if day else f"{time}{zone}"


def _exact(text: str) -> Any:
    try:
        return shown_number(int(text))
    except ValueError:
        return _decimal(text)


def _decimal(text: str) -> Any:
    try:
        return shown_number(Decimal(text))
    except InvalidOperation:
        return shown_text(text)


def _float(text: str) -> Any:
    try:
        return shown_number(float(text))
    except ValueError:
        return shown_text(text)


def _truth(text: str) -> Any:
    return {"t": True, "true": True, "1": True, "f": False, "false": False, "0": False}.get(text.lower(), text)


_FROM_TEXT: Mapping[Kind, Callable[[str], Any]] = {
    Kind.EXACT: _exact,
    Kind.FLOAT: _float,
    Kind.MOMENT: shown_moment,
    Kind.TRUTH: _truth,
}


def shown(value: Any, size: int | None, kind: Kind) -> Any:
    """What a profile shows for *value*, which an engine handed out as text, or as itself where values are typed one
    by one; *size* is its length in characters or bytes, when it has one.
    """
    if kind is Kind.BINARY or isinstance(value, bytes):
        return shown_bytes(size or 0)
    if isinstance(value, (int, float, Decimal)):
        return shown_number(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return _FROM_TEXT.get(kind, shown_text)(str(value))


def fit(rows: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """*rows* with every value fit for JSON; texts whole."""
    return [tuple(_fit(value) for value in row) for row in rows]


def _fit(value: Any) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, bytes):
        return shown_bytes(len(value))
    if isinstance(value, int | float | Decimal):
        return shown_number(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
