"""What happens to the work of a process that is gone: others go on with it, or the run fails with the reason."""

from datetime import datetime

from catalogctl.domain.ports.store import Reads, Store, Transaction
from catalogctl.domain.runs import Run
from catalogctl.pipeline import ledger

ABANDONED = "the process that did the work is gone"


def recover(store: Store, *, at: datetime, has_successor: bool) -> list[Run]:
    """Release what dead workers held, and fail every active run that nobody will go on with.

    With *has_successor* a worker for any run is here or about to be, and nothing is failed; without one, who is only
    late is waited for. Returns the failed runs.
    """
    for worker in store.dead_workers(at) if has_successor else store.lost_workers(at):
        store.dismiss(worker.id)
    if has_successor:
        return []

    def change(transaction: Transaction) -> list[Run]:
        # Looked at again inside the transaction: a worker may have come since, or the run have ended.
        read_again = [transaction.run(run.run_id) for run in transaction.active_runs()]
        return [
            ledger.fail_run(transaction, run, error=ABANDONED, at=at)
            for run in read_again
            if run is not None and run.status.is_active and _is_abandoned(transaction, run)
        ]

    if not any(_is_abandoned(store, run) for run in store.active_runs()):
        return []
    return store.transact(change)


def _is_abandoned(reads: Reads, run: Run) -> bool:
    return not any(worker.serves(run) for worker in reads.workers())
