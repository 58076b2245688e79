"""The one reader of the log: it waits for the bell, or a little while, and hands on what is new."""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
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

    @property
    def is_news(self) -> bool:
        """False when everything is as it was at the look before."""
        return self.latest != self.since or self.is_gap or self.is_other_log


class Tail:
    """Looks when the bell rings, and every *interval* seconds anyway; each page goes to *deliver* in the event loop.

    It looks in a thread of its own, which the bell wakes: readers that catch up do not delay what is new, and the loop
    is left alone while nothing is.
    """

    def __init__(self, *, log: Log, notifier: Notifier, interval: float, deliver: Callable[[Look], None]) -> None:
        self._log = log
        self._notifier = notifier
        self._interval = interval
        self._deliver = deliver
        self._bell = threading.Event()
        self._is_taken = threading.Event()
        self._is_stopped = False
        # Whoever asks draws a number, and a look answers all numbers that were drawn before it began.
        self._drawn = 0
        self._asking: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._unsubscribe: Callable[[], None] | None = None

    async def start(self) -> LogPosition:
        """Begin at the end of the log, and say where that is. Raises StoreUnavailable."""
        # Subscribe before reading, or what commits in between waits for the next look.
        self._unsubscribe = self._notifier.subscribe(self._bell.set)
        self.position = await asyncio.to_thread(self._log.position)
        looking = threading.Thread(
            target=self._look_for_ever, args=(asyncio.get_running_loop(), self.position), name="tail", daemon=True
        )
        looking.start()
        return self.position

    def stop(self) -> None:
        """Look no more."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        self._is_stopped = True
        self._bell.set()
        self._is_taken.set()
        self._answer(self._drawn, Unavailable("the server is shutting down"))

    async def caught_up(self) -> None:
        """Return when everything that was committed before this call has been delivered. Raises StoreUnavailable.

        Calls that come together share a look.
        """
        answer = asyncio.get_running_loop().create_future()
        self._drawn += 1
        self._asking.append((self._drawn, answer))
        self._bell.set()
        await answer

    def _look_for_ever(self, loop: asyncio.AbstractEventLoop, position: LogPosition) -> None:
        epoch, seq, answered, is_failing = position.epoch, position.latest, 0, False
        with suppress(RuntimeError):  # The loop has been closed, and nobody is left to be told.
            while not self._is_stopped:
                self._bell.wait(self._interval)
                # Both before reading: what commits from here on rings again, and so does who asks.
                self._bell.clear()
                drawn = self._drawn
                try:
                    look = self._read(seq, epoch)
                except Exception as error:  # noqa: BLE001 - whatever it was, the next look may do better
                    _note(error, is_failing=is_failing)
                    is_failing = True
                    loop.call_soon_threadsafe(self._answer, drawn, error)
                    continue
                is_failing = False
                epoch, seq = look.position.epoch, look.latest
                if look.is_full:
                    self._hand_over(loop, look, answered)
                    self._bell.set()
                elif look.is_news or drawn > answered:
                    self._hand_over(loop, look, drawn)
                    answered = drawn

    def _hand_over(self, loop: asyncio.AbstractEventLoop, look: Look, drawn: int) -> None:
        """Have *look* delivered before the next: what comes meanwhile is delivered together, and nothing piles up."""
        self._is_taken.clear()
        if not self._is_stopped:
            loop.call_soon_threadsafe(self._take, look, drawn)
            self._is_taken.wait()

    def _take(self, look: Look, drawn: int) -> None:
        """In the loop: deliver *look*, and answer those who asked before it began."""
        error: Exception | None = None
        self.position = look.position
        try:
            if look.is_news and not self._is_stopped:
                self._deliver(look)
        except Exception as failure:  # noqa: BLE001 - the looks go on, and whoever waits for this one is told
            _note(error := failure, is_failing=False)
        self._is_taken.set()
        self._answer(drawn, error)

    def _answer(self, drawn: int, error: Exception | None) -> None:
        while self._asking and self._asking[0][0] <= drawn:
            _, answer = self._asking.popleft()
            if answer.done():
                continue
            if error is None:
                answer.set_result(None)
            else:
                answer.set_exception(error)

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


def _note(error: Exception, *, is_failing: bool) -> None:
    if not isinstance(error, Unavailable):
        _logger.error("reading the log failed", exc_info=error)
    elif not is_failing:
        _logger.warning("the log cannot be read, trying again: %s", error)
