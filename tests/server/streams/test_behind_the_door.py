"""Streams of the whole server: who is let in, what every answer carries, and how many there may be, on both ways."""

import logging
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email.utils import parsedate_to_datetime
from typing import Any

import psutil
import pytest
from served_house import House, Serve, Served, now, wait_until

from catalogctl.domain.events import NewEvent

FRONT_END = "http://localhost:3000"
STREAMS = ["/catalog/job-stream/{run}", "/catalog/status-stream", "/analytics/kpi-stream", "/events"]
EVERY_STREAM = pytest.mark.parametrize("stream", STREAMS)


@pytest.fixture
def serve_path(serve: Serve, path: str) -> Callable[..., Served]:
    """A server whose streams go out by the way of this test."""
    return lambda **options: serve(portable_streams=path == "portable", **options)


@pytest.fixture
def run_id(house: House) -> str:
    return house.start().run_id


class OpenStream:
    """A stream that stays open, read byte by byte."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.received = b""

    def until(self, wanted: bytes) -> bytes:
        """All that has come when *wanted* has."""
        while wanted not in self.received:
            chunk = self.connection.recv(65536)
            assert chunk, self.received
            self.received += chunk
        return self.received

    def rest(self) -> bytes:
        """All that has come at the end."""
        while chunk := self.connection.recv(65536):
            self.received += chunk
        return self.received

    @property
    def head(self) -> dict[str, str]:
        lines = self.until(b"\r\n\r\n").partition(b"\r\n\r\n")[0].decode().split("\r\n")
        return {"status": lines[0].split()[1], **{n.lower(): v for n, _, v in (x.partition(": ") for x in lines[1:])}}


@contextmanager
def opened(served: Served, path: str, *headers: str, version: str = "1.1", after: bytes = b"") -> Iterator[OpenStream]:
    with served.connection() as connection:
        lines = [f"GET {path} HTTP/{version}", f"Host: 127.0.0.1:{served.port}", *headers]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + after)
        yield OpenStream(connection)


def append(house: House, text: str = "{}") -> None:
    house.store.transact(lambda transaction: transaction.append(NewEvent(type="llm.used", at=now(), data=text)))


@EVERY_STREAM
def test_a_stream_carries_what_every_answer_carries(
    serve_path: Callable[..., Served], run_id: str, stream: str
) -> None:
    with opened(serve_path(), stream.format(run=run_id)) as reader:
        head = reader.head
    assert head["status"] == "200"
    assert head["x-content-type-options"] == "nosniff"
    assert head["x-frame-options"] == "DENY"
    assert head["referrer-policy"] == "no-referrer"
    assert head["cross-origin-resource-policy"] == "same-origin"
    assert head["transfer-encoding"] == "chunked"
    assert "server" not in head
    assert abs((parsedate_to_datetime(head["date"]) - now()).total_seconds()) < 60


@EVERY_STREAM
def test_pages_of_an_allowed_origin_may_read_a_stream_and_resume_it(
    serve_path: Callable[..., Served], run_id: str, stream: str
) -> None:
    served = serve_path(allow_origins=(FRONT_END,))
    path = stream.format(run=run_id)
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "last-event-id"}
    preflight = served.request("OPTIONS", path, headers={"Origin": FRONT_END, **asked})
    assert preflight.status == 204
    assert "Last-Event-ID" in preflight.headers["access-control-allow-headers"]
    with opened(served, path, f"Origin: {FRONT_END}", "Last-Event-ID: 1") as reader:
        head = reader.head
        assert b"retry: " in reader.until(b"retry: ")
    assert head["access-control-allow-origin"] == FRONT_END
    assert head["access-control-allow-credentials"] == "true"
    assert "Catalogctl-Reset" in head["access-control-expose-headers"]
    assert "Origin" in head["vary"]


@EVERY_STREAM
@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Accept: */*", 401),
        ("Authorization: Bearer wrong-hunter2", 401),
        ("Authorization: Bearer hunter2\r\nOrigin: http://evil.example", 403),
        ("Authorization: Bearer hunter2\r\nSec-Fetch-Site: cross-site", 403),
        ("Authorization: Bearer hunter2\r\nHost: evil.example", 400),
    ],
)
def test_who_may_not_read_receives_no_byte_of_a_stream(
    serve_path: Callable[..., Served], run_id: str, stream: str, header: str, status: int
) -> None:
    served = serve_path(token="hunter2")
    with opened(served, stream.format(run=run_id), header, "Connection: close") as reader:
        answer = reader.rest()
    assert int(answer.split()[1]) == status
    assert b"application/problem+json" in answer
    assert b"retry: " not in answer


def test_a_token_is_in_no_event_answer_log_or_title(
    serve_path: Callable[..., Served], house: House, run_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    served = serve_path(token="hunter2-token")
    told = b""
    for path in (*STREAMS, "/events?topics=weather", "/catalog/job-stream/none"):
        for token in ("hunter2-token", "hunter2-wrong"):
            with opened(served, path.format(run=run_id), f"Authorization: Bearer {token}") as reader:
                told += reader.until(b"\r\n\r\n")
                append(house)
                if b"event-stream" in told and path == "/events" and token == "hunter2-token":
                    told += reader.until(b"llm.used")
    assert b"llm.used" in told
    assert b"hunter2" not in told
    assert "hunter2" not in caplog.text
    assert "hunter2" not in "".join(event.encoded() for event in house.store.page_since(0, limit=1000).events)
    assert "hunter2" not in " ".join(psutil.Process().cmdline())


@pytest.mark.parametrize("stream", ["/events", "/catalog/status-stream"])
def test_a_reader_that_wants_the_connection_closed_is_told_that_it_will_be(
    serve_path: Callable[..., Served], stream: str
) -> None:
    with opened(serve_path(), stream, "Connection: close") as reader:
        assert reader.head["connection"] == "close"
        reader.until(b"id: ")


def test_a_stream_that_ends_ends_its_answer(serve_path: Callable[..., Served], house: House) -> None:
    run = house.extract()
    with opened(serve_path(), f"/catalog/job-stream/{run.run_id}", "Connection: close") as reader:
        assert reader.rest().endswith(b'data: {"done": true}\n\n\r\n0\r\n\r\n')


def test_a_second_request_at_once_harms_nobody(serve_path: Callable[..., Served], house: House) -> None:
    """It may never be answered, for a stream has no end; but it must neither end the stream nor outlive it."""
    served = serve_path()
    again = f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode()
    with opened(served, "/events", after=again) as reader:
        reader.until(b"id: ")
        append(house, '{"n":1}')
        assert reader.until(b'{"n":1}').count(b"HTTP/1.1 ") == 1
    assert served.get("/health").status == 200


def test_there_are_only_so_many_streams_and_other_calls_are_still_answered(
    serve_path: Callable[..., Served], house: House
) -> None:
    served = serve_path(max_streams=8, max_streams_per_client=0)
    with ExitStack() as stack:
        readers = [stack.enter_context(opened(served, STREAMS[1 + number % 3])) for number in range(8)]
        for reader in readers:
            assert reader.head["status"] == "200"
        for stream in STREAMS[1:]:
            refused = served.get(stream)
            assert (refused.status, refused.json["code"]) == (503, "overloaded")
            assert int(refused.headers["retry-after"]) > 0
            assert "--max-streams" in refused.json["hint"]
        for call in ("/health", "/ready", "/catalog/runs"):
            assert served.get(call).status == 200
        readers[0].connection.shutdown(socket.SHUT_RDWR)
        wait_until(lambda: served.get("/events").status == 200)
    wait_until(lambda: _all_may_open(served, 8))


def _all_may_open(served: Served, count: int) -> bool:
    with ExitStack() as stack:
        readers = [stack.enter_context(opened(served, "/events")) for _ in range(count)]
        return all(reader.head["status"] == "200" for reader in readers)


def test_one_client_has_its_share_and_takes_none_of_the_others(serve_path: Callable[..., Served]) -> None:
    served = serve_path(max_streams_per_client=3, trusted_proxies=("127.0.0.1",))
    with ExitStack() as stack:
        for _ in range(3):
            reader = stack.enter_context(opened(served, "/events", "X-Forwarded-For: 192.0.2.1"))
            assert reader.head["status"] == "200"
        refused = served.get("/events", headers={"X-Forwarded-For": "192.0.2.1"})
        assert (refused.status, refused.json["code"]) == (429, "too_many_streams")
        assert int(refused.headers["retry-after"]) > 0
        assert "--max-streams-per-client" in refused.json["hint"]
        assert served.get("/health", headers={"X-Forwarded-For": "192.0.2.1"}).status == 200
        other = stack.enter_context(opened(served, "/events", "X-Forwarded-For: 192.0.2.2"))
        assert other.head["status"] == "200"
    again = {"X-Forwarded-For": "192.0.2.1"}
    wait_until(lambda: served.get("/events", headers=again).status == 200)


def test_calls_that_are_refused_or_answered_without_a_stream_keep_no_place(
    serve_path: Callable[..., Served], house: House
) -> None:
    done = house.extract()
    served = serve_path(max_streams=1, max_streams_per_client=1)
    with opened(served, f"/catalog/job-stream/{done.run_id}") as reader:
        last = re.findall(rb"id: (\S+)", reader.until(b"\r\n0\r\n\r\n"))[-1].decode()
    calls: list[tuple[str, str, dict[str, Any], int]] = [
        ("HEAD", "/events", {}, 200),
        ("GET", "/events?topics=weather", {}, 400),
        ("GET", "/catalog/job-stream/none", {}, 404),
        ("GET", f"/catalog/job-stream/{done.run_id}", {"Last-Event-ID": last}, 204),
    ]
    wait_until(lambda: served.get("/events").status == 200)
    for method, path, headers, status in calls * 3:
        wait_until(
            lambda method=method, path=path, headers=headers, status=status: (
                served.request(method, path, headers=headers).status == status
            )
        )
    wait_until(lambda: served.get("/events").status == 200)
