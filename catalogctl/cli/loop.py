"""Running the asynchronous part of a command: it ends at once on Ctrl-C, and when nobody reads its pipe any more."""

import asyncio
import select
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from catalogctl.cli.output import Output, ReaderGone

T = TypeVar("T")


def run_loop(body: Callable[[], Coroutine[Any, Any, T]], *, output: Output) -> T:
    """Run *body* to its end. Raises KeyboardInterrupt, and ReaderGone even while there is nothing to write."""

    async def guarded() -> T:
        loop = asyncio.get_running_loop()
        me = asyncio.current_task()
        pipe = output.pipe
        is_gone = False

        def look() -> None:
            nonlocal is_gone
            assert pipe is not None  # noqa: S101 - only then is this called
            loop.remove_reader(pipe)
            if _has_no_reader(pipe) and me is not None:
                is_gone = True
                me.cancel()

        if pipe is not None:
            # A pipe that is only written to becomes "readable" when its other end is closed.
            loop.add_reader(pipe, look)
        try:
            return await body()
        except asyncio.CancelledError:
            if is_gone:
                raise ReaderGone from None
            raise
        finally:
            if pipe is not None:
                loop.remove_reader(pipe)

    return asyncio.run(guarded())


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
