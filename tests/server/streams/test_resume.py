import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from live_streams import QUICK, Hand, LiveServer, Reader, now

from catalogctl.domain.ports.notifier import Notifier
from catalogctl.domain.ports.store import Store
from catalogctl.store.sqlite import SqliteStore

LAST = "the last event"


@contextmanager
def writing(hand: Hand, *, count: int, per_second: int) -> Iterator[None]:
    """Append *count* events of changing sizes and kinds at about *per_second*."""

    def write() -> None:
        start = time.monotonic()
        written = 0
        while written < count:
            batch = min(count - written, 1 + written % 20)
            hand.append(batch, type_=("llm.used", "kpis.changed", "catalog.changed")[written % 3])
            written += batch
            time.sleep(max(0.0, start + written / per_second - time.monotonic()))
        hand.append(type_="catalog.changed", data=LAST)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        writer.join()


@pytest.mark.parametrize("query", ["", "?topics=kpis,catalog"])
@pytest.mark.parametrize("leave", [Reader.close, Reader.reset])
def test_readers_that_are_cut_off_at_random_under_a_thousand_events_a_second_miss_and_repeat_nothing(
    live: LiveServer, hand: Hand, query: str, leave: object
) -> None:
    rng = random.Random(11)
    received: list[str] = []
    last: str | None = None
    cuts = 0
    first = live.read(f"/events{query}")
    last = first.opening().id
    first.close()
    with writing(hand, count=3000, per_second=1000):
        is_over = False
        while not is_over:
            reader = Reader(live.port, f"/events{query}", headers_sent={"Last-Event-ID": last})
            assert "catalogctl-reset" not in reader.headers
            for _ in range(rng.randint(0, 200)):
                frame = reader.frame()
                assert frame is not None
                last = frame.id
                if frame.data is not None:
                    received.append(frame.data)
                    if is_over := LAST in frame.data:
                        break
            leave(reader)
            cuts += 1
    wanted = {"llm", "kpis", "catalog"} if not query else {"kpis", "catalog"}
    assert received == [event.encoded() for event in hand.events() if event.topic in wanted]
    assert cuts > 5


def test_many_readers_from_everywhere_see_the_same_log(live: LiveServer, hand: Hand) -> None:
    hand.append(500)
    collected: list[list[str]] = [[] for _ in range(12)]

    def follow(number: int, since: int) -> None:
        reader = Reader(live.port, f"/events?since={since}")
        while len(collected[number]) < 2001 - since:
            collected[number].append(reader.message().data or "")
        reader.close()

    with writing(hand, count=1500, per_second=1000):
        threads = [threading.Thread(target=follow, args=(number, number * 40)) for number in range(12)]
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    whole = [event.encoded() for event in hand.events()]
    assert len(whole) == 2001
    for number, texts in enumerate(collected):
        assert texts == whole[number * 40 :]


def test_ids_go_on_after_a_restart_and_after_the_newest_events_were_deleted(
    file: Path, notifier: Notifier, store: Store, hand: Hand, path: str
) -> None:
    first = LiveServer(store, notifier, path=path)
    reader = first.read("/events")
    reader.opening()
    hand.append(10)
    before = [reader.message() for _ in range(10)]
    first.stop()
    store.transact(lambda transaction: transaction.prune_events(keep=0, older_than=now()))
    store.close()
    with closing(SqliteStore.open(file, on_commit=notifier.ring)) as reopened:
        again = Hand(reopened)
        second = LiveServer(reopened, notifier, path=path)
        resumed = second.read("/events", headers_sent={"Last-Event-ID": before[-1].id})
        assert "catalogctl-reset" not in resumed.headers
        again.append(3)
        assert [resumed.message().seq for _ in range(3)] == [before[-1].seq + number for number in (1, 2, 3)]
        second.stop()


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from catalogctl.domain.events import NewEvent
from catalogctl.store.sqlite import SqliteStore

store = SqliteStore.open(Path(sys.argv[1]), on_commit=lambda: None)
batch = int(sys.argv[2])

def change(transaction):
    for number in range(batch):
        transaction.append(NewEvent(type="llm.used", at=datetime.now(UTC), data='{"n":%d}' % number))
    return transaction.position().latest

for line in sys.stdin:
    print(store.transact(change), flush=True)
