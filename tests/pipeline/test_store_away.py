"""A store that is away for a while, or whose answer is lost, costs time and nothing else."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import pytest
from working_house import ENDLESS, House, until

from catalogctl.domain.errors import StoreUnavailable
from catalogctl.domain.events import LogPosition
from catalogctl.domain.ports.store import Transaction
from catalogctl.domain.runs import Status
from catalogctl.domain.tasks import Task
from catalogctl.pipeline.worker import WorkerPool
from catalogctl.store.memory import MemoryStore
from catalogctl.store.memory_transaction import MemoryTransaction

T = TypeVar("T")
TABLES = [f"CREATE TABLE t{number} AS SELECT {number} AS x" for number in range(3)]


class FarStore(MemoryStore):
    """A store at the end of a line: *before* and *after* are called at each end of every change that is made."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.is_away = False
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None

    def transact(self, change: Callable[[Transaction], T]) -> T:
        self.before()
        self.check()
        answer = super().transact(change)
        self.after()
        return answer

    def position(self) -> LogPosition:
        self.check()
        return super().position()

    def check(self) -> None:
        if self.is_away:
            raise StoreUnavailable("the store is away")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A house whose workers are impatient."""
    monkeypatch.setattr("catalogctl.pipeline.worker.LOOK", 0.02)
    monkeypatch.setattr("catalogctl.pipeline.worker.STORE_PATIENCE", 0.2)
    house = House(tmp_path, engine=FarStore)
    with closing(house.notifier), closing(house.store):
        yield house


@pytest.fixture
def far(house: House) -> FarStore:
    assert isinstance(house.store, FarStore)
    return house.store


def is_at_work(store: MemoryStore) -> bool:
    return bool(store.running_tasks())


@pytest.mark.parametrize("number", range(12))
def test_a_commit_whose_answer_is_lost_is_made_once_and_what_it_claimed_is_not_forgotten(
    house: House, far: FarStore, number: int
) -> None:
    house.start(house.database(*TABLES))
    changes: list[None] = []

    def lose() -> None:
        changes.append(None)
        if len(changes) == number + 1:
            raise StoreUnavailable("the connection was lost")

    far.after = lose
    house.work_off(concurrency=1)
    [run] = far.runs(limit=9)
    assert (run.status, run.jobs[0].warnings) == (Status.COMPLETED, ())
    assert run.jobs[0].result is not None
    assert run.jobs[0].result["tables"] == 3


@pytest.mark.parametrize("number", range(1, 6))
def test_work_that_is_done_while_the_store_is_away_is_recorded_when_it_is_back(
    house: House, far: FarStore, number: int
) -> None:
    house.start(house.database(*TABLES))
    refused: list[None] = []
    changes: list[None] = []

    def go_away() -> None:
        changes.append(None)
        if len(changes) == number + 1:
            far.is_away = True
        if far.is_away:
            refused.append(None)

    far.before = go_away
    with house.working(concurrency=1):
        # Longer than a store that answers is borne with.
        until(lambda: len(refused) > 20)
        far.is_away = False
        until(lambda: not far.active_runs())
    [run] = far.runs(limit=9)
    assert (run.status, run.jobs[0].warnings) == (Status.COMPLETED, ())
    attempts = {task.attempt for task in far.tasks(run.jobs[0].id, limit=99)}
    assert attempts == {1}


def test_a_worker_is_stopped_while_the_store_is_away(house: House, far: FarStore) -> None:
    house.start(house.database(*TABLES))
    pool = house.pool(concurrency=1)
    pool.enlist()
    is_refusing = threading.Event()

    def go_away() -> None:
        far.is_away = is_at_work(far)
        if far.is_away:
            is_refusing.set()

    far.before = go_away
    thread = threading.Thread(target=lambda: pool.run(is_done=lambda: False))
    thread.start()
    assert is_refusing.wait(5)
    pool.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_a_worker_that_is_told_to_stop_while_it_claims_puts_the_task_back(house: House, far: FarStore) -> None:
    run = house.start(house.database(f"CREATE VIEW slow AS {ENDLESS}"))
    # Claimed in the commit of what was done before it, and then by itself.
    for number in range(2):
        pool = house.pool(name=str(number), concurrency=1)
        pool.enlist()

        def stop(pool: WorkerPool = pool) -> None:
            if any(task.key == "slow" for task in far.running_tasks()):
                far.after = lambda: None
                pool.stop()

        far.after = stop
        thread = threading.Thread(target=lambda pool=pool: pool.run(is_done=lambda: False), daemon=True)
        thread.start()
        thread.join(5)
        assert not thread.is_alive()
        [slow] = far.task_results(run.jobs[0].id, "profile_tables")
        assert (slow.status, slow.attempt) == (Status.PENDING, 0)


def test_what_a_store_that_answers_never_takes_fails_its_task_alone(
    house: House, far: FarStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = MemoryTransaction.finish_task

    def refuse(self: MemoryTransaction, task: Task, *, status: Status, **outcome: Any) -> bool:
        if task.key == "t1" and status is Status.COMPLETED:
            raise StoreUnavailable("it is too large")
        return finish(self, task, status=status, **outcome)

    monkeypatch.setattr(MemoryTransaction, "finish_task", refuse)
    run = house.extract(house.database(*TABLES))
    assert run.status is Status.COMPLETED
    [failed] = far.tasks(run.jobs[0].id, limit=9, status=Status.FAILED)
    assert (failed.key, failed.error) == ("t1", "it is too large")
