"""Stopping a statement from another thread, for every driver in the same way."""

import threading
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
        self._idle = threading.Event()
        self._idle.set()

    def stop(self) -> None:
        """End the running statement and every later one."""
        self._stopped.set()
        for _ in range(int(_LONGEST / _AGAIN)):
            # A driver forgets a cancellation that comes before its statement has begun: ask until it is over.
            if self._idle.is_set():
                return
            self._cancel()
            self._idle.wait(_AGAIN)

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
        self._idle.clear()
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
            self._idle.set()
