"""``kpis``: the key figures, once or whenever they change."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from catalogctl.cli.exits import Exit
from catalogctl.cli.following import Following
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.loop import closing_stream, run_loop
from catalogctl.cli.output import Shape
from catalogctl.cli.tree import Panel, command
from catalogctl.domain.errors import CatalogctlError
from catalogctl.domain.events import Event, Lost, Reset
from catalogctl.domain.meaning import Kpi
from catalogctl.domain.meaning_records import kpi_record
from catalogctl.render import meanings
from catalogctl.render.measures import duration


def build() -> Any:
    """The command."""
    return command(kpis, name="kpis", panel=Panel.CATALOGUE)


def kpis(
    context: typer.Context,
    source: Annotated[str | None, typer.Argument(metavar="NAME", help="Only this registered source.")] = None,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", help="List them anew after every enrichment, until Ctrl-C.")
    ] = False,
) -> int:
    """List the key figures that enrichment has found, each with its trend; pipes and --json get the SQL too."""
    call = Invocation.of(context)
    with call.session() as session:
        # Read before the figures are, or what changes in between would never be shown.
        since = session.catalogue.running_status().seq if follow else 0
        found = session.catalogue.kpis(source=source)
        _show(call, found)
        if follow:
            with Following(call, session) as following:
                watch = _KpiWatch(call, following, found, source=source)
                run_loop(lambda: watch.from_now_on(since), output=call.output)
    return Exit.OK


def _show(call: Invocation, found: Sequence[Kpi]) -> None:
    call.output.listing(meanings.kpis(found), map(kpi_record, found))


class _KpiWatch:
    """Shows the key figures whenever they are others than those that were *shown*."""

    def __init__(self, call: Invocation, following: Following, shown: Sequence[Kpi], *, source: str | None) -> None:
        self._call = call
        self._following = following
        self._shown = shown
        self._source = source

    async def from_now_on(self, since: int) -> None:
        """Follow what is told of key figures; never ends by itself."""
        items = self._following.items(since=str(since), topics=["kpis"])
        async with closing_stream(items):
            async for item in items:
                if isinstance(item, Event):
                    if self._source in {None, item.decoded()["source"]}:
                        await self._renew(item)
                elif isinstance(item, Lost | Reset):
                    await self._renew(item)

    async def _renew(self, item: Event | Lost | Reset) -> None:
        try:
            found = await self._following.ask(lambda catalogue: catalogue.kpis(source=self._source))
        except (CatalogctlError, TimeoutError):
            if isinstance(item, Lost):
                self._call.output.say(f"connection lost: {item.reason}; trying again in {duration(item.delay)}")
            return
        if found == self._shown:
            return
        self._shown = found
        output = self._call.output
        if output.shape is Shape.TERMINAL:
            output.line(f"\n{output.eye().now.astimezone():%H:%M:%S}")
        _show(self._call, found)
