"""Enrichment: find out what the tables mean, batch by batch, and write it down; then key figures and questions.

Here is which steps there are and what follows upon each; ``enrichment_steps`` does their work.
"""

from collections.abc import Sequence

from catalogctl.domain.ports.enriching import Models
from catalogctl.domain.ports.store import Reads
from catalogctl.domain.run_records import note_from
from catalogctl.domain.runs import Job, JobType, Note, Run, Status
from catalogctl.domain.tasks import NewTask, StepTally, Task
from catalogctl.pipeline.enrichment_findings import (
    BATCH,
    FETCH,
    KPIS,
    QUESTIONS,
    SAVE,
    UPDATE,
    Findings,
    batch_number,
)
from catalogctl.pipeline.enrichment_steps import EnrichmentSteps
from catalogctl.pipeline.plan import Completed, Desk, Failed, Next, Stage, Work


class Enrichment:
    """The enrichment pipeline; *deadline* bounds each key figure and the search for keys on the source, in seconds."""

    job_type = JobType.ENRICHMENT

    def __init__(self, *, models: Models, deadline: float) -> None:
        self._steps = EnrichmentSteps(models=models, deadline=deadline)

    def stages(self, tallies: Sequence[StepTally]) -> Sequence[Stage]:
        """Two to begin with, one a batch, three to end with."""
        batches = sorted((tally.step for tally in tallies if tally.step.startswith(BATCH)), key=batch_number)
        return (
            Stage(key=UPDATE, title="Choose tables", weight=1),
            Stage(key=FETCH, title="Fetch tables", weight=9),
            *(
                Stage(
                    key=step, title=f"Describe batch {batch_number(step)} of {len(batches)}", weight=60, is_beside=True
                )
                for step in batches
            ),
            Stage(key=SAVE, title="Save descriptions", weight=5),
            Stage(key=KPIS, title="Key figures", weight=15),
            Stage(key=QUESTIONS, title="Questions", weight=10),
        )

    def opening(self, run: Run) -> Sequence[NewTask]:
        """One task: which tables."""
        return [NewTask(step=UPDATE, key=run.source, payload={})]

    def perform(self, task: Task, desk: Desk) -> Work:
        """Do one task of one of the steps."""
        if task.step.startswith(BATCH):
            return self._steps.describe(task, desk)
        return {
            UPDATE: self._steps.update_enabled,
            FETCH: self._steps.fetch,
            SAVE: self._steps.save,
            KPIS: self._steps.figure,
            QUESTIONS: self._steps.ask,
        }[task.step](task, desk)

    def advance(self, reads: Reads, job: Job, step: str) -> Next | Completed | Failed:
        """One step leads to the next; the batches, which go side by side, lead on together."""
        findings = Findings(reads, job.id)
        if step.startswith(BATCH):
            # Told by the tallies, as long as there is no need to read what all the others have found.
            is_done = all(tally.done == tally.total for tally in reads.tallies(job.id) if tally.step.startswith(BATCH))
            return self._after_batches(findings.batches()) if is_done else Next(tasks=())
        (task,) = reads.task_results(job.id, step)
        if task.status is not Status.COMPLETED:
            return Failed(error=task.error or f"{step} failed")
        notes = [note_from(note) for note in (task.result or {}).get("notes", ())]
        if step == QUESTIONS:
            result = findings.outcome(job)
            return Completed(result={**result, "warnings": job.warnings_total + len(notes)}, notes=notes)
        return self._after(task, notes)

    def _after(self, task: Task, notes: Sequence[Note]) -> Next:
        if task.step == FETCH:
            batches = (task.result or {})["batches"]
            tasks = [
                NewTask(step=f"{BATCH}{number}", key=f"{number} of {len(batches)}", payload={"tables": tables})
                for number, tables in enumerate(batches, 1)
            ]
            return Next(tasks=tasks, notes=notes)
        following = {UPDATE: FETCH, SAVE: KPIS, KPIS: QUESTIONS}[task.step]
        return Next(tasks=[NewTask(step=following, key=following, payload={})], notes=notes)

    def _after_batches(self, batches: Sequence[Task]) -> Next | Failed:
        failed = [task for task in batches if task.status is not Status.COMPLETED]
        notes = [
            Note(table=name, message=f"not described: {task.error}")
            for task in failed
            for name in task.payload["tables"]
        ]
        notes += [note_from(note) for task in batches for note in (task.result or {}).get("notes", ())]
        if len(failed) == len(batches):
            return Failed(error=failed[0].error or "no table could be described", notes=notes)
        return Next(tasks=[NewTask(step=SAVE, key=SAVE, payload={})], notes=notes)
