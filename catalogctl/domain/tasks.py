"""Tasks: the work that can be claimed, retried and resumed on its own, and who does it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalogctl.domain.runs import Run, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """A task to be queued: *key* is unique within its step of its job (a table's name, a batch's number)."""

    step: str
    key: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One unit of work inside a step.

    *attempt* counts claims, but for those that were returned.
    """

    id: int
    job_id: int
    run_id: str
    step: str
    key: str
    payload: Mapping[str, Any]
    status: Status = Status.PENDING
    attempt: int = 0
    worker: str | None = None
    lease_until: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    error: str | None = None
    result: Mapping[str, Any] | None = None

    @property
    def fence(self) -> tuple[object, ...]:
        """The fencing token, which no other claim has: a result is taken only from the one that holds the lease."""
        return self.id, self.attempt, self.worker, self.started_at


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTally:
    """How the tasks of one step stand, without reading each of them; *active* holds the keys of at most eight."""

    step: str
    counts: Mapping[Status, int]
    active: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """All tasks of the step."""
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        """Those that reached a final status."""
        return sum(count for status, count in self.counts.items() if status.is_final)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A process that claims tasks; with *run_id* it serves that run alone, with *sources* only runs on these."""

    id: str
    host: str
    pid: int
    started_at: datetime
    run_id: str | None = None
    sources: tuple[str, ...] = ()

    @property
    def serves_all(self) -> bool:
        """True when there is no run whose tasks this worker would not take."""
        return self.run_id is None and not self.sources

    def serves(self, run: Run) -> bool:
        """True when this worker would take tasks of that run."""
        return self.run_id in {None, run.run_id} and (not self.sources or run.source in self.sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """An enlisted worker, and until when it is believed to live without another heartbeat."""

    worker: Worker
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A worker at its work: whether its process lives, until when it is believed to, and the *tasks* in its hands."""

    worker: Worker
    is_alive: bool
    lease_until: datetime
    tasks: tuple[Task, ...] = ()
