"""The log, live, straight from the store: for a terminal that needs no server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import suppress
from functools import partial

from catalogctl.domain.events import Cursor, FeedItem, LogPosition, Reset
from catalogctl.domain.ports.catalogue import Feed
from catalogctl.domain.ports.notifier import Notifier
from catalogctl.domain.ports.store import Log

PAGE = 500
SAFETY_LOOK = 1.0


class StoreFeed(Feed):
    """A feed on a log and its bell; *housekeep* is called at each look that finds nothing."""

    def __init__(self, *, log: Log, notifier: Notifier, housekeep: Callable[[], object]) -> None:
        self._log = log
        self._notifier = notifier
        self._housekeep = housekeep

    async def follow(
        self, *, since: Cursor | str | None, topics: Collection[str] | None = None, run_id: str | None = None
    ) -> AsyncIterator[FeedItem]:
        """Events as the port promises them; there is no connection that could be lost."""
        loop = asyncio.get_running_loop()
        look = asyncio.Event()
        # Subscribe before reading, or what commits in between is lost until the next look.
        unsubscribe = self._notifier.subscribe(partial(_ring, loop, look))
        try:
            position = await asyncio.to_thread(self._log.position)
            cursor, reset = _start(since, position)
            if reset is not None:
                yield reset
            while True:
                look.clear()
                events = await asyncio.to_thread(
                    self._log.events_since, cursor.seq, limit=PAGE, topics=topics, run_id=run_id
                )
                for event in events:
                    cursor = Cursor(epoch=position.epoch, seq=event.seq)
                    yield event
                if len(events) == PAGE:
                    continue
                try:
                    await asyncio.wait_for(look.wait(), SAFETY_LOOK)
                except TimeoutError:
                    await asyncio.to_thread(self._housekeep)
        finally:
            unsubscribe()


def _ring(loop: asyncio.AbstractEventLoop, look: asyncio.Event) -> None:
    with suppress(RuntimeError):  # The loop has been closed since, and nobody looks any more.
        loop.call_soon_threadsafe(look.set)


def _start(since: Cursor | str | None, position: LogPosition) -> tuple[Cursor, Reset | None]:
    if since is None:
        return position.now, None
    if since == "earliest":
        return position.earliest, None
    cursor = since if isinstance(since, Cursor) else Cursor.parse(since, epoch=position.epoch)
    if position.holds(cursor):
        return cursor, None
    return position.now, Reset(requested=str(since), earliest=position.pruned, latest=position.latest)
