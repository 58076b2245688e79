"""A job's steps and progress, derived from how its tasks stand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from catalogctl.domain.runs import Job, Status, Step
from catalogctl.domain.tasks import StepTally
from catalogctl.pipeline.plan import Stage


def in_view_of(job: Job, *, stages: Sequence[Stage], tallies: Sequence[StepTally], at: datetime) -> Job:
    """*job* with the steps and the progress that *tallies* show; equal to *job* when nothing has moved."""
    by_step = {tally.step: tally for tally in tallies}
    reached = max((index for index, stage in enumerate(stages) if stage.key in by_step), default=None)
    before = {step.key: step for step in job.steps}
    steps: list[Step] = []
    for index, stage in enumerate(stages):
        step = _step(
            before.get(stage.key) or stage.as_step(),
            by_step.get(stage.key),
            is_next=all(earlier.status.is_final for earlier in steps),
            is_passed=reached is not None and index < reached,
            at=at,
        )
        steps.append(step)
    return job.progressed(steps=tuple(steps), step_index=_current(steps, reached), progress=_progress(stages, steps))


def _step(step: Step, tally: StepTally | None, *, is_next: bool, is_passed: bool, at: datetime) -> Step:
    if tally is None:
        # A step without tasks that others come after had nothing to do.
        return (
            replace(step, status=Status.COMPLETED, total=0, completed_at=step.completed_at or at) if is_passed else step
        )
    status = _status(tally, is_next=is_next)
    return replace(
        step,
        status=status,
        done=tally.done,
        total=tally.total,
        active=tally.active,
        started_at=step.started_at if status is Status.PENDING else step.started_at or at,
        completed_at=(step.completed_at or at) if status.is_final else None,
    )


def _status(tally: StepTally, *, is_next: bool) -> Status:
    """Where a step with tasks stands: of steps that go side by side, one that nobody works on yet is pending."""
    if tally.done == tally.total:
        return Status.FAILED if tally.counts.get(Status.FAILED) == tally.total else Status.COMPLETED
    is_waiting = not is_next and tally.counts.get(Status.PENDING) == tally.total
    return Status.PENDING if is_waiting else Status.RUNNING


def _current(steps: Sequence[Step], reached: int | None) -> int | None:
    """The first step that is not done, among those that were reached; the last of them when all are."""
    if reached is None:
        return None
    return next((index for index in range(reached) if not steps[index].status.is_final), reached)


def _progress(stages: Sequence[Stage], steps: Sequence[Step]) -> int:
    whole = sum(stage.weight for stage in stages)
    reached = sum(stage.weight * _share(step) for stage, step in zip(stages, steps, strict=True))
    return int(100 * reached / whole)


def _share(step: Step) -> float:
    if step.status is Status.COMPLETED:
        return 1.0
    return step.done / step.total if step.total else 0.0
