"""A store that speaks SQL, as whoever copies it sees it: its tables at one moment, and as they change."""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from catalogctl.store.relational.connection import Connection
from catalogctl.store.relational.reads import RelationalReads
from catalogctl.store.snapshots import SnapshotReads

T = TypeVar("T")

UNFINISHED = "a copy into it was not finished"
FINISH = "Finish it, by the same command: catalogctl store copy FROM TO"

HALF_COPIED = "SELECT 1 FROM half_copied"
"""Has a row while a copy into the store is not finished."""


class RelationalStore(SnapshotReads):
    """What the engines have in common beyond the port."""

    @abstractmethod
    def _snapshot(self) -> AbstractContextManager[RelationalReads]:
        """The last commit, standing still while the context is open. Raises StoreUnavailable."""

    @abstractmethod
    def change(self, do: Callable[[Connection], T]) -> T:
        """Have *do* change the tables as it likes, and commit. Raises StoreUnavailable."""

    @abstractmethod
    def close(self) -> None:
        """Release everything."""

    @contextmanager
    def tables(self) -> Iterator[Connection]:
        """The tables as they were at one moment, for reading."""
        with self._snapshot() as reads:
            yield reads.connection

    def is_half_copied(self) -> bool:
        """True while a copy into this store is not finished; until then it is no store to work with."""
        with self.tables() as connection:
            return bool(connection.rows(HALF_COPIED))
