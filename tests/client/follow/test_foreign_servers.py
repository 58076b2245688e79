"""Our client reads the streams of servers that others wrote, which frame, comment and end them in ways of their own."""

import asyncio
import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from catalogctl.client.follow import HttpFeed
from catalogctl.domain.events import Advanced, Event, Lost

EPOCH = "0123abcd"
COUNT = 60
EACH = 20
"""So many events are sent before the server ends the connection."""

EVENTS = [
    {"v": 1, "seq": seq, "type": "llm.used", "at": "2026-01-31T12:00:00.123Z", "run_id": None, "job_id": None,
     "data": {"text": "é∑🙂 \u2028 \\n", "n": seq}}
    for seq in range(1, COUNT + 1)
]  # fmt: skip

NODE = """
import http from 'node:http';
const events = JSON.parse(process.argv[2]), epoch = process.argv[3], each = Number(process.argv[4]);
http.createServer((request, response) => {
  const last = Number((request.headers['last-event-id'] ?? '-0').split('-')[1]);
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write(': hello\\n\\nretry: 10\\n\\n');
  for (const event of events.filter(({ seq }) => seq > last).slice(0, each)) {
    response.write(`data: ${JSON.stringify(event)}\\nevent:${event.type}\\nid:${epoch}-${event.seq}\\n\\n: ping\\n\\n`);
  }
  response.end();
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
"""

SSE_STARLETTE = """
import asyncio, json, socket, sys
import uvicorn
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.routing import Route
events, epoch, each = json.loads(sys.argv[1]), sys.argv[2], int(sys.argv[3])
async def stream(request):
    last = int(request.headers.get("last-event-id", "-0").rpartition("-")[2])
    async def body():
        for event in [one for one in events if one["seq"] > last][:each]:
            data = json.dumps(event, ensure_ascii=False)
            yield {"id": f"{epoch}-{event['seq']}", "event": event["type"], "data": data, "retry": 10, "comment": "x"}
    return EventSourceResponse(body(), ping=1)
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
config = uvicorn.Config(Starlette(routes=[Route("/events", stream)]), log_level="error")
asyncio.run(uvicorn.Server(config).serve([listener]))
"""


@contextmanager
def serving(folder: Path, name: str) -> Iterator[str]:
    if name == "node":
        if shutil.which("node") is None:
            pytest.skip("no node: apt-get install nodejs")
        program = folder / "server.mjs"
        program.write_text(NODE)
        words = ["node", str(program)]
    else:
        if importlib.util.find_spec("sse_starlette") is None:
            pytest.skip("no sse-starlette: pip install sse-starlette")
        program = folder / "server.py"
        program.write_text(SSE_STARLETTE)
        words = [sys.executable, str(program)]
    command = [*words, json.dumps(EVENTS), EPOCH, str(EACH)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


@pytest.mark.parametrize("name", ["node", "sse-starlette"])
def test_every_event_of_a_foreign_server_arrives_once_and_in_order(tmp_path: Path, name: str) -> None:
    async def follow(url: str) -> tuple[list[str], int]:
        texts, losses = [], 0
        async for item in HttpFeed(url, backoff=0.01).follow(since=None):
            if isinstance(item, Event):
                texts.append(item.encoded())
            elif isinstance(item, Lost):
                losses += 1
            else:
                assert isinstance(item, Advanced)
            if len(texts) == COUNT:
                break
        return texts, losses

    with serving(tmp_path, name) as url:
        texts, losses = asyncio.run(asyncio.wait_for(follow(url), 30))
    assert [json.loads(text) for text in texts] == EVENTS
    assert losses == COUNT // EACH - 1
