"""``catalog``: read what was found, search it, and write what you know of it."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any

import typer

from catalogctl.cli import arguments
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.naming import Place, place_of, profiled_place
from catalogctl.cli.output import Shape
from catalogctl.cli.tree import Panel, group
from catalogctl.domain.catalogue import Datasource
from catalogctl.domain.catalogue_records import column_record, datasource_record, table_record
from catalogctl.domain.events import compact_json
from catalogctl.domain.meaning_records import hit_record
from catalogctl.render import catalogue as lists
from catalogctl.render import meanings
from catalogctl.render.catalogue_facts import column_facts
from catalogctl.render.details import tab_separated
from catalogctl.render.dictionary import as_markdown
from catalogctl.render.export import as_csv, indented_json


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
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A source, a table, or a column: SOURCE, TABLE, TABLE.COLUMN."),
    ] = None,
    member: Annotated[
        str | None, typer.Argument(metavar="MEMBER", help="A table, or a column, of the source that NAME is.")
    ] = None,
) -> None:
    """Show the tables of the catalogue, the columns of one table with what is in them, or all of one column.

    The source may stand in front of its tables and columns: SOURCE.TABLE, SOURCE.TABLE.COLUMN.
    """
    call = Invocation.of(context)
    with call.session() as session:
        catalogue = session.catalogue
        if name is None or (member is None and any(source.name == name for source in catalogue.sources())):
            _show_tables(call, catalogue.catalogue(source=name), source=name)
        else:
            _show_place(call, profiled_place(name if member is None else f"{name}.{member}", catalogue))


def _show_place(call: Invocation, place: Place) -> None:
    if place.column is not None:
        facts = column_facts(replace(place.source, tables=(place.table,)), place.table, place.column)
        call.output.present(
            record=column_record(place.column, foreign_keys=place.table.foreign_keys),
            lines=tab_separated(facts),
            draw=lambda terminal: terminal.facts(facts),
        )
    else:
        record = datasource_record(replace(place.source, tables=(place.table,)))
        call.output.listing(lists.columns(place.source, place.table), (record,))


def _say_if_empty(call: Invocation, found: Sequence[Datasource], *, source: str | None) -> None:
    if not any(datasource.tables for datasource in found):
        call.output.say(f"The catalogue is empty. Fill it: catalogctl extract {source or 'SOURCE'}")


def _show_tables(call: Invocation, found: Sequence[Datasource], *, source: str | None) -> None:
    if call.output.shape is Shape.JSON:
        for datasource in found:
            call.output.record(datasource_record(datasource))
        return
    _say_if_empty(call, found, source=source)
    for position, datasource in enumerate(datasource for datasource in found if datasource.tables):
        if position and call.output.shape is Shape.TERMINAL:
            call.output.line("")
        call.output.listing(lists.tables(datasource), ())


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
    """Write the catalogue to standard output as a document.

    Of columns with personal data csv and md hold no value; json is the whole record.
    """
    call = Invocation.of(context)
    with call.session() as session:
        found = session.catalogue.catalogue(source=source, profile=profile)
    _say_if_empty(call, found, source=source)
    if call.output.shape is Shape.JSON or form is Format.JSON:
        document = {"catalog": [datasource_record(datasource, profile=profile) for datasource in found]}
        call.output.json(compact_json(document) if call.output.shape is Shape.JSON else indented_json(document))
        return
    for line in as_csv(found) if form is Format.CSV else as_markdown(found):
        call.output.line(line)
