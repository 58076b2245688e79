"""Every read of the port, each on a snapshot of its own: what all engines share."""

from abc import abstractmethod
from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager
from datetime import datetime

from catalogctl.domain.catalogue import Column, Datasource, Table
from catalogctl.domain.events import LogPage, LogPosition
from catalogctl.domain.meaning import Kpi, LlmUse, SearchHit, SuggestedQuestion
from catalogctl.domain.ports.store import Reads
from catalogctl.domain.runs import Job, JobType, Run, RunKind, RunningStatus, Status
from catalogctl.domain.sources import Source
from catalogctl.domain.tasks import Lease, StepTally, Task, Worker


class SnapshotReads(Reads):
    """The reads of a store, each answered from one moment that is let go of as soon as the answer is there."""

    @abstractmethod
    def _snapshot(self) -> AbstractContextManager[Reads]:
        """The last commit, standing still while the context is open. Raises StoreUnavailable."""

    def position(self) -> LogPosition:
        with self._snapshot() as reads:
            return reads.position()

    def page_since(
        self, seq: int, *, limit: int, topics: Collection[str] | None = None, run_id: str | None = None
    ) -> LogPage:
        with self._snapshot() as reads:
            return reads.page_since(seq, limit=limit, topics=topics, run_id=run_id)

    def sources(self) -> list[Source]:
        with self._snapshot() as reads:
            return reads.sources()

    def source(self, name: str) -> Source | None:
        with self._snapshot() as reads:
            return reads.source(name)

    def run(self, run_id: str) -> Run | None:
        with self._snapshot() as reads:
            return reads.run(run_id)

    def run_ids(self, prefix: str, *, limit: int) -> list[str]:
        with self._snapshot() as reads:
            return reads.run_ids(prefix, limit=limit)

    def run_numbered(self, number: int) -> Run | None:
        with self._snapshot() as reads:
            return reads.run_numbered(number)

    def runs(
        self,
        *,
        limit: int,
        before: int | None = None,
        source: str | None = None,
        kind: RunKind | None = None,
        status: Status | None = None,
    ) -> list[Run]:
        with self._snapshot() as reads:
            return reads.runs(limit=limit, before=before, source=source, kind=kind, status=status)

    def active_runs(self) -> list[Run]:
        with self._snapshot() as reads:
            return reads.active_runs()

    def running_status(self) -> RunningStatus:
        with self._snapshot() as reads:
            return reads.running_status()

    def job(self, job_id: int) -> Job | None:
        with self._snapshot() as reads:
            return reads.job(job_id)

    def jobs(
        self,
        *,
        limit: int,
        before: int | None = None,
        status: Status | None = None,
        job_type: JobType | None = None,
        source: str | None = None,
    ) -> list[Job]:
        with self._snapshot() as reads:
            return reads.jobs(limit=limit, before=before, status=status, job_type=job_type, source=source)

    def tasks(self, job_id: int, *, limit: int, status: Status | None = None, after: int | None = None) -> list[Task]:
        with self._snapshot() as reads:
            return reads.tasks(job_id, limit=limit, status=status, after=after)

    def task_results(self, job_id: int, step: str) -> Iterable[Task]:
        with self._snapshot() as reads:
            return list(reads.task_results(job_id, step))

    def tallies(self, job_id: int) -> list[StepTally]:
        with self._snapshot() as reads:
            return reads.tallies(job_id)

    def running_tasks(self) -> list[Task]:
        with self._snapshot() as reads:
            return reads.running_tasks()

    def leases(self) -> list[Lease]:
        with self._snapshot() as reads:
            return reads.leases()

    def workers(self) -> list[Worker]:
        with self._snapshot() as reads:
            return reads.workers()

    def catalogue(
        self, *, source: str | None = None, table: str | None = None, profile: bool = True
    ) -> list[Datasource]:
        with self._snapshot() as reads:
            return reads.catalogue(source=source, table=table, profile=profile)

    def table(self, table_id: int) -> Table | None:
        with self._snapshot() as reads:
            return reads.table(table_id)

    def column(self, column_id: int) -> Column | None:
        with self._snapshot() as reads:
            return reads.column(column_id)

    def search(self, words: str, *, limit: int) -> list[SearchHit]:
        with self._snapshot() as reads:
            return reads.search(words, limit=limit)

    def kpis(self, *, source: str | None = None) -> list[Kpi]:
        with self._snapshot() as reads:
            return reads.kpis(source=source)

    def questions(self, *, source: str | None = None) -> list[SuggestedQuestion]:
        with self._snapshot() as reads:
            return reads.questions(source=source)

    def llm_uses(self, *, since: datetime) -> list[LlmUse]:
        with self._snapshot() as reads:
            return reads.llm_uses(since=since)
