"""Claiming a task where others claim at the same time: lock a run that has one, and look again."""

from datetime import datetime
from typing import Any

from catalogctl.domain.tasks import Task, Worker
from catalogctl.store.postgres.connection import PostgresConnection
from catalogctl.store.postgres.holding import HeldRuns
from catalogctl.store.relational import rows

# What is at work on a run is counted among running tasks alone.
_AT_WORK = """
(
    SELECT count(*) FROM jobs JOIN tasks ON job_id = jobs.id
    WHERE jobs.run_id = runs.run_id AND tasks.status = 'running' AND lease_until > :at
)
"""

# A step down an index for each job, however many tasks there are.
_OLDEST = """
(
    SELECT min(oldest) FROM jobs CROSS JOIN LATERAL (
        SELECT least(
            (SELECT min(id) FROM tasks WHERE job_id = jobs.id AND status = 'pending'),
            (
                SELECT min(id) FROM tasks
                WHERE job_id = jobs.id AND status = 'running' AND lease_until <= :at AND worker <> :worker
            )
        ) AS oldest
    ) AS of_job WHERE jobs.run_id = runs.run_id
)
"""

_CHOOSE = f"""
SELECT run_id FROM runs WHERE status IN ('pending', 'running') AND {{chosen}} AND {_OLDEST} IS NOT NULL
ORDER BY {_AT_WORK}, number LIMIT 1 FOR NO KEY UPDATE OF runs
"""

# Every change of a task but the end of its lease comes after the lock of its run, so that nobody takes it meanwhile.
_CLAIM = f"""
UPDATE tasks SET status = 'running', attempt = attempt + 1, worker = :worker, lease_until = :lease_until,
    started_at = :at, error = NULL
WHERE id = (SELECT {_OLDEST} FROM runs WHERE run_id = :run AND status IN ('pending', 'running') AND {{free}})
    AND (status = 'pending' OR (status = 'running' AND lease_until <= :at))
RETURNING {rows.TASK_IN_FULL}
"""


class Claims:
    """The claims of one transaction."""

    def __init__(self, connection: PostgresConnection, runs: HeldRuns) -> None:
        self._connection = connection
        self._runs = runs

    def claim(self, worker: Worker, *, at: datetime, lease_until: datetime, per_source: int | None) -> Task | None:
        """The port's ``claim_task``."""
        tried: list[str] = []
        free = "1 = 1" if per_source is None else f"{_AT_WORK} < :per_source"
        chosen = ["NOT run_id = ANY(:tried)", free]
        if worker.run_id is not None:
            chosen.append("run_id = :only")
        if worker.sources:
            chosen.append("source = ANY(:sources)")
        asked = {
            "worker": worker.id,
            "only": worker.run_id,
            "sources": list(worker.sources),
            "tried": tried,
            "per_source": per_source,
            "at": rows.moment_to_row(at),
            "lease_until": rows.moment_to_row(lease_until),
        }
        while (run_id := self._lock_one(_CHOOSE.format(chosen=" AND ".join(chosen)), asked)) is not None:
            self._runs.note(run_id)
            if found := self._connection.rows(_CLAIM.format(free=free), {**asked, "run": run_id}):
                return rows.task_from_row(found[0])
            # Somebody else took its last task, or ended it, before we had the lock.
            tried.append(run_id)
        return None

    def _lock_one(self, choice: str, asked: dict[str, Any]) -> str | None:
        """A run to claim from, which is then ours; one that others are at only if there is no other.

        Whoever is at one run already does not wait for the next: somebody may be waiting the other way round.
        """
        found = self._connection.rows(f"{choice} SKIP LOCKED", asked)
        if not found and not self._runs.are_touched:
            found = self._connection.rows(choice, asked)
        return found[0][0] if found else None
