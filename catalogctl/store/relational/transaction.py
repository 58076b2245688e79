"""Changes of the port on a writing connection; what begins, commits and undoes them is the writer of the engine."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from catalogctl.domain.errors import RunActive, RunNotFound, SourceExists
from catalogctl.domain.events import compact_json
from catalogctl.domain.ports.store import Transaction
from catalogctl.domain.run_records import options_record
from catalogctl.domain.runs import Job, Run, RunKind, RunOptions, Status
from catalogctl.domain.sources import Identity, Source
from catalogctl.domain.tasks import Lease, NewTask, Task, Worker
from catalogctl.store.relational import rows
from catalogctl.store.relational.catalogue_changes import CatalogueChanges
from catalogctl.store.relational.meaning_changes import MeaningChanges
from catalogctl.store.relational.reads import IS_ACTIVE, RelationalReads

# What goes is a stretch at the old end, of at most :limit events: up to the first that is neither past the newest
# :keep nor too old. Seqs have no gaps, but where somebody removed rows by hand.
_PRUNED = """
WITH oldest AS MATERIALIZED (SELECT seq, at FROM events ORDER BY seq LIMIT :limit)
SELECT coalesce(
    (
        SELECT seq - 1 FROM oldest
        WHERE seq > (SELECT max(seq) FROM events) - :keep AND at >= :older_than ORDER BY seq LIMIT 1
    ),
    (SELECT max(seq) FROM oldest),
    0
)
"""

_PUT_JOB = """
UPDATE jobs SET status = :status, attempt = :attempt, progress = :progress, steps = :steps, step_index = :step_index,
    started_at = :started_at, completed_at = :completed_at, details = :details, result = :result,
    error_message = :error_message, warnings = :warnings, warnings_total = :warnings_total
WHERE id = :id
"""

_PUT_WORKER = f"""
INSERT INTO workers ({rows.LEASE}) VALUES (:id, :host, :pid, :started_at, :run_id, :sources, :lease_until)
ON CONFLICT (id) DO UPDATE SET host = excluded.host, pid = excluded.pid, started_at = excluded.started_at,
    run_id = excluded.run_id, sources = excluded.sources, lease_until = excluded.lease_until
