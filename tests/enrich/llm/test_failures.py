"""Each way in which an endpoint does not answer has one clear outcome, tells no secret and loses no call."""

import gzip
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from scripted_model import KEY, Act, Stage, complains, http, raw, says

from catalogctl.domain.errors import (
    CatalogctlError,
    LlmFailed,
    LlmRefused,
    LlmTooLong,
    LlmUnauthorized,
    LlmUnavailable,
    LlmUnusable,
    Unavailable,
    error_from_code,
)
from catalogctl.enrich.llm.endpoint import Answer, LlmEndpoint
from catalogctl.enrich.llm.manner import Format
from catalogctl.enrich.llm.question import Patience

FORM = Format(name="anything", schema={"type": "object"})
GOOD = says({"a": 1})
BAD_STATUS_LINE = raw(b"\x00\x01\x02 this is no HTTP\r\n\r\n")
CUT_OFF = raw(b'HTTP/1.1 200 OK\r\ncontent-length: 100\r\ncontent-type: application/json\r\n\r\n{"choices"')


def ask(endpoint: LlmEndpoint) -> Answer[dict[str, Any]]:
    return endpoint.ask([{"role": "user", "content": "?"}], form=FORM, check=dict, purpose="test", max_tokens=50)


FINAL: list[tuple[str, Act, type[LlmFailed], str]] = [
    ("wrong key", complains(401, f"Incorrect API key provided: {KEY}"), LlmUnauthorized, "does not accept the key"),
    ("forbidden", http(403, "Forbidden", kind="text/plain"), LlmUnauthorized, "(403)"),
    ("wrong key, said with 400", complains(400, code="invalid_api_key"), LlmUnauthorized, "key"),
    ("unpaid", complains(402, "Payment required"), LlmRefused, "paid first"),
    ("no credit, said with 429", complains(429, code="insufficient_quota"), LlmRefused, "paid first"),
    (
        "unknown model",
        complains(404, "The model does not exist", code="model_not_found"),
        LlmRefused,
        "no model 'tiny'",
    ),
    ("unknown address", http(404, "<html><h1>Not here", kind="text/html"), LlmRefused, "no such address"),
    ("forbidden contents", complains(400, "flagged", code="content_filter"), LlmRefused, "contents of the request"),
    ("a refusal in words", says(None, refusal="I will not."), LlmRefused, "refuses to answer: I will not."),
    ("a withheld answer", says("", finish="content_filter"), LlmRefused, "content filter"),
    ("a cut answer", says('{"a": ', finish="length"), LlmTooLong, "cut off"),
    ("OpenAI's long request", complains(400, code="context_length_exceeded"), LlmTooLong, "longer than 'tiny' takes"),
    ("llama.cpp's long request", complains(400, type="exceed_context_size_error"), LlmTooLong, "longer"),
    ("a body too large", http(413, ""), LlmTooLong, "longer"),
    ("a web page", http(200, "<html><body>Log in", kind="text/html"), LlmUnusable, "answers with a web page"),
    ("text", http(200, "Ollama is running", kind="text/plain"), LlmUnusable, "text/plain that is no chat completion"),
    ("broken JSON", http(200, '{"choices": ['), LlmUnusable, "no chat completion"),
    ("JSON nested without end", http(200, "[" * 200_000), LlmUnusable, "no chat completion"),
    ("no object", http(200, "[]"), LlmUnusable, "no chat completion"),
    ("nothing", http(200, ""), LlmUnusable, "no chat completion"),
    ("no choices", http(200, {"choices": []}), LlmUnusable, "empty list of choices"),
    ("choices of nothing", http(200, {"choices": [None]}), LlmUnusable, "answers with nothing"),
    ("an empty answer", says("  "), LlmUnusable, "answers with nothing"),
    ("a tool call", says(None, tool_calls=[{"id": "1"}]), LlmUnusable, "answers with nothing"),
    ("elsewhere", http(308, "", location="https://example.org/"), LlmUnusable, "sends elsewhere"),
    ("a strange status", http(299, ""), LlmUnusable, "(299)"),
    ("noise in gzip", http(200, gzip.compress(b"\xff" * 9_000_000), content_encoding="gzip"), LlmUnusable, "8 MB"),
]


