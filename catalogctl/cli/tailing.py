"""The log, passed on line by line: written out together as it comes together, and remembered once written out."""

import asyncio
from collections.abc import AsyncIterator, Callable

from catalogctl.cli.bookmark import Bookmark
from catalogctl.cli.loop import closing_stream
from catalogctl.cli.output import Output, Shape
from catalogctl.domain.events import Advanced, Cursor, Event, FeedItem, Lost, Reset
from catalogctl.render.lines import event_line
from catalogctl.render.measures import duration

_PACE = 0.1


class Tail:
    """Prints a feed. *limit* is after how many events it is over, None for never.

    Where *bookmark* is given it is moved on after the lines up to there were written out, at most every 100 ms: who is
    killed in between prints some again the next time, and misses none.
    """

    def __init__(self, output: Output, *, bookmark: Bookmark | None, limit: int | None) -> None:
        self._output = output
        self._bookmark = bookmark
        self._left = limit
        self._epoch: str | None = None
        self._seq = 0
        self._reset: Reset | None = None
        self._written: Cursor | None = None
        self._next_move = 0.0
        self._writing: asyncio.Handle | None = None
        self._remembering: asyncio.Handle | None = None
        self._failure: Exception | None = None
        self._me: asyncio.Task[object] | None = None
        if bookmark is not None:
            output.begin_line()

    async def follow(self, items: AsyncIterator[FeedItem]) -> str | None:
        """Print *items*; answers the cursor from which it wants to go on anew, None at the limit.

        Raises InvalidCursor when they come from another log than the bookmark, and Unavailable when that cannot be
        moved.
        """
        self._me = asyncio.current_task()
        try:
            async with closing_stream(items):
                async for item in items:
                    place = self._take(item)
                    if place is not None or self._left == 0:
                        return place
                    self._write_out_soon()
        except asyncio.CancelledError:
            if self._failure is None:
                raise
            raise self._failure from None
        finally:
            self._stop_waiting()
            if self._failure is None:
                self._write_out()
                self._remember()
        return None

    def _take(self, item: FeedItem) -> str | None:
        if isinstance(item, Event):
            self._seq = item.seq
            if self._output.shape is Shape.JSON:
                self._output.json(item.encoded(), flush=False)
            else:
                self._output.line(event_line(item), flush=False)
            if self._left is not None:
                self._left -= 1
        elif isinstance(item, Advanced):
            return self._stand_at(item.cursor)
        elif isinstance(item, Reset):
            # Told together with the place that follows.
            self._reset = item
        elif isinstance(item, Lost):
            self._output.say(f"connection lost: {item.reason}; trying again in {duration(item.delay)}")
        return None

    def _stand_at(self, cursor: Cursor) -> str | None:
        if self._bookmark is not None:
            self._bookmark.check_log(cursor)
        reset, self._reset = self._reset, None
        again = None
        if reset is not None:
            if _has_more(reset, cursor.epoch):
                cursor = Cursor(epoch=cursor.epoch, seq=reset.earliest)
                again = str(cursor)
            if self._output.shape is Shape.JSON:
                self._output.record({"type": "events.reset", **reset.record()})
            self._output.say(f"events after {reset.requested} are not kept; going on after {cursor.seq}")
        self._epoch, self._seq = cursor.epoch, cursor.seq
        return again

    def _write_out_soon(self) -> None:
        """As soon as there is nothing more at hand: nobody waits, and what is there together is written together."""
        if self._writing is None:
            self._writing = asyncio.get_running_loop().call_soon(self._guarded, self._write_out_now)

    def _write_out_now(self) -> None:
        self._writing = None
        self._write_out()
        if self._bookmark is not None and self._remembering is None:
            loop = asyncio.get_running_loop()
            self._remembering = loop.call_at(self._next_move, self._guarded, self._remember)

    def _write_out(self) -> None:
        self._output.flush()
        if self._epoch is not None:
            self._written = Cursor(epoch=self._epoch, seq=self._seq)

    def _remember(self) -> None:
        self._remembering = None
        if self._bookmark is not None and self._written not in {None, self._bookmark.cursor}:
            self._output.sync()
            self._bookmark.move(self._written)
            self._next_move = asyncio.get_running_loop().time() + _PACE

    def _guarded(self, step: Callable[[], None]) -> None:
        """Do *step* for the loop, which would only log what goes wrong: whoever follows is to raise it."""
        try:
            step()
        except Exception as error:  # noqa: BLE001 - of every kind, raised where it is awaited
            self._failure = error
            if self._me is not None:
                self._me.cancel()

    def _stop_waiting(self) -> None:
        for handle in (self._writing, self._remembering):
            if handle is not None:
                handle.cancel()
        self._writing = self._remembering = None


def _has_more(reset: Reset, epoch: str) -> bool:
    """True when retention has removed some of what was asked for, and the rest of it can still be told."""
    former, _, seq = reset.requested.rpartition("-")
    return former in {"", epoch} and int(seq) < reset.earliest < reset.latest