"""

# Attempts are counted anew by a retry, so worker and time must also be those of the claim.
_HELD = "id = ? AND status = 'running' AND attempt = ? AND worker = ? AND started_at = ?"
_RELEASED = "status = 'pending', worker = NULL, lease_until = NULL, started_at = NULL"


class RelationalTransaction(RelationalReads, CatalogueChanges, MeaningChanges, Transaction):
    """The changes of the port but for the log and claims, and those of workers, which the store itself makes."""

    def prune_events(self, *, keep: int, older_than: datetime, limit: int = 10_000) -> int:
        chosen = {"keep": keep, "older_than": rows.moment_to_row(older_than), "limit": limit}
        [last] = self._connection.rows(_PRUNED, chosen)
        count = self._connection.run("DELETE FROM events WHERE seq <= ?", last)
        if count:
            self._connection.run("UPDATE log SET pruned = ?", last)
        return count

    def add_source(self, identity: Identity, *, at: datetime) -> Source:
        if self.source(identity.name) is not None:
            raise SourceExists(f"source {identity.name!r} exists already")
        [row] = self._rows(
            f"INSERT INTO sources (name, kind, location, created_at) VALUES (?, ?, ?, ?) RETURNING {rows.SOURCE}",
            identity.name,
            identity.kind,
            identity.location,
            rows.moment_to_row(at),
        )
        return rows.source_from_row(row)

    def touch_source(self, source_id: int, *, extracted_at: datetime) -> None:
        moment = rows.moment_to_row(extracted_at)
        self._connection.run("UPDATE sources SET extracted_at = ? WHERE id = ?", (moment, source_id))

    def remove_source(self, source_id: int) -> None:
        self._connection.run("DELETE FROM sources WHERE id = ?", (source_id,))

    def add_run(self, *, run_id: str, source: str, kind: RunKind, options: RunOptions, at: datetime) -> Run:
        self._refuse_second(source, run_id)
        created_at = rows.moment_to_row(at)
        self._connection.run(
            "INSERT INTO runs (run_id, source, kind, status, created_at, options) VALUES (?, ?, ?, 'pending', ?, ?)",
            (run_id, source, kind.value, created_at, compact_json(options_record(options))),
        )
        self._connection.run_many(
            "INSERT INTO jobs (run_id, source, job_type, status, created_at, attempt, progress, steps, warnings,"
            " warnings_total) VALUES (?, ?, ?, 'pending', ?, 1, 0, '[]', '[]', 0)",
            [(run_id, source, job_type.value, created_at) for job_type in kind.job_types],
        )
        return self._known(run_id)

    def _known(self, run_id: str) -> Run:
        run = self.run(run_id)
        if run is None:
            raise RunNotFound(f"no run has the id {run_id}")
        return run

    def put_run(self, run: Run) -> None:
        if run.status.is_active:
            self._refuse_second(run.source, run.run_id)
        times = (rows.optional_to_row(run.started_at), rows.optional_to_row(run.completed_at))
        query = "UPDATE runs SET status = ?, started_at = ?, completed_at = ? WHERE run_id = ?"
        if not self._connection.run(query, (run.status.value, *times, run.run_id)):
            raise RunNotFound(f"no run has the id {run.run_id}")
        for job in run.jobs:
            self._connection.run(_PUT_JOB, rows.job_to_row(job))

    def _refuse_second(self, source: str, run_id: str) -> None:
        query = f"SELECT number, run_id FROM runs WHERE source = ? AND run_id != ? AND {IS_ACTIVE}"
        for number, active in self._rows(query, source, run_id):
            raise RunActive(f"run {number} is active on source {source!r}", data={"run_id": active})

    def add_tasks(self, job: Job, tasks: Sequence[NewTask]) -> None:
        # Looked for first, because ON CONFLICT takes an id even for a row that it then leaves out.
        self._connection.run_many(
            "INSERT INTO tasks (job_id, step, key, payload) SELECT :job, :step, :key, :payload"
            " WHERE NOT EXISTS (SELECT 1 FROM tasks WHERE job_id = :job AND step = :step AND key = :key)",
            [
                {"job": job.id, "step": task.step, "key": task.key, "payload": compact_json(task.payload)}
                for task in tasks
            ],
        )

    def finish_task(
        self,
        task: Task,
        *,
        status: Status,
        at: datetime,
        result: Mapping[str, Any] | None = None,
        error: str | None = None,
    ) -> bool:
        held = _claim_to_row(task)
        if status is Status.PENDING:
            query = f"UPDATE tasks SET {_RELEASED}, error = ? WHERE {_HELD}"
            return self._connection.run(query, (error, *held)) == 1
        query = (
            f"UPDATE tasks SET status = ?, lease_until = NULL, completed_at = ?, result = ?, error = ? WHERE {_HELD}"
        )
        outcome = (status.value, rows.moment_to_row(at), rows.json_to_row(result), error)
        return self._connection.run(query, (*outcome, *held)) == 1

    def return_task(self, task: Task) -> bool:
        query = f"UPDATE tasks SET {_RELEASED}, attempt = attempt - 1 WHERE {_HELD}"
        return self._connection.run(query, _claim_to_row(task)) == 1

    def cancel_tasks(self, job_id: int, *, at: datetime) -> None:
        self._connection.run(
            "UPDATE tasks SET status = 'cancelled', lease_until = NULL, completed_at = ?"
            f" WHERE job_id = ? AND {IS_ACTIVE}",
            (rows.moment_to_row(at), job_id),
        )

    def requeue_tasks(self, job_id: int) -> None:
        self._connection.run(
            f"UPDATE tasks SET {_RELEASED}, attempt = 0, completed_at = NULL, error = NULL, result = NULL"
            " WHERE job_id = ? AND status IN ('failed', 'cancelled')",
            (job_id,),
        )

    def remove_tasks(self, job_id: int, *, steps: Collection[str]) -> None:
        self._connection.run_many("DELETE FROM tasks WHERE job_id = ? AND step = ?", [(job_id, step) for step in steps])

    def release_tasks(self, worker_id: str) -> None:
        query = f"UPDATE tasks SET {_RELEASED} WHERE worker = ? AND status = 'running'"
        self._connection.run(query, (worker_id,))

    def put_worker(self, worker: Worker, *, lease_until: datetime) -> None:
        """Write a worker and its lease."""
        self._connection.run(_PUT_WORKER, rows.lease_to_row(Lease(worker=worker, until=lease_until)))

    def renew_worker(self, worker_id: str, *, lease_until: datetime) -> None:
        """Move the lease of a worker, if it is known, and of its running tasks."""
        moved = (rows.moment_to_row(lease_until), worker_id)
        if self._connection.run("UPDATE workers SET lease_until = ? WHERE id = ?", moved):
            query = "UPDATE tasks SET lease_until = ? WHERE worker = ? AND status = 'running'"
            self._connection.run(query, moved)

    def remove_worker(self, worker_id: str) -> None:
        """Forget a worker and release its tasks."""
        self.release_tasks(worker_id)
        self._connection.run("DELETE FROM workers WHERE id = ?", (worker_id,))


def _claim_to_row(task: Task) -> tuple[object, ...]:
    return task.id, task.attempt, task.worker, rows.optional_to_row(task.started_at)
