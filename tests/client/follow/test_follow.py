import asyncio
import random
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, closing
from typing import Any

import pytest
from bad_network import CuttingProxy, DyingProxy
from live_streams import Hand, LiveServer, now
from scripted_server import HEAD, RESET, ScriptedServer, scripted

from catalogctl.client.follow import HttpFeed
from catalogctl.domain.errors import (
    CatalogctlError,
    Forbidden,
    InvalidCursor,
    NotFound,
    ServerUnreachable,
    Unauthorized,
)
from catalogctl.domain.events import Advanced, Cursor, Event, FeedItem, Lost, Reset
from catalogctl.domain.ports.store import Store
from catalogctl.sse import frames

EPOCH = "0a1b2c3d"


def event(seq: int, text: str = "", *, type_: str = "llm.used") -> Event:
    return Event(seq=seq, type=type_, at=now(), data=f'{{"text":"{text}"}}')


def frame(one: Event) -> bytes:
    return frames.message(one.encoded(), id_=f"{EPOCH}-{one.seq}", event=one.type)


def mark(seq: int) -> bytes:
    return frames.mark(f"{EPOCH}-{seq}")


def cursor(seq: int) -> Cursor:
    return Cursor(epoch=EPOCH, seq=seq)


def feed(url: str, **options: Any) -> HttpFeed:
    return HttpFeed(url, **{"backoff": 0.001, "rng": random.Random(1)} | options)


def collected(
    stream: AsyncIterator[FeedItem], *, until: Callable[[list[FeedItem]], bool], within: float = 20.0
) -> list[FeedItem]:
    """What *stream* yields until *until* holds of it, or it ends."""

    async def collect() -> list[FeedItem]:
        items: list[FeedItem] = []
        async with asyncio.timeout(within), aclosing(stream):
            async for item in stream:
                items.append(item)
                if until(items):
                    break
        return items

    return asyncio.run(collect())


def has_events(count: int) -> Callable[[list[FeedItem]], bool]:
    return lambda items: len(events(items)) >= count


def has_lost(count: int) -> Callable[[list[FeedItem]], bool]:
    return lambda items: sum(isinstance(item, Lost) for item in items) >= count


def events(items: list[FeedItem]) -> list[Event]:
    return [item for item in items if isinstance(item, Event)]


def losses(items: list[FeedItem]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Lost)]


def follow(server: ScriptedServer, *, until: Callable[[list[FeedItem]], bool], **options: Any) -> list[FeedItem]:
    return collected(feed(server.url, **options).follow(since=cursor(0)), until=until)


def test_a_keepalive_never_surfaces() -> None:
    first, second = event(1), event(2)
    pings = [b":\n", b": ping\n\n", b":keepalive\r\n\r\n", b"\n\n"]
    with scripted([HEAD, *pings, frame(first), *pings, frame(second)]) as server:
        assert follow(server, until=has_events(2)) == [first, second]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_characters_and_lines_may_be_split_anywhere(ending: str) -> None:
    one = event(1, "é\u2028🗂️\x85 end")
    data = (frame(one) + mark(2) + b":\n").decode().replace("\n", ending).encode()
    with scripted([HEAD, *(data[place : place + 1] for place in range(len(data))), None]) as server:
        assert follow(server, until=lambda items: len(items) == 2) == [one, Advanced(cursor(2))]


