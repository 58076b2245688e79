"""Two nodes on one PostgreSQL: how soon one shows what the other commits; and one run, done by 1, 2 and 4 workers.

    python tests/benchmarks/nodes.py [fan-out] [speed-up] [--streams N] [--messages N] [--tables N] …

Fan-out: N streams (1,000) on each of two servers; each message is a change of a job, committed by the first, and timed
from before the call that commits it to each reader, the next when all have the one before. First one stream a node
shows that job, then all of them do. Beside it, on the same
server and in the same run, what PostgreSQL itself takes: a row of the same size and a NOTIFY in one commit of plain
psycopg, to one process that does nothing but listen.

Speed-up: one extraction by worker processes of one thread each. The first source is a PostgreSQL whose server does
the work, the second one waits 0.2 s in each of its views, as a warehouse far away does.
"""

import argparse
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent / "streams"))

import psycopg
from command_line import CommandLine
from crowd_process import CrowdProcess
from machines import drained, sharing
from peers import FRAME, Ours
from postgres_servers import OwnServer

WORKERS = (1, 2, 4)
NAP = 0.2
PAUSE = 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", help="fan-out, speed-up; both unless one is named")
    parser.add_argument("--streams", type=int, default=1000, metavar="N", help="on each of the two nodes")
    parser.add_argument("--messages", type=int, default=300, metavar="N")
    parser.add_argument("--tables", type=int, default=24, metavar="N", help="of the source whose server works")
    parser.add_argument("--rows", type=int, default=200_000, metavar="N", help="of each of them")
    parser.add_argument("--views", type=int, default=24, metavar="N", help="of the source that waits")
    arguments = parser.parse_args()
    with closing(OwnServer()) as server, tempfile.TemporaryDirectory() as folder:
        print(f"{os.cpu_count()} cores, shared by PostgreSQL, both nodes or all workers, and all readers")
        if "fan-out" in arguments.what or not arguments.what:
            show_fan_out(server.url, Path(folder), streams=arguments.streams, messages=arguments.messages)
        if "speed-up" in arguments.what or not arguments.what:
            show_speed_up(server.url, Path(folder), arguments)


def show_fan_out(url: str, folder: Path, *, streams: int, messages: int) -> None:
    """Print how soon readers on each node have what the first one commits."""
    # Where a server announces itself on this machine.
    os.environ["XDG_DATA_HOME"] = str(folder)
    first = Ours("takeover", f"{url}&schema=fan_out")
    first.start()
    second = CommandLine(folder)
    second.environ["CATALOGCTL_STORE"] = f"{url}&schema=fan_out"
    try:
        serving = second.start("serve", "--no-worker", "--port", "0", "--max-streams-per-client", "0")
        port = int(serving.talk(lambda line: "serves" in line).split("serves ")[1].split()[0].rpartition(":")[2])
        drained(serving)
        ports = (first.port, port)
        print(f"fan-out: {messages} changes of a job, {FRAME} bytes, from the call that commits to the reader")
        with crowds(ports, streams, "/catalog/status-stream"), crowds(ports, 1, first.path) as readers:
            here, there = latencies(first, readers, range(1, messages + 1))
        show_percentiles(f"the one reader among {streams:,} streams, same node", here)
        show_percentiles(f"the one reader among {streams:,} streams, other node", there)
        with crowds(ports, streams, first.path) as readers:
            here, there = latencies(first, readers, range(messages + 1, 2 * messages + 1))
        show_percentiles(f"all {streams:,} on each node are readers, same node", here)
        show_percentiles(f"all {streams:,} on each node are readers, other node", there)
        show_percentiles("psycopg alone: INSERT, NOTIFY, COMMIT to one LISTEN", bare_latencies(url, messages))
    finally:
        second.close()
        first.stop()


@contextmanager
def crowds(ports: Sequence[int], count: int, path: str) -> Iterator[list[CrowdProcess]]:
    """So many streams at each port."""
    opened = [CrowdProcess("--each") for _ in ports]
    try:
        for crowd, port in zip(opened, ports, strict=True):
            crowd.open(count, port, path)
        yield opened
    finally:
        for crowd in opened:
            crowd.close()


