"""How fast the SQLite store takes events and finds them again, beside plain sqlite3 in the same run.

    python tests/benchmarks/store.py [--history EVENTS] [--folder FOLDER]

Writing: durable single-event transactions a second, from 1, 2, 4 and 8 threads; the peer is one ``INSERT`` and one
commit at a time through the standard library's sqlite3, with the same journal and the same ``synchronous=FULL``, into a
table without any index. Reading: the time of each kind of query on a long history, with a tenth as many jobs as events.
"""

import argparse
import shutil
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from catalogctl.domain.events import NewEvent, compact_json
from catalogctl.domain.run_records import job_record
from catalogctl.domain.runs import Job, JobType, Status, Step
from catalogctl.store.sqlite import SqliteStore

AT = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = 3.0
RUN_ID = "printf('%08x-0000-4000-8000-%012d', ({0}) * 2654435761 % 4294967296, {0})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--history", type=int, default=1_000_000, metavar="EVENTS")
    parser.add_argument("--folder", type=Path, default=None, help="where to write; default: the temporary folder")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="catalogctl-store-", dir=arguments.folder))
    try:
        measure_writing(folder)
        measure_reading(folder, arguments.history)
    finally:
        shutil.rmtree(folder)


def an_event() -> NewEvent:
    """A job in the middle of its work, as it stands in the log about ten times a second."""
    steps = tuple(
        Step(key=key, title=key, status=Status.RUNNING, done=7, total=40, active=("orders", "customers"), started_at=AT)
        for key in ("extract_metadata", "profile_tables", "save_to_catalog")
    )
    job = Job(id=1, run_id="r", job_type=JobType.EXTRACTION, created_at=AT, steps=steps, step_index=1, progress=40)
    return NewEvent(type="job.progressed", at=AT, data=compact_json(job_record(job)), run_id="r", job_id=1)


def measure_writing(folder: Path) -> None:
    event = an_event()
    print(f"writing: one event of {len(event.data)} bytes a transaction, durable when it returns")
    peer, _ = rate(1, plain_sqlite(folder / "plain.db", event))
    print(f"  plain sqlite3, 1 thread    {peer:>9,.0f} a second")
    with closing(SqliteStore.open(folder / "store.db", on_commit=lambda: None)) as store:
        for threads in (1, 2, 4, 8):
            each, latencies = rate(threads, lambda: store.transact(lambda tx: tx.append(event)))
            middle, slow = statistics.median(latencies), statistics.quantiles(latencies, n=100)[98]
            print(
                f"  store, {threads} thread{'s' if threads > 1 else ' '}           {each:>9,.0f} a second"
                f"   {each / peer:>5.2f} times plain   median {middle * 1000:.2f} ms   p99 {slow * 1000:.2f} ms"
            )


def plain_sqlite(path: Path, event: NewEvent) -> Callable[[], object]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE events (seq INTEGER PRIMARY KEY, data TEXT)"
    )
    return lambda: connection.execute("INSERT INTO events (data) VALUES (?)", (event.data,))


def rate(threads: int, do: Callable[[], object]) -> tuple[float, list[float]]:
    """How often a second *do* is done from that many threads, and how long each time took."""
    latencies: list[list[float]] = [[] for _ in range(threads)]
    end = time.perf_counter() + SECONDS

    def work(mine: list[float]) -> None:
        began = time.perf_counter()
        while began < end:
            do()
            now = time.perf_counter()
            mine.append(now - began)
            began = now

    if threads == 1:
        work(latencies[0])
    else:
        crowd = [threading.Thread(target=work, args=(mine,)) for mine in latencies]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join()
    every = [latency for mine in latencies for latency in mine]
    return len(every) / SECONDS, every


def measure_reading(folder: Path, events: int) -> None:
    path = folder / "long.db"
    jobs = events // 10
    with closing(SqliteStore.open(path, on_commit=lambda: None)) as store:
        began = time.perf_counter()
        fill(path, events=events, jobs=jobs)
        elapsed = time.perf_counter() - began
        print(f"reading: {events:,} events, {jobs:,} jobs, {size_of(path):,.0f} MiB (written in {elapsed:.0f} s)")
        middle = events // 2
        run_id = store.runs(limit=1, before=jobs // 2)[0].run_id
        first = SqliteStore.open(path, on_commit=lambda: None)
        show("first 500 events of a resume from the middle, store just opened", first.page_since, middle, limit=500)
        first.close()
        show("500 events from the middle", store.page_since, middle, limit=500)
        show("… of the jobs", store.page_since, middle, limit=500, topics={"jobs"})
        show("… of a rare topic", store.page_since, middle, limit=500, topics={"kpis"})
        show("… of all but the jobs", store.page_since, middle, limit=500, topics={"kpis", "status", "catalog", "llm"})
        show("… of one run", store.page_since, 0, limit=500, run_id=run_id)
        show("position", store.position)
        show("running status", store.running_status)
        show("one run", store.run, run_id)
        show("newest 100 runs", store.runs, limit=100)
        show("… before the middle", store.runs, limit=100, before=jobs // 2)
        show("… of one source", store.runs, limit=100, source="source-3")
        show("… failed", store.runs, limit=100, status=Status.FAILED)
        show("newest 50 jobs", store.jobs, limit=50)
        show("… of one source", store.jobs, limit=50, source="source-3")
        show(
            "… enrichments that failed (there are none)",
            store.jobs,
            limit=50,
            status=Status.FAILED,
            job_type=JobType.ENRICHMENT,
        )
        show("runs by the first 4 characters", store.run_ids, run_id[:4], limit=20)


def size_of(path: Path) -> float:
    """MiB of a database, its journal included."""
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*") if file.is_file()) / 2**20


def fill(path: Path, *, events: int, jobs: int) -> None:
    """Write a history straight into the tables; one event in a thousand is not of a job."""
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        connection.execute(
            f"{numbers} INSERT INTO runs (run_id, source, kind, status, created_at, options)"
            f" SELECT {RUN_ID.format('i')}, 'source-' || (i % 10), 'extraction',"
            " CASE i % 20 WHEN 0 THEN 'failed' ELSE 'completed' END, i, '{}' FROM n",
            (jobs,),
        )
        connection.execute(
            "INSERT INTO jobs (run_id, source, job_type, status, created_at, attempt, progress, steps, warnings,"
            " warnings_total) SELECT run_id, source, kind, status, created_at, 1, 100, '[]', '[]', 0 FROM runs"
        )
        connection.execute(
            f"{numbers} INSERT INTO events (topic, type, at, run_id, job_id, data)"
            " SELECT iif(i % 1000, 'jobs', 'kpis'), iif(i % 1000, 'job.progressed', 'kpis.changed'), i,"
            f" iif(i % 1000, {RUN_ID.format('i / 10')}, NULL), i / 10, json_object('progress', i % 100) FROM n",
            (events,),
        )
        connection.execute("COMMIT")


def show(what: str, ask: Callable[..., object], *arguments: object, **options: object) -> None:
    began = time.perf_counter()
    answer = ask(*arguments, **options)
    elapsed = (time.perf_counter() - began) * 1000
    count = f"{len(answer):>4} rows" if isinstance(answer, list) else " " * 9
    print(f"  {what:<64} {count} {elapsed:>8.2f} ms")


if __name__ == "__main__":
    main()
