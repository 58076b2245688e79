"""Numbers and moments as people read them."""

from datetime import datetime, timedelta

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def duration(seconds: float) -> str:
    """A length of time in at most seven characters: ``0.4s``, ``42s``, ``3m 05s``, ``2h 11m``, ``3d 04h``."""
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m {whole % _MINUTE:02}s"
    if whole < _DAY:
        return f"{whole // _HOUR}h {whole % _HOUR // _MINUTE:02}m"
    return f"{whole // _DAY}d {whole % _DAY // _HOUR:02}h"


def latency(seconds: float) -> str:
    """How long an answer took: ``19 ms``, ``1.4s``."""
    return f"{max(1, round(seconds * 1000))} ms" if seconds < 1 else duration(seconds)


def elapsed(since: datetime | None, until: datetime | None, now: datetime) -> str:
    """How long something has lasted, or lasts; empty when it has not begun."""
    return "" if since is None else duration(((until or now) - since).total_seconds())


def age(moment: datetime, now: datetime) -> str:
    """How long ago *moment* was, roughly; beyond a week the date."""
    past = now - moment
    if past < timedelta(seconds=5):
        return "now"
    if past < timedelta(minutes=1):
        return f"{past.seconds}s ago"
    if past < timedelta(hours=1):
        return f"{past.seconds // _MINUTE}m ago"
    if past < timedelta(days=1):
        return f"{past.seconds // _HOUR}h ago"
    if past < timedelta(days=7):
        return f"{past.days}d ago"
    return moment.astimezone(now.tzinfo).date().isoformat()


def count(number: int | None) -> str:
    """A number with its thousands apart, or a dash."""
    return "–" if number is None else f"{number:,}"


def counted(number: int, noun: str) -> str:
    """A number and what it counts: ``1 table``, ``1,204 tables``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def share(part: float | None) -> str:
    """A share of 1 as a percentage that says 0 and 100 only when it is so."""
    if part is None:
        return "–"
    if part in {0, 1}:
        return f"{part:.0%}"
    return "<1%" if part < 0.01 else ">99%" if part > 0.99 else f"{part:.0%}"


def dollars(amount: float | None) -> str:
    """An amount in USD, or ``?`` where it is not known; what is less than a cent keeps what can be told of it."""
    if amount is None:
        return "?"
    if amount == 0:
        return "$0"
    if amount < 0.0001:
        return "<$0.0001"
    return f"${amount:,.4f}" if amount < 1 else f"${amount:,.2f}"
