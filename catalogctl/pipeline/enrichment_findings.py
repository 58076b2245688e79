"""What the steps of an enrichment have found so far, read back from their tasks for the steps that build on it."""

from collections.abc import Mapping
from typing import Any

from catalogctl.domain.costs import cost_of
from catalogctl.domain.meaning import InferredKey, KpiDraft, LlmCall, TableMeaning
from catalogctl.domain.meaning_records import draft_from, key_from, meaning_from
from catalogctl.domain.ports.store import Reads
from catalogctl.domain.runs import Job, Run
from catalogctl.domain.tasks import Task

UPDATE = "update_enabled"
FETCH = "fetch_tables"
BATCH = "llm_batch_"
SAVE = "save_descriptions"
KPIS = "generate_kpis"
QUESTIONS = "generate_questions"


def batch_number(step: str) -> int:
    """The number of the batch that *step* describes."""
    return int(step.removeprefix(BATCH))


class Findings:
    """What the tasks of one job have recorded, as of the last commit."""

    def __init__(self, reads: Reads, job_id: int) -> None:
        self._reads = reads
        self._job_id = job_id

    def batches(self) -> list[Task]:
        """The tasks of the batches in their order, each with its result."""
        steps = [tally.step for tally in self._reads.tallies(self._job_id) if tally.step.startswith(BATCH)]
        return [task for step in sorted(steps, key=batch_number) for task in self._tasks(step)]

    def meanings(self) -> list[TableMeaning]:
        """What the batches say of their tables."""
        return [meaning_from(record) for task in self.batches() for record in (task.result or {}).get("meanings", ())]

    def keys(self) -> list[InferredKey]:
        """The keys that nobody declared and the data confirms."""
        return [key_from(record) for task in self._tasks(FETCH) for record in (task.result or {}).get("keys", ())]

    def drafts(self) -> list[KpiDraft]:
        """The key figures that were proven to run."""
        return [draft_from(record) for task in self._tasks(KPIS) for record in (task.result or {}).get("drafts", ())]

    def calls(self, run: Run) -> list[LlmCall]:
        """Every call of a model that was made for *run* up to now, in whatever attempt, and whatever came of it."""
        return [use.call for use in self._reads.llm_uses(since=run.created_at) if use.run_id == run.run_id]

    def outcome(self, job: Job) -> Mapping[str, Any]:
        """What the job has come to."""
        run = self._reads.run(job.run_id)
        meanings, calls = self.meanings(), [] if run is None else self.calls(run)
        results = [task.result or {} for step in (KPIS, QUESTIONS) for task in self._tasks(step)]
        return {
            "tables": len(meanings),
            "columns": sum(len(meaning.columns) for meaning in meanings),
            "datasource": None if run is None else run.source,
            "synonyms": sum(
                len(meaning.synonyms) + sum(len(column.synonyms) for column in meaning.columns.values())
                for meaning in meanings
            ),
            "kpis": sum(result.get("kpis", 0) for result in results),
            "questions": sum(result.get("questions", 0) for result in results),
            "tokens_input": sum(call.tokens_input or 0 for call in calls),
            "tokens_output": sum(call.tokens_output or 0 for call in calls),
            "cost": cost_of(calls),
        }

    def _tasks(self, step: str) -> list[Task]:
        return list(self._reads.task_results(self._job_id, step))
