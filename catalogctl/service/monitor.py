"""The Monitor port on a store: only what is active is counted, so that the answer does not grow with the history."""

from collections import Counter
from collections.abc import Callable

from catalogctl.domain.ports.monitor import Monitor
from catalogctl.domain.ports.store import Store
from catalogctl.domain.runs import Status
from catalogctl.domain.times import Clock
from catalogctl.domain.vitals import Vitals


class StoreMonitor(Monitor):
    """Looks after a store; *size* measures it in bytes."""

    def __init__(self, *, store: Store, clock: Clock, size: Callable[[], int | None] = lambda: None) -> None:
        self._store = store
        self._clock = clock
        self._size = size

    def vitals(self) -> Vitals:
        """How the store is doing now."""
        active = self._store.active_runs()
        tasks: Counter[Status] = Counter()
        for run in active:
            for job in run.jobs:
                for tally in self._store.tallies(job.id):
                    tasks.update(tally.counts)
        position = self._store.position()
        return Vitals(
            runs=Counter(run.status for run in active),
            tasks=tasks,
            workers=len(self._store.workers()) - len(self._store.dead_workers(self._clock())),
            latest=position.latest,
            events=position.latest - position.pruned,
            size=self._size(),
        )
