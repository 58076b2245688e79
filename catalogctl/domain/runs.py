"""Runs, jobs and steps, and the one table of their legal transitions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from catalogctl.domain.errors import IllegalTransition

MAX_ACTIVE_SHOWN = 8
MAX_WARNINGS_KEPT = 100


class Status(StrEnum):
    """Where a run, a job, a step or a task stands."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """True once nothing more will happen within this attempt."""
        return self in FINAL

    @property
    def is_active(self) -> bool:
        """True while there is work left; pending counts as running."""
        return self not in FINAL


FINAL = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED})

# A retry is the way from failed or cancelled back to pending; completed is the end.
LEGAL: Mapping[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.RUNNING, Status.FAILED, Status.CANCELLED}),
    Status.RUNNING: frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED}),
    Status.COMPLETED: frozenset(),
    Status.FAILED: frozenset({Status.PENDING}),
    Status.CANCELLED: frozenset({Status.PENDING}),
}


def check_transition(what: str, present: Status, wanted: Status) -> None:
    """Raise IllegalTransition unless *what* may go from *present* to *wanted*."""
    if wanted not in LEGAL[present]:
        raise IllegalTransition(f"{what} is {present} and cannot become {wanted}")


class JobType(StrEnum):
    """The two pipelines."""

    EXTRACTION = "extraction"
    ENRICHMENT = "enrichment"


class RunKind(StrEnum):
    """What a run was asked for."""

    EXTRACTION = "extraction"
    ENRICHMENT = "enrichment"
    REFRESH = "refresh"

    @property
    def job_types(self) -> tuple[JobType, ...]:
        """The jobs of a run of this kind, in the order in which they are done."""
        return {
            RunKind.EXTRACTION: (JobType.EXTRACTION,),
            RunKind.ENRICHMENT: (JobType.ENRICHMENT,),
            RunKind.REFRESH: (JobType.EXTRACTION, JobType.ENRICHMENT),
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A warning on a job: something was left out or is stale, and the run went on."""

    message: str
    table: str | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A named stage of a job; *done* of *total* tasks, and the keys of some that are being worked on."""

    key: str
    title: str
    status: Status = Status.PENDING
    done: int = 0
    total: int | None = None
    active: tuple[str, ...] = ()
    started_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One pipeline of a run. This is the record on the wire."""

    id: int
    run_id: str
    job_type: JobType
    created_at: datetime
    status: Status = Status.PENDING
    attempt: int = 1
    progress: int = 0
    steps: tuple[Step, ...] = ()
    step_index: int | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    details: Mapping[str, Any] | None = None
    result: Mapping[str, Any] | None = None
    error_message: str | None = None
    warnings: tuple[Note, ...] = ()
    warnings_total: int = 0

    @property
    def current_step(self) -> str | None:
        """The key of the step that is being done, or where the job stopped."""
        return None if self.step_index is None else self.steps[self.step_index].key

    def started(self, at: datetime) -> Self:
        """Take up the work."""
        check_transition(f"job {self.id}", self.status, Status.RUNNING)
        return replace(self, status=Status.RUNNING, started_at=at)

    def progressed(self, *, steps: tuple[Step, ...], step_index: int | None, progress: int) -> Self:
        """Stand further along; progress never goes backwards and reaches 100 only by completion."""
        reached = max(self.progress, min(99, progress))
        return replace(self, steps=steps, step_index=step_index, progress=reached)

    def warned(self, note: Note) -> Self:
        """Carry one more warning; past the limit they are only counted."""
        kept = (*self.warnings, note)[:MAX_WARNINGS_KEPT]
        return replace(self, warnings=kept, warnings_total=self.warnings_total + 1)

    def completed(self, *, result: Mapping[str, Any], at: datetime) -> Self:
        """End well, with what was achieved."""
        check_transition(f"job {self.id}", self.status, Status.COMPLETED)
        steps = tuple(_closed(step, Status.COMPLETED, at) for step in self.steps)
        return replace(self, status=Status.COMPLETED, progress=100, steps=steps, result=result, completed_at=at)

    def failed(self, *, error: str, at: datetime) -> Self:
        """End badly; step and progress stay, so that a picture can show where."""
        return self._stopped(Status.FAILED, error, at)

    def cancelled(self, *, at: datetime, reason: str | None = None) -> Self:
        """End because somebody, or the job before, said so."""
        return self._stopped(Status.CANCELLED, reason, at)

    def retried(self) -> Self:
        """Stand ready for a new attempt; what earlier attempts achieved is in the tasks, not here."""
        check_transition(f"job {self.id}", self.status, Status.PENDING)
        return replace(
            self,
            status=Status.PENDING,
            attempt=self.attempt + 1,
            progress=0,
            steps=tuple(
                replace(step, status=Status.PENDING, active=(), started_at=None, completed_at=None)
                for step in self.steps
            ),
            step_index=None,
            started_at=None,
            completed_at=None,
            result=None,
            error_message=None,
            warnings=(),
            warnings_total=0,
        )

    def _stopped(self, status: Status, message: str | None, at: datetime) -> Self:
        check_transition(f"job {self.id}", self.status, status)
        steps = [_closed(step, status, at) if step.status is Status.RUNNING else step for step in self.steps]
        if status is Status.FAILED and self.step_index is not None:
            # All its tasks may have been tried, and the job fails for what came of them.
            steps[self.step_index] = replace(steps[self.step_index], status=status)
        return replace(self, status=status, steps=tuple(steps), error_message=message, completed_at=at)


