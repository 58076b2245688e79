"""``worker``: a process that does the work of any run."""

import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Annotated, Any

import typer

from catalogctl.cli.exits import Exit
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.tree import Panel, command
from catalogctl.wiring.working import work


def build() -> Any:
    """The command."""
    return command(worker, name="worker", panel=Panel.SETUP)


def worker(
    context: typer.Context,
    *,
    until_idle: Annotated[bool, typer.Option("--until-idle", help="Leave once nothing runs.")] = False,
    concurrency: Annotated[
        int | None, typer.Option(min=1, max=64, metavar="N", help="Work on so many tables at once; as many as cores.")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Work on this source only; may be repeated.")
    ] = None,
    leashed: Annotated[
        bool, typer.Option("--leashed", hidden=True, help="Leave when standard input ends, as with its parent.")
    ] = False,
) -> int:
    """Do the work of any run in this store, until a signal; `serve` has a worker of its own.

    What is under way at a signal is given back for the next worker to do; a second signal is immediate.
    """
    call = Invocation.of(context, is_service=True, concurrency=concurrency)
    received: list[int] = []

    def on_stoppable(stop: Callable[[], None]) -> None:
        def on_signal(number: int, _frame: FrameType | None) -> None:
            if received:
                os._exit(128 + number)
            received.append(number)
            stop()

        signal.signal(signal.SIGINT, on_signal)
        signal.signal(signal.SIGTERM, on_signal)
        if not leashed:
            call.output.say(f"working on {call.settings.shown('store')}; Ctrl-C ends it")

    work(
        call.settings,
        sources=tuple(source or ()),
        until_idle=until_idle,
        is_leashed=leashed,
        on_stoppable=on_stoppable,
    )
    return 128 + received[0] if received else Exit.OK
