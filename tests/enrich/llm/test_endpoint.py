"""How an endpoint is asked, what it costs, and how it is left."""

import gzip
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from scripted_model import KEY, Stage, complains, http, raw, says

from catalogctl.domain.errors import Interrupted, InvalidInput, LlmFailed, LlmInterrupted, LlmUnavailable, LlmUnusable
from catalogctl.enrich.llm.endpoint import Answer, LlmEndpoint
from catalogctl.enrich.llm.manner import Format, Memory
from catalogctl.enrich.llm.text import InvalidAnswer
from catalogctl.enrich.prices import Price, Prices

FORM = Format(name="colours", schema={"type": "object", "properties": {"colour": {"type": "string", "maxLength": 9}}})
GOOD = says({"colour": "red"})
PROSE = says("I would say that it is red.")


def colour(answer: dict[str, Any]) -> str:
    if not isinstance(answer.get("colour"), str):
        raise InvalidAnswer('it needs a "colour"')
    return str(answer["colour"])


def ask(endpoint: LlmEndpoint) -> Answer[str]:
    messages = [{"role": "system", "content": "Name a colour."}, {"role": "user", "content": "Now."}]
    return endpoint.ask(messages, form=FORM, check=colour, purpose="colours", max_tokens=50)


def formats(stage: Stage) -> list[str | None]:
    """Which kind of output each request asked for."""
    return [body.get("response_format", {}).get("type") for body in stage.bodies()]


def test_the_first_request_asks_for_the_strict_schema_with_the_key(stage: Stage, endpoint: LlmEndpoint) -> None:
    stage.plays(GOOD)
    assert ask(endpoint).value == "red"
    [request] = stage.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body["response_format"]["json_schema"] == {"name": "colours", "strict": True, "schema": FORM.schema}
    assert {name: request.body[name] for name in ("model", "max_tokens", "temperature", "stream")} == {
        "model": "tiny",
        "max_tokens": 50,
        "temperature": 0,
        "stream": False,
    }


def test_without_a_key_none_is_sent(stage: Stage) -> None:
    stage.plays(GOOD)
    with LlmEndpoint(url=stage.url, model="tiny") as endpoint:
        ask(endpoint)
    assert "authorization" not in stage.requests[0].headers


def test_a_refused_schema_leads_to_a_json_object_and_that_is_remembered(stage: Stage, endpoint: LlmEndpoint) -> None:
    stage.plays(complains(400, "response_format not supported"), GOOD, GOOD)
    first, second = ask(endpoint), ask(endpoint)
    assert formats(stage) == ["json_schema", "json_object", "json_object"]
    assert [call.is_ok for call in first.calls] == [False, True]
    assert [call.is_ok for call in second.calls] == [True]


def test_what_was_learnt_is_shared_by_those_that_are_cancelled_apart(stage: Stage) -> None:
    stage.plays(complains(400), GOOD)
    memory = Memory()
    with (
        LlmEndpoint(url=stage.url, model="tiny", memory=memory) as first,
        LlmEndpoint(url=stage.url, model="tiny", memory=memory) as second,
    ):
        ask(first)
        first.cancel()
        ask(second)
    assert formats(stage) == ["json_schema", "json_object", "json_object"]


def test_an_endpoint_that_knows_no_formats_at_all_is_asked_by_the_prompt_alone(
    stage: Stage, endpoint: LlmEndpoint
) -> None:
    stage.plays(complains(422), complains(400), PROSE, says('Sure!\n```json\n{"colour": "blue"}\n```'), GOOD)
    assert ask(endpoint).value == "blue"
    assert ask(endpoint).value == "red"
    assert formats(stage) == ["json_schema", "json_object", None, None, None]


def test_an_endpoint_that_ignores_the_schema_is_asked_for_an_object_then_to_repair(
    stage: Stage, endpoint: LlmEndpoint
) -> None:
    stage.plays(PROSE, says({"color": "red"}), GOOD)
    answer = ask(endpoint)
    assert answer.value == "red"
    assert len(answer.calls) == 3
    assert formats(stage) == ["json_schema", "json_object", "json_object"]
    assert stage.bodies()[1]["messages"] == stage.bodies()[0]["messages"]
    assert stage.bodies()[2]["messages"][2:] == [
        {"role": "assistant", "content": '{"color": "red"}'},
        {
            "role": "user",
            "content": 'That answer cannot be used: it needs a "colour". Answer again with the JSON object alone.',
        },
    ]


def test_prose_that_stays_prose_is_given_up_after_one_repair_with_all_calls(
    stage: Stage, endpoint: LlmEndpoint
) -> None:
    stage.plays(PROSE)
    with pytest.raises(LlmUnusable, match="no complete JSON object") as failure:
        ask(endpoint)
    assert len(stage.requests) == len(failure.value.calls) == 3
    assert sum(call.tokens_output or 0 for call in failure.value.calls) == 60