def _closed(step: Step, status: Status, at: datetime) -> Step:
    if step.status.is_final:
        return step
    return replace(step, status=status, active=(), started_at=step.started_at or at, completed_at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What the caller chose for this run; empty means the defaults.

    *sample* bounds the rows that are profiled of a table; *estimates* has none read where the server's statistics do.
    """

    tables: tuple[str, ...] = ()
    sample: int | None = None
    estimates: bool = False
    deadline: float | None = None
    model: str | None = None
    max_cost: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of one or two jobs on one source.

    *last_seq* is the seq of its newest event: this value is the state after that event and before the next.
    """

    run_id: str
    number: int
    source: str
    kind: RunKind
    created_at: datetime
    status: Status = Status.PENDING
    started_at: datetime | None = None
    completed_at: datetime | None = None
    options: RunOptions = RunOptions()
    last_seq: int = 0
    jobs: tuple[Job, ...] = ()

    def with_jobs(self, jobs: tuple[Job, ...], *, at: datetime) -> Self:
        """Carry *jobs* and the status that follows from them, entered at *at*."""
        status = status_of(jobs)
        if status is self.status:
            return replace(self, jobs=jobs)
        started = min((job.started_at for job in jobs if job.started_at), default=None)
        return replace(self, jobs=jobs, status=status, started_at=started, completed_at=at if status.is_final else None)


def status_of(jobs: tuple[Job, ...]) -> Status:
    """The status of a run with these *jobs*: the first that ended badly decides, then any work left."""
    if all(job.status.is_final for job in jobs):
        return next((job.status for job in jobs if job.status is not Status.COMPLETED), Status.COMPLETED)
    untouched = all(job.status is Status.PENDING for job in jobs)
    return Status.PENDING if untouched else Status.RUNNING


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningStatus:
    """Whether anything runs: the oldest active run first. *seq* is the newest event when this was read."""

    active_run_ids: tuple[str, ...] = ()
    seq: int = 0

    @property
    def is_running(self) -> bool:
        """True while any run is pending or running."""
        return bool(self.active_run_ids)

    @property
    def current_run_id(self) -> str | None:
        """The oldest active run, whatever its kind."""
        return self.active_run_ids[0] if self.active_run_ids else None
