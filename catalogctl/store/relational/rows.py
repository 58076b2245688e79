"""Rows of the store and the values that they are, there and back.

A row is a tuple in the order of the column list that stands beside its reader.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from catalogctl.domain.events import TOPIC_OF, Event, NewEvent, compact_json
from catalogctl.domain.run_records import note_from, note_record, options_from, step_from, step_record
from catalogctl.domain.runs import Job, JobType, Run, RunKind, Status
from catalogctl.domain.sources import Source
from catalogctl.domain.tasks import Lease, Task, Worker
from catalogctl.store.relational.connection import Row

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def moment_to_row(moment: datetime) -> int:
    """Microseconds since 1970 in UTC, exact."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_from_row(number: int) -> datetime:
    """The reverse of ``moment_to_row``."""
    return _EPOCH + timedelta(microseconds=number)


def optional_to_row(moment: datetime | None) -> int | None:
    """``moment_to_row``, or None."""
    return None if moment is None else moment_to_row(moment)


def optional_from_row(number: int | None) -> datetime | None:
    """The reverse of ``optional_to_row``."""
    return None if number is None else moment_from_row(number)


def json_to_row(value: Any) -> str | None:
    """JSON text, or None. Raises ValueError for NaN."""
    return None if value is None else compact_json(value)


def flag_to_row(claim: bool | None) -> int | None:  # noqa: FBT001 - it is the value
    """1 or 0, or None."""
    return None if claim is None else int(claim)


def json_from_row(text: str | None) -> Any:
    """The reverse of ``json_to_row``."""
    return None if text is None else json.loads(text)


EVENT = "seq, type, at, data, run_id, job_id"


def event_from_row(row: Row) -> Event:
    """An event from the columns of EVENT."""
    seq, type_, at, data, run_id, job_id = row
    return Event(seq=seq, type=type_, at=moment_from_row(at), data=data, run_id=run_id, job_id=job_id)


def event_to_row(event: NewEvent) -> Row:
    """Topic, type, time, run, job and data of an event."""
    return TOPIC_OF[event.type], event.type, moment_to_row(event.at), event.run_id, event.job_id, event.data


SOURCE = "id, name, kind, location, created_at, extracted_at"


def source_from_row(row: Row) -> Source:
    """A source from the columns of SOURCE."""
    id_, name, kind, location, created_at, extracted_at = row
    return Source(
        id=id_,
        name=name,
        kind=kind,
        location=location,
        created_at=moment_from_row(created_at),
        extracted_at=optional_from_row(extracted_at),
    )


RUN = "run_id, number, source, kind, created_at, status, started_at, completed_at, options, last_seq"


def run_from_row(row: Row, jobs: tuple[Job, ...]) -> Run:
    """A run from the columns of RUN, and its jobs."""
    run_id, number, source, kind, created_at, status, started_at, completed_at, options, last_seq = row
    return Run(
        run_id=run_id,
        number=number,
        source=source,
        kind=RunKind(kind),
        created_at=moment_from_row(created_at),
        status=Status(status),
        started_at=optional_from_row(started_at),
        completed_at=optional_from_row(completed_at),
        options=options_from(json.loads(options)),
        last_seq=last_seq,
        jobs=jobs,
    )


JOB = (
    "id, run_id, job_type, created_at, status, attempt, progress, steps, step_index, started_at, completed_at, details,"
    " result, error_message, warnings, warnings_total"
)


def job_from_row(row: Row) -> Job:
    """A job from the columns of JOB."""
    (id_, run_id, job_type, created_at, status, attempt, progress, steps, step_index, started_at, completed_at) = row[
        :11
    ]
    details, result, error_message, warnings, warnings_total = row[11:]
    return Job(
        id=id_,
        run_id=run_id,
        job_type=JobType(job_type),
        created_at=moment_from_row(created_at),
        status=Status(status),
        attempt=attempt,
        progress=progress,
        steps=tuple(step_from(step) for step in json.loads(steps)),
        step_index=step_index,
        started_at=optional_from_row(started_at),
        completed_at=optional_from_row(completed_at),
        details=json_from_row(details),
        result=json_from_row(result),
        error_message=error_message,
        warnings=tuple(note_from(note) for note in json.loads(warnings)),
        warnings_total=warnings_total,
    )


def job_to_row(job: Job) -> Mapping[str, Any]:
    """What changes of a job, by column, and its id."""
    return {
        "id": job.id,
        "status": job.status.value,
        "attempt": job.attempt,
        "progress": job.progress,
        "steps": compact_json([step_record(step) for step in job.steps]),
        "step_index": job.step_index,
        "started_at": optional_to_row(job.started_at),
        "completed_at": optional_to_row(job.completed_at),
        "details": json_to_row(job.details),
        "result": json_to_row(job.result),
        "error_message": job.error_message,
        "warnings": compact_json([note_record(note) for note in job.warnings]),
        "warnings_total": job.warnings_total,
    }


TASK = (
    "id, job_id, (SELECT run_id FROM jobs WHERE jobs.id = job_id), step, key, status, attempt, worker, lease_until,"
    " started_at, completed_at, error"
)
TASK_IN_FULL = f"{TASK}, payload, result"


def task_from_row(row: Row) -> Task:
    """A task from the columns of TASK or TASK_IN_FULL; without the latter payload and result are empty."""
    id_, job_id, run_id, step, key, status, attempt, worker, lease_until, started_at, completed_at, error = row[:12]
    payload, result = row[12:] or ("{}", None)
    return Task(
        id=id_,
        job_id=job_id,
        run_id=run_id,
        step=step,
        key=key,
        payload=json.loads(payload),
        status=Status(status),
        attempt=attempt,
        worker=worker,
        lease_until=optional_from_row(lease_until),
        started_at=optional_from_row(started_at),
        completed_at=optional_from_row(completed_at),
        error=error,
        result=json_from_row(result),
    )


LEASE = "id, host, pid, started_at, run_id, sources, lease_until"


def lease_from_row(row: Row) -> Lease:
    """A worker and its lease from the columns of LEASE."""
    id_, host, pid, started_at, run_id, sources, lease_until = row
    worker = Worker(
        id=id_,
        host=host,
        pid=pid,
        started_at=moment_from_row(started_at),
        run_id=run_id,
        sources=tuple(json.loads(sources)),
    )
    return Lease(worker=worker, until=moment_from_row(lease_until))


def lease_to_row(lease: Lease) -> Mapping[str, Any]:
    """The reverse of ``lease_from_row``, by column."""
    worker = lease.worker
    return {
        "id": worker.id,
        "host": worker.host,
        "pid": worker.pid,
        "started_at": moment_to_row(worker.started_at),
        "run_id": worker.run_id,
        "sources": compact_json(worker.sources),
        "lease_until": moment_to_row(lease.until),
    }
