"""What a reply of a chat completions endpoint means: an answer, or a failure and what may help against it.

The format is that of https://platform.openai.com/docs/api-reference/chat as OpenAI, Mistral, Ollama, vLLM, llama.cpp
and the gateways before them speak it, with their differences.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from catalogctl.domain.errors import (
    LlmFailed,
    LlmInterrupted,
    LlmRefused,
    LlmTooLong,
    LlmUnavailable,
    LlmUnusable,
)
from catalogctl.enrich.llm.causes import CHECK_URL, Remedy, cause_of
from catalogctl.enrich.llm.wire import NoReply, Reply, Silence

_MOST_TOKENS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there is no answer. *wait* is in seconds, *parameter* the one that the endpoint complains about."""

    error: LlmFailed
    remedy: Remedy = Remedy.NONE
    wait: float | None = None
    parameter: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What one call brought: an answer's *text* or a *failure*; tokens, as far as told, are paid either way."""

    text: str = ""
    model: str | None = None
    tokens_input: int | None = None
    tokens_output: int | None = None
    tokens_cached: int | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Complaint:
    """The body of an error, as far as it can be read; *words* are its ``code`` and ``type`` in lower case."""

    message: str
    words: frozenset[str]
    parameter: str | None
    status: int | None


class Reader:
    """Reads the replies of one endpoint; *shown* is its address for people, *clean* cuts secrets out of a text."""

    def __init__(self, *, shown: str, model: str, clean: Callable[[str], str]) -> None:
        self._shown = shown
        self._model = model
        self._clean = clean

    def silence(self, silence: NoReply) -> Failure:
        """What an exchange without a reply means."""
        where = f"the model's endpoint {self._shown}"
        text = self._clean(silence.text)
        match silence.silence:
            case Silence.CANCELLED:
                return Failure(error=LlmInterrupted(text))
            case Silence.TIMEOUT:
                # Not asked again: the endpoint may well have worked, and may want to be paid for it.
                hint = "Give it more time, or smaller batches: CATALOGCTL_LLM_TIMEOUT, CATALOGCTL_MAX_TABLES_PER_BATCH"
                return Failure(error=LlmUnavailable(f"{where}: {text}", hint=hint))
            case Silence.TOO_LARGE:
                return Failure(error=LlmUnusable(f"{where}: {text}", hint=CHECK_URL))
            case Silence.BROKEN:
                return Failure(error=LlmUnavailable(f"{where} broke off: {text}"), remedy=Remedy.WAIT)
            case Silence.UNREACHABLE:
                error = LlmUnavailable(f"{where} cannot be reached: {text}", hint="Is it running, and the URL right?")
                return Failure(error=error, remedy=Remedy.WAIT)

    def completion(self, reply: Reply, *, now: datetime) -> Completion:
        """What a reply to a chat completion request means."""
        found = _json(reply.content)
        if reply.status != 200 or not isinstance(found, Mapping) or found.get("error"):
            return Completion(failure=self.failure(reply, now=now))
        usage = _mapping(found.get("usage"))
        text, failure = self._choice(found.get("choices"))
        model = found.get("model")
        return Completion(
            text=text,
            failure=failure,
            model=model if isinstance(model, str) else None,
            tokens_input=_count(usage.get("prompt_tokens")),
            tokens_output=_count(usage.get("completion_tokens")),
            tokens_cached=_count(
                _mapping(usage.get("prompt_tokens_details")).get("cached_tokens", usage.get("prompt_cache_hit_tokens"))
            ),
        )

    def models(self, reply: Reply, *, now: datetime) -> list[str]:
        """The names in a reply to ``GET /models``. Raises LlmFailed."""
        found = _mapping(_json(reply.content))
        entries = found.get("data")
        if reply.status != 200 or not isinstance(entries, list):
            raise self.failure(reply, now=now, wanted="list of models").error
        names = (_mapping(entry).get("id") for entry in entries)
        return list(dict.fromkeys(_line(name, 300) for name in names if isinstance(name, str) and name))

    def failure(self, reply: Reply, *, now: datetime, wanted: str = "chat completion") -> Failure:
        """What a reply that is not what was *wanted* means."""
        complaint = _complaint(reply.content)
        # Gateways put the status of the endpoint behind them into the body of a 200.
        status = complaint.status if reply.status == 200 and complaint.status else reply.status
        cause = cause_of(status, complaint.words)
        detail = cause.text.format(
            where=f"the model's endpoint {self._shown}", model=self._model, status=status, kind=_kind(reply, wanted)
        )
        said = f": {self._clean(complaint.message)}" if complaint.message else ""
        wait = _retry_after(reply.headers, now) if cause.remedy is Remedy.WAIT else None
        data = {} if wait is None else {"retry_after": wait}
        return Failure(
            error=cause.error(detail + said, hint=cause.hint, data=data),
            remedy=cause.remedy,
            wait=wait,
            parameter=complaint.parameter,
        )

    def _choice(self, choices: Any) -> tuple[str, Failure | None]:
        if not isinstance(choices, list) or not choices:
            return "", Failure(error=LlmUnusable(f"{self._model!r} answers with an empty list of choices"))
        choice = _mapping(choices[0])
        message = _mapping(choice.get("message"))
        text = _text(message.get("content"))
        finish = choice.get("finish_reason")
        if isinstance(refusal := message.get("refusal"), str) and refusal:
            said = self._clean(_line(refusal, 300))
            return text, Failure(error=LlmRefused(f"{self._model!r} refuses to answer: {said}"))
        if finish == "content_filter":
            return text, Failure(error=LlmRefused(f"the answer of {self._model!r} was held back by a content filter"))
        if finish == "length":
            return text, Failure(error=LlmTooLong(f"the answer of {self._model!r} was cut off at its greatest length"))
        if not text.strip():
            return text, Failure(error=LlmUnusable(f"{self._model!r} answers with nothing"))
        return text, None


def _kind(reply: Reply, wanted: str) -> str:
    """What a reply is that should have been something else, in words."""
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/html":
        return "a web page"
    return f"{_line(kind, 60) or 'something'} that is no {wanted}"


def _complaint(content: bytes) -> _Complaint:
    """Read an error's body: ``{"error": {…}}``, ``{"error": "…"}``, ``{"message": …}`` or ``{"detail": …}``."""
    body = _mapping(_json(content))
    error = body.get("error")
    inner = _mapping(error) or body
    message = error if isinstance(error, str) else inner.get("message") or inner.get("detail") or ""
    code = inner.get("code")
    words = {word.lower() for word in (code, inner.get("type")) if isinstance(word, str)}
    parameter = inner.get("param")
    return _Complaint(
        message=_line(message if isinstance(message, str) else json.dumps(message), 300),
        words=frozenset(words),
        parameter=parameter if isinstance(parameter, str) else None,
        status=code if isinstance(code, int) and 400 <= code < 600 else None,
    )


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _count(value: Any) -> int | None:
    """A number of tokens; what no request can have taken is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS else None


def _text(content: Any) -> str:
    """A message's text, which some endpoints send in parts."""
    if isinstance(content, list):
        return "".join(part["text"] for part in map(_mapping, content) if isinstance(part.get("text"), str))
    return content if isinstance(content, str) else ""


def _line(text: str, most: int) -> str:
    """*text* as one line of at most *most* printable characters."""
    line = " ".join(re.sub(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\uffff\U00010000-\U0010ffff]", " ", text).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds of the header Retry-After, RFC 9110 section 10.2.3: a number, or a date."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
