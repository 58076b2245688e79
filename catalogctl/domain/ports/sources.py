"""The port into what is catalogued."""

from typing import Any, Protocol

from catalogctl.domain.catalogue import SourceMetadata, TableMetadata, TableProfile
from catalogctl.domain.sources import Identity, Source


class SourceReader(Protocol):
    """An open, read-only way into one source. One thread at a time, but for ``interrupt``.

    Raises SourceFailed; messages hold no secret.
    """

    def metadata(self) -> SourceMetadata:
        """All tables and views, by name, with their columns and keys."""

    def profile(self, table: TableMetadata, *, sample: int | None) -> TableProfile:
        """Profile every column of *table*, exactly, or on at most *sample* rows, which are not just its first ones and
        take the time of so many, however large the table is; a note says where that cannot be had. Raises Interrupted.
        """

    def estimate(self, table: TableMetadata) -> TableProfile:
        """The profile of *table* by the engine's own statistics, without reading rows; where it has none, that of a
        small sample, and a note says so. Raises Interrupted.
        """

    def query(self, sql: str, *, limit: int) -> list[tuple[Any, ...]]:
        """The first *limit* rows of a query that was checked before; it cannot write. Values are fit for JSON."""

    def explain(self, sql: str) -> None:
        """Have the engine prepare a query without running it. Raises SourceFailed when it cannot."""

    def interrupt(self) -> None:
        """Stop the running statement, and every later one, from another thread."""

    def close(self) -> None:
        """Let go of the source; nothing is left beside it."""


class Drivers(Protocol):
    """The kinds of source that can be read."""

    def identify(self, location: str) -> Identity:
        """Say what lies at an absolute path or URL. Raises SourceNotFound, SourceUnusable."""

    def open(self, source: Source) -> SourceReader:
        """Open a source for reading. Raises SourceFailed."""
