"""The application: all routes behind one door. Pure ASGI, so that nothing stands between a stream and its socket."""

import secrets
import time
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.domain.ports.store import Log
from catalogctl.server.access import AccessRules
from catalogctl.server.backend import Backend
from catalogctl.server.forwarding import TrustedProxies
from catalogctl.server.lifecycle import Lifecycle
from catalogctl.server.options import ServerOptions
from catalogctl.server.pages import PageRoutes
from catalogctl.server.pool import CallPool
from catalogctl.server.problems import HANDLERS, CancelledCalls
from catalogctl.server.routes.catalogue import CatalogueRoutes
from catalogctl.server.routes.jobs import JobRoutes
from catalogctl.server.routes.llm import LlmRoutes
from catalogctl.server.routes.meaning import MeaningRoutes
from catalogctl.server.routes.metrics import MetricsRoutes
from catalogctl.server.routes.runs import RunRoutes
from catalogctl.server.routes.server import HealthRoutes, SessionRoutes
from catalogctl.server.security import Door
from catalogctl.server.sessions import AttemptLimit, SessionCookie, Sessions

PREFIX = "/api/v1"


def create_app(
    *,
    catalogue: Catalogue,
    log: Log,
    options: ServerOptions,
    lifecycle: Lifecycle,
    pool: CallPool,
    streams: Sequence[BaseRoute],
    metrics: MetricsRoutes,
    epoch: str,
) -> ASGIApp:
    """Put the application together; *epoch* is that of the log, *streams* are the routes that never end."""
    sessions = Sessions(key=(options.token or options.secret or secrets.token_hex()).encode(), now=time.time)
    cookie = SessionCookie(name=f"catalogctl_{epoch}")
    rules = AccessRules(options=options, sessions=sessions, cookie=cookie)
    backend = Backend(catalogue=catalogue, pool=pool)
    attempts = AttemptLimit(monotonic=time.monotonic)
    routes: list[BaseRoute] = [
        *streams,
        *RunRoutes(backend).routes(),
        *JobRoutes(backend).routes(),
        *CatalogueRoutes(backend).routes(),
        *MeaningRoutes(backend).routes(),
        *LlmRoutes(backend).routes(),
        *SessionRoutes(rules=rules, sessions=sessions, cookie=cookie, attempts=attempts).routes(),
        *metrics.routes(),
        *PageRoutes().routes(),
        *HealthRoutes(log=log, pool=pool, lifecycle=lifecycle, epoch=epoch).routes(),
    ]
    inner = Starlette(routes=routes, exception_handlers=HANDLERS)
    # A redirect would be built from the Host header, and would lead browsers away from the path of the contract.
    inner.router.redirect_slashes = False
    door = Door(inner, rules=rules, proxies=TrustedProxies(options.trusted_proxies))
    return CancelledCalls(OptionalPrefix(door), lifecycle=lifecycle)


class OptionalPrefix:
    """ASGI middleware by which every path also answers under ``/api/v1``, to everything behind it as the same path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the prefix off."""
        path: str = scope.get("path", "")
        if path.startswith(f"{PREFIX}/"):
            scope["path"] = path.removeprefix(PREFIX)
        await self._app(scope, receive, send)
