"""What a command talks to: a server where there is one, else the store of this machine."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from catalogctl.domain.errors import StoreUnavailable, Unavailable
from catalogctl.domain.ports.catalogue import Catalogue, Feed
from catalogctl.domain.runs import Run
from catalogctl.domain.tasks import Worker
from catalogctl.pipeline.worker import WorkerPool
from catalogctl.settings import announcement
from catalogctl.settings.places import is_loopback
from catalogctl.settings.resolve import Settings
from catalogctl.wiring.engine import Engine, open_engine, store_path
from catalogctl.wiring.processes import worker_command, worker_environment

WORKER_START = 5.0


class Session:
    """What a command talks to: a catalogue and its feed, by way of a server or straight from the store."""

    def __init__(self, *, catalogue: Catalogue, feed: Feed, server: str | None, engine: Engine | None) -> None:
        self.catalogue = catalogue
        self.feed = feed
        self.server = server
        self._engine = engine
        self._promises = ExitStack()
        self._promise: Worker | None = None

    @property
    def is_local_machine(self) -> bool:
        """True when a path means the same on both sides."""
        return self.server is None or is_loopback(urlsplit(self.server).hostname or "")

    def begin(self, create: Callable[[], Run]) -> Run:
        """Have a run created that somebody is sure to do: ``working`` or ``hand_over`` must follow."""
        if self._engine is not None:
            self._promise = self._promises.enter_context(self._engine.promised())
        return create()

    @contextmanager
    def working(self, run_id: str) -> Iterator[None]:
        """Do the work of this run in this process for the length of the block; a server has workers of its own."""
        if self._engine is None:
            yield
            return
        with _working(self._engine, run_id):
            self._promises.close()
            yield

    def hand_over(self, run_id: str) -> None:
        """See to it that the work of this run goes on after this process has ended."""
        if self._engine is not None:
            _spawn_worker(self._engine, run_id, besides=self._promise)
            self._promises.close()

    def close(self) -> None:
        """Keep no promise any longer."""
        self._promises.close()


@contextmanager
def open_session(settings: Settings) -> Iterator[Session]:
    """Connect: to the server that was named, to the one found running for the store, else to the store itself."""
    url, token, certificate = settings.server, settings.token, None
    if url is None and (found := _running_server(settings)) is not None:
        url, token, certificate = found.url, found.secret, found.certificate
    if url is not None:
        from catalogctl.client.follow import HttpFeed
        from catalogctl.client.http import HttpCatalogue
        from catalogctl.client.trust import trusting

        verify = trusting(certificate)
        with closing(HttpCatalogue(url, token=token, verify=verify)) as catalogue:
            feed = HttpFeed(url, token=token, verify=verify)
            yield Session(catalogue=catalogue, feed=feed, server=url, engine=None)
        return
    with (
        open_engine(settings) as engine,
        closing(Session(catalogue=engine.catalogue, feed=engine.feed(), server=None, engine=engine)) as session,
    ):
        yield session


def _running_server(settings: Settings) -> announcement.Announcement | None:
    """The live server of this very store, if its epoch says that it is."""
    from catalogctl.store.sqlite import read_epoch

    path = store_path(settings)
    if announcement.find(path) is None or (epoch := read_epoch(path)) is None:
        return None
    return announcement.find(path, epoch=epoch)


@contextmanager
def _working(engine: Engine, run_id: str) -> Iterator[None]:
    pool = engine.pool(run_id=run_id)
    pool.enlist()

    def is_done() -> bool:
        return engine.catalogue.run(run_id).status.is_final

    thread = threading.Thread(target=_work_quietly, args=(pool, is_done), name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        pool.stop()
        thread.join()


def _work_quietly(pool: WorkerPool, is_done: Callable[[], bool]) -> None:
    # Whoever follows the run asks the same store and tells of its failure.
    with suppress(StoreUnavailable):
        pool.run(is_done=is_done)


def _spawn_worker(engine: Engine, run_id: str, *, besides: Worker | None) -> None:
    """Start ``worker --until-idle`` in the background, and wait until it is known *besides* us."""
    log = store_path(engine.settings).with_suffix(".worker.log")
    with log.open("ab") as output:
        subprocess.Popen(  # noqa: S603 - our own interpreter and words, no shell
            worker_command("--until-idle"),
            env=worker_environment(engine.settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    give_up = time.monotonic() + WORKER_START
    while (run := engine.catalogue.run(run_id)).status.is_active:
        if any(worker != besides and worker.serves(run) for worker in engine.store.workers()):
            return
        if time.monotonic() > give_up:
            raise Unavailable(f"the background worker has not come up; {log} says why")
        time.sleep(0.02)


def build_sample(path: Path) -> None:
    """Write the sample shop database that ``demo`` extracts."""
    from catalogctl.sources.sample.building import build_sample_shop

    build_sample_shop(path)
