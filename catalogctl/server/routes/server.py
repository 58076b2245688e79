"""The server about itself: is it there, is it ready, what can it be asked, and who is it talking to."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalogctl import __version__
from catalogctl.domain.errors import Unauthorized, Unavailable
from catalogctl.domain.ports.store import Log
from catalogctl.server.access import AccessRules
from catalogctl.server.backend import json_response
from catalogctl.server.lifecycle import Lifecycle
from catalogctl.server.openapi.document import document
from catalogctl.server.pool import CallPool
from catalogctl.server.routes.parameters import read_body
from catalogctl.server.routing import route
from catalogctl.server.sessions import AttemptLimit, SessionCookie, Sessions

_STORE_PATIENCE = 2.0


class HealthRoutes:
    """``/health``, ``/ready`` and ``/openapi.json``."""

    def __init__(self, *, log: Log, pool: CallPool, lifecycle: Lifecycle, epoch: str) -> None:
        self._log = log
        self._pool = pool
        self._lifecycle = lifecycle
        self._identity = {"name": "catalogctl", "version": __version__, "epoch": epoch}

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            route("/health", {"GET": self._health}),
            route("/ready", {"GET": self._ready}),
            route("/openapi.json", {"GET": self._openapi}),
        ]

    async def _health(self, _: Request) -> Response:
        return json_response({"status": "ok", **self._identity})

    async def _ready(self, _: Request) -> Response:
        if self._lifecycle.is_draining:
            raise Unavailable("the server is shutting down")
        try:
            async with asyncio.timeout(_STORE_PATIENCE):
                await self._pool.call(self._log.position)
        except TimeoutError:
            raise Unavailable(f"the store has not answered for {_STORE_PATIENCE:.0f} s") from None
        return json_response({"status": "ready", **self._identity})

    async def _openapi(self, _: Request) -> Response:
        return json_response(document())


class SessionRoutes:
    """``/session``: the token for a cookie, and back."""

    def __init__(
        self, *, rules: AccessRules, sessions: Sessions, cookie: SessionCookie, attempts: AttemptLimit
    ) -> None:
        self._rules = rules
        self._sessions = sessions
        self._cookie = cookie
        self._attempts = attempts

    def routes(self) -> list[Route]:
        """All of them."""
        return [route("/session", {"POST": self._begin, "DELETE": self._end})]

    async def _begin(self, request: Request) -> Response:
        client = request.scope["client"][0]
        self._attempts.take(client)
        body = await read_body(request)
        if not self._rules.accepts(body.required_text("token")):
            raise Unauthorized("the token is not this server's")
        self._attempts.give_back(client)
        lifetime = self._sessions.lifetime
        written = self._cookie.written(self._sessions.begin(), lifetime=lifetime, is_secure=_came_by_tls(request))
        return json_response({"status": "ok", "expires_in": int(lifetime)}, headers={"Set-Cookie": written})

    async def _end(self, request: Request) -> Response:
        session = self._cookie.read(request.headers.get("cookie", "").encode("latin-1"))
        if session is not None:
            self._sessions.end(session)
        written = self._cookie.written("", lifetime=0, is_secure=_came_by_tls(request))
        return json_response({"status": "ok"}, headers={"Set-Cookie": written})


def _came_by_tls(request: Request) -> bool:
    """True if the browser speaks TLS, be it with this server or with a trusted proxy: the door has found out."""
    scheme: str = request.scope["scheme"]
    return scheme == "https"
