import socket
import time

import pytest
from live_streams import QUICK, Hand, LiveServer, eventually

from catalogctl.domain.ports.notifier import Notifier
from catalogctl.domain.ports.store import Store

MANY = 1000


def test_every_stream_is_told_when_to_come_back_and_ends_cleanly(live: LiveServer, hand: Hand) -> None:
    run_id = hand.start().run_id
    streams = [f"/catalog/job-stream/{run_id}", "/catalog/status-stream", "/analytics/kpi-stream"]
    streams += ["/events", "/events?topics=llm"]
    readers = [live.read(streams[number % 4]) for number in range(40)]
    for reader in readers:
        reader.opening()
    live.server.stop()
    delays = set()
    for reader in readers:
        farewell = reader.frame()
        assert farewell is not None
        assert farewell.data is None
        assert farewell.id is None
        assert farewell.retry is not None
        assert farewell.retry.isdigit()
        assert 1000 <= int(farewell.retry) <= 5000
        delays.add(farewell.retry)
        assert reader.frame() is None
    assert len(delays) > 30, "they must not all come back at the same moment"


def test_a_draining_server_takes_no_new_streams(live: LiveServer, hand: Hand) -> None:
    run_id = hand.start().run_id
    live.call(live.hub.drain())
    for stream in (f"/catalog/job-stream/{run_id}", "/catalog/status-stream", "/analytics/kpi-stream", "/events"):
        reader = live.read(stream)
        assert reader.status == 503
        assert reader.headers["content-type"] == "application/problem+json"
        assert int(reader.headers["retry-after"]) > 0
    assert live.hub.gauges.open == 0


def test_a_drain_waits_for_readers_and_then_lets_go_of_those_that_take_nothing(live: LiveServer, hand: Hand) -> None:
    live.read("/events").close()
    eventually(lambda: live.hub.gauges.open == 0)
    stalled = live.read("/events", receive_buffer=4096)
    stalled.opening()
    hand.append(1000, data={"text": "x" * 10_000})
    eventually(lambda: any(stream.is_busy for stream in live.hub._beats))
    start = time.monotonic()
    live.call(live.hub.drain())
    assert time.monotonic() - start > 0.9 * QUICK.grace, "a loop counts in milliseconds, and may be one early"
    assert live.hub.gauges.open == 0


def test_a_reader_that_takes_nothing_does_not_hold_up_the_others(live: LiveServer, hand: Hand) -> None:
    stalled = live.read("/events", receive_buffer=4096)
    stalled.opening()
    hand.append(1000, data={"text": "x" * 10_000})
    others = [live.read("/catalog/status-stream") for _ in range(10)]
    eventually(lambda: live.hub.gauges.open == 11)
    start = time.monotonic()
    live.terminate()
    assert time.monotonic() - start < 3.5
    for reader in others:
        assert list(iter(reader.frame, None))[-1].retry is not None


def test_a_thousand_streams_are_ended_in_under_two_seconds(
    store: Store, notifier: Notifier, path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("catalogctl.server.process._READY_LAG", 0)

    def seconds() -> float:
        live = LiveServer(store, notifier, path=path)
        readers = []
        for _ in range(MANY):
            peer = socket.create_connection(("127.0.0.1", live.port))
            peer.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
            readers.append(peer)
        eventually(lambda: live.hub.gauges.open == MANY, within=30.0)
        start = time.monotonic()
        live.terminate()
        took = time.monotonic() - start
        assert live.hub.gauges.open == 0
        for peer in readers:
            assert peer.makefile("rb").read().endswith(b"\n\n\r\n0\r\n\r\n")
            peer.close()
        return took

    # More than once where other programs want the processor too.
    assert any(seconds() < 2.0 for _ in range(3))
    assert caplog.text == ""
