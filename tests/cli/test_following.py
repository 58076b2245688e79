"""A feed that was found, across its server's end and a store that is away for a moment."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalogctl.cli import following
from catalogctl.cli.following import Following
from catalogctl.cli.invocation import Invocation
from catalogctl.cli.output import Output
from catalogctl.domain.errors import StoreUnavailable
from catalogctl.domain.events import Event, FeedItem, Lost
from catalogctl.settings.resolve import resolve


class Telling:
    """A session, by way of a server that was found, whose feed says *items*."""

    server = "http://127.0.0.1:1"

    def __init__(self, *items: FeedItem) -> None:
        self._items = items

    @property
    def feed(self) -> "Telling":
        return self

    async def follow(self, **_: Any) -> AsyncIterator[FeedItem]:
        for item in self._items:
            yield item


def event(seq: int) -> Event:
    return Event(seq=seq, type="status.changed", at=datetime(2026, 3, 1, tzinfo=UTC), data="{}")


@pytest.mark.parametrize(("refusals", "seen"), [(3, [1, 2]), (9, [1])])
def test_a_store_that_is_away_when_its_server_has_gone_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusals: int, seen: list[int]
) -> None:
    tries = iter([StoreUnavailable("locked")] * refusals)

    @contextmanager
    def session(_: Invocation) -> Iterator[Any]:
        if (refusal := next(tries, None)) is not None:
            raise refusal
        yield Telling(event(2))

    monkeypatch.setattr(Invocation, "session", session)
    monkeypatch.setattr(following, "_PAUSE", 0.001)
    monkeypatch.setattr(following, "_SERVER_PATIENCE", 0.001)
    settings = resolve({}, environ={}, cwd=tmp_path, user_file=tmp_path / "none.toml")
    call = Invocation(settings=settings, output=Output(stdout=io.StringIO(), stderr=io.StringIO(), environ={}))
    found: Any = Telling(event(1), Lost(reason="gone", delay=0))
    told: list[int] = []

    async def read() -> None:
        with Following(call, found) as feed:
            async for item in feed.items(since="0"):
                if isinstance(item, Event):
                    told.append(item.seq)
                    if item.seq == 2:
                        return

    if seen == [1]:
        with pytest.raises(StoreUnavailable):
            asyncio.run(read())
    else:
        asyncio.run(read())
    assert told == seen
