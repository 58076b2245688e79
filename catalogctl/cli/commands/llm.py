"""``llm``: the language model that is set up: whether it answers, what else there is, what it has cost."""

from typing import Annotated, Any

import typer

from catalogctl.cli.exits import Exit
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.output import Shape
from catalogctl.cli.tree import Panel, group
from catalogctl.domain.bounds import MAX_DAYS
from catalogctl.domain.costs import costs_record
from catalogctl.domain.meaning_records import llm_status_record
from catalogctl.render import costs as sums


def build() -> Any:
    """The group."""
    return group(
        "llm",
        help="Try the language model, and see what it has cost.",
        panel=Panel.SETUP,
        members={"status": status, "models": models, "costs": costs},
    )


def status(context: typer.Context) -> int:
    """Try the model that is set up, by a real and cheap call; the exit status says whether it answers."""
    call = Invocation.of(context)
    with call.session() as session:
        found = session.catalogue.llm_status()
    call.output.verdict(
        found.model or "model", sums.status_words(found), is_ok=found.is_ok, record=llm_status_record(found)
    )
    return Exit.OK if found.is_ok else Exit.RUN_FAILED


def models(context: typer.Context) -> None:
    """List the models that the endpoint offers."""
    call = Invocation.of(context)
    with call.session() as session:
        found = session.catalogue.llm_models()
    call.output.listing(sums.models(found), ({"model": name} for name in found))


def costs(
    context: typer.Context,
    *,
    days: Annotated[int, typer.Option(min=1, max=MAX_DAYS, metavar="N", help="Of the last so many days.")] = 30,
) -> None:
    """Show what models have cost, by model and by hour (UTC); `?` where the price of a call is not known."""
    call = Invocation.of(context)
    with call.session() as session:
        record = costs_record(session.catalogue.llm_uses(days=days), days=days)
    output = call.output
    if output.shape is Shape.JSON:
        output.record(record)
    elif output.shape is Shape.PLAIN:
        output.listing(sums.all_sums(record), ())
    else:
        for position, listing in enumerate((sums.by_model(record), sums.by_hour(record))):
            if position and listing.rows:
                output.line("")
            if listing.rows or not position:
                output.listing(listing, ())
