"""What another process does with a store: ``python other_process.py TASK PLACE …``. It tells line by line."""

import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from catalogctl.domain.errors import StoreUnavailable
from catalogctl.domain.events import NewEvent
from catalogctl.domain.ports.store import Store, Transaction
from catalogctl.domain.runs import Status
from catalogctl.domain.tasks import Worker
from catalogctl.store.postgres import PostgresStore
from catalogctl.store.sqlite import SqliteStore

if "postgresql://" not in sys.argv[2]:
    # sqlite-utils imports these where they are installed, and nothing here needs the second that it takes.
    sys.modules["pandas"] = sys.modules["numpy"] = None

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def tell(line: object) -> None:
    # One write a line, because a kill must not leave half of one.
    os.write(1, f"{line}\n".encode())


def wait_for_word() -> None:
    tell("ready")
    sys.stdin.readline()


def open_store(place: str) -> Any:
    if place.startswith("postgresql://"):
        return PostgresStore.open(place, on_commit=lambda: None, node=str(os.getpid()))
    return SqliteStore.open(Path(place), on_commit=lambda: None)


def append(store: Store, data: str = "{}") -> int:
    event = NewEvent(type="status.changed", at=AT, data=data)
    return store.transact(lambda tx: (tx.append(event), tx.position().latest)[1])


def opening(path: str) -> None:
    """Open when told to, append one event, say the epoch."""
    wait_for_word()
    store = open_store(path)
    append(store)
    tell(store.position().epoch)
    store.close()


def opening_many(folder: str) -> None:
    """Open new stores, one after the other, without end."""
    number = 0
    while True:
        open_store(f"{folder}/{number}.db").close()
        tell(number)
        number += 1


def writing(path: str, threads: str, each: str) -> None:
    """Append from some threads, and say each seq when it is acknowledged."""
    store = open_store(path)
    wait_for_word()

    def write(writer: int) -> None:
        for number in range(int(each)):
            tell(append(store, f"[{os.getpid()},{writer},{number}]"))

    in_crowd(int(threads), write)
    store.close()


def pouring(place: str, threads: str, each: str) -> None:
    """Append from some threads, one to three events at a time, some of them undone; say what was acknowledged."""
    store = open_store(place)
    wait_for_word()

    def write(writer: int) -> None:
        for number in range(int(each)):
            told = [f"[{os.getpid()},{writer},{number},{part}]" for part in range(1 + number % 3)]

            def change(tx: Transaction, told: list[str] = told, *, fails: bool = number % 7 == 0) -> None:
                for data in told:
                    tx.append(NewEvent(type="status.changed", at=AT, data=data))
                if fails:
                    raise LookupError

            with suppress(LookupError):
                store.transact(change)
                tell("\n".join(told))

    in_crowd(int(threads), write)
    store.close()


def in_crowd(size: int, work: Callable[[int], None]) -> None:
    crowd = [threading.Thread(target=work, args=(number,)) for number in range(size)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()


def dripping(path: str, count: str) -> None:
    """Append one event for each word, and say when it was acknowledged."""
    store = open_store(path)
    tell("ready")
    for _ in range(int(count)):
        sys.stdin.readline()
        append(store)
        tell(time.monotonic())
    store.close()


def claiming(path: str, name: str) -> None:
    """Claim tasks until there are none, and say their ids."""
    store = open_store(path)
    worker = Worker(id=name, host="elsewhere", pid=1, started_at=AT)
    wait_for_word()
    until = AT + timedelta(hours=1)
    while (task := store.transact(lambda tx: tx.claim_task(worker, at=AT, lease_until=until))) is not None:
        tell(task.id)
    store.close()


def freezing(place: str, run_id: str, holds: str) -> None:
    """Stop in the middle of a change that holds a run, or the log too; afterwards say who had the task in the end."""
    store = open_store(place)
    store.position()

    def change(tx: Transaction) -> str | None:
        run = tx.run(run_id)
        assert run is not None
        tx.append(NewEvent(type="status.changed", at=AT, data="thawed"))
        if holds == "the log":
            tx.position()
        if not was_inside:
            was_inside.append(True)
            tell("inside")
            # To this very thread, which then goes no step further before it is told to.
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
        return next(task.worker for task in tx.tasks(run.jobs[0].id, limit=1))

    was_inside: list[bool] = []
    tell(store.transact(change))


def working(place: str, name: str) -> None:
    """Claim a task with a lease of one second, and try to record it when told to."""
    store = open_store(place)
    clock = store.clock()
    worker = Worker(id=name, host="elsewhere", pid=1, started_at=AT)
    task = store.transact(lambda tx: tx.claim_task(worker, at=clock(), lease_until=clock() + timedelta(seconds=1)))
    assert task is not None
    tell("claimed")
    sys.stdin.readline()
    is_taken = store.transact(lambda tx: tx.finish_task(task, status=Status.COMPLETED, at=clock(), result={"by": name}))
    tell("taken" if is_taken else "refused")


def keeping(path: str, name: str, host: str) -> None:
    """Enlist a worker with a long lease, and live until told otherwise."""
    store = open_store(path)
    store.enlist(Worker(id=name, host=host, pid=os.getpid(), started_at=AT), lease_until=AT + timedelta(days=365))
    wait_for_word()


def filling(path: str, limit: str) -> None:
    """Write until the file may not grow any more, then say what could be read, and go on when it may."""
    store = open_store(path)
    kept = [append(store)]
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), unlimited[1]))
    try:
        while True:
            kept.append(append(store, "x" * 50_000))
    except StoreUnavailable as error:
        tell(error.detail)
    tell([event.seq for event in store.page_since(0, limit=10_000).events] == kept)
    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    kept += [append(store, "y" * 50_000) for _ in range(20)]
    store.close()
    store = open_store(path)
    tell([event.seq for event in store.page_since(0, limit=10_000).events] == kept)


def opening_as_nobody(path: str) -> None:
    """Try to open as a user without rights, and say what came of it."""
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    try:
        open_store(path).close()
    except StoreUnavailable as error:
        tell(error.detail)
    else:
        tell("opened")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
