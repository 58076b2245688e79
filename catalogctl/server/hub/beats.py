"""Heartbeats for all streams from one timer."""

from collections.abc import Callable, Iterator

from catalogctl.server.hub.gauges import Gauges
from catalogctl.server.hub.stream import Stream
from catalogctl.sse.frames import HEARTBEAT

SLOTS = 10


class Beats:
    """Every open stream, in ten slots that beat one after the other, so that no moment has to write to all.

    A stream that was busy at *patience* beats on end, without having finished one write between, is let go at the last
    of them. One whose ``beats_left`` come to their end is given to *retire*.
    """

    def __init__(self, *, patience: int, gauges: Gauges, retire: Callable[[Stream], None]) -> None:
        self._patience = patience
        self._retire = retire
        self._gauges = gauges
        self._slots: tuple[set[Stream], ...] = tuple(set() for _ in range(SLOTS))
        self._next = 0

    def __iter__(self) -> Iterator[Stream]:
        return (stream for slot in self._slots for stream in tuple(slot))

    def add(self, stream: Stream) -> None:
        """The stream is open."""
        # Not by its hash: that is its address, and objects of one size stand in some of the slots only.
        min(self._slots, key=len).add(stream)

    def discard(self, stream: Stream) -> None:
        """The stream is closed."""
        for slot in self._slots:
            slot.discard(stream)

    def beat(self) -> None:
        """Let the next slot beat."""
        for stream in tuple(self._slots[self._next]):
            stream.beats_left -= 1
            if not stream.beats_left:
                self._retire(stream)
            if not stream.is_busy:
                stream.write(HEARTBEAT)
                continue
            stream.beats_missed += 1
            if stream.beats_missed >= self._patience:
                self._gauges.stalls += 1
                stream.abort()
        self._next = (self._next + 1) % SLOTS
