"""What a network, a server or a node that fails may do to others: hold them up for seconds, and nothing more."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from postgres_servers import OwnServer
from store_engines import Speaker

from catalogctl.domain.errors import InvalidInput, StoreUnavailable
from catalogctl.domain.events import NewEvent
from catalogctl.domain.ports.store import Transaction
from catalogctl.domain.sources import Identity
from catalogctl.domain.tasks import Task
from catalogctl.store.postgres import PostgresStore
from catalogctl.store.postgres.address import Address

OpenNode = Callable[..., PostgresStore]
Sql = Callable[..., list[Any]]


SHOP = Identity(location="/shop.db", kind="sqlite", name="shop")


def event(data: str = "{}") -> NewEvent:
    return NewEvent(type="status.changed", at=Speaker.start, data=data)


def data_of(store: PostgresStore) -> list[str]:
    return [event.data for event in store.page_since(0, limit=10_000).events]


@pytest.fixture
def server() -> Iterator[OwnServer]:
    with closing(OwnServer()) as server:
        yield server


def test_a_server_that_stops_is_told_of_and_the_store_goes_on_when_it_is_back(server: OwnServer) -> None:
    with closing(PostgresStore.open(server.url, on_commit=lambda: None)) as store:
        say = Speaker(store)
        kept = [say.event() for _ in range(3)]
        server.stop()
        for call in (say.event, store.position, lambda: store.renew("w", lease_until=say.start)):
            with pytest.raises(StoreUnavailable) as raised:
                call()
            assert str(server.url.rpartition("host=")[2]) in raised.value.detail
            assert raised.value.hint
        server.start()
        assert store.position().latest == kept[-1]
        assert say.event() == kept[-1] + 1
        assert [event.seq for event in store.page_since(0, limit=9).events] == [1, 2, 3, 4]


def test_connections_that_were_cut_while_idle_are_replaced_and_nobody_hears_of_it(
    store: PostgresStore, say: Speaker, sql: Sql
) -> None:
    for number in range(3):
        assert say.event() == number + 1
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: store.position(), range(4)))
        assert cut(sql) > 0
    assert store.position().latest == 3
    assert say.event() == 4


def cut(sql: Sql) -> int:
    """Have the server cut all connections but that of *sql*; answers how many there were."""
    query = (
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    return len(sql(query))


def test_a_change_whose_connection_is_cut_in_the_middle_is_made_again_and_counts_once(
    store: PostgresStore, say: Speaker, sql: Sql
) -> None:
    times = []

    def change(tx: Transaction) -> int:
        tx.append(event())
        tx.add_source(SHOP, at=say.start)
        times.append(None)
        if len(times) == 1:
            assert cut(sql) > 0
        return len(tx.sources())

    assert store.transact(change) == 1
    assert len(times) == 2
    assert data_of(store) == ["{}"]
    assert len(store.sources()) == 1


def test_a_commit_of_which_nothing_is_heard_is_not_made_again(
    store: PostgresStore, say: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    say.event()
    connection = store._writer._raw
    assert connection is not None
    execute = type(connection.cursor()).execute

    def cut_at_commit(cursor: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        answer = execute(cursor, query, *arguments, **options)
        if cursor.connection is connection and str(query).endswith("COMMIT"):
            # The server has committed; its answer is lost on the way.
            connection.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return answer

    monkeypatch.setattr(type(connection.cursor()), "execute", cut_at_commit)
    with pytest.raises(StoreUnavailable, match="may have come about or not"):
        store.transact(lambda tx: tx.append(event("once")))
    monkeypatch.undo()
    assert data_of(store) == ["{}", "once"]
    assert say.event() == 3


def test_a_lock_held_for_too_long_is_told_and_does_not_keep_others_waiting(
    store: PostgresStore, say: Speaker, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogctl.store.postgres.writer.PATIENCE", 2.0)
    run = say.run()
    sql("BEGIN")
    sql("SELECT 1 FROM runs FOR UPDATE")
    with ThreadPoolExecutor(1) as pool:
        waiting: Future[Any] = pool.submit(store.transact, lambda tx: tx.run(run.run_id))
        told = []
        while not waiting.done():
            told.append(say.event())
        with pytest.raises(StoreUnavailable, match="lock"):
            waiting.result()
    assert len(told) > 1
    sql("ROLLBACK")
    assert store.transact(lambda tx: tx.run(run.run_id)) == run


def test_a_lock_held_for_a_moment_is_waited_for(store: PostgresStore, say: Speaker, sql: Sql) -> None:
    run = say.run()
    sql("BEGIN")
    sql("SELECT 1 FROM runs FOR UPDATE")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(store.transact, lambda tx: tx.run(run.run_id))
        with pytest.raises(TimeoutError):
            waiting.result(timeout=1.2)
        sql("ROLLBACK")
        assert waiting.result(timeout=5) == run


@pytest.mark.parametrize("holds", ["a run", "the log"])
def test_a_process_that_is_stopped_in_the_middle_of_a_change_holds_up_the_others_for_seconds_only(
    place: str, store: PostgresStore, say: Speaker, start: Callable[..., Any], holds: str
) -> None:
    run = say.run()
    say.queue(run, "a")
    process = start("freezing", place, run.run_id, holds)
    assert process.stdout.readline() == "inside\n"
    assert os.waitid(os.P_PID, process.pid, os.WSTOPPED) is not None
    began = time.monotonic()
    assert say.claimed(say.worker("alive")).worker == "alive"
    seq = say.event(data="alive")
    assert time.monotonic() - began < 9
    process.send_signal(signal.SIGCONT)
    # Its change was undone and is made again, on what there is now.
    output, errors = process.communicate(timeout=30)
    assert errors == ""
    assert output == "alive\n"
    assert [event.data for event in store.page_since(seq, limit=9).events] == ["thawed"]


def test_a_worker_that_is_stopped_for_longer_than_its_lease_records_nothing_afterwards(
    place: str, store: PostgresStore, say: Speaker, start: Callable[..., Any]
) -> None:
    run = say.run()
    say.queue(run, "a")
    process = start("working", place, "frozen")
    assert process.stdout.readline() == "claimed\n"
    process.send_signal(signal.SIGSTOP)
    clock = store.clock()

    def claim(tx: Transaction) -> Task | None:
        return tx.claim_task(say.worker("alive"), at=clock(), lease_until=clock() + timedelta(hours=1))

    while (task := store.transact(claim)) is None:
        threading.Event().wait(0.1)
    assert (task.attempt, task.worker) == (2, "alive")
    process.send_signal(signal.SIGCONT)
    process.stdin.write("go\n")
    process.stdin.flush()
    output, errors = process.communicate(timeout=30)
    assert (output, errors) == ("refused\n", "")
    assert say.finish(task, result={"by": "alive"})
    [found] = store.task_results(run.jobs[0].id, "profile_tables")
    assert (found.result, found.worker) == ({"by": "alive"}, "alive")


def test_those_who_wait_while_a_commit_is_made_share_the_next_one(open_node: OpenNode) -> None:
    rings: list[int] = []
    store = open_node(on_commit=lambda: rings.append(1))
    inside, go_on = threading.Event(), threading.Event()

    def slow(tx: Transaction) -> None:
        tx.append(event("slow"))
        inside.set()
        assert go_on.wait(10)

    def bad(tx: Transaction) -> None:
        tx.append(event("bad"))
        tx.add_source(SHOP, at=Speaker.start)
        raise LookupError("mine alone")

    def good(tx: Transaction) -> None:
        tx.append(event("good"))

    with ThreadPoolExecutor(12) as pool:
        first = pool.submit(store.transact, slow)
        assert inside.wait(10)
        others = [pool.submit(store.transact, good) for _ in range(8)]
        failing = [pool.submit(store.transact, bad) for _ in range(3)]
        writer = store._writer
        with writer._bell:
            # Whoever comes rings this bell; it is let go of while waiting.
            assert writer._bell.wait_for(lambda: len(writer._waiting) == 11, 10)
        go_on.set()
        first.result()
        for other in others:
            other.result()
        for one in failing:
            with pytest.raises(LookupError, match="mine alone"):
                one.result()
    assert len(rings) == 2
    assert data_of(store) == ["slow", *["good"] * 8]
    assert store.sources() == []


def test_a_statement_that_fails_undoes_its_change_alone(store: PostgresStore, say: Speaker) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow(_: Transaction) -> None:
        inside.set()
        assert go_on.wait(10)

    def bad(tx: Transaction) -> None:
        tx.add_source(SHOP, at=say.start)
        tx._connection.run("INSERT INTO nowhere VALUES (1)")

    def worse(tx: Transaction) -> None:
        try:
            bad(tx)
        except psycopg.Error:
            return

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(store.transact, slow)
        assert inside.wait(10)
        good = [pool.submit(store.transact, lambda tx: tx.append(event())) for _ in range(4)]
        failing = pool.submit(store.transact, bad)
        going_on = pool.submit(store.transact, worse)
        go_on.set()
        first.result()
        for one in good:
            one.result()
        assert isinstance(failing.exception(), StoreUnavailable)
        assert isinstance(going_on.exception(), RuntimeError)
    assert len(data_of(store)) == 4
    assert store.sources() == []


def test_text_that_is_no_unicode_is_refused_as_input(store: PostgresStore, say: Speaker) -> None:
    with pytest.raises(InvalidInput, match="not Unicode"):
        say.source("shop", "/data/\udcff.db")
    with pytest.raises(InvalidInput, match="not Unicode"):
        store.run("\udcff")
    with pytest.raises(InvalidInput, match="not Unicode"):
        store.transact(lambda tx: tx.append(event('"\udcff"')))
    assert store.sources() == []
    assert data_of(store) == []


def test_no_more_connections_are_used_than_allowed(open_node: OpenNode, sql: Sql, place: str) -> None:
    store = open_node(readers=3)
    name = Address.of(place).parameters["application_name"]
    count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
    [(before,)] = sql(count, name)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: store.position().latest, range(200)))
    assert found == [0] * 200
    [(after,)] = sql(count, name)
    assert after - before <= 3


def test_a_listener_that_fails_does_not_stop_the_writer(open_node: OpenNode, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise RuntimeError("broken bell")

    say = Speaker(open_node(on_commit=broken))
    assert [say.event(), say.event()] == [1, 2]
    assert "must not fail" in caplog.text


@pytest.mark.parametrize("acknowledged", [1, 200])
def test_every_acknowledged_event_is_there_after_kill_9_in_mid_batch(
    place: str, store: PostgresStore, say: Speaker, start: Callable[..., Any], acknowledged: int
) -> None:
    process = start("pouring", place, 8, 100_000)
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("go\n")
    process.stdin.flush()
    told = [process.stdout.readline() for _ in range(acknowledged)]
    process.kill()
    told += process.communicate()[0].splitlines(keepends=True)
    # What the server was told before the death of its client it may still be doing.
    assert say.event(data="last") > 0
    events = store.page_since(0, limit=1_000_000).events
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert {line.strip() for line in told} <= {event.data for event in events}


def test_a_connection_that_was_cut_before_the_commit_leaves_no_doubt(
    store: PostgresStore, say: Speaker, sql: Sql
) -> None:
    times = []

    def change(tx: Transaction) -> None:
        tx.append(event())
        assert tx.position().latest == 1
        times.append(None)
        if len(times) == 1:
            # Nothing comes after this but the commit.
            assert cut(sql) > 0

    store.transact(change)
    assert len(times) == 2
    assert data_of(store) == ["{}"]
