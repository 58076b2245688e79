"""Errors as HTTP answers: one table from code to status, one form (RFC 9457) for all of them."""

import asyncio
import http
import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, ExceptionHandler, Receive, Scope, Send

from catalogctl.domain.errors import CatalogctlError, InvalidInput, Overloaded, Unavailable
from catalogctl.domain.events import compact_json
from catalogctl.server.lifecycle import Lifecycle

STATUS_OF: Mapping[str, int] = {
    "invalid_input": 400,
    "source_not_chosen": 400,
    "nothing_selected": 400,
    "source_unusable": 400,
    "unsafe_sql": 400,
    "invalid_cursor": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "source_not_registered": 403,
    "not_found": 404,
    "run_not_found": 404,
    "run_ambiguous": 404,
    "job_not_found": 404,
    "source_not_found": 404,
    "table_not_found": 404,
    "column_not_found": 404,
    "body_too_slow": 408,
    "conflict": 409,
    "run_active": 409,
    "illegal_transition": 409,
    "source_exists": 409,
    "body_too_large": 413,
    "wrong_type": 422,
    "too_many_attempts": 429,
    "too_many_streams": 429,
    "internal": 500,
    "stream_lost": 500,
    "source_failed": 502,
    "interrupted": 502,
    "llm_failed": 502,
    "llm_unauthorized": 502,
    "llm_refused": 502,
    "llm_too_long": 502,
    "llm_unusable": 502,
    "llm_interrupted": 502,
    "unavailable": 503,
    "store_unavailable": 503,
    "server_unreachable": 503,
    "llm_unavailable": 503,
    "overloaded": 503,
    "timeout": 504,
    "deadline_exceeded": 504,
}
PROBLEM_TYPE = "application/problem+json"
_CODE_OF = {404: "not_found", 405: "method_not_allowed"}
_RETRY_AFTER = 5
_RESERVED = frozenset({"type", "title", "status", "detail", "code", "hint"})


class BodyTooLarge(InvalidInput):
    """The body is larger than any call needs."""

    code = "body_too_large"


class BodyTooSlow(InvalidInput):
    """The body did not arrive in time."""

    code = "body_too_slow"


class TooManyAttempts(Overloaded):
    """One client tried too often in too short a time."""

    code = "too_many_attempts"


class TooManyStreams(Overloaded):
    """One client has as many streams open as it may."""

    code = "too_many_streams"


def problem_response(error: CatalogctlError) -> Response:
    """The answer that tells of *error*: ``application/problem+json`` with the fields of its data beside."""
    status = STATUS_OF.get(error.code, 500)
    return _response(status, code=error.code, detail=error.detail, hint=error.hint, data=error.data)


def problem_body(
    status: int, *, code: str, detail: str, hint: str | None = None, data: Mapping[str, Any] | None = None
) -> bytes:
    """The JSON of a problem."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if hint is not None:
        body["hint"] = hint
    further = {key: value for key, value in (data or {}).items() if key not in _RESERVED}
    return compact_json(body | further).encode("utf-8", "replace")


def _response(
    status: int,
    *,
    code: str,
    detail: str,
    hint: str | None = None,
    data: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    return Response(
        problem_body(status, code=code, detail=detail, hint=hint, data=data),
        status_code=status,
        media_type=PROBLEM_TYPE,
        headers={"Cache-Control": "no-store", **_headers_of(status, data or {}), **(headers or {})},
    )


def _headers_of(status: int, data: Mapping[str, Any]) -> dict[str, str]:
    if status == 401:
        return {"WWW-Authenticate": 'Bearer realm="catalogctl"'}
    if status in {429, 503}:
        return {"Retry-After": str(math.ceil(data.get("retry_after", _RETRY_AFTER)))}
    if status in {408, 413}:
        # What is left of the body is not worth reading.
        return {"Connection": "close"}
    return {}


async def answer_error(request: Request, error: Exception) -> Response:
    """The answer to whatever a route, the router or the framework raised; never a traceback."""
    match error:
        case CatalogctlError():
            return problem_response(error)
        case HTTPException():
            return _framework_problem(request, error)
        case ClientDisconnect():
            return Response(status_code=400)
        case _:
            return _response(500, code="internal", detail="an unexpected error in the server; its log tells more")


def _framework_problem(request: Request, error: HTTPException) -> Response:
    path = request.scope["path"]
    details = {404: f"there is nothing at {path}", 405: f"{request.method} is not possible at {path}"}
    return _response(
        error.status_code,
        code=_CODE_OF.get(error.status_code, "invalid_input" if error.status_code < 500 else "internal"),
        detail=details.get(error.status_code, error.detail),
        hint="/openapi.json lists every call.",
        headers=error.headers,
    )


HANDLERS: Mapping[Any, ExceptionHandler] = dict.fromkeys(
    (CatalogctlError, HTTPException, ClientDisconnect, Exception), answer_error
)


class CancelledCalls:
    """ASGI middleware: a call that the shutdown cancels is answered 503 instead of with a traceback in the log."""

    def __init__(self, app: ASGIApp, *, lifecycle: Lifecycle) -> None:
        self._app = app
        self._lifecycle = lifecycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on; ``send`` stays the server's own, because every frame of every stream goes through it."""
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not self._lifecycle.is_draining:
                raise
            # The server refuses a second beginning when the answer was already under way.
            with suppress(RuntimeError):
                await problem_response(Unavailable("the server is shutting down"))(scope, receive, send)
