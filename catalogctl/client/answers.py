"""What came back from an address: the record in it, or the error that it tells of."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx

from catalogctl.client.trust import distrust
from catalogctl.domain.errors import (
    CatalogctlError,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    Overloaded,
    ServerUnreachable,
    Unauthorized,
    Unavailable,
    error_from_code,
)

T = TypeVar("T")

_CLASS_OF: Mapping[int, type[CatalogctlError]] = {
    400: InvalidInput,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    405: InvalidInput,
    408: InvalidInput,
    409: Conflict,
    413: InvalidInput,
    422: InvalidInput,
    429: Overloaded,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}
_ENVELOPE = frozenset({"type", "title", "status", "detail", "code", "hint"})
_NO_SERVER_HINT = "Check the address: --server URL or CATALOGCTL_SERVER. `catalogctl doctor` shows where it comes from."


def not_catalogctl(address: str, what: str) -> ServerUnreachable:
    """The error for an address at which something else answers."""
    return ServerUnreachable(f"{address} is not a catalogctl server: it answers with {what}", hint=_NO_SERVER_HINT)


def unreachable(address: str, error: httpx.HTTPError) -> ServerUnreachable:
    """The error for an address at which nothing answers, or not in time."""
    if isinstance(error, httpx.TimeoutException):
        return ServerUnreachable(f"{address} does not answer in time", hint="Try again, or see how the server is.")
    if reason := distrust(error):
        return ServerUnreachable(
            f"the certificate of {address} is not trusted: {reason}",
            hint="If you trust it, name a file with it, or with who signed it: SSL_CERT_FILE.",
        )
    reason = str(error) or type(error).__name__
    return ServerUnreachable(
        f"no server answers at {address}: {reason}", hint=f"Start one with `catalogctl serve`. {_NO_SERVER_HINT}"
    )


def read_answer(response: httpx.Response, address: str, decode: Callable[[Any], T]) -> T:
    """Decode the JSON of a good answer; raises the error that a bad one tells of."""
    if response.is_redirect:
        # Following would carry the token to wherever the redirect leads.
        raise not_catalogctl(address, f"a redirect to {response.headers.get('location', '?')[:200]}")
    if response.is_error:
        raise _told(response, address)
    record = _json(response)
    try:
        return decode(record)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        kind = response.headers.get("content-type", "no content type")
        raise not_catalogctl(address, kind if record is None else "other JSON than asked for") from None


def _told(response: httpx.Response, address: str) -> CatalogctlError:
    problem = _json(response)
    retry_after = _seconds(response.headers.get("retry-after"))
    if not isinstance(problem, dict) or not isinstance(problem.get("detail"), str):
        return _stranger(response, address, retry_after)
    detail, hint = problem["detail"], problem.get("hint")
    data = {key: value for key, value in problem.items() if key not in _ENVELOPE}
    if retry_after is not None:
        data["retry_after"] = retry_after
    code = problem.get("code")
    known = error_from_code(str(code), detail, hint=hint, data=data)
    if type(known).code == code:
        return known
    return _class_of(response.status_code)(detail, hint=hint, data=data)


def _stranger(response: httpx.Response, address: str, retry_after: float | None) -> CatalogctlError:
    """Somebody in between answers, as a proxy does whose own server is gone; a 404 from it means a wrong address."""
    kind = _class_of(response.status_code)
    said = f"status {response.status_code} ({response.headers.get('content-type', 'no content type')})"
    if kind in {Unauthorized, Forbidden, Overloaded, Unavailable}:
        data = {} if retry_after is None else {"retry_after": retry_after}
        return kind(f"{address} answers with {said}, and not as a catalogctl server does", data=data)
    return not_catalogctl(address, said)


def _class_of(status: int) -> type[CatalogctlError]:
    return _CLASS_OF.get(status, InvalidInput if status < 500 else CatalogctlError)


def _json(response: httpx.Response) -> Any:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        return None
    try:
        return response.json()
    except ValueError:
        return None


def _seconds(retry_after: str | None) -> float | None:
    try:
        return None if retry_after is None else float(retry_after)
    except ValueError:
        return None
