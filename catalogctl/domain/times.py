"""Moments as they stand on the wire: RFC 3339, UTC, milliseconds, ``Z``."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""The present moment, aware, in UTC."""


def format_time(moment: datetime) -> str:
    """Write an aware *moment* as ``2026-01-31T12:00:00.123Z``; the text sorts like the time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def format_optional(moment: datetime | None) -> str | None:
    """Write *moment*, or keep None."""
    return None if moment is None else format_time(moment)


def parse_time(text: str) -> datetime:
    """Read what ``format_time`` wrote; raises ValueError for anything that is not RFC 3339 with a zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time without a zone: {text!r}")
    return moment.astimezone(UTC)


def parse_optional(text: str | None) -> datetime | None:
    """Read a time, or keep None."""
    return None if text is None else parse_time(text)
