"""No statement on the way of a stream or a worker reads more, the longer the history is."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from store_engines import Speaker

from catalogctl.domain.events import TOPICS, NewEvent
from catalogctl.domain.runs import JobType, Status
from catalogctl.store.sqlite import SqliteStore
from catalogctl.store.sqlite.files import connect
from catalogctl.store.sqlite.transaction import SqliteTransaction

GROWING = ("events", "runs", "jobs", "tasks")


@pytest.fixture
def statements(tmp_path: Path) -> Iterator[list[tuple[str, list[str]]]]:
    """Statements of every read, and of the writes of running work, each with its plan."""
    path = tmp_path / "store.db"
    with closing(SqliteStore.open(path, on_commit=lambda: None)) as store:
        say = Speaker(store)
        run = say.run()
        say.queue(run, "a", "b")
    with closing(connect(path, is_writer=True)) as connection:
        run_through: list[str] = []
        connection.set_trace_callback(run_through.append)
        transaction = SqliteTransaction(connection)
        read_everything(transaction)
        write(transaction, say, run)
        connection.set_trace_callback(None)
        yield [
            (statement, [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")])
            for statement in dict.fromkeys(run_through)
            if re.match(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)", statement)
        ]


def read_everything(tx: SqliteTransaction) -> None:
    tx.position()
    for run_id in (None, "r"):
        for topics in (None, {"jobs"}, set(TOPICS[1:])):
            tx.events_since(10, limit=10, topics=topics, run_id=run_id)
    tx.run("r")
    tx.run_ids("abcd", limit=10)
    tx.run_numbered(1)
    tx.active_runs()
    tx.running_status()
    for source in (None, "shop"):
        for status in (None, Status.FAILED):
            tx.runs(limit=10, source=source, status=status)
            for job_type in (None, JobType.EXTRACTION):
                tx.jobs(limit=10, source=source, status=status, job_type=job_type)
    tx.job(1)
    for status in (None, Status.PENDING):
        tx.tasks(1, limit=10, status=status)
    list(tx.task_results(1, "profile_tables"))
    tx.tallies(1)
    tx.running_tasks()


def write(tx: SqliteTransaction, say: Speaker, run: object) -> None:
    for worker in (say.worker(run_id="r"), say.worker(sources=("shop",))):
        task = tx.claim_task(worker, at=say.at(0), lease_until=say.at(9), per_source=3)
    tx.finish_task(task, status=Status.COMPLETED, at=say.at(1))
    tx.release_tasks("w1")
    tx.cancel_tasks(1, at=say.at(1))
    tx.requeue_tasks(1)
    tx.put_run(run)
    tx.append(NewEvent(type="job.started", at=say.at(0), data="{}", run_id="r"))


def test_every_statement_finds_its_rows_by_an_index(statements: list[tuple[str, list[str]]]) -> None:
    assert len(statements) > 30
    for statement, plan in statements:
        # The index of held tasks is read whole, and grows with the workers, not with the history.
        scans = [line for line in plan if re.match(rf"SCAN ({'|'.join(GROWING)})\b(?! USING INDEX tasks_held)", line)]
        assert not scans, f"{statement}\n{plan}"


def test_pages_that_merge_several_stretches_read_them_from_the_index_alone(
    statements: list[tuple[str, list[str]]],
) -> None:
    merged = [plan for statement, plan in statements if "UNION ALL" in statement and "claimable" not in statement]
    assert len(merged) >= 5
    for plan in merged:
        stretches = [line for line in plan if line.startswith("SEARCH") and "PRIMARY KEY" not in line]
        assert stretches
        # The key is a bound of the search, so that a stretch begins where the page begins.
        assert all(re.search(r"COVERING INDEX .*\b(seq|number|id)[<>]", line) for line in stretches), plan


def test_counting_the_tasks_of_a_job_reads_no_row(statements: list[tuple[str, list[str]]]) -> None:
    [plan] = [plan for statement, plan in statements if "count(*)" in statement and "GROUP BY step" in statement]
    assert any("COVERING INDEX tasks_status" in line for line in plan)
