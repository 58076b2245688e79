"""Changes of the reference engine, on a copy of the state that is thrown away unless they all work out."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from catalogctl.domain.errors import RunActive, RunNotFound, SourceExists
from catalogctl.domain.events import TOPIC_OF, Event, NewEvent
from catalogctl.domain.ports.store import Transaction
from catalogctl.domain.runs import Job, Run, RunKind, RunOptions, Status
from catalogctl.domain.sources import Identity, Source
from catalogctl.domain.tasks import NewTask, Task, Worker
from catalogctl.store.memory_catalogue import MemoryCatalogueChanges
from catalogctl.store.memory_meaning import MemoryMeaningChanges
from catalogctl.store.memory_state import MemoryReads
from catalogctl.store.saving import as_json_gives_it_back


class MemoryTransaction(MemoryReads, MemoryCatalogueChanges, MemoryMeaningChanges, Transaction):
    """The changes of the port on one state, and those of workers."""

    def append(self, event: NewEvent) -> None:
        # Looked up for its error: an event of no topic could never be asked for.
        TOPIC_OF[event.type]
        self._state.latest += 1
        seq = self._state.latest
        self._state.events.append(
            Event(seq=seq, type=event.type, at=event.at, data=event.data, run_id=event.run_id, job_id=event.job_id)
        )
        if event.run_id in self._state.runs:
            self._state.runs[event.run_id] = replace(self._state.runs[event.run_id], last_seq=seq)

    def prune_events(self, *, keep: int, older_than: datetime, limit: int = 10_000) -> int:
        events = self._state.events
        past_keep = max(0, len(events) - keep)
        count = 0
        while count < min(limit, len(events)) and (count < past_keep or events[count].at < older_than):
            count += 1
        if count:
            self._state.pruned = events[count - 1].seq
            del events[:count]
        return count

    def add_source(self, identity: Identity, *, at: datetime) -> Source:
        if self.source(identity.name) is not None:
            raise SourceExists(f"source {identity.name!r} exists already")
        source = Source(
            id=self._state.next_id("source"),
            name=identity.name,
            kind=identity.kind,
            location=identity.location,
            created_at=at,
        )
        self._state.sources[source.id] = source
        return source

    def touch_source(self, source_id: int, *, extracted_at: datetime) -> None:
        if source_id in self._state.sources:
            self._state.sources[source_id] = replace(self._state.sources[source_id], extracted_at=extracted_at)

    def remove_source(self, source_id: int) -> None:
        self.clear_catalogue(source_id)
        self._state.sources.pop(source_id, None)

    def add_run(self, *, run_id: str, source: str, kind: RunKind, options: RunOptions, at: datetime) -> Run:
        self._refuse_second(source, run_id)
        jobs = tuple(
            Job(id=self._state.next_id("job"), run_id=run_id, job_type=job_type, created_at=at)
            for job_type in kind.job_types
        )
        run = Run(
            run_id=run_id,
            number=self._state.next_id("run"),
            source=source,
            kind=kind,
            created_at=at,
            options=options,
            jobs=jobs,
        )
        self._state.runs[run_id] = run
        return run

    def put_run(self, run: Run) -> None:
        former = self._state.runs.get(run.run_id)
        if former is None:
            raise RunNotFound(f"no run has the id {run.run_id}")
        if run.status.is_active:
            self._refuse_second(former.source, run.run_id)
        jobs = tuple(
            replace(job, details=as_json_gives_it_back(job.details), result=as_json_gives_it_back(job.result))
            for job in run.jobs
        )
        self._state.runs[run.run_id] = replace(
            former, status=run.status, started_at=run.started_at, completed_at=run.completed_at, jobs=jobs
        )

    def _refuse_second(self, source: str, run_id: str) -> None:
        for active in self.active_runs():
            if active.source == source and active.run_id != run_id:
                raise RunActive(f"run {active.number} is active on source {source!r}", data={"run_id": active.run_id})

    def add_tasks(self, job: Job, tasks: Sequence[NewTask]) -> None:
        known = {(task.step, task.key) for task in self._of_job(job.id)}
        for task in tasks:
            if (task.step, task.key) not in known:
                known.add((task.step, task.key))
                self._put(
                    Task(
                        id=self._state.next_id("task"),
                        job_id=job.id,
                        run_id=job.run_id,
                        step=task.step,
                        key=task.key,
                        payload=as_json_gives_it_back(task.payload),
                    )
                )

    def claim_task(
        self, worker: Worker, *, at: datetime, lease_until: datetime, per_source: int | None = None
    ) -> Task | None:
        for task in self._claimable(worker, at, per_source):
            return self._put(
                replace(
                    task,
                    status=Status.RUNNING,
                    attempt=task.attempt + 1,
                    worker=worker.id,
                    lease_until=lease_until,
                    started_at=at,
                    error=None,
                )
            )
        return None

    def _claimable(self, worker: Worker, at: datetime, per_source: int | None) -> Iterable[Task]:
        # A source has one active run, so what is at work on the one is at work on the other.
        at_work = Counter(task.run_id for task in self._state.tasks.values() if _is_held(task, at))
        for run in sorted(self.active_runs(), key=lambda run: (at_work[run.run_id], run.number)):
            if worker.serves(run) and (per_source is None or at_work[run.run_id] < per_source):
                for task in self._state.tasks.values():
                    is_ours = task.worker == worker.id
                    if task.run_id == run.run_id and task.status.is_active and not (_is_held(task, at) or is_ours):
                        yield task

    def finish_task(
        self,
        task: Task,
        *,
        status: Status,
        at: datetime,
        result: Mapping[str, Any] | None = None,
        error: str | None = None,
    ) -> bool:
        held = self._held(task)
        if held is None:
            return False
        if status is Status.PENDING:
            self._put(replace(_released(held), error=error))
        else:
            self._put(
                replace(
                    held,
                    status=status,
                    lease_until=None,
                    completed_at=at,
                    result=as_json_gives_it_back(result),
                    error=error,
                )
            )
        return True

    def return_task(self, task: Task) -> bool:
        held = self._held(task)
        if held is not None:
            self._put(replace(_released(held), attempt=held.attempt - 1))
        return held is not None

    def _held(self, task: Task) -> Task | None:
        """The task as it is, if *task* is the claim that holds it."""
        held = self._state.tasks.get(task.id)
        # Attempts are counted anew by a retry, so worker and time must also be those of the claim.
        if held is None or held.status is not Status.RUNNING or held.fence != task.fence:
            return None
        return held

    def cancel_tasks(self, job_id: int, *, at: datetime) -> None:
        for task in self._of_job(job_id):
            if task.status.is_active:
                self._put(replace(task, status=Status.CANCELLED, lease_until=None, completed_at=at))

    def requeue_tasks(self, job_id: int) -> None:
        for task in self._of_job(job_id):
            if task.status in {Status.FAILED, Status.CANCELLED}:
                self._put(replace(_released(task), attempt=0, completed_at=None, error=None, result=None))

    def remove_tasks(self, job_id: int, *, steps: Collection[str]) -> None:
        for task in self._of_job(job_id):
            if task.step in steps:
                del self._state.tasks[task.id]

    def release_tasks(self, worker_id: str) -> None:
        for task in list(self._state.tasks.values()):
            if task.worker == worker_id and task.status is Status.RUNNING:
                self._put(_released(task))

    def _put(self, task: Task) -> Task:
        self._state.tasks[task.id] = task
        return task

    def put_worker(self, worker: Worker, *, lease_until: datetime) -> None:
        """Write a worker and its lease."""
        self._state.workers[worker.id] = worker
        self._state.leases[worker.id] = lease_until

    def renew_worker(self, worker_id: str, *, lease_until: datetime) -> None:
        """Move the lease of a worker, if it is known, and of its running tasks."""
        if worker_id not in self._state.workers:
            return
        self._state.leases[worker_id] = lease_until
        for task in list(self._state.tasks.values()):
            if task.worker == worker_id and task.status is Status.RUNNING:
                self._put(replace(task, lease_until=lease_until))

    def remove_worker(self, worker_id: str) -> None:
        """Forget a worker and release its tasks."""
        self.release_tasks(worker_id)
        self._state.workers.pop(worker_id, None)
        self._state.leases.pop(worker_id, None)


def _is_held(task: Task, at: datetime) -> bool:
    return task.status is Status.RUNNING and task.lease_until is not None and task.lease_until > at


def _released(task: Task) -> Task:
    return replace(task, status=Status.PENDING, worker=None, lease_until=None, started_at=None)
