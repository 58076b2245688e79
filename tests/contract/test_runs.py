import uuid
from dataclasses import replace

import pytest
from store_engines import Speaker

from catalogctl.domain.errors import RunActive, RunNotFound
from catalogctl.domain.ports.store import Store
from catalogctl.domain.runs import JobType, Note, Run, RunKind, RunOptions, Status, Step


def numbers(runs: list[Run]) -> list[int]:
    return [run.number for run in runs]


def test_new_run_is_pending_with_the_jobs_of_its_kind(store: Store, say: Speaker) -> None:
    run = say.run("shop", RunKind.REFRESH, tables=("orders",), sample=500, estimates=True, deadline=2.5, model="m")
    assert run.status is Status.PENDING
    assert (run.source, run.kind, run.created_at) == ("shop", RunKind.REFRESH, say.start)
    assert run.options == RunOptions(tables=("orders",), sample=500, estimates=True, deadline=2.5, model="m")
    assert [job.job_type for job in run.jobs] == [JobType.EXTRACTION, JobType.ENRICHMENT]
    assert all(job.status is Status.PENDING and job.attempt == 1 and job.run_id == run.run_id for job in run.jobs)
    assert store.run(run.run_id) == run
    assert store.run_numbered(run.number) == run
    assert store.job(run.jobs[1].id) == run.jobs[1]


def test_numbers_and_job_ids_grow(say: Speaker) -> None:
    runs = [say.run(source, RunKind.REFRESH) for source in "abc"]
    assert numbers(runs) == sorted(numbers(runs))
    ids = [job.id for run in runs for job in run.jobs]
    assert ids == sorted(set(ids))


def test_unknown_run_and_job_are_none(store: Store, say: Speaker) -> None:
    run = say.run()
    assert store.run("nobody's") is None
    assert store.run_numbered(run.number + 1) is None
    assert store.job(run.jobs[0].id + 1) is None


def test_a_source_has_one_active_run_and_the_second_is_told_which(store: Store, say: Speaker) -> None:
    first = say.run("shop")
    with pytest.raises(RunActive) as raised:
        say.run("shop")
    assert raised.value.data["run_id"] == first.run_id
    other = say.run("bank")
    assert store.active_runs() == [first, other]


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED, Status.CANCELLED])
def test_a_source_is_free_again_when_its_run_has_ended(store: Store, say: Speaker, status: Status) -> None:
    ended = say.end(say.run("shop"), status)
    assert store.active_runs() == []
    second = say.run("shop")
    assert store.runs(limit=10) == [second, ended]


def test_a_running_run_keeps_its_source_as_a_pending_one_does(store: Store, say: Speaker) -> None:
    run = say.run("shop")
    running = run.with_jobs((run.jobs[0].started(say.start),), at=say.start)
    store.transact(lambda tx: tx.put_run(running))
    with pytest.raises(RunActive):
        say.run("shop")
    # Writing the active run itself again is no second one.
    store.transact(lambda tx: tx.put_run(running))
    assert store.active_runs() == [running]


def test_a_retry_is_refused_while_another_run_of_the_source_is_active(store: Store, say: Speaker) -> None:
    failed = say.end(say.run("shop"), Status.FAILED)
    second = say.run("shop")
    again = failed.with_jobs((failed.jobs[0].retried(),), at=say.at(9))
    with pytest.raises(RunActive) as raised:
        store.transact(lambda tx: tx.put_run(again))
    assert raised.value.data["run_id"] == second.run_id
    assert store.run(failed.run_id) == failed


def test_a_run_comes_back_as_it_was_written(store: Store, say: Speaker) -> None:
    run = say.run()
    steps = (
        Step(key="extract_metadata", title="Metadata", status=Status.COMPLETED, done=1, total=1, started_at=say.at(1)),
        Step(key="profile_tables", title="Profiles", status=Status.RUNNING, done=2, total=9, active=("a\nb", "[red]")),
        Step(key="save_to_catalog", title="Save"),
    )
    job = replace(
        run.jobs[0].started(say.at(1)),
        attempt=3,
        steps=steps,
        step_index=1,
        progress=42,
        details={"what": [1, None, {"x": 1.5}]},
        warnings=(Note(message="broken", table="a", column="b"), Note(message="odd")),
        warnings_total=7,
    )
    written = run.with_jobs((job,), at=say.at(1))
    store.transact(lambda tx: tx.put_run(written))
    assert store.run(run.run_id) == written
    assert store.job(job.id) == job
    done = replace(job.completed(result={"tables": 3, "rate": 0.5}, at=say.at(2)), error_message="none \U0001f4be")
    ended = written.with_jobs((done,), at=say.at(2))
    store.transact(lambda tx: tx.put_run(ended))
    assert store.run(run.run_id) == ended


def test_writing_a_run_leaves_last_seq_to_its_events(store: Store, say: Speaker) -> None:
    run = say.run()
    seq = say.event("job.started", run_id=run.run_id)
    store.transact(lambda tx: tx.put_run(run))
    found = store.run(run.run_id)
    assert found is not None
    assert found.last_seq == seq


def test_writing_an_unknown_run_is_refused(store: Store, say: Speaker) -> None:
    stranger = replace(say.run(), run_id=str(uuid.uuid4()), source="another")
    with pytest.raises(RunNotFound):
        store.transact(lambda tx: tx.put_run(stranger))


