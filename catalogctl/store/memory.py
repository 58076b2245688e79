"""The reference engine: everything in memory, in one process; simple enough to be believed."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from catalogctl.domain.errors import StoreUnavailable
from catalogctl.domain.ports.store import Reads, Store, Transaction
from catalogctl.domain.tasks import Worker
from catalogctl.store.memory_state import MemoryReads, State
from catalogctl.store.memory_transaction import MemoryTransaction
from catalogctl.store.snapshots import SnapshotReads

T = TypeVar("T")


class MemoryStore(SnapshotReads, Store):
    """A store that lives and dies with its process.

    Readers look at the last committed state, which never changes; a transaction copies it, changes the copy, and
    puts it in its place.
    """

    def __init__(self, *, epoch: str | None = None, on_commit: Callable[[], None]) -> None:
        self._state = State(epoch=epoch or secrets.token_hex(4))
        self._on_commit = on_commit
        self._lock = threading.Lock()
        self._writing_thread: int | None = None
        self._is_closed = False

    @contextmanager
    def _snapshot(self) -> Iterator[Reads]:
        self._check_open()
        yield MemoryReads(self._state)

    def transact(self, change: Callable[[Transaction], T]) -> T:
        return self._change(change)

    def _change(self, change: Callable[[MemoryTransaction], T]) -> T:
        if self._writing_thread == threading.get_ident():
            raise RuntimeError("transact was called from inside a change: use the transaction that it was given")
        with self._lock:
            self._check_open()
            state = self._state.copy()
            self._writing_thread = threading.get_ident()
            try:
                answer = change(MemoryTransaction(state))
            finally:
                self._writing_thread = None
            if state == self._state:
                return answer
            self._state = state
        self._on_commit()
        return answer

    def enlist(self, worker: Worker, *, lease_until: datetime) -> None:
        self._change(lambda transaction: transaction.put_worker(worker, lease_until=lease_until))

    def renew(self, worker_id: str, *, lease_until: datetime) -> None:
        self._change(lambda transaction: transaction.renew_worker(worker_id, lease_until=lease_until))

    def dismiss(self, worker_id: str) -> None:
        self._change(lambda transaction: transaction.remove_worker(worker_id))

    def dead_workers(self, now: datetime) -> list[Worker]:
        # A worker of a dead process needs no thought: the store would have died with it.
        return [lease.worker for lease in self.leases() if lease.until <= now]

    def lost_workers(self, now: datetime) -> list[Worker]:
        return self.dead_workers(now)

    def close(self) -> None:
        self._is_closed = True

    def _check_open(self) -> None:
        if self._is_closed:
            raise StoreUnavailable("the store has been closed")
