import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from working_house import ENDLESS, House, now, until

from catalogctl.domain.errors import IllegalTransition, RunActive
from catalogctl.domain.ports.sources import Drivers, SourceReader
from catalogctl.domain.runs import Status
from catalogctl.domain.sources import Identity, Source
from catalogctl.domain.tasks import Task
from catalogctl.pipeline.extraction import Extraction
from catalogctl.pipeline.recorder import MAX_CLAIMS

SHOP = (
    "CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL)",
    "INSERT INTO customers (email) VALUES ('ann@example.org'), ('bob@example.org')",
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), total NUMERIC)",
    "INSERT INTO orders (customer_id, total) VALUES (1, 9.5), (1, 20), (2, NULL)",
)


def test_a_run_tells_its_whole_story_in_order(house: House) -> None:
    run = house.extract(house.database(*SHOP))
    assert run.status is Status.COMPLETED
    types = house.event_types()
    assert types[:3] == ["run.created", "status.changed", "job.started"]
    assert types[-4:] == ["catalog.changed", "job.completed", "run.completed", "status.changed"]
    assert set(types[3:-4]) == {"job.progressed"}


def test_the_catalogue_holds_what_the_source_declares_and_shows(house: House) -> None:
    run = house.extract(house.database(*SHOP))
    (shop,) = house.catalogue.catalogue()
    assert [table.name for table in shop.tables] == ["customers", "orders"]
    assert [table.row_count for table in shop.tables] == [2, 3]
    total = next(column for column in shop.tables[1].columns if column.name == "total")
    assert total.profile is not None
    assert (total.profile["null_count"], total.profile["max"]) == (1, 20)
    assert total.full_context is not None
    assert total.full_context.startswith("orders.total; NUMERIC; 3 rows; 33.3 % null")
    result = run.jobs[0].result
    assert result is not None
    assert {key: result[key] for key in ("tables", "columns", "datasource", "rows", "warnings")} == {
        "tables": 2,
        "columns": 5,
        "datasource": "shop",
        "rows": 5,
        "warnings": 0,
    }


def test_extraction_again_keeps_ids_and_removes_what_vanished(house: House) -> None:
    path = house.database(*SHOP)
    house.extract(path)
    before = {table.name: table.id for table in house.catalogue.catalogue()[0].tables}
    house.database("DROP TABLE orders", "CREATE TABLE items (id INTEGER)", "ALTER TABLE customers ADD COLUMN name TEXT")
    house.extract(path)
    after = {table.name: table for table in house.catalogue.catalogue()[0].tables}
    assert set(after) == {"customers", "items"}
    assert after["customers"].id == before["customers"]
    assert [column.name for column in after["customers"].columns] == ["email", "id", "name"]


def test_a_partial_extraction_removes_nothing_outside_its_selection(house: House) -> None:
    path = house.database(*SHOP)
    house.extract(path)
    house.database("INSERT INTO orders (total) VALUES (1)", "INSERT INTO customers (email) VALUES ('c@example.org')")
    run = house.extract(path, tables=("orders",))
    assert run.jobs[0].result is not None
    assert run.jobs[0].result["tables"] == 1
    rows = {table.name: table.row_count for table in house.catalogue.catalogue()[0].tables}
    assert rows == {"customers": 2, "orders": 4}


def test_a_selection_that_names_no_table_fails_and_says_which_there_are(house: House) -> None:
    run = house.extract(house.database(*SHOP), tables=("ordres",))
    assert run.status is Status.FAILED
    assert run.jobs[0].error_message is not None
    assert "no table 'ordres'" in run.jobs[0].error_message
    assert "customers, orders" in run.jobs[0].error_message


def test_an_empty_database_is_no_failure(house: House) -> None:
    run = house.extract(house.database())
    assert run.status is Status.COMPLETED
    assert [note.message for note in run.jobs[0].warnings] == ["the source has no tables"]
    assert run.jobs[0].result is not None
    assert run.jobs[0].result["tables"] == 0


def test_a_table_past_its_deadline_is_a_warning_and_keeps_its_former_profile(hasty_house: House) -> None:
    house = hasty_house
    path = house.database(*SHOP, "CREATE TABLE slow (x INTEGER)", "INSERT INTO slow VALUES (1)")
    house.extract(path)
    house.database("DROP TABLE slow", f"CREATE VIEW slow AS {ENDLESS}")
    run = house.extract(path)
    assert run.status is Status.COMPLETED
    (note,) = run.jobs[0].warnings
    assert note.table == "slow"
    assert "took longer than 0.3 s" in note.message
    slow = next(table for table in house.catalogue.catalogue()[0].tables if table.name == "slow")
    assert slow.columns[0].profile is not None
    assert (slow.columns[0].profile["stale"], slow.columns[0].profile["max"]) == (True, 1)


