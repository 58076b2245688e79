"""Listeners to bells."""

import threading
import time

SOON = 10.0


class Ear:
    """A listener that can be waited for."""

    def __init__(self) -> None:
        self._bell = threading.Condition()
        self.rings: list[float] = []

    def __call__(self) -> None:
        with self._bell:
            self.rings.append(time.monotonic())
            self._bell.notify_all()

    def hears(self, more_than: int) -> bool:
        """Wait until the bell has rung more often than that."""
        with self._bell:
            return self._bell.wait_for(lambda: len(self.rings) > more_than, SOON)
