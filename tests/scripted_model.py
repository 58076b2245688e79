"""An endpoint on a real socket that behaves, act by act, as a test tells it to."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Act = Callable[[socket.socket], None]

KEY = "sk-very-secret-0123456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the endpoint was asked."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


def http(status: int, body: bytes | str | object, *, kind: str = "application/json", **headers: str) -> Act:
    """Answer with *body*, as JSON unless it is text or bytes; headers are written with underscores."""
    data = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    head = {"content-type": kind, "content-length": str(len(data)), "connection": "close"}
    head |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return raw(f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + data)


def says(content: object, *, finish: str | None = "stop", usage: object = None, **message: object) -> Act:
    """A chat completion with *content*, as JSON text unless it is text."""
    text = content if isinstance(content, str) or content is None else json.dumps(content)
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
    tokens = {"prompt_tokens": 100, "completion_tokens": 20} if usage is None else usage
    return http(200, {"object": "chat.completion", "model": "tiny-1", "choices": [choice], "usage": tokens})


def complains(status: int, message: str = "no", **error: object) -> Act:
    """An error as OpenAI writes it."""
    return http(status, {"error": {"message": message, **error}})


def raw(data: bytes) -> Act:
    def act(connection: socket.socket) -> None:
        connection.sendall(data)

    return act


@dataclass(slots=True)
class Stage:
    """Where the acts are played, one for each request; the last is repeated."""

    url: str
    acts: list[Act] = field(default_factory=list)
    director: Callable[[Request], Act] | None = None
    requests: list[Request] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)

    def plays(self, *acts: Act) -> None:
        self.acts = list(acts)

    def is_led_by(self, director: Callable[[Request], Act]) -> None:
        """From now on each request gets the act that *director* chooses for it."""
        self.director = director

    def silence(self, connection: socket.socket) -> None:
        """Say nothing until the other side goes."""
        self.arrived.set()
        with suppress(OSError):
            while connection.recv(4096):
                pass
        self.left.set()

    def rubbish(self, connection: socket.socket) -> None:
        """Send noise without end, as fast as it is taken."""
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n")
        self._pour(connection, b"\x00\xff{[" * 16384, pause=0)

    def drip(self, connection: socket.socket) -> None:
        """Send a byte now and then, without end."""
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n")
        self.arrived.set()
        self._pour(connection, b" ", pause=0.02)

    def drip_head(self, connection: socket.socket) -> None:
        """Never come to the end of the headers."""
        connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
        self._pour(connection, b"x", pause=0.02)

    def bodies(self) -> list[dict[str, Any]]:
        return [request.body for request in self.requests]

    def _pour(self, connection: socket.socket, data: bytes, *, pause: float) -> None:
        connection.settimeout(pause or 5)
        with suppress(OSError):
            while True:
                connection.sendall(data)
                if pause:
                    with suppress(TimeoutError):
                        if not connection.recv(1):
                            break
        self.left.set()


@contextmanager
def opened_stage() -> Iterator[Stage]:
    """A stage that takes requests for the length of the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        scene = Stage(url=f"http://127.0.0.1:{listener.getsockname()[1]}/v1")
        threading.Thread(target=_serve, args=(listener, scene), daemon=True).start()
        yield scene
        listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, scene: Stage) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_play, args=(connection, scene), daemon=True).start()


def _play(connection: socket.socket, scene: Stage) -> None:
    # A ValueError is a request that is none, such as the beginning of TLS.
    with closing(connection), suppress(OSError, ValueError):
        request = _request(connection)
        scene.requests.append(request)
        if scene.director is not None:
            act = scene.director(request)
        else:
            act = scene.acts.pop(0) if len(scene.acts) > 1 else scene.acts[0]
        act(connection)


def _request(connection: socket.socket) -> Request:
    with connection.makefile("rb") as stream:
        method, path, _ = stream.readline().decode().split()
        headers: dict[str, str] = {}
        while (line := stream.readline().decode().strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        data = stream.read(int(headers.get("content-length", "0")))
    return Request(method=method, path=path, headers=headers, body=json.loads(data) if data else {})
