"""How a run changes: state rows and the events that tell of them, in one transaction, by the rules of the domain.

Every function takes an open transaction; nothing here commits, publishes or reads a clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import dropwhile

from catalogctl.domain.events import NewEvent, compact_json
from catalogctl.domain.meaning import LlmCall
from catalogctl.domain.ports.store import Transaction
from catalogctl.domain.run_records import job_record, run_record, status_record
from catalogctl.domain.runs import Job, JobType, Run, RunKind, RunOptions, Status, check_transition
from catalogctl.domain.tasks import StepTally
from catalogctl.pipeline.plan import Completed, Failed, Next, Pipeline, Stage
from catalogctl.pipeline.progress import in_view_of

Pipelines = Mapping[JobType, Pipeline]


def open_run(
    transaction: Transaction,
    pipelines: Pipelines,
    *,
    run_id: str,
    source: str,
    kind: RunKind,
    options: RunOptions,
    at: datetime,
) -> Run:
    """Create a pending run, its first tasks queued."""
    run = transaction.add_run(run_id=run_id, source=source, kind=kind, options=options, at=at)
    jobs = tuple(
        replace(job, steps=tuple(stage.as_step() for stage in pipelines[job.job_type].stages(()))) for job in run.jobs
    )
    run = replace(run, jobs=jobs)
    transaction.put_run(run)
    transaction.add_tasks(jobs[0], pipelines[jobs[0].job_type].opening(run))
    _tell_run(transaction, run, "run.created", at)
    _tell_status(transaction, at)
    return run


def start_job(transaction: Transaction, run: Run, job: Job, *, at: datetime) -> Run:
    """The first task of a pending job was claimed."""
    return _change(transaction, run, [(job.started(at), "job.started")], at=at)


def show_progress(transaction: Transaction, pipelines: Pipelines, run: Run, job: Job, *, at: datetime) -> Run:
    """Write the job's progress if it has moved."""
    moved = _in_view(transaction, pipelines[job.job_type], job, at)
    return run if moved == job else _change(transaction, run, [(moved, "job.progressed")], at=at)


def tell_calls(transaction: Transaction, calls: Sequence[LlmCall], *, run_id: str | None, at: datetime) -> None:
    """Keep calls of models, and tell of each.

    Those of a run come here when the work that they were for is recorded, so that both become visible together. A
    process that dies after a model has answered and before that leaves no trace of the call: nobody can know here that
    it was made, what it has cost is on the endpoint's bill alone, and the work is done, and paid, once more.
    """
    for call in calls:
        transaction.add_llm_use(call, run_id=run_id, at=at)
        transaction.append(NewEvent(type="llm.used", at=at, run_id=run_id, data=compact_json(call.record())))


def is_step_done(tallies: Sequence[StepTally], step: str) -> bool:
    """True when every task of *step* is final."""
    return any(tally.step == step and tally.done == tally.total for tally in tallies)


def advance(transaction: Transaction, pipelines: Pipelines, run: Run, job: Job, step: str, *, at: datetime) -> Run:
    """Every task of *step* is final: queue what follows, or end the job."""
    pipeline = pipelines[job.job_type]
    outcome = pipeline.advance(transaction, job, step)
    job = _in_view(transaction, pipeline, job, at)
    for note in outcome.notes:
        job = job.warned(note)
    if isinstance(outcome, Completed):
        return complete_job(transaction, pipelines, run, job, outcome, at=at)
    if isinstance(outcome, Failed):
        return fail_job(transaction, run, job, error=outcome.error, at=at)
    transaction.add_tasks(job, outcome.tasks)
    job = _in_view(transaction, pipeline, job, at)
    return _change(transaction, run, [(job, "job.progressed")], at=at)


def complete_job(
    transaction: Transaction, pipelines: Pipelines, run: Run, job: Job, outcome: Completed, *, at: datetime
) -> Run:
    """End a job well; the run's next job gets its first tasks."""
    run = _change(transaction, run, [(job.completed(result=outcome.result, at=at), "job.completed")], at=at)
    following = next((other for other in run.jobs if other.status is Status.PENDING), None)
    if following is not None:
        transaction.add_tasks(following, pipelines[following.job_type].opening(run))
    return run