def test_if_all_tables_fail_the_job_fails_and_the_catalogue_stays(hasty_house: House) -> None:
    house = hasty_house
    path = house.database(*SHOP)
    house.extract(path)
    before = house.catalogue.catalogue()
    house.database("DROP TABLE orders", "DROP TABLE customers", f"CREATE VIEW slow AS {ENDLESS}")
    run = house.extract(path)
    assert run.status is Status.FAILED
    assert "no table could be profiled" in (run.jobs[0].error_message or "")
    assert house.catalogue.catalogue() == before


def test_a_source_that_is_gone_fails_the_run_with_the_reason(house: House) -> None:
    path = house.database(*SHOP)
    house.extract(path)
    Path(path).unlink()
    run = house.extract("shop")
    assert run.status is Status.FAILED
    assert path in (run.jobs[0].error_message or "")
    assert len(house.catalogue.catalogue()[0].tables) == 2


def test_cancelling_interrupts_the_statement_and_ends_in_under_two_seconds(house: House) -> None:
    with house.working():
        run = house.start(house.database(f"CREATE VIEW slow AS {ENDLESS}"))
        until(lambda: any(step.active == ("slow",) for step in house.catalogue.run(run.run_id).jobs[0].steps))
        began = time.monotonic()
        cancelled = house.catalogue.cancel_run(run.run_id)
        assert cancelled.status is Status.CANCELLED
        # The worker's threads are free again: another run goes through at once.
        other = house.start(house.database(*SHOP, name="other.db"))
        until(lambda: house.catalogue.run(other.run_id).status is Status.COMPLETED)
        assert time.monotonic() - began < 2.0
    with pytest.raises(IllegalTransition, match="cancelled"):
        house.catalogue.cancel_run(run.run_id)
    types = house.event_types()
    assert types.count("run.cancelled") == 1
    assert house.catalogue.run(run.run_id).jobs[0].current_step == "profile_tables"


class SlowToClose:
    """A reader that takes its time to let go of its source, once it has looked at data."""

    def __init__(self, reader: SourceReader, released: threading.Event) -> None:
        self._reader = reader
        self._released = released
        self.is_closed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def close(self) -> None:
        self._released.wait(10)
        self._reader.close()
        self.is_closed = True


class SlowToCloseDrivers:
    """Real drivers; of the readers that they opened for the *slow* source, the second does not wait for anybody."""

    def __init__(self, drivers: Drivers) -> None:
        self._drivers = drivers
        self.released = threading.Event()
        self.opened: list[SlowToClose] = []

    def identify(self, location: str) -> Identity:
        return self._drivers.identify(location)

    def open(self, source: Source) -> SourceReader:
        reader = self._drivers.open(source)
        if source.name != "slow":
            return reader
        released = threading.Event()
        if len(self.opened) != 1:
            released.set()
        else:
            self.released = released
        self.opened.append(SlowToClose(reader, released))
        return self.opened[-1]


def test_a_retry_can_be_cancelled_though_the_former_attempt_was_slow_to_let_go(house: House) -> None:
    drivers = SlowToCloseDrivers(house.drivers)
    house.drivers = drivers  # the first reader reads the metadata, the second and the third look at the data
    with house.working():
        run = house.start(house.database(f"CREATE VIEW endless AS {ENDLESS}", name="slow.db"))
        until(lambda: len(drivers.opened) == 2)
        house.catalogue.cancel_run(run.run_id)
        house.catalogue.retry_run(run.run_id)
        until(lambda: len(drivers.opened) == 3)
        drivers.released.set()
        other = house.start(house.database(*SHOP, name="other.db"))
        until(lambda: house.catalogue.run(other.run_id).status is Status.COMPLETED)
        house.catalogue.cancel_run(run.run_id)
        until(lambda: drivers.opened[2].is_closed, seconds=2)


def test_one_source_has_one_active_run_and_another_source_may_run_beside_it(house: House) -> None:
    path = house.database(*SHOP)
    first = house.start(path)
    with pytest.raises(RunActive) as caught:
        house.start("shop")
    assert caught.value.data["run_id"] == first.run_id
    house.start(house.database(*SHOP, name="other.db"))


