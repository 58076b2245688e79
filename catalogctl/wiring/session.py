"""What a command talks to: a server where there is one, else the store of this machine."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from catalogctl.domain.ports.catalogue import Catalogue, Feed
from catalogctl.domain.runs import Run
from catalogctl.domain.tasks import Worker
from catalogctl.settings import announcement
from catalogctl.settings.places import is_loopback
from catalogctl.settings.resolve import Settings
from catalogctl.wiring.engine import Engine, open_engine
from catalogctl.wiring.stores import place_of


class Session:
    """What a command talks to: a catalogue and its feed, by way of a server or straight from the store."""

    def __init__(
        self, *, catalogue: Catalogue, open_feed: Callable[[], Feed], server: str | None, engine: Engine | None
    ) -> None:
        self.catalogue = catalogue
        self._open_feed = open_feed
        self.server = server
        self._engine = engine
        self._promises = ExitStack()
        self._promise: Worker | None = None

    @cached_property
    def feed(self) -> Feed:
        """The log, live: made when it is first followed, because most commands never do."""
        return self._open_feed()

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
        from catalogctl.wiring.working import working

        with working(self._engine, run_id):
            self._promises.close()
            yield

    def hand_over(self, run_id: str) -> None:
        """See to it that the work of this run goes on after this process has ended."""
        if self._engine is not None:
            from catalogctl.wiring.working import spawn_worker

            spawn_worker(self._engine, run_id, besides=self._promise)
            self._promises.close()

    def close(self) -> None:
        """Keep no promise any longer."""
        self._promises.close()


@contextmanager
def open_session(settings: Settings) -> Iterator[Session]:
    """Connect: to the server that was named, to the one found running for the store, else to the store itself."""
    url, token, certificate = settings.server, settings.token, None
    if url is None and (found := running_server(settings)) is not None:
        url, token, certificate = found.url, found.secret, found.certificate
    if url is not None:
        yield from _through(url, token=token, certificate=certificate)
        return
    with (
        open_engine(settings) as engine,
        closing(Session(catalogue=engine.catalogue, open_feed=engine.feed, server=None, engine=engine)) as session,
    ):
        yield session


def _through(url: str, *, token: str | None, certificate: str | None) -> Iterator[Session]:
    from catalogctl.client.http import HttpCatalogue
    from catalogctl.client.trust import trusting

    verify = trusting(certificate)

    def open_feed() -> Feed:
        from catalogctl.client.follow import HttpFeed

        return HttpFeed(url, token=token, verify=verify)

    with closing(HttpCatalogue(url, token=token, verify=verify)) as catalogue:
        yield Session(catalogue=catalogue, open_feed=open_feed, server=url, engine=None)


def running_server(settings: Settings) -> announcement.Announcement | None:
    """The live server of this very store, if its epoch says that it is. Raises InvalidInput, StoreUnavailable."""
    place = place_of(settings)
    if announcement.find(place.beside) is None or (epoch := place.epoch()) is None:
        return None
    return announcement.find(place.beside, epoch=epoch)


def build_sample(path: Path) -> None:
    """Write the sample shop database that ``demo`` extracts."""
    from catalogctl.sources.sample.building import build_sample_shop

    build_sample_shop(path)
