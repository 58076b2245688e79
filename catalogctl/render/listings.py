"""The lists that the command line shows: runs, jobs, tasks, workers, sources."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from catalogctl.domain.runs import Job, Run, Status
from catalogctl.domain.sources import Source
from catalogctl.domain.tasks import Station, Task
from catalogctl.domain.times import format_optional
from catalogctl.render.lines import result_line
from catalogctl.render.listing import Cell, Column, Eye, Listing
from catalogctl.render.measures import age, elapsed
from catalogctl.render.palette import ERROR, QUIET, STYLE, TITLE

T = TypeVar("T")
_SHORT_ID = 8


def runs(found: Sequence[Run]) -> Listing[Run]:
    """Runs, newest first."""
    return Listing(
        rows=found,
        if_empty="There is no such run. Start one: catalogctl extract SOURCE",
        columns=(
            Column(title="RUN", plain=lambda run: run.number, style=TITLE, is_number=True),
            Column(title="ID", plain=lambda run: run.run_id, shown=_first(lambda run: run.run_id), rank=5),
            Column(title="SOURCE", plain=lambda run: run.source, can_shrink=True),
            Column(title="KIND", plain=lambda run: run.kind.value, rank=4),
            _status(lambda run: run.status),
            _percent(_progress, rank=3),
            _moment("STARTED", lambda run: run.started_at or run.created_at, rank=1),
            _length(lambda run: run.started_at, lambda run: run.completed_at, rank=2),
            Column(title="RESULT", plain=_outcome, can_shrink=True, rank=6),
        ),
    )


def jobs(found: Sequence[Job]) -> Listing[Job]:
    """Jobs, newest first."""
    return Listing(
        rows=found,
        if_empty="There is no such job.",
        columns=(
            Column(title="JOB", plain=lambda job: job.id, style=TITLE, is_number=True),
            Column(title="RUN ID", plain=lambda job: job.run_id, shown=_first(lambda job: job.run_id), rank=5),
            Column(title="TYPE", plain=lambda job: job.job_type.value),
            _status(lambda job: job.status),
            _percent(lambda job: job.progress, rank=2),
            Column(title="STEP", plain=lambda job: job.current_step, can_shrink=True, rank=4),
            _moment("STARTED", lambda job: job.started_at or job.created_at, rank=1),
            _length(lambda job: job.started_at, lambda job: job.completed_at, rank=3),
            Column(title="RESULT", plain=job_outcome, can_shrink=True, rank=6),
        ),
    )


def tasks(found: Sequence[Task]) -> Listing[Task]:
    """Tasks of a job in their order."""
    return Listing(
        rows=found,
        if_empty="There is no such task.",
        columns=(
            Column(title="TASK", plain=lambda task: task.id, style=TITLE, is_number=True),
            Column(title="STEP", plain=lambda task: task.step, rank=4),
            Column(title="KEY", plain=lambda task: task.key, can_shrink=True),
            _status(lambda task: task.status),
            Column(title="ATTEMPT", plain=lambda task: task.attempt, is_number=True, rank=2),
            Column(title="WORKER", plain=lambda task: task.worker, style=QUIET, can_shrink=True, rank=5),
            _moment("STARTED", lambda task: task.started_at, rank=6),
            _length(lambda task: task.started_at, lambda task: task.completed_at, rank=1),
            Column(title="ERROR", plain=lambda task: task.error, style=ERROR, can_shrink=True, rank=3),
        ),
    )


def workers(found: Sequence[Station]) -> Listing[Station]:
    """Who works on what."""
    return Listing(
        rows=found,
        if_empty="No worker is known. Start one: catalogctl worker, or catalogctl serve",
        columns=(
            Column(title="WORKER", plain=lambda at: at.worker.id, style=TITLE, can_shrink=True),
            Column(title="HOST", plain=lambda at: at.worker.host, can_shrink=True, rank=3),
            Column(title="PID", plain=lambda at: at.worker.pid, is_number=True, rank=2),
            Column(
                title="STATE",
                plain=lambda at: "alive" if at.is_alive else "gone",
                shown=lambda at, eye: Cell(*_state(at, eye)),
            ),
            _moment("STARTED", lambda at: at.worker.started_at, rank=1),
            Column(title="SERVES", plain=_served, can_shrink=True, rank=4),
            Column(title="TASKS", plain=lambda at: len(at.tasks), is_number=True),
            Column(title="WORKS ON", plain=lambda at: ", ".join(task.key for task in at.tasks), wraps=True),
        ),
    )


def sources(found: Sequence[Source]) -> Listing[Source]:
    """Registered sources by name."""
    return Listing(
        rows=found,
        if_empty="No source is registered. Add one: catalogctl sources add NAME URL|PATH",
        columns=(
            Column(title="NAME", plain=lambda source: source.name, style=TITLE, can_shrink=True),
            Column(title="TYPE", plain=lambda source: source.kind),
            _moment("EXTRACTED", lambda source: source.extracted_at, missing="never", rank=1),
            Column(title="LOCATION", plain=lambda source: source.display, can_shrink=True, rank=2),
        ),
    )


def job_outcome(job: Job) -> str:
    """What became of a job, on one line; empty while it is under way."""
    return job.error_message or result_line(job)


def _outcome(run: Run) -> str:
    return "; ".join(filter(None, (job_outcome(job) for job in run.jobs)))


def _progress(run: Run) -> int:
    return sum(job.progress for job in run.jobs) // max(1, len(run.jobs))


def _state(station: Station, eye: Eye) -> tuple[str, str]:
    status = Status.FAILED if not station.is_alive else Status.RUNNING if station.tasks else Status.PENDING
    word = "gone" if not station.is_alive else "at work" if station.tasks else "idle"
    return f"{eye.glyphs.status[status]} {word}", STYLE[status]


def _served(station: Station) -> str:
    worker = station.worker
    return f"run {worker.run_id[:_SHORT_ID]}" if worker.run_id else ", ".join(worker.sources) or "any source"


def _status(read: Callable[[T], Status]) -> Column[T]:
    def shown(row: T, eye: Eye) -> Cell:
        status = read(row)
        return Cell(f"{eye.glyphs.status[status]} {status}", STYLE[status])

    return Column(title="STATUS", plain=lambda row: read(row).value, shown=shown)


def _percent(read: Callable[[T], int], *, rank: int) -> Column[T]:
    return Column(title="DONE", plain=read, shown=lambda row, _: Cell(f"{read(row)}%"), is_number=True, rank=rank)


def _moment(title: str, read: Callable[[T], datetime | None], *, missing: str = "", rank: int) -> Column[T]:
    def shown(row: T, eye: Eye) -> Cell:
        moment = read(row)
        return Cell(missing if moment is None else age(moment, eye.now), QUIET)

    return Column(title=title, plain=lambda row: format_optional(read(row)), shown=shown, rank=rank)


def _length(began: Callable[[T], datetime | None], ended: Callable[[T], datetime | None], *, rank: int) -> Column[T]:
    """For a file the end, from which and the beginning the length follows."""
    return Column(
        title="TOOK",
        plain=lambda row: format_optional(ended(row)),
        shown=lambda row, eye: Cell(elapsed(began(row), ended(row), eye.now)),
        is_number=True,
        rank=rank,
    )


def _first(read: Callable[[T], str]) -> Callable[[T, Eye], Cell]:
    """The first characters of an id, which are enough to name it."""
    return lambda row, _: Cell(read(row)[:_SHORT_ID], QUIET)
