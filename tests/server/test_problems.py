"""Whatever goes wrong is told in one form, and nothing of the inside is."""

import socket
from typing import Any

import pytest
from served_house import House, Serve, Served, wait_until

from catalogctl.domain.errors import CatalogctlError, Conflict, Overloaded, StoreUnavailable
from catalogctl.server.problems import STATUS_OF, problem_response


def every_class(root: type[CatalogctlError]) -> set[type[CatalogctlError]]:
    return {root, *(found for child in root.__subclasses__() for found in every_class(child))}


@pytest.mark.parametrize("kind", sorted(every_class(CatalogctlError), key=lambda kind: (kind.code, kind.__name__)))
def test_every_error_has_a_status(kind: type[CatalogctlError]) -> None:
    assert STATUS_OF[kind.code] == problem_response(kind("x")).status_code


def test_the_table_has_no_status_for_what_does_not_exist() -> None:
    assert set(STATUS_OF) == {kind.code for kind in every_class(CatalogctlError)}


def test_the_form_of_a_problem() -> None:
    response = problem_response(Conflict("no", hint="yes", data={"run_id": "4f", "detail": "other", "status": 1}))
    assert response.status_code == 409
    assert response.headers["content-type"] == "application/problem+json"
    assert response.body == (
        b'{"type":"about:blank","title":"Conflict","status":409,"detail":"no","code":"conflict",'
        b'"hint":"yes","run_id":"4f"}'
    )


def test_who_should_come_back_is_told_when() -> None:
    assert problem_response(Overloaded("x", data={"retry_after": 2.5})).headers["retry-after"] == "3"
    assert int(problem_response(StoreUnavailable("x")).headers["retry-after"]) > 0


