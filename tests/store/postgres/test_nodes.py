"""Several nodes change one store at the same time, and none of them loses, doubles or hides what another does."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
from store_engines import Speaker

from catalogctl.domain.errors import CatalogctlError, RunActive, SourceExists
from catalogctl.domain.events import NewEvent, compact_json
from catalogctl.domain.ports.store import Transaction
from catalogctl.domain.run_records import status_record
from catalogctl.domain.runs import Run, RunKind, RunOptions, Status
from catalogctl.domain.tasks import Task
from catalogctl.service.sources import Sources, refuse_while_active
from catalogctl.sources.drivers import SourceDrivers
from catalogctl.store.postgres import PostgresStore

OpenNode = Callable[..., PostgresStore]
Sql = Callable[..., list[Any]]


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Do all of it at the same time, as nearly as that can be; what each returned or raised."""
    barrier = threading.Barrier(len(works))

    def work(do: Callable[[], Any]) -> Any:
        barrier.wait(10)
        try:
            return do()
        except CatalogctlError as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(work, works))


def finish(task: Task, run: Run) -> Callable[[Transaction], bool]:
    """Record a task, and if it was the last of its step go on, as a worker does."""

    def change(tx: Transaction) -> bool:
        assert tx.finish_task(task, status=Status.COMPLETED, at=Speaker.at(1))
        is_last = all(tally.done == tally.total for tally in tx.tallies(run.jobs[0].id))
        if is_last:
            tx.append(NewEvent(type="job.progressed", at=Speaker.at(1), data=run.run_id, run_id=run.run_id))
        return is_last

    return change


def test_two_nodes_that_finish_the_last_two_tasks_at_once_go_on_exactly_once(
    store: PostgresStore, open_node: OpenNode, say: Speaker
) -> None:
    other = open_node()
    for round_ in range(25):
        run = say.run(f"source {round_}")
        say.queue(run, "a", "b")
        first, second = say.claimed(), say.claimed()
        outcomes = at_once(
            lambda first=first, run=run: store.transact(finish(first, run)),
            lambda second=second, run=run: other.transact(finish(second, run)),
        )
        assert sorted(outcomes) == [False, True]
        [event] = store.page_since(0, limit=9, run_id=run.run_id).events
        assert store.run(run.run_id).last_seq == event.seq
        say.end(run)


def start_and_tell(tx: Transaction, source: str, run_id: str) -> None:
    tx.add_run(run_id=run_id, source=source, kind=RunKind.EXTRACTION, options=RunOptions(), at=Speaker.start)
    tell_status(tx)


def end_and_tell(tx: Transaction, run_id: str) -> None:
    run = tx.run(run_id)
    assert run is not None
    jobs = tuple(job.cancelled(at=Speaker.at(1)) for job in run.jobs)
    tx.put_run(run.with_jobs(jobs, at=Speaker.at(1)))
    tell_status(tx)


def tell_status(tx: Transaction) -> None:
    data = compact_json(status_record(tx.running_status()))
    tx.append(NewEvent(type="status.changed", at=Speaker.start, data=data))


def test_the_last_that_the_log_tells_of_what_runs_is_true_however_many_nodes_start_and_end_runs(
    store: PostgresStore, open_node: OpenNode
) -> None:
    nodes = [store, open_node(), open_node(), open_node()]
    for round_ in range(12):
        ids = [f"{round_}-{number}" for number in range(len(nodes))]
        started = at_once(
            *(
                lambda node=node, id_=id_, number=number: node.transact(
                    lambda tx: start_and_tell(tx, f"source {number}", id_)
                )
                for number, (node, id_) in enumerate(zip(nodes, ids, strict=True))
            )
        )
        assert started == [None] * 4
        assert_told(store)
        assert len(store.running_status().active_run_ids) == 4
        ended = at_once(
            *(
                lambda node=node, id_=id_: node.transact(lambda tx: end_and_tell(tx, id_))
                for node, id_ in zip(nodes, ids, strict=True)
            )
        )
        assert ended == [None] * 4
        assert_told(store)
        assert not store.running_status().is_running


