"""How long to wait before the next attempt at a connection."""

import random
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

BASE = 0.5
CAP = 30.0


class Backoff:
    """Delays that grow twofold up to *cap* seconds, with full jitter, on top of what the server asked for.

    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ tells why the jitter is full.
    """

    def __init__(self, *, rng: random.Random, base: float = BASE, cap: float = CAP) -> None:
        self._rng = rng
        self._base = base
        self._cap = cap
        self._attempts = 0
        self._asked_for = 0.0

    def ask_for(self, milliseconds: int) -> None:
        """The server told its ``retry``: no delay is shorter from now on."""
        self._asked_for = milliseconds / 1000

    def next(self, *, at_least: float = 0.0) -> float:
        """The delay before the next attempt, in seconds; *at_least* is what a ``Retry-After`` said."""
        # The exponent is bounded, or a night without a server ends in numbers too large for a float.
        ceiling = min(self._cap, self._base * 2 ** min(self._attempts, 30))
        self._attempts += 1
        delay = min(self._cap, self._asked_for + self._rng.uniform(0, ceiling))
        return max(delay, at_least)

    def reset(self) -> None:
        """Something arrived: the next loss is a first one."""
        self._attempts = 0


def retry_after(headers: Mapping[str, str]) -> float:
    """The seconds that a ``Retry-After`` asks for (RFC 9110, 10.2.3), 0 without one; a date counts from ``Date``."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
        return max(0.0, (moment - parsedate_to_datetime(headers.get("date", ""))).total_seconds())
    except (ValueError, TypeError):
        return 0.0
