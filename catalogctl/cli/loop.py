"""Running the asynchronous part of a command: it ends at once on Ctrl-C, and when nobody reads its pipe any more."""

import asyncio
import select
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from catalogctl.cli.exits import Exit
from catalogctl.cli.output import Output, ReaderGone

T = TypeVar("T")


def run_loop(body: Callable[[], Coroutine[Any, Any, T]], *, output: Output) -> T:
    """Run *body* to its end; what ends it early cancels it first, between two steps and not in the middle of one.

    Raises KeyboardInterrupt, SystemExit for SIGTERM, and ReaderGone even while there is nothing to write.
    """
    handler = signal.getsignal(signal.SIGTERM)
    try:
        return asyncio.run(_guarded(body, output.pipe))
    finally:
        # The loop has put its own in place and taken it away.
        signal.signal(signal.SIGTERM, handler)


async def _guarded(body: Callable[[], Coroutine[Any, Any, T]], pipe: int | None) -> T:
    loop = asyncio.get_running_loop()
    me = asyncio.current_task()
    reasons: list[BaseException] = []

    def leave(reason: BaseException) -> None:
        reasons.append(reason)
        if me is not None:
            me.cancel()

    def look(pipe: int) -> None:
        loop.remove_reader(pipe)
        if _has_no_reader(pipe):
            leave(ReaderGone())

    with suppress(NotImplementedError):  # Where signals are not the loop's business they raise as usual.
        loop.add_signal_handler(signal.SIGTERM, leave, SystemExit(Exit.TERMINATED))
    if pipe is not None:
        # A pipe that is only written to becomes "readable" when its other end is closed.
        loop.add_reader(pipe, look, pipe)
    try:
        return await body()
    except asyncio.CancelledError:
        if reasons:
            raise reasons[0] from None
        raise
    finally:
        if pipe is not None:
            loop.remove_reader(pipe)


def _has_no_reader(pipe: int) -> bool:
    # A pipe that was opened in both directions is readable for other reasons.
    poll = select.poll()
    poll.register(pipe, 0)
    return any(events & select.POLLERR for _, events in poll.poll(0))


@asynccontextmanager
async def closing_stream(stream: AsyncIterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """End *stream* with the block, also when it is left in the middle."""
    try:
        yield stream
    finally:
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()
