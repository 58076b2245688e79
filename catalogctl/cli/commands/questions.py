"""``questions``: what the data can answer."""

from typing import Annotated, Any

import typer

from catalogctl.cli.invocation import Invocation
from catalogctl.cli.tree import Panel, command
from catalogctl.domain.meaning_records import question_record
from catalogctl.render import meanings


def build() -> Any:
    """The command."""
    return command(questions, name="questions", panel=Panel.CATALOGUE)


def questions(
    context: typer.Context,
    source: Annotated[str | None, typer.Argument(metavar="NAME", help="Only this registered source.")] = None,
) -> None:
    """List the questions that the data can answer, as enrichment suggests them."""
    call = Invocation.of(context)
    with call.session() as session:
        found = session.catalogue.questions(source=source)
    call.output.listing(meanings.questions(found), map(question_record, found))