def test_a_partial_event_at_the_end_of_a_connection_is_discarded_and_its_id_not_adopted() -> None:
    first, second = event(1), event(2)
    whole = frame(second)
    cuts = (1, 9, 20, len(whole) // 2, len(whole) - 3, len(whole) - 2, len(whole) - 1)
    scripts = [[HEAD, frame(first) if cut == 1 else b"", whole[:cut]] for cut in cuts]
    with scripted(*scripts, [HEAD, whole]) as server:
        items = follow(server, until=has_events(2))
    assert events(items) == [first, second]
    assert len(losses(items)) == len(scripts)
    for number in range(1, len(scripts) + 1):
        assert server.headers(number)["last-event-id"] == f"{EPOCH}-1"


def test_what_it_has_already_is_dropped() -> None:
    one, two, three = event(1), event(2), event(3)
    with scripted([HEAD, frame(one), frame(two)], [HEAD, frame(one), frame(two), frame(three)]) as server:
        assert events(follow(server, until=has_events(3))) == [one, two, three]


def test_only_what_was_taken_counts_as_received() -> None:
    """A consumer that has not come back for the next item may not have written out the last one."""
    with scripted([HEAD, frame(event(1)) + frame(event(2))]) as server:

        async def places() -> list[str]:
            seen = []
            async with aclosing(feed(server.url).follow(since=cursor(0))) as stream:
                async for item in stream:
                    seen.append(str(stream.ag_frame.f_locals["place"].cursor))
                    if isinstance(item, Lost):
                        break
            return seen

        assert asyncio.run(places()) == [f"{EPOCH}-0", f"{EPOCH}-1", f"{EPOCH}-2"]


def test_a_mark_moves_the_cursor_from_which_it_goes_on() -> None:
    with scripted([HEAD, frame(event(1)), mark(500)], [HEAD, mark(500), frame(event(501))]) as server:
        items = follow(server, until=has_events(2))
    assert [item for item in items if not isinstance(item, Lost)] == [
        event_like(1),
        Advanced(cursor(500)),
        event_like(501),
    ]
    assert server.headers(1)["last-event-id"] == f"{EPOCH}-500"


def event_like(seq: int) -> object:
    class Like:
        def __eq__(self, other: object) -> bool:
            return isinstance(other, Event) and other.seq == seq

        __hash__ = None

    return Like()


def refusal(status: str, *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status}", *headers, "Content-Length: 0", "Connection: close")
    return "\r\n".join((*lines, "", "")).encode()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ([HEAD, frame(event(1))], "the server has ended the stream"),
        ([HEAD.replace(b"Connection: close", b"Transfer-Encoding: chunked"), b"ffff\r\n" + mark(1)], "cut off"),
        ([HEAD, mark(1), RESET], "cut off"),
        ([], "cut off"),
        ([b"HTTP/1.1 200 OK\r\nContent-Ty"], "cut off"),
        ([refusal("503 Service Unavailable")], "status 503"),
        ([refusal("502 Bad Gateway")], "status 502"),
        ([refusal("500 Internal Server Error")], "status 500"),
        ([refusal("429 Too Many Requests")], "status 429"),
        ([refusal("408 Request Timeout")], "status 408"),
    ],
)
def test_it_comes_back_after_every_loss_that_may_pass(script: list[bytes], reason: str) -> None:
    with scripted(script, [HEAD, frame(event(2))]) as server:
        items = follow(server, until=lambda items: event_like(2) in items)
    assert [reason in loss for loss in losses(items)] == [True]


def test_it_comes_back_to_an_address_at_which_nobody_answers() -> None:
    with scripted() as server:
        server.close()
        items = follow(server, until=has_lost(3))
    assert losses(items) == [f"no server answers at {server.url}"] * 3


@pytest.mark.parametrize(
    "script",
    [
        [None],
        [b"HTTP/1.1 200 OK\r\nContent-Type: text/ev", None],
        [HEAD, None],
        [HEAD, frame(event(1)), None],
        [HEAD, frame(event(1)), frame(event(2))[:-1], None],
        [b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 100\r\n\r\n", None],
    ],
    ids=["accepts only", "in the head", "after the head", "between events", "in an event", "in a refusal"],
)
def test_a_server_that_has_fallen_silent_is_left_after_three_heartbeats(script: list[bytes | None]) -> None:
    with scripted(script, [HEAD, frame(event(2))]) as server:
        start = time.monotonic()
        items = follow(server, until=lambda items: event_like(2) in items, heartbeat=0.1)
        assert 0.27 < time.monotonic() - start < 2.0
    assert losses(items) == ["the server has been silent for 0.3 s"]


def test_a_server_that_only_beats_is_not_silent() -> None:
    beats = [piece for _ in range(60) for piece in (b":\n",)]
    with scripted([HEAD, *beats, *beats, *beats, frame(event(1))]) as server:
        items = follow(server, until=has_events(1), heartbeat=0.05)
    assert losses(items) == []


def test_retry_after_is_honoured() -> None:
    with scripted([refusal("429 Too Many Requests", "Retry-After: 1")], [HEAD, frame(event(1))]) as server:
        start = time.monotonic()
        items = follow(server, until=has_events(1))
        assert time.monotonic() - start > 0.9
    assert [item.delay for item in items if isinstance(item, Lost)] == [1.0]


def test_the_delay_that_the_server_told_is_kept_to_also_when_it_came_alone_at_the_end() -> None:
    scripts = [
        [HEAD, frames.retry(5) + frame(event(1))],
        [HEAD, frame(event(2)), frames.retry(300) + b"\n"],
        [HEAD, frame(event(3))],
    ]
    with scripted(*scripts) as server:
        items = follow(server, until=has_events(3))
    delays = [item.delay for item in items if isinstance(item, Lost)]
    assert 0.005 <= delays[0] < 0.3
    assert 0.3 <= delays[1] < 0.4


def test_the_delay_grows_until_an_event_arrives_and_not_only_a_connection() -> None:
    class Highest(random.Random):
        def uniform(self, _: float, b: float) -> float:
            return b

    scripts = [[HEAD, mark(0)]] * 4 + [[HEAD, mark(0), frame(event(1))]] + [[HEAD, mark(1)]]
    with scripted(*scripts) as server:
        items = follow(server, until=has_lost(6), backoff=0.01, rng=Highest())
    assert [item.delay for item in items if isinstance(item, Lost)] == [0.01, 0.02, 0.04, 0.08, 0.01, 0.02]


def test_no_content_is_the_end() -> None:
    with scripted([HEAD, frame(event(1))], [b"HTTP/1.1 204 No Content\r\n\r\n"]) as server:
        items = follow(server, until=lambda _: False)
    assert len(events(items)) == 1


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        ("401 Unauthorized", "unauthorized", Unauthorized),
        ("403 Forbidden", "forbidden", Forbidden),
        ("404 Not Found", "not_found", NotFound),
        ("400 Bad Request", "invalid_cursor", InvalidCursor),
    ],
)
def test_a_refusal_is_final_and_says_why(status: str, code: str, error: type[CatalogctlError]) -> None:
    body = f'{{"status":{status[:3]},"code":"{code}","detail":"the reason of the server","hint":"do this"}}'
    answer = f"HTTP/1.1 {status}\r\nContent-Type: application/problem+json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    with scripted([HEAD, frame(event(1))], [answer.encode()]) as server, pytest.raises(error) as caught:
        follow(server, until=lambda _: False)
    assert (caught.value.detail, caught.value.hint) == ("the reason of the server", "do this")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 7\r\n\r\n<html/>",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 206 Partial Content\r\nContent-Type: text/event-stream\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        HEAD + b"id: 0a1b2c3d-1\ndata: hello\n\n",
        HEAD + b"id: 17\nevent: llm.used\ndata: {}\n\n",
        HEAD + b"id: one\ndata: {}\n\n",
        HEAD + b"id: 0a1b2c3d-1\nevent: reset\ndata: []\n\n",
    ],
)
def test_what_is_no_catalogctl_is_final_and_named_so(answer: bytes) -> None:
    with scripted([answer]) as server, pytest.raises(ServerUnreachable, match="not a catalogctl server"):
        follow(server, until=lambda _: False)


