"""What a worker does beside its tasks, now and then."""

from collections.abc import Callable


class Chore:
    """Something to be done every *interval* seconds, and after the other chores again when it says that it is not done.

    So none of them keeps the heartbeat waiting.
    """

    def __init__(self, interval: float, do: Callable[[], bool | None]) -> None:
        self._interval = interval
        self._do = do
        self._due = 0.0

    def do_if_due(self, now: float) -> None:
        """Do it, if at *now*, in monotonic seconds, it is time."""
        if now >= self._due:
            self._due = now + self._interval
            if self._do():
                self._due = now
