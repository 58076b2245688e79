"""Everything that can go wrong and is somebody's business, by code.

A code is the identity of an error: the edges map it to an HTTP status and to an exit status, once each.
The detail says what and which; the hint says what next. Neither may hold a secret.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from catalogctl.domain.meaning import LlmCall


class CatalogctlError(Exception):
    """The root of all errors that are told to people; *data* holds further fields for programs."""

    code: ClassVar[str] = "internal"

    def __init__(self, detail: str, *, hint: str | None = None, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.hint = hint
        self.data: Mapping[str, Any] = data or {}

    @property
    def advice(self) -> str:
        """The detail, and the hint if there is one, as sentences."""
        return f"{self.detail}. {self.hint}" if self.hint else self.detail


class InvalidInput(CatalogctlError):
    """A value that cannot be what was meant."""

    code = "invalid_input"


class WrongType(InvalidInput):
    """A value of the wrong type, or out of its range."""

    code = "wrong_type"


class SourceNotChosen(InvalidInput):
    """No source was named, and there is none or more than one."""

    code = "source_not_chosen"


class NothingSelected(InvalidInput):
    """The selection of tables is empty or names none that exists."""

    code = "nothing_selected"


class SourceUnusable(InvalidInput):
    """The location is there but cannot be catalogued: wrong kind, no permission, no driver, no data."""

    code = "source_unusable"


class UnsafeSql(InvalidInput):
    """SQL that does more than read known tables and columns, or whose harmlessness cannot be seen."""

    code = "unsafe_sql"


class InvalidCursor(InvalidInput):
    """A cursor that is no cursor at all; one that is merely too old is answered with a reset."""

    code = "invalid_cursor"


class Unauthorized(CatalogctlError):
    """No token, or a wrong one."""

    code = "unauthorized"


class Forbidden(CatalogctlError):
    """The caller is known, or needs not be, and still may not do this."""

    code = "forbidden"


class SourceNotRegistered(Forbidden):
    """A caller without the token named a source that nobody has registered."""

    code = "source_not_registered"


class NotFound(CatalogctlError):
    """What was named does not exist."""

    code = "not_found"


class RunNotFound(NotFound):
    """No run matches."""

    code = "run_not_found"


class RunAmbiguous(NotFound):
    """More than one run matches; the candidates are in the detail."""

    code = "run_ambiguous"


class JobNotFound(NotFound):
    """No job has this id."""

    code = "job_not_found"


class SourceNotFound(NotFound):
    """No registered source has this name, and nothing lies at this path."""

    code = "source_not_found"


class TableNotFound(NotFound):
    """The catalogue has no such table."""

    code = "table_not_found"


class ColumnNotFound(NotFound):
    """The catalogue has no such column."""

    code = "column_not_found"


class Conflict(CatalogctlError):
    """The request contradicts the present state."""

    code = "conflict"


class RunActive(Conflict):
    """The source already has an active run; ``data["run_id"]`` names it."""

    code = "run_active"


class IllegalTransition(Conflict):
    """The record is in a status from which this cannot be done."""

    code = "illegal_transition"


class SourceExists(Conflict):
    """The name is taken by another location."""

    code = "source_exists"


class Unavailable(CatalogctlError):
    """What is needed cannot be reached now; trying again later may help."""

    code = "unavailable"


class StoreUnavailable(Unavailable):
    """The store cannot be opened, read or written: permission, disk, lock, corruption."""

    code = "store_unavailable"


class ServerUnreachable(Unavailable):
    """No catalogctl server answers at the address."""

    code = "server_unreachable"


class Overloaded(Unavailable):
    """The server refuses more work for now; ``data["retry_after"]`` holds seconds when it said so."""

    code = "overloaded"


class StreamLost(CatalogctlError):
    """The stream ended for good and the outcome could not be learnt."""

    code = "stream_lost"


class Timeout(CatalogctlError):
    """The time that the caller gave is over."""

    code = "timeout"


class SourceFailed(CatalogctlError):
    """Reading a source failed: unreachable, locked, corrupt, a statement that did not work."""

    code = "source_failed"


class DeadlineExceeded(SourceFailed):
    """A statement was interrupted because its time was over."""

    code = "deadline_exceeded"


class Interrupted(SourceFailed):
    """A statement was interrupted because somebody cancelled the work."""

    code = "interrupted"


class LlmFailed(CatalogctlError):
    """A model gave no usable answer. *calls* are the calls made up to then: they may have cost money."""

    code = "llm_failed"

    def __init__(
        self,
        detail: str,
        *,
        hint: str | None = None,
        data: Mapping[str, Any] | None = None,
        calls: Sequence[LlmCall] = (),
    ) -> None:
        super().__init__(detail, hint=hint, data=data)
        self.calls = tuple(calls)


class LlmUnavailable(LlmFailed, Unavailable):
    """The endpoint does not answer, not in time, or not now; ``data["retry_after"]`` holds seconds when it said so."""

    code = "llm_unavailable"


class LlmUnauthorized(LlmFailed):
    """The endpoint does not accept the key, or the key may not use the model."""

    code = "llm_unauthorized"


class LlmRefused(LlmFailed):
    """The endpoint or the model declines the request: unknown model, forbidden content, no credit left."""

    code = "llm_refused"


class LlmTooLong(LlmFailed):
    """The request or its answer is longer than the model takes; a smaller batch may pass."""

    code = "llm_too_long"


class LlmUnusable(LlmFailed):
    """What came back is no chat completion, or an answer that cannot be used even after a repair."""

    code = "llm_unusable"


class LlmInterrupted(LlmFailed, Interrupted):
    """A call was ended because somebody cancelled the work."""

    code = "llm_interrupted"


def _every_class(root: type[CatalogctlError]) -> dict[str, type[CatalogctlError]]:
    found = {root.code: root}
    for child in root.__subclasses__():
        found |= _every_class(child)
    return found


def error_from_code(
    code: str, detail: str, *, hint: str | None = None, data: Mapping[str, Any] | None = None
) -> CatalogctlError:
    """Make the error that *code* names, as a client does from a server's answer; unknown codes become the root."""
    return _every_class(CatalogctlError).get(code, CatalogctlError)(detail, hint=hint, data=data)