def assert_told(store: PostgresStore) -> None:
    newest = store.page_since(0, limit=10_000, topics={"status"}).events[-1]
    assert newest.data == compact_json(status_record(store.running_status()))


def test_a_task_is_claimed_by_one_of_several_processes(
    place: str, say: Speaker, start: Callable[..., Any], store: PostgresStore
) -> None:
    run = say.run()
    say.queue(run, *(f"t{number}" for number in range(150)))
    processes = [start("claiming", place, f"w{number}") for number in range(3)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    claimed = [int(line) for process in processes for line in process.communicate(timeout=60)[0].split()]
    assert len(claimed) == len(set(claimed)) == 150


def test_workers_that_go_back_and_forth_between_two_runs_are_never_locked_in_a_circle(
    open_node: OpenNode, say: Speaker, sql: Sql
) -> None:
    runs = [say.run("a"), say.run("b")]
    for run in runs:
        say.queue(run, *(f"t{number}" for number in range(80)))
    nodes = [open_node(), open_node()]
    [(deadlocks,)] = sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")

    def work(node: PostgresStore, name: str) -> list[int]:
        worker, done = Speaker.worker(name), []
        task = Speaker(node).claim(worker)
        while task is not None:

            def change(tx: Transaction, task: Task = task) -> Task | None:
                assert tx.run(task.run_id) is not None
                assert tx.finish_task(task, status=Status.COMPLETED, at=Speaker.at(1))
                return tx.claim_task(worker, at=Speaker.at(0), lease_until=Speaker.at(100))

            done.append(task.id)
            # None is also the answer while others are at the other run.
            task = node.transact(change) or Speaker(node).claim(worker)
        return done

    began = time.monotonic()
    outcomes = at_once(*(lambda node=node, name=f"{number}": work(node, name) for number, node in enumerate(nodes * 3)))
    done = [task_id for ids in outcomes for task_id in ids]
    assert len(done) == len(set(done)) == 160
    assert time.monotonic() - began < 60
    sql("SELECT pg_stat_force_next_flush()")
    assert sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == [(deadlocks,)]


def test_no_more_tasks_of_a_source_run_than_allowed_whoever_claims_them(open_node: OpenNode, say: Speaker) -> None:
    runs = [say.run("a"), say.run("b")]
    for run in runs:
        say.queue(run, *(f"t{number}" for number in range(40)))
    nodes = [open_node(), open_node(), open_node()]
    most: list[int] = []

    def work(node: PostgresStore, name: str) -> int:
        worker, count = Speaker.worker(name), 0

        def claim(tx: Transaction) -> Task | None:
            task = tx.claim_task(worker, at=Speaker.at(0), lease_until=Speaker.at(100), per_source=2)
            if task is not None:
                [tally] = tx.tallies(task.job_id)
                most.append(tally.counts[Status.RUNNING])
            return task

        while any(tally.done < tally.total for run in runs for tally in node.tallies(run.jobs[0].id)):
            task = node.transact(claim)
            if task is not None:
                assert Speaker(node).finish(task)
                count += 1
        return count

    outcomes = at_once(*(lambda node=node, name=f"{number}": work(node, name) for number, node in enumerate(nodes * 2)))
    assert sum(outcomes) == 80
    assert max(most) == 2


def test_one_of_many_nodes_starts_a_run_on_a_source(store: PostgresStore, open_node: OpenNode) -> None:
    nodes = [store, open_node(), open_node(), open_node()]
    outcomes = at_once(*(lambda node=node: Speaker(node).run("shop") for node in nodes))
    [run] = [outcome for outcome in outcomes if isinstance(outcome, Run)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, RunActive)]
    assert [error.data["run_id"] for error in refused] == [run.run_id] * 3