def test_a_retry_redoes_only_what_failed(hasty_house: House) -> None:
    house = hasty_house
    path = house.database(f"CREATE VIEW slow AS {ENDLESS}")
    failed = house.extract(path)
    assert failed.status is Status.FAILED
    house.database("DROP VIEW slow", "CREATE TABLE slow (x INTEGER)", "INSERT INTO slow VALUES (1)")
    retried = house.catalogue.retry_run(failed.run_id)
    job = retried.jobs[0]
    assert (retried.run_id, job.id, job.attempt, job.status) == (failed.run_id, failed.jobs[0].id, 2, Status.PENDING)
    house.work_off()
    done = house.catalogue.run(failed.run_id)
    assert done.status is Status.COMPLETED
    metadata = next(task for task in house.catalogue.tasks(job.id) if task.step == "extract_metadata")
    assert metadata.attempt == 1
    with pytest.raises(IllegalTransition, match="completed"):
        house.catalogue.retry_run(failed.run_id)


def test_progress_grows_within_an_attempt_and_steps_tell_their_counts(house: House) -> None:
    tables = [f"CREATE TABLE t{number:02} (x INTEGER)" for number in range(30)]
    run = house.extract(house.database(*tables))
    jobs = [
        event.decoded()
        for event in house.store.page_since(0, limit=10_000).events
        if event.type in {"job.started", "job.progressed", "job.completed"}
    ]
    progress = [job["progress"] for job in jobs]
    assert progress == sorted(progress)
    assert progress[-1] == 100
    assert all(job["progress"] < 100 for job in jobs[:-1])
    steps = {step.key: step for step in run.jobs[0].steps}
    assert (steps["profile_tables"].done, steps["profile_tables"].total) == (30, 30)
    assert [step.status for step in run.jobs[0].steps] == [Status.COMPLETED] * 3


def test_the_log_grows_with_the_time_and_not_with_the_tables(house: House) -> None:
    tables = [f"CREATE TABLE t{number:03} (x INTEGER)" for number in range(300)]
    path = house.database(*tables)
    began = time.monotonic()
    house.extract(path)
    seconds = time.monotonic() - began
    assert house.event_types().count("job.progressed") < 12 * seconds + 12


def test_every_state_that_readers_saw_is_in_the_log(house: House) -> None:
    run = house.extract(house.database(*SHOP))
    last = house.store.page_since(0, limit=10_000, run_id=run.run_id).events[-1]
    assert (last.type, last.seq) == ("run.completed", run.last_seq)
    record = last.decoded()
    assert record["status"] == "completed"
    assert record["jobs"][0]["result"]["tables"] == 2


def test_a_run_survives_a_source_that_is_locked_for_a_moment(house: House) -> None:
    path = house.database(*SHOP)
    with closing(sqlite3.connect(path)) as writer, house.working():
        writer.execute("BEGIN EXCLUSIVE")
        run = house.start(path)
        until(lambda: house.catalogue.run(run.run_id).status is Status.RUNNING)
        writer.rollback()
        until(lambda: house.catalogue.run(run.run_id).status.is_final)
    assert house.catalogue.run(run.run_id).status is Status.COMPLETED


def test_a_finished_job_is_the_same_however_one_asks(house: House) -> None:
    run = house.extract(house.database(*SHOP))
    (job,) = run.jobs
    assert house.catalogue.job(job.id) == job
    assert house.catalogue.jobs(limit=1) == [job]
    assert house.catalogue.latest_run() == run == house.catalogue.find_run("1") == house.catalogue.find_run("#1")
    assert house.catalogue.find_run(run.run_id[:6]) == run
    assert replace(run, jobs=()) == replace(house.catalogue.runs()[0], jobs=())


def test_a_step_after_which_nobody_can_go_on_ends_the_run_and_no_worker(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Extraction, "_after_profiles", lambda _, tasks: tasks[len(tasks)])
    run = house.extract(house.database(*SHOP))
    assert run.status is Status.FAILED
    assert "unexpected IndexError" in str(run.jobs[0].error_message)
    monkeypatch.undo()
    house.catalogue.retry_run(run.run_id)
    assert house.done(run).status is Status.COMPLETED


def test_workers_that_are_stopped_wear_no_task_out_and_those_that_die_over_it_do(house: House) -> None:
    run = house.start(house.database(f"CREATE VIEW slow AS {ENDLESS}"))

    def slow() -> Task:
        return next(iter(house.store.task_results(run.jobs[0].id, "profile_tables")))

    for _ in range(MAX_CLAIMS + 1):
        with house.working():
            until(lambda: any(task.key == "slow" for task in house.store.running_tasks()))
        assert (slow().status, slow().attempt) == (Status.PENDING, 0)
    for number in range(MAX_CLAIMS):
        dying = house.pool(name=f"dying-{number}")
        dying.enlist()
        house.store.transact(lambda tx, by=dying.worker: tx.claim_task(by, at=now(), lease_until=now()))
        house.store.dismiss(dying.worker.id)
    assert slow().attempt == MAX_CLAIMS
    assert house.done(run).status is Status.FAILED
    assert slow().error == "every worker that took this task died over it"
