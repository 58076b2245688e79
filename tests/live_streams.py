"""A real server with streams on a real socket, a hand that writes runs as the pipelines do, and a plain reader."""

import asyncio
import http.client
import json
import random
import socket
import ssl
import struct
import threading
import time
import uuid
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import uvicorn
from plain_models import PlainModels
from starlette.applications import Starlette

from catalogctl.domain.events import Event, NewEvent, compact_json
from catalogctl.domain.ports.notifier import Notifier
from catalogctl.domain.ports.store import Store
from catalogctl.domain.run_records import job_record, status_record
from catalogctl.domain.runs import Job, JobType, Run, RunKind, RunOptions
from catalogctl.pipeline import ledger
from catalogctl.pipeline.extraction import Extraction
from catalogctl.pipeline.plan import Completed
from catalogctl.server.hub.hub import Hub, Pace
from catalogctl.server.lifecycle import Lifecycle
from catalogctl.server.listener import bind
from catalogctl.server.options import ServerOptions
from catalogctl.server.pool import CallPool
from catalogctl.server.problems import HANDLERS
from catalogctl.server.process import DrainingServer
from catalogctl.server.protocol import PromptProtocol
from catalogctl.server.routes.streams import stream_routes
from catalogctl.server.takeover import TakeoverProtocol
from catalogctl.service.catalogue import CatalogueService

T = TypeVar("T")

PIPELINES = {job_type: Extraction(deadline=60.0) for job_type in JobType}
PROTOCOLS = {"portable": PromptProtocol, "takeover": TakeoverProtocol}
"""The ways on which bytes leave."""
QUICK = Pace(look=0.5, heartbeat=0.5, stall=3.0, grace=1.0, retry=20, farewell_retry=(1000, 5000))


