"""The port to where everything lives: its log, what it answers, and what changes it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from catalogctl.domain.catalogue import CatalogueCounts, Column, Datasource, ExtractedTable, Table
from catalogctl.domain.events import LogPage, LogPosition, NewEvent
from catalogctl.domain.meaning import (
    InferredKey,
    Kpi,
    KpiResult,
    LlmCall,
    LlmUse,
    QuestionDraft,
    SearchHit,
    SuggestedQuestion,
    TableMeaning,
)
from catalogctl.domain.runs import Job, JobType, Run, RunKind, RunningStatus, RunOptions, Status
from catalogctl.domain.sources import Identity, Source
from catalogctl.domain.tasks import Lease, NewTask, StepTally, Task, Worker

T = TypeVar("T")


class Log(Protocol):
    """The log of events, as its readers see it."""

    def position(self) -> LogPosition:
        """What the log holds now. Raises StoreUnavailable."""

    def page_since(
        self,
        seq: int,
        *,
        limit: int,
        topics: Collection[str] | None = None,
        run_id: str | None = None,
    ) -> LogPage:
        """At most *limit* events after *seq*. None for *topics* means all."""


class Reads(Log, Protocol):
    """What a store answers, from the last commit on; inside a transaction, what it changed included."""

    def sources(self) -> list[Source]:
        """All registered sources by name, secrets included."""

    def source(self, name: str) -> Source | None:
        """The source called *name*."""

    def run(self, run_id: str) -> Run | None:
        """The run with its jobs in their order; run, jobs and last_seq are of one moment."""

    def run_ids(self, prefix: str, *, limit: int) -> list[str]:
        """Full ids that begin with *prefix*, newest run first."""

    def run_numbered(self, number: int) -> Run | None:
        """The run with this small number."""

    def runs(
        self,
        *,
        limit: int,
        before: int | None = None,
        source: str | None = None,
        kind: RunKind | None = None,
        status: Status | None = None,
    ) -> list[Run]:
        """Runs, newest first; *before* is the number of the last one of the page before."""

    def active_runs(self) -> list[Run]:
        """Runs that are pending or running, oldest first."""

    def running_status(self) -> RunningStatus:
        """Whether anything runs; ids and seq are of one moment."""

    def job(self, job_id: int) -> Job | None:
        """The job with this id."""

    def jobs(
        self,
        *,
        limit: int,
        before: int | None = None,
        status: Status | None = None,
        job_type: JobType | None = None,
        source: str | None = None,
    ) -> list[Job]:
        """Jobs, newest first; *before* is the id of the last one of the page before."""

    def tasks(self, job_id: int, *, limit: int, status: Status | None = None, after: int | None = None) -> list[Task]:
        """Tasks of a job by id, without payload and result; *after* is the last id of the page before."""

    def task_results(self, job_id: int, step: str) -> Iterable[Task]:
        """All tasks of a step by id, payload and result included."""

    def tallies(self, job_id: int) -> list[StepTally]:
        """How each step's tasks stand; steps without tasks are absent."""

    def running_tasks(self) -> list[Task]:
        """The running tasks of all jobs by id, without payload: who works on what."""

    def workers(self) -> list[Worker]:
        """All enlisted workers, dead ones too until they are dismissed."""

    def leases(self) -> list[Lease]:
        """The same workers, each with the end of its lease."""

    def catalogue(
        self, *, source: str | None = None, table: str | None = None, profile: bool = True
    ) -> list[Datasource]:
        """The catalogue as a tree ordered by name; without *profile* the columns carry None there. A source is in
        it from its first ``save_tables`` until ``clear_catalogue``.
        """

    def table(self, table_id: int) -> Table | None:
        """The table with this id, its columns included."""

    def column(self, column_id: int) -> Column | None:
        """The column with this id."""

    def search(self, words: str, *, limit: int) -> list[SearchHit]:
        """Tables and columns whose name, synonyms or description hold all *words*, best first; accents, case and
        the form of names (``order_items``, ``orderItems``) do not matter.
        """

    def kpis(self, *, source: str | None = None) -> list[Kpi]:
        """The key figures, by source and in the order in which they were saved."""

    def questions(self, *, source: str | None = None) -> list[SuggestedQuestion]:
        """The suggested questions, by source and display order."""

    def llm_uses(self, *, since: datetime) -> list[LlmUse]:
        """The recorded calls of models at or after *since*, oldest first."""


