"""The log, live, straight from the store: for a terminal that needs no server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from catalogctl.domain.events import Advanced, Cursor, FeedItem, LogPosition, Reset
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
            if reset is not None or not isinstance(since, Cursor):
                yield Advanced(cursor)
            while True:
                look.clear()
                page = await asyncio.to_thread(self._page_after, cursor, topics, run_id)
                for item in page.items:
                    yield item
                cursor = page.cursor
                if page.is_full:
                    continue
                try:
                    await asyncio.wait_for(look.wait(), SAFETY_LOOK)
                except TimeoutError:
                    await asyncio.to_thread(self._housekeep)
        finally:
            unsubscribe()

    def _page_after(self, cursor: Cursor, topics: Collection[str] | None, run_id: str | None) -> "_Page":
        page = self._log.page_since(cursor.seq, limit=PAGE, topics=topics, run_id=run_id)
        if not page.position.holds(cursor):
            now = page.position.now
            return _Page(items=(_reset(str(cursor), page.position), Advanced(now)), cursor=now)
        reached = Cursor(epoch=cursor.epoch, seq=page.until)
        items: Sequence[FeedItem] = page.events
        if reached.seq > (page.events[-1] if page.events else cursor).seq:
            # What happened last was not wanted, and need not be looked through again.
            items = (*page.events, Advanced(reached))
        return _Page(items=items, cursor=reached, is_full=page.is_full)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What comes next, and the cursor after it; *is_full* when more may be there already."""

    items: Sequence[FeedItem]
    cursor: Cursor
    is_full: bool = False


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
    return position.now, _reset(str(since), position)


def _reset(requested: str, position: LogPosition) -> Reset:
    return Reset(requested=requested, earliest=position.pruned, latest=position.latest)
