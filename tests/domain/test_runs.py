from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from catalogctl.domain.errors import IllegalTransition
from catalogctl.domain.run_records import job_from, job_record, run_from, run_record
from catalogctl.domain.runs import (
    LEGAL,
    MAX_WARNINGS_KEPT,
    Job,
    JobType,
    Note,
    Run,
    RunKind,
    Status,
    Step,
    check_transition,
    status_of,
)

NOW = datetime(2026, 1, 31, 12, 0, 0, 123000, tzinfo=UTC)
LATER = NOW + timedelta(seconds=5)


def a_job(**values: object) -> Job:
    defaults = {"id": 1, "run_id": "r", "job_type": JobType.EXTRACTION, "created_at": NOW}
    return Job(**{**defaults, **values})


def a_run(*jobs: Job) -> Run:
    return Run(run_id="r", number=1, source="shop", kind=RunKind.REFRESH, created_at=NOW, jobs=jobs)


@pytest.mark.parametrize("present", list(Status))
@pytest.mark.parametrize("wanted", list(Status))
def test_only_the_table_decides_which_transitions_are_legal(present: Status, wanted: Status) -> None:
    if wanted in LEGAL[present]:
        check_transition("job 1", present, wanted)
    else:
        with pytest.raises(IllegalTransition, match=f"job 1 is {present} and cannot become {wanted}"):
            check_transition("job 1", present, wanted)


def test_completed_is_the_end_and_nothing_that_is_final_can_end_again() -> None:
    assert LEGAL[Status.COMPLETED] == frozenset()
    job = a_job().started(NOW).completed(result={}, at=LATER)
    with pytest.raises(IllegalTransition):
        job.failed(error="late", at=LATER)
    with pytest.raises(IllegalTransition):
        job.retried()


def test_progress_never_goes_backwards_and_reaches_100_only_by_completion() -> None:
    job = a_job().started(NOW).progressed(steps=(), step_index=None, progress=60)
    assert job.progressed(steps=(), step_index=None, progress=40).progress == 60
    assert job.progressed(steps=(), step_index=None, progress=250).progress == 99
    assert job.completed(result={"tables": 1}, at=LATER).progress == 100


def test_a_failed_job_keeps_where_it_stopped() -> None:
    steps = (Step(key="a", title="A", status=Status.COMPLETED), Step(key="b", title="B", status=Status.RUNNING))
    job = a_job().started(NOW).progressed(steps=steps, step_index=1, progress=50).failed(error="no disk", at=LATER)
    assert (job.current_step, job.progress, job.error_message) == ("b", 50, "no disk")
    assert [step.status for step in job.steps] == [Status.COMPLETED, Status.FAILED]


def test_a_job_that_fails_after_all_tasks_of_a_step_failed_in_that_step() -> None:
    steps = (Step(key="a", title="A", status=Status.COMPLETED, done=1, total=1), Step(key="b", title="B"))
    job = a_job().started(NOW).progressed(steps=steps, step_index=0, progress=5).failed(error="gone", at=LATER)
    assert [(step.status, step.done) for step in job.steps] == [(Status.FAILED, 1), (Status.PENDING, 0)]


def test_a_retry_counts_the_attempt_and_forgets_the_outcome() -> None:
    job = a_job(warnings=(Note(message="w"),), warnings_total=1).started(NOW).failed(error="x", at=LATER).retried()
    assert (job.status, job.attempt, job.error_message, job.progress) == (Status.PENDING, 2, None, 0)
    assert (job.warnings, job.warnings_total, job.completed_at) == ((), 0, None)


def test_warnings_past_the_limit_are_counted_and_not_kept() -> None:
    job = a_job()
    for number in range(MAX_WARNINGS_KEPT + 7):
        job = job.warned(Note(message=str(number)))
    assert (len(job.warnings), job.warnings_total) == (MAX_WARNINGS_KEPT, MAX_WARNINGS_KEPT + 7)


def test_a_refresh_is_running_between_its_two_jobs() -> None:
    first, second = a_job(id=1), a_job(id=2, job_type=JobType.ENRICHMENT)
    assert status_of((first, second)) is Status.PENDING
    done = first.started(NOW).completed(result={}, at=LATER)
    assert status_of((done, second)) is Status.RUNNING


def test_a_run_takes_the_status_of_the_job_that_ended_badly() -> None:
    failed = a_job(id=1).started(NOW).failed(error="x", at=LATER)
    cancelled = a_job(id=2).cancelled(at=LATER)
    run = a_run(a_job(id=1), a_job(id=2)).with_jobs((failed, cancelled), at=LATER)
    assert (run.status, run.started_at, run.completed_at) == (Status.FAILED, NOW, LATER)


def test_records_survive_the_round_trip() -> None:
    steps = (Step(key="a", title="A", status=Status.RUNNING, done=1, total=3, active=("t",), started_at=NOW),)
    job = a_job(warnings=(Note(message="w", table="t", column="c"),), warnings_total=1).started(NOW)
    job = job.progressed(steps=steps, step_index=0, progress=30)
    assert job_from(job_record(job)) == job
    run = replace(a_run(job), last_seq=9)
    assert run_from(run_record(run)) == run


def test_the_job_on_the_wire_has_every_field_of_the_contract() -> None:
    record = job_record(a_job())
    contract = (
        "id run_id job_type status progress current_step step_index total_steps details result error_message "
        "started_at completed_at created_at attempt steps warnings warnings_total"
    )
    assert set(record) == set(contract.split())
    assert record["started_at"] == record["created_at"] == "2026-01-31T12:00:00.123Z"
