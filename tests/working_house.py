"""A house where work is done: the writing side of catalogctl on the reference store, with real sources."""

import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from plain_models import PlainModels

from catalogctl.domain.ports.enriching import Models
from catalogctl.domain.ports.store import Store
from catalogctl.domain.runs import JobType, Run, RunKind, RunOptions
from catalogctl.domain.tasks import Worker
from catalogctl.notify.local import LocalNotifier
from catalogctl.pipeline.enrichment import Enrichment
from catalogctl.pipeline.extraction import Extraction
from catalogctl.pipeline.retention import Retention
from catalogctl.pipeline.worker import WorkerPool
from catalogctl.service.catalogue import CatalogueService
from catalogctl.sources.drivers import SourceDrivers
from catalogctl.store.memory import MemoryStore

ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c"


def now() -> datetime:
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class House:
    """The whole writing side of catalogctl on the reference store, with real sources; *models* write the meaning."""

    def __init__(
        self,
        folder: Path,
        *,
        deadline: float = 60.0,
        models: Models | None = None,
        engine: Callable[..., Store] = MemoryStore,
    ) -> None:
        self.folder = folder
        self.notifier = LocalNotifier()
        self.store: Store = engine(on_commit=self.notifier.ring)
        self.drivers = SourceDrivers({})
        self.models = models or PlainModels()
        self.pipelines = {
            JobType.EXTRACTION: Extraction(deadline=deadline),
            JobType.ENRICHMENT: Enrichment(models=self.models, deadline=deadline),
        }
        self.catalogue = CatalogueService(
            store=self.store,
            drivers=self.drivers,
            pipelines=self.pipelines,
            models=self.models,
            clock=now,
            new_id=lambda: str(uuid.uuid4()),
        )

    def pool(self, *, run_id: str | None = None, name: str = "w", concurrency: int = 2) -> WorkerPool:
        worker = Worker(id=f"{name}-{uuid.uuid4()}", host="here", pid=os.getpid(), started_at=now(), run_id=run_id)
        return WorkerPool(
            store=self.store,
            notifier=self.notifier,
            drivers=self.drivers,
            pipelines=self.pipelines,
            clock=now,
            worker=worker,
            per_source=None,
            concurrency=concurrency,
            retention=Retention(events=1_000_000, age=timedelta(days=30)),
        )

    def start(self, source: str | None = None, *, kind: RunKind = RunKind.EXTRACTION, **options: object) -> Run:
        return self.catalogue.start_run(kind, source=source, options=RunOptions(**options))

    def work_off(self, *, concurrency: int = 2) -> None:
        pool = self.pool(concurrency=concurrency)
        pool.enlist()
        pool.run(is_done=lambda: not self.store.active_runs())

    def extract(self, source: str | None = None, **options: object) -> Run:
        return self.done(self.start(source, **options))

    def enrich(self, source: str | None = None, **options: object) -> Run:
        return self.done(self.start(source, kind=RunKind.ENRICHMENT, **options))

    def refresh(self, source: str | None = None, **options: object) -> Run:
        return self.done(self.start(source, kind=RunKind.REFRESH, **options))

    def done(self, run: Run) -> Run:
        """The run, once its work is done, one task at a time if it is an enrichment."""
        self.work_off(concurrency=2 if run.kind is RunKind.EXTRACTION else 1)
        return self.catalogue.run(run.run_id)

    @contextmanager
    def working(self, **arguments: object) -> Iterator[WorkerPool]:
        pool = self.pool(**arguments)
        pool.enlist()
        thread = threading.Thread(target=lambda: pool.run(is_done=lambda: False))
        thread.start()
        try:
            yield pool
        finally:
            pool.stop()
            thread.join(timeout=10)
            assert not thread.is_alive()

    def database(self, *statements: str, name: str = "shop.db") -> str:
        path = self.folder / name
        with closing(sqlite3.connect(path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)
        return str(path)

    def event_types(self) -> list[str]:
        return [event.type for event in self.store.page_since(0, limit=10_000).events]


def until(claim: Callable[[], bool], *, seconds: float = 10.0) -> None:
    """Wait for a claim to become true, looking often; fails when it never does."""
    give_up = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < give_up, "it never came true"
        time.sleep(0.005)
