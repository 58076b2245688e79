import time

import pytest
from live_streams import Hand, LiveServer

EVERY_STREAM = pytest.mark.parametrize(
    "stream", ["/catalog/job-stream/{run}", "/catalog/status-stream", "/analytics/kpi-stream", "/events"]
)


@pytest.fixture
def run_id(hand: Hand) -> str:
    return hand.start().run_id


@EVERY_STREAM
def test_the_head_says_event_stream_and_keeps_everybody_from_storing_or_buffering(
    live: LiveServer, run_id: str, stream: str
) -> None:
    reader = live.read(stream.format(run=run_id))
    assert reader.status == 200
    assert reader.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert reader.headers["cache-control"] == "no-store, no-transform"
    assert reader.headers["x-accel-buffering"] == "no"
    assert "content-length" not in reader.headers
    assert "catalogctl-reset" not in reader.headers


@EVERY_STREAM
def test_an_idle_stream_sends_its_head_and_its_first_frame_within_100_ms(
    live: LiveServer, run_id: str, stream: str
) -> None:
    live.read("/events").close()
    took = []
    for _ in range(10):
        start = time.monotonic()
        reader = live.read(stream.format(run=run_id))
        assert reader.frame() is not None
        took.append(time.monotonic() - start)
    # The best of several: other programs want the processor too.
    assert min(took) < 0.1


@EVERY_STREAM
def test_head_is_answered_at_once_without_a_body(live: LiveServer, run_id: str, stream: str) -> None:
    reader = live.read(stream.format(run=run_id), method="HEAD")
    assert reader.status == 200
    assert reader.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert reader.response.read() == b""
    # The connection is free for the next call, so nothing was left open behind it.
    reader.connection.request("HEAD", "/events")
    assert reader.connection.getresponse().status == 200
    assert live.hub.gauges.open == 0


@EVERY_STREAM
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods_are_not_allowed(live: LiveServer, run_id: str, stream: str, method: str) -> None:
    reader = live.read(stream.format(run=run_id), method=method)
    assert reader.status == 405
    assert "GET" in reader.headers["allow"]


@EVERY_STREAM
def test_the_reconnection_delay_is_told_in_digits(live: LiveServer, run_id: str, stream: str) -> None:
    reader = live.read(stream.format(run=run_id))
    first = reader.frame()
    assert first is not None
    assert first.retry == "20"
    assert reader.lines[0] == b"retry: 20\n"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/catalog/job-stream/11111111-2222-4333-8444-555555555555", 404, "run_not_found"),
        ("/events?topics=jobs,weather", 400, "invalid_input"),
        ("/events?since=yesterday", 400, "invalid_cursor"),
    ],
)
def test_a_stream_that_cannot_be_is_a_problem_before_any_byte_of_it(
    live: LiveServer, target: str, status: int, code: str, method: str
) -> None:
    reader = live.read(target, method=method)
    assert reader.status == status
    assert reader.headers["content-type"] == "application/problem+json"
    if method == "GET":
        assert code in reader.response.read().decode()
    assert live.hub.gauges.open == 0
