import os
import signal
import socket
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from store_engines import Speaker

from catalogctl.domain.errors import InvalidInput, StoreUnavailable
from catalogctl.domain.events import NewEvent
from catalogctl.domain.ports.store import Transaction
from catalogctl.domain.runs import Status
from catalogctl.pipeline.recovery import recover
from catalogctl.store.sqlite import SqliteStore
from catalogctl.store.sqlite.files import connect


def go(*processes: object) -> None:
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()


def test_several_processes_write_at_once_and_nothing_is_lost(
    path: Path, store: SqliteStore, say: Speaker, start: object
) -> None:
    processes = [start("writing", path, 4, 50) for _ in range(3)]
    go(*processes)
    mine = [say.event(data="mine") for _ in range(100)]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [errors for _, errors in outputs] == [""] * 3
    theirs = [int(line) for output, _ in outputs for line in output.split()]
    events = store.page_since(0, limit=10_000).events
    assert [event.seq for event in events] == sorted(mine + theirs) == list(range(1, 701))
    assert len({event.data for event in events}) == 601


def test_what_another_process_commits_is_seen_by_the_next_read(path: Path, store: SqliteStore, start: object) -> None:
    process = start("writing", path, 1, 20)
    go(process)
    for line in process.stdout:
        assert store.position().latest >= int(line)
    assert store.position().latest == 20


def test_no_reader_stands_in_the_way_of_a_checkpoint_once_it_has_its_answer(
    path: Path, store: SqliteStore, say: Speaker
) -> None:
    run = say.run()
    say.queue(run, "a", "b")
    say.event(run_id=run.run_id)
    # Answers that are looked through slowly, or not to the end.
    answers = [iter(store.page_since(0, limit=9).events), iter(store.task_results(run.jobs[0].id, "profile_tables"))]
    assert all(next(answer) for answer in answers)
    store.catalogue()
    with closing(connect(path, is_writer=True)) as connection:
        busy, left, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert (busy, left) == (0, 0)


def test_a_task_is_claimed_by_one_of_several_processes(
    path: Path, store: SqliteStore, say: Speaker, start: object
) -> None:
    run = say.run()
    say.queue(run, *(f"t{number}" for number in range(150)))
    processes = [start("claiming", path, f"w{number}") for number in range(3)]
    go(*processes)
    claimed = [int(line) for process in processes for line in process.communicate(timeout=60)[0].split()]
    assert len(claimed) == len(set(claimed)) == 150


def test_the_death_of_a_process_is_noticed_at_once_and_its_life_is_not_doubted(
    path: Path, store: SqliteStore, say: Speaker, start: object
) -> None:
    process = start("keeping", path, "w", socket.gethostname())
    assert process.stdout.readline() == "ready\n"
    [worker] = store.workers()
    assert store.dead_workers(say.at(1)) == []
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert store.dead_workers(say.at(1)) == store.lost_workers(say.at(1)) == [worker]
    lock = path.with_name("store.db.workers") / "w.lock"
    assert lock.exists()
    store.dismiss("w")
    assert store.workers() == []
    assert not lock.exists()


def test_a_stopped_process_is_alive_until_its_lease_is_over(
    path: Path, store: SqliteStore, say: Speaker, start: object
) -> None:
    process = start("keeping", path, "w", socket.gethostname())
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGSTOP)
    assert store.dead_workers(say.at(1)) == []
    assert [worker.id for worker in store.dead_workers(say.at(366 * 86400))] == ["w"]
    assert store.lost_workers(say.at(366 * 86400)) == []


def test_a_run_whose_worker_has_slept_is_not_given_up(
    path: Path, store: SqliteStore, say: Speaker, start: object
) -> None:
    run = say.run()
    say.queue(run, "a")
    process = start("keeping", path, "w", socket.gethostname())
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGSTOP)
    late = say.at(366 * 86400)
    assert recover(store, at=late, has_successor=False) == []
    process.send_signal(signal.SIGKILL)
    process.wait()
    [failed] = recover(store, at=late, has_successor=False)
    assert (failed.run_id, failed.status) == (run.run_id, Status.FAILED)


def test_a_worker_is_seen_by_whichever_path_the_store_is_opened(
    path: Path, store: SqliteStore, say: Speaker, start: object
) -> None:
    link = path.with_name("link.db")
    link.symlink_to(path)
    process = start("keeping", link, "w", socket.gethostname())
    assert process.stdout.readline() == "ready\n"
    assert store.lost_workers(say.at(366 * 86400)) == []
    process.kill()
    process.wait()
    assert [worker.id for worker in store.lost_workers(say.at(1))] == ["w"]


def test_a_worker_of_another_machine_is_judged_by_its_lease_alone(
    path: Path, store: SqliteStore, say: Speaker, start: object
) -> None:
    process = start("keeping", path, "w", "another-machine")
    assert process.stdout.readline() == "ready\n"
    process.kill()
    process.wait()
    for dead in (store.dead_workers, store.lost_workers):
        assert dead(say.at(1)) == []
        assert [worker.id for worker in dead(say.at(366 * 86400))] == ["w"]


