"""What happens as plain lines, one for each change of state, for pipes, logs and CI."""

from collections.abc import Iterator, Mapping

from catalogctl.domain.events import Event
from catalogctl.domain.run_records import job_from, status_from
from catalogctl.domain.runs import Job, Note, Run, RunningStatus, Status, Step
from catalogctl.domain.times import format_time
from catalogctl.render.harmless import field, harmless
from catalogctl.render.measures import counted, dollars, elapsed

_PROGRESS_STEP = 10
_ACHIEVED: Mapping[str, str] = {
    "tables": "table",
    "columns": "column",
    "rows": "row",
    "synonyms": "synonym",
    "kpis": "key figure",
    "questions": "question",
}


def opening_line(run: Run) -> str:
    """The line with which a watch begins."""
    return harmless(f"{format_time(run.created_at)}  run {run.number}  {run.source}  {run.kind}  {run.status}")


def changes(before: Run, after: Run, *, at: str) -> Iterator[str]:
    """The lines that tell how *before* became *after*; none when nothing that matters has changed."""
    former = {job.id: job for job in before.jobs}
    for job in after.jobs:
        for text in _job_changes(former[job.id], job):
            yield harmless(f"{at}  run {after.number}  {job.job_type}  {text}")
    if after.status is not before.status and after.status.is_final:
        lasted = elapsed(after.started_at or after.created_at, after.completed_at, after.created_at)
        yield harmless(f"{at}  run {after.number}  {after.status} in {lasted}")


def _job_changes(before: Job, after: Job) -> Iterator[str]:
    if after.attempt != before.attempt:
        yield f"attempt {after.attempt}"
    if before.status is Status.PENDING and after.status is Status.RUNNING:
        yield "started"
    steps = {step.key: step for step in before.steps}
    for step in after.steps:
        # Where a job fails as a whole its last line says so.
        if step.status is not Status.FAILED or after.status is Status.RUNNING:
            yield from _step_changes(steps.get(step.key), step)
    if after.progress // _PROGRESS_STEP > before.progress // _PROGRESS_STEP and after.status is Status.RUNNING:
        yield f"{after.progress}%"
    for note in after.warnings[len(before.warnings) :]:
        yield f"warning: {note_line(note)}"
    if after.status is not before.status and after.status.is_final:
        yield _ending(after)


def _step_changes(before: Step | None, after: Step) -> Iterator[str]:
    if before is not None and after.status is before.status:
        return
    if after.status in {Status.RUNNING, Status.COMPLETED, Status.FAILED}:
        done = f"  {after.done} of {after.total}" if after.total is not None and after.total > 1 else ""
        yield f"{after.title}: {after.status}{done}"


def _ending(job: Job) -> str:
    if job.status is Status.COMPLETED:
        return f"completed: {result_line(job)}" if result_line(job) else "completed"
    return f"{job.status}: {job.error_message}" if job.error_message else job.status.value


def note_line(note: Note) -> str:
    """A warning on one line, with its place."""
    place = ".".join(part for part in (note.table, note.column) if part)
    return f"{place}: {note.message}" if place else note.message


def result_line(job: Job) -> str:
    """What a completed job achieved, on one line; what a model took only where one was asked."""
    result = job.result or {}
    about = {"rows": "about " if result.get("rows_are_estimated") else ""}
    parts = [
        about.get(key, "") + counted(result[key], noun)
        for key, noun in _ACHIEVED.items()
        if isinstance(result.get(key), int)
    ]
    tokens = (result.get("tokens_input") or 0) + (result.get("tokens_output") or 0)
    if tokens:
        parts.append(counted(tokens, "token"))
    if "cost" in result and result["cost"] is None:
        parts.append("cost ?")
    elif result.get("cost") or tokens:
        parts.append(dollars(result.get("cost")))
    return ", ".join(parts)


def status_line(status: RunningStatus) -> str:
    """Whether anything runs, on one line."""
    return f"running  {' '.join(status.active_run_ids)}" if status.is_running else "idle"


def event_line(event: Event) -> str:
    """An event as tab-separated values: seq, time, type, run, and what it says in short."""
    return "\t".join(map(field, (event.seq, format_time(event.at), event.type, event.run_id, _gist(event))))


def _gist(event: Event) -> str:
    data = event.decoded()
    if event.type.startswith("job."):
        job = job_from(data)
        return "  ".join(filter(None, (job.job_type, f"{job.progress}%", job.current_step, job.error_message)))
    if event.type.startswith("run."):
        return f"{data['source']}  {data['status']}"
    if event.type == "status.changed":
        return status_line(status_from(data))
    return ", ".join(f"{key}={value}" for key, value in data.items() if not isinstance(value, dict | list))
