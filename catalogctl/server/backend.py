"""From a question to the catalogue to the bytes of an answer, all of it outside the event loop."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from starlette.responses import Response

from catalogctl.domain.events import compact_json
from catalogctl.domain.ports import Catalogue
from catalogctl.server.pool import CallPool

Question = Callable[[Catalogue], Any]
"""Asks, and makes the record that answers."""


class Backend:
    """Asks the catalogue in the pool's threads, encodes there too, and makes the response."""

    def __init__(self, *, catalogue: Catalogue, pool: CallPool) -> None:
        self._catalogue = catalogue
        self._pool = pool

    async def answer(self, question: Question) -> Response:
        """Answer 200 with the record."""
        return await self._pool.call(lambda: json_response(question(self._catalogue)))

    async def answer_large(self, question: Question) -> Response:
        """The same for a record that may have many megabytes."""
        return await self._pool.call(lambda: _response(encoded_in_pieces(question(self._catalogue))))

    async def answer_slowly(self, question: Question, *, status: int = 200) -> Response:
        """Answer a question that has to reach out to a source."""
        return await self._pool.call_slowly(lambda: json_response(question(self._catalogue), status=status))

    async def accept(self, question: Question) -> Response:
        """Answer 202 with the record of a run and where to look for it."""
        return await self._pool.call(lambda: _accepted(question(self._catalogue)))

    async def accept_slowly(self, question: Question) -> Response:
        """The same for a run on what may first have to be reached."""
        return await self._pool.call_slowly(lambda: _accepted(question(self._catalogue)))


def json_response(record: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer, which nobody may keep: the next moment may have changed it."""
    return _response(compact_json(record), status=status, headers=headers)


def _accepted(record: Mapping[str, Any]) -> Response:
    return json_response(record, status=202, headers={"Location": f"/catalog/run/{record['run_id']}"})


def _response(text: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        text.encode("utf-8", "replace"),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def encoded_in_pieces(record: Any, *, depth: int = 6) -> str:
    """*record* as ``compact_json`` writes it, with everything below *depth* encoded on its own.

    The encoder holds the interpreter's lock from beginning to end: a large catalogue in one piece would stop every
    stream for as long as it takes, although it is encoded in another thread. Six levels down are the columns.
    """
    return "".join(_pieces(record, depth))


def _pieces(value: Any, depth: int) -> Iterator[str]:
    if depth == 0 or not isinstance(value, dict | list) or not value:
        yield compact_json(value)
    elif isinstance(value, dict):
        for index, (key, item) in enumerate(value.items()):
            yield f"{',' if index else '{'}{compact_json(key)}:"
            yield from _pieces(item, depth - 1)
        yield "}"
    else:
        for index, item in enumerate(value):
            yield "," if index else "["
            yield from _pieces(item, depth - 1)
        yield "]"