def fail_job(transaction: Transaction, run: Run, job: Job, *, error: str, at: datetime) -> Run:
    """End a job badly; what it left undone and the jobs after it are cancelled."""
    transaction.cancel_tasks(job.id, at=at)
    later = [
        (other.cancelled(at=at, reason=f"{job.job_type} failed"), "job.cancelled")
        for other in run.jobs
        if other.id != job.id and other.status.is_active
    ]
    return _change(transaction, run, [(job.failed(error=error, at=at), "job.failed"), *later], at=at)


def cancel_run(transaction: Transaction, run: Run, *, at: datetime) -> Run:
    """End an active run now; workers learn it from their tasks, and their late results are refused."""
    check_transition(f"run {run.number}", run.status, Status.CANCELLED)
    active = [job for job in run.jobs if job.status.is_active]
    for job in active:
        transaction.cancel_tasks(job.id, at=at)
    return _change(transaction, run, [(job.cancelled(at=at), "job.cancelled") for job in active], at=at)


def fail_run(transaction: Transaction, run: Run, *, error: str, at: datetime) -> Run:
    """End an active run of which nobody will do the rest."""
    job = next(job for job in run.jobs if job.status.is_active)
    return fail_job(transaction, run, job, error=error, at=at)


def retry_run(transaction: Transaction, pipelines: Pipelines, run: Run, *, at: datetime) -> Run:
    """Start a new attempt: what failed or was cancelled is queued again, what is done stays done.

    But for what was done after a step of which something is queued again: that is to follow upon the new outcome.
    """
    check_transition(f"run {run.number}", run.status, Status.PENDING)
    changes = []
    for job in run.jobs:
        if job.status is Status.COMPLETED:
            continue
        pipeline = pipelines[job.job_type]
        transaction.requeue_tasks(job.id)
        tallies = transaction.tallies(job.id)
        transaction.remove_tasks(job.id, steps=_after_undone(pipeline.stages(tallies), tallies))
        changes.append((_with_former_notes(transaction, pipeline, job.retried()), "job.progressed"))
    return _change(transaction, run, changes, at=at)


def _in_view(transaction: Transaction, pipeline: Pipeline, job: Job, at: datetime) -> Job:
    tallies = transaction.tallies(job.id)
    return in_view_of(job, stages=pipeline.stages(tallies), tallies=tallies, at=at)


def _after_undone(stages: Sequence[Stage], tallies: Sequence[StepTally]) -> list[str]:
    """The steps that come after the first with something left to do, and after those beside it."""
    undone = {tally.step for tally in tallies if tally.done < tally.total}
    after = dropwhile(lambda stage: stage.key not in undone, stages)
    first = next(after, None)
    if first is not None and first.is_beside:
        after = dropwhile(lambda stage: stage.is_beside, after)
    return [stage.key for stage in after]


def _with_former_notes(transaction: Transaction, pipeline: Pipeline, job: Job) -> Job:
    """Warnings of steps that stay done are not written again by the new attempt, so they are carried over."""
    outcomes = [
        pipeline.advance(transaction, job, tally.step)
        for tally in transaction.tallies(job.id)
        if tally.counts.get(Status.COMPLETED) == tally.total
    ]
    # Steps that go side by side lead on together, each of them with the notes of all.
    for note in dict.fromkeys(note for outcome in outcomes if isinstance(outcome, Next) for note in outcome.notes):
        job = job.warned(note)
    return job


def _change(transaction: Transaction, run: Run, changes: Sequence[tuple[Job, str]], *, at: datetime) -> Run:
    """Write jobs and run as they now are, then tell of the jobs, of the run's end, and of what is active."""
    changed = {job.id: job for job, _ in changes}
    after = run.with_jobs(tuple(changed.get(job.id, job) for job in run.jobs), at=at)
    transaction.put_run(after)
    for job, type_ in changes:
        transaction.append(
            NewEvent(type=type_, at=at, run_id=run.run_id, job_id=job.id, data=compact_json(job_record(job)))
        )
    if after.status.is_final:
        _tell_run(transaction, after, f"run.{after.status}", at)
    if after.status.is_final is not run.status.is_final:
        _tell_status(transaction, at)
    return after


def _tell_run(transaction: Transaction, run: Run, type_: str, at: datetime) -> None:
    record = run_record(run)
    del record["last_seq"]  # It is the seq of this very event, which is on its envelope.
    transaction.append(NewEvent(type=type_, at=at, run_id=run.run_id, data=compact_json(record)))


def _tell_status(transaction: Transaction, at: datetime) -> None:
    record = status_record(transaction.running_status())
    transaction.append(NewEvent(type="status.changed", at=at, data=compact_json(record)))
