"""Changes of the port on the writing connection; what begins, commits and undoes them is the writer."""

# ruff: noqa: S608 - statements are put together of constants; values are always parameters

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from catalogctl.domain.errors import RunActive, RunNotFound, SourceExists
from catalogctl.domain.events import NewEvent, compact_json
from catalogctl.domain.ports.store import Transaction
from catalogctl.domain.run_records import options_record
from catalogctl.domain.runs import Job, Run, RunKind, RunOptions, Status
from catalogctl.domain.sources import Identity, Source
from catalogctl.domain.tasks import NewTask, Task, Worker
from catalogctl.store.sqlite import rows
from catalogctl.store.sqlite.catalogue_changes import SqliteCatalogueChanges
from catalogctl.store.sqlite.meaning_changes import SqliteMeaningChanges
from catalogctl.store.sqlite.reads import IS_ACTIVE, SqliteReads

_APPEND = "INSERT INTO events (topic, type, at, run_id, job_id, data) VALUES (?, ?, ?, ?, ?, ?)"

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

# The oldest claimable task of each open job is one step down the index, and what is at work on a run is counted among
# its running tasks alone, however many tasks there are.
_CLAIM = f"""
UPDATE tasks SET status = 'running', attempt = attempt + 1, worker = :worker, lease_until = :lease_until,
    started_at = :at, error = NULL
WHERE id = (
    WITH open AS (
        SELECT number, jobs.id AS job
        FROM runs JOIN jobs ON jobs.run_id = runs.run_id
        WHERE runs.{IS_ACTIVE} AND (:run_id IS NULL OR runs.run_id = :run_id)
            AND (:sources IS NULL OR runs.source IN (SELECT value FROM json_each(:sources)))
    ), at_work AS (
        SELECT number, sum(
            (SELECT count(*) FROM tasks WHERE job_id = job AND status = 'running' AND lease_until > :at)
        ) AS count FROM open GROUP BY number
    ), claimable AS (
        SELECT number, (SELECT min(id) FROM tasks WHERE job_id = job AND status = 'pending') AS task FROM open
        UNION ALL
        SELECT number, (
            SELECT min(id) FROM tasks WHERE job_id = job AND status = 'running' AND lease_until <= :at
        ) FROM open
    )
    SELECT task FROM claimable JOIN at_work USING (number)
    WHERE task IS NOT NULL AND (:per_source IS NULL OR count < :per_source)
    ORDER BY count, number, task LIMIT 1
)
RETURNING {rows.TASK_IN_FULL}
"""

# Attempts are counted anew by a retry, so worker and time must also be those of the claim.
_HELD = "id = ? AND status = 'running' AND attempt = ? AND worker = ? AND started_at = ?"
_RELEASED = "status = 'pending', worker = NULL, lease_until = NULL, started_at = NULL"


