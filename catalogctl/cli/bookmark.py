"""A file that remembers how far a reader of the log has come, for the process that goes on after this one."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from catalogctl.domain.errors import Conflict, InvalidCursor, InvalidInput, Unavailable
from catalogctl.domain.events import Cursor

_ANEW = "Remove it to begin anew, or name another file."


class Bookmark:
    """The cursor in the file at *path*; None while there is no such file.

    The file is always whole: it is replaced and never written into.
    """

    def __init__(self, path: Path, cursor: Cursor | None) -> None:
        self.path = path
        self.cursor = cursor

    @classmethod
    @contextmanager
    def held(cls, name: str) -> Iterator[Self]:
        """The file called *name*, for us alone.

        Raises Conflict while another process holds it, InvalidCursor when it holds no cursor, and InvalidInput when it
        cannot be a file of cursors.
        """
        from filelock import FileLock, Timeout  # noqa: PLC0415 - most calls need no lock

        # Behind a link, so that the file is one and the same under all of its names.
        path = Path(os.path.realpath(Path(name).expanduser()))
        _check(path)
        lock = FileLock(path.with_name(f"{path.name}.lock"), blocking=False)
        try:
            lock.acquire()
        except Timeout:
            raise Conflict(
                f"another process goes on from the cursor in {path}", hint="Give each reader a file of its own."
            ) from None
        except (OSError, NotImplementedError) as error:
            raise _unusable(path, error) from error
        try:
            yield cls(path, _read(path))
        finally:
            lock.release()

    def move(self, cursor: Cursor) -> None:
        """Remember *cursor*, durably. Raises Unavailable, and then the former one is still remembered."""
        if cursor == self.cursor:
            return
        # One name for all: whoever writes here holds the lock.
        draft = self.path.with_name(f".{self.path.name}.new")
        try:
            with draft.open("w", encoding="ascii") as file:
                file.write(f"{cursor}\n")
                file.flush()
                # Without it a power cut could leave a file of the new name and no content. That the new name itself
                # may be lost does no harm: what came after the old cursor is told again.
                os.fsync(file.fileno())
            draft.replace(self.path)
        except OSError as error:
            raise Unavailable(
                f"the cursor {cursor} cannot be written to {self.path}: {error.strerror or error}",
                hint="The next reader tells again what came after the cursor in it.",
            ) from error
        self.cursor = cursor

    def check_log(self, cursor: Cursor) -> None:
        """Raise InvalidCursor when the place at which we are to go on is in another log than the one remembered."""
        if self.cursor is not None and self.cursor.epoch != cursor.epoch:
            raise InvalidCursor(
                f"{self.path} holds a cursor of another log: {self.cursor}, and this log is {cursor.epoch}",
                hint=f"Is it the right store or server? If so: {_ANEW[0].lower()}{_ANEW[1:]}",
            )


def _check(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise InvalidInput(f"there is no folder {path.parent} for a cursor file", hint="Make it first.") from None
    except OSError as error:
        raise _unusable(path, error) from error
    else:
        if not stat.S_ISREG(mode):
            what = "a folder" if stat.S_ISDIR(mode) else "no regular file"
            raise InvalidInput(f"{path} is {what} and cannot hold a cursor", hint="Name a file: --cursor-file FILE")


def _read(path: Path) -> Cursor | None:
    try:
        with path.open("rb") as file:
            content = file.read(100)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        cursor = Cursor.parse(content.decode("ascii").strip(), epoch="")
    except (InvalidCursor, UnicodeDecodeError):
        cursor = Cursor(epoch="", seq=0)
    if not cursor.epoch:
        said = f"{content.decode(errors='replace')!a}" if content else "nothing"
        raise InvalidCursor(f"{path} holds {said} and no cursor of the form epoch-seq", hint=_ANEW)
    return cursor


def _unusable(path: Path, error: Exception) -> InvalidInput:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return InvalidInput(f"{path} cannot be a cursor file: {reason}", hint="Name a file that may be read and written.")
