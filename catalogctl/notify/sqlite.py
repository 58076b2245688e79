"""The bell of a SQLite store: also rung when another process has committed to the file.

SQLite counts, for each connection, the commits of all others (``PRAGMA data_version``): a look takes some microseconds
and reads no row.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from catalogctl.domain.ports.notifier import Notifier
from catalogctl.notify.local import LocalNotifier

QUIET_AFTER = 1.0
FILE_LOOK = 0.5

_Seen = tuple[int, int, int] | None


class SqliteNotifier(Notifier):
    """A bell heard in all processes that use the store at *path*.

    A commit of another process is heard *interval* seconds later at the most, or twice that if none came for a second:
    looking less often is what keeps an idle process cheap. The looking begins with the first subscription. A file that
    is not there yet, or is replaced by another, is looked for again.
    """

    def __init__(self, path: Path, *, interval: float = 0.02) -> None:
        self._interval = interval
        self._local = LocalNotifier()
        self._lock = threading.Lock()
        self._watch = _Watch(path)
        self._seen: _Seen = None
        self._thread: threading.Thread | None = None
        # Held until the end; waiting for it is the cheapest sleep that can be cut short.
        self._until_closed = threading.Lock()
        self._until_closed.acquire()
        self._is_closed = False

    def ring(self) -> None:
        with self._lock:
            if self._thread is not None and not self._is_closed:
                # What this process has committed is seen herewith, or the looking thread would ring once more.
                self._seen = self._watch.look()
        self._local.ring()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        end = self._local.subscribe(listener)
        with self._lock:
            if self._thread is None and not self._is_closed:
                # What was committed before the first subscription rings for nobody.
                self._seen = self._watch.look()
                self._thread = threading.Thread(target=self._keep_looking, name="store-bell", daemon=True)
                self._thread.start()
        return end

    def close(self) -> None:
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            self._until_closed.release()
        if self._thread is not None:
            self._thread.join()
        self._watch.close()

    def _keep_looking(self) -> None:
        last_news = time.monotonic()
        interval = self._interval
        while not self._until_closed.acquire(timeout=interval):
            with self._lock:
                found = self._watch.look()
                is_news = found != self._seen
                self._seen = found
            now = time.monotonic()
            if is_news:
                last_news = now
                self._local.ring()
            interval = self._interval if now - last_news < QUIET_AFTER else 2 * self._interval


class _Watch:
    """A connection that only counts commits. One thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._file_look_due = 0.0

    def look(self) -> _Seen:
        """Which file lies at the path, and the count of its commits by others; None when there is none to be read."""
        try:
            if self._connection is None or time.monotonic() > self._file_look_due:
                self._look_at_file()
            if self._connection is None or self._file is None:
                return None
            [(count,)] = self._connection.execute("PRAGMA data_version").fetchall()
        except (OSError, sqlite3.Error):
            self.close()
            return None
        return (*self._file, count)

    def _look_at_file(self) -> None:
        found = self._path.stat()
        self._file_look_due = time.monotonic() + FILE_LOOK
        if self._connection is None or self._file != (found.st_dev, found.st_ino):
            self.close()
            self._file = (found.st_dev, found.st_ino)
            # Never makes a file: that is the business of whoever opens the store.
            self._connection = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=rw",
                uri=True,
                timeout=0,
                isolation_level=None,
                check_same_thread=False,
            )

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
