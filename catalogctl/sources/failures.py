"""Drivers' errors in words for people: what failed, on which source, and what next.

Told apart by type, error code or SQLSTATE; no message holds a secret, a statement or a traceback.
"""

import sqlite3
from collections.abc import Mapping

from catalogctl.domain.errors import SourceFailed
from catalogctl.domain.sources import Source

RETRY = "Try again once it is free."


class StatementRefused(SourceFailed):
    """One statement did not work, as with a type that has no order; the source can still be asked other things.

    *reason* is what the engine said.
    """

    reason: str = ""


def missing(source: Source) -> SourceFailed:
    """The file or folder is gone since it was registered."""
    return SourceFailed(
        f"source {source.name!r} is gone: there is nothing at {source.display}",
        hint="Put it back, or remove the source: catalogctl sources remove " + repr(source.name),
    )


def failed(source: Source, what: str, *, hint: str | None = None) -> SourceFailed:
    """*source* cannot be read because of *what*."""
    return SourceFailed(f"source {source.name!r} cannot be read: {what}", hint=hint)


def refused(source: Source, what: str) -> StatementRefused:
    """A single statement on *source* did not work because of *what*."""
    error = StatementRefused(f"source {source.name!r} refused a statement: {what}")
    error.reason = what
    return error


_SQLITE: Mapping[int, tuple[str, str | None]] = {
    sqlite3.SQLITE_BUSY: ("another program has it locked", RETRY),
    sqlite3.SQLITE_LOCKED: ("another program has it locked", RETRY),
    sqlite3.SQLITE_CORRUPT: ("the database file is damaged", "Check it: sqlite3 FILE 'PRAGMA integrity_check'"),
    sqlite3.SQLITE_NOTADB: ("the file is no SQLite database, or it is encrypted", None),
    sqlite3.SQLITE_CANTOPEN: ("the file cannot be opened", "Check its permissions and those of its folder."),
    sqlite3.SQLITE_PERM: ("reading the file is not permitted", "Check its permissions."),
    sqlite3.SQLITE_AUTH: ("reading the file is not permitted", "Check its permissions."),
    sqlite3.SQLITE_READONLY: ("it needs a recovery that has to write", "Open it once with the program that wrote it."),
    sqlite3.SQLITE_IOERR: ("the disk failed while it was read", "Check the disk and try again."),
    sqlite3.SQLITE_NOMEM: ("there is not enough memory", None),
    sqlite3.SQLITE_TOOBIG: ("a value is too large", None),
    sqlite3.SQLITE_FULL: (
        "the disk for temporary files is full",
        "Free some space, or set SQLITE_TMPDIR to a folder with more.",
    ),
}


def sqlite_failed(source: Source, error: sqlite3.Error) -> SourceFailed:
    """What SQLite reported."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _SQLITE:
        what, hint = _SQLITE[code]
        return failed(source, what, hint=hint)
    return refused(source, str(error))


def system_failed(source: Source, error: OSError) -> SourceFailed:
    """What the operating system reported."""
    if isinstance(error, FileNotFoundError):
        return missing(source)
    if isinstance(error, BlockingIOError):
        return failed(source, "another program has it locked", hint=RETRY)
    return failed(source, error.strerror or type(error).__name__)
