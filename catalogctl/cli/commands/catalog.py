"""``catalog``: read what was found, search it, and write what you know of it."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any

import typer

from catalogctl.cli import arguments
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.naming import place_of
from catalogctl.cli.output import Shape
from catalogctl.cli.tree import Panel, group
from catalogctl.domain.catalogue import Datasource
from catalogctl.domain.catalogue_records import column_record, datasource_record, table_record
from catalogctl.domain.errors import SourceNotFound
from catalogctl.domain.events import compact_json
from catalogctl.domain.meaning_records import hit_record
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.render import catalogue as lists
from catalogctl.render import meanings
from catalogctl.render.export import as_csv, as_markdown, indented_json


class Format(StrEnum):
    """What the catalogue is exported as."""

    JSON = "json"
    CSV = "csv"
    MD = "md"


def build() -> Any:
    """The group."""
    return group(
        "catalog",
        help="Read and search the catalogue, and add what you know.",
        panel=Panel.CATALOGUE,
        members={"show": show, "search": search, "describe": describe, "toggle": toggle, "export": export},
    )


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


def search(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="What to look for; all of them must be there.")],
    *,
    limit: arguments.Limit = 20,
) -> None:
    """Find tables and columns by name, synonym and description, best first; accents and case do not matter."""
    call = Invocation.of(context)
    with call.session() as session:
        found = session.catalogue.search(" ".join(words), limit=limit)
    call.output.listing(meanings.hits(found), map(hit_record, found))


def describe(
    context: typer.Context,
    place: Annotated[
        str, typer.Argument(metavar="TABLE[.COLUMN]", help="What is described; its source may stand in front.")
    ],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What it is, in your words.")],
) -> None:
    """Say in your own words what a table or a column is; extraction and enrichment leave that alone."""
    call = Invocation.of(context)
    with call.session() as session:
        meant = place_of(place, session.catalogue.catalogue(profile=False))
        if meant.column is None:
            table = session.catalogue.describe_table(meant.table.id, text)
            call.output.row(lists.tables(replace(meant.source, tables=(table,))), table_record(table, profile=False))
        else:
            column = session.catalogue.describe_column(meant.column.id, text)
            call.output.row(
                lists.columns(meant.source, replace(meant.table, columns=(column,))),
                column_record(column, foreign_keys=meant.table.foreign_keys, profile=False),
            )
    call.output.say(f"{meant.full} is described in your words.")


def toggle(
    context: typer.Context,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="Its name; its source may stand in front.")],
) -> None:
    """Leave a table out of enrichment, or include it again."""
    call = Invocation.of(context)
    with call.session() as session:
        meant = place_of(table, session.catalogue.catalogue(profile=False), has_columns=False)
        toggled = session.catalogue.toggle_table(meant.table.id)
    call.output.row(lists.tables(replace(meant.source, tables=(toggled,))), table_record(toggled, profile=False))
    call.output.say(f"{meant.full} is {'part of' if toggled.is_enabled else 'left out of'} enrichment from now on.")


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
