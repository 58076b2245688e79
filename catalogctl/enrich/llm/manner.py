"""How an endpoint wants to be asked: the rungs of structured output, and parameters that differ between models."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any, Self

_THINKING = 4000
"""Tokens that a reasoning model may think beside its answer: they count towards ``max_completion_tokens``."""


class Rung(IntEnum):
    """The ladder of structured output, the surest first."""

    SCHEMA = 0
    OBJECT = 1
    PROMPT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """What an answer must look like: a strict JSON schema and a name for it of letters, digits and ``_``."""

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What an endpoint is known to take. *limit* names its parameter for the greatest length of an answer."""

    rung: Rung = Rung.SCHEMA
    limit: str | None = "max_tokens"
    is_temperature_taken: bool = True

    def body(
        self, *, model: str, messages: list[Mapping[str, str]], form: Format | None, max_tokens: int
    ) -> dict[str, Any]:
        """The body of a request for a chat completion."""
        body: dict[str, Any] = {"model": model, "messages": messages, "stream": False}
        if self.limit is not None:
            body[self.limit] = max_tokens + (_THINKING if self.limit == "max_completion_tokens" else 0)
        if self.is_temperature_taken:
            body["temperature"] = 0
        if form is not None and self.rung is Rung.SCHEMA:
            schema = {"name": form.name, "strict": True, "schema": form.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif form is not None and self.rung is Rung.OBJECT:
            body["response_format"] = {"type": "json_object"}
        return body

    def lower(self) -> Self | None:
        """The manner one rung further down, or None at the bottom."""
        return None if self.rung is Rung.PROMPT else replace(self, rung=Rung(self.rung + 1))

    def without(self, parameter: str | None, *, form: Format | None) -> Self | None:
        """The next manner to try when *parameter* was refused, or something that was not named; None when none is left.

        Reasoning models take ``max_completion_tokens`` where others take ``max_tokens``, and no temperature.
        """
        if parameter == "temperature":
            return replace(self, is_temperature_taken=False) if self.is_temperature_taken else None
        if parameter in {"max_tokens", "max_completion_tokens"}:
            left: Mapping[str | None, str | None] = {
                "max_tokens": "max_completion_tokens",
                "max_completion_tokens": None,
            }
            return replace(self, limit=left[self.limit]) if self.limit is not None else None
        return None if form is None else self.lower()


@dataclass(slots=True, kw_only=True)
class Memory:
    """What was learnt of an endpoint: shared by all that ask the same model there, so that it is learnt once."""

    manner: Manner = field(default_factory=Manner)
