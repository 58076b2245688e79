"""Every engine of the store, and the few words with which its tests speak to it."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from postgres_servers import open_postgres

from catalogctl.domain.catalogue import (
    ColumnMetadata,
    Datasource,
    ExtractedColumn,
    ExtractedTable,
    ForeignKey,
    TableMetadata,
)
from catalogctl.domain.events import NewEvent
from catalogctl.domain.ports.store import Store
from catalogctl.domain.runs import Run, RunKind, RunOptions, Status
from catalogctl.domain.sources import Identity, Source
from catalogctl.domain.tasks import NewTask, Task, Worker
from catalogctl.store.memory import MemoryStore
from catalogctl.store.sqlite import SqliteStore

Opener = Callable[[Path, Callable[[], None]], Store]

ENGINES: dict[str, Opener] = {
    "memory": lambda _, on_commit: MemoryStore(on_commit=on_commit),
    "sqlite": lambda folder, on_commit: SqliteStore.open(folder / "store.db", on_commit=on_commit),
    "postgres": open_postgres,
}


class Speaker:
    """Short ways to say what the tests say often."""

    start = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __init__(self, store: Store) -> None:
        self.store = store

    @classmethod
    def at(cls, seconds: float) -> datetime:
        return cls.start + timedelta(seconds=seconds)

    def run(self, source: str = "shop", kind: RunKind = RunKind.EXTRACTION, **options: Any) -> Run:
        run_id = str(uuid.uuid4())
        return self.store.transact(
            lambda tx: tx.add_run(run_id=run_id, source=source, kind=kind, options=RunOptions(**options), at=self.start)
        )

    def end(self, run: Run, status: Status = Status.COMPLETED) -> Run:
        """Write *run* as ended in *status*, and answer it as it then is."""
        jobs = tuple(job.started(self.start) for job in run.jobs)
        match status:
            case Status.COMPLETED:
                jobs = tuple(job.completed(result={"tables": 1}, at=self.at(5)) for job in jobs)
            case Status.FAILED:
                jobs = tuple(job.failed(error="no disk", at=self.at(5)) for job in jobs)
            case _:
                jobs = tuple(job.cancelled(at=self.at(5)) for job in jobs)
        ended = run.with_jobs(jobs, at=self.at(5))
        self.store.transact(lambda tx: tx.put_run(ended))
        return ended

    def event(
        self, type_: str = "status.changed", *, run_id: str | None = None, data: str = "{}", at: float = 0
    ) -> int:
        """Append an event, and answer its seq."""
        event = NewEvent(type=type_, at=self.at(at), data=data, run_id=run_id)
        return self.store.transact(lambda tx: (tx.append(event), tx.position().latest)[1])

    def queue(self, run: Run, *keys: str, step: str = "profile_tables") -> list[Task]:
        tasks = [NewTask(step=step, key=key, payload={"table": key}) for key in keys]
        self.store.transact(lambda tx: tx.add_tasks(run.jobs[0], tasks))
        return self.store.tasks(run.jobs[0].id, limit=1000)

    @classmethod
    def worker(cls, name: str = "w1", *, run_id: str | None = None, sources: tuple[str, ...] = ()) -> Worker:
        return Worker(id=name, host="elsewhere", pid=1, started_at=cls.start, run_id=run_id, sources=sources)

    def claim(
        self, worker: Worker | None = None, *, at: float = 0, lease: float = 10, per_source: int | None = None
    ) -> Task | None:
        chosen, until = worker or self.worker(), self.at(at + lease)
        return self.store.transact(
            lambda tx: tx.claim_task(chosen, at=self.at(at), lease_until=until, per_source=per_source)
        )

    def claimed(self, worker: Worker | None = None, **options: Any) -> Task:
        task = self.claim(worker, **options)
        assert task is not None
        return task

    def finish(
        self, task: Task, status: Status = Status.COMPLETED, *, result: Any = None, error: str | None = None
    ) -> bool:
        return self.store.transact(
            lambda tx: tx.finish_task(task, status=status, at=self.at(7), result=result, error=error)
        )

    def source(self, name: str = "shop", location: str = "/data/shop.db") -> Source:
        identity = Identity(location=location, kind="sqlite", name=name)
        return self.store.transact(lambda tx: tx.add_source(identity, at=self.start))

    @staticmethod
    def table(
        name: str,
        *columns: str,
        profile: dict[str, Any] | None = None,
        row_count: int | None = None,
        row_count_is_estimate: bool = False,
        foreign_keys: tuple[ForeignKey, ...] = (),
    ) -> ExtractedTable:
        declared = tuple(ColumnMetadata(name=column, data_type="TEXT") for column in columns)
        return ExtractedTable(
            metadata=TableMetadata(name=name, columns=declared, foreign_keys=foreign_keys),
            columns=tuple(
                ExtractedColumn(metadata=column, profile=profile, full_context=profile and f"about {column.name}")
                for column in declared
            ),
            row_count=row_count,
            row_count_is_estimate=row_count_is_estimate,
        )

    def save(self, source: Source, *tables: ExtractedTable, is_complete: bool = True, at: float = 0) -> Datasource:
        self.store.transact(lambda tx: tx.save_tables(source.id, tables, at=self.at(at), is_complete=is_complete))
        [datasource] = self.store.catalogue(source=source.name)
        return datasource
