"""What is particular to streams that have taken over their connections."""

import asyncio
import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPResponse
from typing import Any

import httptools
import pytest
import uvicorn
import uvloop
from live_streams import Hand, LiveServer, Reader, eventually
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from catalogctl.domain.ports.notifier import Notifier
from catalogctl.domain.ports.store import Store
from catalogctl.server import takeover
from catalogctl.server.hub.gauges import Gauges
from catalogctl.server.protocol import PromptProtocol
from catalogctl.server.routes.streams import stream_routes
from catalogctl.server.takeover import Shared, TakenStream, TakeoverProtocol, rehearse

EVERY_STREAM = ["/catalog/job-stream/{run}", "/catalog/status-stream", "/analytics/kpi-stream", "/events"]


@pytest.fixture
def path() -> str:
    return "takeover"


@pytest.mark.parametrize("run", [uvloop.run, asyncio.run], ids=["uvloop", "asyncio"])
def test_uvicorn_is_made_as_the_takeover_believes(run: Callable[..., Any]) -> None:
    """Tried with uvicorn 0.54.0 and httptools 0.9.0; should a new one fail here, the server notices it at its start."""
    assert run(rehearse()) is None, f"uvicorn {uvicorn.__version__}, httptools {httptools.__version__}"


@contextmanager
def broken_uvicorn(monkeypatch: pytest.MonkeyPatch, how: str) -> Iterator[None]:
    def fail(*_: Any) -> None:
        raise AttributeError("uvicorn has no such thing any more")

    def keep(self: TakeoverProtocol, _cycle: RequestResponseCycle) -> None:
        """Forget nothing: uvicorn believes that the answer is still its own."""

    with monkeypatch.context() as patch:
        if how == "raises":
            patch.setattr(TakeoverProtocol, "let_go", fail)
        elif how == "adds a page of its own":
            patch.setattr(TakeoverProtocol, "let_go", keep)
        else:
            patch.setattr(TakeoverProtocol, "on_headers_complete", PromptProtocol.on_headers_complete)
        yield


@pytest.mark.parametrize("how", ["raises", "adds a page of its own", "offers nothing"])
def test_with_another_uvicorn_streams_take_the_portable_way_and_the_log_says_why(
    store: Store,
    notifier: Notifier,
    hand: Hand,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    how: str,
) -> None:
    monkeypatch.setattr("catalogctl.server.process._READY_LAG", 0)
    with broken_uvicorn(monkeypatch, how):
        server = LiveServer(store, notifier, path="takeover")
    assert "streams use plain ASGI" in caplog.text
    assert uvicorn.__version__ in caplog.text
    assert server.server.config.http_protocol_class is PromptProtocol
    reader = server.read("/events")
    reader.opening()
    assert reader.message_after(hand.append) == 1
    assert not any(isinstance(stream, TakenStream) for stream in server.hub._beats)
    server.stop()


@pytest.mark.parametrize("http", ["h11", "httptools"])
def test_on_a_plain_uvicorn_streams_take_the_portable_way(
    store: Store, notifier: Notifier, hand: Hand, http: Any
) -> None:
    live = LiveServer(store, notifier, path="takeover")
    plain = uvicorn.Server(
        uvicorn.Config(Starlette(routes=[*stream_routes(live.hub)]), http=http, lifespan="off", log_config=None)
    )
    listener = socket.create_server(("127.0.0.1", 0))
    # The hub belongs to one loop, so the plain server serves from there.
    serving = asyncio.run_coroutine_threadsafe(plain._serve([listener]), live._loop)
    eventually(lambda: plain.started)
    try:
        reader = Reader(listener.getsockname()[1], "/events")
        reader.opening()
        assert reader.message_after(hand.append) == 1
        (stream,) = live.hub._beats
        assert not isinstance(stream, TakenStream)
        reader.close()
        eventually(lambda: live.hub.gauges.open == 0)
    finally:
        plain.should_exit = True
        serving.result(10)
        live.stop()


def test_of_a_request_nothing_is_left_but_its_stream(live: LiveServer, hand: Hand) -> None:
    run_id = hand.start().run_id
    live.read("/events").close()
    eventually(lambda: live.hub.gauges.open == 0 and not live.server.server_state.connections)
    gc.collect()
    gc.disable()
    try:
        tasks = len(asyncio.all_tasks(live._loop))
        readers = [live.read(stream.format(run=run_id)) for stream in EVERY_STREAM for _ in range(5)]
        for reader in readers:
            reader.opening()
        eventually(lambda: len(asyncio.all_tasks(live._loop)) == tasks)
        assert {type(one) for one in live.server.server_state.connections} == {TakenStream}
        assert len(live.server.server_state.connections) == 20
        left = [one for one in gc.get_objects() if isinstance(one, TakeoverProtocol | RequestResponseCycle)]
        assert left == [], "freed without a collection"
    finally:
        gc.enable()
    assert not any(hasattr(stream, "__dict__") for stream in live.hub._beats)


def test_calls_that_are_no_streams_leave_no_garbage(live: LiveServer) -> None:
    def call() -> None:
        reader = live.read("/events?topics=weather")
        assert reader.status == 400
        reader.response.read()
        reader.close()

    call()
    eventually(lambda: not live.server.server_state.connections)
    gc.collect()
    gc.disable()
    try:
        for _ in range(5):
            call()
        eventually(lambda: not live.server.server_state.connections)
        eventually(lambda: not any(isinstance(one, TakeoverProtocol) for one in gc.get_objects()))
    finally:
        gc.enable()


def request(live: LiveServer, text: str) -> socket.socket:
    peer = socket.create_connection(("127.0.0.1", live.port), timeout=10)
    peer.sendall(text.replace("\n", "\r\n").encode())
    return peer


