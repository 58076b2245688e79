"""The server as a process: listens, serves, keeps its worker alive, and goes in good order when it is told to."""

import asyncio
import gc
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import FrameType

import uvicorn

from catalogctl import __version__
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.domain.ports.monitor import Monitor
from catalogctl.domain.ports.notifier import Notifier
from catalogctl.domain.ports.store import Log
from catalogctl.server.app import create_app
from catalogctl.server.hub.hub import Hub, Pace
from catalogctl.server.hub.places import Limits
from catalogctl.server.lifecycle import Lifecycle
from catalogctl.server.listener import bind, local_url, tls_context
from catalogctl.server.options import ServerOptions
from catalogctl.server.pool import CallPool
from catalogctl.server.protocol import PromptProtocol
from catalogctl.server.routes.metrics import MetricsRoutes
from catalogctl.server.routes.streams import stream_routes
from catalogctl.server.supervisor import Supervisor, WorkerCommand
from catalogctl.server.takeover import TakeoverProtocol, rehearse

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# How long /ready says no while calls are still taken, so that a balancer can see it.
_READY_LAG = 0.2
_WORKER_GRACE = 1.2
# How long a shutdown may last before calls that are not over are cut off.
_SHUTDOWN = 1.3
_LAST_WORDS = 0.1
_LOOK = 0.02
# How often the date that answers carry is set anew.
_TICK = 1.0
_GC_THRESHOLD = 50_000
_HEADERS = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
]
# Open files that are no streams: the store, the worker's pipes, and calls of other kinds, which must still be answered.
_OTHER_FILES = 200

_logger = logging.getLogger(__name__)


def run_server(
    *,
    catalogue: Catalogue,
    log: Log,
    monitor: Monitor,
    notifier: Notifier,
    options: ServerOptions,
    worker: WorkerCommand | None,
    on_listening: Callable[[str], None],
    on_stopping: Callable[[], None],
    talk: Callable[[str], None],
) -> int:
    """Serve until a signal, then drain and answer the exit status: 143 for SIGTERM, 130 for Ctrl-C.

    *on_listening* is given the URL for this machine's programs once the sockets listen; *on_stopping* is called once,
    before the streams are ended; *talk* is given lines for people. Raises Conflict for a port in use, InvalidInput,
    StoreUnavailable.
    """
    options, files = _within_file_limit(options)
    server = build_server(
        catalogue=catalogue,
        log=log,
        monitor=monitor,
        notifier=notifier,
        options=options,
        worker=worker,
        on_stopping=on_stopping,
    )
    listeners = bind(options)
    url = local_url(options, listeners[0].getsockname()[1])

    def announce() -> None:
        on_listening(url)
        others = ", and at this machine's other addresses" if options.is_wildcard else ""
        talk(f"catalogctl {__version__} serves {url}{others} (Ctrl-C ends it)")
        if not options.is_loopback and options.scheme == "http":
            talk("warning: plain HTTP: tokens and data can be read on the way. Use --tls-cert and --tls-key.")

        if files is not None:
            talk(f"warning: at most {options.max_streams:,} streams: the system allows {files:,} open files")

    server.on_started = announce
    # The objects of start-up live for good; streams make few cycles, so that looking for them often only costs.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD, 10, 10)
    server.run(sockets=listeners)
    return server.exit_status


def build_server(
    *,
    catalogue: Catalogue,
    log: Log,
    monitor: Monitor,
    notifier: Notifier,
    options: ServerOptions,
    worker: WorkerCommand | None = None,
    on_stopping: Callable[[], None] = lambda: None,
) -> "DrainingServer":
    """Put a server together; it listens on the sockets that its ``run`` is given."""
    tls = tls_context(options)
    lifecycle = Lifecycle()
    hub = Hub(
        log=log,
        catalogue=catalogue,
        notifier=notifier,
        pace=Pace(age=options.max_stream_age),
        limits=Limits(streams=options.max_streams, streams_per_client=options.max_streams_per_client),
    )
    pool = CallPool(threads=options.threads, waiting=options.waiting)
    app = create_app(
        catalogue=catalogue,
        log=log,
        options=options,
        lifecycle=lifecycle,
        pool=pool,
        streams=stream_routes(hub),
        metrics=MetricsRoutes(hub=hub, monitor=monitor, pool=pool),
        epoch=log.position().epoch,
    )
    config = uvicorn.Config(
        app,
        http=PromptProtocol if options.portable_streams else TakeoverProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        # Whom to believe about callers is the application's own decision.
        proxy_headers=False,
        server_header=False,
        headers=_HEADERS,
        ssl_context_factory=None if tls is None else lambda _config, _default: tls,
    )
    supervisor = None if worker is None else Supervisor(worker)
    return DrainingServer(
        config, hub=hub, pool=pool, lifecycle=lifecycle, supervisor=supervisor, on_stopping=on_stopping
    )


