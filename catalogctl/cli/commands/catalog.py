"""``catalog``: read what was found."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

from catalogctl.cli.invocation import Invocation
from catalogctl.cli.output import Shape
from catalogctl.cli.tree import Panel, group
from catalogctl.domain.catalogue import Datasource
from catalogctl.domain.catalogue_records import datasource_record
from catalogctl.domain.errors import SourceNotFound
from catalogctl.domain.events import compact_json
from catalogctl.domain.ports import Catalogue
from catalogctl.render import catalogue as lists
from catalogctl.render.export import as_csv, as_markdown, indented_json


class Format(StrEnum):
    """What the catalogue is exported as."""

    JSON = "json"
    CSV = "csv"
    MD = "md"


def build() -> Any:
    """The group."""
    return group("catalog", help="Read the catalogue.", panel=Panel.CATALOGUE, members={"show": show, "export": export})


def show(
    context: typer.Context,
    source: Annotated[
        str | None, typer.Argument(metavar="SOURCE[.TABLE]", help="A registered source, or one of its tables.")
    ] = None,
    table: Annotated[str | None, typer.Argument(metavar="TABLE", help="One of its tables.")] = None,
) -> None:
    """Show the tables of the catalogue, or the columns of one table with what is in them."""
    call = Invocation.of(context)
    with call.session() as session:
        name, table_name = _meant(session.catalogue, source, table)
        found = session.catalogue.catalogue(source=name, table=table_name)
    if call.output.shape is Shape.JSON:
        for datasource in found:
            call.output.record(datasource_record(datasource))
    elif table_name is None:
        _show_tables(call, found)
    else:
        for datasource in found:
            for one in datasource.tables:
                call.output.listing(lists.columns(datasource, one), ())


def _show_tables(call: Invocation, found: Sequence[Datasource]) -> None:
    if not any(datasource.tables for datasource in found):
        call.output.say("The catalogue is empty. Fill it: catalogctl extract SOURCE")
    for position, datasource in enumerate(datasource for datasource in found if datasource.tables):
        if position and call.output.shape is Shape.TERMINAL:
            call.output.line("")
        call.output.listing(lists.tables(datasource), ())


def _meant(catalogue: Catalogue, source: str | None, table: str | None) -> tuple[str | None, str | None]:
    """The source and the table of ``SOURCE``, ``SOURCE.TABLE``, ``SOURCE TABLE``, or ``TABLE`` of the only source."""
    if source is None or table is not None:
        return source, table
    names = [registered.name for registered in catalogue.sources()]
    if source in names:
        return source, None
    # Names may have dots in them: the longest that is a source counts.
    for name in sorted(names, key=len, reverse=True):
        if source.startswith(f"{name}."):
            return name, source.removeprefix(f"{name}.")
    if len(names) == 1:
        return names[0], source
    known = ", ".join(repr(name) for name in names)
    hint = f"Registered: {known}." if names else "No source is registered yet."
    raise SourceNotFound(f"no source is called {source!r}", hint=hint)


def export(
    context: typer.Context,
    source: Annotated[str | None, typer.Argument(metavar="NAME", help="Only this registered source.")] = None,
    *,
    form: Annotated[
        Format, typer.Option("--format", help="json: the whole; csv: a line a column; md: to read.")
    ] = Format.JSON,
    profile: Annotated[bool, typer.Option("--profile/--no-profile", help="With what the data looks like.")] = True,
) -> None:
    """Write the catalogue to standard output as a document."""
    call = Invocation.of(context)
    with call.session() as session:
        found = session.catalogue.catalogue(source=source, profile=profile)
    if call.output.shape is Shape.JSON or form is Format.JSON:
        document = {"catalog": [datasource_record(datasource, profile=profile) for datasource in found]}
        call.output.json(compact_json(document) if call.output.shape is Shape.JSON else indented_json(document))
        return
    for line in as_csv(found) if form is Format.CSV else as_markdown(found):
        call.output.line(line)
