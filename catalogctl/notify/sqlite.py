"""The bell of a SQLite store: also rung when another process has committed to the file.

SQLite counts, for each connection, the commits of all others (``PRAGMA data_version``): a look takes some microseconds
and reads no row. Whoever commits writes to the file's journal before, and on Linux that says when to look.
"""

import math
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from catalogctl.domain.ports.notifier import Notifier
from catalogctl.notify.local import LocalNotifier
from catalogctl.notify.waiting import Wait, best_wait

QUIET_AFTER = 1.0
SETTLED_AFTER = 0.3
FILE_LOOK = 0.5
SHORTEST = 0.001

_Seen = tuple[int, int, int] | None


class SqliteNotifier(Notifier):
    """A bell heard in all processes that use the store at *path*.

    A commit of another process is heard as soon as it can be seen where the system tells of writing. Elsewhere it is
    heard *interval* seconds later at the most, or twice that if none came for a second: looking less often is what
    keeps an idle process cheap. The looking begins with the first subscription. A file that is not there yet, or is
    replaced by another, is looked for again.
    """

    def __init__(self, path: Path, *, interval: float = 0.02, new_wait: Callable[[], Wait] = best_wait) -> None:
        self._interval = interval
        self._new_wait = new_wait
        self._local = LocalNotifier()
        self._lock = threading.Lock()
        self._watch = _Watch(path)
        self._seen: _Seen = None
        self._wait: Wait | None = None
        self._thread: threading.Thread | None = None
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
                self._wait = self._new_wait()
                # What was committed before the first subscription rings for nobody.
                self._seen = self._watch.look()
                self._thread = threading.Thread(
                    target=self._keep_looking, args=(self._wait,), name="store-bell", daemon=True
                )
                self._thread.start()
        return end

    def close(self) -> None:
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
        if self._wait is not None and self._thread is not None:
            self._wait.end()
            self._thread.join()
            self._wait.close()
        self._watch.close()

    def _keep_looking(self, wait: Wait) -> None:
        pace = Pace(self._interval)
        watched, is_believed, pause = 0, True, 0.0
        while True:
            is_told = wait(pause)
            if wait.is_ended:
                return
            is_news = self._look()
            if self._watch.opened != watched or not wait.is_watching:
                watched = self._watch.opened
                wait.watch(self._watch.journal)
                # What was written before this was told to nobody.
                pause = 0.0 if wait.is_watching else pace.unwatched(is_news=is_news)
                continue
            if is_news and not is_told and not pace.is_awaiting:
                # It was written to, and the system has not said so: some file systems never do.
                is_told = wait(0)
                is_believed = is_believed and is_told
            pause = pace.watched(is_told=is_told) if is_believed else pace.unwatched(is_news=is_news)
            if pace.is_awaiting:
                # Whoever writes much is not to have each page looked after.
                time.sleep(SHORTEST)

    def _look(self) -> bool:
        with self._lock:
            found = self._watch.look()
            is_news = found != self._seen
            self._seen = found
        if is_news:
            self._local.ring()
        return is_news


class Pace:
    """How many seconds to wait before the next look, which is at most *interval* while there may be something to see.

    *is_awaiting* says that writing was told of a moment ago, so that a commit may still come of it.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._news = time.monotonic()
        self._told = -math.inf
        self._step = 0.0
        self.is_awaiting = False

    def unwatched(self, *, is_news: bool) -> float:
        """Nobody tells when to look."""
        now = time.monotonic()
        if is_news:
            self._news = now
        return self._interval if now - self._news < QUIET_AFTER else 2 * self._interval

    def watched(self, *, is_told: bool) -> float:
        """The system tells of writing. What comes of it can be seen when it is safe on the disk, some time later; and
        what is seen may be of the commit before, while the next was written already.
        """
        now = time.monotonic()
        if is_told:
            self._told, self._step = now, 0.0
        self.is_awaiting = now - self._told < SETTLED_AFTER
        if not self.is_awaiting:
            return FILE_LOOK
        step, self._step = self._step, min(2 * self._step + SHORTEST, self._interval)
        return step


class _Watch:
    """A connection that only counts commits, *opened* so many times. One thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.journal = path.with_name(f"{path.name}-wal")
        self.opened = 0
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
            self.opened += 1
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
