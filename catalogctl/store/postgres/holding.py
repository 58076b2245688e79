"""Which rows a transaction holds, so that what it has read of a run is still so when it writes.

Locks are taken in one order everywhere: the row of a run, what belongs to the run, and last of all the log.
"""

from collections.abc import Iterable

from catalogctl.store.postgres.connection import PostgresConnection

_HOLD = "SELECT run_id FROM runs WHERE run_id = ? FOR NO KEY UPDATE"
_OF_JOB = "SELECT run_id FROM jobs WHERE id = ?"
_OF_WORKER = """
SELECT run_id FROM runs
WHERE run_id IN (
    SELECT run_id FROM tasks JOIN jobs ON jobs.id = job_id WHERE worker = ? AND tasks.status = 'running'
)
ORDER BY number FOR NO KEY UPDATE
"""


class HeldRuns:
    """The runs whose rows are locked until the transaction ends: nobody else changes them, their jobs or tasks."""

    def __init__(self, connection: PostgresConnection) -> None:
        self._connection = connection
        self._held: frozenset[str] = frozenset()
        self.are_touched = False
        """Whether the present change has had to do with any run."""

    def note(self, *run_ids: str) -> None:
        """These have been locked by another statement."""
        self._held |= frozenset(run_ids)
        self.are_touched = True

    def hold(self, run_id: str) -> None:
        """Lock a run, if there is one with this id."""
        self.are_touched = True
        if run_id not in self._held:
            self._connection.rows(_HOLD, (run_id,))
            self.note(run_id)

    def hold_of_job(self, job_id: int) -> None:
        """Lock the run of a job."""
        for (run_id,) in self._connection.rows(_OF_JOB, (job_id,)):
            self.hold(run_id)

    def hold_of_worker(self, worker_id: str) -> None:
        """Lock every run of which a worker has tasks, the oldest first, as everybody does who locks several."""
        self.note(*(run_id for (run_id,) in self._connection.rows(_OF_WORKER, (worker_id,))))

    def mark(self) -> frozenset[str]:
        """What is held, for ``undo``."""
        return self._held

    def undo(self, mark: Iterable[str]) -> None:
        """What was locked since has been let go of."""
        self._held = frozenset(mark)
