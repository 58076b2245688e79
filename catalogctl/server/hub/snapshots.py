"""Channels that show a present state: every change to readers that keep up, the newest state to those that do not."""

import asyncio
from abc import abstractmethod
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from catalogctl.domain.events import Event
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.server.hub.gauges import Gauges
from catalogctl.server.hub.stream import UNSEEN, Channel, Stream
from catalogctl.sse import frames

MESSAGES_KEPT = 8
BYTES_KEPT = 256 * 1024

Address = tuple[str, str | None]
"""A topic, and a run or None: the events that a channel hears."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What was read: JSON texts by key, as they were after the event *seq*."""

    seq: int
    texts: Mapping[int, str]
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A state as it is sent; *text* tells whether two are the same."""

    seq: int
    text: str
    frame: bytes


class SnapshotChannel(Channel):
    """A state that is encoded once at each change. Subclasses say what it is and which events change it.

    Events that come before the state has been read are kept, and applied to it if they are newer.
    """

    __slots__ = (
        "_early",
        "_end",
        "_epoch",
        "_floor",
        "_gauges",
        "_joined",
        "_last_seq",
        "_messages",
        "_seq",
        "_size",
        "is_stale",
        "loading",
        "texts",
    )

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[int, str] = {}
        self.is_stale = True
        self.loading: asyncio.Task[None] | None = None
        self._seq = 0
        self._epoch = ""
        self._gauges = Gauges()
        self._early: list[Event] | None = []
        self._messages: deque[Message] = deque()
        self._size = 0
        self._floor = 0
        self._end: Message | None = None
        self._last_seq = UNSEEN
        self._joined: dict[int, bytes] = {}

    @property
    @abstractmethod
    def key(self) -> Address:
        """Which events concern this channel."""

    @abstractmethod
    def read(self, catalogue: Catalogue) -> State:
        """Read the state, in a worker thread. Raises what the catalogue raises."""

    @abstractmethod
    def apply(self, event: Event) -> None:
        """Change the state as *event*, which is newer, says, then ``show`` or ``close`` it; or ``expire``, when the
        event does not say enough.
        """

    @abstractmethod
    def render(self) -> str:
        """The present state as the text of a message."""

    def fault(self, detail: str) -> bytes:  # noqa: ARG002 - for kinds that can say what went wrong
        """The last bytes of a stream that cannot go on."""
        return b""

    @property
    def has_state(self) -> bool:
        """True once there is something to show."""
        return bool(self._messages)

    def expire(self) -> None:
        """What is known is not all: keep the events that come, and show nothing more until the state is read anew."""
        self.is_stale = True
        self._early = []

    def expect(self) -> None:
        """The state is about to be read: what came before is in it, and what comes from now on is kept."""
        self.is_stale = False
        self._early = []

    def begin(self, state: State, *, epoch: str, gauges: Gauges) -> None:
        """Take the state that was read, and the events that came meanwhile."""
        early, self._early = self._early or [], None
        self._epoch = epoch
        self._gauges = gauges
        if state.seq >= self._seq:
            self.texts = dict(state.texts)
            self._seq = state.seq
            # The end has the id of the run's last event; the state before it needs a lower one, so that a
            # reader that was cut off between the two comes back for the end.
            self.show(state.seq - 1 if state.is_final else state.seq)
            if state.is_final:
                self.close(state.seq)
        for event in early:
            self.hear(event)

    def hear(self, event: Event) -> bool:
        """Take an event of this address; true when there is something new to send."""
        if self._early is not None:
            self._early.append(event)
            return False
        if event.seq <= self._seq:
            return False
        self._seq = event.seq
        before = self._last_seq
        self.apply(event)
        return self._last_seq != before

    def show(self, seq: int) -> None:
        """Send the present state to everybody, unless it is what they have."""
        self._end = None
        self._joined.clear()
        text = self.render()
        if self._messages and self._messages[-1].text == text:
            self._last_seq = self._messages[-1].seq
            return
        frame = frames.message(text, id_=f"{self._epoch}-{seq}")
        self._messages.append(Message(seq, text, frame))
        self._size += len(frame)
        self._last_seq = seq

    def close(self, seq: int) -> None:
        """Say that the state is final, and end the streams."""
        self._end = Message(seq, "", frames.message('{"done": true}', id_=f"{self._epoch}-{seq}"))
        self._last_seq = seq
        self._joined.clear()

    def trim(self) -> None:
        """Drop older states; a reader that has not taken them gets the newest instead."""
        while len(self._messages) > 1 and (len(self._messages) > MESSAGES_KEPT or self._size > BYTES_KEPT):
            oldest = self._messages.popleft()
            self._size -= len(oldest.frame)
            self._floor = oldest.seq

    def has_ended_at(self, epoch: str, seq: int) -> bool:
        """True when a reader that was told *seq* of the log *epoch* has had the end, and nothing came after it."""
        return self._end is not None and self._epoch == epoch and seq == self._end.seq

    def take(self, stream: Stream) -> bytes | None:
        cursor = stream.cursor
        if cursor >= self._last_seq or not self._messages:
            return None
        if cursor < self._floor or cursor == UNSEEN:
            chunk = self._newest_for(stream)
        else:
            chunk = self._joined.get(cursor) or self._join(cursor)
        stream.cursor = self._last_seq
        stream.shown = self._messages[-1].text
        stream.is_over = self._end is not None
        return chunk or None

    def _newest_for(self, stream: Stream) -> bytes:
        newest = self._messages[-1]
        self._gauges.conflations += stream.cursor != UNSEEN
        frame = b"" if newest.text == stream.shown else newest.frame
        return frame if self._end is None else frame + self._end.frame

    def _join(self, cursor: int) -> bytes:
        parts = [message.frame for message in self._messages if message.seq > cursor]
        if self._end is not None:
            parts.append(self._end.frame)
        self._joined[cursor] = chunk = parts[0] if len(parts) == 1 else b"".join(parts)
        return chunk
