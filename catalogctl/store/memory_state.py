"""What the reference engine holds, and its answers: plain values in dictionaries, looked through from end to end."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from catalogctl.domain.catalogue import Column, Datasource, Table
from catalogctl.domain.events import Event, LogPage, LogPosition
from catalogctl.domain.meaning import InferredKey, Kpi, LlmUse, SearchHit, SuggestedQuestion
from catalogctl.domain.ports.store import Reads
from catalogctl.domain.runs import MAX_ACTIVE_SHOWN, Job, JobType, Run, RunKind, RunningStatus, Status
from catalogctl.domain.sources import Source
from catalogctl.domain.tasks import Lease, StepTally, Task, Worker
from catalogctl.store.memory_voices import Voices
from catalogctl.store.searching import Query, Texts, whole_names, words_of, words_of_names


@dataclass(slots=True, kw_only=True)
class State:
    """One moment of the store. A committed state is never changed again: a transaction works on a copy.

    *events* are in the order of their seq, *runs* in that of their numbers. *described* holds what people wrote, by
    source id, table and column name (None for the table itself), so that it outlives what it describes. *inferred* has
    the share of each inferred key by the ids of its two columns; a key lives as long as both. *tables* and *columns*
    have what the rules say of them; *voices*, by their kind and id, what others say. *kpis* and *questions* are by
    source id.
    """

    epoch: str
    pruned: int = 0
    latest: int = 0
    events: list[Event] = field(default_factory=list)
    sources: dict[int, Source] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    tasks: dict[int, Task] = field(default_factory=dict)
    workers: dict[str, Worker] = field(default_factory=dict)
    leases: dict[str, datetime] = field(default_factory=dict)
    datasources: dict[int, Datasource] = field(default_factory=dict)
    tables: dict[int, Table] = field(default_factory=dict)
    columns: dict[int, Column] = field(default_factory=dict)
    described: dict[tuple[int, str, str | None], str] = field(default_factory=dict)
    inferred: dict[tuple[int, int], float] = field(default_factory=dict)
    voices: dict[tuple[type[Table | Column], int], Voices] = field(default_factory=dict)
    kpis: dict[int, tuple[Kpi, ...]] = field(default_factory=dict)
    questions: dict[int, tuple[SuggestedQuestion, ...]] = field(default_factory=dict)
    llm_uses: list[LlmUse] = field(default_factory=list)
    last_ids: Counter[str] = field(default_factory=Counter)

    def copy(self) -> Self:
        """The same moment, to be changed."""
        return replace(
            self,
            events=self.events.copy(),
            sources=self.sources.copy(),
            runs=self.runs.copy(),
            tasks=self.tasks.copy(),
            workers=self.workers.copy(),
            leases=self.leases.copy(),
            datasources=self.datasources.copy(),
            tables=self.tables.copy(),
            columns=self.columns.copy(),
            described=self.described.copy(),
            inferred=self.inferred.copy(),
            voices=self.voices.copy(),
            kpis=self.kpis.copy(),
            questions=self.questions.copy(),
            llm_uses=self.llm_uses.copy(),
            last_ids=self.last_ids.copy(),
        )

    def next_id(self, kind: str) -> int:
        """An id that was never given before."""
        self.last_ids[kind] += 1
        return self.last_ids[kind]


class MemoryReads(Reads):
    """The reads of the port on one state."""

    def __init__(self, state: State) -> None:
        self._state = state

    def position(self) -> LogPosition:
        return LogPosition(epoch=self._state.epoch, pruned=self._state.pruned, latest=self._state.latest)

    def page_since(
        self, seq: int, *, limit: int, topics: Collection[str] | None = None, run_id: str | None = None
    ) -> LogPage:
        events = [
            event
            for event in self._state.events
            if event.seq > seq
            and (topics is None or event.topic in topics)
            and (run_id is None or event.run_id == run_id)
        ]
        return LogPage(position=self.position(), events=events[:limit], is_full=len(events) >= limit)

    def sources(self) -> list[Source]:
        return sorted(self._state.sources.values(), key=lambda source: source.name)

    def source(self, name: str) -> Source | None:
        return next((source for source in self._state.sources.values() if source.name == name), None)

    def run(self, run_id: str) -> Run | None:
        return self._state.runs.get(run_id)

    def run_ids(self, prefix: str, *, limit: int) -> list[str]:
        return [run_id for run_id in reversed(self._state.runs) if run_id.startswith(prefix)][:limit]

    def run_numbered(self, number: int) -> Run | None:
        return next((run for run in self._state.runs.values() if run.number == number), None)

    def runs(
        self,
        *,
        limit: int,
        before: int | None = None,
        source: str | None = None,
        kind: RunKind | None = None,
        status: Status | None = None,
    ) -> list[Run]:
        return [
            run
            for run in reversed(self._state.runs.values())
            if (before is None or run.number < before)
            and (source is None or run.source == source)
            and (kind is None or run.kind is kind)
            and (status is None or run.status is status)
        ][:limit]

    def active_runs(self) -> list[Run]:
        return [run for run in self._state.runs.values() if run.status.is_active]

    def running_status(self) -> RunningStatus:
        return RunningStatus(active_run_ids=tuple(run.run_id for run in self.active_runs()), seq=self._state.latest)

    def job(self, job_id: int) -> Job | None:
        return next((job for run in self._state.runs.values() for job in run.jobs if job.id == job_id), None)

    def jobs(
        self,
        *,
        limit: int,
        before: int | None = None,
        status: Status | None = None,
        job_type: JobType | None = None,
        source: str | None = None,
    ) -> list[Job]:
        return [
            job
            for run in reversed(self._state.runs.values())
            for job in reversed(run.jobs)
            if (before is None or job.id < before)
            and (status is None or job.status is status)
            and (job_type is None or job.job_type is job_type)
            and (source is None or run.source == source)
        ][:limit]

    def tasks(self, job_id: int, *, limit: int, status: Status | None = None, after: int | None = None) -> list[Task]:
        return [
            replace(task, payload={}, result=None)
            for task in self._of_job(job_id)
            if (status is None or task.status is status) and (after is None or task.id > after)
        ][:limit]

    def task_results(self, job_id: int, step: str) -> Iterable[Task]:
        return [task for task in self._of_job(job_id) if task.step == step]

    def tallies(self, job_id: int) -> list[StepTally]:
        steps: dict[str, list[Task]] = {}
        for task in self._of_job(job_id):
            steps.setdefault(task.step, []).append(task)
        return [
            StepTally(
                step=step,
                counts=dict(Counter(task.status for task in tasks)),
                active=tuple(task.key for task in tasks if task.status is Status.RUNNING)[:MAX_ACTIVE_SHOWN],
            )
            for step, tasks in steps.items()
        ]

    def running_tasks(self) -> list[Task]:
        running = [task for task in self._state.tasks.values() if task.status is Status.RUNNING]
        return [replace(task, payload={}) for task in running]

    def workers(self) -> list[Worker]:
        return sorted(self._state.workers.values(), key=lambda worker: (worker.started_at, worker.id))

    def leases(self) -> list[Lease]:
        return [Lease(worker=worker, until=self._state.leases[worker.id]) for worker in self.workers()]

    def catalogue(
        self, *, source: str | None = None, table: str | None = None, profile: bool = True
    ) -> list[Datasource]:
        return [
            replace(datasource, tables=tuple(self._tables(datasource.id, table, profile=profile)))
            for datasource in sorted(self._state.datasources.values(), key=lambda one: one.name)
            if source is None or datasource.name == source
        ]

    def table(self, table_id: int) -> Table | None:
        table = self._state.tables.get(table_id)
        return None if table is None else self._shown_table(table, profile=True)

    def column(self, column_id: int) -> Column | None:
        column = self._state.columns.get(column_id)
        return None if column is None else self._shown_column(column, profile=True)

    def search(self, words: str, *, limit: int) -> list[SearchHit]:
        query = Query.of(words)
        hits = [
            hit
            for datasource in self.catalogue(profile=False)
            for table in datasource.tables
            for column in (None, *table.columns)
            if (hit := _hit(query, datasource, table, column)) is not None
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.column is not None))[:limit]

    def kpis(self, *, source: str | None = None) -> list[Kpi]:
        every = [kpi for kpis in self._state.kpis.values() for kpi in kpis if source in {None, kpi.source}]
        return sorted(every, key=lambda kpi: kpi.source)

    def questions(self, *, source: str | None = None) -> list[SuggestedQuestion]:
        every = [one for asked in self._state.questions.values() for one in asked if source in {None, one.source}]
        return sorted(every, key=lambda one: one.source)

    def llm_uses(self, *, since: datetime) -> list[LlmUse]:
        return sorted((use for use in self._state.llm_uses if use.at >= since), key=lambda use: use.at)

    def _of_job(self, job_id: int) -> list[Task]:
        return [task for task in self._state.tasks.values() if task.job_id == job_id]

    def _tables(self, source_id: int, name: str | None, *, profile: bool) -> list[Table]:
        return [
            self._shown_table(table, profile=profile)
            for table in sorted(self._state.tables.values(), key=lambda one: one.name)
            if table.datasource_id == source_id and (name is None or table.name == name)
        ]

    def _shown_table(self, table: Table, *, profile: bool) -> Table:
        key = table.datasource_id, table.name, None
        columns = sorted((one for one in self._state.columns.values() if one.table_id == table.id), key=_by_name)
        return replace(
            table,
            **self._state.voices[Table, table.id].shown(table, self._state.described.get(key)),
            columns=tuple(self._shown_column(column, profile=profile) for column in columns),
            inferred_keys=tuple(self._inferred_keys(table)),
        )

    def _shown_column(self, column: Column, *, profile: bool) -> Column:
        table = self._state.tables[column.table_id]
        key = table.datasource_id, table.name, column.name
        return replace(
            column,
            **self._state.voices[Column, column.id].shown(column, self._state.described.get(key)),
            profile=column.profile if profile else None,
        )

    def _inferred_keys(self, table: Table) -> list[InferredKey]:
        columns = self._state.columns
        keys = [
            InferredKey(
                table=table.name,
                column=columns[from_].name,
                referred_table=self._state.tables[columns[to].table_id].name,
                referred_column=columns[to].name,
                share=share,
            )
            for (from_, to), share in self._state.inferred.items()
            if from_ in columns and to in columns and columns[from_].table_id == table.id
        ]
        return sorted(keys, key=lambda key: (key.column, key.referred_table, key.referred_column))


def _by_name(column: Column) -> str:
    return column.name


def _hit(query: Query, source: Datasource, table: Table, column: Column | None) -> SearchHit | None:
    found = column or table
    said = found.description or found.comment
    score = query.score(
        Texts(
            is_table=column is None,
            whole=whole_names(found.name, found.synonyms),
            names=words_of_names([found.name]),
            synonyms=words_of_names(found.synonyms),
            description=words_of(said or ""),
        )
    )
    if score is None:
        return None
    name = None if column is None else column.name
    return SearchHit(source=source.name, table=table.name, column=name, description=said, score=score)
