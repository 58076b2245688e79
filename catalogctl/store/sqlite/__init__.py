"""The embedded engine: one SQLite file that any number of processes of one machine share.

``SqliteStore`` is the whole of it to the outside; the modules beside it know the file, the rows, the statements and
the commit. Nothing in here must know what a run is for.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Self, TypeVar

from catalogctl.domain.ports.store import Store, Transaction
from catalogctl.domain.tasks import Lease, Worker
from catalogctl.store.relational.connection import Connection
from catalogctl.store.relational.store import FINISH, UNFINISHED, RelationalStore
from catalogctl.store.sqlite import files
from catalogctl.store.sqlite.failures import refused, unavailable_place
from catalogctl.store.sqlite.files import StoreFile
from catalogctl.store.sqlite.keepers import Keepers
from catalogctl.store.sqlite.preparing import prepare
from catalogctl.store.sqlite.readers import Readers
from catalogctl.store.sqlite.reads import SqliteReads
from catalogctl.store.sqlite.writing import Writing

T = TypeVar("T")


class SqliteStore(RelationalStore, Store):
    """A store in a file. Every process that opens the file sees the same, from the last commit of any of them on."""

    def __init__(self, file: StoreFile, *, on_commit: Callable[[], None]) -> None:
        self._file = file
        self._readers = Readers(file)
        self._writing = Writing(file, on_commit=on_commit)
        # Beside the file itself, by whatever link it was opened.
        place = file.path.resolve()
        self._keepers = Keepers(place.with_name(f"{place.name}.workers"))

    @classmethod
    def open(cls, path: Path, *, on_commit: Callable[[], None], is_to_be_copied_into: bool = False) -> Self:
        """Open the store at *path*, made or migrated if need be. Raises StoreUnavailable, also for one that is half a
        copy, unless that is what it is opened for.

        *on_commit* is called after each commit of this process that changed something, from any thread.
        """
        store = cls(prepare(path), on_commit=on_commit)
        if not is_to_be_copied_into and store.is_half_copied():
            store.close()
            raise refused(path, UNFINISHED, hint=FINISH)
        return store

    def _snapshot(self) -> AbstractContextManager[SqliteReads]:
        return self._readers.snapshot()

    def change(self, do: Callable[[Connection], T]) -> T:
        return self._writing.run(lambda transaction: do(transaction.connection))

    def transact(self, change: Callable[[Transaction], T]) -> T:
        return self._writing.run(change)

    def enlist(self, worker: Worker, *, lease_until: datetime) -> None:
        # Held before it is known: whoever finds the worker in the list must find the lock taken.
        try:
            self._keepers.keep(worker.id)
        except OSError as error:
            raise unavailable_place(self._file.path, error) from error
        self._writing.run(lambda transaction: transaction.put_worker(worker, lease_until=lease_until))

    def renew(self, worker_id: str, *, lease_until: datetime) -> None:
        self._writing.run(lambda transaction: transaction.renew_worker(worker_id, lease_until=lease_until))

    def dismiss(self, worker_id: str) -> None:
        self._writing.run(lambda transaction: transaction.remove_worker(worker_id))
        self._keepers.forget(worker_id)

    def dead_workers(self, now: datetime) -> list[Worker]:
        return [lease.worker for lease in self.leases() if lease.until <= now or self._lives(lease) is False]

    def lost_workers(self, now: datetime) -> list[Worker]:
        def is_lost(lease: Lease) -> bool:
            lives = self._lives(lease)
            return lease.until <= now if lives is None else not lives

        return [lease.worker for lease in self.leases() if is_lost(lease)]

    def _lives(self, lease: Lease) -> bool | None:
        return self._keepers.lives(lease.worker)

    def close(self) -> None:
        self._writing.close()
        self._readers.close()
        self._keepers.close()


def read_epoch(path: Path) -> str | None:
    """The epoch of the store at *path*, which stays as it is; None when none lies there. Raises StoreUnavailable."""
    return files.read_epoch(path)
