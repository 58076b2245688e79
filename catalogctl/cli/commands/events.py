"""``events``: the log itself, live."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from catalogctl.cli.exits import Exit
from catalogctl.cli.following import Following
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.loop import closing_stream, run_loop
from catalogctl.cli.output import Output, Shape
from catalogctl.cli.tree import Panel, group
from catalogctl.domain.events import Event, FeedItem, Lost, Reset
from catalogctl.render.lines import event_line
from catalogctl.render.measures import duration


class Topic(StrEnum):
    """What the log tells of."""

    JOBS = "jobs"
    STATUS = "status"
    KPIS = "kpis"
    CATALOG = "catalog"
    LLM = "llm"


def build() -> Any:
    """The group."""
    return group("events", help="Follow the log of events.", panel=Panel.WATCH, members={"tail": tail})


def tail(
    context: typer.Context,
    *,
    topic: Annotated[list[Topic] | None, typer.Option(help="Only events of this topic; may be repeated.")] = None,
    run: Annotated[str | None, typer.Option(metavar="RUN", help="Only events of this run.")] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="CURSOR", help="Begin after this number or `epoch-seq`, or with what is kept: `earliest`."
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="End after so many events.")] = None,
) -> int:
    """Print events as they happen, one a line, until Ctrl-C; without --since from now on."""
    call = Invocation.of(context)
    with call.session() as session:
        # Asked before following, which would try again for ever, so that a wrong address is told at once.
        session.catalogue.running_status()
        run_id = None if run is None else session.catalogue.find_run(run).run_id
        topics = [one.value for one in topic] if topic else None

        async def body() -> None:
            left = limit
            items = following.items(since=since, topics=topics, run_id=run_id)
            async with closing_stream(items):
                async for item in items:
                    _tell(call.output, item)
                    if left is not None and isinstance(item, Event):
                        left -= 1
                        if left == 0:
                            return

        with Following(call, session) as following:
            run_loop(body, output=call.output)
    return Exit.OK


def _tell(output: Output, item: FeedItem) -> None:
    is_json = output.shape is Shape.JSON
    if isinstance(item, Event):
        if is_json:
            output.json(item.encoded())
        else:
            output.line(event_line(item))
    elif isinstance(item, Reset):
        if is_json:
            output.record({"type": "events.reset", **item.record()})
        output.say(f"events after {item.requested} are not kept; going on after {item.latest}")
    elif isinstance(item, Lost):
        output.say(f"connection lost: {item.reason}; trying again in {duration(item.delay)}")
