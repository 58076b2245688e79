"""``runs``: see what runs, watch it, end it, try it again."""

from typing import Annotated, Any

import typer

from catalogctl.cli import arguments
from catalogctl.cli.exits import Exit
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.tree import Panel, group
from catalogctl.domain.errors import InvalidInput
from catalogctl.domain.run_records import run_record
from catalogctl.domain.runs import RunKind, Status
from catalogctl.render import listings
from catalogctl.render.details import run_facts, run_origin, tab_separated
from catalogctl.render.view import RunView


def build() -> Any:
    """The group."""
    return group(
        "runs",
        help="See runs, watch them live, cancel and retry them.",
        panel=Panel.WATCH,
        members={"list": list_, "show": show, "watch": watch, "cancel": cancel, "retry": retry},
    )


def list_(
    context: typer.Context,
    *,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="Only runs on this source.")] = None,
    kind: Annotated[RunKind | None, typer.Option(help="Only runs of this kind.")] = None,
    status: Annotated[Status | None, typer.Option(help="Only runs of this status.")] = None,
    before: Annotated[int | None, typer.Option(metavar="RUN", help="Only runs with a smaller number.")] = None,
    limit: arguments.Limit = 50,
) -> None:
    """List runs, newest first."""
    call = Invocation.of(context)
    with call.session() as session:
        found = session.catalogue.runs(limit=limit, before=before, source=source, kind=kind, status=status)
    call.output.listing(listings.runs(found), map(run_record, found))


def show(context: typer.Context, run: arguments.Run = "latest") -> None:
    """Show a run in full, with its jobs, steps and warnings."""
    call = Invocation.of(context)
    with call.session() as session:
        found = session.catalogue.find_run(run)

    def draw(terminal: Any) -> None:
        terminal.run(RunView(run=found), eye=call.output.eye())
        terminal.facts(run_origin(found))

    call.output.present(record=run_record(found), lines=tab_separated(run_facts(found)), draw=draw)


def watch(context: typer.Context, run: arguments.Run = "latest", *, timeout: arguments.Timeout = None) -> int:
    """Watch a run live, to its end; the exit status is its outcome.

    Ctrl-C ends the watching and not the run. With --json every event of the run is printed as a line, from the first
    that is kept, and at the end a line of the type `watch.end`.
    """
    from catalogctl.cli.watching import watch_run  # noqa: PLC0415 - lists do not pay for an event loop

    call = Invocation.of(context)
    with call.session() as session:
        return watch_run(call, session, session.catalogue.find_run(run), timeout=timeout)


def cancel(context: typer.Context, run: arguments.Run) -> None:
    """End an active run as cancelled."""
    call = Invocation.of(context)
    with call.session() as session:
        cancelled = session.catalogue.cancel_run(session.catalogue.find_run(run).run_id)
    call.output.row(listings.runs([cancelled]), run_record(cancelled))
    call.output.say(f"Run {cancelled.number} is cancelled. Try it again: catalogctl runs retry {cancelled.number}")


def retry(
    context: typer.Context,
    run: arguments.Run,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Watch the new attempt to its end.")] = False,
    timeout: arguments.Timeout = None,
) -> int:
    """Start a new attempt at a failed or cancelled run; only what failed is done again."""
    call = Invocation.of(context)
    if timeout is not None and not watch:
        raise InvalidInput("--timeout goes with --watch: nobody waits for the run without it", hint="Add --watch.")
    with call.session() as session:
        found = session.catalogue.find_run(run)
        again = session.begin(lambda: session.catalogue.retry_run(found.run_id))
        session.hand_over(again.run_id)
        if watch:
            from catalogctl.cli.watching import watch_run  # noqa: PLC0415 - see above

            return watch_run(call, session, again, timeout=timeout)
    call.output.row(listings.runs([again]), run_record(again))
    call.output.say(f"Run {again.number} is tried again. Watch it: catalogctl runs watch {again.number}")
    return Exit.OK
