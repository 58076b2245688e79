import hashlib
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from store_engines import Opener, Speaker

from catalogctl.domain.errors import RunActive, StoreUnavailable
from catalogctl.domain.events import NewEvent
from catalogctl.domain.ports.store import Store, Transaction
from catalogctl.domain.runs import Note, RunKind, RunOptions, Status
from catalogctl.domain.sources import Identity
from catalogctl.domain.tasks import NewTask


class Oops(Exception):
    pass


def everything(store: Store) -> list[Any]:
    """All that a store answers, for telling whether anything is different."""
    runs = store.runs(limit=100)
    jobs = [job for run in runs for job in run.jobs]
    return [
        store.position(),
        store.page_since(0, limit=1000).events,
        store.sources(),
        runs,
        store.running_status(),
        [store.tasks(job.id, limit=100) for job in jobs],
        [store.tallies(job.id) for job in jobs],
        store.workers(),
        store.catalogue(),
    ]


def test_a_transaction_returns_what_its_change_returned(store: Store) -> None:
    assert store.transact(lambda _: {"any": "value"}) == {"any": "value"}
    assert store.transact(lambda _: None) is None


def test_a_transaction_sees_its_own_changes_and_nobody_else_does_before_the_commit(store: Store, say: Speaker) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def change(tx: Transaction) -> None:
        run = tx.add_run(run_id="r", source="shop", kind=RunKind.EXTRACTION, options=RunOptions(), at=say.start)
        tx.append(NewEvent(type="run.created", at=say.start, data="{}", run_id="r"))
        tx.add_tasks(run.jobs[0], [NewTask(step="s", key="k", payload={})])
        seen = tx.run("r")
        assert seen is not None
        assert seen.last_seq == tx.position().latest == 1
        assert tx.running_status().active_run_ids == ("r",)
        assert len(tx.page_since(0, limit=9).events) == len(tx.tasks(run.jobs[0].id, limit=9)) == 1
        inside.set()
        assert go_on.wait(10)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(store.transact, change)
        assert inside.wait(10)
        assert store.run("r") is None
        assert store.position().latest == 0
        assert store.running_status().active_run_ids == ()
        go_on.set()
        writing.result()
    assert store.run("r") is not None
    assert store.position().latest == 1


def test_a_change_that_raises_changes_nothing_at_all(store: Store, say: Speaker, rings: list[None]) -> None:
    source = say.source()
    say.save(source, say.table("orders", "id", profile={"null_count": 1}, row_count=3))
    run = say.run()
    say.queue(run, "a", "b")
    held = say.claimed()
    store.enlist(say.worker(), lease_until=say.at(9))
    say.event(run_id=run.run_id)
    before, rung = everything(store), len(rings)

    def change(tx: Transaction) -> None:
        tx.append(NewEvent(type="job.started", at=say.start, data="{}", run_id=run.run_id))
        tx.add_run(run_id="x", source="other", kind=RunKind.REFRESH, options=RunOptions(), at=say.start)
        tx.put_run(run.with_jobs((run.jobs[0].started(say.start),), at=say.start))
        tx.add_tasks(run.jobs[0], [NewTask(step="s", key="new", payload={})])
        assert tx.claim_task(say.worker(), at=say.at(0), lease_until=say.at(9)) is not None
        assert tx.finish_task(held, status=Status.COMPLETED, at=say.start)
        tx.cancel_tasks(run.jobs[0].id, at=say.start)
        tx.save_tables(source.id, [say.table("new", "x")], at=say.at(5), is_complete=True)
        tx.add_source(Identity(location="/y", kind="sqlite", name="y"), at=say.start)
        tx.remove_source(source.id)
        tx.prune_events(keep=0, older_than=say.start)
        raise Oops

    with pytest.raises(Oops):
        store.transact(change)
    assert everything(store) == before
    assert len(rings) == rung


