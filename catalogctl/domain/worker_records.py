"""Workers on the wire, there and back."""

from collections.abc import Mapping
from typing import Any

from catalogctl.domain.run_records import task_from, task_record
from catalogctl.domain.tasks import Station, Task, Worker
from catalogctl.domain.times import format_time, parse_time

Record = Mapping[str, Any]


def station_record(station: Station) -> dict[str, Any]:
    """A worker and what it works on."""
    worker = station.worker
    return {
        "id": worker.id,
        "host": worker.host,
        "pid": worker.pid,
        "started_at": format_time(worker.started_at),
        "is_alive": station.is_alive,
        "lease_until": format_time(station.lease_until),
        "run_id": worker.run_id,
        "sources": list(worker.sources),
        "tasks": [_held_record(task) for task in station.tasks],
    }


def station_from(record: Record) -> Station:
    """The reverse of ``station_record``."""
    return Station(
        worker=Worker(
            id=record["id"],
            host=record["host"],
            pid=record["pid"],
            started_at=parse_time(record["started_at"]),
            run_id=record["run_id"],
            sources=tuple(record["sources"]),
        ),
        is_alive=record["is_alive"],
        lease_until=parse_time(record["lease_until"]),
        tasks=tuple(task_from(task, job_id=task["job_id"], run_id=task["run_id"]) for task in record["tasks"]),
    )


def _held_record(task: Task) -> dict[str, Any]:
    return {**task_record(task), "job_id": task.job_id, "run_id": task.run_id}
