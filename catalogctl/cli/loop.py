"""Running the asynchronous part of a command: it ends at once on Ctrl-C, and when nobody reads its pipe any more."""

import asyncio
import select
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from types import FrameType
from typing import Any, TypeVar

from catalogctl.cli.exits import Exit
from catalogctl.cli.output import Output
from catalogctl.cli.pipes import ReaderGone

T = TypeVar("T")


def run_loop(body: Callable[[], Coroutine[Any, Any, T]], *, output: Output) -> T:
    """Run *body* to its end; what ends it early cancels it first, between two steps and not in the middle of one.

    Raises KeyboardInterrupt, SystemExit for SIGTERM, and ReaderGone even while there is nothing to write.
    """
    handler = signal.getsignal(signal.SIGTERM)
    try:
        return asyncio.run(_guarded(body, output))
    finally:
        # The loop has put its own in place and taken it away.
        signal.signal(signal.SIGTERM, handler)


def on_signal(number: int, act: Callable[[], object], *, otherwise: BaseException, output: Output) -> None:
    """Have the loop do *act* when the signal comes; *otherwise* is raised where no loop goes on, in the middle of a
    write for a reader that takes nothing.
    """
    has_raised = False

    def handle(_number: int, _frame: FrameType | None) -> None:
        nonlocal has_raised
        if output.is_stuck:
            has_raised = True
            raise otherwise

    with suppress(NotImplementedError):  # Where signals are not the loop's business they raise as usual.
        asyncio.get_running_loop().add_signal_handler(number, lambda: None if has_raised else act())
        # In the place of the loop's own, which does nothing: it learns of signals by other means.
        signal.signal(number, handle)


@contextmanager
def _interruptible(output: Output) -> Iterator[None]:
    """Let Ctrl-C do what it does, and end a write for a reader that takes nothing too."""
    usual = signal.getsignal(signal.SIGINT)

    def handle(number: int, frame: FrameType | None) -> None:
        if output.is_stuck:
            raise KeyboardInterrupt
        if callable(usual):
            usual(number, frame)

    if not callable(usual):
        yield
        return
    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is handle:
            signal.signal(signal.SIGINT, usual)


async def _guarded(body: Callable[[], Coroutine[Any, Any, T]], output: Output) -> T:
    pipe = output.pipe
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

    end = SystemExit(Exit.TERMINATED)
    on_signal(signal.SIGTERM, partial(leave, end), otherwise=end, output=output)
    if pipe is not None:
        # A pipe that is only written to becomes "readable" when its other end is closed.
        loop.add_reader(pipe, look, pipe)
    try:
        with _interruptible(output):
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
