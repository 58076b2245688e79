"""A store, opened, with the rules on it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from catalogctl.domain.ports.catalogue import Feed
from catalogctl.domain.ports.notifier import Notifier
from catalogctl.domain.ports.sources import Drivers
from catalogctl.domain.ports.store import Store
from catalogctl.domain.runs import JobType
from catalogctl.domain.tasks import Worker
from catalogctl.domain.times import Clock
from catalogctl.pipeline.plan import Pipeline
from catalogctl.service.catalogue import CatalogueService
from catalogctl.settings.resolve import Settings
from catalogctl.wiring.deferred import DeferredDrivers, DeferredModels, DeferredPipelines
from catalogctl.wiring.stores import StorePlace, place_of

PROMISE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An open store, and the rules on it."""

    settings: Settings
    place: StorePlace
    store: Store
    notifier: Notifier
    clock: Clock
    catalogue: CatalogueService
    drivers: Drivers
    pipelines: Mapping[JobType, Pipeline]

    def feed(self) -> Feed:
        """The log, live; whoever follows it also notices work that nobody does any more."""
        from catalogctl.service.feed import StoreFeed

        return StoreFeed(log=self.catalogue, notifier=self.notifier, housekeep=self.recover)

    def recover(self) -> None:
        """Settle what dead processes left behind and nobody will do."""
        if not self.store.workers() and not self.store.active_runs():
            return
        from catalogctl.pipeline.recovery import recover

        recover(self.store, at=self.clock(), has_successor=False)

    @contextmanager
    def promised(self) -> Iterator[Worker]:
        """Be known as a worker of any run for the length of the block, which sees to it that there is a real one.

        A run that is created inside is at no moment one that nobody would do.
        """
        promise = self.worker()
        self.store.enlist(promise, lease_until=self.clock() + PROMISE)
        try:
            yield promise
        finally:
            self.store.dismiss(promise.id)

    def worker(self, *, run_id: str | None = None, sources: tuple[str, ...] = ()) -> Worker:
        """This process as a worker, of one run, of some sources or of any, not yet known to anybody."""
        import secrets
        import socket

        host, pid = socket.gethostname(), os.getpid()
        name = f"{host}-{pid}-{secrets.token_hex(2)}"
        return Worker(id=name, host=host, pid=pid, started_at=self.clock(), run_id=run_id, sources=sources)


@contextmanager
def open_engine(settings: Settings, *, has_successor: bool = False) -> Iterator[Engine]:
    """Open the store, and settle what dead processes left behind before anything is answered.

    With *has_successor* that is left to the worker that is here or about to be: what is taken from the dead before it
    is known would seem abandoned to others.
    """
    place = place_of(settings)
    drivers = DeferredDrivers(os.environ)
    models = DeferredModels(settings)
    pipelines = DeferredPipelines(models, deadline=settings.task_deadline)
    with place.open() as opened:
        catalogue = CatalogueService(
            store=opened.store,
            drivers=drivers,
            pipelines=pipelines,
            models=models,
            clock=opened.clock,
            new_id=_new_id,
        )
        engine = Engine(
            settings=settings,
            place=place,
            store=opened.store,
            notifier=opened.notifier,
            clock=opened.clock,
            catalogue=catalogue,
            drivers=drivers,
            pipelines=pipelines,
        )
        if not has_successor:
            engine.recover()
        yield engine


def _new_id() -> str:
    import uuid

    return str(uuid.uuid4())
