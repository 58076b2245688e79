"""The quick way out: a stream takes its connection over from uvicorn, and nothing of the request is kept.

The request comes in as any other, through routing, security and errors, and its head goes out as any other. Then the
endpoint's task ends, and of parser, scope, task and response nothing is left but one small object that the transport
talks to. This file alone knows how uvicorn is made inside; ``rehearse`` says whether it still is.
"""

import asyncio
import os
import socket
import sys
import weakref
from collections.abc import Callable
from typing import Any, Protocol

import uvicorn
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from catalogctl.server.hub.gauges import Gauges
from catalogctl.server.hub.stream import Channel, Stream
from catalogctl.server.protocol import PromptProtocol

EXTENSION = "catalogctl.takeover"
_END = b"0\r\n\r\n"
_PATIENCE = 2.0


class Shared:
    """What all streams of this kind have in common: whom they tell that they are gone, and the chunk sent last.

    A chunk is framed for HTTP/1.1 once, for as many streams as it is given to one after the other.
    """

    __slots__ = ("_framed", "_plain", "gauges", "leave")

    def __init__(self, *, gauges: Gauges, leave: Callable[[Stream], None]) -> None:
        self.gauges = gauges
        self.leave = leave
        self._plain = self._framed = b""

    def framed(self, chunk: bytes) -> bytes:
        """*chunk*, which is not empty, with its length (RFC 9112, 7.1)."""
        # The same object, not an equal one: comparing would cost more than framing.
        if chunk is not self._plain:
            self._framed = b"%x\r\n%b\r\n" % (len(chunk), chunk)
            self._plain = chunk
        return self._framed


class TakenStream(Stream, asyncio.Protocol):
    """A stream that is the protocol of its connection. Busy means that the transport holds bytes for the reader."""

    __slots__ = ("_connections", "_file", "_has_left", "_is_chunked", "_shared", "transport")

    transport: asyncio.Transport

    def __init__(self, channel: Channel, *, cursor: int, shared: Shared) -> None:
        super().__init__(channel, cursor=cursor, gauges=shared.gauges)
        self._shared = shared
        self._has_left = False
        self._is_chunked = True

    def attach(self, transport: asyncio.Transport, *, connections: set[Any], is_chunked: bool, is_paused: bool) -> None:
        """Become the protocol of *transport*, and a member of the server's *connections*, until it is closed."""
        self.transport = transport
        self._file = _file_of(transport)
        self._connections = connections
        self._is_chunked = is_chunked
        self.is_busy = is_paused
        connections.add(self)
        transport.set_protocol(self)
        if self._file is not None:
            # From the first byte that it keeps this is busy: one that is not may write past the transport.
            transport.set_write_buffer_limits(high=0)

    def write(self, chunk: bytes) -> None:
        following: bytes | None = chunk
        while following is not None:
            self._send(following)
            if self.is_over:
                self.transport.close()
                self._leave()
                return
            # The transport has said so, within the call, when it could not pass everything on to the kernel.
            following = None if self.is_busy else self.next_chunk()

    def abort(self) -> None:
        self.is_busy = True
        self.transport.abort()

    def pause_writing(self) -> None:
        """The transport holds bytes that the kernel does not take."""
        self.is_busy = True

    def resume_writing(self) -> None:
        """All bytes are on their way: what has come meanwhile follows."""
        self.beats_missed = 0
        self.is_busy = self._has_left
        self.wake()

    def data_received(self, data: bytes) -> None:
        """Whatever a reader says after its request, nobody listens to."""

    def eof_received(self) -> None:
        """The reader has left; the transport closes itself."""
        self._leave()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - how it ended makes no difference
        """The connection is closed."""
        self._connections.discard(self)
        self._leave()

    def shutdown(self) -> None:
        """End cleanly; uvicorn asks this of every connection when it stops."""
        self.finish()

    def _send(self, chunk: bytes) -> None:
        if self._is_chunked:
            framed = self._shared.framed(chunk) if chunk else b""
            chunk = framed + _END if self.is_over else framed
        if chunk:
            self.gauges.deliveries += 1
            self._pass_on(chunk)

    def _pass_on(self, chunk: bytes) -> None:
        """Straight to the kernel where nothing is before it: the transport would keep it until the end of the loop's
        turn, and tell of a full buffer and an empty one for each reader.
        """
        if self._file is not None and not self.is_busy:
            try:
                written = os.write(self._file, chunk)
            except OSError:
                written = 0  # The transport meets it again, and knows what to do.
            if written == len(chunk):
                self.beats_missed = 0
                return
            chunk = chunk[written:]
        self.transport.write(chunk)

    def _leave(self) -> None:
        if not self._has_left:
            self._has_left = True
            # For good: nothing may be written any more.
            self.is_busy = True
            self._shared.leave(self)


def _file_of(transport: asyncio.Transport) -> int | None:
    """The open file that bytes can be written to as they are; None where there is none, as with TLS."""
    if transport.get_extra_info("sslcontext") is not None or sys.platform == "win32":
        return None
    number: int = transport.get_extra_info("socket").fileno()
    return number


