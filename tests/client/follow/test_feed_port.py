"""The log is followed alike with a server in between and straight from the store."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import pytest
from live_streams import Hand, LiveServer, now

from catalogctl.client.follow import HttpFeed
from catalogctl.domain.events import Advanced, Cursor, Event, FeedItem, Reset
from catalogctl.domain.ports.catalogue import Feed
from catalogctl.domain.ports.notifier import Notifier
from catalogctl.domain.ports.store import Store
from catalogctl.service.feed import PAGE, StoreFeed


@pytest.fixture(params=["server", "store"])
def feed(request: pytest.FixtureRequest, live: LiveServer, notifier: Notifier) -> Feed:
    if request.param == "server":
        return HttpFeed(live.url, backoff=0.001)
    return StoreFeed(log=live.service, notifier=notifier, housekeep=lambda: None)


def first_items(feed: Feed, count: int, *, then: Callable[[int], object] = lambda _: None, **wish: Any) -> list[Any]:
    """The first *count* items; *then* is called with the number that there are after each."""

    async def collect() -> Sequence[FeedItem]:
        items: list[FeedItem] = []
        stream: Any = feed.follow(**wish)
        async with asyncio.timeout(20), aclosing(stream):
            async for item in stream:
                items.append(item)
                if len(items) == count:
                    break
                then(len(items))
        return items

    return list(asyncio.run(collect()))


def prune(store: Store, *, keep: int) -> None:
    store.transact(lambda transaction: transaction.prune_events(keep=keep, older_than=now() - timedelta(days=1)))


def test_the_place_is_told_where_the_wish_does_not_say_which_log_it_is(feed: Feed, store: Store, hand: Hand) -> None:
    hand.append(3)
    epoch = store.position().epoch
    for since, seq in (("earliest", 0), ("2", 2), (f"{epoch}-1", 1)):
        items = first_items(feed, 2, since=since)
        assert items == [Advanced(Cursor(epoch=epoch, seq=seq)), hand.events(seq)[0]]
    assert first_items(feed, 1, since=None) == [Advanced(Cursor(epoch=epoch, seq=3))]
    assert first_items(feed, 1, since=Cursor(epoch=epoch, seq=2)) == hand.events(2)


@pytest.mark.parametrize("requested", ["ffffffff-3", "900", "1"])
def test_after_a_reset_the_new_place_is_told(feed: Feed, store: Store, hand: Hand, requested: str) -> None:
    hand.append(10)
    prune(store, keep=5)
    position = store.position()
    reset, place, event = first_items(
        feed, 3, since=requested, then=lambda count: hand.append() if count == 2 else None
    )
    whole = requested if "-" in requested else f"{position.epoch}-{requested}"
    assert reset in [Reset(requested=said, earliest=position.pruned, latest=10) for said in (requested, whole)]
    assert place == Advanced(position.now)
    assert event.seq == 11


def test_a_filtered_reader_moves_on_with_the_log(feed: Feed, store: Store, hand: Hand) -> None:
    hand.append(2, type_="kpis.changed")
    hand.append(PAGE + 20)
    items = first_items(feed, 4, since="earliest", topics=["kpis"])
    latest = store.position().now
    assert [item.seq for item in items[1:3]] == [1, 2]
    assert items[3] == Advanced(latest)


def test_a_reader_that_falls_out_of_the_log_is_told_so(feed: Feed, store: Store, hand: Hand) -> None:
    """It has read a page, and takes its time, until what follows is removed."""
    count = 20 * PAGE
    for _ in range(20):
        hand.append(PAGE, data="x" * 1000)

    def then(number: int) -> None:
        if number == 2:
            prune(store, keep=10)

    async def collect() -> list[FeedItem]:
        items: list[FeedItem] = []
        stream: Any = feed.follow(since="earliest")
        async with asyncio.timeout(30), aclosing(stream):
            async for item in stream:
                items.append(item)
                then(len(items))
                if isinstance(item, Advanced) and len(items) > 1:
                    return items
        raise AssertionError

    items = asyncio.run(collect())
    assert items[-1] == Advanced(Cursor(epoch=store.position().epoch, seq=count))
    reset = items[-2]
    seqs = [item.seq for item in items if isinstance(item, Event)]
    assert isinstance(reset, Reset)
    assert seqs == list(range(1, len(seqs) + 1))
    assert (int(reset.requested.rpartition("-")[2]), reset.earliest) == (seqs[-1], store.position().pruned)
