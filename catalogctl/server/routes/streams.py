"""The routes of the streams: who is let in, from where it goes on, and the head of the answer.

Errors are raised as they are, before the first byte: the application makes problems of them.
"""

from abc import ABC, abstractmethod
from contextlib import ExitStack
from dataclasses import dataclass

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from catalogctl.domain.errors import InvalidCursor
from catalogctl.domain.events import Cursor, LogPosition, Reset, parse_topics
from catalogctl.server.hub.hub import Hub
from catalogctl.server.hub.kinds import JobChannel, KpiChannel, StatusChannel
from catalogctl.server.hub.log import Selection, reset_frame
from catalogctl.server.hub.snapshots import SnapshotChannel
from catalogctl.server.hub.stream import UNSEEN, Channel
from catalogctl.server.stream_portable import PortableStream
from catalogctl.server.takeover import EXTENSION, Shared, TakenStream, Takeover
from catalogctl.sse import frames

HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
)
RESET_HEADER = (b"catalogctl-reset", b"1")


def stream_routes(hub: Hub) -> list[Route]:
    """The streams of *hub*, for GET and HEAD."""
    shared = Shared(gauges=hub.gauges, leave=hub.leave)
    return [
        Route("/catalog/job-stream/{run_id}", JobEndpoint(hub, shared), methods=["GET"], name="job-stream"),
        Route("/catalog/status-stream", StatusEndpoint(hub, shared), methods=["GET"], name="status-stream"),
        Route("/analytics/kpi-stream", KpiEndpoint(hub, shared), methods=["GET"], name="kpi-stream"),
        Route("/events", LogEndpoint(hub, shared), methods=["GET"], name="events"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How a stream begins: where in which channel, and its first bytes. *is_over*: the reader has had everything."""

    channel: Channel
    cursor: int = UNSEEN
    first: bytes = b""
    is_reset: bool = False
    is_over: bool = False


class StreamEndpoint(ABC):
    """A raw ASGI application: nothing stands between the hub and the server's ``send``."""

    def __init__(self, hub: Hub, shared: Shared) -> None:
        self.hub = hub
        self._shared = shared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with ExitStack() as held:
            client = scope.get("client") or ("", 0)
            places = self.hub.admit(client[0])
            held.callback(self.hub.dismiss, places)
            opening = await self.open(Request(scope))
            held.callback(self.hub.release, opening.channel)
            if opening.is_over or scope["method"] == "HEAD":
                await send(_head(opening))
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                return
            stream = await self._begin(opening, scope, send)
            if stream is None:
                return
            # From here on both are the hub's to give back, when the stream leaves.
            held.pop_all()
            self.hub.enter(stream, places=places, first=opening.first)
        if isinstance(stream, PortableStream):
            try:
                await stream.stay(receive)
            finally:
                self.hub.leave(stream)

    @abstractmethod
    async def open(self, request: Request) -> Opening:
        """Find what *request* wants to see. The channel is released by the caller."""

    async def _begin(self, opening: Opening, scope: Scope, send: Send) -> PortableStream | TakenStream | None:
        """Send the head, and find the way for what follows; None when the reader has left meanwhile."""
        take_over: Takeover | None = scope.get("extensions", {}).get(EXTENSION)
        if take_over is None:
            await send(_head(opening))
            return PortableStream(opening.channel, cursor=opening.cursor, gauges=self.hub.gauges, send=send)
        taken = TakenStream(opening.channel, cursor=opening.cursor, shared=self._shared)
        return taken if await take_over(_head(opening), send, taken) else None


class JobEndpoint(StreamEndpoint):
    """``GET /catalog/job-stream/{run_id}``."""

    async def open(self, request: Request) -> Opening:
        channel = await self.hub.subscribe(JobChannel(request.path_params["run_id"]))
        return Opening(channel=channel, is_over=_has_had_the_end(request, channel))


class StatusEndpoint(StreamEndpoint):
    """``GET /catalog/status-stream``."""

    async def open(self, _request: Request) -> Opening:
        return Opening(channel=await self.hub.subscribe(StatusChannel()))


class KpiEndpoint(StreamEndpoint):
    """``GET /analytics/kpi-stream``."""

    async def open(self, _request: Request) -> Opening:
        return Opening(channel=await self.hub.subscribe(KpiChannel()))


class LogEndpoint(StreamEndpoint):
    """``GET /events``."""

    async def open(self, request: Request) -> Opening:
        query = request.query_params
        selection = Selection(topics=parse_topics(query.get("topics")), run_id=query.get("run_id") or None)
        position = await self.hub.position()
        cursor = _cursor(request, position)
        channel = self.hub.select(selection)
        if position.holds(cursor):
            return Opening(channel=channel, cursor=cursor.seq, first=frames.mark(str(cursor)))
        self.hub.gauges.resets += 1
        reset = Reset(requested=str(cursor), earliest=position.pruned, latest=position.latest)
        first = reset_frame(reset, position.epoch)
        return Opening(channel=channel, cursor=position.latest, first=first, is_reset=True)


def _head(opening: Opening) -> Message:
    if opening.is_over:
        return {"type": "http.response.start", "status": 204, "headers": [(b"cache-control", b"no-store")]}
    headers = [*HEADERS, RESET_HEADER] if opening.is_reset else list(HEADERS)
    return {"type": "http.response.start", "status": 200, "headers": headers}


def _cursor(request: Request, position: LogPosition) -> Cursor:
    """Where the reader wants to go on: the header says it after a reconnection, the parameter at the first time."""
    if last := request.headers.get("last-event-id"):
        return Cursor.parse(last, epoch=position.epoch)
    since = request.query_params.get("since")
    if not since:
        return position.now
    return position.earliest if since == "earliest" else Cursor.parse(since, epoch=position.epoch)


def _has_had_the_end(request: Request, channel: SnapshotChannel) -> bool:
    """True when the reader was told of the end and nothing came after it; an id that is none says nothing here."""
    try:
        cursor = Cursor.parse(request.headers.get("last-event-id", ""), epoch="")
    except InvalidCursor:
        return False
    return channel.has_ended_at(cursor.epoch, cursor.seq)
