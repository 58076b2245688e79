"""Channels that are in use, by what they show."""

from typing import Generic, TypeVar

from catalogctl.server.hub.stream import Channel

C = TypeVar("C", bound=Channel)


class Shelf(Generic[C]):
    """Holds each channel for as long as somebody uses it, so that all who want the same share one."""

    def __init__(self) -> None:
        self._channels: dict[object, C] = {}

    def hold(self, channel: C) -> C:
        """The channel that shows the same as *channel*, or *channel* itself. To be released."""
        held = self._channels.setdefault(channel.key, channel)
        held.users += 1
        return held

    def release(self, channel: C) -> None:
        """Give back what ``hold`` gave."""
        channel.users -= 1
        if not channel.users:
            self.forget(channel)

    def holds(self, channel: C) -> bool:
        """True while *channel* is told of what happens."""
        return self._channels.get(channel.key) is channel

    def forget(self, channel: C) -> None:
        """Let whoever comes from now on have a new channel."""
        if self.holds(channel):
            del self._channels[channel.key]

    def forget_all(self) -> None:
        """Let everybody who comes from now on have a new channel."""
        self._channels.clear()