@pytest.mark.parametrize(("act", "kind", "said"), [row[1:] for row in FINAL], ids=[row[0] for row in FINAL])
def test_what_will_not_pass_by_itself_is_told_after_one_call(
    stage: Stage, endpoint: LlmEndpoint, act: Act, kind: type[LlmFailed], said: str
) -> None:
    stage.plays(act)
    with pytest.raises(LlmFailed) as failure:
        ask(endpoint)
    error = failure.value
    assert type(error) is kind
    assert said in error.detail
    assert KEY not in f"{error.detail} {error.hint} {error.data} {error.calls}"
    [call] = error.calls
    assert len(stage.requests) == 1
    assert (call.is_ok, call.error) == (False, error.detail)


PASSING: list[tuple[str, Act]] = [
    ("too many requests", complains(429)),
    ("too many requests, with a time", http(429, "", retry_after="0")),
    ("a fault", http(500, "oops")),
    ("a gateway's page", http(502, "<html>Bad gateway", kind="text/html")),
    ("overloaded", complains(503)),
    ("overloaded, Anthropic's way", complains(529, type="overloaded_error")),
    ("a request that took too long", complains(408)),
    ("a gateway's 429 inside a 200", http(200, {"error": {"code": 429, "message": "slow down"}})),
    ("a connection cut in the head", raw(b"HTTP/1.1 200 OK\r\nconte")),
    ("a connection cut at once", raw(b"")),
    ("a connection cut in the body", CUT_OFF),
    ("no HTTP", BAD_STATUS_LINE),
    ("broken gzip", http(200, b"not gzip", content_encoding="gzip")),
]


@pytest.mark.parametrize("act", [row[1] for row in PASSING], ids=[row[0] for row in PASSING])
def test_what_may_pass_is_tried_again_and_every_try_is_told(stage: Stage, endpoint: LlmEndpoint, act: Act) -> None:
    stage.plays(act, act, GOOD)
    answer = ask(endpoint)
    assert answer.value == {"a": 1}
    assert [call.is_ok for call in answer.calls] == [False, False, True]
    assert all(call.error for call in answer.calls[:2])
    assert [call.tokens_input for call in answer.calls] == [None, None, 100]


@pytest.mark.parametrize("act", [row[1] for row in PASSING], ids=[row[0] for row in PASSING])
def test_what_does_not_pass_is_given_up_in_the_end(stage: Stage, endpoint: LlmEndpoint, act: Act) -> None:
    stage.plays(act)
    with pytest.raises(LlmUnavailable) as failure:
        ask(endpoint)
    assert isinstance(failure.value, Unavailable)
    assert len(stage.requests) == len(failure.value.calls) == 3


@pytest.mark.parametrize("silent", ["silence", "drip", "drip_head"])
def test_an_endpoint_that_never_ends_is_left_at_the_deadline_and_not_asked_again(stage: Stage, silent: str) -> None:
    stage.plays(getattr(stage, silent))
    began = time.monotonic()
    with LlmEndpoint(url=stage.url, model="tiny", timeout=0.4) as endpoint, pytest.raises(LlmUnavailable) as failure:
        ask(endpoint)
    assert 0.36 < time.monotonic() - began < 5
    assert "no complete answer within 0.4 s" in failure.value.detail
    assert [call.is_ok for call in failure.value.calls] == [False]
    assert failure.value.calls[0].seconds > 0.36
    assert stage.left.wait(5)


def test_rubbish_without_end_is_left_when_it_is_too_much(stage: Stage, endpoint: LlmEndpoint) -> None:
    stage.plays(stage.rubbish)
    with pytest.raises(LlmUnusable, match="larger than 8 MB"):
        ask(endpoint)
    assert stage.left.wait(10)


def test_an_endpoint_that_is_not_there_is_tried_and_then_told(endpoint: LlmEndpoint) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    patience = Patience(tries=2, first_delay=0.01)
    with LlmEndpoint(url=f"http://127.0.0.1:{port}", model="m", patience=patience) as gone:
        with pytest.raises(LlmUnavailable, match="cannot be reached") as failure:
            ask(gone)
        assert len(failure.value.calls) == 2
        assert failure.value.hint is not None
        assert not gone.probe().is_ok