def test_runs_are_newest_first_in_pages_by_number(store: Store, say: Speaker) -> None:
    runs = [say.run(f"s{number}", RunKind.REFRESH) for number in range(7)]
    newest_first = runs[::-1]
    assert store.runs(limit=100) == newest_first
    first = store.runs(limit=3)
    assert first == newest_first[:3]
    assert store.runs(limit=3, before=first[-1].number) == newest_first[3:6]
    assert store.runs(limit=3, before=runs[0].number) == []


def test_runs_are_chosen_by_source_and_status(store: Store, say: Speaker) -> None:
    statuses = [Status.COMPLETED, Status.FAILED, Status.COMPLETED, Status.CANCELLED, Status.FAILED]
    runs = {"a": [], "b": []}
    for status in statuses:
        for source, of_source in runs.items():
            of_source.insert(0, say.end(say.run(source), status))
    pending = say.run("a")
    assert store.runs(limit=100, source="a") == [pending, *runs["a"]]
    assert store.runs(limit=2, source="b") == runs["b"][:2]
    assert store.runs(limit=2, source="b", before=runs["b"][1].number) == runs["b"][2:4]
    assert store.runs(limit=100, source="b", status=Status.FAILED) == [runs["b"][0], runs["b"][3]]
    assert store.runs(limit=3, status=Status.COMPLETED) == [runs["b"][2], runs["a"][2], runs["b"][4]]
    assert store.runs(limit=100, status=Status.PENDING) == [pending]
    assert store.runs(limit=100, source="nobody's") == []


def test_runs_are_chosen_by_kind_with_any_other_filter(store: Store, say: Speaker) -> None:
    runs = [
        say.end(say.run(source, kind), status)
        for kind in RunKind
        for source in ("a", "b")
        for status in (Status.COMPLETED, Status.FAILED)
    ][::-1]
    for kind in [None, *RunKind]:
        for source in [None, "a", "nobody's"]:
            for status in [None, Status.FAILED]:
                wanted = [
                    run
                    for run in runs
                    if (kind in {None, run.kind}) and (source in {None, run.source}) and (status in {None, run.status})
                ]
                assert store.runs(limit=100, kind=kind, source=source, status=status) == wanted
                first = store.runs(limit=1, kind=kind, source=source, status=status)
                assert first == wanted[:1]
                if first:
                    page = store.runs(limit=100, before=first[0].number, kind=kind, source=source, status=status)
                    assert page == wanted[1:]


def test_jobs_are_newest_first_and_chosen_by_type_status_and_source(store: Store, say: Speaker) -> None:
    ended = say.end(say.run("a", RunKind.REFRESH), Status.FAILED)
    done = say.end(say.run("b", RunKind.ENRICHMENT))
    pending = say.run("a", RunKind.REFRESH)
    every = [job for run in (ended, done, pending) for job in run.jobs][::-1]
    assert store.jobs(limit=100) == every
    assert store.jobs(limit=2) == every[:2]
    assert store.jobs(limit=2, before=every[1].id) == every[2:4]
    for status in [None, *Status]:
        for job_type in [None, *JobType]:
            for source in [None, "a", "b", "nobody's"]:
                wanted = [
                    job
                    for job in every
                    if (status is None or job.status is status)
                    and (job_type is None or job.job_type is job_type)
                    and (source is None or (job.run_id == done.run_id) == (source == "b"))
                    and source != "nobody's"
                ]
                found = store.jobs(limit=100, status=status, job_type=job_type, source=source)
                assert found == wanted, (status, job_type, source)
    extractions = [job for job in every if job.job_type is JobType.EXTRACTION]
    assert store.jobs(limit=1, job_type=JobType.EXTRACTION, before=extractions[0].id) == extractions[1:]


def test_running_status_names_active_runs_oldest_first_with_the_newest_seq(store: Store, say: Speaker) -> None:
    assert store.running_status().active_run_ids == ()
    runs = [say.run(source) for source in "cab"]
    seq = say.event()
    status = store.running_status()
    assert status.active_run_ids == tuple(run.run_id for run in runs)
    assert status.seq == seq
    say.end(runs[0])
    assert store.running_status().current_run_id == runs[1].run_id


def test_run_ids_are_found_by_their_beginning_newest_first(store: Store, say: Speaker) -> None:
    ids = ["aaaa1", "aaab", "aaaa2", "b%_a", "AAAA", "aaaaz"]
    for number, run_id in enumerate(ids):
        store.transact(
            lambda tx, run_id=run_id, number=number: tx.add_run(
                run_id=run_id, source=f"s{number}", kind=RunKind.EXTRACTION, options=RunOptions(), at=say.start
            )
        )
    assert store.run_ids("aaaa", limit=10) == ["aaaaz", "aaaa2", "aaaa1"]
    assert store.run_ids("aaaa", limit=2) == ["aaaaz", "aaaa2"]
    assert store.run_ids("aaaa2", limit=10) == ["aaaa2"]
    assert store.run_ids("%", limit=10) == []
    assert store.run_ids("b%", limit=10) == ["b%_a"]
    assert store.run_ids("", limit=10) == ids[::-1]


def test_an_ended_run_shows_its_result_and_its_status_together(store: Store, say: Speaker) -> None:
    ended = say.end(say.run())
    [job] = store.jobs(limit=1)
    assert job.status is Status.COMPLETED
    assert job.result == {"tables": 1}
    found = store.run(ended.run_id)
    assert found is not None
    assert found.status is Status.COMPLETED
    assert found.completed_at == say.at(5)
