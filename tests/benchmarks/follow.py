"""How fast a long log is read by way of a server, beside `curl -N` and a reader made of httpx and httpx-sse.

    python tests/benchmarks/follow.py [--events N] [--folder FOLDER]

`catalogctl serve` holds N events (200,000) of jobs at work. Each reader in turn reads all of them into a file; told
are events a second, and the processor's time an event, of the reader and of the server: on a busy machine that is
steadier.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import psutil
from store import an_event

from catalogctl.domain.events import NewEvent
from catalogctl.domain.ports.store import Transaction
from catalogctl.store.sqlite import SqliteStore

BATCH = 1000
PROGRAM = [sys.executable, "-m", "catalogctl"]
PLAIN_READER = """
import sys, httpx, httpx_sse
count = 0
with httpx.Client(timeout=None) as client, httpx_sse.connect_sse(client, "GET", sys.argv[1]) as source:
    for event in source.iter_sse():
        if event.data:
            sys.stdout.write(event.data + "\\n")
            sys.stdout.flush()
            count += 1
            if count == int(sys.argv[2]):
                break
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=200_000, metavar="N")
    parser.add_argument("--folder", type=Path, default=None, help="where to write; default: the temporary folder")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="catalogctl-follow-", dir=arguments.folder))
    try:
        Readers(folder, arguments.events).compare()
    finally:
        shutil.rmtree(folder)


class Readers:
    """Everything that reads the log of the store in *folder*, which is written first."""

    def __init__(self, folder: Path, count: int) -> None:
        self._folder = folder
        self._count = count - count % BATCH
        self._environ = {**os.environ, "CATALOGCTL_STORE": str(folder / "store.db"), "HOME": str(folder)}
        self._size = write_log(folder / "store.db", self._count)

    def compare(self) -> None:
        print(
            f"{self._count:,} events of {self._size} bytes; µs of processor an event, of the reader and of the server"
        )
        tail = [*PROGRAM, "events", "tail", "--since", "earliest", "--limit", str(self._count)]
        with self._serving() as (server, url):
            stream = f"{url}/events?since=earliest"
            self._show("curl -N", ["curl", "-sN", stream], server)
            self._show("httpx and httpx-sse", [sys.executable, "-c", PLAIN_READER, stream, str(self._count)], server)
            self._show("events tail --json", [*tail, "--json"], server)
            self._show("  --cursor-file", [*tail, "--json", "--cursor-file", str(self._folder / "one")], server)
            self._show("events tail", tail, server)
        self._show("without a server, --json", [*tail, "--json"], None)
        self._show("  --cursor-file", [*tail, "--json", "--cursor-file", str(self._folder / "two")], None)

    @contextmanager
    def _serving(self) -> Iterator[tuple[psutil.Process, str]]:
        command = [*PROGRAM, "serve", "--port", "0", "--no-worker"]
        with subprocess.Popen(command, env=self._environ, stderr=subprocess.PIPE, text=True) as server:
            assert server.stderr is not None
            said = next(line for line in server.stderr if "serves http" in line)
            try:
                yield psutil.Process(server.pid), next(word for word in said.split() if word.startswith("http"))
            finally:
                server.terminate()

    def _show(self, what: str, command: list[str], server: psutil.Process | None) -> None:
        out = self._folder / "out"
        before = seconds(server)
        began = time.monotonic()
        with out.open("wb") as file, subprocess.Popen(command, stdout=file, env=self._environ) as reader:
            process = psutil.Process(reader.pid)
            own = 0.0
            while out.stat().st_size < self._size * self._count and reader.poll() is None:
                own = seconds(process)
                time.sleep(0.02)
            elapsed = time.monotonic() - began
            reader.kill()
        theirs = seconds(server) - before
        print(
            f"  {what:<26}{self._count / elapsed:>10,.0f} a second"
            f"{own / self._count * 1e6:>8.1f}{theirs / self._count * 1e6:>8.1f} µs",
            flush=True,
        )


def seconds(process: psutil.Process | None) -> float:
    """Of the processor, used up to now."""
    if process is None:
        return 0.0
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def write_log(path: Path, count: int) -> int:
    """Make a store with so many events, milliseconds apart; the size of one as it is printed."""
    event = an_event()
    with closing(SqliteStore.open(path, on_commit=lambda: None)) as store:
        for start in range(0, count, BATCH):

            def append(transaction: Transaction, start: int = start) -> None:
                for number in range(start, start + BATCH):
                    at = event.at + timedelta(milliseconds=17 * number)
                    transaction.append(NewEvent(type=event.type, at=at, data=event.data, run_id="r", job_id=1))

            store.transact(append)
        return len(store.page_since(0, limit=1).events[0].encoded()) + 1


if __name__ == "__main__":
    main()
