"""DuckDB's errors in words for people, told apart by their classes."""

import sys
from pathlib import Path

import duckdb

from catalogctl.domain.errors import SourceFailed
from catalogctl.domain.sources import Source
from catalogctl.sources.failures import RETRY, failed, refused

if sys.platform != "win32":
    import fcntl

_DAMAGED = (duckdb.FatalException, duckdb.InternalException, duckdb.SerializationException)


def statement_failed(source: Source, error: duckdb.Error) -> SourceFailed:
    """What DuckDB reported while it worked."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return failed(source, "there is not enough memory or temporary disk space", hint="Look at fewer rows: --sample")
    if isinstance(error, duckdb.PermissionException):
        return refused(source, "it reaches for a file or an address outside of the source, which is not followed")
    if isinstance(error, _DAMAGED):
        return failed(source, "the database file is damaged")
    return refused(source, _words(error))


def opening_failed(source: Source, path: Path, error: duckdb.Error) -> SourceFailed:
    """What DuckDB reported when it was to open the database file at *path*."""
    if isinstance(error, duckdb.IOException):
        if _is_locked(path):
            return failed(source, "another program has it open for writing", hint=RETRY)
        return failed(source, _words(error))
    return failed(
        source, "the database file is damaged, or of a newer DuckDB", hint="Try to open it with duckdb itself."
    )


def _words(error: duckdb.Error) -> str:
    """The driver's own words, without the class of error before and the statement after them."""
    lines = str(error).strip().splitlines()
    # Of a line that is too long, the first of the words tell the place alone.
    line = next((line for line in lines if line.startswith("Maximum line size")), lines[0]).strip()
    return line.partition(" Error: ")[2] or line


def _is_locked(path: Path) -> bool:
    if sys.platform == "win32":
        return True
    try:
        with path.open("rb") as file:
            fcntl.lockf(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
