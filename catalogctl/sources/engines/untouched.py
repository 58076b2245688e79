"""Opening a SQLite database so that neither it nor its folder changes, whatever state it is in.

SQLite writes in order to read: it makes ``-shm`` for a database in WAL mode, and rolls a broken-off transaction back.
So the way in depends on what lies there:

======================================  ==============================================================================
rollback mode                           plainly: only locks are taken
WAL mode, ``-wal`` and ``-shm`` there   with ``-shm`` for reading only: a live writer's newest commits are seen
WAL mode, nothing in a ``-wal``         as immutable; a writer that comes later is noticed, and the reading done again
WAL mode, ``-wal`` without ``-shm``     a private copy, in which SQLite may recover what the ``-wal`` holds
a hot ``-journal``                      a private copy, in which SQLite may roll back
======================================  ==============================================================================

Nothing here opens the database file by itself while SQLite may have it open in this process: closing such a
descriptor would drop SQLite's locks (POSIX).
"""

import os
import shutil
import sqlite3
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from catalogctl.sources.scratch import Scratch

if sys.platform != "win32":
    import fcntl

_SHARED_FIRST, _SHARED_SIZE = 0x40000002, 510
"""The bytes that SQLite locks for reading (its file format, "File Locking")."""
_UNUSED_SECONDS = 60.0
_ATTEMPTS = 5

Stamp = tuple[tuple[int, int, int] | None, ...]


class Changing(Exception):
    """The database changed while it was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A way into a database: *uri* to connect to, *is_current* to ask afterwards whether what was read still holds."""

    uri: str
    is_current: Callable[[], bool]
    release: Callable[[], None]

    def connect(self) -> sqlite3.Connection:
        """A connection of this way; transactions are the caller's. Raises sqlite3.Error."""
        connection = sqlite3.connect(self.uri, uri=True, timeout=0, isolation_level=None, check_same_thread=False)
        connection.text_factory = _text
        return connection


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def is_sqlite(path: Path) -> bool:
    """True for a SQLite database, an empty file included, judged by its first page. Raises sqlite3.Error."""
    return _mode(path) is not None


def open_untouched(path: Path, copies: "Copies") -> Opening:
    """Find the way into the database at *path*. Raises sqlite3.Error, OSError, Changing."""
    for _ in range(_ATTEMPTS):
        before = stamp(path)
        mode, wal, shm = _mode(path), before[1], before[2]
        if mode is None:
            raise sqlite3.DatabaseError("file is not a database")
        holds_commits = mode == "wal" and wal is not None and wal[1] > 0
        if mode == "hot" or (holds_commits and shm is None):
            uri = copies.take(path)
            return Opening(uri=f"{uri}?mode=rw", is_current=_always, release=lambda: copies.give_back(path))
        if mode == "wal" and not (wal and shm):
            if stamp(path) != before:
                continue
            return Opening(
                uri=f"{path.as_uri()}?immutable=1", is_current=partial(_is_as_it_was, path, before), release=_nothing
            )
        return Opening(uri=f"{path.as_uri()}?mode=ro&readonly_shm=1", is_current=_always, release=_nothing)
    raise Changing


def _is_as_it_was(path: Path, before: Stamp) -> bool:
    return stamp(path) == before


def _always() -> bool:
    return True


def _nothing() -> None:
    return None


def stamp(path: Path) -> Stamp:
    """What tells whether the database, its ``-wal``, ``-shm`` or ``-journal`` changed."""
    return tuple(_stamp(Path(f"{path}{suffix}")) for suffix in ("", "-wal", "-shm", "-journal"))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _mode(path: Path) -> str | None:
    """``rollback``, ``wal`` or ``hot``; None when it is no database. Raises sqlite3.Error.

    Without locks SQLite refuses WAL mode, which tells the mode without touching anything.
    """
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&nolock=1", uri=True, timeout=0)
    try:
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_NOTADB:
            return None
        if error.sqlite_errorcode == sqlite3.SQLITE_READONLY_ROLLBACK:
            return "hot"
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_CANTOPEN and os.access(path, os.R_OK):
            return "wal"
        raise
    finally:
        connection.close()
    return "rollback"


@dataclass(slots=True)
class _Copy:
    stamp: Stamp
    scratch: Scratch
    users: int = 0
    expiry: threading.Timer | None = None


class Copies:
    """Private copies of databases that cannot be read where they are.

    A copy is shared by all readers of the same state, kept for a minute after the last one, then removed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._copies: dict[Path, _Copy] = {}

    def take(self, path: Path) -> str:
        """The URI of a copy of the database as it now is. Raises OSError, sqlite3.Error, Changing."""
        with self._lock:
            found = self._copies.get(path)
            if found is None or (found.stamp != stamp(path) and not found.users):
                self._forget(path)
                found = self._copies[path] = _copied(path)
            if found.expiry:
                found.expiry.cancel()
            found.users += 1
            return (found.scratch.path / path.name).as_uri()

    def give_back(self, path: Path) -> None:
        """One reader less."""
        with self._lock:
            copy = self._copies[path]
            copy.users -= 1
            if not copy.users:
                copy.expiry = threading.Timer(_UNUSED_SECONDS, self._expire, (path,))
                copy.expiry.daemon = True
                copy.expiry.start()

    def _expire(self, path: Path) -> None:
        with self._lock:
            if path in self._copies and not self._copies[path].users:
                self._forget(path)

    def _forget(self, path: Path) -> None:
        copy = self._copies.pop(path, None)
        if copy:
            if copy.expiry:
                copy.expiry.cancel()
            copy.scratch.close()


def _copied(path: Path) -> _Copy:
    for _ in range(_ATTEMPTS):
        scratch = Scratch()
        before = stamp(path)
        try:
            with path.open("rb") as source, (scratch.path / path.name).open("wb") as target:
                _lock(source.fileno())
                shutil.copyfileobj(source, target, 1 << 20)
                for suffix in ("-wal", "-journal"):
                    companion = Path(f"{path}{suffix}")
                    if companion.exists():
                        shutil.copyfile(companion, scratch.path / companion.name)
                if stamp(path) == before:
                    return _Copy(before, scratch)
        except BaseException:
            scratch.close()
            raise
        scratch.close()
    raise Changing


def _lock(descriptor: int) -> None:
    """Keep writers from what is being copied, as SQLite itself would. Raises BlockingIOError when one is at work."""
    if sys.platform != "win32":
        fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB, _SHARED_SIZE, _SHARED_FIRST)