def test_a_worker_whose_lock_may_not_be_touched_is_judged_by_its_lease_alone(
    path: Path, store: SqliteStore, say: Speaker, start: object
) -> None:
    process = start("keeping", path, "w", socket.gethostname())
    assert process.stdout.readline() == "ready\n"
    # As refused as the lock of another user, and to the administrator too.
    lock = path.with_name("store.db.workers") / "w.lock"
    lock.unlink()
    lock.mkdir()
    for dead in (store.dead_workers, store.lost_workers):
        assert dead(say.at(1)) == []
        assert [worker.id for worker in dead(say.at(366 * 86400))] == ["w"]
    store.dismiss("w")
    assert store.workers() == []


def test_two_stores_of_one_process_share_the_file(path: Path, store: SqliteStore, say: Speaker) -> None:
    with closing(SqliteStore.open(path, on_commit=lambda: None)) as second:
        worker = say.worker("w")
        second.enlist(worker, lease_until=say.at(100))
        assert store.workers() == [worker]
        assert store.dead_workers(say.at(1)) == []
        Speaker(second).event()
        assert say.event() == 2


def test_a_worker_whose_store_was_closed_is_gone(path: Path, store: SqliteStore, say: Speaker) -> None:
    worker = replace(say.worker("w"), host=socket.gethostname(), pid=os.getpid())
    with closing(SqliteStore.open(path, on_commit=lambda: None)) as second:
        second.enlist(worker, lease_until=say.at(100))
        assert store.dead_workers(say.at(1)) == []
    assert store.dead_workers(say.at(1)) == [worker]


def test_a_lock_held_for_too_long_is_told_and_the_store_goes_on_afterwards(
    path: Path, store: SqliteStore, say: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogctl.store.sqlite.writer.BUSY_TIMEOUT", 0.2)
    say.event()
    with closing(connect(path, is_writer=True)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="lock"):
            say.event()
        assert store.position().latest == 1
    assert say.event() == 2


def test_a_lock_held_for_a_moment_is_waited_for(path: Path, say: Speaker) -> None:
    say.event()
    with closing(connect(path, is_writer=True)) as other, ThreadPoolExecutor(1) as pool:
        other.execute("BEGIN IMMEDIATE")
        writing = pool.submit(say.event)
        with pytest.raises(TimeoutError):
            writing.result(timeout=0.3)
        other.execute("ROLLBACK")
        assert writing.result(timeout=5) == 2


def test_those_who_wait_while_a_commit_is_made_share_the_next_one(path: Path) -> None:
    rings: list[int] = []
    with closing(SqliteStore.open(path, on_commit=lambda: rings.append(1))) as store:
        say = Speaker(store)
        inside, go_on = threading.Event(), threading.Event()

        def slow(tx: Transaction) -> None:
            tx.append(NewEvent(type="status.changed", at=say.start, data="slow"))
            inside.set()
            assert go_on.wait(10)

        def bad(tx: Transaction) -> None:
            tx.append(NewEvent(type="status.changed", at=say.start, data="bad"))
            raise LookupError("mine alone")

        with ThreadPoolExecutor(12) as pool:
            first = pool.submit(store.transact, slow)
            assert inside.wait(10)
            others: list[Future[int]] = [pool.submit(say.event, data="good") for _ in range(8)]
            failing = [pool.submit(store.transact, bad) for _ in range(3)]
            writer = store._writing._writer
            with writer._bell:
                # Whoever comes rings this bell; it is let go of while waiting.
                assert writer._bell.wait_for(lambda: len(writer._waiting) == 11, 10)
            go_on.set()
            first.result()
            assert sorted(other.result() for other in others) == list(range(2, 10))
            for one in failing:
                with pytest.raises(LookupError, match="mine alone"):
                    one.result()
        assert len(rings) == 2
        assert [event.data for event in store.page_since(0, limit=99).events] == ["slow", *["good"] * 8]


def test_closing_makes_the_changes_that_are_waiting(path: Path) -> None:
    store = SqliteStore.open(path, on_commit=lambda: None)
    say = Speaker(store)
    inside, go_on = threading.Event(), threading.Event()

    def slow(_: Transaction) -> None:
        inside.set()
        assert go_on.wait(10)

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(store.transact, slow)
        assert inside.wait(10)
        second = pool.submit(say.event)
        writer = store._writing._writer
        with writer._bell:
            assert writer._bell.wait_for(lambda: len(writer._waiting) == 1, 10)
        closing_ = pool.submit(store.close)
        go_on.set()
        closing_.result()
        first.result()
        assert second.result() == 1
    with closing(SqliteStore.open(path, on_commit=lambda: None)) as store:
        assert store.position().latest == 1


def test_a_store_that_was_closed_before_anything_was_written_takes_nothing(path: Path) -> None:
    store = SqliteStore.open(path, on_commit=lambda: None)
    store.close()
    with pytest.raises(StoreUnavailable, match="has been closed"):
        Speaker(store).event()


def test_a_listener_that_fails_does_not_stop_the_writer(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise RuntimeError("broken bell")

    with closing(SqliteStore.open(path, on_commit=broken)) as store:
        say = Speaker(store)
        assert [say.event(), say.event()] == [1, 2]
    assert "must not fail" in caplog.text


def test_text_that_is_no_unicode_is_refused_as_input(store: SqliteStore, say: Speaker) -> None:
    with pytest.raises(InvalidInput, match="not Unicode"):
        say.source("shop", "/data/\udcff.db")
    with pytest.raises(InvalidInput, match="not Unicode"):
        store.run("\udcff")
    assert store.sources() == []
