"""Stopping a reader's statements from another thread, for every driver in the same way."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from catalogctl.domain.errors import Interrupted

_AGAIN = 0.05
_LONGEST = 5.0


class Interruption:
    """Whether a reader was told to stop, and how to make its driver do so; *cancel* is called from other threads."""

    def __init__(self, cancel: Callable[[], None]) -> None:
        self._cancel = cancel
        self._stopped = threading.Event()
        self._changed = threading.Condition()
        self._running = 0

    def stop(self) -> None:
        """End the running statements and every later one; gives up after some seconds and one cancellation more."""
        self._stopped.set()
        give_up = time.monotonic() + _LONGEST
        while time.monotonic() < give_up:
            # A driver forgets a cancellation that comes before its statement has begun: ask until all are over.
            with self._changed:
                if not self._running:
                    return
            self._cancel()
            with self._changed:
                self._changed.wait_for(lambda: not self._running, _AGAIN)

    def check(self) -> None:
        """Raise Interrupted once ``stop`` was called."""
        if self._stopped.is_set():
            raise Interrupted("stopped before it was done")

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than until ``stop`` is called; raises Interrupted then."""
        self._stopped.wait(seconds)
        self.check()

    @contextmanager
    def statement(self) -> Iterator[None]:
        """Run one statement inside; whatever it raises after ``stop`` was called is raised as Interrupted."""
        self._count(1)
        try:
            self.check()
            yield
        except Interrupted:
            raise
        except Exception as error:
            if self._stopped.is_set():
                raise Interrupted("stopped before it was done") from error
            raise
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._changed:
            self._running += change
            self._changed.notify_all()
