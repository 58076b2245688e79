"""The hub: what is new in the log is encoded once and offered to channels, and streams take it when they can.

Nothing here polls for one client, and no client can make another wait.
"""

import asyncio
import math
import random
from dataclasses import dataclass
from typing import Any

from catalogctl.domain.errors import Unavailable
from catalogctl.domain.events import RUN_ENDS, LogPosition
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.domain.ports.notifier import Notifier
from catalogctl.domain.ports.store import Log
from catalogctl.server.hub.beats import SLOTS, Beats
from catalogctl.server.hub.boards import Boards
from catalogctl.server.hub.gauges import Gauges
from catalogctl.server.hub.log import LogChannel, Logs, Selection
from catalogctl.server.hub.places import Capacity, Limits, Places
from catalogctl.server.hub.readers import Readers
from catalogctl.server.hub.recent import Recent, encode
from catalogctl.server.hub.shelf import Shelf
from catalogctl.server.hub.snapshots import SnapshotChannel
from catalogctl.server.hub.stream import Channel, Stream
from catalogctl.server.hub.tail import Look, Tail
from catalogctl.sse import frames

THREADS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often the hub does what, in seconds.

    *look* is the longest time between two looks at the log. *stall* is how long a reader may take nothing before it
    is let go, to a beat; where the kernel can be told to cut such connections, it mostly does so before, and more
    thoroughly. *age* is the most that a stream may last, None for no end; each ends in the second half of it, at a beat
    of its own. *grace* is how long a drain waits for readers. The reconnection delay that readers are told is *retry*
    milliseconds, at an end that the server chose anything within *farewell_retry*.
    """

    look: float = 1.0
    heartbeat: float = 13.0
    stall: float = 50.0
    age: float | None = None
    grace: float = 1.0
    retry: int = 2000
    farewell_retry: tuple[int, int] = (1000, 5000)

    @property
    def beat(self) -> float:
        """The time between two beats of a stream, in which its age is counted and of which that has at least four."""
        return self.heartbeat if self.age is None else min(self.heartbeat, self.age / 4)

    @property
    def patience(self) -> int:
        """At which beat in a row a reader that takes nothing is let go."""
        return round(self.stall / self.beat)

    def lifetime(self, rng: random.Random) -> int:
        """How many beats a stream may last; the first comes at any moment up to a whole interval. 0 for no end."""
        if self.age is None:
            return 0
        beats = self.age / self.beat
        return rng.randint(math.ceil(beats / 2) + 1, int(beats))


class Hub:
    """Every stream of a server. All methods belong to the event loop in which it was started."""

    def __init__(
        self,
        *,
        log: Log,
        catalogue: Catalogue,
        notifier: Notifier,
        pace: Pace | None = None,
        limits: Limits | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self.pace = pace or Pace()
        self.gauges = Gauges()
        self._capacity = Capacity(limits or Limits(), gauges=self.gauges)
        self._rng = rng or random.Random()  # noqa: S311 - it spreads reconnections and guards nothing
        self._recent = Recent()
        self._readers = Readers(threads=THREADS)
        self._tail = Tail(log=log, notifier=notifier, interval=self.pace.look, deliver=self._deliver)
        self._beats = Beats(patience=self.pace.patience, gauges=self.gauges, retire=self._retire)
        self._boards = Boards(
            catalogue=catalogue,
            recent=self._recent,
            readers=self._readers,
            gauges=self.gauges,
            pause=self.pace.look,
        )
        self._logs = Logs(log=log, recent=self._recent, readers=self._readers, gauges=self.gauges, pause=self.pace.look)
        self._timer: asyncio.TimerHandle | None = None
        self._emptied = asyncio.Event()
        self._is_draining = False

    @property
    def latest(self) -> int:
        """The number of the newest event that streams are given."""
        return self._recent.latest

    async def start(self) -> None:
        """Begin to look at the log. Raises StoreUnavailable."""
        position = await self._tail.start()
        self._recent.restart(position.epoch, position.latest)
        self._set_timer()

    async def drain(self) -> None:
        """Refuse new streams, and end each open one cleanly, told to come back at a moment of its own.

        Returns when all are gone. Readers that took nothing within the grace are let go: their connections are then
        closing, and cutting off those that still hold unsent bytes is the server's business.
        """
        self._is_draining = True
        self._emptied.clear()
        self._finish_all()
        if not self.gauges.open:
            return
        try:
            await asyncio.wait_for(self._emptied.wait(), self.pace.grace)
        except TimeoutError:
            for stream in self._beats:
                stream.abort()
            await self._emptied.wait()

    async def stop(self) -> None:
        """Look no more; streams that are still open receive nothing further."""
        if self._timer is not None:
            self._timer.cancel()
        self._tail.stop()
        await self._readers.close()

    def admit(self, client: str) -> Places:
        """Keep a place for a stream of *client*; to be given back. Raises Unavailable, Overloaded, TooManyStreams."""
        self._check_open()
        return self._capacity.take(client)

    def dismiss(self, places: Places) -> None:
        """Give back what ``admit`` gave."""
        self._capacity.give_back(places)

    async def subscribe(self, channel: SnapshotChannel) -> SnapshotChannel:
        """The live channel at the address of *channel*, which becomes it if there is none. To be released.

        What it shows is not older than this call. Raises Unavailable when draining, and what reading the state raises.
        """
        self._check_open()
        live = await self._boards.open(channel)
        try:
            await self._tail.caught_up()
            await self._boards.settle(live)
        except BaseException:
            self._boards.release(live)
            raise
        return live

    def select(self, selection: Selection) -> LogChannel:
        """The channel of the log with this selection. To be released. Raises Unavailable when draining."""
        self._check_open()
        return self._logs.open(selection)

    def release(self, channel: Channel) -> None:
        """Give back what ``subscribe`` or ``select`` gave."""
        self._home(channel).release(channel)

    async def position(self) -> LogPosition:
        """What the log holds, not older than this call. Raises StoreUnavailable."""
        await self._tail.caught_up()
        return self._tail.position

    def enter(self, stream: Stream, *, places: Places, first: bytes) -> None:
        """The stream is open and takes part from now on, *first* being its first bytes.

        Its channel and its place are the hub's to give back, once it was told that the stream has left.
        """
        stream.places = places
        stream.beats_left = self.pace.lifetime(self._rng)
        stream.channel.streams.add(stream)
        self._beats.add(stream)
        self.gauges.streams[stream.channel.kind] += 1
        stream.begin(frames.retry(self.pace.retry) + first)
        if self._is_draining or not self._home(stream.channel).holds(stream.channel):
            stream.finish(self._farewell())

    def leave(self, stream: Stream) -> None:
        """The stream is closed."""
        stream.channel.forget(stream)
        self._beats.discard(stream)
        self.gauges.streams[stream.channel.kind] -= 1
        self.release(stream.channel)
        self.dismiss(stream.places)
        if not self.gauges.open:
            self._emptied.set()

    def _deliver(self, look: Look) -> None:
        """Offer what is new to every channel that wants it."""
        if look.is_other_log:
            self._start_over(look.position)
            return
        if look.is_gap:
            self._recent.restart(look.position.epoch, look.since)
            self._boards.read_anew()
        added = [encode(event, self._recent.epoch) for event in look.events]
        self._recent.add(added, latest=look.latest)
        self.gauges.finished.update(event.type.removeprefix("run.") for event in look.events if event.type in RUN_ENDS)
        changed = self._boards.tell(look.events)
        for channel in (*changed, *self._logs.wanting(added)):
            channel.wake()
        for board in changed:
            board.trim()

    def _start_over(self, position: LogPosition) -> None:
        """The store is another one now, or an older copy: readers come back and learn where they stand."""
        self._recent.restart(position.epoch, position.latest)
        self._boards.forget_all()
        self._logs.forget_all()
        self._finish_all()

    def _finish_all(self) -> None:
        for stream in self._beats:
            stream.finish(self._farewell())

    def _retire(self, stream: Stream) -> None:
        self.gauges.rotations += 1
        stream.finish(self._farewell())

    def _farewell(self) -> bytes:
        return frames.retry(self._rng.randint(*self.pace.farewell_retry)) + b"\n"

    def _check_open(self) -> None:
        if self._is_draining:
            self.gauges.refused["draining"] += 1
            raise Unavailable("the server is shutting down", hint="Try again in a moment.")

    def _home(self, channel: Channel) -> Shelf[Any]:
        return self._boards if isinstance(channel, SnapshotChannel) else self._logs

    def _set_timer(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self.pace.beat / SLOTS, self._tick)

    def _tick(self) -> None:
        self._set_timer()
        self._beats.beat()
        self._logs.tell()
