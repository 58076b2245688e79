"""The threads in which the hub asks the store and the catalogue, which are synchronous, and the tasks that wait."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class Readers:
    """A few threads for many readers: whoever comes when all are busy waits its turn."""

    def __init__(self, *, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="hub")
        self._tasks: set[asyncio.Task[None]] = set()

    async def call(self, function: Callable[[], T]) -> T:
        """Run *function* in a thread; return or raise what it does."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task that ends with the hub at the latest."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """End all tasks; a call that is still running in a thread is left to itself."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)
