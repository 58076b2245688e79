"""The recorder: claims tasks for a worker and writes down what came of them, progress about ten times a second."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from catalogctl.domain.errors import IllegalTransition
from catalogctl.domain.meaning import LlmCall
from catalogctl.domain.ports.store import Store, Transaction
from catalogctl.domain.runs import Job, Run, Status
from catalogctl.domain.sources import Source
from catalogctl.domain.tasks import Task, Worker
from catalogctl.domain.times import Clock
from catalogctl.pipeline import ledger
from catalogctl.pipeline.plan import Work

PROGRESS_INTERVAL = 0.1
MAX_CLAIMS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A task in this worker's hands, and what is needed to do it."""

    task: Task
    run: Run
    source: Source


class _Fenced(Exception):
    """The task is no longer ours."""


class Throttle:
    """Lets something through at most every *interval* seconds a job, and remembers what it held back."""

    def __init__(self, interval: float, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._interval = interval
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._last: dict[int, float] = {}
        self._held: set[int] = set()

    def admits(self, job_id: int) -> bool:
        """True when the job may speak now; otherwise it is due later."""
        with self._lock:
            now = self._monotonic()
            if now - self._last.get(job_id, -self._interval) < self._interval:
                self._held.add(job_id)
                return False
            self._last[job_id] = now
            self._held.discard(job_id)
            return True

    def due(self) -> list[int]:
        """The jobs that were held back and may speak now."""
        with self._lock:
            held = list(self._held)
        return [job_id for job_id in held if self.admits(job_id)]

    def forget(self, job_id: int) -> None:
        """The job has ended."""
        with self._lock:
            self._last.pop(job_id, None)
            self._held.discard(job_id)


class Recorder:
    """Every change of state that a worker makes goes through here."""

    def __init__(
        self,
        *,
        store: Store,
        pipelines: ledger.Pipelines,
        clock: Clock,
        worker: Worker,
        lease: timedelta,
        per_source: int | None,
    ) -> None:
        self._store = store
        self._pipelines = pipelines
        self._clock = clock
        self._worker = worker
        self._lease = lease
        self._per_source = per_source
        self._throttle = Throttle(PROGRESS_INTERVAL)

    def claim(self) -> Claim | None:
        """Take a task, if there is one."""
        return self._store.transact(self._claim)

    def finish(self, claim: Claim, work: Work, *, claims_next: bool) -> Claim | None:
        """Record that a task is done, and take the next in the same commit. Nothing if it was no longer ours."""

        def change(transaction: Transaction, at: datetime) -> bool:
            added = work.apply(transaction, at) if work.apply is not None else {}
            status = Status.COMPLETED if work.error is None else Status.FAILED
            result = {**work.result, **added}
            return transaction.finish_task(claim.task, status=status, at=at, result=result, error=work.error)

        return self._conclude(claim, change, calls=work.calls, claims_next=claims_next)

    def fail(
        self, claim: Claim, *, error: str, is_final: bool, claims_next: bool, calls: Sequence[LlmCall] = ()
    ) -> Claim | None:
        """Record that an attempt at a task went wrong; unless it is final the task is queued again."""

        def change(transaction: Transaction, at: datetime) -> bool:
            status = Status.FAILED if is_final else Status.PENDING
            return transaction.finish_task(claim.task, status=status, at=at, error=error)

        return self._conclude(claim, change, calls=calls, claims_next=claims_next)

    def give_back(self, claim: Claim, *, calls: Sequence[LlmCall] = ()) -> None:
        """Queue a task again that this worker will not finish."""
        self._conclude(
            claim, lambda transaction, _: transaction.return_task(claim.task), calls=calls, claims_next=False
        )

    def is_recorded(self, claim: Claim) -> bool:
        """True when the store has what came of this attempt at a task."""
        ours = claim.task
        found = self._store.tasks(ours.job_id, limit=1, after=ours.id - 1)
        # What was cancelled was so before anything came of it, and what it has cost is still to be told.
        return any(task.fence == ours.fence and task.status in {Status.COMPLETED, Status.FAILED} for task in found)

    def give_up(self, claim: Claim, *, error: str) -> None:
        """End the job of a task of which nothing can be recorded, not even that it has failed."""

        def change(transaction: Transaction) -> None:
            run, job = _run_and_job(transaction, claim.task)
            attempts = {job.attempt for job in claim.run.jobs if job.id == claim.task.job_id}
            if job.status is Status.RUNNING and job.attempt in attempts:
                ledger.fail_job(transaction, run, job, error=error, at=self._clock())

        self._store.transact(change)

    def put_back(self, task: Task) -> None:
        """Queue a task again that was claimed and that no thread knows of."""

        def change(transaction: Transaction) -> None:
            transaction.run(task.run_id)
            transaction.return_task(task)

        self._store.transact(change)

    def flush(self) -> None:
        """Write the progress that was held back."""
        for job_id in self._throttle.due():
            self._store.transact(partial(self._write_progress, job_id=job_id, at=self._clock()))

    def _conclude(
        self,
        claim: Claim,
        change: Callable[[Transaction, datetime], bool],
        *,
        calls: Sequence[LlmCall],
        claims_next: bool,
    ) -> Claim | None:
        def transaction_of(transaction: Transaction) -> Claim | None:
            at = self._clock()
            # Read before anything of it is written, so that all who record something of this run do it in one order.
            transaction.run(claim.run.run_id)
            ledger.tell_calls(transaction, calls, run_id=claim.run.run_id, at=at)
            if not change(transaction, at):
                raise _Fenced
            return self._follow_up(transaction, claim.task, at, claims_next=claims_next)

        try:
            return self._store.transact(transaction_of)
        except _Fenced:
            if calls:
                # They were undone with the rest, and are paid all the same.
                self._store.transact(partial(self._tell_untold, run=claim.run, calls=calls))
            return self.claim() if claims_next else None

    def _tell_untold(self, transaction: Transaction, *, run: Run, calls: Sequence[LlmCall]) -> None:
        """Tell of those *calls* that are not known: the answer to a commit that told of them may have been lost."""
        transaction.run(run.run_id)
        known = {use.call for use in transaction.llm_uses(since=run.created_at) if use.run_id == run.run_id}
        untold = [call for call in calls if call not in known]
        ledger.tell_calls(transaction, untold, run_id=run.run_id, at=self._clock())

    def _claim(self, transaction: Transaction) -> Claim | None:
        while True:
            at = self._clock()
            lease_until = at + self._lease
            task = transaction.claim_task(self._worker, at=at, lease_until=lease_until, per_source=self._per_source)
            if task is None:
                return None
            run, job = _run_and_job(transaction, task)
            if task.attempt > MAX_CLAIMS:
                error = "every worker that took this task died over it"
                transaction.finish_task(task, status=Status.FAILED, at=at, error=error)
                self._follow_up(transaction, task, at, claims_next=False)
                continue
            source = transaction.source(run.source)
            if source is None:
                ledger.fail_job(transaction, run, job, error=f"source {run.source!r} is gone", at=at)
                continue
            if job.status is Status.PENDING:
                run = ledger.start_job(transaction, run, job, at=at)
            self._show(transaction, job.id, at)
            return Claim(task=task, run=run, source=source)

    def _follow_up(self, transaction: Transaction, task: Task, at: datetime, *, claims_next: bool) -> Claim | None:
        """After a task became final: go on to the next step if it was the last of its step."""
        following = self._claim(transaction) if claims_next else None
        if following is not None and (following.task.job_id, following.task.step) == (task.job_id, task.step):
            return following
        run, job = _run_and_job(transaction, task)
        if job.status is Status.RUNNING and ledger.is_step_done(transaction.tallies(job.id), task.step):
            after = ledger.advance(transaction, self._pipelines, run, job, task.step, at=at)
            if not after.status.is_active:
                self._throttle.forget(job.id)
            return following or (self._claim(transaction) if claims_next else None)
        self._show(transaction, job.id, at)
        return following

    def _show(self, transaction: Transaction, job_id: int, at: datetime) -> None:
        if self._throttle.admits(job_id):
            self._write_progress(transaction, job_id=job_id, at=at)

    def _write_progress(self, transaction: Transaction, *, job_id: int, at: datetime) -> None:
        job = transaction.job(job_id)
        run = None if job is None else transaction.run(job.run_id)
        if job is None or run is None or job.status is not Status.RUNNING:
            self._throttle.forget(job_id)
            return
        ledger.show_progress(transaction, self._pipelines, run, job, at=at)


def _run_and_job(transaction: Transaction, task: Task) -> tuple[Run, Job]:
    run = transaction.run(task.run_id)
    if run is None:
        raise IllegalTransition(f"task {task.id} belongs to run {task.run_id}, which does not exist")
    return run, next(job for job in run.jobs if job.id == task.job_id)