class SqliteTransaction(SqliteReads, SqliteCatalogueChanges, SqliteMeaningChanges, Transaction):
    """The changes of the port, and those of workers, which the store itself makes."""

    def append(self, event: NewEvent) -> None:
        seq = self._connection.execute(_APPEND, rows.event_to_row(event)).lastrowid
        if event.run_id is not None:
            self._connection.execute("UPDATE runs SET last_seq = ? WHERE run_id = ?", (seq, event.run_id))

    def prune_events(self, *, keep: int, older_than: datetime, limit: int = 10_000) -> int:
        chosen = {"keep": keep, "older_than": rows.moment_to_row(older_than), "limit": limit}
        [last] = self._connection.execute(_PRUNED, chosen).fetchall()
        count = self._connection.execute("DELETE FROM events WHERE seq <= ?", last).rowcount
        if count:
            self._connection.execute("UPDATE log SET pruned = ?", last)
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
        self._connection.execute("UPDATE sources SET extracted_at = ? WHERE id = ?", (moment, source_id))

    def remove_source(self, source_id: int) -> None:
        self._connection.execute("DELETE FROM sources WHERE id = ?", (source_id,))

    def add_run(self, *, run_id: str, source: str, kind: RunKind, options: RunOptions, at: datetime) -> Run:
        self._refuse_second(source, run_id)
        created_at = rows.moment_to_row(at)
        self._connection.execute(
            "INSERT INTO runs (run_id, source, kind, status, created_at, options) VALUES (?, ?, ?, 'pending', ?, ?)",
            (run_id, source, kind.value, created_at, compact_json(options_record(options))),
        )
        self._connection.executemany(
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
        if not self._connection.execute(query, (run.status.value, *times, run.run_id)).rowcount:
            raise RunNotFound(f"no run has the id {run.run_id}")
        for job in run.jobs:
            self._connection.execute(_PUT_JOB, rows.job_to_row(job))

    def _refuse_second(self, source: str, run_id: str) -> None:
        query = f"SELECT number, run_id FROM runs WHERE source = ? AND run_id != ? AND {IS_ACTIVE}"
        for number, active in self._rows(query, source, run_id):
            raise RunActive(f"run {number} is active on source {source!r}", data={"run_id": active})

    def add_tasks(self, job: Job, tasks: Sequence[NewTask]) -> None:
        # Looked for first, because ON CONFLICT takes an id even for a row that it then leaves out.
        self._connection.executemany(
            "INSERT INTO tasks (job_id, step, key, payload) SELECT ?1, ?2, ?3, ?4"
            " WHERE NOT EXISTS (SELECT 1 FROM tasks WHERE job_id = ?1 AND step = ?2 AND key = ?3)",
            [(job.id, task.step, task.key, compact_json(task.payload)) for task in tasks],
        )

    def claim_task(
        self, worker: Worker, *, at: datetime, lease_until: datetime, per_source: int | None = None
    ) -> Task | None:
        chosen = {
            "worker": worker.id,
            "run_id": worker.run_id,
            "sources": compact_json(worker.sources) if worker.sources else None,
            "per_source": per_source,
            "at": rows.moment_to_row(at),
            "lease_until": rows.moment_to_row(lease_until),
        }
        found = self._connection.execute(_CLAIM, chosen).fetchall()
        return rows.task_from_row(found[0]) if found else None

    def finish_task(
        self,
        task: Task,
        *,
        status: Status,
        at: datetime,
        result: Mapping[str, Any] | None = None,
        error: str | None = None,
    ) -> bool:
        held = (task.id, task.attempt, task.worker, rows.optional_to_row(task.started_at))
        if status is Status.PENDING:
            query = f"UPDATE tasks SET {_RELEASED}, error = ? WHERE {_HELD}"
            return self._connection.execute(query, (error, *held)).rowcount == 1
        query = (
            f"UPDATE tasks SET status = ?, lease_until = NULL, completed_at = ?, result = ?, error = ? WHERE {_HELD}"
        )
        outcome = (status.value, rows.moment_to_row(at), rows.json_to_row(result), error)
        return self._connection.execute(query, (*outcome, *held)).rowcount == 1

    def cancel_tasks(self, job_id: int, *, at: datetime) -> None:
        self._connection.execute(
            "UPDATE tasks SET status = 'cancelled', lease_until = NULL, completed_at = ?"
            f" WHERE job_id = ? AND {IS_ACTIVE}",
            (rows.moment_to_row(at), job_id),
        )

    def requeue_tasks(self, job_id: int) -> None:
        self._connection.execute(
            f"UPDATE tasks SET {_RELEASED}, attempt = 0, completed_at = NULL, error = NULL, result = NULL"
            " WHERE job_id = ? AND status IN ('failed', 'cancelled')",
            (job_id,),
        )

    def release_tasks(self, worker_id: str) -> None:
        query = f"UPDATE tasks SET {_RELEASED} WHERE worker = ? AND status = 'running'"
        self._connection.execute(query, (worker_id,))

    def put_worker(self, worker: Worker, *, lease_until: datetime) -> None:
        """Write a worker and its lease."""
        self._connection.execute(
            f"INSERT OR REPLACE INTO workers ({rows.LEASE}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                worker.id,
                worker.host,
                worker.pid,
                rows.moment_to_row(worker.started_at),
                worker.run_id,
                compact_json(worker.sources),
                rows.moment_to_row(lease_until),
            ),
        )

    def renew_worker(self, worker_id: str, *, lease_until: datetime) -> None:
        """Move the lease of a worker, if it is known, and of its running tasks."""
        moved = (rows.moment_to_row(lease_until), worker_id)
        if self._connection.execute("UPDATE workers SET lease_until = ? WHERE id = ?", moved).rowcount:
            query = "UPDATE tasks SET lease_until = ? WHERE worker = ? AND status = 'running'"
            self._connection.execute(query, moved)

    def remove_worker(self, worker_id: str) -> None:
        """Forget a worker and release its tasks."""
        self.release_tasks(worker_id)
        self._connection.execute("DELETE FROM workers WHERE id = ?", (worker_id,))
