"""Enrichment: find out what the tables mean, batch by batch, and write it down; then key figures and questions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from catalogctl.domain.catalogue import Datasource
from catalogctl.domain.costs import total_cost
from catalogctl.domain.errors import CatalogctlError, Interrupted, LlmFailed, LlmInterrupted, NothingSelected
from catalogctl.domain.events import NewEvent, compact_json
from catalogctl.domain.meaning import InferredKey, KpiDraft, KpiResult, LlmCall, QuestionDraft, TableMeaning
from catalogctl.domain.meaning_records import call_from, draft_from, key_from, meaning_from, meaning_record
from catalogctl.domain.ports.enriching import RULES, Enricher, Models
from catalogctl.domain.ports.store import Reads, Transaction
from catalogctl.domain.run_records import note_from, note_record
from catalogctl.domain.runs import Job, JobType, Note, Run, Status
from catalogctl.domain.tasks import NewTask, StepTally, Task
from catalogctl.pipeline.key_figures import MOST_POINTS, key_figure
from catalogctl.pipeline.plan import Completed, Desk, Failed, Next, Stage, Work

UPDATE = "update_enabled"
FETCH = "fetch_tables"
BATCH = "llm_batch_"
SAVE = "save_descriptions"
KPIS = "generate_kpis"
QUESTIONS = "generate_questions"

Apply = Callable[[Transaction, datetime], Mapping[str, Any]]


class Enrichment:
    """The enrichment pipeline; *deadline* bounds each statement that it runs on the source, in seconds."""

    job_type = JobType.ENRICHMENT

    def __init__(self, *, models: Models, deadline: float) -> None:
        self._models = models
        self._deadline = deadline

    def stages(self, tallies: Sequence[StepTally]) -> Sequence[Stage]:
        """Two to begin with, one a batch, three to end with."""
        batches = sorted((tally.step for tally in tallies if tally.step.startswith(BATCH)), key=_batch_number)
        return (
            Stage(key=UPDATE, title="Choose tables", weight=1),
            Stage(key=FETCH, title="Fetch tables", weight=9),
            *(
                Stage(key=step, title=f"Describe batch {_batch_number(step)} of {len(batches)}", weight=60)
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
            return self._describe(task, desk)
        return {
            UPDATE: self._update,
            FETCH: self._fetch,
            SAVE: self._save,
            KPIS: self._figure,
            QUESTIONS: self._ask,
        }[task.step](task, desk)

    def advance(self, reads: Reads, job: Job, step: str) -> Next | Completed | Failed:
        """One step leads to the next; the batches, which go side by side, lead on together."""
        tasks = list(reads.task_results(job.id, step))
        if not step.startswith(BATCH):
            if tasks[0].status is not Status.COMPLETED:
                return Failed(error=tasks[0].error or f"{step} failed")
            return self._after(step, tasks[0], reads, job)
        batches = self._batches(reads, job.id)
        if any(not task.status.is_final for task in batches):
            return Next(tasks=())
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

    def _after(self, step: str, task: Task, reads: Reads, job: Job) -> Next | Completed:
        result = task.result or {}
        notes = [note_from(note) for note in result.get("notes", ())]
        if step == QUESTIONS:
            return Completed(result=self._outcome(reads, job))
        if step == FETCH:
            batches = result["batches"]
            tasks = [
                NewTask(step=f"{BATCH}{number}", key=f"{number} of {len(batches)}", payload={"tables": tables})
                for number, tables in enumerate(batches, 1)
            ]
            return Next(tasks=tasks, notes=notes)
        following = {UPDATE: FETCH, SAVE: KPIS, KPIS: QUESTIONS}[step]
        return Next(tasks=[NewTask(step=following, key=following, payload={})], notes=notes)

    def _update(self, _task: Task, desk: Desk) -> Work:
        """A table that was chosen by name is enabled; the others stay as they are."""
        chosen = set(desk.run.options.tables)
        tables = [table for source in desk.store.catalogue(source=desk.source.name) for table in source.tables]
        known = [table for table in tables if table.name in chosen]
        if chosen and not known:
            missing = ", ".join(repr(name) for name in sorted(chosen))
            raise NothingSelected(f"the catalogue of {desk.source.name!r} has no table {missing}")
        if not known and not any(table.is_enabled for table in tables):
            raise NothingSelected(
                f"the catalogue of {desk.source.name!r} has no table to enrich",
                hint="Extract it first, or enable a table: catalogctl catalog toggle TABLE",
            )

        def apply(transaction: Transaction, at: datetime) -> Mapping[str, Any]:
            for table in known:
                if not table.is_enabled:
                    transaction.set_enabled(table.id, is_enabled=True, at=at)
            return {}

        return Work(result={"enabled": [table.name for table in known]}, apply=apply)

    def _fetch(self, _task: Task, desk: Desk) -> Work:
        source, enricher = self._chosen(desk), self._enricher(desk)
        keys: list[InferredKey] = []
        notes: list[Note] = []
        candidates = enricher.key_candidates(source)
        if candidates:
            with desk.reader(deadline=self._deadline) as reader:
                for candidate in candidates:
                    try:
                        [(distinct, found)] = reader.query(candidate.sql, limit=2)
                    except Interrupted:
                        raise
                    except CatalogctlError as error:
                        notes.append(Note(table=candidate.table, column=candidate.column, message=error.detail))
                        continue
                    key = enricher.accepted(candidate, distinct=int(distinct or 0), found=int(found or 0))
                    keys += [] if key is None else [key]
        batches = [list(batch) for batch in enricher.batches(self._wanted(source, desk))]
        return Work(
            result={
                "batches": batches,
                "keys": [asdict(key) for key in keys],
                "notes": [note_record(note) for note in notes],
            }
        )

    def _describe(self, task: Task, desk: Desk) -> Work:
        if (spent := self._overspent(task, desk)) is not None:
            return Work(error=spent)
        source, enricher = self._chosen(desk), self._enricher(desk)
        try:
            with desk.interruptible(enricher.cancel):
                described = enricher.describe(
                    source, tables=task.payload["tables"], keys=self._keys(desk.store, task.job_id)
                )
        except LlmInterrupted:
            raise
        except LlmFailed as error:
            calls = list(error.calls)
            return Work(error=error.detail, result=_called(calls), apply=_recording(calls, task.run_id))
        calls = list(described.calls)
        return Work(
            result={
                "meanings": [meaning_record(meaning) for meaning in described.meanings],
                "notes": [note_record(note) for note in described.notes],
                **_called(calls),
            },
            apply=_recording(calls, task.run_id),
        )

    def _save(self, task: Task, desk: Desk) -> Work:
        source = desk.source
        meanings = self._meanings(desk.store, task.job_id)
        keys = self._keys(desk.store, task.job_id)
        is_whole = not desk.run.options.tables

        def apply(transaction: Transaction, at: datetime) -> Mapping[str, Any]:
            transaction.save_meanings(source.id, meanings, keys=keys if is_whole else None, at=at)
            data = {
                "source": source.name,
                "tables": len(meanings),
                "columns": sum(len(one.columns) for one in meanings),
            }
            transaction.append(NewEvent(type="catalog.changed", at=at, run_id=task.run_id, data=compact_json(data)))
            return data

        return Work(apply=apply)

    def _figure(self, task: Task, desk: Desk) -> Work:
        source, enricher = self._chosen(desk), self._enricher_within_budget(task, desk)
        keys = self._keys(desk.store, task.job_id)
        with desk.interruptible(enricher.cancel):
            proposed = enricher.propose_kpis(source, self._meanings(desk.store, task.job_id), keys=keys)
        figures, kept, notes = self._figures(proposed.drafts, desk)
        calls = list(proposed.calls)

        def apply(transaction: Transaction, at: datetime) -> Mapping[str, Any]:
            _recording(calls, task.run_id)(transaction, at)
            transaction.save_kpis(desk.source.id, figures, at=at)
            data = compact_json({"source": desk.source.name, "kpis": len(figures)})
            transaction.append(NewEvent(type="kpis.changed", at=at, run_id=task.run_id, data=data))
            return {}

        return Work(
            result={
                "kpis": len(figures),
                "drafts": [asdict(draft) for draft in kept],
                "notes": [note_record(note) for note in (*proposed.notes, *notes)],
                **_called(calls),
            },
            apply=apply,
        )

    def _figures(self, drafts: Iterable[KpiDraft], desk: Desk) -> tuple[list[KpiResult], list[KpiDraft], list[Note]]:
        """Run each draft; one that fails is kept out and told of, never shown as a number."""
        figures: list[KpiResult] = []
        kept: list[KpiDraft] = []
        notes: list[Note] = []
        for draft in drafts:
            try:
                with desk.reader(deadline=self._deadline) as reader:
                    reader.explain(draft.sql)
                    rows = reader.query(draft.sql, limit=2)
                    trend = reader.query(draft.trend_sql, limit=MOST_POINTS) if draft.trend_sql else []
                figures.append(key_figure(draft, rows, trend))
            except Interrupted:
                raise
            except CatalogctlError as error:
                notes.append(Note(message=f"key figure {draft.title!r} is left out: {error.detail}"))
            else:
                kept.append(draft)
        return figures, kept, notes

    def _ask(self, task: Task, desk: Desk) -> Work:
        source, enricher = self._chosen(desk), self._enricher_within_budget(task, desk)
        figures = next(iter(desk.store.task_results(task.job_id, KPIS)))
        drafts = [draft_from(draft) for draft in (figures.result or {}).get("drafts", ())]
        with desk.interruptible(enricher.cancel):
            proposed = enricher.propose_questions(
                source,
                self._meanings(desk.store, task.job_id),
                keys=self._keys(desk.store, task.job_id),
                kpis=drafts,
            )
        calls = list(proposed.calls)
        questions: list[QuestionDraft] = list(proposed.drafts)

        def apply(transaction: Transaction, at: datetime) -> Mapping[str, Any]:
            _recording(calls, task.run_id)(transaction, at)
            transaction.save_questions(desk.source.id, questions, at=at)
            return {}

        return Work(result={"questions": len(questions), **_called(calls)}, apply=apply)

    def _outcome(self, reads: Reads, job: Job) -> Mapping[str, Any]:
        run = reads.run(job.run_id)
        meanings = self._meanings(reads, job.id)
        calls = self._calls(reads, job.id)
        # A call that failed before it was answered has cost nothing that anybody could know of.
        costs = [call.cost for call in calls if call.is_ok or call.tokens_input is not None]
        results = [task.result or {} for step in (KPIS, QUESTIONS) for task in reads.task_results(job.id, step)]
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
            "cost": total_cost(costs),
            "warnings": job.warnings_total,
        }

    def _enricher(self, desk: Desk) -> Enricher:
        return self._models.enricher(model=desk.run.options.model)

    def _enricher_within_budget(self, task: Task, desk: Desk) -> Enricher:
        """The rules, which are free, do what the budget has nothing left for."""
        return self._enricher(desk) if self._overspent(task, desk) is None else self._models.enricher(model=RULES)

    def _overspent(self, task: Task, desk: Desk) -> str | None:
        """What there is to say when the budget of the run is spent."""
        limit = desk.run.options.max_cost
        spent = sum(call.cost or 0.0 for call in self._calls(desk.store, task.job_id))
        if limit is None or spent < limit:
            return None
        return f"the budget of {limit:g} USD is spent ({spent:.4f} USD)"

    def _chosen(self, desk: Desk) -> Datasource:
        """The source as the catalogue has it, with its enabled tables."""
        found = desk.store.catalogue(source=desk.source.name)
        if not found:
            raise NothingSelected(f"the catalogue has nothing of {desk.source.name!r}", hint="Extract it first.")
        return replace(found[0], tables=tuple(table for table in found[0].tables if table.is_enabled))

    def _wanted(self, source: Datasource, desk: Desk) -> Datasource:
        chosen = desk.run.options.tables
        return replace(source, tables=tuple(table for table in source.tables if not chosen or table.name in chosen))

    def _batches(self, reads: Reads, job_id: int) -> list[Task]:
        steps = [tally.step for tally in reads.tallies(job_id) if tally.step.startswith(BATCH)]
        return [task for step in sorted(steps, key=_batch_number) for task in reads.task_results(job_id, step)]

    def _meanings(self, reads: Reads, job_id: int) -> list[TableMeaning]:
        return [
            meaning_from(record)
            for task in self._batches(reads, job_id)
            for record in (task.result or {}).get("meanings", ())
        ]

    def _keys(self, reads: Reads, job_id: int) -> list[InferredKey]:
        return [
            key_from(record)
            for task in reads.task_results(job_id, FETCH)
            for record in (task.result or {}).get("keys", ())
        ]

    def _calls(self, reads: Reads, job_id: int) -> list[LlmCall]:
        later = [task for step in (KPIS, QUESTIONS) for task in reads.task_results(job_id, step)]
        return [
            call_from(record)
            for task in (*self._batches(reads, job_id), *later)
            for record in (task.result or {}).get("calls", ())
        ]


def _batch_number(step: str) -> int:
    return int(step.removeprefix(BATCH))


def _called(calls: Sequence[LlmCall]) -> dict[str, Any]:
    return {"calls": [call.record() for call in calls]}


def _recording(calls: Sequence[LlmCall], run_id: str) -> Apply:
    """Every call is kept and told of, in the transaction that records what it was for: paid once, counted once."""

    def apply(transaction: Transaction, at: datetime) -> Mapping[str, Any]:
        for call in calls:
            transaction.add_llm_use(call, run_id=run_id, at=at)
            transaction.append(NewEvent(type="llm.used", at=at, run_id=run_id, data=compact_json(call.record())))
        return {}

    return apply
