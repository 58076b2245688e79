"""The Catalogue port on a store: what is answered when no server is in between, and what a server exposes."""

from collections.abc import Callable, Collection
from datetime import timedelta

from catalogctl.domain.bounds import MAX_DAYS, MAX_LIMIT, in_range
from catalogctl.domain.catalogue import Column, Datasource, Table
from catalogctl.domain.errors import InvalidInput, JobNotFound, TableNotFound
from catalogctl.domain.events import MAX_SEQ, LogPage, LogPosition
from catalogctl.domain.meaning import Estimate, Kpi, LlmStatus, LlmUse, SearchHit, SuggestedQuestion
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.domain.ports.enriching import Models
from catalogctl.domain.ports.sources import Drivers
from catalogctl.domain.ports.store import Log, Store
from catalogctl.domain.runs import Job, JobType, Run, RunKind, RunningStatus, RunOptions, Status
from catalogctl.domain.sources import Source, SourceCheck
from catalogctl.domain.tasks import Station, Task
from catalogctl.domain.times import Clock
from catalogctl.pipeline.ledger import Pipelines
from catalogctl.service.meanings import Meanings
from catalogctl.service.runs import Runs, with_id
from catalogctl.service.sources import Sources


class CatalogueService(Catalogue, Log):
    """A catalogue and its log, on a store."""

    def __init__(
        self,
        *,
        store: Store,
        drivers: Drivers,
        pipelines: Pipelines,
        models: Models,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._clock = clock
        self._sources = Sources(store=store, drivers=drivers, clock=clock)
        self._models = models
        self._meanings = Meanings(store=store, models=models, clock=clock)
        self._runs = Runs(store=store, sources=self._sources, pipelines=pipelines, clock=clock, new_id=new_id)

    def position(self) -> LogPosition:
        return self._store.position()

    def page_since(
        self, seq: int, *, limit: int, topics: Collection[str] | None = None, run_id: str | None = None
    ) -> LogPage:
        return self._store.page_since(seq, limit=limit, topics=topics, run_id=run_id)

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
        if options.estimates and options.sample is not None:
            raise InvalidInput(
                "a run either samples rows or reads none and estimates", hint="Leave out --sample or --estimate."
            )
        if JobType.ENRICHMENT in kind.job_types:
            # A model that cannot be asked is refused now and not by a failed run, and so is a budget without prices.
            enricher = self._models.enricher(model=options.model)
            if options.max_cost is not None and not enricher.is_priced:
                raise InvalidInput(
                    f"a budget cannot be kept: what {enricher.model!r} costs is not known",
                    hint="Set its price, be it 0: CATALOGCTL_LLM_PRICES",
                )
        return self._runs.start(kind, source=source, options=options)

    def cancel_run(self, run_id: str) -> Run:
        return self._runs.cancel(run_id)

    def retry_run(self, run_id: str) -> Run:
        return self._runs.retry(run_id)

    def retry_job(self, job_id: int) -> Run:
        return self._runs.retry_job(_possible("job_id", job_id))

    def run(self, run_id: str) -> Run:
        return with_id(self._store, run_id)

    def find_run(self, reference: str) -> Run:
        return self._runs.find(reference)

    def latest_run(self) -> Run | None:
        return next(iter(self._store.runs(limit=1)), None)

    def runs(
        self,
        *,
        limit: int = 50,
        before: int | None = None,
        source: str | None = None,
        kind: RunKind | None = None,
        status: Status | None = None,
    ) -> list[Run]:
        before = None if before is None else _possible("before", before)
        return self._store.runs(limit=limit, before=before, source=source, kind=kind, status=status)

    def job(self, job_id: int) -> Job:
        job = self._store.job(_possible("job_id", job_id))
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
        before = None if before is None else _possible("before", before)
        return self._store.jobs(limit=limit, before=before, status=status, job_type=job_type, source=source)

    def tasks(
        self, job_id: int, *, status: Status | None = None, after: int | None = None, limit: int = 1000
    ) -> list[Task]:
        after = None if after is None else _possible("after", after)
        self.job(job_id)
        return self._store.tasks(job_id, limit=limit, status=status, after=after)

    def running_status(self) -> RunningStatus:
        return self._store.running_status()

    def catalogue(
        self, *, source: str | None = None, table: str | None = None, profile: bool = True
    ) -> list[Datasource]:
        self._known(source)
        found = self._store.catalogue(source=source, table=table, profile=profile)
        if table is not None and not any(datasource.tables for datasource in found):
            where = "" if source is None else f" of source {source!r}"
            raise TableNotFound(f"the catalogue{where} has no table {table!r}", hint="See: catalogctl catalog show")
        return found

    def toggle_table(self, table_id: int) -> Table:
        return self._meanings.toggle(_possible("table_id", table_id))

    def describe_table(self, table_id: int, text: str) -> Table:
        return self._meanings.describe_table(_possible("table_id", table_id), text)

    def describe_column(self, column_id: int, text: str) -> Column:
        return self._meanings.describe_column(_possible("column_id", column_id), text)

    def search(self, words: str, *, limit: int = 20) -> list[SearchHit]:
        if not words.strip():
            raise InvalidInput("search for what?", hint="Give at least one word: catalogctl catalog search WORDS")
        return self._store.search(words, limit=in_range("limit", limit, most=MAX_LIMIT))

    def kpis(self, *, source: str | None = None) -> list[Kpi]:
        self._known(source)
        return self._store.kpis(source=source)

    def questions(self, *, source: str | None = None) -> list[SuggestedQuestion]:
        self._known(source)
        return self._store.questions(source=source)

    def llm_status(self) -> LlmStatus:
        return self._meanings.status()

    def llm_models(self) -> list[str]:
        return self._models.models()

    def llm_uses(self, *, days: int) -> list[LlmUse]:
        return self._store.llm_uses(since=self._clock() - timedelta(days=in_range("days", days, most=MAX_DAYS)))

    def estimate(self, *, source: str | None, options: RunOptions) -> Estimate:
        return self._meanings.estimate(self._sources.registered(source), options)

    def _known(self, source: str | None) -> None:
        if source is not None:
            self._sources.named(self._store, source)

    def clear_catalogue(self, *, source: str | None = None) -> Source:
        return self._sources.clear(source).shown()

    def workers(self) -> list[Station]:
        held: dict[str | None, list[Task]] = {}
        for task in self._store.running_tasks():
            held.setdefault(task.worker, []).append(task)
        dead = {worker.id for worker in self._store.dead_workers(self._clock())}
        return [
            Station(
                worker=lease.worker,
                is_alive=lease.worker.id not in dead,
                lease_until=lease.until,
                tasks=tuple(held.get(lease.worker.id, ())),
            )
            for lease in self._store.leases()
        ]

    def has_worker(self, run_id: str) -> bool:
        run = self.run(run_id)
        dead = {worker.id for worker in self._store.dead_workers(self._clock())}
        return any(worker.serves(run) and worker.id not in dead for worker in self._store.workers())


def _possible(name: str, number: int) -> int:
    """*number* itself if an id can be so high. Raises WrongType, which names it."""
    return in_range(name, number, most=MAX_SEQ)
