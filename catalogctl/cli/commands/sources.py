"""``sources``: the databases and folders that are catalogued."""

import shlex
from typing import Annotated, Any

import typer

from catalogctl.cli import arguments
from catalogctl.cli.exits import Exit
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.tree import Panel, group
from catalogctl.domain.catalogue_records import check_record, source_record
from catalogctl.domain.sources import is_url
from catalogctl.render import listings

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name under which it is registered.")]


def build() -> Any:
    """The group."""
    return group(
        "sources",
        help="Register databases and folders, try them, forget them.",
        panel=Panel.CATALOGUE,
        members={"add": add, "list": list_sources, "test": test, "remove": remove},
    )


def add(
    context: typer.Context,
    name: Name,
    location: Annotated[str, typer.Argument(metavar="URL|PATH", help="Where it lies.")],
) -> None:
    """Register a source: a SQLite or DuckDB file, a folder of CSV, Parquet or JSON, or a database URL.

    A password may stand in the URL; it is stored readable by you alone and never shown.
    """
    call = Invocation.of(context)
    with call.session() as session:
        place = location if is_url(location) else arguments.path_for(location, session)
        added = session.catalogue.add_source(place, name=name)
    call.output.row(listings.sources([added]), source_record(added))
    call.output.say(f"Source {added.name!r} is registered. Extract it: catalogctl extract {shlex.quote(added.name)}")


def list_sources(context: typer.Context) -> None:
    """List the registered sources."""
    call = Invocation.of(context)
    with call.session() as session:
        found = session.catalogue.sources()
    call.output.listing(listings.sources(found), map(source_record, found))


def test(context: typer.Context, name: Name) -> int:
    """Try whether a source can be opened and its tables listed."""
    call = Invocation.of(context)
    with call.session() as session:
        check = session.catalogue.test_source(name)
    call.output.verdict(name, check.message, is_ok=check.is_ok, record=check_record(check))
    return Exit.OK if check.is_ok else Exit.RUN_FAILED


def remove(context: typer.Context, name: Name) -> None:
    """Forget a source and its catalogue; the source itself is not touched."""
    call = Invocation.of(context)
    with call.session() as session:
        session.catalogue.remove_source(name)
    call.output.say(f"Source {name!r} and its catalogue are forgotten.")