class Takeover(Protocol):
    """The extension in a scope under EXTENSION."""

    async def __call__(self, head: Message, send: Send, stream: TakenStream) -> bool:
        """Send *head*, then let *stream* have the connection; false when the reader has left meanwhile.

        After that the endpoint may send and receive nothing more, and *stream* is to be begun at once.
        """


class TakeoverProtocol(PromptProtocol):
    """Offers every GET the takeover of its connection."""

    def on_headers_complete(self) -> None:
        """The head is whole, and the call is about to begin."""
        super().on_headers_complete()
        if self.scope["method"] == "GET":
            # Not self.cycle, when it is called: it may be that of a later request by then.
            extensions: dict[str, Any] = self.scope.setdefault("extensions", {})
            extensions[EXTENSION] = _Offer(self, self.cycle)

    def let_go(self, cycle: RequestResponseCycle) -> None:
        """Forget the connection, and all that refers to this protocol, so that nothing waits for a collection."""
        # Or uvicorn would take the end of the call for a fault, and append a page that says so.
        cycle.disconnected = True
        cycle.message_event.set()
        self._stop_waiting()
        self._unset_keepalive_if_required()
        self.connections.discard(self)
        self.pipeline.clear()
        self.unanswered.clear()
        self.parser = self.scope = self.headers = self.cycle = self.flow = None  # type: ignore[assignment]


class _Offer:
    """The takeover of one connection, by the call that is answered on it now.

    It is a part of the scope, which both of them hold, so that strong references would keep all three in memory.
    """

    __slots__ = ("_cycle", "_is_taken", "_protocol")

    def __init__(self, protocol: TakeoverProtocol, cycle: RequestResponseCycle) -> None:
        self._protocol = weakref.ref(protocol)
        self._cycle = weakref.ref(cycle)
        self._is_taken = False

    async def __call__(self, head: Message, send: Send, stream: TakenStream) -> bool:
        if self._is_taken:
            raise RuntimeError("the connection was taken over before")
        self._is_taken = True
        protocol, cycle = self._protocol(), self._cycle()
        if protocol is None or cycle is None:
            return False
        is_chunked = cycle.scope["http_version"] != "1.0"
        if not is_chunked:
            # HTTP/1.0 knows no chunks: the body ends with the connection.
            cycle.chunked_encoding = False
        headers = [*head["headers"], (b"connection", b"close")]
        await send({**head, "headers": headers})
        if cycle.disconnected or protocol.transport.is_closing():
            return False
        flow, transport, connections = protocol.flow, protocol.transport, protocol.connections
        # Nothing is read on while more requests wait, and only who reads learns that the reader left.
        flow.resume_reading()
        protocol.let_go(cycle)
        stream.attach(transport, connections=connections, is_chunked=is_chunked, is_paused=flow.write_paused)
        return True


async def rehearse() -> str | None:
    """Take one connection over, to see whether uvicorn is still made as this file believes; what is wrong otherwise."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return await _Rehearsal().run()
    except Exception as error:  # noqa: BLE001 - whatever it was, the other way out needs none of this
        return f"{type(error).__name__}: {error}"


class _OneWord(Channel):
    """A channel that has nothing to show."""

    __slots__ = ()

    kind = "rehearsal"

    @property
    def key(self) -> str:
        return self.kind

    def take(self, stream: Stream) -> bytes | None:  # noqa: ARG002 - a channel's signature
        return None


class _Rehearsal:
    """One request over a real pair of sockets, taken over, given a chunk and an end."""

    def __init__(self) -> None:
        self._left = asyncio.Event()
        shared = Shared(gauges=Gauges(), leave=lambda _: self._left.set())
        self._stream = TakenStream(_OneWord(), cursor=0, shared=shared)
        self._state = ServerState()
        self._state.default_headers = [(b"x-rehearsal", b"1")]

    async def run(self) -> str | None:
        """Do it, and say what went otherwise than it should."""
        protocol = TakeoverProtocol(uvicorn.Config(self._app, interface="asgi3", log_config=None), self._state, {})
        before = weakref.ref(protocol)
        head, _, body = (await self._ask([protocol].pop)).partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 ") or b"\r\nx-rehearsal: 1\r\n" not in head:
            return f"the answer began with {head[:200]!r}"
        if body != b"5\r\nword\n\r\n4\r\nend\n\r\n" + _END:
            return f"the reader received {body[:200]!r}"
        await self._left.wait()
        del protocol
        while self._state.tasks or self._state.connections:  # noqa: ASYNC110 - sets tell nobody that they shrink
            await asyncio.sleep(0)
        return None if before() is None else "uvicorn's protocol stays in memory"

    async def _ask(self, protocol: Callable[[], asyncio.Protocol]) -> bytes:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        received = b""
        with theirs:
            theirs.setblocking(False)
            await loop.connect_accepted_socket(protocol, ours)
            await loop.sock_sendall(theirs, b"GET / HTTP/1.1\r\nhost: rehearsal\r\n\r\n")
            while chunk := await loop.sock_recv(theirs, 65536):
                received += chunk
        return received

    async def _app(self, scope: Scope, _receive: Receive, send: Send) -> None:
        take_over: Takeover = scope["extensions"][EXTENSION]
        if await take_over({"type": "http.response.start", "status": 200, "headers": []}, send, self._stream):
            self._stream.begin(b"word\n")
            self._stream.finish(b"end\n")
