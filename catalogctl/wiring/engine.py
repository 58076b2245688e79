"""The store of this machine, opened, with the rules on it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from catalogctl.domain.errors import InvalidInput
from catalogctl.domain.ports.catalogue import Feed
from catalogctl.domain.ports.notifier import Notifier
from catalogctl.domain.ports.sources import Drivers
from catalogctl.domain.ports.store import Store
from catalogctl.domain.runs import JobType
from catalogctl.domain.sources import is_url, masked
from catalogctl.domain.tasks import Worker
from catalogctl.pipeline.plan import Pipeline
from catalogctl.service.catalogue import CatalogueService
from catalogctl.settings.resolve import Settings
from catalogctl.wiring.deferred import DeferredDrivers, DeferredModels, DeferredPipelines

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
    pipelines: Mapping[JobType, Pipeline]

    def feed(self) -> Feed:
        """The log, live; whoever follows it also notices work that nobody does any more."""
        from catalogctl.service.feed import StoreFeed

        return StoreFeed(log=self.catalogue, notifier=self.notifier, housekeep=partial(self.recover, False))

    def recover(self, has_successor: bool) -> None:  # noqa: FBT001 - passed on as it is
        """Settle what dead processes left behind."""
        if not self.store.workers() and not self.store.active_runs():
            return
        from catalogctl.pipeline.recovery import recover

        recover(self.store, at=now(), has_successor=has_successor)

    @contextmanager
    def promised(self) -> Iterator[Worker]:
        """Be known as a worker of any run for the length of the block, which sees to it that there is a real one.

        A run that is created inside is at no moment one that nobody would do.
        """
        promise = new_worker()
        self.store.enlist(promise, lease_until=now() + PROMISE)
        try:
            yield promise
        finally:
            self.store.dismiss(promise.id)


def new_worker(*, run_id: str | None = None, sources: tuple[str, ...] = ()) -> Worker:
    """This process as a worker, of one run, of some sources or of any, not yet known to anybody."""
    import secrets
    import socket

    host, pid = socket.gethostname(), os.getpid()
    name = f"{host}-{pid}-{secrets.token_hex(2)}"
    return Worker(id=name, host=host, pid=pid, started_at=now(), run_id=run_id, sources=sources)


@contextmanager
def open_engine(settings: Settings, *, has_successor: bool = False) -> Iterator[Engine]:
    """Open the store, and settle what dead processes left behind before anything is answered."""
    from catalogctl.notify.sqlite import SqliteNotifier
    from catalogctl.store.sqlite import SqliteStore

    path = store_path(settings)
    drivers = DeferredDrivers(os.environ)
    models = DeferredModels(settings)
    pipelines = DeferredPipelines(models, deadline=settings.task_deadline)
    with closing(SqliteNotifier(path)) as notifier, closing(SqliteStore.open(path, on_commit=notifier.ring)) as store:
        catalogue = CatalogueService(
            store=store,
            drivers=drivers,
            pipelines=pipelines,
            models=models,
            clock=now,
            new_id=_new_id,
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


def _new_id() -> str:
    import uuid

    return str(uuid.uuid4())
