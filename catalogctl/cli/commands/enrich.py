"""``enrich``: find out what the tables mean, by rules or by asking a model, and watch that live."""

from typing import Annotated, Any

import typer

from catalogctl.cli import arguments
from catalogctl.cli.exits import Exit
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.starting import start
from catalogctl.cli.tree import Panel, command
from catalogctl.domain.errors import InvalidInput
from catalogctl.domain.meaning_records import estimate_record
from catalogctl.domain.runs import RunKind, RunOptions
from catalogctl.render.details import tab_separated
from catalogctl.render.meanings import estimate_facts
from catalogctl.wiring.session import Session


def build() -> Any:
    """The command."""
    return command(enrich, name="enrich", panel=Panel.WORK)


def enrich(
    context: typer.Context,
    source: arguments.Source = None,
    *,
    table: arguments.Tables = None,
    model: arguments.Model = None,
    max_cost: arguments.MaxCost = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be sent and what it would cost; send nothing.")
    ] = False,
    detach: arguments.Detach = False,
    timeout: arguments.Timeout = None,
) -> int:
    """Describe what was extracted: tables, columns, synonyms, keys, key figures, questions; watch it live.

    Rules do the work unless a model is set up (CATALOGCTL_LLM_URL and CATALOGCTL_LLM_MODEL); then names, types and
    profiles are sent to it. What a person wrote stays. The exit status is the run's outcome.
    """
    call = Invocation.of(context)
    if dry_run and (detach or timeout is not None):
        ignored = "--detach" if detach else "--timeout"
        raise InvalidInput(f"--dry-run starts no run, so {ignored} means nothing", hint="Leave out one of the two.")
    options = RunOptions(tables=tuple(table or ()), model=model, max_cost=max_cost)
    with call.session() as session:
        place = arguments.located(source, session)
        if dry_run:
            return _estimate(call, session, place, options)
        exit_code = start(
            call, session, RunKind.ENRICHMENT, source=place, options=options, is_detached=detach, timeout=timeout
        )
    if exit_code == Exit.OK and not detach:
        call.output.say("See what was written: catalogctl catalog show, catalogctl kpis, catalogctl questions")
    return exit_code


def _estimate(call: Invocation, session: Session, source: str | None, options: RunOptions) -> int:
    estimate = session.catalogue.estimate(source=source, options=options)
    facts = estimate_facts(estimate)
    call.output.present(
        record=estimate_record(estimate), lines=tab_separated(facts), draw=lambda terminal: terminal.facts(facts)
    )
    call.output.say("Nothing was sent.")
    return Exit.OK