class DrainingServer(uvicorn.Server):
    """A uvicorn server that ends its streams and its worker before its connections, and never dies of a signal."""

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        hub: Hub,
        pool: CallPool,
        lifecycle: Lifecycle,
        supervisor: Supervisor | None,
        on_stopping: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self.exit_status = 0
        self.on_started: Callable[[], None] = lambda: None
        self._hub = hub
        self._pool = pool
        self._lifecycle = lifecycle
        self._supervisor = supervisor
        self._on_stopping = on_stopping
        self._worker_end: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end = asyncio.Event()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to stop, and leave nothing behind however it ends."""
        try:
            await super().serve(sockets)
        finally:
            self._begin_stopping()
            if self._worker_end is not None:
                await self._worker_end
            await self._hub.stop()
            self._pool.close()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve; the worker comes last, because until then nobody could see what it does."""
        self._loop = asyncio.get_running_loop()
        await self._hub.start()
        if self.config.http_protocol_class is TakeoverProtocol and (reason := await rehearse()) is not None:
            _logger.warning(
                "streams use plain ASGI and cost more than they could: this is not the uvicorn known here (%s: %s)",
                uvicorn.__version__,
                reason,
            )
            self.config.http_protocol_class = PromptProtocol
        await super().startup(sockets)
        if self._supervisor is not None:
            self._supervisor.start()
        self.on_started()

    async def main_loop(self) -> None:
        """Serve until the end is asked for: noticed at once, and not by looking ten times a second."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._end.wait(), _TICK)

    def stop(self) -> None:
        """Ask for the end, from any thread."""
        self.should_exit = True
        if self._loop is not None:
            # Of a server that has ended the loop is closed.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._end.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say so first, then take no more calls, then end the streams; calls have the seconds that are left."""
        began = time.monotonic()
        self._begin_stopping()
        await asyncio.sleep(_READY_LAG)
        for server in self.servers:
            server.close()
        await self._hub.drain()
        await self._finish_calls(until=began + _SHUTDOWN)
        await super().shutdown(sockets)

    async def _finish_calls(self, *, until: float) -> None:
        """Let calls end by themselves until then; after it, tell the others that it is over, and hang up."""
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        while state.connections and time.monotonic() < until:  # noqa: ASYNC110 - the set tells nobody that it shrinks
            await asyncio.sleep(_LOOK)
        tasks = list(state.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_LAST_WORDS)
        for connection in list(state.connections):
            connection.transport.abort()

    def _begin_stopping(self) -> None:
        self._lifecycle.is_draining = True
        if self._worker_end is None and self._supervisor is not None:
            self._worker_end = asyncio.create_task(self._supervisor.stop(grace=_WORKER_GRACE))
        # Once is enough.
        on_stopping, self._on_stopping = self._on_stopping, lambda: None
        on_stopping()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle the signals that end a server, for the length of the block, and do not raise them again after it."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, _frame: FrameType | None) -> None:
        """The first signal starts the drain; the second ends everything at once."""
        if self.exit_status:
            if self._supervisor is not None:
                self._supervisor.kill()
            with suppress(Exception):
                self._on_stopping()
            os._exit(128 + sig)
        self.exit_status = 128 + sig
        self._lifecycle.is_draining = True
        self.stop()


def _within_file_limit(options: ServerOptions) -> tuple[ServerOptions, int | None]:
    """Every stream is an open file: take what may be had, and no more streams than that. The number of files comes
    with it when it is below what was asked for.

    The usual limit of 1,024 is meant for programs that have none. A server without a file left answers nobody.
    """
    try:
        import resource  # noqa: PLC0415 - not every platform has it

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (ImportError, OSError, ValueError):
        return options, None
    most = max(1, hard - _OTHER_FILES)
    if hard == resource.RLIM_INFINITY or 0 < options.max_streams <= most:
        return options, None
    return replace(options, max_streams=most), hard if hard < options.max_streams else None