def test_one_of_many_nodes_registers_a_source(store: PostgresStore, open_node: OpenNode) -> None:
    nodes = [store, open_node(), open_node(), open_node()]
    for number in range(6):
        name = f"shop {number}"
        outcomes = at_once(*(lambda node=node, name=name: Speaker(node).source(name) for node in nodes))
        assert sum(isinstance(outcome, SourceExists) for outcome in outcomes) == 3
    assert len(store.sources()) == 6


def test_two_nodes_save_different_tables_of_one_source_at_once(
    store: PostgresStore, open_node: OpenNode, say: Speaker
) -> None:
    source, nodes = say.source(), [store, open_node()]

    def save(node: PostgresStore, number: int) -> None:
        for part in range(10):
            table = say.table(f"t{number}-{part}", "id", "name")
            node.transact(lambda tx, table=table: tx.save_tables(source.id, [table], at=say.start, is_complete=False))

    outcomes = at_once(*(lambda node=node, number=number: save(node, number) for number, node in enumerate(nodes)))
    assert outcomes == [None, None]
    [datasource] = store.catalogue()
    assert len(datasource.tables) == 20


def test_a_source_that_is_removed_has_no_run_that_starts_unseen(
    store: PostgresStore, open_node: OpenNode, say: Speaker
) -> None:
    other = open_node()

    def remove(tx: Transaction) -> bool:
        source = tx.source("shop")
        assert source is not None
        if tx.active_runs():
            return False
        tx.remove_source(source.id)
        return True

    def begin(tx: Transaction) -> bool:
        run_id = f"run {time.monotonic_ns()}"
        tx.add_run(run_id=run_id, source="shop", kind=RunKind.EXTRACTION, options=RunOptions(), at=say.start)
        return tx.source("shop") is not None

    for _ in range(15):
        say.source()
        is_removed, has_source = at_once(lambda: store.transact(remove), lambda: other.transact(begin))
        assert is_removed is not has_source
        for run in store.active_runs():
            say.end(run)
        for source in store.sources():
            store.transact(lambda tx, source=source: tx.remove_source(source.id))


class Paused:
    """A change that stops in the middle until it is told to go on."""

    def __init__(self, begin: Callable[[Transaction], object], *, error: Exception | None = None) -> None:
        self._begin = begin
        self._error = error
        self.is_inside, self.may_go_on = threading.Event(), threading.Event()

    def __call__(self, tx: Transaction) -> None:
        self._begin(tx)
        self.is_inside.set()
        assert self.may_go_on.wait(5)
        if self._error is not None:
            raise self._error


def start_it(tx: Transaction, run_id: str) -> None:
    run = tx.run(run_id)
    assert run is not None
    tx.put_run(run.with_jobs((run.jobs[0].started(Speaker.at(1)),), at=Speaker.at(1)))


@pytest.mark.parametrize("error", [None, LookupError()])
@pytest.mark.parametrize("by", ["run", "job"])
def test_a_run_that_one_node_changes_is_read_by_another_node_as_it_is_afterwards(
    store: PostgresStore, open_node: OpenNode, say: Speaker, by: str, error: Exception | None
) -> None:
    run, other = say.run(), open_node()
    paused = Paused(lambda tx: start_it(tx, run.run_id), error=error)

    def late(tx: Transaction) -> Status:
        found = tx.run(run.run_id) if by == "run" else tx.job(run.jobs[0].id)
        assert found is not None
        return found.status

    with ThreadPoolExecutor(2) as pool:
        changing = pool.submit(store.transact, paused)
        assert paused.is_inside.wait(5)
        reading = pool.submit(other.transact, late)
        # What only looks is answered at once, from the last commit.
        assert other.job(run.jobs[0].id).status is Status.PENDING
        assert not reading.done()
        paused.may_go_on.set()
        assert type(changing.exception()) is type(error)
        assert reading.result() is (Status.RUNNING if error is None else Status.PENDING)