"""


@contextmanager
def other_process(file: Path, *, batch: int = 1) -> Iterator[subprocess.Popen[str]]:
    """A process that appends *batch* events for every line that it is given, and answers with the last seq."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(file), str(batch)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ask(process: subprocess.Popen[str]) -> int:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def test_what_another_process_writes_is_seen_within_100_ms(live: LiveServer, file: Path) -> None:
    reader = live.read("/events")
    reader.opening()
    with other_process(file) as process:
        ask(process)
        reader.message()
        delays = []
        for _ in range(20):
            seq = ask(process)
            committed = time.monotonic()
            assert reader.message().seq == seq
            delays.append(time.monotonic() - committed)
    # Not the longest: other programs want the processor too. A safety look alone would come five times as late.
    assert statistics.median(delays) < 0.1


def test_every_acknowledged_event_is_there_after_a_kill_in_mid_batch(live: LiveServer, file: Path, hand: Hand) -> None:
    reader = live.read("/events?since=earliest")
    reader.opening()
    acknowledged = 0
    seen: list[str] = []
    for _ in range(3):
        with other_process(file, batch=500) as process:
            acknowledged = ask(process)
            assert process.stdin is not None
            for _ in range(20):
                process.stdin.write("\n")
            process.stdin.flush()
            acknowledged = int(process.stdout.readline())
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            answered = process.stdout.read().split()
            acknowledged = int(answered[-1]) if answered else acknowledged
        seen += reader.texts(len(hand.events()) - len(seen))
    whole = hand.events()
    assert whole[-1].seq >= acknowledged
    assert len(whole) % 500 == 0, "a batch is there whole or not at all"
    assert seen == [event.encoded() for event in whole]


def test_a_bell_that_never_rings_costs_a_moment_and_no_event(store: Store, hand: Hand, path: str) -> None:
    class Mute:
        def ring(self) -> None: ...

        def subscribe(self, _listener: object) -> object:
            return lambda: None

        def close(self) -> None: ...

    server = LiveServer(store, Mute(), path=path)
    reader = server.read("/events")
    reader.opening()
    hand.append(3)
    start = time.monotonic()
    assert [reader.message().seq for _ in range(3)] == [1, 2, 3]
    assert time.monotonic() - start < QUICK.look + 0.5
    server.stop()


def test_a_store_that_is_away_for_a_moment_costs_no_stream_and_no_event(
    live: LiveServer, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    from catalogctl.domain.errors import StoreUnavailable  # noqa: PLC0415

    run_id = hand.start().run_id
    log, jobs = live.read("/events"), live.read(f"/catalog/job-stream/{run_id}")
    behind = live.read("/events?since=0", receive_buffer=2048)
    for reader in (log, jobs, behind):
        reader.opening()
    page_since = SqliteStore.page_since

    def gone(*_: object, **__: object) -> object:
        raise StoreUnavailable("the disk is on holiday")

    monkeypatch.setattr(SqliteStore, "page_since", gone)
    hand.begin(run_id)
    refused = live.read("/events")
    assert refused.status == 503
    monkeypatch.setattr(SqliteStore, "page_since", page_since)
    assert jobs.message().json() == hand.jobs(run_id)
    assert log.message().event == "job.started"
    whole = [event.encoded() for event in hand.events()]
    assert behind.texts(len(whole)) == whole


def test_when_the_store_is_exchanged_readers_are_sent_away_and_learn_it_when_they_come_back(
    live: LiveServer, hand: Hand, store: Store, tmp_path: Path, notifier: Notifier
) -> None:
    hand.append(10)
    run_id = hand.start().run_id
    log, status, jobs = (
        live.read(stream) for stream in ("/events", "/catalog/status-stream", f"/catalog/job-stream/{run_id}")
    )
    last = log.opening().id
    with closing(SqliteStore.open(tmp_path / "other.db", on_commit=notifier.ring)) as other:
        live.service._store = other
        Hand(other).append(3)
        for reader in (log, status, jobs):
            *_, farewell = iter(reader.frame, None)
            assert farewell.retry is not None
        again = live.read("/events", headers_sent={"Last-Event-ID": last})
        assert again.headers["catalogctl-reset"] == "1"
        assert again.message().json()["latest"] == 3
        assert again.message_after(Hand(other).append) == 4
        assert live.read(f"/catalog/job-stream/{run_id}").status == 404
        assert live.read("/catalog/status-stream").message().json()["is_running"] is False
        live.stop()
