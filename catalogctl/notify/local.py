"""The bell of one process: whoever rings it calls the listeners."""

import threading
from collections.abc import Callable

from catalogctl.domain.ports.notifier import Notifier


class LocalNotifier(Notifier):
    """A bell that is heard in its own process only; listeners are called in the thread that rings."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: tuple[Callable[[], None], ...] = ()

    def ring(self) -> None:
        for listener in self._listeners:
            listener()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        # One object a subscription, so that a listener subscribed twice is also ended once at a time.
        def subscription() -> None:
            listener()

        with self._lock:
            self._listeners = (*self._listeners, subscription)

        def end() -> None:
            with self._lock:
                self._listeners = tuple(one for one in self._listeners if one is not subscription)

        return end

    def close(self) -> None:
        """Nothing to let go of."""
