"""Servers that are not catalogctl: they answer whatever a test says."""

import json
import re
import socket
import threading
from collections.abc import Callable
from typing import Any


def answer(
    status: int = 200, body: Any = None, *, kind: str = "application/json", headers: dict[str, str] | None = None
) -> bytes:
    """An answer as it goes over the wire; a body that is no text is JSON."""
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(content)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


class Stranger:
    """A server that answers what a test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.reply: bytes | Callable[[str], bytes | None] = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    @property
    def paths(self) -> list[str]:
        return [asked.split(" ")[1] for asked in self.asked]

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                asked = _read_request(connection)
                if not asked:
                    continue
                self.asked.append(asked)
                reply = self.reply if isinstance(self.reply, bytes) else self.reply(asked.split(" ")[1])
                if reply is None:
                    connection.recv(1)  # until the client has had enough
                else:
                    connection.sendall(reply)


def _read_request(connection: socket.socket) -> str:
    received = connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    while length is not None and len(body) < int(length[1]):
        more = connection.recv(65536)
        received += more
        body += more
    return received.decode("latin-1")
