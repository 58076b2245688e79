"""What the catalogue means, and what people say of it themselves."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalogctl.domain.catalogue_records import column_record, table_record
from catalogctl.domain.meaning_records import hit_record, kpi_record, question_record
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.server.backend import Backend
from catalogctl.server.routes.parameters import Query, path_number, read_body
from catalogctl.server.routing import route

Record = dict[str, Any]


class MeaningRoutes:
    """Editing and searching under ``/catalog``, key figures and questions."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            route("/catalog/tables/{table_id}/toggle", {"PATCH": self._toggle}),
            route("/catalog/tables/{table_id}/description", {"PATCH": self._describe_table}),
            route("/catalog/columns/{column_id}/description", {"PATCH": self._describe_column}),
            route("/catalog/search", {"GET": self._search}),
            route("/kpis", {"GET": self._kpis}),
            route("/suggested-questions", {"GET": self._questions}),
        ]

    async def _toggle(self, request: Request) -> Response:
        table_id = path_number(request, "table_id")

        def toggle(catalogue: Catalogue) -> Record:
            table = catalogue.toggle_table(table_id)
            message = f"{table.name} is {'included in' if table.is_enabled else 'left out of'} enrichment"
            return {
                "status": "ok",
                "table_id": table.id,
                "is_enabled": table.is_enabled,
                "message": message,
                "table": table_record(table),
            }

        return await self._backend.answer_large(toggle)

    async def _describe_table(self, request: Request) -> Response:
        table_id = path_number(request, "table_id")
        text = (await read_body(request)).prose("description")

        def describe(catalogue: Catalogue) -> Record:
            table = catalogue.describe_table(table_id, text)
            return {
                "status": "ok",
                "table_id": table.id,
                "table_name": table.name,
                "description": table.description,
                "table": table_record(table),
            }

        return await self._backend.answer_large(describe)

    async def _describe_column(self, request: Request) -> Response:
        column_id = path_number(request, "column_id")
        text = (await read_body(request)).prose("description")

        def describe(catalogue: Catalogue) -> Record:
            column = catalogue.describe_column(column_id, text)
            return {
                "status": "ok",
                "column_id": column.id,
                "column_name": column.name,
                "description": column.description,
                "column": column_record(column),
            }

        return await self._backend.answer(describe)

    async def _search(self, request: Request) -> Response:
        query = Query(request)
        words, limit = query.text("q") or "", query.limit(20)
        return await self._backend.answer(
            lambda catalogue: {"hits": [hit_record(hit) for hit in catalogue.search(words, limit=limit)]}
        )

    async def _kpis(self, request: Request) -> Response:
        source = Query(request).text("source")
        return await self._backend.answer(
            lambda catalogue: {"kpis": [kpi_record(kpi) for kpi in catalogue.kpis(source=source)]}
        )

    async def _questions(self, request: Request) -> Response:
        source = Query(request).text("source")
        return await self._backend.answer(
            lambda catalogue: {
                "questions": [question_record(question) for question in catalogue.questions(source=source)]
            }
        )
