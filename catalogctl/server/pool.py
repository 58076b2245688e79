"""The threads in which the catalogue is asked: the port is synchronous, and the event loop must never wait for it."""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from catalogctl.domain.errors import Overloaded

T = TypeVar("T")


class CallPool:
    """At most *threads* calls at a time and *waiting* more in line. Slow calls have half of the threads at most, and a
    line of their own that is as long: however many there are, the others go on.

    The threads are daemons: one that hangs in a source's driver must not keep a stopped server alive.
    """

    def __init__(self, *, threads: int, waiting: int = 200) -> None:
        self._threads = threads
        most_slow = max(1, threads // 2)
        self._line = _Line(threads + waiting)
        self._slow_line = _Line(most_slow + waiting)
        self._slow = asyncio.Semaphore(most_slow)
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._is_started = False

    async def call(self, function: Callable[[], T]) -> T:
        """Run *function* in a thread and return or raise what it does. Raises Overloaded when the line is full."""
        with self._line.place():
            return await self._submit(function)

    async def call_slowly(self, function: Callable[[], T]) -> T:
        """The same for what may take seconds, as reaching out to a source: quick calls always find a thread."""
        with self._slow_line.place():
            async with self._slow:
                return await self._submit(function)

    def close(self) -> None:
        """Let the threads end when they have done what they do."""
        for _ in range(self._threads if self._is_started else 0):
            self._work.put(None)

    def _submit(self, function: Callable[[], T]) -> asyncio.Future[T]:
        if not self._is_started:
            self._is_started = True
            for number in range(self._threads):
                threading.Thread(target=self._serve, name=f"call-{number}", daemon=True).start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._work.put(lambda: _run(function, future, loop))
        return future

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            work()
            del work  # or the last answer stays in memory until the next call


class _Line:
    """Those who are served and those who wait for it, *most* in all."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Be in it. Raises Overloaded when it is full."""
        if self._held >= self._most:
            raise Overloaded("the server has too much to do", hint="Try again in a moment.", data={"retry_after": 1})
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1


def _run(function: Callable[[], T], future: asyncio.Future[T], loop: asyncio.AbstractEventLoop) -> None:
    def settle(deliver: Callable[[], None]) -> None:
        if not future.done():
            deliver()

    if future.done():
        return  # Nobody waits any more.
    # A closed loop means that the server is gone: nobody waits for the answer.
    with suppress(RuntimeError):
        try:
            value = function()
        except BaseException as error:  # noqa: BLE001 - whatever it was, somebody waits for it
            failure = error
            loop.call_soon_threadsafe(settle, lambda: future.set_exception(failure))
        else:
            loop.call_soon_threadsafe(settle, lambda: future.set_result(value))
