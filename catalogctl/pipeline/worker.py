"""The worker: some threads that do tasks, and one that keeps the lease, writes progress and looks for cancellations."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TypeVar

from catalogctl.domain.errors import (
    CatalogctlError,
    DeadlineExceeded,
    Interrupted,
    InvalidInput,
    LlmFailed,
    StoreUnavailable,
)
from catalogctl.domain.meaning import LlmCall
from catalogctl.domain.ports.notifier import Notifier
from catalogctl.domain.ports.sources import Drivers
from catalogctl.domain.ports.store import Store
from catalogctl.domain.tasks import Worker
from catalogctl.domain.times import Clock
from catalogctl.pipeline.chores import Chore
from catalogctl.pipeline.desk import TaskDesk
from catalogctl.pipeline.hands import Hands
from catalogctl.pipeline.ledger import Pipelines
from catalogctl.pipeline.plan import Work
from catalogctl.pipeline.recorder import PROGRESS_INTERVAL, Claim, Recorder
from catalogctl.pipeline.recovery import recover
from catalogctl.pipeline.retention import Retention

LEASE = timedelta(seconds=10)
HEARTBEAT = 2.0
LOOK = 1.0
IDLE_LOOK = 0.5
CANCEL_LOOK = 0.2
RECOVERY_LOOK = 5.0
RETENTION_LOOK = 60.0
MAX_TRIES = 2
STORE_PATIENCE = 10.0

T = TypeVar("T")

_log = logging.getLogger(__name__)


class WorkerPool:
    """Does the tasks of one process, *concurrency* at a time, until it is told to stop or has nothing left.

    With *per_source* all workers together do no more than so many tasks of one source at a time.
    """

    def __init__(
        self,
        *,
        store: Store,
        notifier: Notifier,
        drivers: Drivers,
        pipelines: Pipelines,
        clock: Clock,
        worker: Worker,
        concurrency: int,
        per_source: int | None,
        retention: Retention,
    ) -> None:
        self._store = store
        self._notifier = notifier
        self._drivers = drivers
        self._pipelines = pipelines
        self._clock = clock
        self.worker = worker
        self._concurrency = concurrency
        self._retention = retention
        self._recorder = Recorder(
            store=store, pipelines=pipelines, clock=clock, worker=worker, lease=LEASE, per_source=per_source
        )
        self._bell = threading.Condition()
        self._rings = 0
        self._is_stopping = threading.Event()
        self._fatal: StoreUnavailable | None = None
        self._hands = Hands(doubt=LEASE.total_seconds())

    def enlist(self) -> None:
        """Be known as a live worker; done before a run is created that this worker is to do."""
        self._store.enlist(self.worker, lease_until=self._clock() + LEASE)

    def stop(self) -> None:
        """Claim nothing more, interrupt what runs and put it back; ``run`` then returns. Safe from any thread."""
        self._is_stopping.set()
        for _, desk in self._hands.held():
            desk.interrupt()
        self._ring()

    def run(self, *, is_done: Callable[[], bool]) -> None:
        """Work until *is_done* says so, asked whenever there is nothing to claim, or until ``stop``.

        The worker must be enlisted; it is dismissed at the end. A store that is away is waited for. Raises
        StoreUnavailable when it answers and yet takes nothing.
        """
        unsubscribe = self._notifier.subscribe(self._ring)
        threads = [
            threading.Thread(target=self._do_tasks, args=(is_done,), name=f"task-{number}", daemon=True)
            for number in range(self._concurrency)
        ]
        try:
            for thread in threads:
                thread.start()
            self._keep_house(threads)
        finally:
            self.stop()
            unsubscribe()
            for thread in threads:
                thread.join()
            with suppress(StoreUnavailable):
                self._recorder.flush()
                self._store.dismiss(self.worker.id)
        if self._fatal is not None:
            raise self._fatal

    def _ring(self) -> None:
        with self._bell:
            self._rings += 1
            self._bell.notify_all()

    def _wait(self, seen: int, timeout: float) -> int:
        """Sleep until the bell has rung since *seen*, at most *timeout* seconds; answers how often it has rung."""
        with self._bell:
            self._bell.wait_for(lambda: self._rings != seen, timeout)
            return self._rings

    def _do_tasks(self, is_done: Callable[[], bool]) -> None:
        claim: Claim | None = None
        rings = -1
        while not self._is_stopping.is_set():
            try:
                if claim is None:
                    self._hands.reach()
                    claim = self._recorder.claim() if self._store.active_runs() else None
                if claim is None:
                    self._hands.rest()
                    if is_done():
                        break
                    rings = self._wait(rings, LOOK)
                    continue
                claim = self._do(claim)
            except StoreUnavailable as error:
                _log.warning("store: %s", error)
                self._hands.lose()
                claim = None
                self._is_stopping.wait(LOOK)
        if claim is not None:
            # It was claimed while we were told to stop.
            with suppress(StoreUnavailable):
                self._recorder.give_back(claim)
        self._ring()

    def _do(self, claim: Claim) -> Claim | None:
        """Do one task and answer the next, claimed in the same commit."""
        task = claim.task
        desk = TaskDesk(
            run=claim.run, source=claim.source, store=self._store, drivers=self._drivers, patience=self._patiently
        )
        self._hands.hold(claim, desk)
        claims_next = not self._is_stopping.is_set()
        if not claims_next:
            # Whoever told us to stop may have looked before it was held.
            desk.interrupt()
        try:
            pipeline = self._pipelines[next(job for job in claim.run.jobs if job.id == task.job_id).job_type]
            work = self._patiently(lambda: pipeline.perform(task, desk))
        except CatalogctlError as error:
            calls = error.calls if isinstance(error, LlmFailed) else ()
            if isinstance(error, Interrupted | StoreUnavailable) and self._is_stopping.is_set():
                self._recorder.give_back(claim, calls=calls)
                return None
            is_final = isinstance(error, DeadlineExceeded | InvalidInput) or task.attempt >= MAX_TRIES
            return self._record_failure(claim, error.advice, is_final=is_final, claims_next=claims_next, calls=calls)
        except Exception as error:  # noqa: BLE001 - a bug over one table fails its task, not the worker
            _log.exception("task %s of run %s", task.key, task.run_id)
            text = f"unexpected {type(error).__name__}: {error}"
            return self._record_failure(claim, text, is_final=True, claims_next=claims_next)
        else:
            return self._record(claim, work, claims_next=claims_next)
        finally:
            self._hands.drop(desk)

    def _record(self, claim: Claim, work: Work, *, claims_next: bool) -> Claim | None:
        try:
            return self._write(claim, partial(self._recorder.finish, claim, work, claims_next=claims_next))
        except StoreUnavailable as error:
            return self._record_failure(claim, error.detail, is_final=True, claims_next=claims_next, calls=work.calls)
        except Exception as error:  # noqa: BLE001 - likewise, and its transaction is undone
            _log.exception("recording task %s of run %s", claim.task.key, claim.task.run_id)
            text = f"unexpected {type(error).__name__}: {error}"
            return self._record_failure(claim, text, is_final=True, claims_next=claims_next, calls=work.calls)

    def _record_failure(
        self, claim: Claim, error: str, *, is_final: bool, claims_next: bool, calls: Sequence[LlmCall] = ()
    ) -> Claim | None:
        fail = partial(self._recorder.fail, claim, error=error, is_final=is_final, claims_next=claims_next, calls=calls)
        try:
            return self._write(claim, fail)
        except StoreUnavailable as unavailable:
            if not self._is_stopping.is_set():
                # Dying frees our lease, so that the next process that opens the store finds the work abandoned.
                self._fatal = unavailable
                self.stop()
            return None
        except Exception as unexpected:  # noqa: BLE001 - likewise
            if not calls:
                # Then what follows upon it is at fault. A task that stayed with us would keep its run from ever ending.
                _log.exception("recording the failure of task %s of run %s", claim.task.key, claim.task.run_id)
                text = f"unexpected {type(unexpected).__name__}: {unexpected}"
                self._recorder.give_up(claim, error=text)
                return None
            # A task whose calls cannot be written has come to an end all the same.
            _log.exception("recording %d calls for task %s of run %s", len(calls), claim.task.key, claim.task.run_id)
            return self._record_failure(claim, error, is_final=is_final, claims_next=claims_next)

    def _write(self, claim: Claim, write: Callable[[], Claim | None]) -> Claim | None:
        """Write down what came of a task, and answer the next. A commit whose answer was lost is not made again."""
        is_again = False

        def once() -> Claim | None:
            nonlocal is_again
            if is_again and self._recorder.is_recorded(claim):
                return None
            is_again = True
            self._hands.reach()
            return write()

        return self._patiently(once)

    def _patiently(self, do: Callable[[], T]) -> T:
        """Do it once more for as long as the store is away, and some time longer, which a full one gets too.

        Raises StoreUnavailable.
        """
        give_up: float | None = None
        while True:
            try:
                return do()
            except StoreUnavailable as error:
                self._hands.lose()
                if self._is_stopping.is_set():
                    raise
                if self._store_answers():
                    give_up = give_up or time.monotonic() + STORE_PATIENCE
                    if time.monotonic() > give_up:
                        raise
                _log.warning("store: %s", error)
                self._is_stopping.wait(LOOK)

    def _store_answers(self) -> bool:
        with suppress(StoreUnavailable):
            self._store.position()
            return True
        return False

    def _keep_house(self, threads: Sequence[threading.Thread]) -> None:
        """Heartbeat, progress, cancellations, recovery and retention, for as long as the threads work."""
        chores = (
            Chore(PROGRESS_INTERVAL, self._recorder.flush),
            Chore(CANCEL_LOOK, self._interrupt_lost),
            Chore(HEARTBEAT, self._beat),
            Chore(LOOK, self._put_back_unheld),
            Chore(RECOVERY_LOOK, self._recover),
            Chore(RETENTION_LOOK, lambda: self._retention.prune(self._store, at=self._clock())),
        )
        while any(thread.is_alive() for thread in threads):
            now = time.monotonic()
            # The store comes back, or who does a task finds that it does not.
            with suppress(StoreUnavailable):
                for chore in chores:
                    chore.do_if_due(now)
            with self._bell:
                self._bell.wait(PROGRESS_INTERVAL if self._hands else IDLE_LOOK)

    def _beat(self) -> None:
        if all(worker.id != self.worker.id for worker in self._store.workers()):
            # We were taken for dead, as after a long sleep.
            self.enlist()
        self._store.renew(self.worker.id, lease_until=self._clock() + LEASE)

    def _interrupt_lost(self) -> None:
        """Have left alone what was cancelled, or is somebody else's, or another thread's, since a lease was over."""
        if held := self._hands.held():
            # Looked for after what is held, which was claimed before.
            ours = {task.fence for task in self._store.running_tasks()}
            for claim, desk in held:
                if claim.task.fence not in ours:
                    desk.interrupt()

    def _put_back_unheld(self) -> None:
        if not self._hands.are_in_doubt:
            return
        ours = [task for task in self._store.running_tasks() if task.worker == self.worker.id]
        for task in self._hands.unheld(ours):
            self._recorder.put_back(task)
        self._hands.settle()

    def _recover(self) -> None:
        # After a long sleep we would find ourselves among the dead.
        self._beat()
        recover(self._store, at=self._clock(), has_successor=self.worker.serves_all)
