"""The port that wakes readers of the log."""

from collections.abc import Callable
from typing import Protocol


class Notifier(Protocol):
    """The bell: it says "look", never what. A lost ring costs delay, not data."""

    def ring(self) -> None:
        """Say that this process has committed."""

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call *listener*, from any thread and soon, after commits of this or another process; it must be quick
        and not raise. Returns what ends the subscription.
        """

    def close(self) -> None:
        """Stop listening to other processes."""
