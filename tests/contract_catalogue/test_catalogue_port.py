"""What the Catalogue port promises, held against both of its implementations: they must not be told apart."""

import sqlite3
import uuid
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from served_house import House, now

from catalogctl.domain.errors import (
    CatalogctlError,
    IllegalTransition,
    InvalidInput,
    JobNotFound,
    RunActive,
    RunAmbiguous,
    RunNotFound,
    SourceExists,
    SourceNotChosen,
    SourceNotFound,
    SourceUnusable,
    TableNotFound,
)
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.domain.run_records import job_record, run_record
from catalogctl.domain.runs import JobType, Run, RunKind, RunOptions, Status
from catalogctl.domain.sources import MASK
from catalogctl.domain.tasks import Worker

NOWHERE = str(uuid.UUID(int=0))


def start(catalogue: Catalogue, source: str | None = "shop", **options: Any) -> Run:
    return catalogue.start_run(RunKind.EXTRACTION, source=source, options=RunOptions(**options))


def test_sources_are_listed_by_name_and_added_once(catalogue: Catalogue, house: House) -> None:
    assert [source.name for source in catalogue.sources()] == ["shop", "stock"]
    path = str(house.database("third"))
    added = catalogue.add_source(path)
    assert (added.name, added.location, added.kind) == ("third", path, "sqlite")
    assert catalogue.add_source(path) == added
    assert catalogue.sources() == house.service.sources()
    assert added in catalogue.sources()


def test_a_source_may_have_a_name_of_its_own(catalogue: Catalogue, house: House) -> None:
    name = "Größe & co. 3".replace(" &", "")
    assert catalogue.add_source(str(house.database("third")), name=name).name == name
    assert catalogue.test_source(name).is_ok
    catalogue.remove_source(name)
    assert name not in [source.name for source in catalogue.sources()]


def test_what_cannot_be_added(catalogue: Catalogue, house: House) -> None:
    text = house.folder / "text.db"
    text.write_text("this is no database")
    third = str(house.database("third"))
    for location, name, error in (
        (str(house.folder / "nowhere.db"), None, SourceNotFound),
        (str(text), None, SourceUnusable),
        (third, "shop", SourceExists),
        (third, "a/b", InvalidInput),
        (third, "x" * 200, InvalidInput),
    ):
        with pytest.raises(error) as caught:
            catalogue.add_source(location, name=name)
        assert type(caught.value) is error
    assert len(house.service.sources()) == 2


def test_a_password_never_comes_out(catalogue: Catalogue) -> None:
    source = catalogue.add_source("postgresql://user:hunter2@127.0.0.1:1/db", name="far")
    assert MASK in source.location
    assert "hunter2" not in repr(catalogue.sources())
    assert "hunter2" not in repr(catalogue.test_source("far"))
    assert "hunter2" not in repr(catalogue.catalogue())


def test_trying_a_source(catalogue: Catalogue, house: House) -> None:
    check = catalogue.test_source("shop")
    assert (check.is_ok, check.tables) == (True, 1)
    (house.folder / "shop.db").unlink()
    check = catalogue.test_source("shop")
    assert (check.is_ok, check.tables) == (False, None)
    assert check.message


@pytest.mark.parametrize("name", ["nowhere", "a/b", "..", "", "?", "#", "%2F", "ünknown", "[red]"])
def test_a_source_that_is_not_there(catalogue: Catalogue, name: str) -> None:
    for ask in (catalogue.test_source, catalogue.remove_source):
        with pytest.raises(SourceNotFound):
            ask(name)


def test_an_active_run_keeps_its_source(catalogue: Catalogue) -> None:
    run = start(catalogue)
    for ask in (lambda: catalogue.remove_source("shop"), lambda: catalogue.clear_catalogue(source="shop")):
        with pytest.raises(RunActive) as caught:
            ask()
        assert caught.value.data["run_id"] == run.run_id


