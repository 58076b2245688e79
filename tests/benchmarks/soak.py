"""Thousands of readers of every temper for a long time: is anything lost, repeated, leaked or left behind?

    python tests/benchmarks/soak.py [--minutes M] [--streams N]

`catalogctl serve` works off one refresh after the other for M minutes (30), while N readers (2,000) come and go: of
ten, seven read the log, two the newest run and one the status; and of ten, four stay, four are cut off at random and
resume, one is slow, and one stops reading until the server lets it go, then resumes. At the end every reader of the
log must have had every event since its beginning once, in order, with the bytes of the store; every stream of a run
its end; every gauge must be back to zero; and the server's memory must not have grown since the first quarter. Prints
a line a minute and a verdict; the exit status is 1 when something was wrong.
"""

import argparse
import asyncio
import json
import os
import random
import socket
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

SOURCES = 3
RUN_EVERY = 4.0
TEMPERS = ("stays", "cut", "stays", "cut", "slow", "stays", "cut", "dead", "stays", "cut")
MASK = 2**64 - 1


@dataclass
class Crowd:
    """What all readers share: where the server is, and what went wrong."""

    port: int
    run_id: str = ""
    is_over: bool = False
    faults: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    rng: random.Random = field(default_factory=lambda: random.Random(11))

    def fault(self, what: str) -> None:
        if not self.faults[what]:
            print(f"  WRONG: {what}", flush=True)
        self.faults[what] += 1


class Reader(asyncio.Protocol):
    """One connection of one reader: takes chunks apart, then frames."""

    def __init__(self, crowd: Crowd, path: str, cursor: str | None) -> None:
        self.crowd = crowd
        self.request = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{crowd.port}\r\nAccept: text/event-stream\r\n"
            + (f"Last-Event-ID: {cursor}\r\n" if cursor else "")
            + "\r\n"
        ).encode()
        self.gone = asyncio.get_running_loop().create_future()
        self.raw = self.text = b""
        self.status: int | None = None
        self.has_ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.raw += data
        if self.status is None:
            head, found, self.raw = self.raw.partition(b"\r\n\r\n")
            if not found:
                self.raw = head
                return
            self.status = int(head.split(b" ", 2)[1])
        while (end := self.raw.find(b"\r\n")) >= 0:
            size = int(self.raw[:end] or b"0", 16)
            if len(self.raw) < end + size + 4:
                return
            self.text += self.raw[end + 2 : end + 2 + size]
            self.raw = self.raw[end + size + 4 :]
            self.has_ended = size == 0
        *frames, self.text = self.text.split(b"\n\n")
        for frame in frames:
            self.take(dict(line.split(b": ", 1) for line in frame.split(b"\n") if line and line[:1] != b":"))

    def take(self, frame: dict[bytes, bytes]) -> None:
        """One frame, its fields by name."""

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.gone.done():
            self.gone.set_result(exc)

    def cut(self) -> None:
        """Leave with RST in the middle of whatever is going on."""
        raw: socket.socket = self.transport.get_extra_info("socket")
        if raw.fileno() >= 0:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


@dataclass
class Transcript:
    """What a reader of the log has had: from where to where, and the sum of all it was told."""

    start: int | None = None
    seq: int = 0
    count: int = 0
    total: int = 0


def weight(seq: int, data: bytes) -> int:
    """A number for an event; of a whole stretch of the log their sum tells whether it is the same."""
    return zlib.crc32(b"%d %b" % (seq, data)) * (2 * seq + 1) & MASK


class LogReader(Reader):
    def __init__(self, crowd: Crowd, cursor: str | None, had: Transcript) -> None:
        super().__init__(crowd, "/events", cursor)
        self.cursor = cursor
        self.had = had

    def take(self, frame: dict[bytes, bytes]) -> None:
        if b"id" not in frame:
            return
        self.cursor = frame[b"id"].decode()
        seq = int(self.cursor.rpartition("-")[2])
        had = self.had
        if had.start is None:
            had.start = had.seq = seq
        if frame.get(b"event") == b"reset":
            self.crowd.fault("a reader of the log was reset")
        elif b"data" in frame:
            if seq <= had.seq:
                self.crowd.fault("an event was repeated, or came out of order")
            had.count += 1
            had.total = had.total + weight(seq, frame[b"data"]) & MASK
        had.seq = seq


