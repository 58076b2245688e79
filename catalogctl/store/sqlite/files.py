"""The file of an open store: connections to it, and whether it is still the one that was opened."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from catalogctl.domain.errors import InvalidInput
from catalogctl.store.sqlite.failures import (
    is_failure_of_store,
    is_no_database,
    refused,
    unavailable,
    unavailable_place,
)

BUSY_TIMEOUT = 10.0
WAL_KEPT = 64 * 2**20


@dataclass(frozen=True, slots=True)
class StoreFile:
    """A file that was opened as a store, told apart from any other that comes to lie at its path."""

    path: Path
    device: int
    inode: int

    @classmethod
    def at(cls, path: Path) -> Self:
        """The file that lies at *path* now. Raises OSError."""
        found = path.stat()
        return cls(path, found.st_dev, found.st_ino)

    def connect(self, *, is_writer: bool) -> sqlite3.Connection:
        """Open a connection to it. Raises sqlite3.Error."""
        return connect(self.path, is_writer=is_writer)

    def check(self) -> None:
        """Raise StoreUnavailable unless the file still lies where it was.

        A connection never notices: it would go on writing into a file that nobody can find any more.
        """
        try:
            found = self.path.stat()
        except FileNotFoundError:
            raise refused(self.path, "its file was removed", hint="Put it back, or start catalogctl anew.") from None
        except OSError as error:
            raise unavailable_place(self.path, error) from error
        if (found.st_dev, found.st_ino) != (self.device, self.inode):
            raise refused(self.path, "its file was replaced by another", hint="Start catalogctl anew.")

    def translated(self, error: BaseException) -> BaseException:
        """StoreUnavailable for what befell the file, InvalidInput for text that it cannot hold, else *error* itself."""
        if isinstance(error, sqlite3.Error) and is_failure_of_store(error):
            return unavailable(self.path, error)
        if isinstance(error, UnicodeEncodeError):
            # Half a surrogate pair: how Python carries the bytes of a name that is not UTF-8.
            return InvalidInput(f"{ascii(error.object)[:80]} is not Unicode text")
        return error

    def closed(self) -> Exception:
        """What a call on a closed store raises."""
        return refused(self.path, "it has been closed", hint="Open it again.")


def connect(path: Path, *, is_writer: bool) -> sqlite3.Connection:
    """Open a connection that leaves transactions to its user and never makes a file. Raises sqlite3.Error."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=BUSY_TIMEOUT,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        # FULL: a commit is on the disk when it returns, so that what was acknowledged survives a power cut.
        connection.execute("PRAGMA synchronous = FULL")
        if is_writer:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(f"PRAGMA journal_size_limit = {WAL_KEPT}")
        else:
            connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error:
        # It is what first reads the file, which may be no database.
        connection.close()
        raise
    return connection


def read_epoch(path: Path) -> str | None:
    """The epoch of the store at *path*; None when none lies there. Raises StoreUnavailable."""
    try:
        if not path.is_file():
            return None
        connection = connect(path, is_writer=False)
        try:
            row = connection.execute("SELECT epoch FROM log").fetchone()
        finally:
            connection.close()
    except OSError as error:
        raise unavailable_place(path, error) from error
    except sqlite3.Error as error:
        if is_failure_of_store(error) and not is_no_database(error):
            raise unavailable(path, error) from error
        return None
    return None if row is None else str(row[0])
