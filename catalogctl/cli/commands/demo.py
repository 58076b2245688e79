"""``demo``: a sample shop, extracted live, with nothing to set up."""

from pathlib import Path
from typing import Annotated, Any

import typer

from catalogctl.cli import arguments
from catalogctl.cli.exits import Exit
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.starting import start
from catalogctl.cli.tree import Panel, command
from catalogctl.domain.runs import RunKind
from catalogctl.domain.sources import is_url
from catalogctl.settings.places import default_store
from catalogctl.wiring.processes import ServeRequest, serve
from catalogctl.wiring.session import build_sample

_NEXT = """\
Try next:
  catalogctl catalog show {source}             every table of it
  catalogctl catalog show {source} customers   the columns of one, and what is in them
  catalogctl runs watch latest --json      the run again, event by event
  catalogctl extract YOUR-DATABASE         the same with your own
  catalogctl serve                         the same for browsers, scripts and other machines"""


def build() -> Any:
    """The command."""
    return command(demo, name="demo", panel=Panel.WORK)


def demo(
    context: typer.Context,
    *,
    path: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the sample database here; beside the store by default.")
    ] = None,
    serve_after: Annotated[bool, typer.Option("--serve", help="Leave the server running afterwards.")] = False,
) -> int:
    """Build a sample shop database, extract it live, and say what to try next."""
    call = Invocation.of(context)
    sample = arguments.absolute(str(path)) if path is not None else str(_beside(call.settings.store))
    with call.session() as session:
        location = arguments.path_for(sample, session)
        if not Path(location).exists():
            build_sample(Path(location))
        source = session.catalogue.add_source(location)
        exit_code = start(call, session, RunKind.EXTRACTION, source=source.name)
        has_server = session.server
    if exit_code != Exit.OK:
        return exit_code
    call.output.say(_NEXT.format(source=source.name))
    if not serve_after:
        return Exit.OK
    if has_server is not None:
        call.output.say(f"The server runs already: {has_server}")
        return Exit.OK
    return serve(call.settings, ServeRequest(), talk=call.output.say)


def _beside(store: str) -> Path:
    folder = default_store().parent if is_url(store) else Path(store).parent
    return folder / "demo" / "shop.db"