def test_a_run_is_queued_with_its_options(catalogue: Catalogue, house: House) -> None:
    run = start(catalogue, tables=("customer",), sample=10, deadline=2.5)
    assert run == house.service.run(run.run_id)
    assert (run.status, run.source, run.kind) == (Status.PENDING, "shop", RunKind.EXTRACTION)
    assert run.options == RunOptions(tables=("customer",), sample=10, deadline=2.5)


def test_a_path_registers_itself(catalogue: Catalogue, house: House) -> None:
    assert start(catalogue, str(house.database("third"))).source == "third"
    assert "third" in [source.name for source in house.service.sources()]


def test_a_run_needs_a_source_that_is_free(catalogue: Catalogue, house: House) -> None:
    with pytest.raises(SourceNotChosen) as not_chosen:
        start(catalogue, None)
    assert "shop" in f"{not_chosen.value} {not_chosen.value.hint}"
    with pytest.raises(SourceNotFound):
        start(catalogue, "nowhere")
    with pytest.raises(SourceNotFound):
        start(catalogue, str(house.folder / "nowhere.db"))
    first = start(catalogue)
    with pytest.raises(RunActive) as active:
        start(catalogue)
    assert active.value.data["run_id"] == first.run_id
    house.service.remove_source("stock")
    house.service.cancel_run(first.run_id)
    assert start(catalogue, None).source == "shop"


def test_cancel_and_retry(catalogue: Catalogue, house: House) -> None:
    run = start(catalogue)
    cancelled = catalogue.cancel_run(run.run_id)
    assert (cancelled.run_id, cancelled.status) == (run.run_id, Status.CANCELLED)
    assert run_record(cancelled) == run_record(house.service.run(run.run_id))
    with pytest.raises(IllegalTransition):
        catalogue.cancel_run(run.run_id)
    again = catalogue.retry_run(run.run_id)
    assert (again.status, again.jobs[0].attempt) == (Status.PENDING, 2)
    with pytest.raises(IllegalTransition):
        catalogue.retry_run(run.run_id)
    catalogue.cancel_run(run.run_id)
    third = catalogue.retry_job(run.jobs[0].id)
    assert (third.run_id, third.jobs[0].attempt) == (run.run_id, 3)


def test_a_retry_waits_for_no_other_run(catalogue: Catalogue) -> None:
    first = start(catalogue)
    catalogue.cancel_run(first.run_id)
    second = start(catalogue)
    for ask in (lambda: catalogue.retry_run(first.run_id), lambda: catalogue.retry_job(first.jobs[0].id)):
        with pytest.raises(RunActive) as caught:
            ask()
        assert caught.value.data["run_id"] == second.run_id


@pytest.mark.parametrize("run_id", [NOWHERE, "latest", "1", "{prefix}", "", "a/b", "..", "%", "x" * 500])
def test_only_a_full_id_is_an_id(catalogue: Catalogue, run_id: str) -> None:
    run = start(catalogue)
    wrong = run_id.format(prefix=run.run_id[:8])
    for ask in (catalogue.run, catalogue.cancel_run, catalogue.retry_run):
        with pytest.raises(RunNotFound):
            ask(wrong)
    assert catalogue.run(run.run_id) == run


def test_runs_are_found_by_what_people_type(catalogue: Catalogue) -> None:
    run = start(catalogue)
    for reference in ("latest", "1", "#1", run.run_id, run.run_id[:4], run.run_id.upper(), f" {run.run_id[:8]} "):
        assert catalogue.find_run(reference) == run, reference


@pytest.mark.parametrize("reference", ["99", "#99", "zzzz", "abc", "", " ", "a/b", "../..", "?", "%20", "é", "x" * 500])
def test_what_no_run_is_called(catalogue: Catalogue, reference: str) -> None:
    with pytest.raises(RunNotFound):
        catalogue.find_run(reference)


def test_an_ambiguous_reference_names_the_candidates(house: House, catalogue: Catalogue) -> None:
    ids = ["aaaa0000-0000-4000-8000-000000000000", "aaaa1111-0000-4000-8000-000000000000"]
    house.ids.extend(ids)
    for source in ("shop", "stock"):
        house.start(source)
    with pytest.raises(RunAmbiguous) as caught:
        catalogue.find_run("aaaa")
    assert all(run_id in caught.value.detail for run_id in ids)
    assert caught.value.hint


