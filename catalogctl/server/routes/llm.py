"""The language model: whether it answers, what it offers, what it cost."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalogctl.domain.bounds import MAX_DAYS
from catalogctl.domain.costs import costs_record
from catalogctl.domain.meaning_records import llm_status_record, use_record
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.server.backend import Backend
from catalogctl.server.routes.parameters import Query
from catalogctl.server.routing import route


class LlmRoutes:
    """``/llm``."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            route("/llm/status", {"GET": self._status}),
            route("/llm/models", {"GET": self._models}),
            route("/llm/costs", {"GET": self._costs}),
            route("/llm/calls", {"GET": self._calls}),
        ]

    async def _status(self, _: Request) -> Response:
        return await self._backend.answer_slowly(lambda catalogue: llm_status_record(catalogue.llm_status()))

    async def _models(self, _: Request) -> Response:
        return await self._backend.answer_slowly(lambda catalogue: {"models": catalogue.llm_models()})

    async def _costs(self, request: Request) -> Response:
        days = _days(request)
        return await self._backend.answer(lambda catalogue: costs_record(catalogue.llm_uses(days=days), days=days))

    async def _calls(self, request: Request) -> Response:
        days, run_id = _days(request), Query(request).text("run_id")

        def calls(catalogue: Catalogue) -> dict[str, Any]:
            uses = catalogue.llm_uses(days=days)
            return {"calls": [use_record(use) for use in uses if run_id in {None, use.run_id}]}

        return await self._backend.answer_large(calls)


def _days(request: Request) -> int:
    return Query(request).number("days", most=MAX_DAYS) or 30
