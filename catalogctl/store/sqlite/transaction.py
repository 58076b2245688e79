"""The changes of the port on the one connection that writes the file; while it writes, nobody else does."""

from datetime import datetime

from catalogctl.domain.events import NewEvent
from catalogctl.domain.tasks import Task, Worker
from catalogctl.store.relational import rows
from catalogctl.store.relational.reads import IS_ACTIVE
from catalogctl.store.relational.transaction import RelationalTransaction
from catalogctl.store.sqlite.reads import SqliteReads

_APPEND = "INSERT INTO events (topic, type, at, run_id, job_id, data) VALUES (?, ?, ?, ?, ?, ?)"

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
            SELECT min(id) FROM tasks
            WHERE job_id = job AND status = 'running' AND lease_until <= :at AND worker <> :worker
        ) FROM open
    )
    SELECT task FROM claimable JOIN at_work USING (number)
    WHERE task IS NOT NULL AND (:per_source IS NULL OR count < :per_source)
    ORDER BY count, number, task LIMIT 1
)
RETURNING {rows.TASK_IN_FULL}
"""


class SqliteTransaction(SqliteReads, RelationalTransaction):
    """The shared changes, and what SQLite does in one statement because nobody else writes meanwhile."""

    def append(self, event: NewEvent) -> None:
        seq = self._sqlite.raw.execute(_APPEND, rows.event_to_row(event)).lastrowid
        if event.run_id is not None:
            self._connection.run("UPDATE runs SET last_seq = ? WHERE run_id = ?", (seq, event.run_id))

    def claim_task(
        self, worker: Worker, *, at: datetime, lease_until: datetime, per_source: int | None = None
    ) -> Task | None:
        chosen = {
            "worker": worker.id,
            "run_id": worker.run_id,
            "sources": rows.json_to_row(worker.sources or None),
            "per_source": per_source,
            "at": rows.moment_to_row(at),
            "lease_until": rows.moment_to_row(lease_until),
        }
        found = self._connection.rows(_CLAIM, chosen)
        return rows.task_from_row(found[0]) if found else None
