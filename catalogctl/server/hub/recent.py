"""The newest part of the log, each event encoded once for every stream that wants it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from catalogctl.domain.events import Event
from catalogctl.sse import frames

BYTES_KEPT = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class LogFrame:
    """An event as it is sent."""

    seq: int
    topic: str
    run_id: str | None
    data: bytes


def encode(event: Event, epoch: str) -> LogFrame:
    """The frame of an event in the log *epoch*."""
    data = frames.message(event.encoded(), id_=f"{epoch}-{event.seq}", event=event.type)
    return LogFrame(event.seq, event.topic, event.run_id, data)


class Recent:
    """All events of the log *epoch* after *base* up to *latest*, within *limit* bytes."""

    __slots__ = ("_frames", "_limit", "_seqs", "_size", "base", "epoch", "latest")

    def __init__(self, *, limit: int = BYTES_KEPT) -> None:
        self._limit = limit
        self.restart("", 0)

    def restart(self, epoch: str, seq: int) -> None:
        """Forget everything and go on after *seq*."""
        self._frames: list[LogFrame] = []
        self._seqs: list[int] = []
        self._size = 0
        self.epoch = epoch
        self.base = seq
        self.latest = seq

    def add(self, added: Sequence[LogFrame], *, latest: int) -> None:
        """Append what follows, up to and with *latest*; the oldest go, but never one of *added*."""
        earlier = len(self._frames)
        self._frames.extend(added)
        self._seqs.extend(frame.seq for frame in added)
        self._size += sum(len(frame.data) for frame in added)
        self.latest = latest
        if self._size > self._limit:
            self._forget(earlier)

    def after(self, seq: int) -> Sequence[LogFrame]:
        """All frames after *seq*, which must not be below *base*."""
        return self._frames[bisect_right(self._seqs, seq) :]

    def _forget(self, most: int) -> None:
        count = 0
        # Down to half, so that the lists are not moved for every event.
        while count < most and self._size > self._limit // 2:
            self._size -= len(self._frames[count].data)
            count += 1
        if count:
            self.base = self._seqs[count - 1]
            del self._frames[:count], self._seqs[:count]
