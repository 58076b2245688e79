"""What is left when a process dies without a word: kill -9, at every place where it hurts."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c"


class Place:
    """A store of its own, and the program working on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store" / "catalogctl.db"
        self.environ = {
            **{key: value for key, value in os.environ.items() if not key.startswith("CATALOGCTL_")},
            "CATALOGCTL_STORE": str(self.store),
            "CATALOGCTL_CONCURRENCY": "2",
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / "config"),
        }
        self._started: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "catalogctl", *arguments],
            env={**self.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            text=True,
            cwd=self.folder,
        )
        self._started.append(process)
        return process

    def ask(self, *arguments: str) -> list[dict[str, Any]]:
        process = self.start(*arguments, "--json")
        output, _ = process.communicate(timeout=30)
        return [json.loads(line) for line in output.splitlines()]

    def runs(self) -> list[dict[str, Any]]:
        return self.ask("runs", "list")

    def peek(self, sql: str) -> list[tuple[Any, ...]]:
        """Look into the store without being a catalogctl process, which would settle things."""
        if not self.store.exists():
            return []
        try:
            with closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)) as connection:
                return connection.execute(sql).fetchall()
        except sqlite3.OperationalError:
            return []

    def takes_writes(self) -> bool:
        """True when nobody holds the lock of the store."""
        with closing(sqlite3.connect(self.store, timeout=0, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            connection.execute("ROLLBACK")
        return True

    def database(self, *statements: str, name: str = "shop.db") -> str:
        path = self.folder / name
        with closing(sqlite3.connect(path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)
        return str(path)

    def serve(self, *arguments: str, **environ: str) -> tuple[subprocess.Popen[str], str]:
        process = self.start("serve", "--port", "0", *arguments, **environ)
        announced = self.store.parent / "server.json"

        def url() -> str | None:
            try:
                said: Mapping[str, Any] = json.loads(announced.read_text())
            except (OSError, ValueError):
                return None
            return str(said["url"]) if said["pid"] == process.pid else None

        until(lambda: url() is not None)
        return process, url() or ""

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate()
        for left in psutil.process_iter(["environ"]):
            if (left.info["environ"] or {}).get("CATALOGCTL_STORE") == str(self.store):
                left.kill()


def until(claim: Callable[[], bool], *, seconds: float = 30.0) -> None:
    give_up = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < give_up, "it never came true"
        time.sleep(0.02)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.end()


def is_profiling(place: Place) -> bool:
    return place.peek("SELECT 1 FROM tasks WHERE step = 'profile_tables' AND status = 'running'") != []


def test_a_run_whose_process_was_killed_is_failed_by_the_next_that_opens_the_store(place: Place) -> None:
    extraction = place.start("extract", place.database(f"CREATE VIEW slow AS {ENDLESS}"))
    until(lambda: is_profiling(place))
    extraction.kill()
    extraction.wait()
    (run,) = place.runs()
    assert (run["status"], run["jobs"][0]["error_message"]) == ("failed", "the process that did the work is gone")
    assert place.ask("status") == [{"is_running": False, "current_run_id": None, "active_run_ids": []}]


def test_a_server_goes_on_with_the_tasks_that_a_killed_worker_left(place: Place) -> None:
    tables = [f"CREATE TABLE t{number} AS SELECT {number} AS x" for number in range(5)]
    path = place.database(*tables, f"CREATE VIEW slow AS {ENDLESS}")
    server, _ = place.serve(path, CATALOGCTL_TASK_DEADLINE="4")
    until(lambda: is_profiling(place))
    until(lambda: place.peek("SELECT count(*) FROM tasks WHERE status = 'completed'") == [(6,)])
    (worker,) = psutil.Process(server.pid).children()
    worker.kill()
    until(lambda: [run["status"] for run in place.runs()] == ["completed"])
    (run,) = place.runs()
    assert run["jobs"][0]["result"]["tables"] == 6
    attempts = dict(place.peek("SELECT key, attempt FROM tasks WHERE step = 'profile_tables'"))
    assert attempts.pop("slow") == 2
    assert set(attempts.values()) == {1}


def test_a_worker_does_not_outlive_its_killed_server_and_the_next_server_goes_on(place: Place) -> None:
    path = place.database("CREATE TABLE t AS SELECT 1 AS x", f"CREATE VIEW slow AS {ENDLESS}")
    server, _ = place.serve(path, CATALOGCTL_TASK_DEADLINE="4")
    until(lambda: is_profiling(place))
    (worker,) = psutil.Process(server.pid).children()
    server.kill()
    server.wait()
    until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE, seconds=5)
    place.serve(CATALOGCTL_TASK_DEADLINE="4")
    until(lambda: [run["status"] for run in place.runs()] == ["completed"])


def test_killed_at_random_moments_the_catalogue_is_whole_and_nothing_runs_for_ever(place: Place) -> None:
    rng = random.Random(7)
    tables = [f"CREATE TABLE t{number:02} AS SELECT {number} AS x" for number in range(40)]
    path = place.database(*tables)
    assert place.start("extract", path).wait(timeout=60) == 0
    for _ in range(8):
        extraction = place.start("extract", path)
        time.sleep(rng.uniform(0.2, 1.2))  # The moment is what is tried; nothing is waited for.
        extraction.send_signal(signal.SIGKILL)
        extraction.wait()
        (shop,) = place.ask("catalog", "export", "--format", "json")[0]["catalog"]
        assert len(shop["tables"]) == 40
        assert {run["status"] for run in place.runs()} <= {"completed", "failed"}
    ((count,),) = place.peek("SELECT count(*) FROM events")
    events = place.ask("events", "tail", "--since", "earliest", "--limit", str(count))
    seqs = [event["seq"] for event in events]
    assert seqs == sorted(set(seqs))
    # State and events tell the same: each run's last word in the log is its status.
    last = {event["run_id"]: event["type"] for event in events if event["type"].startswith("run.")}
    assert {run["run_id"]: f"run.{run['status']}" for run in place.runs()} == last
    assert place.start("extract", path).wait(timeout=60) == 0


def frozen(place: Place) -> subprocess.Popen[str]:
    """An extraction that was stopped amid its work and whose lease is over."""
    path = place.database("CREATE TABLE t (a)", f"CREATE VIEW slow AS {ENDLESS}")
    extraction = place.start("extract", path, CATALOGCTL_TASK_DEADLINE="8")
    until(lambda: is_profiling(place))
    while True:
        extraction.send_signal(signal.SIGSTOP)
        time.sleep(0.2)  # until each of its threads has stopped
        if place.takes_writes():
            break
        # Amid a commit it would stop everybody: SQLite's lock knows no lease.
        extraction.send_signal(signal.SIGCONT)
    until(lambda: [worker["is_alive"] for worker in place.ask("workers", "list")] == [False], seconds=40)
    return extraction


def test_a_frozen_process_is_waited_for_by_those_who_only_look_on(place: Place) -> None:
    extraction = frozen(place)
    assert [run["status"] for run in place.runs()] == ["running"]
    extraction.send_signal(signal.SIGCONT)
    assert extraction.wait(timeout=30) == 0
    assert [run["status"] for run in place.runs()] == ["completed"]


def test_a_frozen_worker_loses_its_work_to_another_and_its_late_result_is_refused(place: Place) -> None:
    extraction = frozen(place)
    place.start("worker", CATALOGCTL_TASK_DEADLINE="2")
    until(lambda: [run["status"] for run in place.runs()] == ["completed"])
    ended = place.peek("SELECT * FROM runs, jobs, tasks")
    extraction.send_signal(signal.SIGCONT)
    assert extraction.wait(timeout=20) == 0
    assert place.peek("SELECT * FROM runs, jobs, tasks") == ended
