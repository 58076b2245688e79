"""Claiming a task where others claim at the same time: choose a run, lock it, and look again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from catalogctl.domain.tasks import Task, Worker
from catalogctl.store.postgres.connection import PostgresConnection
from catalogctl.store.postgres.holding import HeldRuns
from catalogctl.store.relational import rows

# Each is a step down an index, however many tasks there are; what is at work is counted among running tasks alone.
_STANDING = """
SELECT number, run_id,
    (
        SELECT count(*) FROM jobs JOIN tasks ON job_id = jobs.id
        WHERE jobs.run_id = runs.run_id AND tasks.status = 'running' AND lease_until > :at
    ) AS at_work,
    (
        SELECT min(task) FROM jobs CROSS JOIN LATERAL (
            SELECT least(
                (SELECT min(id) FROM tasks WHERE job_id = jobs.id AND status = 'pending'),
                (SELECT min(id) FROM tasks WHERE job_id = jobs.id AND status = 'running' AND lease_until <= :at)
            ) AS task
        ) AS oldest WHERE jobs.run_id = runs.run_id
    ) AS task
FROM runs WHERE runs.status IN ('pending', 'running') AND {chosen}
"""

_CHOOSE = """
SELECT run_id FROM ({standing}) AS standing WHERE task IS NOT NULL AND {free} ORDER BY at_work, number LIMIT 1
"""

# Every change of a task but the end of its lease comes after the lock of its run, so that nobody has it meanwhile.
_CLAIM = f"""
UPDATE tasks SET status = 'running', attempt = attempt + 1, worker = :worker, lease_until = :lease_until,
    started_at = :at, error = NULL
WHERE id = (SELECT task FROM ({{standing}}) AS standing WHERE {{free}})
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
        asked = {
            "worker": worker.id,
            "only": worker.run_id,
            "sources": list(worker.sources),
            "per_source": per_source,
            "at": rows.moment_to_row(at),
            "lease_until": rows.moment_to_row(lease_until),
        }
        tried: list[str] = []
        while (run_id := self._choose(worker, {**asked, "tried": tried}, per_source)) is not None:
            self._runs.hold(run_id)
            standing = _STANDING.format(chosen="runs.run_id = :run")
            claim = _CLAIM.format(standing=standing, free=_free(per_source))
            if found := self._connection.rows(claim, {**asked, "run": run_id}):
                return rows.task_from_row(found[0])
            # Somebody else took its last task, or ended it, before we had the lock.
            tried.append(run_id)
        return None

    def _choose(self, worker: Worker, asked: Mapping[str, Any], per_source: int | None) -> str | None:
        chosen = ["NOT runs.run_id = ANY(:tried)"]
        if worker.run_id is not None:
            chosen.append("runs.run_id = :only")
        if worker.sources:
            chosen.append("runs.source = ANY(:sources)")
        standing = _STANDING.format(chosen=" AND ".join(chosen))
        found = self._connection.rows(_CHOOSE.format(standing=standing, free=_free(per_source)), asked)
        return found[0][0] if found else None


def _free(per_source: int | None) -> str:
    return "TRUE" if per_source is None else "at_work < :per_source"
