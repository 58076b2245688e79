"""The server's clock, read here: what all nodes of a store go by, whatever their own clocks say."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

FRESH = 5.0
"""Seconds after which it is to be set again."""

_DRIFT = 1e-4


def _elapsed() -> float:
    """Seconds that pass also while the machine sleeps, if it can tell."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class ServerClock:
    """The present moment of the server, in milliseconds, reckoned on from when it was last asked.

    *ask* answers the server's time; how long it took tells how exact that is. An answer that is less exact than what
    is known already, with what a clock may drift, is left alone.
    """

    def __init__(self, ask: Callable[[], datetime]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._moment = datetime(1970, 1, 1, tzinfo=UTC)
        self._set_at = 0.0
        self._error: float | None = None
        self.set()

    def __call__(self) -> datetime:
        """The moment, aware, in UTC."""
        with self._lock:
            moment = self._moment + timedelta(seconds=_elapsed() - self._set_at)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def set(self) -> None:
        """Ask the server. Raises what *ask* raises."""
        before = _elapsed()
        moment = self._ask()
        after = _elapsed()
        error = (after - before) / 2
        with self._lock:
            if self._error is None or error <= self._error + (after - self._set_at) * _DRIFT:
                self._moment, self._set_at, self._error = moment, (before + after) / 2, error

    def set_if_old(self) -> None:
        """Ask the server if it was not for a while."""
        if _elapsed() - self._set_at > FRESH:
            self.set()
