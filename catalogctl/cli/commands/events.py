"""``events``: the log itself, live."""

from contextlib import ExitStack
from enum import StrEnum
from typing import Annotated, Any

import typer

from catalogctl.cli.bookmark import Bookmark
from catalogctl.cli.exits import Exit
from catalogctl.cli.following import Following
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.loop import run_loop
from catalogctl.cli.tailing import Tail
from catalogctl.cli.tree import Panel, group


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
    cursor_file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Go on after the cursor in this file, and keep it there; --since begins it."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="End after so many events.")] = None,
) -> int:
    """Print events as they happen, one a line, until Ctrl-C; without --since from now on.

    With --cursor-file the next call goes on where this one ended, however it ended. The cursor moves after the lines
    were written out: a call that is killed in between leaves some to be printed again, so drop by `seq` what you have.
    """
    call = Invocation.of(context)
    with ExitStack() as held:
        bookmark = None if cursor_file is None else held.enter_context(Bookmark.held(cursor_file))
        session = held.enter_context(call.session())
        # Asked before following, which would try again for ever, so that a wrong address is told at once.
        session.catalogue.running_status()
        run_id = None if run is None else session.catalogue.find_run(run).run_id
        topics = [one.value for one in topic] if topic else None
        following = held.enter_context(Following(call, session))
        tail = Tail(call.output, bookmark=bookmark, limit=limit)

        async def body() -> None:
            place = since if bookmark is None or bookmark.cursor is None else str(bookmark.cursor)
            while (again := await tail.follow(following.items(since=place, topics=topics, run_id=run_id))) is not None:
                place = again

        run_loop(body, output=call.output)
    return Exit.OK
