"""Calls that take long: they wait in threads, and nobody else waits with them."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from served_house import Reply, Serve, Served, wait_until

from catalogctl.domain.errors import RunNotFound
from catalogctl.domain.runs import Run
from catalogctl.domain.sources import Source, SourceCheck


class Gate:
    """A catalogue whose methods wait until they are let through, and say how many wait."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._lock = threading.Lock()
        self.inside = 0

    def open(self) -> None:
        self._open.set()

    def _wait(self) -> None:
        with self._lock:
            self.inside += 1
        assert self._open.wait(30)

    def latest_run(self) -> Run | None:
        self._wait()
        return None

    def sources(self) -> list[Source]:
        return []

    def test_source(self, name: str) -> SourceCheck:
        self._wait()
        return SourceCheck(is_ok=True, message=f"{name} is ok")

    def cancel_run(self, run_id: str) -> Run:
        raise RunNotFound(f"no run {run_id}")


@pytest.fixture
def gate() -> Gate:
    return Gate()


@contextmanager
def callers(served: Served, gate: Gate, count: int, method: str, path: str) -> Iterator[list[Future[Reply]]]:
    """So many callers at once; they are let through at the end of the block, which waits for them."""
    with ThreadPoolExecutor(count) as threads:
        try:
            yield [threads.submit(served.request, method, path) for _ in range(count)]
        finally:
            gate.open()


def statuses(answers: list[Future[Reply]]) -> list[int]:
    return sorted(answer.result().status for answer in answers)


def test_while_calls_wait_the_loop_and_its_streams_do_not(serve: Serve, gate: Gate) -> None:
    served = serve(catalogue=gate, threads=2)
    with callers(served, gate, 2, "GET", "/catalog/latest-run") as answers:
        wait_until(lambda: gate.inside == 2)
        assert served.get("/health").status == 200
        assert served.get("/nowhere").status == 404
        assert served.get("/events").headers["content-type"].startswith("text/event-stream")
    assert statuses(answers) == [200, 200]


def test_slow_calls_leave_threads_for_quick_ones(serve: Serve, gate: Gate) -> None:
    served = serve(catalogue=gate, threads=4)
    with callers(served, gate, 8, "POST", "/sources/shop/test") as answers:
        wait_until(lambda: gate.inside == 2)
        assert served.get("/sources").status == 200
        assert gate.inside == 2
    assert statuses(answers) == [200] * 8


def test_who_comes_when_the_line_is_full_is_sent_away(serve: Serve, gate: Gate) -> None:
    served = serve(catalogue=gate, threads=1, waiting=2)
    with callers(served, gate, 5, "GET", "/catalog/latest-run") as answers:
        wait_until(lambda: sum(answer.done() for answer in answers) == 2)
        reply = served.get("/sources")
        assert (reply.status, reply.json["code"]) == (503, "overloaded")
        assert reply.headers["retry-after"] == "1"
        assert served.get("/ready").status == 503
        assert served.get("/health").status == 200
    assert statuses(answers) == [200, 200, 200, 503, 503]
    assert served.get("/sources").status == 200


def test_slow_calls_have_a_line_of_their_own_and_fill_no_other(serve: Serve, gate: Gate) -> None:
    served = serve(catalogue=gate, threads=4, waiting=2)
    with callers(served, gate, 7, "POST", "/sources/shop/test") as answers:
        wait_until(lambda: sum(answer.done() for answer in answers) == 3)
        reply = served.post("/sources/shop/test")
        assert (reply.status, reply.json["code"], reply.headers["retry-after"]) == (503, "overloaded", "1")
        assert served.get("/sources").status == 200
        assert served.get("/ready").status == 200
        assert b"catalogctl_store_up 1" in served.get("/metrics").body
    assert statuses(answers) == [200] * 4 + [503] * 3
    assert served.post("/sources/shop/test").status == 200


def test_errors_of_the_threads_arrive(serve: Serve, gate: Gate) -> None:
    assert serve(catalogue=gate).post("/catalog/run/x/cancel").json["code"] == "run_not_found"


def test_a_caller_that_leaves_gives_its_place_back(serve: Serve, gate: Gate) -> None:
    served = serve(catalogue=gate, threads=1, waiting=0)
    with served.connection() as connection:
        connection.sendall(f"GET /catalog/latest-run HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode())
        wait_until(lambda: gate.inside == 1)
    gate.open()
    wait_until(lambda: served.get("/sources").status == 200)
