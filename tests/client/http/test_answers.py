"""What the client makes of answers that are not as they should be."""

import socket
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from strangers import Stranger, answer

from catalogctl.client.http import HttpCatalogue
from catalogctl.domain.errors import (
    CatalogctlError,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    Overloaded,
    RunActive,
    ServerUnreachable,
    SourceNotRegistered,
    StoreUnavailable,
    Unauthorized,
    Unavailable,
)
from catalogctl.domain.runs import RunKind, RunOptions

PAGE = "<html><body>It works!</body></html>"


def refusal(client: HttpCatalogue) -> CatalogctlError:
    with pytest.raises(CatalogctlError) as caught:
        client.sources()
    assert "hunter2" not in f"{caught.value} {caught.value.hint} {caught.value.data}"
    return caught.value


def problem(status: int, **fields: Any) -> dict[str, Any]:
    return {"type": "about:blank", "title": "X", "status": status, "detail": "what happened", **fields}


@pytest.mark.parametrize(
    "body",
    [PAGE, "", "{", [], {}, "text", 7, None, {"sources": None}, {"sources": [{"id": 1}]}, {"catalog": []}],
    ids=str,
)
def test_what_is_not_the_answer_is_not_catalogctl(client: HttpCatalogue, stranger: Stranger, body: Any) -> None:
    stranger.reply = answer(body=body)
    error = refusal(client)
    assert type(error) is ServerUnreachable
    assert f"{stranger.url} is not a catalogctl server" in error.detail
    assert "--server" in str(error.hint)


def test_a_page_is_not_catalogctl(client: HttpCatalogue, stranger: Stranger) -> None:
    stranger.reply = answer(body=PAGE, kind="text/html; charset=utf-8")
    assert "text/html" in refusal(client).detail


@pytest.mark.parametrize("reply", [b"nonsense\r\n\r\n", b"SSH-2.0-OpenSSH\r\n", b"\x15\x03\x01\x00\x02\x02\x16", b""])
def test_what_is_no_http_is_unreachable(client: HttpCatalogue, stranger: Stranger, reply: bytes) -> None:
    stranger.reply = reply
    assert type(refusal(client)) is ServerUnreachable


def test_an_answer_that_breaks_off_is_unreachable(client: HttpCatalogue, stranger: Stranger) -> None:
    stranger.reply = answer(body={"sources": []})[:-3]
    assert type(refusal(client)) is ServerUnreachable


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (409, "run_active", RunActive),
        (403, "source_not_registered", SourceNotRegistered),
        (401, "unauthorized", Unauthorized),
        (503, "store_unavailable", StoreUnavailable),
        (503, "overloaded", Overloaded),
        (500, "internal", CatalogctlError),
    ],
)
def test_a_code_makes_the_error_that_it_names(
    client: HttpCatalogue, stranger: Stranger, status: int, code: str, kind: type
) -> None:
    body = problem(status, code=code, hint="what next", run_id="4f")
    stranger.reply = answer(status, body, kind="application/problem+json")
    error = refusal(client)
    assert type(error) is kind
    assert (error.detail, error.hint) == ("what happened", "what next")
    assert error.data["run_id"] == "4f"
    assert "status" not in error.data


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidInput),
        (401, Unauthorized),
        (403, Forbidden),
        (405, InvalidInput),
        (409, Conflict),
        (413, InvalidInput),
        (418, InvalidInput),
        (422, InvalidInput),
        (429, Overloaded),
        (500, CatalogctlError),
        (502, Unavailable),
        (503, Unavailable),
        (504, Unavailable),
    ],
)
@pytest.mark.parametrize("fields", [{}, {"code": "of_a_newer_server"}, {"code": 7}])
def test_without_a_code_that_is_known_the_status_decides(
    client: HttpCatalogue, stranger: Stranger, status: int, kind: type, fields: dict[str, Any]
) -> None:
    stranger.reply = answer(status, problem(status, **fields))
    error = refusal(client)
    assert isinstance(error, kind)
    assert error.detail == "what happened"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, Unauthorized), (403, Forbidden), (429, Overloaded), (502, Unavailable), (503, Unavailable)],
)
def test_what_a_proxy_says_is_taken_for_what_it_is(
    client: HttpCatalogue, stranger: Stranger, status: int, kind: type
) -> None:
    stranger.reply = answer(status, PAGE, kind="text/html")
    error = refusal(client)
    assert type(error) is kind
    assert str(status) in error.detail


