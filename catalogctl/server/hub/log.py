"""The log as streams show it: the newest events from memory, older ones from the store, nothing left out."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial

from catalogctl.domain.errors import Unavailable
from catalogctl.domain.events import TOPICS, Cursor, Reset, compact_json
from catalogctl.domain.ports.store import Log
from catalogctl.server.hub.gauges import Gauges
from catalogctl.server.hub.readers import Readers
from catalogctl.server.hub.recent import LogFrame, Recent, encode
from catalogctl.server.hub.shelf import Shelf
from catalogctl.server.hub.stream import Channel, Stream
from catalogctl.sse import frames

CHUNK = 64 * 1024
CUTS_KEPT = 8
PAGE = 128

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which events a stream wants."""

    topics: frozenset[str] = frozenset(TOPICS)
    run_id: str | None = None

    @property
    def is_everything(self) -> bool:
        """True when nothing is filtered out."""
        return self.run_id is None and len(self.topics) == len(TOPICS)

    def wants(self, frame: LogFrame) -> bool:
        """True for an event that this stream is to receive."""
        return frame.topic in self.topics and (self.run_id is None or frame.run_id == self.run_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Bytes for one reader, and its cursor after them; *is_reset* when it had fallen out of the log."""

    data: bytes
    seq: int
    is_reset: bool = False


class LogChannel(Channel):
    """All streams with the same selection. The cursor of a stream is the last id that it was told."""

    __slots__ = ("_cuts", "_cuts_of", "_fetch", "_fetching", "_gauges", "_pages", "_recent", "_told", "selection")

    kind = "log"

    def __init__(
        self, selection: Selection, *, recent: Recent, gauges: Gauges, fetch: Callable[["LogChannel", Stream], None]
    ) -> None:
        super().__init__()
        self.selection = selection
        self._recent = recent
        self._gauges = gauges
        self._fetch = fetch
        self._told = recent.latest
        self._fetching: set[Stream] = set()
        self._pages: dict[Stream, Page] = {}
        self._cuts: dict[int, tuple[bytes | None, int]] = {}
        self._cuts_of = (0, 0)

    @property
    def key(self) -> Selection:
        return self.selection

    def take(self, stream: Stream) -> bytes | None:
        if stream in self._fetching:
            return None
        page = self._pages.pop(stream, None)
        if page is not None:
            stream.cursor = page.seq
            return page.data
        if stream.cursor >= self._recent.latest:
            return None
        if stream.cursor < self._recent.base:
            self._fetching.add(stream)
            self._fetch(self, stream)
            return None
        chunk, stream.cursor = self._cut_after(stream.cursor)
        return chunk

    def hand_over(self, stream: Stream, page: Page | None) -> None:
        """Give a stream that is behind what was read for it; with None it asks again."""
        self._fetching.discard(stream)
        if stream in self.streams:
            if page is not None:
                self._gauges.resets += page.is_reset
                self._pages[stream] = page
            stream.wake()

    def forget(self, stream: Stream) -> None:
        super().forget(stream)
        self._fetching.discard(stream)
        self._pages.pop(stream, None)

    def tell(self) -> None:
        """Let readers know how far the log has come, if events that they did not want have moved it."""
        if not self.selection.is_everything and self._told != self._recent.latest:
            self._told = self._recent.latest
            self.wake()

    def _cut_after(self, cursor: int) -> tuple[bytes | None, int]:
        """What comes after *cursor* and the cursor after that, put together once for all streams that stand there."""
        state = (self._recent.latest, self._told)
        if self._cuts_of != state or len(self._cuts) == CUTS_KEPT:
            self._cuts_of = state
            self._cuts.clear()
        if (cut := self._cuts.get(cursor)) is None:
            cut = self._cuts[cursor] = self._put_together(cursor)
        return cut

    def _put_together(self, cursor: int) -> tuple[bytes | None, int]:
        parts: list[bytes] = []
        size = 0
        for frame in filter(self.selection.wants, self._recent.after(cursor)):
            parts.append(frame.data)
            size += len(frame.data)
            cursor = frame.seq
            if size >= CHUNK:
                break
        if parts:
            return (parts[0] if len(parts) == 1 else b"".join(parts)), cursor
        if self._told > cursor:
            return frames.mark(f"{self._recent.epoch}-{self._told}"), self._told
        return None, cursor


class Logs(Shelf[LogChannel]):
    """The channels of the log, and the way back into the store for streams that are behind."""

    def __init__(self, *, log: Log, recent: Recent, readers: Readers, gauges: Gauges, pause: float) -> None:
        super().__init__()
        self._log = log
        self._recent = recent
        self._readers = readers
        self._gauges = gauges
        self._pause = pause

    def open(self, selection: Selection) -> LogChannel:
        """The channel with this selection. To be released."""
        return self.hold(LogChannel(selection, recent=self._recent, gauges=self._gauges, fetch=self._fetch))

    def wanting(self, added: Iterable[LogFrame]) -> list[LogChannel]:
        """The channels that want at least one of *added*."""
        sorts = {(frame.topic, frame.run_id): frame for frame in added}.values()
        return [channel for channel in self._channels.values() if any(map(channel.selection.wants, sorts))]

    def tell(self) -> None:
        """Let every reader know how far the log has come."""
        for channel in tuple(self._channels.values()):
            channel.tell()

    def _fetch(self, channel: LogChannel, stream: Stream) -> None:
        self._readers.spawn(self._fetch_page(channel, stream))

    async def _fetch_page(self, channel: LogChannel, stream: Stream) -> None:
        cursor = Cursor(epoch=self._recent.epoch, seq=stream.cursor)
        reading = partial(read_page, self._log, cursor, channel.selection)
        try:
            page = await self._readers.call(reading)
        except Unavailable:
            # A store that is away for a moment is no reason to send readers away.
            await asyncio.sleep(self._pause)
            channel.hand_over(stream, None)
        except Exception:
            _logger.exception("a log stream cannot go on")
            stream.finish()
        else:
            channel.hand_over(stream, page)


def read_page(log: Log, cursor: Cursor, selection: Selection) -> Page:
    """Read on from the store for a reader that stands at *cursor*.

    About CHUNK bytes at most, or one event that is larger. Runs in a worker thread.
    """
    topics: Collection[str] | None = None if selection.topics == frozenset(TOPICS) else selection.topics
    page = log.page_since(cursor.seq, limit=PAGE, topics=topics, run_id=selection.run_id)
    position = page.position
    if not position.holds(cursor):
        reset = Reset(requested=str(cursor), earliest=position.pruned, latest=position.latest)
        return Page(data=reset_frame(reset, position.epoch), seq=position.latest, is_reset=True)
    parts: list[bytes] = []
    size = 0
    seq = cursor.seq
    for event in page.events:
        frame = encode(event, cursor.epoch)
        parts.append(frame.data)
        size += len(frame.data)
        seq = event.seq
        if size >= CHUNK:
            break
    else:
        if page.until > seq:
            seq = page.until
            parts.append(frames.mark(f"{cursor.epoch}-{seq}"))
    return Page(data=b"".join(parts), seq=seq)


def reset_frame(reset: Reset, epoch: str) -> bytes:
    """The frame that tells a reader that events are missing, and where it goes on from."""
    return frames.message(compact_json(reset.record()), id_=f"{epoch}-{reset.latest}", event="reset")
