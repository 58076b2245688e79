"""What the hub and the ways out agree on: a channel says what comes next, a stream takes it when it can.

Streams pull. A reader that is slow simply asks later, so nothing is ever queued for it: all that a stream has of
its own is a cursor and a few flags, and the bytes it is given are shared with every other reader of its channel.
"""

from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import ClassVar

from catalogctl.server.hub.gauges import Gauges
from catalogctl.server.hub.places import Places

UNSEEN = -1
"""The cursor of a stream that has been given nothing yet."""


class Channel(ABC):
    """What a set of streams shows."""

    __slots__ = ("streams", "users")

    kind: ClassVar[str]

    def __init__(self) -> None:
        self.streams: set[Stream] = set()
        self.users = 0

    @property
    @abstractmethod
    def key(self) -> Hashable:
        """What this channel shows: two with the same key are the same."""

    @abstractmethod
    def take(self, stream: "Stream") -> bytes | None:
        """What *stream* is given next, its cursor moved past it; None when there is nothing for now.

        When it is the last of all, ``stream.is_over`` becomes true.
        """

    def forget(self, stream: "Stream") -> None:
        """*stream* is closed."""
        self.streams.discard(stream)

    def wake(self) -> None:
        """Let every stream that is not busy take what there is."""
        for stream in tuple(self.streams):
            stream.wake()


class Stream(ABC):
    """One reader. Subclasses know how bytes leave; what leaves, and when it is too late, is decided elsewhere.

    *is_busy* is theirs to set: true while bytes are on their way and no more are taken.
    """

    __slots__ = (
        "beats_left",
        "beats_missed",
        "channel",
        "cursor",
        "farewell",
        "gauges",
        "is_busy",
        "is_over",
        "places",
        "shown",
    )

    places: Places

    def __init__(self, channel: Channel, *, cursor: int, gauges: Gauges) -> None:
        self.channel = channel
        self.gauges = gauges
        self.cursor = cursor
        self.shown = ""
        self.is_busy = False
        self.is_over = False
        self.beats_left = 0
        self.beats_missed = 0
        self.farewell: bytes | None = None

    def begin(self, first: bytes) -> None:
        """Send the very first bytes, together with what there is to take."""
        self.write(first + (self.next_chunk() or b""))

    @abstractmethod
    def write(self, chunk: bytes) -> None:
        """Send *chunk*, then whatever there is to take. Only for a stream that is not busy."""

    @abstractmethod
    def abort(self) -> None:
        """Let go of a reader that takes nothing."""

    def wake(self) -> None:
        """Take what there is, unless busy: then it is taken afterwards."""
        if not self.is_busy and (chunk := self.next_chunk()) is not None:
            self.write(chunk)

    def finish(self, farewell: bytes = b"") -> None:
        """End cleanly after what is on its way, with *farewell* as the last bytes."""
        if self.farewell is None:
            self.farewell = farewell
            self.wake()

    def next_chunk(self) -> bytes | None:
        """What to send now; ``is_over`` says whether it is the last. None when there is nothing."""
        if self.is_over:
            return None
        if self.farewell is not None:
            self.is_over = True
            return self.farewell
        return self.channel.take(self)
