"""PostgreSQL is away for a while, in part or for good: streams stay open, calls say so, and all of it catches up."""

import http.client
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from command_line import CommandLine, wait_until
from live_streams import Hand, Reader, eventually
from machines import Machines, Node, sharing
from postgres_clusters import PASSWORD, Cluster, primary_and_standby, url_of

from catalogctl.store.postgres import PostgresStore

SAFETY_LOOK = 2.0
"""Seconds in which what no notification told of is seen."""

SCHEMA = "shared"
BELL = "the-bell"
TOKEN = {"Authorization": f"Bearer {Machines.token}"}


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with closing(Cluster()) as server:
        yield server


@pytest.fixture
def store(server: Cluster) -> str:
    server.sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    return in_schema(server.url)


@pytest.fixture
def machines(tmp_path: Path, store: str) -> Iterator[Machines]:
    """Machines whose bells the server knows by their name."""
    with sharing(tmp_path, store, direct=f"{store}&application_name={BELL}") as machines:
        yield machines


@pytest.fixture
def hand(store: str) -> Iterator[Hand]:
    """Another node, which writes."""
    with closing(PostgresStore.open(store, on_commit=lambda: None, node="another")) as opened:
        yield Hand(opened)


def in_schema(url: str) -> str:
    return f"{url}&schema={SCHEMA}"


def answer(node: Node, path: str, *, body: object = None) -> tuple[int, Any]:
    """Status and JSON of a call, whatever they are; nobody is ever told the password."""
    method = "GET" if body is None else "POST"
    response = httpx.request(method, node.url + path, json=body, headers=TOKEN, timeout=20)
    assert PASSWORD not in response.text
    if response.is_error:
        assert response.headers["Content-Type"] == "application/problem+json"
        assert int(response.headers["Retry-After"]) > 0
    return response.status_code, response.json()


class Stream:
    """A stream that is read for as long as it is open, on the one connection that it has."""

    def __init__(self, node: Node, path: str) -> None:
        self._reader = Reader(node.port, path, headers_sent=TOKEN, timeout=60)
        self.messages: list[Any] = []
        self.is_open = True
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def seqs(self) -> list[int]:
        return [message["seq"] for message in self.messages]

    def beats_since(self, moment: float) -> int:
        return sum(at > moment for at, _ in self._reader.comments)

    def _read(self) -> None:
        with suppress(OSError, http.client.HTTPException):
            for frame in self._reader.messages():
                self.messages.append(frame.json())
        self.is_open = False

    def close(self) -> None:
        with suppress(OSError):
            self._reader.socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(20)
        self._reader.close()


@pytest.fixture
def streams() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def opened(streams: ExitStack, node: Node, path: str) -> Stream:
    return streams.enter_context(closing(Stream(node, path)))


