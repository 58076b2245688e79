"""Streams over TLS keep what they promise: the transport that encrypts is another one, with buffers of its own."""

import itertools
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from certificates import certificate
from live_streams import QUICK, Hand, LiveServer, Reader, eventually

from catalogctl.domain.ports.notifier import Notifier
from catalogctl.domain.ports.store import Store

Open = Callable[..., Reader]


@pytest.fixture
def live(
    store: Store, notifier: Notifier, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LiveServer]:
    monkeypatch.setattr("catalogctl.server.process._READY_LAG", 0)
    cert, key = certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    server = LiveServer(store, notifier, path=path, tls=tls)
    yield server
    server.stop()


@pytest.fixture
def read(live: LiveServer, tmp_path: Path) -> Open:
    trust = ssl.create_default_context(cafile=tmp_path / "server.pem")
    return lambda stream, **options: live.read(stream, trust=trust, **options)


def test_events_arrive_whole_and_in_order(read: Open, hand: Hand) -> None:
    readers = [read("/events") for _ in range(3)]
    for reader in readers:
        reader.opening()
    hand.append(500)
    hand.append(data={"text": "🗂️x\n" * 250_000})
    hand.append(500)
    whole = [event.encoded() for event in hand.events()]
    for reader in readers:
        assert reader.texts(len(whole)) == whole


def test_heartbeats_come_and_readers_that_leave_are_missed(live: LiveServer, read: Open) -> None:
    reader = read("/catalog/status-stream")
    reader.opening()
    assert [reader.response.readline() for _ in range(3)] == [b":\n"] * 3
    for leave in (Reader.close, Reader.reset):
        others = [read("/events") for _ in range(5)]
        eventually(lambda: live.hub.gauges.open == 6)
        for other in others:
            leave(other)
        eventually(lambda: live.hub.gauges.open == 1)


def test_a_reader_that_stops_reading_and_goes_on_is_given_the_newest_state(
    live: LiveServer, read: Open, hand: Hand
) -> None:
    run_id = hand.start().run_id
    hand.begin(run_id)
    slow = read(f"/catalog/job-stream/{run_id}", receive_buffer=4096)
    quick = read(f"/catalog/job-stream/{run_id}")
    seen: list[int] = []
    counting = threading.Thread(target=lambda: seen.extend(len(frame.data or "") for frame in quick.messages()))
    counting.start()
    for step in range(60):
        hand.write_details(run_id, {"step": step, "text": "x" * 100_000})
    hand.complete(run_id)
    shown = [frame.data or "" for frame in slow.messages()]
    counting.join()
    assert len(shown) < len(seen)
    assert '"status":"completed"' in shown[-2]
    assert shown[-1] == '{"done": true}'
    assert live.hub.gauges.conflations > 0


def test_a_reader_that_takes_nothing_is_let_go(live: LiveServer, read: Open, hand: Hand) -> None:
    reader = read("/events", receive_buffer=4096)
    reader.opening()
    hand.append(1000, data={"text": "x" * 10_000})
    eventually(lambda: live.hub.gauges.stalls >= 1, within=10 * QUICK.stall)
    eventually(lambda: live.hub.gauges.open == 0)


def test_a_drain_ends_every_stream_cleanly(live: LiveServer, read: Open) -> None:
    readers: list[Any] = [read("/events") for _ in range(20)]
    for reader in readers:
        reader.opening()
    live.server.stop()
    for reader in readers:
        farewell = reader.frame()
        assert farewell is not None
        assert farewell.retry is not None
        assert reader.frame() is None
    assert len(list(itertools.chain(readers))) == 20
