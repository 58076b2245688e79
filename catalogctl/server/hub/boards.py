"""The snapshot channels in use: opened when wanted, told of events, read anew when events are missing."""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial

from catalogctl.domain.errors import CatalogctlError, Unavailable
from catalogctl.domain.events import Event
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.server.hub.gauges import Gauges
from catalogctl.server.hub.readers import Readers
from catalogctl.server.hub.recent import Recent
from catalogctl.server.hub.shelf import Shelf
from catalogctl.server.hub.snapshots import Address, SnapshotChannel

_logger = logging.getLogger(__name__)


class Boards(Shelf[SnapshotChannel]):
    """Snapshot channels, each showing what the catalogue says."""

    def __init__(self, *, catalogue: Catalogue, recent: Recent, readers: Readers, gauges: Gauges, pause: float) -> None:
        super().__init__()
        self._catalogue = catalogue
        self._recent = recent
        self._readers = readers
        self._gauges = gauges
        self._pause = pause

    async def open(self, channel: SnapshotChannel) -> SnapshotChannel:
        """The live channel that shows the same as *channel*. To be released. Raises what reading the state raises."""
        live = self.hold(channel)
        if live.loading is None:
            live.loading = self._readers.spawn(self._load(live))
        try:
            await self.settle(live)
        except BaseException:
            self.release(live)
            raise
        return live

    async def settle(self, live: SnapshotChannel) -> None:
        """Wait until *live*, which ``open`` gave, shows all that it was told of. Raises what reading raises."""
        if live.loading is not None:
            await asyncio.shield(live.loading)

    def tell(self, events: Sequence[Event]) -> list[SnapshotChannel]:
        """Tell the channels of what happened; returns those that have something new to show."""
        changed: dict[Address, SnapshotChannel] = {}
        for event in events:
            for address in {(event.topic, event.run_id), (event.topic, None)}:
                channel = self._channels.get(address)
                if channel is None:
                    continue
                if self._hears(channel, event):
                    changed[address] = channel
                if channel.is_stale:
                    self._reload(channel)
        return list(changed.values())

    def read_anew(self) -> None:
        """Events are missing: what every channel shows is to be read from the catalogue."""
        for channel in self._channels.values():
            channel.expire()
            self._reload(channel)

    def _reload(self, channel: SnapshotChannel) -> None:
        """Read the state of *channel* anew, unless that is being done."""
        if channel.loading is not None and channel.loading.done():
            channel.loading = self._readers.spawn(self._load(channel))

    async def _load(self, channel: SnapshotChannel) -> None:
        # An event that came meanwhile can say that what was read is no longer all.
        while channel.is_stale:
            # Before reading, or what commits while it is being read is lost.
            channel.expect()
            try:
                state = await self._readers.call(partial(channel.read, self._catalogue))
            except Exception as error:
                if not channel.has_state:
                    raise
                if not isinstance(error, Unavailable):
                    self._give_up(channel, error)
                    return
                channel.expire()
                await asyncio.sleep(self._pause)
            if not channel.is_stale:
                channel.begin(state, epoch=self._recent.epoch, gauges=self._gauges)
        channel.wake()
        channel.trim()

    def _hears(self, channel: SnapshotChannel, event: Event) -> bool:
        try:
            return channel.hear(event)
        except Exception as error:  # noqa: BLE001 - an event that one channel chokes on must not stop the others
            self._give_up(channel, error)
            return False

    def _give_up(self, channel: SnapshotChannel, error: Exception) -> None:
        detail = error.detail if isinstance(error, CatalogctlError) else "an unexpected error inside the server"
        _logger.error("a %s stream cannot go on", channel.kind, exc_info=error)
        self.forget(channel)
        for stream in tuple(channel.streams):
            stream.finish(channel.fault(detail))