def test_what_a_failed_change_took_is_given_again_and_the_log_has_no_trace_of_it(store: Store, say: Speaker) -> None:
    first = say.event()

    def change(tx: Transaction) -> None:
        tx.append(NewEvent(type="status.changed", at=say.start, data="{}"))
        raise Oops

    with pytest.raises(Oops):
        store.transact(change)
    assert store.position().latest == first
    assert [event.seq for event in store.page_since(0, limit=9).events] == [first]
    assert say.event() > first


@pytest.mark.parametrize("error", [Oops, KeyError, SystemExit, KeyboardInterrupt])
def test_the_very_error_of_a_change_reaches_its_caller(store: Store, error: type[BaseException]) -> None:
    raised = error("mine")

    def change(_: Transaction) -> None:
        raise raised

    with pytest.raises(error) as caught:
        store.transact(change)
    assert caught.value is raised
    assert store.transact(lambda tx: tx.position().latest) == 0


def test_a_transaction_inside_a_change_is_a_mistake_and_said_to_be_one(store: Store, say: Speaker) -> None:
    def change(tx: Transaction) -> None:
        tx.append(NewEvent(type="status.changed", at=say.start, data="{}"))
        store.transact(lambda _: None)

    with pytest.raises(RuntimeError, match="inside a change"):
        store.transact(change)
    assert store.position().latest == 0
    assert say.event() == 1


def test_the_bell_rings_after_the_commit_and_only_when_something_changed(open_engine: Opener, tmp_path: Path) -> None:
    seen: list[int] = []
    stores: list[Store] = []
    store = open_engine(tmp_path, lambda: seen.append(stores[0].position().latest))
    stores.append(store)
    say = Speaker(store)
    say.event()
    assert seen == [1]
    store.transact(lambda tx: tx.position())
    assert say.claim() is None
    with suppress(Oops):
        store.transact(lambda tx: (tx.append(NewEvent(type="status.changed", at=say.start, data="")), fail()))
    assert seen == [1]
    say.event()
    assert seen == [1, 2]
    store.close()


def fail() -> None:
    raise Oops


