"""The door: every call passes it before anything else sees it, streams included."""

import re
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from catalogctl.domain.errors import CatalogctlError
from catalogctl.server.access import AccessRules, Admission
from catalogctl.server.forwarding import TrustedProxies
from catalogctl.server.problems import problem_response

_METHODS = "GET, HEAD, POST, PATCH, DELETE"
_EXPOSED = "Location, Retry-After, WWW-Authenticate, Catalogctl-Reset"
_HEADER_LIST = re.compile(rb"[A-Za-z0-9, _-]{0,2000}")
_ALWAYS_ALLOWED = "Authorization, Content-Type, Last-Event-ID"


class Door:
    """ASGI middleware that lets calls in by the access rules, and answers for the ones it refuses.

    Routes find the ``admission`` in the request's state and, behind a trusted proxy, the real client and scheme.
    """

    def __init__(self, app: ASGIApp, *, rules: AccessRules, proxies: TrustedProxies) -> None:
        self._app = app
        self._rules = rules
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Decide about one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = _read(scope)
        origin: bytes | None = None
        try:
            origin = self._check_where_from(scope, headers)
            if origin is not None and _is_preflight(scope, headers):
                await _preflight(origin, headers)(scope, receive, send)
                return
            admission = self._rules.check_token(method=scope["method"], path=scope["path"], headers=headers)
        except CatalogctlError as error:
            await problem_response(error)(scope, receive, send if origin is None else _sharing(send, origin))
            return
        scope.setdefault("state", {})["admission"] = admission
        await self._app(scope, receive, send if origin is None else _sharing(send, origin))

    def _check_where_from(self, scope: Scope, headers: Mapping[bytes, bytes]) -> bytes | None:
        client = scope.get("client") or ("", 0)
        caller = self._proxies.caller(address=client[0], scheme=scope["scheme"], headers=headers)
        scope["client"] = (caller.address, client[1])
        scope["scheme"] = caller.scheme
        authority = self._rules.check_host(caller)
        return self._rules.check_origin(caller, authority, method=scope["method"], headers=headers)


def admission_of(request: Request) -> Admission:
    """How this call was let in."""
    admission: Admission = request.state.admission
    return admission


def _read(scope: Scope) -> dict[bytes, bytes]:
    """The headers by name, repeated ones joined: a second Host, Origin or Authorization makes the first unusable."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        before = headers.get(name)
        headers[name] = value if before is None else before + (b"; " if name == b"cookie" else b", ") + value
    return headers


def _is_preflight(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    return scope["method"] == "OPTIONS" and b"access-control-request-method" in headers


def _preflight(origin: bytes, headers: Mapping[bytes, bytes]) -> Response:
    """Tell the browser that a page of an allowed origin may send what it asks to send (the Fetch standard)."""
    asked = headers.get(b"access-control-request-headers", b"")
    allowed = ", ".join(filter(None, (_ALWAYS_ALLOWED, asked.decode() if _HEADER_LIST.fullmatch(asked) else "")))
    return Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Origin": origin.decode("latin-1"),
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": allowed,
            "Access-Control-Max-Age": "600",
            "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        },
    )


def _sharing(send: Send, origin: bytes) -> Send:
    """``send`` that lets pages of *origin* read the answer."""

    async def share(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Access-Control-Allow-Origin"] = origin.decode("latin-1")
            headers["Access-Control-Allow-Credentials"] = "true"
            headers["Access-Control-Expose-Headers"] = _EXPOSED
            headers.add_vary_header("Origin")
        await send(message)

    return share
