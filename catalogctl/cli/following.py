"""The feed, followed for as long as a command wants it: across lost connections, and across servers that were found."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import ExitStack, suppress
from typing import Self, TypeVar

from catalogctl.cli.invocation import Invocation
from catalogctl.cli.loop import closing_stream
from catalogctl.domain.errors import CatalogctlError, StreamLost
from catalogctl.domain.events import Advanced, Event, FeedItem, Lost, Reset
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.settings import announcement
from catalogctl.wiring.session import Session
from catalogctl.wiring.stores import place_of

T = TypeVar("T")

_PATIENCE = 5.0
_SERVER_PATIENCE = 10.0
_TRIES = 5
_PAUSE = 0.5


class Following:
    """A feed that outlives its session.

    A server that was named is tried again and again at its address. One that was only found running for the store may
    be back with another secret, or be gone for good: it is looked for anew, and if none comes the store itself is
    followed.
    """

    def __init__(self, call: Invocation, session: Session) -> None:
        self._call = call
        self._session = session
        self._renewals = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._renewals.close()

    @property
    def _was_found(self) -> bool:
        return self._session.server is not None and self._call.settings.server is None

    async def items(
        self, *, since: str | None, topics: Collection[str] | None = None, run_id: str | None = None
    ) -> AsyncIterator[FeedItem]:
        """What the port's ``follow`` yields. Raises StreamLost, or why it was refused, when it ends for good."""
        failures, epoch, is_first = 0, "", True
        while True:
            try:
                if not is_first:
                    await self._renew()
                is_first = False
                stream = self._session.feed.follow(since=since, topics=topics, run_id=run_id)
                async with closing_stream(stream):
                    async for item in stream:
                        yield item
                        if isinstance(item, Advanced | Reset):
                            # A Reset may tell of another log, and an Advanced after it tells of which.
                            epoch = f"{item.cursor.epoch}-" if isinstance(item, Advanced) else ""
                        if not isinstance(item, Lost):
                            since, failures = f"{epoch}{_seq_of(item)}", 0
                        elif self._was_found:
                            await asyncio.sleep(item.delay)
                            break
                    else:
                        raise StreamLost("the stream has ended")
            except CatalogctlError:
                failures += 1
                if not self._was_found or failures > _TRIES:
                    raise
                await asyncio.sleep(_PAUSE)

    async def ask(self, question: Callable[[Catalogue], T]) -> T:
        """Ask the catalogue. Raises TimeoutError when it does not answer soon."""
        catalogue = self._session.catalogue
        async with asyncio.timeout(_PATIENCE):
            return await in_thread(lambda: question(catalogue))

    async def _renew(self) -> None:
        store = place_of(self._call.settings).beside
        give_up = time.monotonic() + _SERVER_PATIENCE
        # Without a server we would be the one to find its work abandoned, though it may only be starting again.
        while announcement.find(store) is None and time.monotonic() < give_up:  # noqa: ASYNC110 - another process
            await asyncio.sleep(_PAUSE)
        self._renewals.close()
        self._session = self._renewals.enter_context(self._call.session())


def _seq_of(item: Event | Reset | Advanced) -> int:
    """Up to where everything has been told with *item*."""
    match item:
        case Event():
            return item.seq
        case Reset():
            return item.latest
        case Advanced():
            return item.cursor.seq


async def in_thread(function: Callable[[], T]) -> T:
    """Call *function* in a thread that nobody waits for at the end: Ctrl-C must not wait for a server that hangs."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def deliver(settle: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # The loop is closed: nobody wants to know any more.
            loop.call_soon_threadsafe(lambda: None if future.done() else settle())

    def work() -> None:
        try:
            result = function()
        except BaseException as error:  # noqa: BLE001 - raised where it is awaited
            failure = error
            deliver(lambda: future.set_exception(failure))
        else:
            deliver(lambda: future.set_result(result))

    threading.Thread(target=work, daemon=True).start()
    return await future
