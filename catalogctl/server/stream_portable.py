"""The way out through plain ASGI: it works on any server, and is how every other way must behave."""

import asyncio

from starlette.types import Message, Receive, Send

from catalogctl.server.hub.gauges import Gauges
from catalogctl.server.hub.stream import Channel, Stream


class PortableStream(Stream):
    """A stream whose request task waits for the reader to leave, while short tasks write when there is something.

    ``send`` waits while the server's buffer for this reader is full: that is what busy means here.
    """

    __slots__ = ("_request", "_send", "_was_aborted", "_writing")

    def __init__(self, channel: Channel, *, cursor: int, gauges: Gauges, send: Send) -> None:
        super().__init__(channel, cursor=cursor, gauges=gauges)
        self._send = send
        self._request = asyncio.current_task()
        self._writing: asyncio.Task[None] | None = None
        self._was_aborted = False

    def write(self, chunk: bytes) -> None:
        self.is_busy = True
        self._writing = asyncio.get_running_loop().create_task(self._write(chunk))

    def abort(self) -> None:
        if self._request is not None and not self._was_aborted:
            self._was_aborted = True
            self._request.cancel()

    async def stay(self, receive: Receive) -> None:
        """Return when the reader has left, or the stream was ended or aborted.

        After an abort the response is incomplete, so the server closes the connection.
        """
        try:
            # Without this a reader that left would never be noticed: sending to nobody raises nothing.
            while (await receive())["type"] != "http.disconnect":
                pass
        except asyncio.CancelledError:
            if not self._was_aborted or self._request is None or self._request.uncancel() > 0:
                raise
        finally:
            if self._writing is not None:
                self._writing.cancel()

    async def _write(self, chunk: bytes | None) -> None:
        while chunk is not None:
            message: Message = {"type": "http.response.body", "body": chunk, "more_body": not self.is_over}
            try:
                await self._send(message)
            except OSError:
                # The reader is gone, which `stay` is about to learn. This stream stays busy for good.
                return
            self.beats_missed = 0
            self.gauges.deliveries += 1
            chunk = self.next_chunk()
        self._writing = None
        self.is_busy = False
