"""Extraction: read what a source declares, profile each table, and write it all into the catalogue at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from catalogctl.domain.catalogue import ColumnMetadata, ExtractedColumn, ExtractedTable, TableMetadata, TableProfile
from catalogctl.domain.catalogue_records import column_profile_record, table_metadata_from, table_metadata_record
from catalogctl.domain.errors import NothingSelected
from catalogctl.domain.events import NewEvent, compact_json
from catalogctl.domain.ports.store import Reads, Transaction
from catalogctl.domain.run_records import note_from, note_record
from catalogctl.domain.runs import Job, JobType, Note, Run, Status
from catalogctl.domain.tasks import NewTask, StepTally, Task
from catalogctl.pipeline.context import full_context
from catalogctl.pipeline.plan import Completed, Desk, Failed, Next, Stage, Work

METADATA = "extract_metadata"
PROFILE = "profile_tables"
SAVE = "save_to_catalog"

STAGES = (
    Stage(key=METADATA, title="Read metadata", weight=5),
    Stage(key=PROFILE, title="Profile tables", weight=90),
    Stage(key=SAVE, title="Save to catalogue", weight=5),
)


class Extraction:
    """The extraction pipeline; *deadline* bounds the profile of one table, in seconds."""

    job_type = JobType.EXTRACTION

    def __init__(self, *, deadline: float) -> None:
        self._deadline = deadline

    def stages(self, tallies: Sequence[StepTally]) -> Sequence[Stage]:  # noqa: ARG002 - always the same three
        """Metadata, profiles, saving."""
        return STAGES

    def opening(self, run: Run) -> Sequence[NewTask]:
        """One task: the metadata."""
        return [NewTask(step=METADATA, key=run.source, payload={})]

    def perform(self, task: Task, desk: Desk) -> Work:
        """Do one task of one of the three steps."""
        if task.step == METADATA:
            return self._read_metadata(desk)
        if task.step == PROFILE:
            return self._profile_table(task, desk)
        return self._save(task, desk)

    def advance(self, reads: Reads, job: Job, step: str) -> Next | Completed | Failed:
        """Metadata leads to a profile task a table, profiles to saving, saving to the end."""
        tasks = list(reads.task_results(job.id, step))
        if step == METADATA:
            return self._after_metadata(tasks[0])
        if step == PROFILE:
            return self._after_profiles(tasks)
        if tasks[0].status is Status.FAILED:
            return Failed(error=f"the catalogue could not be saved: {tasks[0].error}")
        return Completed(result=tasks[0].result or {})

    def _read_metadata(self, desk: Desk) -> Work:
        with desk.reader(deadline=self._deadline) as reader:
            found = reader.metadata()
        wanted = desk.run.options.tables
        chosen = [table for table in found.tables if not wanted or table.name in wanted]
        notes = list(found.notes)
        if wanted:
            missing = [name for name in wanted if name not in {table.name for table in found.tables}]
            if not chosen:
                raise NothingSelected(
                    f"source {desk.source.name!r} has no table {', '.join(repr(name) for name in missing)}",
                    hint=f"It has {_some(table.name for table in found.tables)}.",
                )
            notes += [Note(table=name, message="selected, but the source has no such table") for name in missing]
        elif not chosen:
            notes.append(Note(message="the source has no tables"))
        return Work(
            result={
                "tables": [table_metadata_record(table) for table in chosen],
                "notes": [note_record(note) for note in notes],
            }
        )

    def _after_metadata(self, task: Task) -> Next | Failed:
        if task.status is Status.FAILED or task.result is None:
            return Failed(error=task.error or "the metadata could not be read")
        tasks = [NewTask(step=PROFILE, key=table["name"], payload={"table": table}) for table in task.result["tables"]]
        notes = [note_from(note) for note in task.result["notes"]]
        return Next(tasks=tasks or [NewTask(step=SAVE, key=SAVE, payload={})], notes=notes)

    def _profile_table(self, task: Task, desk: Desk) -> Work:
        options = desk.run.options
        with desk.reader(deadline=options.deadline or self._deadline) as reader:
            table = table_metadata_from(task.payload["table"])
            profile = reader.estimate(table) if options.estimates else reader.profile(table, sample=options.sample)
        return Work(result=_profile_result(profile))

    def _after_profiles(self, tasks: Sequence[Task]) -> Next | Failed:
        failed = [task for task in tasks if task.status is Status.FAILED]
        notes = [
            Note(
                table=task.key,
                message=f"not profiled; a former profile, if there is one, stays and is marked stale: {task.error}",
            )
            for task in failed
        ]
        for task in tasks:
            notes += [note_from(note) for note in (task.result or {}).get("notes", ())]
        if len(failed) == len(tasks):
            return Failed(error=f"no table could be profiled; {failed[0].key}: {failed[0].error}", notes=notes)
        return Next(tasks=[NewTask(step=SAVE, key=SAVE, payload={})], notes=notes)

    def _save(self, task: Task, desk: Desk) -> Work:
        tables = list(self._extracted(task.job_id, desk.store))
        source, options = desk.source, desk.run.options

        def apply(transaction: Transaction, at: datetime) -> Mapping[str, Any]:
            counts = transaction.save_tables(source.id, tables, at=at, is_complete=not options.tables)
            transaction.touch_source(source.id, extracted_at=at)
            transaction.append(
                NewEvent(
                    type="catalog.changed",
                    at=at,
                    run_id=task.run_id,
                    data=compact_json({"source": source.name, "tables": counts.tables, "columns": counts.columns}),
                )
            )
            job = transaction.job(task.job_id)
            began = job.started_at if job is not None and job.started_at is not None else at
            return {
                "tables": counts.tables,
                "columns": counts.columns,
                "datasource": source.name,
                "rows": counts.rows,
                "rows_are_estimated": any(table.row_count_is_estimate for table in tables),
                "seconds": round((at - began).total_seconds(), 3),
                "warnings": 0 if job is None else job.warnings_total,
            }

        return Work(apply=apply)

    def _extracted(self, job_id: int, reads: Reads) -> Iterator[ExtractedTable]:
        for task in reads.task_results(job_id, PROFILE):
            metadata = table_metadata_from(task.payload["table"])
            profile = task.result if task.status is Status.COMPLETED else None
            yield ExtractedTable(
                metadata=metadata,
                row_count=None if profile is None else profile["row_count"],
                # A task that was done before estimates were known has an exact count.
                row_count_is_estimate=profile is not None and profile.get("row_count_is_estimate", False),
                columns=tuple(_extracted_column(metadata, column, profile) for column in metadata.columns),
            )


def _extracted_column(
    table: TableMetadata, column: ColumnMetadata, profile: Mapping[str, Any] | None
) -> ExtractedColumn:
    found = None if profile is None else profile["columns"].get(column.name)
    if found is None:
        return ExtractedColumn(metadata=column)
    return ExtractedColumn(metadata=column, profile=found, full_context=full_context(table, column, found))


def _profile_result(profile: TableProfile) -> Mapping[str, Any]:
    return {
        "row_count": profile.row_count,
        "row_count_is_estimate": profile.row_count_is_estimate,
        "notes": [note_record(note) for note in profile.notes],
        "columns": {
            name: column_profile_record(column, rows=profile.rows_profiled, basis=profile.basis)
            for name, column in profile.columns.items()
        },
    }


def _some(names: Iterable[str], *, most: int = 8) -> str:
    known = list(names)
    if not known:
        return "no tables"
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more