def test_the_latest_run(catalogue: Catalogue) -> None:
    assert catalogue.latest_run() is None
    start(catalogue, "shop")
    second = start(catalogue, "stock")
    assert catalogue.latest_run() == second


def history(house: House, count: int) -> None:
    for number in range(count):
        run = house.start("stock" if number % 2 else "shop")
        house.service.cancel_run(run.run_id)
    house.start("shop")


def test_runs_come_newest_first_in_pages_and_filtered(catalogue: Catalogue, house: House) -> None:
    history(house, 6)
    assert [run.number for run in catalogue.runs()] == [7, 6, 5, 4, 3, 2, 1]
    assert [run.number for run in catalogue.runs(limit=2, before=6)] == [5, 4]
    assert [run.number for run in catalogue.runs(source="stock")] == [6, 4, 2]
    assert [run.number for run in catalogue.runs(status=Status.PENDING)] == [7]
    assert [run.number for run in catalogue.runs(kind=RunKind.EXTRACTION, limit=2)] == [7, 6]
    assert catalogue.runs(kind=RunKind.REFRESH) == []
    assert catalogue.runs(source="nowhere") == []
    assert [run_record(run) for run in catalogue.runs(limit=3)] == [
        run_record(run) for run in house.service.runs(limit=3)
    ]


def test_jobs_come_newest_first_in_pages_and_filtered(catalogue: Catalogue, house: House) -> None:
    history(house, 4)
    every = catalogue.jobs()
    assert [job_record(job) for job in every] == [job_record(job) for job in house.service.jobs()]
    assert [job.id for job in every] == sorted((job.id for job in every), reverse=True)
    assert catalogue.jobs(limit=2, before=every[1].id) == every[2:4]
    assert catalogue.jobs(status=Status.PENDING) == every[:1]
    assert catalogue.jobs(job_type=JobType.ENRICHMENT) == []
    assert len(catalogue.jobs(source="stock")) == 2
    assert catalogue.job(every[0].id) == every[0]


def test_more_rows_than_one_answer_holds(catalogue: Catalogue, house: House) -> None:
    house.many_runs(1203)
    assert [run.number for run in catalogue.runs(limit=1100)] == list(range(1203, 103, -1))
    assert len(catalogue.runs(limit=5000)) == 1203
    assert len(catalogue.jobs(limit=2000)) == 1203


def test_a_job_that_is_not_there(catalogue: Catalogue) -> None:
    for ask in (catalogue.job, catalogue.tasks, catalogue.retry_job):
        with pytest.raises(JobNotFound):
            ask(4711)


def test_tasks_in_pages_and_filtered(catalogue: Catalogue, house: House) -> None:
    job = house.extract("shop").jobs[0]
    tasks = catalogue.tasks(job.id)
    assert [(task.id, task.key, task.status, task.attempt, task.run_id) for task in tasks] == [
        (task.id, task.key, task.status, task.attempt, task.run_id) for task in house.service.tasks(job.id)
    ]
    assert catalogue.tasks(job.id, limit=1) == tasks[:1]
    assert catalogue.tasks(job.id, after=tasks[0].id) == tasks[1:]
    assert catalogue.tasks(job.id, status=Status.FAILED) == []
    assert catalogue.tasks(job.id, status=Status.COMPLETED) == tasks


def test_a_job_that_has_not_begun_has_its_first_tasks(catalogue: Catalogue) -> None:
    job = start(catalogue).jobs[0]
    assert {task.status for task in catalogue.tasks(job.id)} == {Status.PENDING}


def test_running_status(catalogue: Catalogue, house: House) -> None:
    assert not catalogue.running_status().is_running
    first, second = start(catalogue, "shop"), start(catalogue, "stock")
    status = catalogue.running_status()
    assert status.active_run_ids == (first.run_id, second.run_id)
    assert status.current_run_id == first.run_id
    assert status == house.service.running_status()