def test_a_reset_is_reported_and_followed_from_there() -> None:
    reset = Reset(requested=f"{EPOCH}-900", earliest=3, latest=7)
    told = frames.message('{"requested":"0a1b2c3d-900","earliest":3,"latest":7}', id_=f"{EPOCH}-7", event="reset")
    with scripted([HEAD, told], [HEAD, frame(event(8))]) as server:
        items = collected(feed(server.url).follow(since=cursor(900)), until=has_events(1))
    assert items[0] == reset
    assert server.headers(1)["last-event-id"] == f"{EPOCH}-7"


def test_another_log_is_never_taken_for_the_same_even_if_the_server_does_not_say_so() -> None:
    other = frames.message(event(3).encoded(), id_="ffffffff-3", event="llm.used")
    with scripted([HEAD, frame(event(5))], [HEAD, other]) as server:
        items = follow(server, until=has_events(2))
    assert [item for item in items if not isinstance(item, Lost)][1:] == [
        Reset(requested=f"{EPOCH}-5", earliest=2, latest=2),
        Advanced(Cursor(epoch="ffffffff", seq=2)),
        event_like(3),
    ]


def test_what_is_asked_for_is_what_was_wanted() -> None:
    with scripted([HEAD, mark(5)], [HEAD, mark(5)]) as server:
        stream = feed(server.url, token="t0ken").follow(since="earliest", topics={"llm", "jobs"}, run_id="a b")
        collected(stream, until=has_lost(1))
        collected(feed(server.url).follow(since=None), until=has_lost(1))
    assert server.target(0) == "/events?run_id=a+b&topics=jobs%2Cllm&since=earliest"
    assert server.headers(0)["authorization"] == "Bearer t0ken"
    assert server.headers(0)["accept"] == "text/event-stream"
    assert server.target(1) == "/events"
    assert "last-event-id" not in server.headers(1)


def test_a_prefix_in_the_address_is_kept() -> None:
    with scripted([HEAD, mark(5)]) as server:
        collected(feed(f"{server.url}/catalogctl/").follow(since=None), until=has_lost(1))
    assert server.target(0) == "/catalogctl/events"


def test_leaving_during_a_back_off_is_immediate() -> None:
    with scripted([HEAD, frames.retry(20_000) + frame(event(1))]) as server:

        async def leave() -> float:
            lost = asyncio.Event()

            async def watch() -> None:
                async for item in feed(server.url).follow(since=cursor(0)):
                    if isinstance(item, Lost):
                        assert item.delay >= 20
                        lost.set()

            task = asyncio.create_task(watch())
            await lost.wait()
            start = time.monotonic()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return time.monotonic() - start

        assert asyncio.run(leave()) < 0.1