class Transaction(Reads, Protocol):
    """Changes that become visible together, at the commit, or not at all. NaN and infinity raise ValueError.

    A run that was read by its id, a job likewise, and a source that was read by its name stay as they are until the
    end, but for what is changed here; all that is read otherwise others may change meanwhile. So a change reads what it
    is about first, and first of all the run.
    """

    def append(self, event: NewEvent) -> None:
        """Append to the log; a run's event becomes its last_seq."""

    def add_source(self, identity: Identity, *, at: datetime) -> Source:
        """Register a source. Raises SourceExists when the name is taken."""

    def touch_source(self, source_id: int, *, extracted_at: datetime) -> None:
        """Note when a source was extracted."""

    def remove_source(self, source_id: int) -> None:
        """Forget a source and its catalogue; runs and events stay as history."""

    def add_run(self, *, run_id: str, source: str, kind: RunKind, options: RunOptions, at: datetime) -> Run:
        """Create a pending run with its pending jobs; number and job ids grow. One active run a source:
        a second raises RunActive with ``data["run_id"]`` of the first.
        """

    def put_run(self, run: Run) -> None:
        """Write the run and its jobs as they now are; last_seq is left to ``append``. Raises RunNotFound, and
        RunActive when it would be the second active run of its source.
        """

    def add_tasks(self, job: Job, tasks: Sequence[NewTask]) -> None:
        """Queue tasks; one whose step and key the job already has is left as it is."""

    def claim_task(
        self, worker: Worker, *, at: datetime, lease_until: datetime, per_source: int | None = None
    ) -> Task | None:
        """Take the oldest task that is pending, or running in another worker's hands with its lease over, of an active
        run that *worker* serves: it becomes running, its attempt grows by one. None when there is none, and also when
        others are just then at every run that has one, if this transaction has already had to do with another run.

        The run on which the fewest tasks are at work (running, their lease not over) comes first, then the oldest, so
        that a long one does not keep another waiting. With *per_source*, nothing is taken from a source on which so
        many are at work already.
        """

    def finish_task(
        self,
        task: Task,
        *,
        status: Status,
        at: datetime,
        result: Mapping[str, Any] | None = None,
        error: str | None = None,
    ) -> bool:
        """Record the outcome; pending puts it back for another attempt. False, and nothing changed, when the
        task is no longer running in ``task.attempt``: somebody else has it, or it was cancelled.
        """

    def return_task(self, task: Task) -> bool:
        """Make it pending again as if it had not been claimed. False, and nothing changed, as for ``finish_task``."""

    def cancel_tasks(self, job_id: int, *, at: datetime) -> None:
        """Every task of the job that is not final becomes cancelled."""

    def requeue_tasks(self, job_id: int) -> None:
        """Every failed or cancelled task of the job becomes pending again, its attempts counted anew."""

    def remove_tasks(self, job_id: int, *, steps: Collection[str]) -> None:
        """Forget the tasks of these steps of the job, whatever became of them."""

    def release_tasks(self, worker_id: str) -> None:
        """The running tasks of this worker become pending again; attempts stay counted."""

    def save_tables(
        self, source_id: int, tables: Sequence[ExtractedTable], *, at: datetime, is_complete: bool
    ) -> CatalogueCounts:
        """Write tables and columns in place: ids, descriptions and what is not given stay. With *is_complete*,
        tables not given are removed; columns not given always are, and a column that only its table's metadata
        names stays as it is. What was generated and speaks of data that are no longer the same is shown with its day.
        Returns the counts of what was given. Raises SourceNotFound.
        """

    def describe_table(self, table_id: int, text: str, *, at: datetime) -> None:
        """Write what a person says of a table: shown before any other description, kept by name when the table is
        removed, back when it comes back. Raises TableNotFound.
        """

    def describe_column(self, column_id: int, text: str, *, at: datetime) -> None:
        """The same for a column. Raises NotFound."""

    def save_meanings(
        self, source_id: int, meanings: Sequence[TableMeaning], *, keys: Sequence[InferredKey] | None, at: datetime
    ) -> None:
        """Write what is generated for the tables and columns that are named and exist; what a person wrote stays in
        front of it. What the rules say takes the place of what they said, None and empty included. What a model says
        stays in front of the rules until a model says something else, and whether data are personal until it is said
        anew. *keys*, unless None, replace the source's inferred keys.
        """

    def set_enabled(self, table_id: int, *, is_enabled: bool, at: datetime) -> None:
        """Include a table in enrichment, or leave it out; extraction again does not change that."""

    def save_kpis(self, source_id: int, kpis: Sequence[KpiResult], *, at: datetime) -> None:
        """Replace the key figures of a source; one of the same title keeps its id."""

    def save_questions(self, source_id: int, questions: Sequence[QuestionDraft], *, at: datetime) -> None:
        """Replace the suggested questions of a source; one of the same words keeps its id."""

    def add_llm_use(self, call: LlmCall, *, run_id: str | None, at: datetime) -> None:
        """Record a call of a model."""

    def clear_catalogue(self, source_id: int) -> None:
        """Remove all that the catalogue holds of a source, human descriptions included."""

    def prune_events(self, *, keep: int, older_than: datetime, limit: int = 10_000) -> int:
        """Remove from the old end, up to the first event that is among the newest *keep* and not before
        *older_than*; at most *limit* at a time, so that nobody waits long. Returns how many.
        """


class Store(Reads, Protocol):
    """Where everything lives. Safe to use from many threads; every method raises StoreUnavailable."""

    def transact(self, change: Callable[[Transaction], T]) -> T:
        """Run *change* and commit; what it raised is raised again and nothing is changed.

        Durable when it returns. *change* may run in another thread, and more than once until it is committed; its
        commit may be shared with others.
        """

    def enlist(self, worker: Worker, *, lease_until: datetime) -> None:
        """Make a worker known, and this process its keeper: when the process dies, so does the worker. A worker
        that was dismissed by mistake is made known again in the same way.
        """

    def renew(self, worker_id: str, *, lease_until: datetime) -> None:
        """The worker's heartbeat: its own lease and those of its running tasks. Nothing for an unknown worker."""

    def dismiss(self, worker_id: str) -> None:
        """Forget a worker; its running tasks become pending again. One that is unknown is forgotten already."""

    def dead_workers(self, now: datetime) -> list[Worker]:
        """Enlisted workers whose process is gone, or whose lease is over: others may go on with their work."""

    def lost_workers(self, now: datetime) -> list[Worker]:
        """Those of them who will not come back: whose process is gone or, where that cannot be seen, whose lease is
        over. One that has slept or was frozen is not lost.
        """

    def close(self) -> None:
        """Release everything; further calls raise StoreUnavailable."""
