"""``refresh``: extraction, then enrichment, in one run."""

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
    return command(refresh, name="refresh", panel=Panel.WORK)


def refresh(
    context: typer.Context,
    source: arguments.Source = None,
    *,
    table: arguments.Tables = None,
    sample: arguments.Sample = None,
    estimate: arguments.Estimate = False,
    deadline: arguments.Deadline = None,
    model: arguments.Model = None,
    max_cost: arguments.MaxCost = None,
    detach: arguments.Detach = False,
    timeout: arguments.Timeout = None,
) -> int:
    """Extract a source and then enrich it, in one run, and watch that live; the exit status is its outcome.

    See `extract` and `enrich` for what each does.
    """
    call = Invocation.of(context)
    options = RunOptions(
        tables=tuple(table or ()),
        sample=sample,
        estimates=estimate,
        deadline=deadline,
        model=model,
        max_cost=max_cost,
    )
    with call.session() as session:
        place = arguments.located(source, session)
        exit_code = start(
            call, session, RunKind.REFRESH, source=place, options=options, is_detached=detach, timeout=timeout
        )
    if exit_code == Exit.OK and not detach:
        call.output.say("See what was found: catalogctl catalog show, catalogctl kpis, catalogctl questions")
    return exit_code