def test_the_catalogue_as_a_tree(catalogue: Catalogue, house: House) -> None:
    with closing(sqlite3.connect(house.folder / "shop.db")) as connection, connection:
        connection.execute('CREATE TABLE "o\'dd [red]" (id INTEGER PRIMARY KEY, "c" REFERENCES customer (id), x TEXT)')
        connection.execute("INSERT INTO customer VALUES (1, 'a@example.org'), (2, NULL)")
        connection.execute("INSERT INTO \"o'dd [red]\" VALUES (1, 1, 'é'), (2, 1, '\x1b[31m')")
    house.extract("shop")
    house.extract("stock")
    assert catalogue.catalogue() == house.service.catalogue()
    (source,) = catalogue.catalogue(source="shop", table="o'dd [red]")
    (table,) = source.tables
    assert table.foreign_keys[0].referred_table == "customer"
    assert all(column.profile is not None for column in table.columns)
    (source,) = catalogue.catalogue(source="shop", profile=False)
    assert all(column.profile is None for table in source.tables for column in table.columns)


def test_names_that_the_catalogue_does_not_have(catalogue: Catalogue) -> None:
    for error, source, table in (
        (SourceNotFound, "nowhere", None),
        (TableNotFound, "shop", "nowhere"),
        (TableNotFound, None, "nowhere"),
    ):
        with pytest.raises(error):
            catalogue.catalogue(source=source, table=table)


def test_emptying_the_catalogue(catalogue: Catalogue, house: House) -> None:
    house.extract("shop")
    with pytest.raises(SourceNotChosen):
        catalogue.clear_catalogue()
    with pytest.raises(SourceNotFound):
        catalogue.clear_catalogue(source="nowhere")
    assert catalogue.clear_catalogue(source="shop").name == "shop"
    assert not any(source.tables for source in catalogue.catalogue())
    catalogue.remove_source("stock")
    assert catalogue.clear_catalogue().name == "shop"


def test_whether_somebody_does_the_work(catalogue: Catalogue, house: House) -> None:
    run = start(catalogue)
    assert not catalogue.has_worker(run.run_id)
    with house.working():
        assert catalogue.has_worker(run.run_id)


def test_who_works_on_what(catalogue: Catalogue, house: House) -> None:
    assert catalogue.workers() == []
    run = start(catalogue)
    worker = Worker(id="w1", host="elsewhere", pid=7, started_at=now(), sources=("shop", "stock"))
    house.store.enlist(worker, lease_until=now() + timedelta(seconds=60))
    task = house.claim(worker)
    [station] = catalogue.workers()
    assert station.worker == worker
    assert station.is_alive
    assert station.lease_until > now()
    assert [(task.key, task.run_id, task.worker) for task in station.tasks] == [(task.key, run.run_id, "w1")]
    house.store.renew("w1", lease_until=now() - timedelta(seconds=1))
    assert [station.is_alive for station in catalogue.workers()] == [False]
    house.store.dismiss("w1")
    assert catalogue.workers() == []


def test_a_selection_of_what_is_not_there(catalogue: Catalogue, house: House) -> None:
    run = start(catalogue, tables=("nowhere",))
    with house.working():
        house.wait_for_end(run.run_id)
    ended = catalogue.run(run.run_id)
    assert ended.status is Status.FAILED
    assert ended == house.service.run(run.run_id)
    assert "nowhere" in str(ended.jobs[0].error_message)


@pytest.mark.parametrize(
    "ask",
    [
        lambda catalogue: catalogue.sources(),
        lambda catalogue: catalogue.runs(),
        lambda catalogue: catalogue.find_run("latest"),
        lambda catalogue: catalogue.running_status(),
        start,
    ],
)
def test_a_store_that_is_gone_is_told_as_it_is(
    catalogue: Catalogue, house: House, ask: Callable[[Catalogue], object]
) -> None:
    house.store.close()
    with pytest.raises(CatalogctlError) as caught:
        ask(catalogue)
    assert caught.value.code == "store_unavailable"
