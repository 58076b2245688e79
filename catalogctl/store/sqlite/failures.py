"""What SQLite and the file system can do to a store, told as StoreUnavailable; decided by error code, never by text."""

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from catalogctl.domain.errors import StoreUnavailable

_ELSEWHERE = "Give another place for the store: --store PATH, or CATALOGCTL_STORE."

_REASONS: Mapping[int, tuple[str, str]] = {
    sqlite3.SQLITE_NOTADB: ("it is not a SQLite database", _ELSEWHERE),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged", "Put a backup in its place, or move it away and start anew."),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "Look at the permissions of the file and of its folder."),
    sqlite3.SQLITE_PERM: ("no permission", "Look at the permissions of the file and of its folder."),
    sqlite3.SQLITE_AUTH: ("no permission", "Look at the permissions of the file and of its folder."),
    sqlite3.SQLITE_READONLY: ("it cannot be written", "Look at the permissions of the file and of its folder."),
    sqlite3.SQLITE_BUSY: ("another process has been holding its lock for too long", "Try again in a moment."),
    sqlite3.SQLITE_LOCKED: ("another process has been holding its lock for too long", "Try again in a moment."),
    sqlite3.SQLITE_PROTOCOL: ("another process has been holding its lock for too long", "Try again in a moment."),
    sqlite3.SQLITE_FULL: ("the disk is full", "Make room; nothing that was acknowledged is lost."),
    sqlite3.SQLITE_IOERR: ("the disk reported an error", "Make sure that the disk has room and is sound."),
    sqlite3.SQLITE_NOLFS: ("the file is too large for the file system", _ELSEWHERE),
    sqlite3.SQLITE_NOMEM: ("memory is exhausted", "Close other programs and try again."),
}


def is_failure_of_store(error: BaseException) -> bool:
    """True for what the place of the store did, false for a mistake in a statement."""
    return isinstance(error, sqlite3.Error) and _primary_code(error) in _REASONS


def is_busy(error: sqlite3.Error) -> bool:
    """True when somebody else holds the lock just now."""
    return _primary_code(error) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}


def is_no_database(error: sqlite3.Error) -> bool:
    """True when the file is something else than a database."""
    return _primary_code(error) == sqlite3.SQLITE_NOTADB


def _primary_code(error: sqlite3.Error) -> int:
    # Errors of the Python module itself carry no code. The low byte of an extended code is the primary one.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def unavailable(path: Path, error: sqlite3.Error) -> StoreUnavailable:
    """Tell what SQLite could not do with the store at *path*."""
    reason, hint = _REASONS[_primary_code(error)]
    return StoreUnavailable(f"the store {path} is unavailable: {reason} ({error.sqlite_errorname})", hint=hint)


def unavailable_place(path: Path, error: OSError) -> StoreUnavailable:
    """Tell what the file system would not do for the store at *path*."""
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    where = "" if error.filename in {None, str(path)} else f" at {error.filename}"
    return StoreUnavailable(f"the store {path} is unavailable: {reason}{where}", hint=_ELSEWHERE)


def refused(path: Path, reason: str, *, hint: str = _ELSEWHERE) -> StoreUnavailable:
    """Tell why the file at *path* cannot be the store."""
    return StoreUnavailable(f"the store {path} is unavailable: {reason}", hint=hint)
