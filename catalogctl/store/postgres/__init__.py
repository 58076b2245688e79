"""The engine for many machines: a schema of a PostgreSQL database that any number of nodes share.

``PostgresStore`` is the whole of it to the outside; the modules beside it know the server, the locks and the commit.
Nothing in here must know what a run is for.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from typing import Self, TypeVar

from catalogctl.domain.errors import StoreUnavailable
from catalogctl.domain.ports.store import Store, Transaction
from catalogctl.domain.tasks import Worker
from catalogctl.store.postgres import preparing
from catalogctl.store.postgres.address import Address
from catalogctl.store.postgres.clock import ServerClock
from catalogctl.store.postgres.failures import refused
from catalogctl.store.postgres.readers import MAX_CONNECTIONS, Readers
from catalogctl.store.postgres.reads import PostgresReads
from catalogctl.store.postgres.writer import Writer
from catalogctl.store.relational.connection import Connection
from catalogctl.store.relational.store import FINISH, UNFINISHED, RelationalStore

T = TypeVar("T")


class PostgresStore(RelationalStore, Store):
    """A store on a server. Every node that opens it sees the same, from the last commit of any of them on.

    Whether a worker lives is told by its lease alone: from another machine nothing else can be seen of it.
    """

    def __init__(
        self, address: Address, *, on_commit: Callable[[], None], node: str = "", readers: int = MAX_CONNECTIONS
    ) -> None:
        self._address = address
        self._readers = Readers(address, limit=readers)
        self._writer = Writer(address, node=node, on_commit=on_commit)
        self._clock: ServerClock | None = None

    @classmethod
    def open(
        cls,
        url: str,
        *,
        on_commit: Callable[[], None],
        schema: str | None = None,
        node: str = "",
        readers: int = MAX_CONNECTIONS,
        is_to_be_copied_into: bool = False,
    ) -> Self:
        """Open the store at *url*, made or migrated if need be. Raises InvalidInput, and StoreUnavailable, also for a
        store that is half a copy, unless that is what it is opened for.

        *url* is libpq's, and may name the schema: ``…?schema=NAME``. *on_commit* is called after each commit of this
        process that changed something, from any thread. All nodes are told of each commit by a notification that
        carries *node*, so that a bell knows its own. At most *readers* connections are used for reading, and one more
        for writing.
        """
        address = Address.of(url, schema=schema)
        preparing.prepare(address)
        store = cls(address, on_commit=on_commit, node=node, readers=readers)
        if not is_to_be_copied_into and store.is_half_copied():
            store.close()
            raise refused(address, UNFINISHED, hint=FINISH)
        return store

    def clock(self) -> ServerClock:
        """The server's clock, by which leases are to be given: it is the same for all nodes. Raises StoreUnavailable.

        It is set again now and then, by the heartbeats of workers.
        """
        if self._clock is None:
            self._clock = ServerClock(self._readers.server_time)
        return self._clock

    def _snapshot(self) -> AbstractContextManager[PostgresReads]:
        return self._readers.snapshot()

    def change(self, do: Callable[[Connection], T]) -> T:
        return self._writer.run(lambda transaction: do(transaction.connection))

    def transact(self, change: Callable[[Transaction], T]) -> T:
        return self._writer.run(change)

    def enlist(self, worker: Worker, *, lease_until: datetime) -> None:
        self._writer.run(lambda transaction: transaction.put_worker(worker, lease_until=lease_until))

    def renew(self, worker_id: str, *, lease_until: datetime) -> None:
        self._writer.run(lambda transaction: transaction.renew_worker(worker_id, lease_until=lease_until))
        if self._clock is not None:
            # The heartbeat has been heard; a clock that is a little old is still good.
            with suppress(StoreUnavailable):
                self._clock.set_if_old()

    def dismiss(self, worker_id: str) -> None:
        self._writer.run(lambda transaction: transaction.remove_worker(worker_id))

    def dead_workers(self, now: datetime) -> list[Worker]:
        return [lease.worker for lease in self.leases() if lease.until <= now]

    def lost_workers(self, now: datetime) -> list[Worker]:
        # Of a process on another machine nothing but its lease can be seen.
        return self.dead_workers(now)

    def close(self) -> None:
        self._writer.close()
        self._readers.close()


def read_epoch(url: str, *, schema: str | None = None) -> str | None:
    """The epoch of the store at *url*, which stays as it is; None when none lies there. Raises StoreUnavailable."""
    return preparing.read_epoch(Address.of(url, schema=schema))
