"""One question to an endpoint: its calls, each written down whatever came of it, and the patience between them."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

from catalogctl.domain.errors import LlmFailed
from catalogctl.domain.meaning import LlmCall
from catalogctl.domain.times import Clock
from catalogctl.enrich.llm.causes import Remedy
from catalogctl.enrich.llm.manner import Format, Manner
from catalogctl.enrich.llm.replies import Completion, Reader
from catalogctl.enrich.llm.wire import NoReply, Wire

E = TypeVar("E", bound=LlmFailed)

Message = Mapping[str, str]
"""``{"role": "system" | "user" | "assistant", "content": text}``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often one request is sent at most, and how long is waited in between, in seconds.

    Delays double from *first_delay* up to *most_delay*; an endpoint that names a time is obeyed up to *most_wait*.
    """

    tries: int = 4
    first_delay: float = 1.0
    most_delay: float = 20.0
    most_wait: float = 60.0

    def delay(self, tries: int, asked_for: float | None) -> float | None:
        """How long to wait after so many *tries*, or None to give up."""
        if tries >= self.tries:
            return None
        if asked_for is not None:
            return asked_for if asked_for <= self.most_wait else None
        delay = min(self.most_delay, self.first_delay * 2.0 ** (tries - 1))
        return delay * random.uniform(0.5, 1.0)  # noqa: S311 - spreads callers that were turned away together


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What all questions to one endpoint have in common; *timeout* is for one call, in seconds.

    *cost* answers what a call cost in USD, or None.
    """

    wire: Wire
    reader: Reader
    model: str
    provider: str
    timeout: float
    patience: Patience
    clock: Clock
    cost: Callable[[Completion], float | None]


class Question:
    """Asks one thing, perhaps in several calls; *calls* holds all of them, *manner* what was learnt on the way."""

    def __init__(self, line: Line, *, manner: Manner, purpose: str) -> None:
        self.manner = manner
        self.calls: list[LlmCall] = []
        self._line = line
        self._purpose = purpose

    def complete(self, messages: list[Message], *, form: Format | None, max_tokens: int) -> str:
        """The text of an answer, in whatever manner the endpoint takes. Raises LlmFailed with the calls."""
        tries = 1
        while True:
            body = self.manner.body(model=self._line.model, messages=messages, form=form, max_tokens=max_tokens)
            completion = self._call(body)
            failure = completion.failure
            if failure is None:
                return completion.text
            if failure.remedy is Remedy.WAIT and (delay := self._line.patience.delay(tries, failure.wait)) is not None:
                self._wait(delay)
                tries += 1
                continue
            manner = None
            if failure.remedy is Remedy.ASK_OTHERWISE:
                manner = self.manner.without(failure.parameter, form=form)
            if manner is None:
                raise self.told(failure.error)
            self.manner = manner

    def told(self, error: E) -> E:
        """*error* with the calls made so far."""
        error.calls = tuple(self.calls)
        return error

    def _call(self, body: Mapping[str, object]) -> Completion:
        line = self._line
        began = monotonic()
        try:
            reply = line.wire.send("POST", "/chat/completions", body, timeout=line.timeout)
        except NoReply as silence:
            completion = Completion(failure=line.reader.silence(silence))
        else:
            completion = line.reader.completion(reply, now=line.clock())
        failure = completion.failure
        self.calls.append(
            LlmCall(
                model=line.model,
                provider=line.provider,
                purpose=self._purpose,
                is_ok=failure is None,
                seconds=monotonic() - began,
                tokens_input=completion.tokens_input,
                tokens_output=completion.tokens_output,
                tokens_cached=completion.tokens_cached,
                cost=line.cost(completion),
                error=None if failure is None else failure.error.detail,
            )
        )
        return completion

    def _wait(self, seconds: float) -> None:
        try:
            self._line.wire.wait(seconds)
        except NoReply as silence:
            raise self.told(self._line.reader.silence(silence).error) from None
