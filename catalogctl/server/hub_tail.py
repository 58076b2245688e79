"""The one reader of the log: it waits for the bell, or a little while, and hands on what is new."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from catalogctl.domain.errors import Unavailable
from catalogctl.domain.events import Event, LogPosition
from catalogctl.domain.ports.notifier import Notifier
from catalogctl.domain.ports.store import Log

PAGE = 1000

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was new: all events after *since* up to *latest*; *is_full* when there may be more already.

    *is_gap*: some before *since* were removed before they could be read. *is_other_log*: the store was exchanged,
    and *position* is where the one that is there now stands.
    """

    events: Sequence[Event]
    since: int
    latest: int
    position: LogPosition
    is_full: bool = False
    is_gap: bool = False
    is_other_log: bool = False


class Tail:
    """Looks when the bell rings, and every *interval* seconds anyway; each page goes to *deliver* in the event loop."""

    def __init__(self, *, log: Log, notifier: Notifier, interval: float, deliver: Callable[[Look], None]) -> None:
        self._log = log
        self._notifier = notifier
        self._interval = interval
        self._deliver = deliver
        self._rung = asyncio.Event()
        self._is_rung = False
        self._is_failing = False
        self._waiting: list[asyncio.Future[None]] = []
        # A thread of its own: readers that catch up must not delay what is new.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tail")
        self._task: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] | None = None

    async def start(self) -> LogPosition:
        """Begin at the end of the log, and say where that is. Raises StoreUnavailable."""
        loop = asyncio.get_running_loop()
        # Subscribe before reading, or what commits in between waits for the next look.
        self._unsubscribe = self._notifier.subscribe(lambda: self._ring(loop))
        self.position = await loop.run_in_executor(self._thread, self._log.position)
        self._seq = self.position.latest
        self._task = loop.create_task(self._look_for_ever())
        return self.position

    async def stop(self) -> None:
        """Look no more."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._settle(self._waiting, Unavailable("the server is shutting down"))
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def caught_up(self) -> None:
        """Return when everything that was committed before this call has been delivered. Raises StoreUnavailable.

        Calls that come together share a look.
        """
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        self._rung.set()
        await waiter

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._is_rung:
            self._is_rung = True
            with suppress(RuntimeError):  # The loop has been closed since, and nobody looks any more.
                loop.call_soon_threadsafe(self._rung.set)

    async def _look_for_ever(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._interval):
                    await self._rung.wait()
            # Both before reading: what commits from here on rings again.
            self._is_rung = False
            self._rung.clear()
            waiting, self._waiting = self._waiting, []
            try:
                await self._look()
            except asyncio.CancelledError:
                self._waiting += waiting
                raise
            except Exception as error:  # noqa: BLE001 - whatever it was, the next look may do better
                self._note_failure(error)
                self._settle(waiting, error)
            else:
                self._is_failing = False
                self._settle(waiting, None)

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        is_full = True
        while is_full:
            look = await loop.run_in_executor(self._thread, self._read, self._seq, self.position.epoch)
            is_full = look.is_full
            is_news = (look.latest, look.position.epoch) != (self._seq, self.position.epoch)
            self._seq = look.latest
            self.position = look.position
            if is_news:
                self._deliver(look)

    def _read(self, seq: int, epoch: str) -> Look:
        page = self._log.page_since(seq, limit=PAGE)
        now = page.position
        if now.epoch != epoch or now.latest < seq:
            return Look(events=[], since=now.latest, latest=now.latest, position=now, is_other_log=True)
        return Look(
            events=page.events,
            since=max(seq, now.pruned),
            latest=page.until,
            position=now,
            is_full=page.is_full,
            is_gap=now.pruned > seq,
        )

    def _note_failure(self, error: Exception) -> None:
        if not isinstance(error, Unavailable):
            _logger.error("reading the log failed", exc_info=error)
        elif not self._is_failing:
            _logger.warning("the log cannot be read, trying again: %s", error)
        self._is_failing = True

    @staticmethod
    def _settle(waiting: list[asyncio.Future[None]], error: Exception | None) -> None:
        for waiter in waiting:
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)