def test_a_404_of_something_else_is_not_catalogctl(client: HttpCatalogue, stranger: Stranger) -> None:
    for kind, body in (("text/html", PAGE), ("application/json", {"detail": "Not Found"})):
        stranger.reply = answer(404, body, kind=kind)
        error = refusal(client)
        assert type(error) is ServerUnreachable
        assert "not a catalogctl server" in error.detail


def test_a_404_of_a_catalogctl_is_a_404(client: HttpCatalogue, stranger: Stranger) -> None:
    health = {"status": "ok", "name": "catalogctl", "version": "9", "epoch": "12345678"}

    def reply(path: str) -> bytes:
        return answer(body=health) if path == "/health" else answer(404, problem(404, code="not_found"))

    stranger.reply = reply
    assert type(refusal(client)) is NotFound


@pytest.mark.parametrize("name", ["retry-after", "Retry-After"])
def test_when_to_come_back_is_passed_on(client: HttpCatalogue, stranger: Stranger, name: str) -> None:
    for body, kind in ((problem(503, code="overloaded"), "application/problem+json"), (PAGE, "text/html")):
        stranger.reply = answer(503, body, kind=kind, headers={name: "7"})
        assert refusal(client).data["retry_after"] == 7.0
    stranger.reply = answer(503, problem(503), headers={name: "Wed, 21 Oct 2026 07:28:00 GMT"})
    assert "retry_after" not in refusal(client).data


def test_a_redirect_is_not_followed_and_the_token_stays_here(
    client: HttpCatalogue, stranger: Stranger, make_stranger: Callable[[], Stranger]
) -> None:
    target = make_stranger()
    target.reply = answer(body={"sources": []})
    stranger.reply = answer(302, "", headers={"Location": f"{target.url}/sources"})
    error = refusal(client)
    assert type(error) is ServerUnreachable
    assert target.url in error.detail
    assert target.asked == []


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with closing(HttpCatalogue(f"http://127.0.0.1:{port}", token="hunter2")) as client:
        error = refusal(client)
    assert type(error) is ServerUnreachable
    assert f"127.0.0.1:{port}" in error.detail
    assert "catalogctl serve" in str(error.hint)


def test_a_name_that_is_none() -> None:
    with closing(HttpCatalogue("http://no-such-name.invalid", token="hunter2")) as client:
        assert type(refusal(client)) is ServerUnreachable


def test_an_answer_that_does_not_come(stranger: Stranger) -> None:
    stranger.reply = lambda _: None
    with closing(HttpCatalogue(stranger.url, token="hunter2", timeout=0.05)) as client:
        error = refusal(client)
    assert type(error) is ServerUnreachable
    assert "in time" in error.detail


def test_a_connection_that_was_closed_meanwhile_is_made_anew_for_questions_only(
    client: HttpCatalogue, stranger: Stranger
) -> None:
    replies = [b"", answer(body={"sources": []})]
    stranger.reply = lambda _: replies.pop(0)
    assert client.sources() == []
    replies[:] = [b"", answer(body={})]
    with pytest.raises(ServerUnreachable):
        client.start_run(RunKind.EXTRACTION, source="shop", options=RunOptions())
    assert len(replies) == 1, "a command must not be given twice"


def test_identity(client: HttpCatalogue, stranger: Stranger) -> None:
    stranger.reply = answer(body={"status": "ok", "name": "catalogctl", "version": "9", "epoch": "12345678"})
    assert (client.identity().version, client.identity().epoch) == ("9", "12345678")


@pytest.mark.parametrize("body", [{"status": "ok"}, {"name": "other", "version": "9", "epoch": "1"}, {"name": 7}, PAGE])
@pytest.mark.parametrize("status", [200, 404])
def test_the_health_of_something_else(client: HttpCatalogue, stranger: Stranger, body: Any, status: int) -> None:
    stranger.reply = answer(status, body)
    with pytest.raises(ServerUnreachable, match="not a catalogctl server"):
        client.identity()
