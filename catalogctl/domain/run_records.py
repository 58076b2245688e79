"""Runs, jobs, tasks and events on the wire: the values of the domain as JSON and back.

The field names are the contract with front ends and scripts. Fields are only ever added.
"""

from collections.abc import Mapping
from typing import Any

from catalogctl.domain.runs import Job, JobType, Note, Run, RunKind, RunningStatus, RunOptions, Status, Step
from catalogctl.domain.tasks import Task
from catalogctl.domain.times import format_optional, format_time, parse_optional, parse_time

Record = Mapping[str, Any]


def step_record(step: Step) -> dict[str, Any]:
    """A step as it stands inside a Job."""
    return {
        "key": step.key,
        "title": step.title,
        "status": step.status.value,
        "done": step.done,
        "total": step.total,
        "active": list(step.active),
        "started_at": format_optional(step.started_at),
        "completed_at": format_optional(step.completed_at),
    }


def step_from(record: Record) -> Step:
    """The reverse of ``step_record``."""
    return Step(
        key=record["key"],
        title=record["title"],
        status=Status(record["status"]),
        done=record["done"],
        total=record["total"],
        active=tuple(record["active"]),
        started_at=parse_optional(record["started_at"]),
        completed_at=parse_optional(record["completed_at"]),
    )


def note_record(note: Note) -> dict[str, Any]:
    """A warning; table and column only where known."""
    record: dict[str, Any] = {"message": note.message}
    if note.table is not None:
        record["table"] = note.table
    if note.column is not None:
        record["column"] = note.column
    return record


def note_from(record: Record) -> Note:
    """The reverse of ``note_record``."""
    return Note(message=record["message"], table=record.get("table"), column=record.get("column"))


def job_record(job: Job) -> dict[str, Any]:
    """The Job of the contract."""
    return {
        "id": job.id,
        "run_id": job.run_id,
        "job_type": job.job_type.value,
        "status": job.status.value,
        "progress": job.progress,
        "current_step": job.current_step,
        "step_index": job.step_index,
        "total_steps": len(job.steps) or None,
        "details": job.details,
        "result": job.result,
        "error_message": job.error_message,
        "started_at": format_time(job.started_at or job.created_at),
        "completed_at": format_optional(job.completed_at),
        "created_at": format_time(job.created_at),
        "attempt": job.attempt,
        "steps": [step_record(step) for step in job.steps],
        "warnings": [note_record(note) for note in job.warnings],
        "warnings_total": job.warnings_total,
    }


def job_from(record: Record) -> Job:
    """The reverse of ``job_record``."""
    status = Status(record["status"])
    return Job(
        id=record["id"],
        run_id=record["run_id"],
        job_type=JobType(record["job_type"]),
        created_at=parse_time(record["created_at"]),
        status=status,
        attempt=record["attempt"],
        progress=record["progress"],
        steps=tuple(step_from(step) for step in record["steps"]),
        step_index=record["step_index"],
        started_at=None if status is Status.PENDING else parse_time(record["started_at"]),
        completed_at=parse_optional(record["completed_at"]),
        details=record["details"],
        result=record["result"],
        error_message=record["error_message"],
        warnings=tuple(note_from(note) for note in record["warnings"]),
        warnings_total=record["warnings_total"],
    )


def job_row(job: Job) -> dict[str, Any]:
    """The shorter row of ``GET /catalog/runs``."""
    record = job_record(job)
    fields = ("id", "run_id", "job_type", "status", "started_at", "completed_at")
    return {key: record[key] for key in (*fields, "current_step", "progress", "result", "error_message")}


def run_record(run: Run) -> dict[str, Any]:
    """The Run of the contract, jobs included."""
    return {
        "run_id": run.run_id,
        "number": run.number,
        "source": run.source,
        "kind": run.kind.value,
        "status": run.status.value,
        "created_at": format_time(run.created_at),
        "started_at": format_optional(run.started_at),
        "completed_at": format_optional(run.completed_at),
        "options": options_record(run.options),
        "last_seq": run.last_seq,
        "jobs": [job_record(job) for job in run.jobs],
    }


def run_from(record: Record) -> Run:
    """The reverse of ``run_record``."""
    return Run(
        run_id=record["run_id"],
        number=record["number"],
        source=record["source"],
        kind=RunKind(record["kind"]),
        status=Status(record["status"]),
        created_at=parse_time(record["created_at"]),
        started_at=parse_optional(record["started_at"]),
        completed_at=parse_optional(record["completed_at"]),
        options=options_from(record.get("options", {})),
        last_seq=record.get("last_seq", 0),
        jobs=tuple(job_from(job) for job in record["jobs"]),
    )


def options_record(options: RunOptions) -> dict[str, Any]:
    """What the caller chose; only what differs from the default."""
    record: dict[str, Any] = {}
    if options.tables:
        record["tables"] = list(options.tables)
    if options.estimates:
        record["estimate"] = True
    for key in ("sample", "deadline", "model", "max_cost"):
        if (value := getattr(options, key)) is not None:
            record[key] = value
    return record


def options_from(record: Record) -> RunOptions:
    """The reverse of ``options_record``."""
    return RunOptions(
        tables=tuple(record.get("tables", ())),
        sample=record.get("sample"),
        estimates=record.get("estimate", False),
        deadline=record.get("deadline"),
        model=record.get("model"),
        max_cost=record.get("max_cost"),
    )


def task_record(task: Task) -> dict[str, Any]:
    """The Task of the contract: what is done, not its inputs and results."""
    return {
        "id": task.id,
        "key": task.key,
        "step": task.step,
        "status": task.status.value,
        "attempt": task.attempt,
        "worker": task.worker,
        "started_at": format_optional(task.started_at),
        "completed_at": format_optional(task.completed_at),
        "error": task.error,
    }


def task_from(record: Record, *, job_id: int, run_id: str) -> Task:
    """The reverse of ``task_record``; payload and result stay behind."""
    return Task(
        id=record["id"],
        job_id=job_id,
        run_id=run_id,
        step=record["step"],
        key=record["key"],
        payload={},
        status=Status(record["status"]),
        attempt=record["attempt"],
        worker=record["worker"],
        started_at=parse_optional(record["started_at"]),
        completed_at=parse_optional(record["completed_at"]),
        error=record["error"],
    )


def status_record(status: RunningStatus) -> dict[str, Any]:
    """The running-status object."""
    return {
        "is_running": status.is_running,
        "current_run_id": status.current_run_id,
        "active_run_ids": list(status.active_run_ids),
    }


def status_from(record: Record) -> RunningStatus:
    """The reverse of ``status_record``."""
    return RunningStatus(active_run_ids=tuple(record["active_run_ids"]))
