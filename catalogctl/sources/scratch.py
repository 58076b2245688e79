"""Private temporary folders: for copies, and for what does not fit into memory. Never beside a source.

A process that was killed could not remove its folders: the next one that needs a folder does it. A lock on a file in
each, which ends with the process that holds it, tells the orphans from those in use.
"""

import os
import shutil
import sys
import tempfile
import weakref
from functools import cache
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_PREFIX = "catalogctl-"
_IN_USE = "in-use"


class Scratch:
    """A folder that only this user can enter; it is made when first asked for and removed with all that is in it."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._remove: weakref.finalize[[Path, int], Scratch] | None = None

    @property
    def path(self) -> Path:
        """The folder. Raises OSError when the disk for temporary files has no place."""
        if self._folder is None:
            _remove_orphans()
            self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
            self._remove = weakref.finalize(self, _remove_folder, self._folder, _claim(self._folder))
        return self._folder

    def close(self) -> None:
        """Remove the folder."""
        if self._remove is not None:
            self._remove()
        self._folder = None


def _claim(folder: Path) -> int:
    """Lock the folder as in use; the descriptor holds the lock."""
    descriptor = os.open(folder / "claim", os.O_RDWR | os.O_CREAT, 0o600)
    if sys.platform != "win32":
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # Only under its final name is it looked at, and then it is locked already.
        (folder / "claim").rename(folder / _IN_USE)
    return descriptor


def _remove_folder(folder: Path, descriptor: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(descriptor)


@cache
def _remove_orphans() -> None:
    """Remove this user's folders of processes that are gone; once in a process is enough."""
    if sys.platform == "win32":
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            descriptor = os.open(folder / _IN_USE, os.O_RDWR | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            pass  # in use
        finally:
            os.close(descriptor)
