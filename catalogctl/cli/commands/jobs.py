"""``jobs``: the pipelines of the runs, one by one."""

from typing import Annotated, Any

import typer

from catalogctl.cli import arguments
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.tree import Panel, group
from catalogctl.domain.run_records import job_record, task_record
from catalogctl.domain.runs import JobType, Status
from catalogctl.render import listings
from catalogctl.render.details import job_facts, tab_separated


def build() -> Any:
    """The group."""
    return group(
        "jobs", help="See the jobs of the runs.", panel=Panel.WATCH, members={"list": list_jobs, "show": show_job}
    )


def list_jobs(
    context: typer.Context,
    *,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="Only jobs on this source.")] = None,
    status: Annotated[Status | None, typer.Option(help="Only jobs of this status.")] = None,
    job_type: Annotated[JobType | None, typer.Option("--type", help="Only jobs of this type.")] = None,
    before: Annotated[int | None, typer.Option(metavar="JOB", help="Only jobs with a smaller id.")] = None,
    limit: arguments.Limit = 50,
) -> None:
    """List jobs, newest first."""
    call = Invocation.of(context)
    with call.session() as session:
        found = session.catalogue.jobs(limit=limit, before=before, status=status, job_type=job_type, source=source)
    call.output.listing(listings.jobs(found), map(job_record, found))


def show_job(
    context: typer.Context,
    job: Annotated[int, typer.Argument(metavar="JOB", help="The job's id.")],
    *,
    tasks: Annotated[bool, typer.Option("--tasks", help="List its tasks instead: one a table or batch.")] = False,
    status: Annotated[Status | None, typer.Option(help="Only tasks of this status.")] = None,
) -> None:
    """Show a job in full, or its tasks."""
    call = Invocation.of(context)
    with call.session() as session:
        if tasks or status is not None:
            found = list(arguments.every_task(session.catalogue, job, status))
            call.output.listing(listings.tasks(found), map(task_record, found))
            return
        shown = session.catalogue.job(job)
    facts = job_facts(shown)
    call.output.present(
        record=job_record(shown), lines=tab_separated(facts), draw=lambda terminal: terminal.facts(facts)
    )
