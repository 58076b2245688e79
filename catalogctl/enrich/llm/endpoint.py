"""A model behind an OpenAI-compatible endpoint: OpenAI, Mistral, Ollama, vLLM, llama.cpp and many more."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from time import monotonic
from typing import Any, Generic, Self, TypeVar
from urllib.parse import urlsplit, urlunsplit

import httpx

from catalogctl.domain.errors import InvalidInput, LlmFailed, LlmTooLong, LlmUnusable
from catalogctl.domain.meaning import LlmCall
from catalogctl.domain.sources import MASK, masked, without_secrets
from catalogctl.domain.times import Clock
from catalogctl.enrich.llm.manner import Format, Memory, Rung
from catalogctl.enrich.llm.question import Line, Message, Patience, Question
from catalogctl.enrich.llm.replies import Completion, Reader
from catalogctl.enrich.llm.text import InvalidAnswer, parse_object
from catalogctl.enrich.llm.wire import NoReply, Wire
from catalogctl.enrich.prices import Prices, provider_at

TIMEOUT = 300.0
"""Seconds for one call: small machines write a few dozen tokens a second, and an answer has up to some thousand."""

PROBE_TIMEOUT = 30.0
_SHOWN_AGAIN = 4000

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[T]):
    """What was made of a model's answer, and all calls that it took."""

    value: T
    calls: tuple[LlmCall, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Whether a model answers, in words, and how long that took. The call is a real one and may have cost money."""

    is_ok: bool
    message: str
    seconds: float
    calls: tuple[LlmCall, ...]


class LlmEndpoint:
    """One model of one endpoint. Any number of threads may ask at a time; to cancel is to cancel for all of them.

    *url* is the base address, usually ending in ``/v1``; *timeout* bounds one call, in seconds. *provider* names who
    bills, for the prices; by default it follows from the address. *memory* may be shared with others that ask the same
    model. Raises InvalidInput for an address or a key that cannot be one.
    """

    def __init__(
        self,
        *,
        url: str,
        model: str,
        api_key: str | None = None,
        timeout: float = TIMEOUT,
        provider: str | None = None,
        prices: Prices | None = None,
        patience: Patience | None = None,
        memory: Memory | None = None,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self.model = model
        self._url = base_address(url)
        self._key = _checked_key(api_key)
        self._provider = provider
        self._prices = prices or Prices()
        self._timeout = timeout
        self._patience = patience or Patience()
        self._clock = clock
        self._memory = memory or Memory()
        self._reader = Reader(shown=masked(self._url), model=model, clean=self._without_secrets)
        self._wire = Wire(url=self._url, headers={"authorization": f"Bearer {self._key}"} if self._key else {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @cached_property
    def provider(self) -> str:
        """Who bills: as given, else by the address, else the host."""
        return self._provider or provider_at(self._url) or urlsplit(self._url).netloc.rpartition("@")[2]

    def ask(
        self,
        messages: Sequence[Message],
        *,
        form: Format,
        check: Callable[[Any], T],
        purpose: str,
        max_tokens: int,
    ) -> Answer[T]:
        """Ask for an answer of *form* and hand it to *check*, which raises InvalidAnswer if it cannot be used.

        The ladder: strict schema, JSON object, prompt alone; from the second rung on, what *check* does not take is
        repaired once. The rung that worked is remembered. Raises LlmFailed with the calls made.
        """
        question = Question(self._line(), manner=self._memory.manner, purpose=purpose)
        conversation = list(messages)
        is_repaired = False
        while True:
            text = question.complete(conversation, form=form, max_tokens=max_tokens)
            try:
                value = check(parse_object(text))
            except InvalidAnswer as problem:
                lower = question.manner.lower()
                if question.manner.rung is Rung.SCHEMA and lower is not None:
                    # An endpoint that enforced the schema could not have answered so.
                    question.manner = lower
                    continue
                if is_repaired:
                    detail = f"{self.model!r} gave no usable answer, nor when it was asked to repair it: {problem}"
                    raise question.told(LlmUnusable(detail)) from None
                conversation += _repair(text, problem)
                is_repaired = True
            else:
                self._memory.manner = question.manner
                return Answer(value=value, calls=tuple(question.calls))

    def probe(self) -> Probe:
        """Try the model with a question of a few tokens, once."""
        line = replace(self._line(), timeout=min(self._timeout, PROBE_TIMEOUT), patience=Patience(tries=1))
        question = Question(line, manner=self._memory.manner, purpose="probe")
        began = monotonic()
        error: LlmFailed | None = None
        try:
            # Cut off is as good as answered.
            with suppress(LlmTooLong):
                question.complete([{"role": "user", "content": "Answer with OK."}], form=None, max_tokens=16)
        except LlmFailed as failed:
            error = failed
        seconds = monotonic() - began
        message = f"{self.model} answers at {masked(self._url)}" if error is None else error.detail
        if error is not None and error.hint:
            message += f". {error.hint}"
        return Probe(is_ok=error is None, message=message, seconds=seconds, calls=tuple(question.calls))

    def models(self) -> list[str]:
        """The names of the endpoint's models. Raises LlmFailed."""
        try:
            reply = self._wire.send("GET", "/models", timeout=min(self._timeout, PROBE_TIMEOUT))
        except NoReply as silence:
            raise self._reader.silence(silence).error from None
        return self._reader.models(reply, now=self._clock())

    def context_window(self) -> int | None:
        """How many tokens the model takes at once, or None when the list of models does not say."""
        return self._prices.context_window(model=self.model, provider=self.provider)

    def cancel(self) -> None:
        """End the running calls at once with LlmInterrupted, and every later one; safe from any thread."""
        self._wire.cancel()

    def close(self) -> None:
        """Let go of everything."""
        self._wire.close()

    def _line(self) -> Line:
        return Line(
            wire=self._wire,
            reader=self._reader,
            model=self.model,
            provider=self.provider,
            timeout=self._timeout,
            patience=self._patience,
            clock=self._clock,
            cost=self._cost,
        )

    def _cost(self, completion: Completion) -> float | None:
        # Behind the name of a deployment the reply tells the real one.
        for model in dict.fromkeys((self.model, completion.model or self.model)):
            cost = self._prices.cost(
                model=model,
                provider=self.provider,
                tokens_input=completion.tokens_input,
                tokens_output=completion.tokens_output,
                tokens_cached=completion.tokens_cached,
            )
            if cost is not None:
                return cost
        return None

    def _without_secrets(self, text: str) -> str:
        text = without_secrets(text, self._url)
        return text.replace(self._key, MASK) if self._key else text


def base_address(url: str) -> str:
    """The base of an endpoint's address: ``/v1`` is added where there is no path, ``/chat/completions`` taken away."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        is_address = False
    if not is_address or re.search(r"[\s\x00-\x1f]", url):
        raise InvalidInput(
            # Not shown: it may be a key in the wrong place.
            "the URL of the model's endpoint is not an http or https address",
            hint="It looks like https://api.openai.com/v1 or http://localhost:11434/v1.",
        )
    path = parts.path.rstrip("/").removesuffix("/chat/completions") or "/v1"
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def _checked_key(key: str | None) -> str:
    key = (key or "").strip()
    if not re.fullmatch(r"[\x21-\x7e]*", key):
        raise InvalidInput("the key of the model's endpoint holds characters that no key has")
    return key


def _repair(text: str, problem: InvalidAnswer) -> list[Message]:
    return [
        {"role": "assistant", "content": text[:_SHOWN_AGAIN]},
        {
            "role": "user",
            "content": f"That answer cannot be used: {problem}. Answer again with the JSON object alone.",
        },
    ]