def table_of_events(url: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(f"SELECT seq, type, data FROM {SCHEMA}.events ORDER BY seq").fetchall()
    return [(seq, type_, json.loads(data)) for seq, type_, data in rows]


def assert_saw_all(stream: Stream, url: str) -> None:
    stored = table_of_events(url)
    wait_until(lambda: bool(stream.messages) and stream.seqs[-1] >= stored[-1][0])
    assert [(one["seq"], one["type"], one["data"]) for one in stream.messages] == stored
    assert stream.is_open


def shop(machine: CommandLine, *, tables: int = 3) -> str:
    """A source on this machine."""
    statements = [f"CREATE TABLE t{number} AS SELECT {number} AS x" for number in range(tables)]
    return str(machine.folder / machine.database(*statements))


@pytest.mark.timeout(180)
def test_a_server_that_was_away_is_missed_by_nobody_afterwards(
    machines: Machines, server: Cluster, streams: ExitStack
) -> None:
    node = machines.node()
    worker = machines.worker()
    client = machines.machine()
    assert client("sources", "add", "shop", shop(client), "--server", node.url).code == 0
    log = opened(streams, node, "/events?since=earliest")
    status = opened(streams, node, "/catalog/status-stream")
    assert client("extract", "shop", "--server", node.url).code == 0

    server.stop()
    away = time.monotonic()
    wait_until(lambda: answer(node, "/ready")[0] == 503)
    _, problem = answer(node, "/ready")
    assert (problem["status"], problem["code"]) == (503, "store_unavailable")
    assert server.address.partition(":")[2] in problem["detail"]
    assert problem["hint"]
    assert answer(node, "/health")[0] == 200
    refused, problem = answer(node, "/catalog/extract", body={"source": "shop"})
    assert (refused, problem["code"]) == (503, "store_unavailable")
    done = client("extract", "shop", "--server", node.url)
    assert done.code == 69
    assert "is unavailable" in done.err
    assert PASSWORD not in done.err
    # Both streams beat, which is longer than a worker's lease lasts.
    wait_until(lambda: bool(log.beats_since(away)) and bool(status.beats_since(away)))
    wait_until(lambda: time.monotonic() > away + 12)

    server.start()
    wait_until(lambda: answer(node, "/ready")[0] == 200)
    assert client("extract", "shop", "--server", node.url).code == 0
    assert_saw_all(log, server.url)
    assert worker.process.poll() is None
    told = [data for _, type_, data in table_of_events(server.url) if type_ == "status.changed"]
    wait_until(lambda: status.messages[-1] == told[-1])
    assert status.messages[1:] == told
    assert status.is_open


def test_the_password_of_a_store_is_shown_to_nobody(machines: Machines, server: Cluster) -> None:
    machine = machines.machine()
    worker = machine.start("worker")
    said = worker.talk(lambda line: "working on" in line)
    worker.process.terminate()
    done = worker.end()
    for words in (("status", "--verbose"), ("doctor",), ("doctor", "--json"), ("workers", "list", "--verbose")):
        answered = machine(*words)
        said += answered.out + answered.err
    assert server.address.partition(":")[2] in said
    assert PASSWORD not in said + done.out + done.err


def bells(server: Cluster) -> set[int]:
    """The backends that bells listen on."""
    found = server.sql(f"SELECT pid FROM pg_stat_activity WHERE application_name = '{BELL}' AND state = 'idle'")
    return {pid for (pid,) in found}


@pytest.mark.timeout(120)
def test_whatever_befalls_the_connection_that_listens_costs_less_than_the_safety_look(
    machines: Machines, server: Cluster, hand: Hand, streams: ExitStack
) -> None:
    node = machines.node()
    stream = opened(streams, node, "/events?since=earliest")
    wait_until(lambda: len(bells(server)) == 1)

    def assert_seen_within(seconds: float) -> None:
        seq = hand.append()
        eventually(lambda: bool(stream.messages) and stream.seqs[-1] == seq, within=seconds)

    assert_seen_within(SAFETY_LOOK)
    for _ in range(3):
        [old] = bells(server)
        server.sql(f"SELECT pg_terminate_backend({old})")
        assert_seen_within(SAFETY_LOOK)
        wait_until(lambda old=old: bells(server) - {old} != set())
    [frozen] = bells(server)
    # Nothing arrives, and no end of the connection either.
    os.kill(frozen, signal.SIGSTOP)
    try:
        for _ in range(3):
            assert_seen_within(SAFETY_LOOK)
    finally:
        os.kill(frozen, signal.SIGCONT)
    names = f"('catalogctl', '{BELL}')"
    server.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name IN {names}")
    assert_seen_within(SAFETY_LOOK)
    assert_saw_all(stream, server.url)


@pytest.mark.timeout(180)
def test_when_the_first_of_two_servers_dies_the_second_goes_on_with_all_that_was_acknowledged(
    tmp_path: Path, streams: ExitStack
) -> None:
    with (
        primary_and_standby() as (primary, standby),
        sharing(tmp_path, in_schema(url_of(primary, standby))) as machines,
    ):
        nodes = [machines.node(), machines.node()]
        worker = machines.worker("--concurrency", "1")
        client = machines.machine()
        logs = [opened(streams, node, "/events?since=earliest") for node in nodes]
        source = shop(client, tables=300)
        started = client("refresh", source, "--detach", "--json", "--server", nodes[0].url)
        assert started.code == 0, started.err
        watching = client.start("runs", "watch", "latest", "--json", "--server", nodes[1].url)
        watching.line()
        wait_until(lambda: any(one["type"] == "job.progressed" for one in logs[0].messages))
        primary.stop("immediate")
        standby.promote()
        assert not any(type_ == "run.completed" for _, type_, _ in table_of_events(standby.url))
        done = watching.end()
        assert done.code == 0, done.err
        for node, log in zip(nodes, logs, strict=True):
            assert answer(node, "/ready")[0] == 200
            assert_saw_all(log, standby.url)
        assert worker.process.poll() is None
        [run] = answer(nodes[0], "/catalog/runs?group=run")[1]["runs"]
        assert [job["result"]["tables"] for job in run["jobs"]] == [300, 300]
        assert client("extract", source, "--server", nodes[1].url).code == 0
