"""Whatever is done to them, in whatever order, every engine answers as the reference engine does."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from plain_ids import with_plain_ids
from store_engines import ENGINES, Speaker

from catalogctl.domain.errors import CatalogctlError
from catalogctl.domain.events import TOPIC_OF, TOPICS, NewEvent
from catalogctl.domain.ports.store import Reads, Store, Transaction
from catalogctl.domain.runs import JobType, RunKind, RunOptions, Status
from catalogctl.domain.sources import Identity
from catalogctl.domain.tasks import NewTask, Task, Worker
from catalogctl.store.memory import MemoryStore

Step = Callable[[Transaction], Any]

SOURCES = st.sampled_from(["a", "b"])
RUNS = st.sampled_from(["r1", "r2", "r3"])
WORKERS = st.builds(
    lambda run, sources: Speaker.worker(f"w-{run}-{'-'.join(sources)}", run_id=run, sources=sources),
    st.sampled_from([None, None, "r1"]),
    st.sampled_from([(), (), ("b",), ("a", "c")]),
)
TIMES = st.integers(0, 30).map(Speaker.at)
COLUMNS = st.lists(st.sampled_from("xyz"), unique=True, max_size=3)
PROFILES = st.sampled_from([None, {"n": 1}, {"n": 2}])
TABLES = st.builds(
    lambda name, columns, profile, rows, is_estimate: Speaker.table(
        name, *columns, profile=profile, row_count=rows, row_count_is_estimate=is_estimate
    ),
    st.sampled_from("tuv"),
    COLUMNS,
    PROFILES,
    st.sampled_from([None, 3]),
    st.booleans(),
)
OUTCOMES = st.sampled_from([Status.COMPLETED, Status.FAILED, Status.PENDING])


class Abandoned(Exception):
    pass


def move_run(run_id: str, status: Status, at: datetime) -> Step:
    """Bring every job of a run into *status*, as far as the rules allow it."""

    def step(tx: Transaction) -> None:
        run = tx.run(run_id)
        if run is None:
            return
        jobs = []
        for job in run.jobs:
            match job.status, status:
                case Status.PENDING, Status.RUNNING:
                    jobs.append(job.started(at))
                case Status.RUNNING, Status.COMPLETED:
                    jobs.append(job.completed(result={"tables": 1}, at=at))
                case ((Status.PENDING | Status.RUNNING), Status.FAILED):
                    jobs.append(job.failed(error="x", at=at))
                case ((Status.FAILED | Status.CANCELLED), Status.PENDING):
                    jobs.append(job.retried())
                case _:
                    jobs.append(job)
        tx.put_run(run.with_jobs(tuple(jobs), at=at))

    return step


def on_job(run_id: str, do: Callable[[Transaction, Any], Any]) -> Step:
    def step(tx: Transaction) -> Any:
        run = tx.run(run_id)
        return None if run is None else do(tx, run.jobs[0])

    return step


def on_source(name: str, do: Callable[[Transaction, Any], Any]) -> Step:
    def step(tx: Transaction) -> Any:
        source = tx.source(name)
        return None if source is None else do(tx, source)

    return step


def on_column(place: int, text: str, at: datetime) -> Step:
    def step(tx: Transaction) -> None:
        columns = [column for source in tx.catalogue() for table in source.tables for column in table.columns]
        if columns:
            column = columns[place % len(columns)]
            tx.describe_column(column.id, text, at=at)
            tx.describe_table(column.table_id, text, at=at)

    return step


STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(
        lambda type_, run, at: lambda tx: tx.append(NewEvent(type=type_, at=at, data=f'"{run}"', run_id=run)),
        st.sampled_from(sorted(TOPIC_OF)),
        st.one_of(st.none(), RUNS),
        TIMES,
    ),
    st.builds(
        lambda keep, at, limit: lambda tx: tx.prune_events(keep=keep, older_than=at, limit=limit),
        st.integers(0, 20),
        TIMES,
        st.sampled_from([1, 3, 1000]),
    ),
    st.builds(
        lambda name, at: lambda tx: tx.add_source(Identity(location=f"/{name}", kind="sqlite", name=name), at=at),
        SOURCES,
        TIMES,
    ),
    st.builds(lambda name: on_source(name, lambda tx, source: tx.remove_source(source.id)), SOURCES),
    st.builds(lambda name: on_source(name, lambda tx, source: tx.clear_catalogue(source.id)), SOURCES),
    st.builds(
        lambda name, tables, at, whole: on_source(
            name, lambda tx, source: tx.save_tables(source.id, tables, at=at, is_complete=whole)
        ),
        SOURCES,
        st.lists(TABLES, unique_by=lambda table: table.metadata.name, max_size=3),
        TIMES,
        st.booleans(),
    ),
    st.builds(on_column, st.integers(0, 50), st.sampled_from(["one", "two"]), TIMES),
    st.builds(
        lambda run, source, kind, at: (
            lambda tx: (
                None if tx.run(run) else tx.add_run(run_id=run, source=source, kind=kind, options=RunOptions(), at=at)
            )
        ),
        RUNS,
        SOURCES,
        st.sampled_from(RunKind),
        TIMES,
    ),
    st.builds(move_run, RUNS, st.sampled_from(Status), TIMES),
    st.builds(
        lambda run, step, keys: on_job(
            run, lambda tx, job: tx.add_tasks(job, [NewTask(step=step, key=key, payload={"k": key}) for key in keys])
        ),
        RUNS,
        st.sampled_from(["s", "t"]),
        st.lists(st.sampled_from("kmn"), max_size=4),
    ),
    st.builds(
        lambda worker, at, lease, per_source: (
            lambda tx: tx.claim_task(worker, at=at, lease_until=lease, per_source=per_source)
        ),
        WORKERS,
        TIMES,
        TIMES,
        st.sampled_from([None, None, 1, 2]),
    ),
    st.builds(lambda run, at: on_job(run, lambda tx, job: tx.cancel_tasks(job.id, at=at)), RUNS, TIMES),
    st.builds(lambda run: on_job(run, lambda tx, job: tx.requeue_tasks(job.id)), RUNS),
    st.builds(
        lambda run, steps: on_job(run, lambda tx, job: tx.remove_tasks(job.id, steps=steps)),
        RUNS,
        st.sets(st.sampled_from("stu")),
    ),
    st.builds(lambda worker: lambda tx: tx.release_tasks(worker.id), WORKERS),
)


def answers(reads: Reads) -> dict[str, Any]:
    """Everything that an engine can be asked, and what it answers."""
    jobs = reads.jobs(limit=100)
    newest = max((run.number for run in reads.runs(limit=1)), default=0)
    return {
        "position": replace(reads.position(), epoch=""),
        "events": reads.page_since(0, limit=1000).events,
        "page of events": reads.page_since(3, limit=2).events,
        "by topics": [reads.page_since(1, limit=5, topics={topic, "jobs"}).events for topic in TOPICS],
        "by run": [reads.page_since(1, limit=3, run_id=run, topics=TOPICS[:2]).events for run in ("r1", "r2")],
        "sources": reads.sources(),
        "runs": reads.runs(limit=100),
        "page of runs": [reads.runs(limit=2, before=newest, source=source) for source in ("a", "b", None)],
        "runs by status": [reads.runs(limit=2, status=status) for status in Status],
        "runs by kind": [reads.runs(limit=2, kind=kind, source=source) for kind in RunKind for source in ("a", None)],
        "active": reads.active_runs(),
        "status": reads.running_status(),
        "jobs": [reads.jobs(limit=2, status=status, job_type=kind) for status in Status for kind in JobType],
        "tasks": [
            reads.tasks(job.id, limit=2, after=first.id) for job in jobs for first in reads.tasks(job.id, limit=1)
        ],
        "tasks by status": [reads.tasks(job.id, limit=9, status=status) for job in jobs for status in Status],
        "results": [list(reads.task_results(job.id, step)) for job in jobs for step in ("s", "t")],
        "tallies": [reads.tallies(job.id) for job in jobs],
        "running": reads.running_tasks(),
        "workers": reads.workers(),
        "leases": reads.leases(),
        "catalogue": reads.catalogue(),
    }


class TwoStores(RuleBasedStateMachine):
    """The reference engine and *engine*, each with the tasks that were claimed in it."""

    engine: str
    comparable: staticmethod = staticmethod(lambda answers: answers)

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.memory = MemoryStore(on_commit=lambda: None)
        self.other = ENGINES[self.engine](Path(self.folder.name), lambda: None)
        self.claimed: dict[Store, list[Task]] = {self.memory: [], self.other: []}

    def both(self, do: Callable[[Store], Any]) -> None:
        """Do it to both; they must return or raise the same."""
        outcomes = []
        for store in (self.memory, self.other):
            try:
                outcomes.append(do(store))
            except (CatalogctlError, Abandoned) as error:
                outcomes.append((type(error), getattr(error, "data", None)))
        assert self.comparable(outcomes[0]) == self.comparable(outcomes[1])

    @rule(steps=st.lists(STEPS, min_size=1, max_size=5), is_abandoned=st.booleans())
    def transact(self, steps: list[Step], is_abandoned: bool) -> None:  # noqa: FBT001 - hypothesis passes it by name
        def change(tx: Transaction) -> list[Any]:
            done = [step(tx) for step in steps]
            if is_abandoned:
                raise Abandoned
            return [*done, answers(tx)]

        def do(store: Store) -> list[Any]:
            done = store.transact(change)
            self.claimed[store] += [one for one in done if isinstance(one, Task)]
            return done

        self.both(do)

    @rule(place=st.integers(0, 100), status=OUTCOMES, at=TIMES)
    def finish(self, place: int, status: Status, at: datetime) -> None:
        def do(store: Store) -> bool:
            task = self.claimed[store][place % len(self.claimed[store])]
            return store.transact(
                lambda tx: tx.finish_task(task, status=status, at=at, result={"a": (1, 2)}, error="e")
            )

        if self.claimed[self.memory]:
            self.both(do)

    @rule(place=st.integers(0, 100))
    def give_back(self, place: int) -> None:
        def do(store: Store) -> bool:
            task = self.claimed[store][place % len(self.claimed[store])]
            return store.transact(lambda tx: tx.return_task(task))

        if self.claimed[self.memory]:
            self.both(do)

    @rule(worker=WORKERS, lease=TIMES)
    def enlist(self, worker: Worker, lease: datetime) -> None:
        self.both(lambda store: store.enlist(worker, lease_until=lease))

    @rule(worker=WORKERS, lease=TIMES)
    def renew(self, worker: Worker, lease: datetime) -> None:
        self.both(lambda store: store.renew(worker.id, lease_until=lease))

    @rule(worker=WORKERS)
    def dismiss(self, worker: Worker) -> None:
        self.both(lambda store: store.dismiss(worker.id))

    @rule(now=TIMES)
    def look_for_dead(self, now: datetime) -> None:
        self.both(lambda store: store.dead_workers(now))

    @invariant()
    def they_answer_the_same(self) -> None:
        with self.memory._snapshot() as wanted, self.other._snapshot() as found:
            assert self.comparable(answers(wanted)) == self.comparable(answers(found))

    def teardown(self) -> None:
        self.other.close()
        self.folder.cleanup()


class MemoryAndSqlite(TwoStores):
    engine = "sqlite"


class MemoryAndPostgres(TwoStores):
    """An id that a failed change took is not given again, which no promise says it should be."""

    engine = "postgres"
    comparable = staticmethod(with_plain_ids)


# Without shrinking: a failure would be looked into for minutes, and the steps that led to it are printed anyway.
SETTINGS = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
TestSqlite = MemoryAndSqlite.TestCase
TestSqlite.settings = SETTINGS
TestPostgres = MemoryAndPostgres.TestCase
TestPostgres.settings = settings(SETTINGS, max_examples=10, stateful_step_count=20)