def test_a_run_is_started_on_a_source_once_the_node_that_works_on_the_source_is_done(
    store: PostgresStore, open_node: OpenNode, say: Speaker
) -> None:
    source, other = say.source(), open_node()

    def remove(tx: Transaction) -> None:
        assert tx.source("shop") is not None
        assert tx.active_runs() == []
        tx.remove_source(source.id)

    def begin(tx: Transaction) -> bool:
        tx.add_run(run_id="r", source="shop", kind=RunKind.EXTRACTION, options=RunOptions(), at=say.start)
        return tx.source("shop") is not None

    paused = Paused(remove)
    with ThreadPoolExecutor(2) as pool:
        removing = pool.submit(store.transact, paused)
        assert paused.is_inside.wait(5)
        starting = pool.submit(other.transact, begin)
        paused.may_go_on.set()
        removing.result()
        assert starting.result() is False


def test_the_only_source_is_not_emptied_under_a_run_that_starts_meanwhile(
    store: PostgresStore, open_node: OpenNode, say: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    say.source()
    other = open_node()
    paused = Paused(lambda tx: refuse_while_active(tx, "shop"))
    monkeypatch.setattr("catalogctl.service.sources.refuse_while_active", lambda tx, _: paused(tx))
    sources = Sources(store=store, drivers=SourceDrivers({}), clock=lambda: say.start)
    with ThreadPoolExecutor(2) as pool:
        emptying = pool.submit(sources.clear, None)
        assert paused.is_inside.wait(5)
        starting = pool.submit(Speaker(other).run)
        assert wait([starting], timeout=0.3).not_done
        paused.may_go_on.set()
        assert emptying.result().name == "shop"
        assert starting.result().status is Status.PENDING


def test_a_claim_waits_for_the_one_run_that_there_is(store: PostgresStore, open_node: OpenNode, say: Speaker) -> None:
    run, other = say.run(), Speaker(open_node())
    say.queue(run, "a")
    paused = Paused(lambda tx: tx.run(run.run_id))
    with ThreadPoolExecutor(2) as pool:
        changing = pool.submit(store.transact, paused)
        assert paused.is_inside.wait(5)
        claiming = pool.submit(other.claimed)
        assert store.running_tasks() == []
        assert not claiming.done()
        paused.may_go_on.set()
        changing.result()
        assert claiming.result().key == "a"


def test_a_claim_takes_from_another_run_what_it_would_have_to_wait_for(
    store: PostgresStore, open_node: OpenNode, say: Speaker
) -> None:
    first, second, other = say.run("a"), say.run("b"), Speaker(open_node())
    say.queue(first, "a")
    say.queue(second, "b")
    paused = Paused(lambda tx: tx.run(first.run_id))
    with ThreadPoolExecutor(1) as pool:
        changing = pool.submit(store.transact, paused)
        assert paused.is_inside.wait(5)
        assert other.claimed().key == "b"
        paused.may_go_on.set()
        changing.result()
    assert other.claimed().key == "a"


def test_who_is_at_one_run_does_not_wait_for_another(store: PostgresStore, open_node: OpenNode, say: Speaker) -> None:
    busy, own, other = say.run("a"), say.run("b"), open_node()
    say.queue(busy, "a")
    paused = Paused(lambda tx: tx.run(busy.run_id))

    def claim_next(tx: Transaction) -> Task | None:
        assert tx.run(own.run_id) is not None
        return tx.claim_task(say.worker(), at=say.at(0), lease_until=say.at(9))

    with ThreadPoolExecutor(1) as pool:
        changing = pool.submit(store.transact, paused)
        assert paused.is_inside.wait(5)
        assert other.transact(claim_next) is None
        paused.may_go_on.set()
        changing.result()
    assert other.transact(claim_next) is not None
