"""``demo``: a sample shop, extracted and explained live, with nothing to set up."""

from pathlib import Path
from typing import Annotated, Any

import typer

from catalogctl.cli import arguments
from catalogctl.cli.exits import Exit
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.starting import start
from catalogctl.cli.tree import Panel, command
from catalogctl.domain.errors import InvalidInput
from catalogctl.domain.runs import RunKind
from catalogctl.domain.sources import is_url
from catalogctl.settings.places import default_store
from catalogctl.wiring.serving import ServeRequest, serve
from catalogctl.wiring.session import build_sample

_NEXT = """\
Try next:
  catalogctl catalog show {source}             its tables, and what they are for
  catalogctl catalog show {source} customers   one table, column by column
  catalogctl runs watch latest --json      the run again, event by event
  catalogctl kpis                          key figures, each with its SQL
  catalogctl questions                     what the data can answer
  catalogctl catalog search customer       find tables and columns by meaning
  catalogctl refresh YOUR-DATABASE         the same with your own
  catalogctl serve                         for browsers, scripts and machines"""


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
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="Its port; 0 takes a free one.")] = 8787,
) -> int:
    """Build a sample shop database, extract and enrich it live, and say what to try next."""
    call = Invocation.of(context)
    sample = arguments.absolute(str(path or _beside(call.settings.store)))
    _build(Path(sample))
    with call.session() as session:
        source = session.catalogue.add_source(arguments.path_for(sample, session))
        exit_code = start(call, session, RunKind.REFRESH, source=source.name)
        has_server = session.server
    if exit_code != Exit.OK:
        return exit_code
    call.output.say(_NEXT.format(source=source.name))
    if not serve_after:
        return Exit.OK
    if has_server is not None:
        call.output.say(f"The server runs already: {has_server}")
        return Exit.OK
    return serve(call.settings, ServeRequest(port=port), talk=call.output.say)


def _beside(store: str) -> Path:
    folder = default_store().parent if is_url(store) else Path(store).parent
    return folder / "demo" / "shop.db"


def _build(sample: Path) -> None:
    """Build the database unless it is there."""
    if sample.exists():
        return
    try:
        sample.parent.mkdir(parents=True, exist_ok=True)
        build_sample(sample)
    except OSError as error:
        raise InvalidInput(f"the sample cannot be written to {sample}: {error.strerror}", hint="--path FILE") from None