def test_a_consumer_that_leaves_frees_the_connection(live: LiveServer, hand: Hand) -> None:
    collected(feed(live.url).follow(since=None), until=lambda items: len(items) == 1)
    live.eventually(lambda: live.hub.gauges.open == 0, within=1.0)


def test_from_now_on_means_from_the_place_that_the_server_states(live: LiveServer, hand: Hand, store: Store) -> None:
    before = hand.append(3)

    def until(items: list[FeedItem]) -> bool:
        if len(items) == 1:
            hand.append(2)
        return len(items) == 3

    items = collected(feed(live.url).follow(since=None), until=until)
    assert items == [Advanced(Cursor(epoch=store.position().epoch, seq=before)), *hand.events(before)]


def test_a_server_that_restarts_costs_a_moment_and_no_event(
    live: LiveServer, hand: Hand, store: Store, notifier: Any, path: str
) -> None:
    restarted: list[LiveServer] = []

    def until(items: list[FeedItem]) -> bool:
        if len(items) == 1:
            hand.append(5)
        if len(events(items)) == 5 and not restarted and not isinstance(items[-1], Lost):
            live.terminate()
            hand.append(5)
            restarted.append(LiveServer(store, notifier, path=path, port=live.port))
            hand.append(5)
        return len(events(items)) == 15

    items = collected(feed(live.url).follow(since=None), until=until)
    assert events(items) == hand.events()
    assert losses(items)[0] == "the server has ended the stream"
    restarted[0].stop()


def test_a_log_that_was_pruned_meanwhile_is_told_as_a_reset(live: LiveServer, hand: Hand, store: Store) -> None:
    hand.append(10)
    store.transact(lambda transaction: transaction.prune_events(keep=2, older_than=now()))
    position = store.position()
    items = collected(feed(live.url).follow(since="3"), until=lambda items: len(items) == 1)
    assert items == [
        Reset(requested=f"{position.epoch}-3", earliest=position.pruned, latest=position.latest),
    ]


@pytest.mark.parametrize("topics", [None, {"kpis"}])
def test_through_a_proxy_that_cuts_every_half_second_the_output_equals_the_log_byte_for_byte(
    live: LiveServer, hand: Hand, topics: set[str] | None
) -> None:
    count = 50_000 if topics is None else 20_000
    hand.append(count // 2, data={"text": "é🗂️\u2028"})
    is_over = threading.Event()

    def write() -> None:
        for number in range(count // 2 // 50):
            hand.append(
                50, type_="kpis.changed" if number % 3 else "llm.used", data={"n": number, "text": "ß" * (number % 97)}
            )
            time.sleep(0.002)
        hand.append(type_="kpis.changed", data="the last")
        is_over.set()

    writer = threading.Thread(target=write)
    writer.start()
    written: list[str] = []

    def until(items: list[FeedItem]) -> bool:
        if isinstance(items[-1], Event):
            written.append(items[-1].encoded())
        return is_over.is_set() and bool(written) and "the last" in written[-1]

    with closing(CuttingProxy(live.port)) as proxy:
        items = collected(feed(proxy.url).follow(since="earliest", topics=topics), until=until, within=100)
    writer.join()
    expected = [one.encoded() for one in hand.events() if topics is None or one.topic in topics]
    assert "\n".join(written).encode() == "\n".join(expected).encode()
    assert not any(isinstance(item, Reset) for item in items)
    assert proxy.cuts > 1


def test_a_peer_that_is_gone_without_a_word_is_left_after_three_heartbeats(live: LiveServer, hand: Hand) -> None:
    """Half open: the connection stands, and nothing that either side sends arrives."""
    hand.append(500, data={"text": "é" * 50})
    with closing(DyingProxy(live.port, size=20_000)) as proxy:

        def until(items: list[FeedItem]) -> bool:
            if isinstance(items[-1], Lost):
                proxy.revive()
            return len(events(items)) == 501

        async def write_once_dead() -> None:
            await asyncio.to_thread(proxy.dead.wait, 10)
            hand.append()

        start = time.monotonic()
        writer = threading.Thread(target=lambda: asyncio.run(write_once_dead()))
        writer.start()
        items = collected(feed(proxy.url, heartbeat=0.6).follow(since="earliest"), until=until)
        writer.join()
    assert time.monotonic() - start > 1.7
    assert losses(items) == ["the server has been silent for 1.8 s"]
    assert 0 < items.index(next(item for item in items if isinstance(item, Lost))) < 500
    assert events(items) == hand.events()
