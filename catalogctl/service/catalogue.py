"""The Catalogue port on a store: what ``catalogctl`` answers when no server is in between, and what a server exposes."""

from collections.abc import Callable, Collection

from catalogctl.domain.catalogue import Datasource
from catalogctl.domain.errors import JobNotFound, TableNotFound
from catalogctl.domain.events import Event, LogPosition
from catalogctl.domain.ports import Catalogue, Clock, Drivers, Log, Store
from catalogctl.domain.runs import Job, JobType, Run, RunKind, RunningStatus, RunOptions, Status
from catalogctl.domain.sources import Source, SourceCheck
from catalogctl.domain.tasks import Task
from catalogctl.pipeline.ledger import Pipelines
from catalogctl.service.runs import Runs, with_id
from catalogctl.service.sources import Sources


class CatalogueService(Catalogue, Log):
    """A catalogue and its log, on a store."""

    def __init__(
        self, *, store: Store, drivers: Drivers, pipelines: Pipelines, clock: Clock, new_id: Callable[[], str]
    ) -> None:
        self._store = store
        self._clock = clock
        self._sources = Sources(store=store, drivers=drivers, clock=clock)
        self._runs = Runs(store=store, sources=self._sources, pipelines=pipelines, clock=clock, new_id=new_id)

    def position(self) -> LogPosition:
        return self._store.position()

    def events_since(
        self, seq: int, *, limit: int, topics: Collection[str] | None = None, run_id: str | None = None
    ) -> list[Event]:
        return self._store.events_since(seq, limit=limit, topics=topics, run_id=run_id)

    def sources(self) -> list[Source]:
        return [source.shown() for source in self._store.sources()]

    def source(self, name: str) -> Source:
        """The source called *name*, masked. Raises SourceNotFound."""
        return self._sources.named(self._store, name).shown()

    def add_source(self, location: str, *, name: str | None = None) -> Source:
        return self._sources.add(location, name=name).shown()

    def test_source(self, name: str) -> SourceCheck:
        return self._sources.test(name)

    def remove_source(self, name: str) -> None:
        self._sources.remove(name)

    def start_run(self, kind: RunKind, *, source: str | None, options: RunOptions) -> Run:
        return self._runs.start(kind, source=source, options=options)

    def cancel_run(self, run_id: str) -> Run:
        return self._runs.cancel(run_id)

    def retry_run(self, run_id: str) -> Run:
        return self._runs.retry(run_id)

    def retry_job(self, job_id: int) -> Run:
        return self._runs.retry_job(job_id)

    def run(self, run_id: str) -> Run:
        return with_id(self._store, run_id)

    def find_run(self, reference: str) -> Run:
        return self._runs.find(reference)

    def latest_run(self) -> Run | None:
        return next(iter(self._store.runs(limit=1)), None)

    def runs(
        self, *, limit: int = 50, before: int | None = None, source: str | None = None, status: Status | None = None
    ) -> list[Run]:
        return self._store.runs(limit=limit, before=before, source=source, status=status)

    def job(self, job_id: int) -> Job:
        job = self._store.job(job_id)
        if job is None:
            raise JobNotFound(f"no job has the id {job_id}", hint="See them: catalogctl jobs list")
        return job

    def jobs(
        self,
        *,
        limit: int = 50,
        before: int | None = None,
        status: Status | None = None,
        job_type: JobType | None = None,
        source: str | None = None,
    ) -> list[Job]:
        return self._store.jobs(limit=limit, before=before, status=status, job_type=job_type, source=source)

    def tasks(
        self, job_id: int, *, status: Status | None = None, after: int | None = None, limit: int = 1000
    ) -> list[Task]:
        self.job(job_id)
        return self._store.tasks(job_id, limit=limit, status=status, after=after)

    def running_status(self) -> RunningStatus:
        return self._store.running_status()

    def catalogue(
        self, *, source: str | None = None, table: str | None = None, profile: bool = True
    ) -> list[Datasource]:
        if source is not None:
            self._sources.named(self._store, source)
        found = self._store.catalogue(source=source, table=table, profile=profile)
        if table is not None and not any(datasource.tables for datasource in found):
            where = "" if source is None else f" of source {source!r}"
            raise TableNotFound(f"the catalogue{where} has no table {table!r}", hint="See: catalogctl catalog show")
        return found

    def clear_catalogue(self, *, source: str | None = None) -> Source:
        return self._sources.clear(source).shown()

    def has_worker(self, run_id: str) -> bool:
        dead = {worker.id for worker in self._store.dead_workers(self._clock())}
        return any(worker.serves(run_id) and worker.id not in dead for worker in self._store.workers())