class RunReader(Reader):
    def __init__(self, crowd: Crowd, run_id: str, cursor: str | None) -> None:
        super().__init__(crowd, f"/catalog/job-stream/{run_id}", cursor)
        self.cursor = cursor
        self.last: Any = None
        self.is_done = False

    def take(self, frame: dict[bytes, bytes]) -> None:
        self.cursor = frame[b"id"].decode() if b"id" in frame else self.cursor
        if b"data" not in frame:
            return
        message = json.loads(frame[b"data"])
        if message == {"done": True}:
            self.is_done = True
            if self.last is not None and any(job["status"] != "completed" for job in self.last):
                self.crowd.fault("a run was done before all of its jobs were")
        elif message == self.last:
            self.crowd.fault("the same state was shown twice")
        else:
            self.last = message


class StatusReader(Reader):
    def __init__(self, crowd: Crowd) -> None:
        super().__init__(crowd, "/catalog/status-stream", None)
        self.last: Any = None

    def take(self, frame: dict[bytes, bytes]) -> None:
        if b"data" in frame:
            message = json.loads(frame[b"data"])
            if message == self.last:
                self.crowd.fault("the same status was shown twice")
            self.last = message


async def connect(crowd: Crowd, reader: Reader) -> Reader | None:
    """The reader, connected; None when it is too late."""
    while not crowd.is_over:
        try:
            await asyncio.get_running_loop().create_connection(lambda: reader, "127.0.0.1", crowd.port)
        except OSError:
            crowd.counts["refusals"] += 1
            await asyncio.sleep(0.2)
        else:
            crowd.counts["connections"] += 1
            return reader
    return None


async def endure(crowd: Crowd, reader: Reader, temper: str) -> None:
    """Read as the temper says, until the server or the temper ends it."""
    if temper == "stays":
        await reader.gone
        return
    await asyncio.wait([reader.gone], timeout=crowd.rng.uniform(1, 60))
    if reader.gone.done():
        return
    if temper == "slow":
        reader.transport.pause_reading()
        await asyncio.wait([reader.gone], timeout=crowd.rng.uniform(0.5, 20))
        if not reader.gone.done():
            reader.transport.resume_reading()
    elif temper == "dead" and not crowd.is_over:
        reader.transport.pause_reading()
        await asyncio.wait([reader.gone], timeout=90)
        reader.cut()
    elif not crowd.is_over:
        reader.cut()
        crowd.counts["cuts"] += 1
        await reader.gone


async def follow_log(crowd: Crowd, temper: str, had: Transcript, readers: set[Reader]) -> None:
    cursor: str | None = None
    while (reader := await connect(crowd, LogReader(crowd, cursor, had))) is not None:
        assert isinstance(reader, LogReader)
        readers.add(reader)
        while not reader.gone.done():
            await endure(crowd, reader, "stays" if crowd.is_over else temper)
        readers.discard(reader)
        cursor = reader.cursor


async def follow_runs(crowd: Crowd, temper: str, readers: set[Reader]) -> None:
    run_id, cursor = crowd.run_id, None
    while (reader := await connect(crowd, RunReader(crowd, run_id, cursor))) is not None:
        assert isinstance(reader, RunReader)
        readers.add(reader)
        while not reader.gone.done():
            await endure(crowd, reader, "stays" if crowd.is_over else temper)
        readers.discard(reader)
        cursor = reader.cursor
        if reader.is_done or reader.status == 204:
            crowd.counts["ends of runs"] += 1
            run_id, cursor = crowd.run_id, None
            await asyncio.sleep(crowd.rng.uniform(0, 2))


async def follow_status(crowd: Crowd, temper: str, readers: set[Reader]) -> None:
    while (reader := await connect(crowd, StatusReader(crowd))) is not None:
        readers.add(reader)
        while not reader.gone.done():
            await endure(crowd, reader, "stays" if crowd.is_over else temper)
        readers.discard(reader)


