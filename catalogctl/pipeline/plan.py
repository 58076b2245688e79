"""What a pipeline is: steps, the tasks of each, the work of a task, and what follows when a step is done."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from catalogctl.domain.meaning import LlmCall
from catalogctl.domain.ports.sources import SourceReader
from catalogctl.domain.ports.store import Reads, Transaction
from catalogctl.domain.runs import Job, JobType, Note, Run, Step
from catalogctl.domain.sources import Source
from catalogctl.domain.tasks import NewTask, StepTally, Task

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A step of a pipeline before there is a job: its share of the job's progress is *weight* of the sum.

    Those in a row that are *beside* others begin together; any other begins when all before it are done.
    """

    key: str
    title: str
    weight: int
    is_beside: bool = False

    def as_step(self) -> Step:
        """The step as a job carries it."""
        return Step(key=self.key, title=self.title)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the work of one task came to.

    *apply* is called inside the transaction that records the task, so that its changes and the record of it
    become visible together; what it returns is added to *result*. With *error* the task has failed for good, and
    the rest is recorded all the same. *calls* are those of models: they are recorded whatever becomes of the task.
    """

    result: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    apply: Callable[[Transaction, datetime], Mapping[str, Any]] | None = None
    calls: Sequence[LlmCall] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """A step is done and these tasks follow; *notes* become warnings of the job."""

    tasks: Sequence[NewTask]
    notes: Sequence[Note] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A step is done and with it the job; *notes* become warnings of it, as for the others."""

    result: Mapping[str, Any]
    notes: Sequence[Note] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A step is done and the job cannot go on."""

    error: str
    notes: Sequence[Note] = ()


class Desk(Protocol):
    """What the work of a task may use; everything on it ends with the task."""

    @property
    def run(self) -> Run:
        """The run that the task belongs to."""

    @property
    def source(self) -> Source:
        """The source of the run, secrets included."""

    @property
    def store(self) -> Reads:
        """The store, for reading."""

    def reader(self, *, deadline: float | None = None) -> AbstractContextManager[SourceReader]:
        """A reader of the source, interrupted when the task is cancelled or *deadline* seconds are over."""

    def interruptible(self, cancel: Callable[[], None]) -> AbstractContextManager[None]:
        """For the length of the block *cancel* is called, from another thread, when the task is cancelled."""

    def patiently(self, read: Callable[[], T]) -> T:
        """Read the store where doing the task again would cost money: once more for as long as the store is away.

        Raises StoreUnavailable when the patience is over or the worker is told to stop.
        """


class Pipeline(Protocol):
    """One kind of job."""

    @property
    def job_type(self) -> JobType:
        """The jobs that this pipeline does."""

    def stages(self, tallies: Sequence[StepTally]) -> Sequence[Stage]:
        """The steps in their order, exact once the tasks that *tallies* count make them known."""

    def opening(self, run: Run) -> Sequence[NewTask]:
        """The tasks with which a job of this run begins."""

    def perform(self, task: Task, desk: Desk) -> Work:
        """Do one task, outside of any transaction. Raises CatalogctlError."""

    def advance(self, reads: Reads, job: Job, step: str) -> Next | Completed | Failed:
        """Say what follows now that every task of *step* is final."""