def test_parameters_that_a_model_does_not_take_are_left_out_from_then_on(stage: Stage, endpoint: LlmEndpoint) -> None:
    stage.plays(complains(400, param="max_tokens"), complains(400, param="temperature"), GOOD)
    assert ask(endpoint).value == "red"
    ask(endpoint)
    assert formats(stage) == ["json_schema"] * 4
    for body in stage.bodies()[2:]:
        # Reasoning models, which are those that want this parameter, think at its expense.
        assert body["max_completion_tokens"] == 50 + 4000
        assert "max_tokens" not in body
        assert "temperature" not in body


def test_a_limit_that_no_parameter_takes_is_not_sent(stage: Stage, endpoint: LlmEndpoint) -> None:
    too_large = complains(400, "max_tokens is too large", param="max_tokens")
    stage.plays(too_large, complains(400, param="max_completion_tokens"), GOOD)
    ask(endpoint)
    assert not {"max_tokens", "max_completion_tokens"} & set(stage.bodies()[2])


def test_each_call_tells_tokens_seconds_and_cost(stage: Stage) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 500, "prompt_tokens_details": {"cached_tokens": 400}}
    stage.plays(says({"colour": "red"}, usage=usage))
    prices = Prices({"tiny": Price(input=1, output=2, cached=0.5)})
    with LlmEndpoint(url=stage.url, model="tiny", provider="me", prices=prices) as endpoint:
        [call] = ask(endpoint).calls
    assert (call.model, call.provider, call.purpose, call.is_ok, call.error) == ("tiny", "me", "colours", True, None)
    assert (call.tokens_input, call.tokens_output, call.tokens_cached) == (1000, 500, 400)
    assert call.cost == pytest.approx((600 * 1 + 400 * 0.5 + 500 * 2) / 1_000_000)
    assert 0 < call.seconds < 30


def test_behind_the_name_of_a_deployment_the_model_that_answers_is_priced(stage: Stage) -> None:
    stage.plays(GOOD)
    prices = Prices({"tiny-1": Price(input=10, output=0)})
    with LlmEndpoint(url=stage.url, model="our-deployment", prices=prices) as endpoint:
        [call] = ask(endpoint).calls
    assert call.model == "our-deployment"
    assert call.cost == pytest.approx(0.001)


@pytest.mark.parametrize(
    "usage",
    [{}, {"prompt_tokens": None}, {"prompt_tokens": -1, "completion_tokens": "9"}, {"prompt_tokens": 10**30}, "?"],
)
def test_what_is_not_told_stays_unknown(stage: Stage, endpoint: LlmEndpoint, usage: object) -> None:
    stage.plays(says({"colour": "red"}, usage=usage))
    [call] = ask(endpoint).calls
    assert (call.tokens_input, call.tokens_output, call.tokens_cached, call.cost) == (None, None, None, None)


def test_the_host_stands_for_a_provider_that_nobody_named(stage: Stage, endpoint: LlmEndpoint) -> None:
    assert endpoint.provider == stage.url.removeprefix("http://").removesuffix("/v1")
    with LlmEndpoint(url="https://user:secret@llm.example.org", model="m") as other:
        assert other.provider == "llm.example.org"
    with LlmEndpoint(url="https://api.openai.com", model="m") as openai:
        assert openai.provider == "openai"


def test_a_content_in_parts_and_with_reasoning_before_it_is_read(stage: Stage, endpoint: LlmEndpoint) -> None:
    parts = [{"type": "text", "text": '<think>{"colour": 1}</think>{"col'}, {"type": "text", "text": 'our": "red"}'}]
    message = {"role": "assistant", "content": parts}
    stage.plays(http(200, {"choices": [{"finish_reason": "stop", "message": message}]}))
    assert ask(endpoint).value == "red"


def test_a_compressed_answer_is_read(stage: Stage, endpoint: LlmEndpoint) -> None:
    body = b'{"choices": [{"message": {"content": "{\\"colour\\": \\"red\\"}"}}]}'
    stage.plays(http(200, gzip.compress(body), content_encoding="gzip"))
    assert ask(endpoint).value == "red"


def test_cancelling_ends_a_waiting_call_at_once_and_hangs_up(stage: Stage, endpoint: LlmEndpoint) -> None:
    stage.plays(stage.silence)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask, endpoint)
        assert stage.arrived.wait(5)
        endpoint.cancel()
        with pytest.raises(LlmInterrupted) as interruption:
            asking.result(5)
    assert isinstance(interruption.value, Interrupted)
    assert [call.is_ok for call in interruption.value.calls] == [False]
    assert stage.left.wait(5)


def test_cancelling_ends_a_call_whose_answer_is_dripping_in(stage: Stage, endpoint: LlmEndpoint) -> None:
    stage.plays(stage.drip)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask, endpoint)
        assert stage.arrived.wait(5)
        endpoint.cancel()
        with pytest.raises(LlmInterrupted):
            asking.result(5)
    assert stage.left.wait(5)


