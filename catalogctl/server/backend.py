"""From a question to the catalogue to the bytes of an answer, all of it outside the event loop."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from catalogctl.domain.events import compact_json
from catalogctl.domain.ports.catalogue import Catalogue
from catalogctl.server.pool import CallPool

NOT_KEPT = {"Cache-Control": "no-store"}
_CHUNK = 256 * 1024

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
        return await self._pool.call(lambda: LargeResponse(question(self._catalogue)))

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
    return Response(
        compact_json(record).encode("utf-8", "replace"),
        status_code=status,
        media_type="application/json",
        headers={**NOT_KEPT, **(headers or {})},
    )


def _accepted(record: Mapping[str, Any]) -> Response:
    return json_response(record, status=202, headers={"Location": f"/catalog/run/{record['run_id']}"})


class LargeResponse(Response):
    """A JSON answer that is encoded and sent in chunks, so that the streams go on meanwhile.

    The encoder holds the interpreter's lock from beginning to end, although it works in another thread, and so does
    copying the whole.
    """

    media_type = "application/json"

    def __init__(self, record: Any) -> None:
        self._chunks = list(encoded_in_chunks(record))
        length = sum(len(chunk) for chunk in self._chunks)
        super().__init__(headers=NOT_KEPT | {"Content-Length": str(length)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Send the chunks; each waits until the one before is on its way."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] != "HEAD":
            for chunk in self._chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def encoded_in_chunks(record: Any, *, depth: int = 6) -> Iterator[bytes]:
    """*record* as ``compact_json`` writes it, what lies *depth* levels down being encoded at once.

    Six levels down in a catalogue are its columns.
    """
    gathered: list[str] = []
    size = 0
    for piece in _pieces(record, depth):
        gathered.append(piece)
        size += len(piece)
        if size >= _CHUNK:
            yield "".join(gathered).encode("utf-8", "replace")
            gathered.clear()
            size = 0
    yield "".join(gathered).encode("utf-8", "replace")


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
