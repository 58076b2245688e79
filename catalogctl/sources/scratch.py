"""Private temporary folders: for copies, and for what does not fit into memory. Never beside a source."""

import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self


class Scratch:
    """A folder that only this user can enter; it is made when first asked for and removed with all that is in it."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def path(self) -> Path:
        """The folder. Raises OSError when the disk for temporary files has no place."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="catalogctl-", ignore_cleanup_errors=True)
        return Path(self._folder.name)

    def close(self) -> None:
        """Remove the folder."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