def test_cancelling_ends_the_wait_between_two_tries(stage: Stage) -> None:
    def turns_away(connection: socket.socket) -> None:
        http(429, "", retry_after="30")(connection)
        stage.arrived.set()

    stage.plays(turns_away)
    with LlmEndpoint(url=stage.url, model="tiny") as endpoint, ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask, endpoint)
        assert stage.arrived.wait(5)
        endpoint.cancel()
        with pytest.raises(LlmInterrupted):
            asking.result(5)


def test_after_a_cancellation_nothing_is_sent(stage: Stage, endpoint: LlmEndpoint) -> None:
    stage.plays(GOOD)
    endpoint.cancel()
    with pytest.raises(LlmInterrupted):
        ask(endpoint)
    with pytest.raises(LlmInterrupted):
        endpoint.models()
    assert stage.requests == []


def test_a_deadline_leaves_no_connection_and_no_thread_behind(stage: Stage) -> None:
    stage.plays(stage.silence)
    with LlmEndpoint(url=stage.url, model="tiny", timeout=0.3) as endpoint, pytest.raises(LlmUnavailable):
        ask(endpoint)
    assert stage.left.wait(5)
    for thread in [thread for thread in threading.enumerate() if thread.name == "llm"]:
        thread.join(5)
        assert not thread.is_alive()


def test_many_threads_ask_at_a_time(stage: Stage, endpoint: LlmEndpoint) -> None:
    stage.plays(GOOD)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(endpoint), range(40)))
    assert {answer.value for answer in answers} == {"red"}
    assert len(stage.requests) == 40


def test_a_probe_is_one_real_and_small_call(stage: Stage, endpoint: LlmEndpoint) -> None:
    stage.plays(says("OK", finish="length"))
    probe = endpoint.probe()
    assert probe.is_ok
    assert probe.message == f"tiny answers at {stage.url}"
    assert 0 < probe.seconds < 30
    assert [call.purpose for call in probe.calls] == ["probe"]
    assert stage.bodies()[0]["max_tokens"] == 16


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (complains(401, "bad key"), "does not accept the key"),
        (complains(429), "takes no more"),
        (raw(b""), "broke off"),
    ],
)
def test_a_probe_that_fails_says_why_and_tries_no_second_time(
    stage: Stage, endpoint: LlmEndpoint, act: Callable[[socket.socket], None], said: str
) -> None:
    stage.plays(act)
    probe = endpoint.probe()
    assert not probe.is_ok
    assert said in probe.message
    assert len(stage.requests) == len(probe.calls) == 1


def test_a_probe_finds_the_parameters_that_a_model_takes(stage: Stage, endpoint: LlmEndpoint) -> None:
    stage.plays(complains(400, param="max_tokens"), complains(400, param="temperature"), says("OK"))
    assert endpoint.probe().is_ok


def test_the_models_are_listed_once_each_and_fit_to_be_shown(stage: Stage, endpoint: LlmEndpoint) -> None:
    stage.plays(http(200, {"data": [{"id": "b"}, {"id": "a\x1b[31m"}, {"id": "b"}, {"name": "x"}, 3, {"id": 4}]}))
    assert endpoint.models() == ["b", "a [31m"]
    assert (stage.requests[0].method, stage.requests[0].path) == ("GET", "/v1/models")


@pytest.mark.parametrize(
    "act", [http(404, "<html>", kind="text/html"), http(200, "[]"), complains(401), http(200, "{")]
)
def test_models_that_cannot_be_listed_are_an_error(stage: Stage, endpoint: LlmEndpoint, act: Any) -> None:
    stage.plays(act)
    with pytest.raises(LlmFailed):
        endpoint.models()


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("", "/v1/chat/completions"),
        ("/", "/v1/chat/completions"),
        ("/v1/", "/v1/chat/completions"),
        ("/v1/chat/completions", "/v1/chat/completions"),
        ("/openai/v1?api-version=2", "/openai/v1/chat/completions?api-version=2"),
    ],
)
def test_an_address_may_be_given_in_several_ways(stage: Stage, given: str, asked: str) -> None:
    stage.plays(GOOD)
    with LlmEndpoint(url=stage.url.removesuffix("/v1") + given, model="tiny") as endpoint:
        ask(endpoint)
    assert stage.requests[0].path == asked


@pytest.mark.parametrize(
    "url", ["", "sk-key-in-the-wrong-place", "ftp://x/v1", "http://", "http://[::1", "http://h:99999", "http://a b/"]
)
def test_what_is_no_address_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        LlmEndpoint(url=url, model="m")
    assert not url or url not in refusal.value.detail


@pytest.mark.parametrize("key", ["sk-1\nx: y", "clé", "a b"])
def test_what_is_no_key_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        LlmEndpoint(url="http://localhost/v1", model="m", api_key=key)
    assert key not in refusal.value.detail
