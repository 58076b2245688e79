"""The changes of the port where many nodes change the store at the same time."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from catalogctl.domain.events import LogPosition, NewEvent, compact_json
from catalogctl.domain.runs import Job, Run, RunKind, RunningStatus, RunOptions, Status
from catalogctl.domain.tasks import NewTask, Task, Worker
from catalogctl.store.postgres.claims import Claims
from catalogctl.store.postgres.connection import PostgresConnection
from catalogctl.store.postgres.holding import HeldRuns
from catalogctl.store.postgres.journal import Journal
from catalogctl.store.postgres.reads import PostgresReads
from catalogctl.store.relational import rows
from catalogctl.store.relational.transaction import RelationalTransaction

# One statement for all: ten thousand trips to the server would take seconds.
_ADD_TASKS = """
INSERT INTO tasks (job_id, step, key, payload)
SELECT :job, step, key, payload
FROM unnest(CAST(:steps AS text[]), CAST(:keys AS text[]), CAST(:payloads AS text[])) WITH ORDINALITY
    AS new (step, key, payload, place)
ORDER BY place
ON CONFLICT DO NOTHING
"""

# A task that is locked just now is being finished or cancelled; waiting for it could be waiting in a circle.
_RENEW_TASKS = """
UPDATE tasks SET lease_until = :lease_until WHERE id IN (
    SELECT id FROM tasks WHERE worker = :worker AND status = 'running' FOR NO KEY UPDATE SKIP LOCKED
)
"""


class PostgresTransaction(PostgresReads, RelationalTransaction):
    """The shared changes, each after the lock of what it is about.

    *hold_log* keeps all other transactions from appending until this one ends.
    """

    HELD = " FOR NO KEY UPDATE"

    def __init__(
        self, connection: PostgresConnection, *, runs: HeldRuns, journal: Journal, hold_log: Callable[[], None]
    ) -> None:
        super().__init__(connection)
        self._held = runs
        self._journal = journal
        self._hold_log = hold_log
        self._claims = Claims(connection, runs)

    def append(self, event: NewEvent) -> None:
        if event.run_id is not None:
            self._held.hold(event.run_id)
        self._journal.add(event)

    def _write_log(self) -> None:
        """Have all events in the log that were appended so far, which keeps others from appending."""
        self._hold_log()
        self._journal.write()

    def position(self) -> LogPosition:
        self._write_log()
        return super().position()

    def running_status(self) -> RunningStatus:
        # Held although it only reads: two nodes that start or end runs at the same time would each miss what the other
        # has not committed yet, and the last to tell of it in the log would tell a falsehood.
        self._write_log()
        return super().running_status()

    def prune_events(self, *, keep: int, older_than: datetime, limit: int = 10_000) -> int:
        if self._journal.waits:
            self._write_log()
        return super().prune_events(keep=keep, older_than=older_than, limit=limit)

    def run(self, run_id: str) -> Run | None:
        self._write_log_of(run_id)
        run = super().run(run_id)
        if run is not None:
            self._held.note(run_id)
        return run

    def run_numbered(self, number: int) -> Run | None:
        self._write_log_of(None)
        return super().run_numbered(number)

    def runs(
        self,
        *,
        limit: int,
        before: int | None = None,
        source: str | None = None,
        kind: RunKind | None = None,
        status: Status | None = None,
    ) -> list[Run]:
        self._write_log_of(None)
        return super().runs(limit=limit, before=before, source=source, kind=kind, status=status)

    def active_runs(self) -> list[Run]:
        self._write_log_of(None)
        return super().active_runs()

    def _write_log_of(self, run_id: str | None) -> None:
        if self._journal.tells_of(run_id):
            self._write_log()

    def job(self, job_id: int) -> Job | None:
        self._held.hold_of_job(job_id)
        return super().job(job_id)

    def add_run(self, *, run_id: str, source: str, kind: RunKind, options: RunOptions, at: datetime) -> Run:
        # Held, so that a source which is being removed or emptied has no run that whoever does it cannot see.
        self.source(source)
        return super().add_run(run_id=run_id, source=source, kind=kind, options=options, at=at)

    def put_run(self, run: Run) -> None:
        self._held.hold(run.run_id)
        super().put_run(run)

    def add_tasks(self, job: Job, tasks: Sequence[NewTask]) -> None:
        self._held.hold(job.run_id)
        added = {
            "job": job.id,
            "steps": [task.step for task in tasks],
            "keys": [task.key for task in tasks],
            "payloads": [compact_json(task.payload) for task in tasks],
        }
        self._connection.run(_ADD_TASKS, added)

    def claim_task(
        self, worker: Worker, *, at: datetime, lease_until: datetime, per_source: int | None = None
    ) -> Task | None:
        return self._claims.claim(worker, at=at, lease_until=lease_until, per_source=per_source)

    def finish_task(
        self,
        task: Task,
        *,
        status: Status,
        at: datetime,
        result: Mapping[str, Any] | None = None,
        error: str | None = None,
    ) -> bool:
        self._held.hold(task.run_id)
        return super().finish_task(task, status=status, at=at, result=result, error=error)

    def return_task(self, task: Task) -> bool:
        self._held.hold(task.run_id)
        return super().return_task(task)

    def cancel_tasks(self, job_id: int, *, at: datetime) -> None:
        self._held.hold_of_job(job_id)
        super().cancel_tasks(job_id, at=at)

    def requeue_tasks(self, job_id: int) -> None:
        self._held.hold_of_job(job_id)
        super().requeue_tasks(job_id)

    def remove_tasks(self, job_id: int, *, steps: Collection[str]) -> None:
        self._held.hold_of_job(job_id)
        super().remove_tasks(job_id, steps=steps)

    def release_tasks(self, worker_id: str) -> None:
        self._held.hold_of_worker(worker_id)
        super().release_tasks(worker_id)

    def renew_worker(self, worker_id: str, *, lease_until: datetime) -> None:
        moved = {"worker": worker_id, "lease_until": rows.moment_to_row(lease_until)}
        # Nobody waits for heartbeats: many workers would keep all nodes awake with them.
        with self._postgres.unnoticed():
            if self._connection.run("UPDATE workers SET lease_until = :lease_until WHERE id = :worker", moved):
                self._connection.run(_RENEW_TASKS, moved)
