"""Why endpoints decline a request, by the status and the words that they use for it."""

from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum

from catalogctl.domain.errors import LlmFailed, LlmRefused, LlmTooLong, LlmUnauthorized, LlmUnavailable, LlmUnusable

CHECK_URL = "Check the URL: it usually ends in /v1."


class Remedy(StrEnum):
    """What may help against a failure."""

    NONE = "none"
    WAIT = "wait"
    ASK_OTHERWISE = "ask otherwise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A reason for which endpoints decline, told by the status or by a word in the error's ``code`` or ``type``.

    *text* is about ``{where}``, ``{model}``, ``{status}`` and the ``{kind}`` of the content.
    """

    error: type[LlmFailed]
    text: str
    statuses: Container[int] = ()
    words: frozenset[str] = frozenset()
    remedy: Remedy = Remedy.NONE
    hint: str | None = None


# The first that fits counts: words say more than statuses, and 429 may mean that no credit is left.
_CAUSES = (
    Cause(
        error=LlmUnauthorized,
        text="{where} does not accept the key ({status})",
        statuses={401},
        words=frozenset({"invalid_api_key", "authentication_error", "invalid_authentication"}),
        hint="Set the right one: CATALOGCTL_LLM_API_KEY",
    ),
    Cause(
        error=LlmUnauthorized,
        text="{where} does not allow this ({status})",
        statuses={403},
        hint="Does the key give access to this model? CATALOGCTL_LLM_API_KEY",
    ),
    Cause(
        error=LlmRefused,
        text="{where} wants to be paid first ({status})",
        statuses={402},
        words=frozenset({"insufficient_quota", "billing_hard_limit_reached", "insufficient_balance"}),
    ),
    Cause(
        error=LlmTooLong,
        text="the request is longer than {model!r} takes ({status})",
        statuses={413},
        words=frozenset({"context_length_exceeded", "exceed_context_size_error", "string_above_max_length"}),
    ),
    Cause(
        error=LlmRefused,
        text="{where} refuses the contents of the request ({status})",
        words=frozenset({"content_filter", "content_policy_violation", "responsibleaipolicyviolation"}),
    ),
    Cause(
        error=LlmRefused,
        text="{where} has no model {model!r}",
        words=frozenset({"model_not_found", "invalid_model", "unknown_model"}),
        hint="List them: catalogctl llm models",
    ),
    Cause(
        error=LlmUnavailable,
        text="{where} takes no more requests for now ({status})",
        statuses={429},
        remedy=Remedy.WAIT,
    ),
    Cause(
        error=LlmRefused,
        text="{where} refuses the request ({status})",
        statuses={400, 422, 501},
        remedy=Remedy.ASK_OTHERWISE,
    ),
    Cause(
        error=LlmUnavailable,
        text="{where} has a fault ({status})",
        statuses={408, 425, *range(500, 600)},
        remedy=Remedy.WAIT,
    ),
    Cause(
        error=LlmRefused,
        text="{where} knows no such address or model (404)",
        statuses={404},
        hint=CHECK_URL,
    ),
    Cause(
        error=LlmUnusable,
        text="{where} sends elsewhere ({status})",
        statuses=range(300, 400),
        hint="Give the address that it names.",
    ),
    Cause(
        error=LlmUnusable,
        text="{where} answers with {kind} ({status})",
        statuses=range(1000),
        hint=CHECK_URL,
    ),
)


def cause_of(status: int, words: frozenset[str]) -> Cause:
    """The cause that explains a reply which is no answer; *words* are in lower case."""
    return next(cause for cause in _CAUSES if words & cause.words or status in cause.statuses)