def received(peer: socket.socket, wanted: bytes) -> bytes:
    data = b""
    while wanted not in data:
        chunk = peer.recv(65536)
        assert chunk, data
        data += chunk
    return data


def test_http_1_0_knows_no_chunks(live: LiveServer, hand: Hand) -> None:
    with closing(request(live, "GET /events HTTP/1.0\n\n")) as peer:
        data = received(peer, b"id: ")
        assert b"transfer-encoding" not in data.lower()
        assert b"\r\nconnection: close\r\n" in data.lower()
        hand.append(data={"n": "last"})
        data += received(peer, b"last")
        live.call(live.hub.drain())
        while chunk := peer.recv(65536):
            data += chunk
    body = data.partition(b"\r\n\r\n")[2].decode()
    assert body.startswith("retry: 20\nid: ")
    lines = [line for line in body.split("\n") if line]
    assert all(line.split(":")[0] in {"retry", "id", "event", "data", ""} for line in lines), body
    assert lines[-1].startswith("retry: ")


def test_a_stream_says_that_nothing_follows_on_its_connection(live: LiveServer, hand: Hand) -> None:
    run_id = hand.start().run_id
    hand.begin(run_id)
    hand.complete(run_id)
    with closing(request(live, f"GET /catalog/job-stream/{run_id} HTTP/1.1\nHost: x\n\n")) as peer:
        response = HTTPResponse(peer)
        response.begin()
        assert response.headers["connection"] == "close"
        assert response.read().endswith(b'data: {"done": true}\n\n')
        assert peer.recv(1) == b""


@pytest.mark.parametrize(
    ("at_once", "later"),
    [
        ("GET /events HTTP/1.1\nHost: x\n\n", ""),
        ("GET /ev", "ents HTTP/1.1\n\n"),
        ("", "\0rubbish"),
        ("", "x" * 100_000),
    ],
)
def test_whatever_comes_after_the_request_is_ignored(
    live: LiveServer, hand: Hand, monkeypatch: pytest.MonkeyPatch, at_once: str, later: str
) -> None:
    monkeypatch.setattr("catalogctl.server.protocol.HEAD_DEADLINE", 0.2)
    with closing(request(live, f"GET /events HTTP/1.1\nHost: x\n\n{at_once}")) as peer:
        data = received(peer, b"id: ")
        peer.sendall(later.encode())
        data += received(peer, b"\n:\n")
        # A heartbeat later the deadline of a head is over, and the stream is there.
        data += received(peer, b":\n")
        hand.append(data={"n": "last"})
        data += received(peer, b"last")
        assert data.count(b"HTTP/1.1") == 1
        assert live.hub.gauges.open == 1
    eventually(lambda: live.hub.gauges.open == 0, within=1.0)


def test_a_request_that_waited_for_an_answer_before_it_may_take_over(live: LiveServer, hand: Hand) -> None:
    before = "GET /events?topics=weather HTTP/1.1\nHost: x\n\n" * 3
    with closing(request(live, f"{before}GET /events HTTP/1.1\nHost: x\n\n")) as peer:
        data = received(peer, b"retry: ")
        assert data.count(b"HTTP/1.1 400 ") == 3
        assert data.count(b"HTTP/1.1 200 ") == 1
        hand.append(data={"n": "last"})
        received(peer, b"last")
    eventually(lambda: live.hub.gauges.open == 0, within=1.0)


def test_a_reader_that_leaves_while_its_stream_is_being_opened_leaves_nothing_behind(
    live: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page_since = live.service.page_since
    asked, go_on = threading.Event(), threading.Event()

    def wait(*words: Any, **options: Any) -> Any:
        asked.set()
        assert go_on.wait(10)
        return page_since(*words, **options)

    monkeypatch.setattr(live.service, "page_since", wait)
    for leave in ("fin", "reset"):
        asked.clear()
        go_on.clear()
        peer = request(live, "GET /events HTTP/1.1\nHost: x\n\n")
        assert asked.wait(10)
        if leave == "reset":
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        peer.close()
        eventually(lambda: not live.server.server_state.connections)
        go_on.set()
        eventually(lambda: not live.server.server_state.tasks)
        assert live.hub.gauges.open == 0
        assert not live.hub._logs._channels
        assert not live.hub._capacity._clients


def test_a_chunk_is_framed_once_for_all_streams() -> None:
    shared = Shared(gauges=Gauges(), leave=lambda _: None)
    chunk = b"data: x\n\n" * 3
    framed = shared.framed(chunk)
    assert framed == b"1b\r\n" + chunk + b"\r\n"
    assert shared.framed(chunk) is framed
    assert shared.framed(b":\n") == b"2\r\n:\n\r\n"


def test_a_connection_is_taken_over_once(live: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    offers: list[Any] = []
    call = takeover._Offer.__call__

    async def noted(self: Any, *arguments: Any) -> bool:
        offers.append((self, arguments))
        return await call(self, *arguments)

    monkeypatch.setattr(takeover._Offer, "__call__", noted)
    live.read("/events").opening()
    ((offer, arguments),) = offers
    with pytest.raises(RuntimeError, match="taken over before"):
        live.call(call(offer, *arguments))


@pytest.mark.parametrize("method", ["HEAD", "POST"])
def test_only_a_get_is_offered_the_takeover(live: LiveServer, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    offered: list[bool] = []
    monkeypatch.setattr(takeover, "_Offer", lambda *_: offered.append(True))
    live.read("/events", method=method)
    assert offered == []
    start = time.monotonic()
    assert live.read("/events?topics=weather").status == 400
    assert offered == [True]
    assert time.monotonic() - start < 10
