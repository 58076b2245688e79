"""Who does the work of a store: a worker in this process, or one in the background."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from catalogctl.domain.errors import StoreUnavailable, Unavailable
from catalogctl.domain.tasks import Worker
from catalogctl.pipeline.retention import Retention
from catalogctl.pipeline.worker import WorkerPool
from catalogctl.settings.resolve import Settings
from catalogctl.wiring.engine import Engine, open_engine

WORKER_START = 5.0


def worker_command(*arguments: str) -> list[str]:
    """How a worker process of this very catalogctl is started."""
    return [sys.executable, "-m", "catalogctl", "worker", *arguments]


def worker_environment(settings: Settings) -> dict[str, str]:
    """What a worker process must know; secrets travel here and never in its arguments."""
    return {
        **os.environ,
        "CATALOGCTL_STORE": settings.store,
        **({} if settings.store_direct is None else {"CATALOGCTL_STORE_DIRECT": settings.store_direct}),
        "CATALOGCTL_CONCURRENCY": str(settings.concurrency),
        "CATALOGCTL_MAX_TASKS_PER_SOURCE": str(settings.max_tasks_per_source),
        "CATALOGCTL_TASK_DEADLINE": str(settings.task_deadline),
        "CATALOGCTL_KEEP_EVENTS": str(settings.keep_events),
        "CATALOGCTL_KEEP_DAYS": str(settings.keep_days),
    }


def worker_pool(engine: Engine, *, run_id: str | None = None, sources: tuple[str, ...] = ()) -> WorkerPool:
    """A worker of this process, not yet known to anybody."""
    settings = engine.settings
    return WorkerPool(
        store=engine.store,
        notifier=engine.notifier,
        drivers=engine.drivers,
        pipelines=engine.pipelines,
        clock=engine.clock,
        worker=engine.worker(run_id=run_id, sources=sources),
        per_source=settings.max_tasks_per_source or None,
        concurrency=settings.concurrency,
        retention=Retention(events=settings.keep_events, age=timedelta(days=settings.keep_days)),
    )


@contextmanager
def working(engine: Engine, run_id: str) -> Iterator[None]:
    """Do the work of this run, in a thread beside, for the length of the block."""
    pool = worker_pool(engine, run_id=run_id)
    pool.enlist()

    def is_done() -> bool:
        return engine.catalogue.run(run_id).status.is_final

    thread = threading.Thread(target=_work_quietly, args=(pool, is_done), name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        pool.stop()
        thread.join()


def _work_quietly(pool: WorkerPool, is_done: Callable[[], bool]) -> None:
    # Whoever follows the run asks the same store and tells of its failure.
    with suppress(StoreUnavailable):
        pool.run(is_done=is_done)


def spawn_worker(engine: Engine, run_id: str, *, besides: Worker | None) -> None:
    """Start ``worker --until-idle`` in the background, and wait until it is known *besides* us."""
    log = engine.place.beside.with_suffix(".worker.log")
    with log.open("ab") as output:
        subprocess.Popen(  # noqa: S603 - our own interpreter and words, no shell
            worker_command("--until-idle"),
            env=worker_environment(engine.settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    give_up = time.monotonic() + WORKER_START
    while (run := engine.catalogue.run(run_id)).status.is_active:
        if any(worker != besides and worker.serves(run) for worker in engine.store.workers()):
            return
        if time.monotonic() > give_up:
            raise Unavailable(f"the background worker has not come up; {log} says why")
        time.sleep(0.02)


def work(
    settings: Settings,
    *,
    sources: tuple[str, ...],
    until_idle: bool,
    is_leashed: bool,
    on_stoppable: Callable[[Callable[[], None]], None],
) -> None:
    """Do the work of any run, or of those on *sources*, until there is none, until the function handed to
    *on_stoppable* is called, or, on a leash, until standard input ends because the process at its other end has died.
    Raises StoreUnavailable.
    """
    with open_engine(settings, has_successor=not sources) as engine:
        pool = worker_pool(engine, sources=sources)
        pool.enlist()
        on_stoppable(pool.stop)
        if is_leashed:
            threading.Thread(target=_stop_at_end_of_input, args=(pool,), daemon=True).start()
        pool.run(is_done=lambda: until_idle and not any(map(pool.worker.serves, engine.store.active_runs())))


def _stop_at_end_of_input(pool: WorkerPool) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    pool.stop()
