"""The way to the writer of a store, made when it is first wanted: most commands only read, and load nothing of it."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from catalogctl.store.sqlite.files import StoreFile

T = TypeVar("T")


class Writing:
    """Runs changes by the writer of *file*."""

    def __init__(self, file: StoreFile, *, on_commit: Callable[[], None]) -> None:
        self._file = file
        self._on_commit = on_commit
        self._lock = threading.Lock()
        self._writer: Any = None
        self._is_closed = False

    def run(self, change: Callable[[Any], T]) -> T:
        """Run *change* in a transaction and commit; what it raises is raised again, and nothing is changed.

        Raises StoreUnavailable.
        """
        answer: T = self._made().run(change)
        return answer

    def close(self) -> None:
        """Write what is under way, and nothing more."""
        with self._lock:
            self._is_closed = True
        if self._writer is not None:
            self._writer.close()

    def _made(self) -> Any:
        if self._writer is None:
            from catalogctl.store.sqlite.writer import Writer

            with self._lock:
                if self._is_closed:
                    raise self._file.closed()
                if self._writer is None:
                    self._writer = Writer(self._file, on_commit=self._on_commit)
        return self._writer