def latencies(node: Ours, readers: Sequence[CrowdProcess], messages: Iterable[int]) -> list[list[float]]:
    """Milliseconds from before each message's commit by *node* to each of the readers."""
    seen: list[list[float]] = [[] for _ in readers]
    for number in messages:
        node.publish(f"<n={number};t={time.monotonic_ns()}>")
        for crowd, had in zip(readers, seen, strict=True):
            had.extend(crowd.all_have(number)["each"])
        time.sleep(PAUSE)
    return seen


def show_percentiles(what: str, took: Sequence[float]) -> None:
    ordered = sorted(took)
    p99 = ordered[int(len(ordered) * 0.99) - 1]
    print(f"  {what:<53} p50 {statistics.median(ordered):>6.1f} ms   p99 {p99:>6.1f} ms", flush=True)


def bare_latencies(url: str, messages: int) -> list[float]:
    """Milliseconds from before a commit with a NOTIFY to the one process that listens."""
    near, far = multiprocessing.Pipe()
    listener = multiprocessing.get_context("spawn").Process(target=listen, args=(url, far), daemon=True)
    listener.start()
    assert near.recv() == "listening"
    took = []
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bare (data text)")
        for _ in range(messages):
            began = time.monotonic_ns()
            with connection.transaction():
                connection.execute("INSERT INTO bare VALUES (%s)", ("x" * FRAME,))
                connection.execute("SELECT pg_notify('bare', '')")
            took.append((near.recv() - began) / 1e6)
            time.sleep(PAUSE)
    listener.terminate()
    listener.join()
    return took


def listen(url: str, end: Connection) -> None:
    """Send the moment of every notification, by the clock that all processes share."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("LISTEN bare")
        end.send("listening")
        for _ in connection.notifies():
            end.send(time.monotonic_ns())


def show_speed_up(url: str, folder: Path, arguments: argparse.Namespace) -> None:
    """Print how long one extraction takes by how many workers."""
    make_sources(url, tables=arguments.tables, rows=arguments.rows, views=arguments.views)
    for name, what in (
        ("working", f"{arguments.tables} tables of {arguments.rows:,} rows, profiled by their server, on these cores"),
        ("waiting", f"{arguments.views} views that wait {NAP} s at each look, as a server far away does"),
    ):
        print(f"speed-up: {what}")
        alone = 0.0
        for count in WORKERS:
            place = folder / f"{name}{count}"
            place.mkdir()
            seconds, shares = extraction(f"{url}&schema=s_{name}_{count}", _database(url, name), place, count)
            alone = alone or seconds
            shown = ", ".join(str(share) for share in sorted(shares.values(), reverse=True))
            print(
                f"  {count} worker{'s' if count > 1 else ' '}{seconds:>8.1f} s{alone / seconds:>7.2f} x   {shown} tasks"
            )


def make_sources(url: str, *, tables: int, rows: int, views: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for name in ("working", "waiting"):
            connection.execute(f"CREATE DATABASE {name}".encode())
    with psycopg.connect(_database(url, "working")) as connection:
        for number in range(tables):
            connection.execute(
                f"CREATE TABLE t{number} AS SELECT n AS id, 'name ' || n % 997 AS name, n / 7.0 AS amount,"
                f" now() - n * interval '1 minute' AS at FROM generate_series(1, {rows}) AS n".encode()
            )
    with psycopg.connect(_database(url, "waiting")) as connection:
        for number in range(views):
            connection.execute(f"CREATE VIEW v{number} AS SELECT 1 AS x FROM pg_sleep({NAP})".encode())


def _database(url: str, name: str) -> str:
    return url.replace("/postgres?", f"/{name}?")


def extraction(store: str, source: str, folder: Path, workers: int) -> tuple[float, Counter[str]]:
    """Seconds from the start of the run to its end, and how many tables each worker did."""
    with sharing(folder, store) as machines:
        node = machines.node()
        for _ in range(workers):
            machines.worker("--concurrency", "1")
        client = machines.machine()
        client.patience = 600
        done = client("extract", source, "--server", node.url)
        if done.code:
            raise RuntimeError(done.err)
        [run] = client("runs", "show", "latest", "--json", "--server", node.url).records
        tasks: list[Any] = client("jobs", "show", str(run["jobs"][0]["id"]), "--tasks", "--json").records
        began, ended = (datetime.fromisoformat(run[key]) for key in ("started_at", "completed_at"))
        return (ended - began).total_seconds(), Counter(
            task["worker"] for task in tasks if task.get("step") == "profile_tables"
        )


if __name__ == "__main__":
    main()
