"""The designs that Python servers of event streams usually have, as plainly as their documentation shows them."""

import asyncio
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

INTERVAL = 0.5


class Queues:
    """A queue for each reader, and every message put into all of them."""

    def __init__(self) -> None:
        self.queues: set[asyncio.Queue[str]] = set()

    async def publish(self, request: Request) -> Response:
        text = (await request.body()).decode()
        for queue in self.queues:
            queue.put_nowait(text)
        return Response(status_code=202)

    async def messages(self) -> AsyncIterator[str]:
        queue: asyncio.Queue[str] = asyncio.Queue()
        self.queues.add(queue)
        try:
            yield "hello"
            while True:
                yield await queue.get()
        finally:
            self.queues.discard(queue)


def streaming_response() -> Starlette:
    queues = Queues()

    async def events(_: Request) -> Response:
        async def body() -> AsyncIterator[str]:
            async for text in queues.messages():
                yield f"data: {text}\n\n"

        return StreamingResponse(body(), media_type="text/event-stream")

    return Starlette(routes=[Route("/events", events), Route("/publish", queues.publish, methods=["POST"])])


def sse_starlette() -> Starlette:
    from sse_starlette.sse import EventSourceResponse  # noqa: PLC0415 - it may be missing

    queues = Queues()

    async def events(_: Request) -> Response:
        async def body() -> AsyncIterator[dict[str, str]]:
            async for text in queues.messages():
                yield {"data": text}

        response: Response = EventSourceResponse(body(), sep="\n")
        return response

    return Starlette(routes=[Route("/events", events), Route("/publish", queues.publish, methods=["POST"])])


def polling() -> Starlette:
    """One query for each reader every half second: the design that catalogctl replaces."""
    path = Path(tempfile.mkdtemp()) / "jobs.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE jobs (id INTEGER PRIMARY KEY, record TEXT)")
    connection.execute("INSERT INTO jobs VALUES (1, 'hello')")

    async def publish(request: Request) -> Response:
        connection.execute("UPDATE jobs SET record = ? WHERE id = 1", ((await request.body()).decode(),))
        return Response(status_code=202)

    async def events(_: Request) -> Response:
        async def body() -> AsyncIterator[str]:
            shown = ""
            while True:
                (text,) = connection.execute("SELECT record FROM jobs WHERE id = 1").fetchone()
                if text != shown:
                    shown = text
                    yield f"data: {text}\n\n"
                await asyncio.sleep(INTERVAL)

        return StreamingResponse(body(), media_type="text/event-stream")

    return Starlette(routes=[Route("/events", events), Route("/publish", publish, methods=["POST"])])


APPS = {"sse-starlette": sse_starlette, "StreamingResponse": streaming_response, "polling": polling}

if __name__ == "__main__":
    uvicorn.run(
        APPS[sys.argv[1]](),
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        log_level="error",
        access_log=False,
        backlog=4096,
    )