def temper_of(number: int) -> str:
    return TEMPERS[number % len(TEMPERS)]


@contextmanager
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The program itself, on a store in *folder*; and its port."""
    environ = {
        **os.environ,
        "CATALOGCTL_STORE": str(folder / "store.db"),
        "CATALOGCTL_KEEP_EVENTS": "1000000000",
        "CATALOGCTL_MAX_STREAMS_PER_CLIENT": "0",
        "HOME": str(folder),
    }
    sources = [folder / f"source{number}.db" for number in range(SOURCES)]
    for source in sources:
        with closing(sqlite3.connect(source)) as connection, connection:
            for table in ("customers", "orders", "items", "payments", "visits"):
                columns = "id INTEGER PRIMARY KEY, name TEXT, amount REAL, paid_on TEXT"
                connection.execute(f"CREATE TABLE {table} ({columns})")
                rows = [(f"n{row}", row / 7, f"2026-01-{row % 28 + 1:02}") for row in range(500)]
                connection.executemany(f"INSERT INTO {table} (name, amount, paid_on) VALUES (?, ?, ?)", rows)
    command = [sys.executable, "-m", "catalogctl", "serve", "--port", "0", *map(str, sources)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        announced = folder / "server.json"
        while not announced.exists():
            time.sleep(0.05)
        yield process, int(json.loads(announced.read_text())["url"].rpartition(":")[2])
    finally:
        process.terminate()
        process.wait(20)


def call(crowd: Crowd, path: str, *, method: str = "GET", body: object = None) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{crowd.port}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read().decode()
        return json.loads(text) if answer.headers["content-type"].startswith("application/json") else text


def open_streams(crowd: Crowd) -> int:
    lines = call(crowd, "/metrics").splitlines()
    return sum(int(float(line.split()[1])) for line in lines if line.startswith("catalogctl_streams{"))


async def until(claim: Callable[[], bool], *, patience: float) -> None:
    """Look twice a second until it is true, or it has taken too long."""
    for _ in range(int(patience * 2)):
        if await asyncio.to_thread(claim):
            return
        await asyncio.sleep(0.5)


async def keep_running(crowd: Crowd) -> None:
    """One refresh after the other."""
    number = 0
    while not crowd.is_over:
        body = {"source": f"source{number % SOURCES}"}
        try:
            answer = await asyncio.to_thread(call, crowd, "/catalog/refresh", method="POST", body=body)
            crowd.run_id = answer["run_id"]
            crowd.counts["runs"] += 1
        except OSError:
            crowd.counts["runs refused"] += 1
        number += 1
        await asyncio.sleep(RUN_EVERY)


async def soak(crowd: Crowd, server: psutil.Process, *, minutes: float, streams: int, store: Path) -> list[float]:
    """Everything at once; answers the server's memory in MB, a sample every ten seconds."""
    runner = asyncio.create_task(keep_running(crowd))
    await until(lambda: bool(crowd.run_id), patience=30)
    transcripts = [Transcript() for _ in range(streams * 7 // 10)]
    readers: set[Reader] = set()
    tasks = [asyncio.create_task(follow_log(crowd, temper_of(n), had, readers)) for n, had in enumerate(transcripts)]
    tasks += [asyncio.create_task(follow_runs(crowd, temper_of(n), readers)) for n in range(streams * 2 // 10)]
    tasks += [asyncio.create_task(follow_status(crowd, temper_of(n), readers)) for n in range(streams // 10)]
    began, memory = time.monotonic(), list[float]()
    while (elapsed := time.monotonic() - began) < minutes * 60:
        await asyncio.sleep(min(10.0, minutes * 60 - elapsed))
        memory.append(server.memory_full_info().pss / 1e6)
        if len(memory) % 6 == 0:
            told = ", ".join(f"{count:,} {what}" for what, count in sorted(crowd.counts.items()))
            open_ = await asyncio.to_thread(open_streams, crowd)
            now = f"{len(memory) // 6:>3} min  {memory[-1]:.0f} MB  {open_:,} streams open"
            print(f"  {now}; so far {told}", flush=True)
    runner.cancel()
    await finish(crowd, readers, tasks, transcripts, store)
    return memory


async def finish(
    crowd: Crowd, readers: set[Reader], tasks: list[asyncio.Task[None]], transcripts: list[Transcript], store: Path
) -> None:
    """Let the runs end and everybody catch up, compare, and leave."""
    await until(lambda: not call(crowd, "/catalog/running-status")["is_running"], patience=60)
    with closing(sqlite3.connect(store)) as connection:
        [(latest,)] = connection.execute("SELECT max(seq) FROM events").fetchall()
    await until(lambda: all(had.seq >= latest for had in transcripts), patience=200)
    await asyncio.to_thread(compare, crowd, transcripts, store, latest)
    crowd.is_over = True
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for reader in tuple(readers):
        reader.cut()
    await asyncio.sleep(2)
    if left := await asyncio.to_thread(open_streams, crowd):
        crowd.fault(f"{left} streams are still counted, two seconds after all readers have left")


def compare(crowd: Crowd, transcripts: list[Transcript], store: Path, latest: int) -> None:
    """Every transcript against the table of events."""
    sums, counts = [0] * (latest + 1), [0] * (latest + 1)
    with closing(sqlite3.connect(store)) as connection:
        stored = dict(connection.execute("SELECT seq, data FROM events"))
    frames = dict(event_frames(crowd))
    if frames.keys() != stored.keys():
        crowd.fault("the log that is served is not the table of events")
    for seq in range(1, latest + 1):
        has = seq in frames
        sums[seq] = sums[seq - 1] + (weight(seq, frames[seq]) if has else 0) & MASK
        counts[seq] = counts[seq - 1] + has
    for had in transcripts:
        start = had.start or 0
        if had.seq != latest or had.count != counts[latest] - counts[start]:
            crowd.fault("a reader of the log has missed events")
        elif had.total != sums[latest] - sums[start] & MASK:
            crowd.fault("a reader of the log was given other bytes than the store holds")
    print(f"  {len(transcripts):,} transcripts compared, {sum(had.count for had in transcripts):,} events in all")


def event_frames(crowd: Crowd) -> Iterator[tuple[int, bytes]]:
    """The whole log once more, read in peace."""
    with socket.create_connection(("127.0.0.1", crowd.port)) as plain, plain.makefile("rb") as lines:
        # HTTP/1.0 is answered without chunks.
        plain.sendall(f"GET /events?since=earliest HTTP/1.0\r\nHost: 127.0.0.1:{crowd.port}\r\n\r\n".encode())
        latest = int(call(crowd, "/metrics").split("\ncatalogctl_log_latest_seq ")[1].split()[0])
        seq = told = 0
        while told < latest:
            line = lines.readline()
            if line.startswith(b"id: "):
                seq = int(line.rpartition(b"-")[2])
            elif line.startswith(b"data: "):
                yield seq, line[6:-1]
            elif line == b"\n":
                told = seq


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0, metavar="M")
    parser.add_argument("--streams", type=int, default=2000, metavar="N")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, serving(Path(name)) as (process, port):
        crowd = Crowd(port=port)
        print(f"{arguments.streams:,} readers for {arguments.minutes:g} minutes", flush=True)
        server = psutil.Process(process.pid)
        store = Path(name) / "store.db"
        memory = asyncio.run(soak(crowd, server, minutes=arguments.minutes, streams=arguments.streams, store=store))
        quarter = max(1, len(memory) // 4)
        first, last = statistics.median(memory[quarter : 2 * quarter] or memory), statistics.median(memory[-quarter:])
        print(f"  memory of the server: {first:.0f} MB in the second quarter, {last:.0f} MB in the last")
        if last > first * 1.1 + 5:
            crowd.fault("the server's memory has grown")
        if "Traceback" in (Path(name) / "server.log").read_text():
            crowd.fault("the server has logged a traceback")
    for what, times in crowd.faults.items():
        print(f"  WRONG {times} times: {what}")
    print("all is well" if not crowd.faults else "not all is well")
    return bool(crowd.faults)


if __name__ == "__main__":
    sys.exit(main())
