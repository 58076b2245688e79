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
    steps = tuple(
        _step(
            before.get(stage.key) or stage.as_step(),
            by_step.get(stage.key),
            is_passed=reached is not None and index < reached,
            at=at,
        )
        for index, stage in enumerate(stages)
    )
    return job.progressed(steps=steps, step_index=_current(steps, reached), progress=_progress(stages, steps))


def _step(step: Step, tally: StepTally | None, *, is_passed: bool, at: datetime) -> Step:
    if tally is None:
        # A step without tasks that others come after had nothing to do.
        return (
            replace(step, status=Status.COMPLETED, total=0, completed_at=step.completed_at or at) if is_passed else step
        )
    is_done = tally.done == tally.total
    return replace(
        step,
        status=Status.COMPLETED if is_done else Status.RUNNING,
        done=tally.done,
        total=tally.total,
        active=tally.active,
        started_at=step.started_at or at,
        completed_at=(step.completed_at or at) if is_done else None,
    )


def _current(steps: Sequence[Step], reached: int | None) -> int | None:
    """The first step that is not done, among those that were reached; the last of them when all are."""
    if reached is None:
        return None
    return next((index for index in range(reached) if steps[index].status is not Status.COMPLETED), reached)


def _progress(stages: Sequence[Stage], steps: Sequence[Step]) -> int:
    whole = sum(stage.weight for stage in stages)
    reached = sum(stage.weight * _share(step) for stage, step in zip(stages, steps, strict=True))
    return int(100 * reached / whole)


def _share(step: Step) -> float:
    if step.status is Status.COMPLETED:
        return 1.0
    return step.done / step.total if step.total else 0.0
