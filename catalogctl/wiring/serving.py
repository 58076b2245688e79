"""The server of a store, as a process that supervises its worker."""

import os
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from catalogctl.domain.errors import RunActive
from catalogctl.domain.runs import RunKind, RunOptions
from catalogctl.domain.sources import Source, is_url
from catalogctl.service.monitor import StoreMonitor
from catalogctl.settings.announcement import Announcement, announce, new_secret, withdraw
from catalogctl.settings.kept_token import kept_token, token_file
from catalogctl.settings.resolve import Settings
from catalogctl.wiring.engine import Engine, open_engine
from catalogctl.wiring.working import worker_command, worker_environment


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeRequest:
    """What ``serve`` was asked for, as it came from the command line."""

    sources: Sequence[str] = ()
    host: str = "127.0.0.1"
    port: int = 8787
    allow_hosts: tuple[str, ...] = ()
    allow_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None
    has_worker: bool = True
    opens_browser: bool = False


def serve(settings: Settings, request: ServeRequest, *, talk: Callable[[str], None]) -> int:
    """Serve the store until a signal; answers the exit status. *talk* is given lines for people."""
    from catalogctl.server.options import ServerOptions
    from catalogctl.server.process import run_server
    from catalogctl.server.supervisor import WorkerCommand

    with open_engine(settings, has_successor=True) as engine, ExitStack() as stack:
        path = engine.place.beside
        secret = new_secret()
        options = ServerOptions(
            host=request.host,
            port=request.port,
            token=settings.token or _token_for(request, path, talk),
            secret=secret,
            allow_hosts=request.allow_hosts,
            allow_origins=request.allow_origins,
            trusted_proxies=request.trusted_proxies,
            tls_cert=request.tls_cert,
            tls_key=request.tls_key,
            max_streams=settings.max_streams,
            max_streams_per_client=settings.max_streams_per_client,
            max_stream_age=settings.max_stream_age,
            portable_streams=settings.portable_streams,
        )
        if request.has_worker:
            # Until the worker process is known, whoever opens the store must not take our runs for abandoned.
            stack.enter_context(engine.promised())
        named = [_registered(engine, source) for source in request.sources]
        presence = _Presence(path, epoch=engine.catalogue.position().epoch, secret=secret, certificate=request.tls_cert)

        def begin(url: str) -> None:
            presence.begin(url)
            # Not before the address is ours: a server that cannot start must leave no run behind.
            for source in named:
                _extract_if_new(engine, source)
            if request.opens_browser:
                threading.Thread(target=_show, args=(url, talk), daemon=True).start()

        command = WorkerCommand(argv=tuple(worker_command("--leashed")), env=worker_environment(settings))
        return run_server(
            catalogue=engine.catalogue,
            log=engine.catalogue,
            monitor=StoreMonitor(store=engine.store, clock=engine.clock, size=engine.place.size),
            notifier=engine.notifier,
            options=options,
            worker=command if request.has_worker else None,
            on_listening=begin,
            on_stopping=presence.end,
            talk=talk,
        )


def _show(url: str, talk: Callable[[str], None]) -> None:
    """Open the pages in this machine's browser. Some browsers only return when they are closed."""
    import webbrowser

    if not webbrowser.open(url):
        talk(f"no browser was found here: open {url} yourself")


class _Presence:
    """The server's word beside its store that it is there."""

    def __init__(self, store: Path, *, epoch: str, secret: str, certificate: Path | None) -> None:
        self._store = store
        self._epoch = epoch
        self._secret = secret
        self._certificate = None if certificate is None else str(certificate.absolute())
        self._said: tuple[Path, Announcement] | None = None

    def begin(self, url: str) -> None:
        said = Announcement(
            url=url, pid=os.getpid(), epoch=self._epoch, secret=self._secret, certificate=self._certificate
        )
        self._said = (announce(self._store, said), said)

    def end(self) -> None:
        if self._said is not None:
            withdraw(*self._said)


def _token_for(request: ServeRequest, store: Path, talk: Callable[[str], None]) -> str | None:
    """A server that other machines reach needs a token; one that only this machine reaches does not."""
    from catalogctl.settings.places import is_loopback

    if is_loopback(request.host):
        return None
    token, is_new = kept_token(store)
    kept = f"token: the one made before, in {token_file(store)}"
    talk(f"token (kept for the next start, shown this once): {token}" if is_new else kept)
    return token


def _registered(engine: Engine, source: str) -> Source:
    """A source that was named at the start; a path or a URL registers itself, and a name wins over a path."""
    if is_url(source) or source.startswith("/"):
        return engine.catalogue.add_source(source)
    if engine.store.source(source) is None and Path(source).exists():
        return engine.catalogue.add_source(str(Path(source).absolute()))
    return engine.catalogue.source(source)


def _extract_if_new(engine: Engine, source: Source) -> None:
    """Start the first extraction of a source, unless it has one."""
    if source.extracted_at is None:
        # Another server may be starting it at this very moment.
        with suppress(RunActive):
            engine.catalogue.start_run(RunKind.EXTRACTION, source=source.name, options=RunOptions())
