"""The log over HTTP, followed across lost connections, without a gap and without a repetition."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator
from contextlib import aclosing
from ssl import SSLContext

import httpx

from catalogctl import __version__
from catalogctl.client.address import checked_url, is_loopback
from catalogctl.client.answers import not_catalogctl, read_answer
from catalogctl.client.backoff import BASE, Backoff, retry_after
from catalogctl.client.trust import checking
from catalogctl.domain.errors import CatalogctlError
from catalogctl.domain.events import TOPICS, Advanced, Cursor, Event, FeedItem, Lost, Reset
from catalogctl.domain.ports.catalogue import Feed
from catalogctl.sse.reading import Message, Reader

HEARTBEAT = 15.0
_CONNECT_TIMEOUT = 10.0
_EVENT_STREAM = "text/event-stream"
_TRY_AGAIN = frozenset({408, 425, 429})


class HttpFeed(Feed):
    """The log of the server at *base_url*.

    *heartbeat* is the longest silence of a living server, in seconds: after three of them the connection counts as
    lost. *backoff* is the ceiling of the first delay; *token* and *verify* are as for the HttpCatalogue.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str | None = None,
        verify: SSLContext | bool = True,
        heartbeat: float = HEARTBEAT,
        backoff: float = BASE,
        rng: random.Random | None = None,
    ) -> None:
        self.url = checked_url(base_url)
        self._headers = {
            "User-Agent": f"catalogctl/{__version__}",
            "Accept": _EVENT_STREAM,
            "Cache-Control": "no-store",
        }
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._verify = verify
        self._timeout = httpx.Timeout(_CONNECT_TIMEOUT, read=3 * heartbeat)
        self._backoff = backoff
        self._rng = rng or random.Random()  # noqa: S311 - it spreads reconnections and guards nothing

    async def follow(
        self, *, since: Cursor | str | None, topics: Collection[str] | None = None, run_id: str | None = None
    ) -> AsyncIterator[FeedItem]:
        """What the port promises; ends only when the server says that nothing more will come.

        Raises the error with which the server refuses, and ServerUnreachable when what answers is no catalogctl.
        """
        selection = {} if run_id is None else {"run_id": run_id}
        if topics and set(topics) != set(TOPICS):
            selection["topics"] = ",".join(sorted(topics))
        backoff = Backoff(rng=self._rng, base=self._backoff)
        place = _Place(since, url=self.url)
        async with self._client() as http:
            while True:
                loss = _Loss("the server has ended the stream")
                try:
                    request = http.build_request(
                        "GET", "/events", params=selection | place.parameters, headers=place.headers
                    )
                    async with aclosing(await http.send(request, stream=True)) as response:
                        if response.status_code == httpx.codes.NO_CONTENT:
                            return
                        await self._check(response)
                        async with aclosing(_items(response, place, backoff)) as items:
                            async for item in items:
                                yield item
                except _Loss as refusal:
                    loss = refusal
                except httpx.RequestError as error:
                    loss = _Loss(self._reason(error))
                delay = backoff.next(at_least=loss.retry_after)
                yield Lost(reason=loss.reason, delay=delay)
                await asyncio.sleep(delay)

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.url,
            headers=self._headers,
            timeout=self._timeout,
            verify=checking(self.url, self._verify),
            follow_redirects=False,
            trust_env=not is_loopback(self.url),
        )

    async def _check(self, response: httpx.Response) -> None:
        """Go on with an event stream only. Raises _Loss for what may pass, and what the server says for the rest."""
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.status_code == httpx.codes.OK:
            if kind == _EVENT_STREAM:
                return
            raise not_catalogctl(self.url, kind or "no content type")
        await response.aread()
        try:
            read_answer(response, self.url, lambda _: None)
        except CatalogctlError as error:
            if response.is_server_error or response.status_code in _TRY_AGAIN:
                raise _Loss(error.detail, retry_after=retry_after(response.headers)) from None
            raise
        raise not_catalogctl(self.url, f"status {response.status_code}")

    def _reason(self, error: httpx.RequestError) -> str:
        if isinstance(error, httpx.ReadTimeout):
            return f"the server has been silent for {self._timeout.read:g} s"
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return f"no server answers at {self.url}"
        return f"the connection was cut off ({str(error) or type(error).__name__})"


class _Loss(Exception):
    """There is no stream now, and there may be one later."""

    def __init__(self, reason: str, *, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class _Place:
    """How far the consumer has come: nothing counts before it has been taken and the next is asked for."""

    def __init__(self, since: Cursor | str | None, *, url: str) -> None:
        self.cursor = since if isinstance(since, Cursor) else None
        self._since = since if isinstance(since, str) else None
        self._stated = None if self.cursor is None else self.cursor.epoch
        self._url = url

    @property
    def parameters(self) -> dict[str, str]:
        """What says where to begin, until there is a cursor."""
        return {} if self._since is None or self.cursor is not None else {"since": self._since}

    @property
    def headers(self) -> dict[str, str]:
        """What says where to go on."""
        return {} if self.cursor is None else {"Last-Event-ID": str(self.cursor)}

    def news(self, message: Message) -> Iterator[tuple[FeedItem, Cursor]]:
        """What *message* says that is new, each with the cursor after it. Raises ServerUnreachable for nonsense."""
        if not message.id:
            # A delay, or what a server that is none of ours would say.
            return
        try:
            cursor, item = self._read(message)
        except (ValueError, KeyError, TypeError, CatalogctlError):
            raise not_catalogctl(self._url, "events of another kind") from None
        former = self.cursor
        if former is not None and former.epoch != cursor.epoch and not isinstance(item, Reset):
            # Never silent, even if the server was.
            before = Cursor(epoch=cursor.epoch, seq=max(0, cursor.seq - isinstance(item, Event)))
            yield Reset(requested=str(former), earliest=before.seq, latest=before.seq), before
            yield self._state(before), before
        elif former is not None and cursor.seq <= former.seq and not isinstance(item, Reset):
            # A mark of where we are, or what we have already.
            if self._stated != cursor.epoch:
                yield self._state(former), former
            return
        if isinstance(item, Advanced):
            yield self._state(cursor), cursor
            return
        yield item, cursor
        if self._stated != cursor.epoch or isinstance(item, Reset):
            yield self._state(cursor), cursor

    def _state(self, cursor: Cursor) -> Advanced:
        self._stated = cursor.epoch
        return Advanced(cursor)

    @staticmethod
    def _read(message: Message) -> tuple[Cursor, FeedItem]:
        cursor = Cursor.parse(message.id, epoch="")
        if message.data is None:
            return cursor, Advanced(cursor)
        if message.event == "reset":
            record = json.loads(message.data)
            reset = Reset(requested=record["requested"], earliest=record["earliest"], latest=record["latest"])
            return cursor, reset
        return cursor, Event.parse(message.data)


async def _items(response: httpx.Response, place: _Place, backoff: Backoff) -> AsyncGenerator[FeedItem]:
    """What one connection brings, until it ends."""
    reader = Reader()
    async for piece in response.aiter_bytes():
        for message in reader.feed(piece):
            if message.retry is not None:
                backoff.ask_for(message.retry)
            for item, cursor in place.news(message):
                if isinstance(item, Event):
                    backoff.reset()
                yield item
                place.cursor = cursor