def now() -> datetime:
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Hand:
    """Writes runs and events into a store, one commit a call, with the words of the pipelines."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def append(self, count: int = 1, *, type_: str = "llm.used", run_id: str | None = None, data: object = None) -> int:
        """Append *count* events in one commit; the seq of the last."""

        def change(transaction: Any) -> int:
            at = now()
            for number in range(count):
                text = compact_json({"n": number} if data is None else data)
                transaction.append(NewEvent(type=type_, at=at, data=text, run_id=run_id))
            return transaction.position().latest

        return self.store.transact(change)

    def start(self, kind: RunKind = RunKind.EXTRACTION, *, source: str | None = None) -> Run:
        run_id = str(uuid.uuid4())
        self.store.transact(
            lambda transaction: ledger.open_run(
                transaction,
                PIPELINES,
                run_id=run_id,
                source=source or f"source {run_id[:8]}",
                kind=kind,
                options=RunOptions(),
                at=now(),
            )
        )
        return self.run(run_id)

    def run(self, run_id: str) -> Run:
        run = self.store.run(run_id)
        assert run is not None
        return run

    def begin(self, run_id: str, *, job: int = 0) -> Run:
        return self._change(run_id, lambda run: [(run.jobs[job].started(now()), "job.started")])

    def progress(self, run_id: str, percent: int, *, job: int = 0, steps: int = 1) -> Run:
        """Write *steps* times in one commit; the last time at *percent*."""

        def moved(job_: Job, step: int) -> Job:
            return replace(job_, progress=percent, details={"step": step})

        def changes(run: Run) -> list[tuple[Job, str]]:
            return [(moved(run.jobs[job], step), "job.progressed") for step in range(steps)]

        return self._change(run_id, changes)

    def write_details(self, run_id: str, details: dict[str, Any]) -> Run:
        return self._change(run_id, lambda run: [(replace(run.jobs[0], details=details), "job.progressed")])

    def complete(self, run_id: str, *, job: int = 0) -> Run:
        def change(transaction: Any) -> None:
            run = transaction.run(run_id)
            outcome = Completed(result={"tables": 1, "columns": 2, "datasource": run.source})
            ledger.complete_job(transaction, PIPELINES, run, run.jobs[job], outcome, at=now())

        self.store.transact(change)
        return self.run(run_id)

    def fail(self, run_id: str) -> Run:
        self.store.transact(
            lambda transaction: ledger.fail_run(transaction, transaction.run(run_id), error="it broke", at=now())
        )
        return self.run(run_id)

    def retry(self, run_id: str) -> Run:
        self.store.transact(
            lambda transaction: ledger.retry_run(transaction, PIPELINES, transaction.run(run_id), at=now())
        )
        return self.run(run_id)

    def jobs(self, run_id: str) -> list[dict[str, Any]]:
        """What a job-stream shows now."""
        return [json.loads(compact_json(job_record(job))) for job in self.run(run_id).jobs]

    def status(self) -> dict[str, Any]:
        """What the status-stream shows now."""
        return status_record(self.store.running_status())

    def events(self, since: int = 0) -> list[Event]:
        """The whole log after *since*."""
        return self.store.page_since(since, limit=10_000_000).events

    def _change(self, run_id: str, changes: Callable[[Run], list[tuple[Job, str]]]) -> Run:
        def change(transaction: Any) -> None:
            run = transaction.run(run_id)
            ledger._change(transaction, run, changes(run), at=now())

        self.store.transact(change)
        return self.run(run_id)


class LiveServer:
    """The streams of a store, served from a thread of this process."""

    def __init__(
        self,
        store: Store,
        notifier: Notifier,
        *,
        path: str,
        pace: Pace = QUICK,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.hand = Hand(store)
        service = CatalogueService(
            store=store,
            drivers=None,  # streams read no source
            pipelines=PIPELINES,
            models=PlainModels(),
            clock=now,
            new_id=lambda: str(uuid.uuid4()),
        )
        self.service = service
        self.hub = Hub(log=service, catalogue=service, notifier=notifier, pace=pace, rng=random.Random(7))
        app = Starlette(routes=[*stream_routes(self.hub)], exception_handlers=dict(HANDLERS))
        config = uvicorn.Config(
            app,
            http=PROTOCOLS[path],
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
            ssl_context_factory=None if tls is None else lambda *_: tls,
        )
        self._readers: list[Reader] = []
        self._listeners = bind(ServerOptions(port=port))
        self.port: int = self._listeners[0].getsockname()[1]
        self.server = DrainingServer(
            config,
            hub=self.hub,
            pool=CallPool(threads=1),
            lifecycle=Lifecycle(),
            supervisor=None,
            on_stopping=lambda: None,
        )
        self._started = threading.Event()
        self.server.on_started = self._note_start
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": self._listeners}, daemon=True)
        self.thread.start()
        assert self._started.wait(10)

    def _note_start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._started.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run *work* in the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def stop(self) -> None:
        for reader in self._readers:
            reader.close()
        self.terminate()

    def terminate(self) -> None:
        """What SIGTERM does, and wait for the end."""
        self.server.stop()
        self.thread.join(10)
        assert not self.thread.is_alive()

    def read(self, path: str, **options: Any) -> "Reader":
        self._readers.append(reader := Reader(self.port, path, **options))
        return reader

    def eventually(self, claim: Callable[[], bool], *, within: float = 5.0) -> float:
        """Wait until *claim* holds, and say how long that took."""
        return eventually(claim, within=within)


def eventually(claim: Callable[[], bool], *, within: float = 5.0) -> float:
    start = time.monotonic()
    while not claim():
        assert time.monotonic() - start < within, "it did not come true in time"
        time.sleep(0.002)
    return time.monotonic() - start


@dataclass
class Frame:
    """A block of an event stream, with or without data."""

    event: str | None = None
    id: str | None = None
    data: str | None = None
    retry: str | None = None

    @property
    def seq(self) -> int:
        assert self.id is not None
        return int(self.id.rpartition("-")[2])

    def json(self) -> Any:
        assert self.data is not None
        return json.loads(self.data)


@dataclass
class Reader:
    """A reader that takes the bytes as they come, and nothing for granted."""

    port: int
    path: str
    headers_sent: dict[str, str] = field(default_factory=dict)
    method: str = "GET"
    timeout: float = 5.0
    receive_buffer: int | None = None
    trust: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        self.socket = socket.socket()
        if self.receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
        self.socket.settimeout(self.timeout)
        self.socket.connect(("127.0.0.1", self.port))
        if self.trust is not None:
            self.socket = self.trust.wrap_socket(self.socket, server_hostname="localhost")
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port)
        self.connection.sock = self.socket
        self.connection.request(self.method, self.path, headers=self.headers_sent)
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.headers = self.response.headers
        self.comments: list[tuple[float, bytes]] = []
        self.lines: list[bytes] = []

    def frame(self) -> Frame | None:
        """The next block; None at a clean end."""
        frame = Frame()
        data: list[str] = []
        while line := self.response.readline():
            self.lines.append(line)
            assert line.endswith(b"\n"), line
            text = line[:-1].decode()
            if text.startswith(":"):
                self.comments.append((time.monotonic(), line))
                continue
            if not text:
                return replace(frame, data="\n".join(data) if data else None)
            name, _, value = text.partition(": ")
            if name == "data":
                data.append(value)
            else:
                assert getattr(frame, name) is None, text
                setattr(frame, name, value)
        assert frame == Frame(), "the stream ended inside a block"
        return None

    def opening(self) -> Frame:
        """The first block."""
        frame = self.frame()
        assert frame is not None
        return frame

    def message(self) -> Frame:
        """The next block with data."""
        while (frame := self.frame()) is not None:
            if frame.data is not None:
                return frame
        raise AssertionError("the stream has ended")

    def message_after(self, write: Callable[[], object]) -> int:
        """Do *write*, then the seq of the next event."""
        write()
        return self.message().seq

    def messages(self) -> Iterator[Frame]:
        """All blocks with data until the end."""
        while (frame := self.frame()) is not None:
            if frame.data is not None:
                yield frame

    def texts(self, count: int) -> list[str]:
        """The data of the next *count* events."""
        return [self.message().data or "" for _ in range(count)]

    def close(self) -> None:
        """Leave with FIN."""
        self.response.close()
        self.connection.close()
        self.socket.close()

    def reset(self) -> None:
        """Leave with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()