def in_parallel(count: int, work: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def test_many_writers_lose_nothing_and_share_no_seq(store: Store, say: Speaker) -> None:
    told = in_parallel(8, lambda writer: [say.event(data=f"[{writer},{number}]") for number in range(50)])
    events = store.page_since(0, limit=1000).events
    assert sorted(seq for seqs in told for seq in seqs) == [event.seq for event in events] == list(range(1, 401))
    by_seq = {event.seq: event.data for event in events}
    for writer, seqs in enumerate(told):
        assert seqs == sorted(seqs)
        assert [by_seq[seq] for seq in seqs] == [f"[{writer},{number}]" for number in range(50)]


def test_failing_writers_do_not_disturb_those_beside_them(store: Store, say: Speaker) -> None:
    def work(writer: int) -> list[int]:
        told = []
        for number in range(40):
            if (writer + number) % 3 == 0:
                with pytest.raises(Oops):
                    store.transact(
                        lambda tx: (tx.append(NewEvent(type="status.changed", at=say.start, data="bad")), fail())
                    )
            else:
                told.append(say.event(data="good"))
        return told

    told = sorted(seq for seqs in in_parallel(8, work) for seq in seqs)
    events = store.page_since(0, limit=1000).events
    assert [event.seq for event in events] == told
    assert {event.data for event in events} == {"good"}


def test_a_task_is_claimed_by_one_of_many_workers(store: Store, say: Speaker) -> None:
    run = say.run()
    say.queue(run, *(f"t{number}" for number in range(60)))

    def work(number: int) -> list[int]:
        worker = say.worker(f"w{number}")
        claimed = []
        while (task := say.claim(worker)) is not None:
            claimed.append(task.id)
        return claimed

    claimed = [task_id for ids in in_parallel(8, work) for task_id in ids]
    assert len(claimed) == len(set(claimed)) == 60


def test_one_of_many_starts_on_the_same_source_succeeds(store: Store, say: Speaker) -> None:
    def work(_: int) -> bool:
        with suppress(RunActive):
            say.run("shop")
            return True
        return False

    assert sum(in_parallel(8, work)) == 1


def test_run_jobs_and_last_seq_are_of_one_moment_while_a_writer_runs(store: Store, say: Speaker) -> None:
    run = say.run(kind=RunKind.REFRESH)
    is_over = threading.Event()

    def write() -> None:
        for number in itertools.takewhile(lambda _: not is_over.is_set(), itertools.count(1)):

            def change(tx: Transaction, number: int = number) -> None:
                jobs = tuple(
                    job.progressed(steps=(), step_index=None, progress=0).warned(note)
                    for job in tx.run(run.run_id).jobs
                )
                tx.put_run(run.with_jobs(jobs, at=say.start))
                tx.append(NewEvent(type="job.progressed", at=say.start, data=str(number), run_id=run.run_id))

            store.transact(change)

    note = Note(message="n")
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        try:
            seen = set()
            while len(seen) < 50 and not writing.done():
                found = store.run(run.run_id)
                assert found is not None
                assert [job.warnings_total for job in found.jobs] == [found.last_seq] * 2
                status = store.running_status()
                assert status.active_run_ids == (run.run_id,)
                seen.add(found.last_seq)
        finally:
            is_over.set()
        writing.result()
    assert len(seen) == 50


HOSTILE_TEXTS = [
    "NUL\0in the middle",
    "\0",
    "\U0010ffff1 and \U0010ffff0\0",
    "e\u0301 é \U0001f4be \u2028 \x07",
    "' \" \\ % :name ? %(x)s $1 {} --",
    # Long, and nothing that could be made shorter.
    "".join(hashlib.sha256(b"%d" % number).hexdigest() for number in range(1000)),
    "é\0" * 5_000,
    "",
    " ",
]


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=range(len(HOSTILE_TEXTS)))
def test_texts_of_any_kind_come_back_as_they_were(store: Store, say: Speaker, text: str) -> None:
    source = say.source(location=text)
    [table] = say.save(source, say.table(text, text, "other", profile={"text": text})).tables
    [column] = [column for column in table.columns if column.name == text]
    store.transact(lambda tx: tx.describe_table(table.id, text, at=say.start))
    store.transact(lambda tx: tx.describe_column(column.id, text, at=say.start))
    run = say.run(text[:100])
    say.queue(run, text, f"{text}!")
    assert say.finish(say.claimed(), Status.FAILED, error=text)
    store.transact(lambda tx: tx.append(NewEvent(type="kpis.changed", at=say.start, data=text)))
    worker = say.worker(f"w{text[:20]}", sources=(text,))
    store.enlist(worker, lease_until=say.at(9))

    assert store.sources()[0].location == text
    [found] = store.catalogue(table=text)[0].tables
    assert (found.name, found.description) == (text, text)
    assert {column.name: column.description for column in found.columns} == {text: text, "other": None}
    assert found.columns[0].profile == {"text": text}
    assert [one.run_id for one in store.runs(limit=9, source=text[:100])] == [run.run_id]
    tasks = store.tasks(run.jobs[0].id, limit=9)
    assert [(task.key, task.error) for task in tasks] == [(text, text), (f"{text}!", None)]
    assert [event.data for event in store.page_since(0, limit=9).events] == [text]
    assert store.workers() == [worker]
    # Saved and queued again in place, and not beside what is there.
    assert say.queue(run, text) == tasks
    [again] = say.save(source, say.table(text, text, "other")).tables
    assert (again.id, again.description) == (table.id, text)


def test_a_closed_store_says_so(open_engine: Opener, tmp_path: Path) -> None:
    store = open_engine(tmp_path, lambda: None)
    say = Speaker(store)
    say.event()
    store.close()
    for call in (store.position, say.event, lambda: store.run("r"), lambda: store.renew("w", lease_until=say.start)):
        with pytest.raises(StoreUnavailable, match="closed"):
            call()
    store.close()