def test_a_name_that_does_not_exist_is_told() -> None:
    patience = Patience(tries=1)
    with LlmEndpoint(url="http://no-such-host.invalid/v1", model="m", timeout=10, patience=patience) as nowhere:
        probe = nowhere.probe()
    assert "no-such-host.invalid" in probe.message
    assert not probe.is_ok


def test_https_on_a_plain_port_is_told(stage: Stage) -> None:
    stage.plays(GOOD)
    with LlmEndpoint(url=stage.url.replace("http:", "https:"), model="m", timeout=5) as wrong:
        assert not wrong.probe().is_ok


@pytest.mark.parametrize("written", ["1", "date"])
def test_a_time_to_come_back_is_obeyed(stage: Stage, endpoint: LlmEndpoint, written: str) -> None:
    value = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True) if written == "date" else written
    stage.plays(http(429, "", retry_after=value), GOOD)
    began = time.monotonic()
    ask(endpoint)
    assert time.monotonic() - began >= 0.9


@pytest.mark.parametrize("value", ["3600", "Fri, 01 Jan 2100 00:00:00 GMT"])
def test_a_time_to_come_back_that_is_too_far_is_told_and_not_waited_for(
    stage: Stage, endpoint: LlmEndpoint, value: str
) -> None:
    stage.plays(http(429, "", retry_after=value))
    began = time.monotonic()
    with pytest.raises(LlmUnavailable) as failure:
        ask(endpoint)
    assert time.monotonic() - began < 5
    assert failure.value.data["retry_after"] >= 3600
    assert len(stage.requests) == 1


@pytest.mark.parametrize("value", ["soon", "-1", "", "1e9", "nan"])
def test_a_time_to_come_back_that_is_none_is_ignored(stage: Stage, endpoint: LlmEndpoint, value: str) -> None:
    stage.plays(http(503, "", retry_after=value), GOOD)
    assert len(ask(endpoint).calls) == 2


def test_delays_grow_and_are_bounded() -> None:
    patience = Patience(tries=10, first_delay=1, most_delay=8, most_wait=60)
    for tries, most in ((1, 1.0), (2, 2.0), (4, 8.0), (9, 8.0)):
        delay = patience.delay(tries, None)
        assert delay is not None
        assert most / 2 <= delay <= most
    assert patience.delay(10, None) is None
    assert patience.delay(1, 60) == 60
    assert patience.delay(1, 61) is None


def test_an_error_in_another_shape_is_told_in_one_line_without_control_characters(
    stage: Stage, endpoint: LlmEndpoint
) -> None:
    for body in (
        {"detail": [{"msg": "bad\x1b[31m\nthing"}]},
        {"message": "bad\x1b[31m\nthing"},
        {"error": "bad thing"},
    ):
        stage.plays(http(401, body))
        with pytest.raises(LlmUnauthorized, match="bad") as failure:
            ask(endpoint)
        assert failure.value.detail.isprintable()
        assert len(failure.value.detail) < 600


def test_secrets_of_the_address_are_cut_out_of_what_the_endpoint_says(stage: Stage) -> None:
    stage.plays(complains(401, "no user joe with hunter2 and the key p4ram"))
    url = stage.url.replace("http://", "http://joe:hunter2@") + "?api_key=p4ram"
    with LlmEndpoint(url=url, model="m") as endpoint, pytest.raises(LlmUnauthorized) as failure:
        ask(endpoint)
    assert "hunter2" not in failure.value.detail
    assert "p4ram" not in failure.value.detail
    assert "joe:***@127.0.0.1" in failure.value.detail


def test_the_errors_travel_by_their_codes() -> None:
    for kind in (LlmFailed, LlmUnavailable, LlmUnauthorized, LlmRefused, LlmTooLong, LlmUnusable):
        error = error_from_code(kind.code, "why", hint="what next", data={"retry_after": 3})
        assert type(error) is kind
        assert isinstance(error, CatalogctlError)
        assert (error.detail, error.hint, error.data) == ("why", "what next", {"retry_after": 3})
