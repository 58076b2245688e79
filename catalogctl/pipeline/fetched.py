"""The catalogue of a source as a job has fetched it, kept in memory for the tasks of the job that this process does."""

import threading
from collections import OrderedDict
from dataclasses import replace

from catalogctl.domain.catalogue import Datasource
from catalogctl.domain.errors import NothingSelected
from catalogctl.domain.tasks import Task
from catalogctl.pipeline.plan import Desk

_MOST = 4


class FetchedSources:
    """Reads a source once for each attempt at a job: a thousand tables take a second, and there are many tasks.

    What is kept is a convenience: a process that comes to a job later reads for itself.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, int], Datasource] = OrderedDict()

    def source(self, task: Task, desk: Desk) -> Datasource:
        """The source of *task* with its enabled tables. Raises NothingSelected when the catalogue has nothing of it."""
        key = _attempt(task, desk)
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None:
            return kept
        found = _read(desk)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return found

    def forget(self, task: Task, desk: Desk) -> None:
        """The job of *task* needs it no more."""
        with self._lock:
            self._kept.pop(_attempt(task, desk), None)


def _attempt(task: Task, desk: Desk) -> tuple[int, int]:
    return task.job_id, next(job.attempt for job in desk.run.jobs if job.id == task.job_id)


def _read(desk: Desk) -> Datasource:
    found = desk.store.catalogue(source=desk.source.name)
    if not found:
        raise NothingSelected(f"the catalogue has nothing of {desk.source.name!r}", hint="Extract it first.")
    return replace(found[0], tables=tuple(table for table in found[0].tables if table.is_enabled))