class Broken:
    """A catalogue of which every method fails, with a secret in the message."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        def fail(*_: object, **__: object) -> None:
            raise self._error

        return fail


def test_the_unexpected_is_told_without_its_inside(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    served = serve(catalogue=Broken(ZeroDivisionError("SELECT secret FROM inside")))
    reply = served.get("/catalog/latest-run")
    assert (reply.status, reply.json["code"]) == (500, "internal")
    assert reply.headers["content-type"] == "application/problem+json"
    for word in ("Traceback", "SELECT", "ZeroDivision", "secret"):
        assert word not in reply.body.decode()
    # Who runs the server must be able to find out.
    wait_until(lambda: "ZeroDivisionError" in caplog.text)


def test_a_store_that_is_away_is_a_503_that_says_when(serve: Serve) -> None:
    served = serve(catalogue=Broken(StoreUnavailable("the store is locked", hint="Who has it?")))
    reply = served.get("/catalog/jobs")
    assert (reply.status, reply.json["code"], reply.json["hint"]) == (503, "store_unavailable", "Who has it?")
    assert int(reply.headers["retry-after"]) > 0


@pytest.mark.parametrize("path", ["/nowhere", "/catalog/", "/catalog/enrich/x", "/catalog//jobs", "/%2e%2e/etc/passwd"])
def test_a_path_that_leads_nowhere(shared: Serve, path: str) -> None:
    reply = shared().get(path)
    assert (reply.status, reply.json["code"]) == (404, "not_found")
    assert reply.json["hint"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/catalog", {"GET", "HEAD", "DELETE"}),
        ("PATCH", "/sources", {"GET", "HEAD", "POST", "DELETE"}),
        ("POST", "/catalog/status-stream", {"GET", "HEAD"}),
        ("POST", "/catalog/job-stream/x", {"GET", "HEAD"}),
        ("POST", "/events", {"GET", "HEAD"}),
        ("GET", "/catalog/extract", {"POST"}),
        ("TRACE", "/catalog", {"GET", "HEAD", "DELETE"}),
        ("OPTIONS", "/catalog", {"GET", "HEAD", "DELETE"}),
    ],
)
def test_a_method_that_is_not_possible(shared: Serve, method: str, path: str, allowed: set[str]) -> None:
    reply = shared().request(method, path)
    assert (reply.status, reply.json["code"]) == (405, "method_not_allowed")
    assert {word.strip() for word in reply.headers["allow"].split(",")} == allowed


@pytest.mark.parametrize("path", ["/health", "/catalog", "/catalog/jobs", "/sources", "/openapi.json", "/nowhere"])
def test_head_answers_as_get_does_without_the_body(shared: Serve, path: str) -> None:
    served = shared()
    full, head = served.get(path), served.request("HEAD", path)
    assert (head.status, head.body) == (full.status, b"")
    for name in ("content-type", "content-length", "cache-control"):
        assert head.headers[name] == full.headers[name]


@pytest.mark.parametrize("path", ["/catalog/status-stream", "/events"])
def test_head_of_a_stream_answers_at_once(shared: Serve, path: str) -> None:
    reply = shared().request("HEAD", path)
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/event-stream")


def test_nothing_is_kept_by_caches_or_guessed_by_browsers(shared: Serve) -> None:
    for path in ("/health", "/catalog", "/nowhere"):
        headers = shared().get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "server" not in headers


def test_a_body_that_is_too_large_is_not_read(shared: Serve) -> None:
    served = shared()
    reply = served.request("POST", "/catalog/extract", headers={"Content-Length": str(10**12)})
    assert (reply.status, reply.json["code"]) == (413, "body_too_large")
    assert reply.headers["connection"] == "close"


def test_a_body_that_grows_too_large_is_cut_off(shared: Serve) -> None:
    served = shared()
    with served.connection() as connection:
        head = f"POST /catalog/extract HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head.encode())
        chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        with pytest.raises(ConnectionError):
            connection.sendall(chunk * 1000)


def test_a_body_that_does_not_come_is_not_waited_for(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalogctl.server.routes.parameters.BODY_DEADLINE", 0.05)
    reply = serve().request("POST", "/catalog/extract", headers={"Content-Length": "10"})
    assert (reply.status, reply.json["code"]) == (408, "body_too_slow")


def test_a_client_that_leaves_in_the_middle_of_its_body_leaves_no_trace(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    with served.connection() as connection:
        head = f"POST /catalog/extract HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nContent-Length: 10\r\n\r\n12"
        connection.sendall(head.encode())
    assert served.get("/health").status == 200
    assert "Traceback" not in caplog.text


@pytest.fixture
def served(serve: Serve) -> Served:
    return serve()


@pytest.mark.parametrize("raw", [b"nonsense\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/9.9\r\n\r\n"])
def test_what_is_no_http_is_told_so(shared: Serve, raw: bytes) -> None:
    with socket.create_connection(("127.0.0.1", shared().port), timeout=5) as connection:
        connection.sendall(raw)
        answer = connection.makefile("rb").read()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in head
    assert b'"code":"invalid_input"' in body


@pytest.mark.parametrize("head", ["GET /{} HTTP/1.1\r\n", "GET / HTTP/1.1\r\nX: {}\r\n", "GET / HTTP/1.1\r\n{}: x\r\n"])
def test_a_head_that_is_too_large_is_refused(shared: Serve, head: str) -> None:
    with shared().connection() as connection:
        connection.sendall(head.format("a" * 70_000).encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
def test_a_head_that_does_not_come_is_not_waited_for(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr("catalogctl.server.protocol.HEAD_DEADLINE", 0.1)
    with serve().connection() as connection:
        connection.sendall(sent)
        assert connection.recv(100) == b""


@pytest.mark.parametrize(
    ("call", "later"),
    [
        ("GET /health HTTP/1.1\r\nHost: {}\r\n\r\n", b"\r\n"),
        ("POST /x HTTP/1.1\r\nHost: {}\r\nContent-Length: 9\r\n\r\n", b"x"),
    ],
)
def test_what_is_said_after_an_answer_and_begins_no_call_holds_no_connection(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, call: str, later: bytes
) -> None:
    monkeypatch.setattr("catalogctl.server.protocol.HEAD_DEADLINE", 0.3)
    served = serve()
    with served.connection() as connection:
        connection.sendall(call.format(f"127.0.0.1:{served.port}").encode())
        assert connection.recv(10_000).startswith(b"HTTP/1.1 ")
        connection.sendall(later)
        assert connection.recv(100) == b""


def test_the_body_of_a_call_that_was_refused_is_no_head(served: Served) -> None:
    call = f"POST /x HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nContent-Length: 100000\r\n\r\n".encode()
    with served.connection() as connection:
        for _ in range(2):
            connection.sendall(call)
            assert connection.recv(10_000).startswith(b"HTTP/1.1 404 ")
            connection.sendall(b"x" * 100_000)


def test_the_wish_for_another_protocol_is_passed_over_without_a_word(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    """As curl and Java send it with their first call."""
    wish = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQAAP__"}
    assert served.request("GET", "/health", headers=wish).status == 200
    assert caplog.text == ""


def test_a_stream_outlives_the_deadline_of_its_head(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalogctl.server.protocol.HEAD_DEADLINE", 0.05)
    served = serve()
    with served.connection() as stream, served.connection() as idle:
        stream.sendall(f"GET /catalog/status-stream HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode())
        assert b"is_running" in b"".join(iter(lambda: stream.recv(1), b"}"))
        assert idle.recv(1) == b"", "the deadline has passed"
        served.house.start()
        assert b"true" in b"".join(iter(lambda: stream.recv(1), b"}"))


def test_texts_that_no_encoding_has_do_not_break_an_answer(house: House, serve: Serve) -> None:
    served = serve(catalogue=Broken(Conflict("half a pair: \ud800")))
    assert served.get("/sources").json["detail"] == "half a pair: ?"
