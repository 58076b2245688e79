"""One thing in full: its facts as pairs, for a terminal or a file."""

from collections.abc import Sequence
from dataclasses import dataclass

from catalogctl.domain.run_records import options_record
from catalogctl.domain.runs import Job, Run, RunningStatus
from catalogctl.domain.times import format_optional, format_time
from catalogctl.render.harmless import field
from catalogctl.render.lines import note_line, result_line
from catalogctl.render.listing import yes_or_no


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and its value; None is left out."""

    name: str
    value: object


def tab_separated(facts: Sequence[Fact]) -> list[str]:
    """One line a fact."""
    return [f"{fact.name}\t{field(fact.value)}" for fact in facts if fact.value is not None]


def run_origin(run: Run) -> list[Fact]:
    """What a picture of the run does not show: its id, its times, and what the caller chose."""
    return [
        Fact("run_id", run.run_id),
        Fact("kind", run.kind.value),
        Fact("created_at", format_time(run.created_at)),
        Fact("started_at", format_optional(run.started_at)),
        Fact("completed_at", format_optional(run.completed_at)),
        *(Fact(f"option {name}", _in_words(value)) for name, value in options_record(run.options).items()),
    ]


def run_facts(run: Run) -> list[Fact]:
    """Everything worth knowing of a run, its jobs included."""
    facts = [
        Fact("run", run.number),
        Fact("source", run.source),
        Fact("status", run.status.value),
        *run_origin(run),
    ]
    for job in run.jobs:
        facts += [Fact(f"{job.job_type} {fact.name}", fact.value) for fact in job_facts(job)]
    return facts


def status_facts(status: RunningStatus) -> list[Fact]:
    """Whether anything runs, and what."""
    return [
        Fact("is_running", yes_or_no(status.is_running)),
        Fact("current_run_id", status.current_run_id),
        Fact("active_run_ids", " ".join(status.active_run_ids) or None),
    ]


def job_facts(job: Job) -> list[Fact]:
    """Everything worth knowing of a job."""
    return [
        Fact("job", job.id),
        Fact("run_id", job.run_id),
        Fact("type", job.job_type.value),
        Fact("status", job.status.value),
        Fact("attempt", job.attempt),
        Fact("progress", job.progress),
        Fact("current_step", job.current_step),
        Fact("started_at", format_optional(job.started_at)),
        Fact("completed_at", format_optional(job.completed_at)),
        Fact("result", result_line(job) or None),
        Fact("error", job.error_message),
        *(
            Fact(f"step {step.key}", f"{step.status} {step.done} of {'?' if step.total is None else step.total}")
            for step in job.steps
        ),
        *(Fact("warning", note_line(note)) for note in job.warnings),
    ]


def _in_words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
