"""A house with a catalogue in it, served on a real socket, and the plainest of clients."""

import http.client
import json
import os
import socket
import sqlite3
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from plain_models import PlainModels

from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.domain.ports.store import Transaction
from catalogctl.domain.runs import JobType, Run, RunKind, RunOptions
from catalogctl.domain.tasks import Task, Worker
from catalogctl.notify.local import LocalNotifier
from catalogctl.pipeline.enrichment import Enrichment
from catalogctl.pipeline.extraction import Extraction
from catalogctl.pipeline.retention import Retention
from catalogctl.pipeline.worker import WorkerPool
from catalogctl.server.listener import bind, local_url
from catalogctl.server.options import ServerOptions
from catalogctl.server.process import build_server
from catalogctl.service.catalogue import CatalogueService
from catalogctl.service.monitor import StoreMonitor
from catalogctl.sources.drivers import SourceDrivers
from catalogctl.store.memory import MemoryStore

SECRET = "the-local-secret-of-this-test"


def now() -> datetime:
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class House:
    """A catalogue on the reference store with two registered sources, `shop` and `stock`."""

    def __init__(self, folder: Path, *, models: PlainModels | None = None) -> None:
        self.folder = folder
        self.ids: list[str] = []
        """The ids of the next runs; random ones when it is empty."""
        self.notifier = LocalNotifier()
        self.store = MemoryStore(on_commit=self.notifier.ring)
        self.drivers = SourceDrivers({})
        self.models = models or PlainModels()
        self.pipelines = {
            JobType.EXTRACTION: Extraction(deadline=60.0),
            JobType.ENRICHMENT: Enrichment(models=self.models, deadline=60.0),
        }
        self.service = CatalogueService(
            store=self.store,
            drivers=self.drivers,
            pipelines=self.pipelines,
            models=self.models,
            clock=now,
            new_id=lambda: self.ids.pop(0) if self.ids else str(uuid.uuid4()),
        )
        self.monitor = StoreMonitor(store=self.store, clock=now, size=lambda: 4096)
        for name in ("shop", "stock"):
            self.service.add_source(str(self.database(name)), name=name)

    def database(self, name: str) -> Path:
        path = self.folder / f"{name}.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS customer (id INTEGER PRIMARY KEY, email TEXT)")
            connection.commit()
        return path

    def start(self, source: str = "shop", *, kind: RunKind = RunKind.EXTRACTION, **options: Any) -> Run:
        return self.service.start_run(kind, source=source, options=RunOptions(**options))

    def many_runs(self, count: int) -> None:
        """So many runs, each cancelled, written in one commit."""

        def change(transaction: Transaction) -> None:
            for _ in range(count):
                run = transaction.add_run(
                    run_id=str(uuid.uuid4()), source="shop", kind=RunKind.EXTRACTION, options=RunOptions(), at=now()
                )
                jobs = tuple(job.cancelled(at=now()) for job in run.jobs)
                transaction.put_run(run.with_jobs(jobs, at=now()))

        self.store.transact(change)

    def extract(self, source: str = "shop") -> Run:
        """A run on *source*, and its work, done."""
        run = self.start(source)
        with self.working():
            self.wait_for_end(run.run_id)
        return self.service.run(run.run_id)

    def refresh(self, source: str = "shop", **options: Any) -> Run:
        """The same for extraction and enrichment."""
        run = self.start(source, kind=RunKind.REFRESH, **options)
        with self.working():
            self.wait_for_end(run.run_id)
        return self.service.run(run.run_id)

    def claim(self, worker: Worker) -> Task:
        """The next task, in the hands of *worker*."""
        task = self.store.transact(lambda tx: tx.claim_task(worker, at=now(), lease_until=now() + timedelta(minutes=1)))
        assert task is not None
        return task

    def wait_for_end(self, run_id: str) -> None:
        wait_until(lambda: self.service.run(run_id).status.is_final)

    @contextmanager
    def working(self) -> Iterator[None]:
        """A worker of this process for the length of the block."""
        pool = WorkerPool(
            store=self.store,
            notifier=self.notifier,
            drivers=self.drivers,
            pipelines=self.pipelines,
            clock=now,
            worker=Worker(id=str(uuid.uuid4()), host="here", pid=os.getpid(), started_at=now()),
            per_source=None,
            concurrency=1,
            retention=Retention(events=1_000_000, age=timedelta(days=30)),
        )
        pool.enlist()
        thread = threading.Thread(target=pool.run, kwargs={"is_done": lambda: False}, name="worker")
        thread.start()
        try:
            yield
        finally:
            pool.stop()
            thread.join(10)


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: Sequence[str] = ()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Served:
    """A running server, and the plainest of clients for it: what is sent is exactly what the test says."""

    url: str
    port: int
    options: ServerOptions
    house: House
    trust: ssl.SSLContext | None = None
    connect_to: str = "127.0.0.1"
    headers: dict[str, str] = field(default_factory=dict)

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        raw: bytes | None = None,
    ) -> Reply:
        given = list(headers.items() if isinstance(headers, Mapping) else headers)
        names = {name.lower() for name, _ in given}
        if "host" not in names:
            given.insert(0, ("Host", f"{self.connect_to}:{self.port}"))
        given += [pair for pair in self.headers.items() if pair[0].lower() not in names]
        payload = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        if payload and "content-length" not in names:
            given.append(("Content-Length", str(len(payload))))
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given), "Connection: close"]
        with self.connection() as connection:
            connection.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + payload)
            return _read_reply(connection, method)

    @contextmanager
    def connection(self) -> Iterator[socket.socket]:
        with socket.create_connection((self.connect_to, self.port), timeout=10) as plain:
            if self.trust is None:
                yield plain
            else:
                with self.trust.wrap_socket(plain, server_hostname="localhost") as secure:
                    yield secure

    def get(self, path: str, **more: Any) -> Reply:
        return self.request("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Reply:
        return self.request("POST", path, body=body, **more)

    def delete(self, path: str, **more: Any) -> Reply:
        return self.request("DELETE", path, **more)


def _read_reply(connection: socket.socket, method: str) -> Reply:
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    is_stream = response.headers.get_content_type() == "text/event-stream"
    body = b"" if is_stream else response.read()
    reply = Reply(
        status=response.status,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=body,
        cookies=response.headers.get_all("set-cookie") or [],
    )
    response.close()
    return reply


@contextmanager
def serving(house: House, *, catalogue: Catalogue | None = None, **options: Any) -> Iterator[Served]:
    """Run a server in a thread for the length of the block, on a free port and a real socket."""
    chosen = ServerOptions(**{"port": 0, "secret": SECRET, **options})
    listeners = bind(chosen)
    port = listeners[0].getsockname()[1]
    server = build_server(
        catalogue=catalogue or house.service,
        log=house.service,
        monitor=house.monitor,
        notifier=house.notifier,
        options=chosen,
    )
    started = threading.Event()
    server.on_started = started.set
    thread = threading.Thread(target=server.run, kwargs={"sockets": listeners}, name="server")
    thread.start()
    patch = pytest.MonkeyPatch()
    # Nobody here watches a server become unready; the tests of the process do.
    patch.setattr("catalogctl.server.process._READY_LAG", 0.0)
    try:
        assert started.wait(10), "the server has not started"
        yield Served(url=local_url(chosen, port), port=port, options=chosen, house=house)
    finally:
        server.stop()
        thread.join(15)
        patch.undo()
        assert not thread.is_alive(), "the server has not ended"


Serve = Callable[..., Served]


def wait_until(holds: Callable[[], bool], *, seconds: float = 10.0) -> None:
    give_up = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < give_up, "waited in vain"
        time.sleep(0.005)
