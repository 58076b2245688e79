"""``extract``: read a source's metadata, profile its data, and watch that live."""

from typing import Any

import typer

from catalogctl.cli import arguments
from catalogctl.cli.exits import Exit
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.starting import start
from catalogctl.cli.tree import Panel, command
from catalogctl.domain.runs import RunKind, RunOptions


def build() -> Any:
    """The command."""
    return command(extract, name="extract", panel=Panel.WORK)


def extract(
    context: typer.Context,
    source: arguments.Source = None,
    *,
    table: arguments.Tables = None,
    sample: arguments.Sample = None,
    estimate: arguments.Estimate = False,
    deadline: arguments.Deadline = None,
    detach: arguments.Detach = False,
    timeout: arguments.Timeout = None,
) -> int:
    """Extract a database or a folder into the catalogue and watch it live; the exit status is its outcome.

    Without SOURCE the only registered one is taken. A path or a URL that is new registers itself. With a server the
    run goes on when you leave; without one this process does the work, and Ctrl-C cancels it.
    """
    call = Invocation.of(context)
    options = RunOptions(tables=tuple(table or ()), sample=sample, estimates=estimate, deadline=deadline)
    with call.session() as session:
        place = arguments.located(source, session)
        exit_code = start(
            call, session, RunKind.EXTRACTION, source=place, options=options, is_detached=detach, timeout=timeout
        )
    if exit_code == Exit.OK and not detach:
        call.output.say("See what was found: catalogctl catalog show")
    return exit_code
