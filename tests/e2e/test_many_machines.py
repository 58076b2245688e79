"""Two servers, three workers, one PostgreSQL and nginx before them: nobody can tell which of them answered."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from command_line import CommandLine, Running, wait_until
from machines import Machines, Node, sharing
from postgres_servers import schema_of, server_url

TABLES = 24
ROWS = 20_000


@pytest.fixture
def store(tmp_path: Path) -> str:
    url = server_url()
    return f"{url}{'&' if '?' in url else '?'}schema={schema_of(tmp_path)}"


@pytest.fixture
def machines(tmp_path: Path, store: str) -> Iterator[Machines]:
    with sharing(tmp_path, store) as machines:
        yield machines


@pytest.fixture
def database(tmp_path: Path) -> str:
    """A source that takes some seconds."""
    path = tmp_path / "large.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        for number in range(TABLES):
            connection.execute(f"CREATE TABLE t{number} (id INTEGER PRIMARY KEY, name TEXT, amount REAL)")
            rows = ((f"name {row % 997}", row / 7) for row in range(ROWS))
            connection.executemany(f"INSERT INTO t{number} (name, amount) VALUES (?, ?)", rows)
    return str(path)


def call(url: str, path: str, *, body: object = None) -> Any:
    request = urllib.request.Request(
        url + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {Machines.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def events_of(store: str) -> list[tuple[int, str, str]]:
    """The table of events itself."""
    url, _, schema = store.partition("schema=")
    with psycopg.connect(url.rstrip("?&")) as connection:
        connection.execute(f"SET search_path TO {schema}")
        return connection.execute("SELECT seq, type, data FROM events ORDER BY seq").fetchall()


class Tail:
    """`events tail --json` of one more machine, through *url*, and all that it has printed."""

    def __init__(self, machine: CommandLine, url: str) -> None:
        self.process: Running = machine.start("events", "tail", "--since", "earliest", "--json", "--server", url)
        self.records: list[Any] = []
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self.process.process.stderr.read, daemon=True).start()  # type: ignore[union-attr]

    def _read(self) -> None:
        assert self.process.process.stdout is not None
        for line in self.process.process.stdout:
            self.records.append(json.loads(line))

    def assert_equals(self, store: str) -> None:
        stored = events_of(store)
        wait_until(lambda: bool(self.records) and self.records[-1]["seq"] >= stored[-1][0])
        seen = [(one["seq"], one["type"], one["data"]) for one in self.records]
        assert seen == [(seq, type_, json.loads(data)) for seq, type_, data in stored]


def killed(process: Running) -> None:
    process.process.send_signal(signal.SIGKILL)
    process.process.wait(20)


@pytest.mark.timeout(240)
def test_whatever_is_killed_the_run_ends_and_readers_miss_and_repeat_nothing(
    machines: Machines, database: str, store: str
) -> None:
    first, second = machines.node(), machines.node()
    workers = [machines.worker("--concurrency", "1") for _ in range(3)]
    _, url = machines.balancer(first, second)
    tails = [Tail(machines.machine(), where) for where in (url, second.url)]
    client = machines.machine()
    started = client("refresh", database, "--detach", "--json", "--server", first.url)
    assert started.code == 0, started.err
    watching = client.start("runs", "watch", "latest", "--json", "--server", url)
    wait_until(lambda: any(task["status"] == "completed" for task in profiled(second)))
    killed(workers[0])
    killed(first.process)
    again = machines.node(machine=first.machine, port=first.port)
    done = watching.end()
    assert done.code == 0, done.err
    [run] = call(again.url, "/catalog/runs?group=run")["runs"]
    assert run["status"] == "completed"
    assert [job["result"]["tables"] for job in run["jobs"]] == [TABLES, TABLES]
    assert not any(job["warnings"] for job in run["jobs"] if job["job_type"] == "extraction")
    assert len({task["worker"] for task in profiled(second)}) >= 2
    assert all(task["status"] == "completed" for task in profiled(second))
    for tail in tails:
        tail.assert_equals(store)
    seqs = [record["seq"] for record in done.records if "seq" in record]
    assert seqs == sorted(set(seqs))


def profiled(node: Node) -> list[Any]:
    """The profile tasks of the only run."""
    jobs = call(node.url, "/catalog/jobs?job_type=extraction")["jobs"]
    tasks = call(node.url, f"/catalog/jobs/{jobs[0]['id']}/tasks")["tasks"]
    return [task for task in tasks if task["step"] == "profile_tables"]


@pytest.mark.timeout(180)
def test_a_source_has_one_active_run_whichever_node_is_asked(machines: Machines, database: str) -> None:
    nodes = [machines.node(), machines.node()]
    machines.machine()("sources", "add", "large", database, "--server", nodes[0].url)
    answers: list[int] = []

    def start(node: Node) -> None:
        try:
            answers.append(call(node.url, "/catalog/extract", body={"source": "large"}) and 202)
        except urllib.error.HTTPError as error:
            answers.append(error.code)

    machines.worker()
    threads = [threading.Thread(target=start, args=(nodes[number % 2],)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [202] + [409] * 7


@pytest.mark.timeout(180)
def test_a_worker_that_was_frozen_longer_than_its_lease_writes_nothing_late(machines: Machines, database: str) -> None:
    node = machines.node()
    frozen = machines.worker("--concurrency", "2")
    client = machines.machine()
    assert client("extract", database, "--detach", "--server", node.url).code == 0
    wait_until(lambda: any(task["status"] == "completed" for task in profiled(node)))
    os.kill(frozen.process.pid, signal.SIGSTOP)
    machines.worker("--concurrency", "2")
    watched = client("runs", "watch", "latest", "--server", node.url)
    os.kill(frozen.process.pid, signal.SIGCONT)
    assert watched.code == 0, watched.err
    before = profiled(node)
    events = call(node.url, "/catalog/running-status")
    # Awake again, it finds its tasks with somebody else and is ready for others.
    wait_until(lambda: sum(at["is_alive"] for at in call(node.url, "/workers")["workers"]) == 2)
    assert profiled(node) == before
    assert call(node.url, "/catalog/running-status") == events
    assert client("extract", "large", "--server", node.url).code == 0


@pytest.mark.timeout(180)
def test_streams_pass_through_nginx_as_http_2_unbuffered(machines: Machines, database: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl: apt-get install curl")
    node = machines.node()
    machines.worker()
    secure, plain = machines.balancer(node)
    command = ["curl", "-skN", "--http2", "-w", "%{http_version}", "-H", f"Authorization: Bearer {Machines.token}"]
    words = [*command, f"{secure}/catalog/status-stream"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        try:
            assert next(filter(is_data, watching.stdout)).startswith('data: {"is_running":false')
            assert machines.machine()("extract", database, "--detach", "--server", plain).code == 0
            assert next(filter(is_data, watching.stdout)).startswith('data: {"is_running":true')
            node.process.process.terminate()
            assert watching.stdout.read().strip().endswith("2")
        finally:
            watching.kill()


def is_data(line: str) -> bool:
    return line.startswith("data: ")
