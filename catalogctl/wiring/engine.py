"""The store of this machine, opened, with the rules on it."""

import os
import secrets
import socket
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from catalogctl.domain.errors import InvalidInput
from catalogctl.domain.ports.enriching import Models
from catalogctl.domain.ports.notifier import Notifier
from catalogctl.domain.ports.sources import Drivers
from catalogctl.domain.ports.store import Store
from catalogctl.domain.runs import JobType
from catalogctl.domain.sources import is_url, masked
from catalogctl.domain.tasks import Worker
from catalogctl.pipeline.enrichment import Enrichment
from catalogctl.pipeline.extraction import Extraction
from catalogctl.pipeline.ledger import Pipelines
from catalogctl.pipeline.recovery import recover
from catalogctl.pipeline.retention import Retention
from catalogctl.pipeline.worker import WorkerPool
from catalogctl.service.catalogue import CatalogueService
from catalogctl.service.feed import StoreFeed
from catalogctl.settings.resolve import Settings

PROMISE = timedelta(minutes=1)


def now() -> datetime:
    """The clock: milliseconds, because that is what the wire carries, and a value equals itself after a trip."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def store_path(settings: Settings) -> Path:
    """Where the embedded store lies. Raises InvalidInput for a store of another kind."""
    if not is_url(settings.store):
        return Path(settings.store)
    if settings.store.startswith("sqlite:///"):
        return Path(settings.store.removeprefix("sqlite:///")).absolute()
    raise InvalidInput(f"{masked(settings.store)} cannot be the store", hint="Give the path of a file: --store PATH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An open store, and the rules on it."""

    settings: Settings
    store: Store
    notifier: Notifier
    catalogue: CatalogueService
    drivers: Drivers
    pipelines: Pipelines

    def feed(self) -> StoreFeed:
        """The log, live; whoever follows it also notices work that nobody does any more."""
        return StoreFeed(log=self.catalogue, notifier=self.notifier, housekeep=partial(self.recover, False))

    def recover(self, has_successor: bool) -> None:  # noqa: FBT001 - passed on as it is
        """Settle what dead processes left behind."""
        recover(self.store, at=now(), has_successor=has_successor)

    @contextmanager
    def promised(self) -> Iterator[Worker]:
        """Be known as a worker of any run for the length of the block, which sees to it that there is a real one.

        A run that is created inside is at no moment one that nobody would do.
        """
        promise = _worker()
        self.store.enlist(promise, lease_until=now() + PROMISE)
        try:
            yield promise
        finally:
            self.store.dismiss(promise.id)

    def pool(self, *, run_id: str | None = None) -> WorkerPool:
        """A worker of this process, not yet known to anybody."""
        settings = self.settings
        return WorkerPool(
            store=self.store,
            notifier=self.notifier,
            drivers=self.drivers,
            pipelines=self.pipelines,
            clock=now,
            worker=_worker(run_id=run_id),
            concurrency=settings.concurrency,
            retention=Retention(events=settings.keep_events, age=timedelta(days=settings.keep_days)),
        )


def _worker(*, run_id: str | None = None) -> Worker:
    host, pid = socket.gethostname(), os.getpid()
    name = f"{host}-{pid}-{secrets.token_hex(2)}"
    return Worker(id=name, host=host, pid=pid, started_at=now(), run_id=run_id)


def _models(settings: Settings) -> Models:
    if settings.llm_url is None:
        from catalogctl.enrich.rules.models import RulesOnly

        if settings.llm_model is not None or settings.llm_api_key is not None:
            # Half a set-up looks like a whole one to whoever made it.
            return RulesOnly(max_tables=settings.max_tables_per_batch, reason="CATALOGCTL_LLM_URL is not set")
        return RulesOnly(max_tables=settings.max_tables_per_batch)
    from catalogctl.enrich.llm.models import EndpointModels

    return EndpointModels(
        url=settings.llm_url,
        model=settings.llm_model,
        api_key=settings.llm_api_key,
        prices=settings.llm_prices,
        timeout=settings.llm_timeout,
        provider=settings.llm_provider,
        shares_samples=settings.llm_samples,
        shares_comments=settings.llm_comments,
        max_tables=settings.max_tables_per_batch,
        context_tokens=settings.context_tokens,
    )


@contextmanager
def open_engine(settings: Settings, *, has_successor: bool = False) -> Iterator[Engine]:
    """Open the store, and settle what dead processes left behind before anything is answered."""
    from catalogctl.notify.sqlite import SqliteNotifier
    from catalogctl.sources.drivers import SourceDrivers
    from catalogctl.store.sqlite import SqliteStore

    path = store_path(settings)
    drivers = SourceDrivers(os.environ)
    models = _models(settings)
    pipelines: Pipelines = {
        JobType.EXTRACTION: Extraction(deadline=settings.task_deadline),
        JobType.ENRICHMENT: Enrichment(models=models, deadline=settings.task_deadline),
    }
    with closing(SqliteNotifier(path)) as notifier, closing(SqliteStore.open(path, on_commit=notifier.ring)) as store:
        catalogue = CatalogueService(
            store=store,
            drivers=drivers,
            pipelines=pipelines,
            models=models,
            clock=now,
            new_id=lambda: str(uuid.uuid4()),
        )
        engine = Engine(
            settings=settings,
            store=store,
            notifier=notifier,
            catalogue=catalogue,
            drivers=drivers,
            pipelines=pipelines,
        )
        engine.recover(has_successor)
        yield engine
