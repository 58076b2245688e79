"""The catalogue and the sources that are in it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from catalogctl.domain.catalogue_records import check_record, datasource_record, source_record
from catalogctl.domain.errors import WrongType
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.server.backend import Backend
from catalogctl.server.routes.parameters import Query, read_body
from catalogctl.server.routing import route
from catalogctl.server.security import admission_of

Record = dict[str, Any]


class CatalogueRoutes:
    """``/catalog`` and ``/sources``."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            route("/catalog", {"GET": self._catalogue, "DELETE": self._clear}),
            route("/sources", {"GET": self._sources, "POST": self._add, "DELETE": self._remove_named}),
            route("/sources/{name}", {"DELETE": self._remove}),
            route("/sources/{name}/test", {"POST": self._test}),
        ]

    async def _catalogue(self, request: Request) -> Response:
        query = Query(request)
        source, table, profile = query.text("source"), query.text("table"), query.flag("profile", default=True)
        columns = query.flag("columns", default=True)
        return await self._backend.answer_large(
            lambda catalogue: {
                "catalog": [
                    datasource_record(found, profile=profile, columns=columns)
                    for found in catalogue.catalogue(source=source, table=table, profile=profile)
                ]
            }
        )

    async def _clear(self, request: Request) -> Response:
        source = Query(request).text("source")

        def clear(catalogue: Catalogue) -> Record:
            cleared = catalogue.clear_catalogue(source=source)
            message = f"the catalogue of {cleared.name} is empty"
            return {"status": "ok", "message": message, "source": source_record(cleared)}

        return await self._backend.answer(clear)

    async def _sources(self, _: Request) -> Response:
        return await self._backend.answer(
            lambda catalogue: {"sources": [source_record(source) for source in catalogue.sources()]}
        )

    async def _add(self, request: Request) -> Response:
        admission_of(request).require_token("registering a source needs the token")
        body = await read_body(request)
        location, name = body.required_text("location"), body.text("name")
        return await self._backend.answer_slowly(
            lambda catalogue: source_record(catalogue.add_source(location, name=name)), status=201
        )

    async def _remove_named(self, request: Request) -> Response:
        name = Query(request).text("name")
        if name is None:
            raise WrongType("the parameter name is missing", hint="DELETE /sources?name=NAME")
        return await self._forget(name)

    async def _remove(self, request: Request) -> Response:
        return await self._forget(request.path_params["name"])

    async def _forget(self, name: str) -> Response:
        def forget(catalogue: Catalogue) -> Record:
            catalogue.remove_source(name)
            return {"status": "ok", "message": f"{name} is forgotten, and its catalogue with it"}

        return await self._backend.answer(forget)

    async def _test(self, request: Request) -> Response:
        name = request.path_params["name"]
        return await self._backend.answer_slowly(lambda catalogue: check_record(catalogue.test_source(name)))
