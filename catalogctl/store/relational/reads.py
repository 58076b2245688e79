"""The reads of the port on one connection: each statement finds its rows by an index, however long the history is."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, ClassVar

from catalogctl.domain.catalogue import Column, Datasource, Table
from catalogctl.domain.events import MAX_SEQ, TOPICS, LogPage, LogPosition
from catalogctl.domain.meaning import Kpi, LlmUse, SuggestedQuestion
from catalogctl.domain.ports.store import Reads
from catalogctl.domain.runs import MAX_ACTIVE_SHOWN, Job, JobType, Run, RunKind, RunningStatus, Status
from catalogctl.domain.sources import Source
from catalogctl.domain.tasks import Lease, StepTally, Task, Worker
from catalogctl.store.relational import rows
from catalogctl.store.relational.catalogue_reads import read_catalogue, read_column, read_table
from catalogctl.store.relational.connection import Connection, Row
from catalogctl.store.relational.meaning_reads import read_kpis, read_questions, read_uses
from catalogctl.store.relational.pages import page_query

IS_ACTIVE = "status IN ('pending', 'running')"

_KINDS = tuple(kind.value for kind in RunKind)
_STATUSES = tuple(status.value for status in Status)
_JOB_TYPES = tuple(job_type.value for job_type in JobType)


# Results are large and need not stand in memory together.
_RESULTS_AT_ONCE = 100


class RelationalReads(Reads):
    """The reads of the port but for the search; whoever holds the connection says of which moment they are."""

    LATEST: ClassVar[str]
    """An expression for the seq of the newest event that there ever was, 0 for none."""

    COUNTS: ClassVar[str]
    """The query for step, status, count and lowest id of a job's tasks, for each step and status, by that id."""

    HELD: ClassVar[str] = ""
    """What ends a SELECT of a row that is to stay as it is until the transaction ends."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def connection(self) -> Connection:
        """What it reads by."""
        return self._connection

    def _rows(self, query: str, *parameters: Any) -> list[Row]:
        return self._connection.rows(query, parameters)

    def _row(self, query: str, *parameters: Any) -> Row | None:
        found = self._connection.rows(query, parameters)
        return found[0] if found else None

    def position(self) -> LogPosition:
        [(epoch, pruned, latest)] = self._rows(f"SELECT epoch, pruned, {self.LATEST} FROM log")
        return LogPosition(epoch=epoch, pruned=pruned, latest=latest)

    def page_since(
        self, seq: int, *, limit: int, topics: Collection[str] | None = None, run_id: str | None = None
    ) -> LogPage:
        position = self.position()
        chosen = TOPICS if topics is None else tuple(topic for topic in TOPICS if topic in topics)
        filters: dict[str, Collection[Any]] = {} if run_id is None else {"run_id": (run_id,)}
        if run_id is not None or chosen != TOPICS:
            filters["topic"] = chosen
        query, parameters = page_query(rows.EVENT, table="events", key="seq", filters=filters, beyond=seq, limit=limit)
        events = [rows.event_from_row(row) for row in self._rows(query, *parameters)]
        return LogPage(position=position, events=events, is_full=len(events) == limit)

    def sources(self) -> list[Source]:
        return [rows.source_from_row(row) for row in self._rows(f"SELECT {rows.SOURCE} FROM sources ORDER BY name")]

    def source(self, name: str) -> Source | None:
        row = self._row(f"SELECT {rows.SOURCE} FROM sources WHERE name = ?{self.HELD}", name)
        return None if row is None else rows.source_from_row(row)

    def run(self, run_id: str) -> Run | None:
        row = self._row(f"SELECT {rows.RUN} FROM runs WHERE run_id = ?{self.HELD}", run_id)
        return None if row is None else self._with_jobs([row])[0]

    def run_ids(self, prefix: str, *, limit: int) -> list[str]:
        # A range and not LIKE: the prefix is what somebody typed, and upper and lower case differ.
        query = "SELECT run_id FROM runs WHERE run_id >= ? AND run_id < ? ORDER BY number DESC LIMIT ?"
        return [run_id for (run_id,) in self._rows(query, prefix, prefix + chr(0x10FFFF), limit)]

    def run_numbered(self, number: int) -> Run | None:
        row = self._row(f"SELECT {rows.RUN} FROM runs WHERE number = ?", number)
        return None if row is None else self._with_jobs([row])[0]

    def runs(
        self,
        *,
        limit: int,
        before: int | None = None,
        source: str | None = None,
        kind: RunKind | None = None,
        status: Status | None = None,
    ) -> list[Run]:
        filters: dict[str, Collection[Any]] = {} if source is None else {"source": (source,)}
        if filters or kind is not None:
            filters["kind"] = _KINDS if kind is None else (kind.value,)
        if filters or status is not None:
            filters["status"] = _STATUSES if status is None else (status.value,)
        query, parameters = page_query(
            rows.RUN,
            table="runs",
            key="number",
            filters=filters,
            beyond=MAX_SEQ if before is None else before,
            limit=limit,
            is_descending=True,
        )
        return self._with_jobs(self._rows(query, *parameters))

    def active_runs(self) -> list[Run]:
        return self._with_jobs(self._rows(f"SELECT {rows.RUN} FROM runs WHERE {IS_ACTIVE} ORDER BY number"))

    def _with_jobs(self, run_rows: list[Row]) -> list[Run]:
        jobs: dict[str, list[Job]] = {row[0]: [] for row in run_rows}
        query = f"SELECT {rows.JOB} FROM jobs WHERE {self._connection.one_of('run_id', 'runs')} ORDER BY id"
        for row in self._connection.rows(query, {"runs": self._connection.listed(jobs)}):
            job = rows.job_from_row(row)
            jobs[job.run_id].append(job)
        return [rows.run_from_row(row, tuple(jobs[row[0]])) for row in run_rows]

    def running_status(self) -> RunningStatus:
        [(latest,)] = self._rows(f"SELECT {self.LATEST} FROM log")
        active = self._rows(f"SELECT run_id FROM runs WHERE {IS_ACTIVE} ORDER BY number")
        return RunningStatus(active_run_ids=tuple(run_id for (run_id,) in active), seq=latest)

    def job(self, job_id: int) -> Job | None:
        row = self._row(f"SELECT {rows.JOB} FROM jobs WHERE id = ?", job_id)
        return None if row is None else rows.job_from_row(row)

    def jobs(
        self,
        *,
        limit: int,
        before: int | None = None,
        status: Status | None = None,
        job_type: JobType | None = None,
        source: str | None = None,
    ) -> list[Job]:
        filters: dict[str, Collection[Any]] = {} if source is None else {"source": (source,)}
        if filters or status is not None or job_type is not None:
            filters["job_type"] = _JOB_TYPES if job_type is None else (job_type.value,)
            filters["status"] = _STATUSES if status is None else (status.value,)
        query, parameters = page_query(
            rows.JOB,
            table="jobs",
            key="id",
            filters=filters,
            beyond=MAX_SEQ if before is None else before,
            limit=limit,
            is_descending=True,
        )
        return [rows.job_from_row(row) for row in self._rows(query, *parameters)]

    def tasks(self, job_id: int, *, limit: int, status: Status | None = None, after: int | None = None) -> list[Task]:
        query, parameters = page_query(
            rows.TASK,
            table="tasks",
            key="id",
            filters={"job_id": (job_id,), "status": _STATUSES if status is None else (status.value,)},
            beyond=after or 0,
            limit=limit,
        )
        return [rows.task_from_row(row) for row in self._rows(query, *parameters)]

    def task_results(self, job_id: int, step: str) -> Iterable[Task]:
        found = self._rows("SELECT id FROM tasks WHERE job_id = ? AND step = ? ORDER BY id", job_id, step)
        ids = [id_ for (id_,) in found]
        query = f"SELECT {rows.TASK_IN_FULL} FROM tasks WHERE {self._connection.one_of('id', 'ids')} ORDER BY id"
        for start in range(0, len(ids), _RESULTS_AT_ONCE):
            chosen = self._connection.listed(ids[start : start + _RESULTS_AT_ONCE])
            yield from map(rows.task_from_row, self._connection.rows(query, {"ids": chosen}))

    def tallies(self, job_id: int) -> list[StepTally]:
        active: dict[str, list[str]] = {}
        running = "SELECT step, key FROM tasks WHERE job_id = ? AND status = 'running' ORDER BY id"
        for step, key in self._rows(running, job_id):
            active.setdefault(step, []).append(key)
        counts: dict[str, dict[Status, int]] = {}
        for step, status, count, _ in self._rows(self.COUNTS, job_id):
            counts.setdefault(step, {})[Status(status)] = count
        return [
            StepTally(step=step, counts=of_step, active=tuple(active.get(step, ())[:MAX_ACTIVE_SHOWN]))
            for step, of_step in counts.items()
        ]

    def running_tasks(self) -> list[Task]:
        # Told which index to use, because it has the running ones alone.
        held = f"tasks {self._connection.using('tasks_held')} WHERE status = 'running'"
        query = f"SELECT {rows.TASK} FROM {held} ORDER BY id"
        return [rows.task_from_row(row) for row in self._rows(query)]

    def workers(self) -> list[Worker]:
        return [lease.worker for lease in self.leases()]

    def leases(self) -> list[Lease]:
        query = f"SELECT {rows.LEASE} FROM workers ORDER BY started_at, id"
        return [rows.lease_from_row(row) for row in self._rows(query)]

    def catalogue(
        self, *, source: str | None = None, table: str | None = None, profile: bool = True
    ) -> list[Datasource]:
        return read_catalogue(self._connection, source=source, table=table, profile=profile)

    def table(self, table_id: int) -> Table | None:
        return read_table(self._connection, table_id)

    def column(self, column_id: int) -> Column | None:
        return read_column(self._connection, column_id)

    def kpis(self, *, source: str | None = None) -> list[Kpi]:
        return read_kpis(self._connection, source=source)

    def questions(self, *, source: str | None = None) -> list[SuggestedQuestion]:
        return read_questions(self._connection, source=source)

    def llm_uses(self, *, since: datetime) -> list[LlmUse]:
        return read_uses(self._connection, since=since)
