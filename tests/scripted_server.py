"""A server that says, byte for byte, what a test wants said."""

import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress

from bad_network import reset

RESET = b""
"""In place of a piece: the connection is torn down, and what was on its way is lost."""

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


class ScriptedServer:
    """Answers the first connection by the first script, the second by the second, and so on; then refuses.

    A script is what is sent, in pieces that reach the reader one by one; None in place of a piece is silence until
    the reader leaves. What is asked for at a path of *answers* is answered by that, whenever; then nothing is refused.
    """

    def __init__(self, *scripts: Iterable[bytes | None], answers: Mapping[str, bytes] | None = None) -> None:
        self.requests: list[str] = []
        self._scripts = list(scripts)
        self._count = len(scripts)
        self._answers = answers or {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def headers(self, number: int) -> dict[str, str]:
        """The headers of the request of that number, names in lower case."""
        lines = self.requests[number].split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}

    def target(self, number: int) -> str:
        return self.requests[number].split(" ")[1]

    def close(self) -> None:
        self._over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        count = 0
        while self._answers or count < self._count:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            count += 1
            threading.Thread(target=self._attend, args=(peer,), daemon=True).start()
        self._listener.close()

    def _attend(self, peer: socket.socket) -> None:
        with peer, suppress(OSError):
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            request = b""
            while not request.endswith(b"\r\n\r\n"):
                if not (piece := peer.recv(65536)):
                    return
                request += piece
            path = request.split(b" ")[1].decode().partition("?")[0]
            if path in self._answers:
                peer.sendall(self._answers[path])
                return
            self.requests.append(request.decode())
            self._play(peer)

    def _play(self, peer: socket.socket) -> None:
        for piece in self._scripts.pop(0) if self._scripts else ():
            if piece is None:
                peer.recv(1)
            elif piece == RESET:
                reset(peer)
                return
            else:
                peer.sendall(piece)
                # Pieces must not be joined on their way.
                self._over.wait(0.002)


@contextmanager
def scripted(*scripts: Iterable[bytes | None], answers: Mapping[str, bytes] | None = None) -> Iterator[ScriptedServer]:
    server = ScriptedServer(*scripts, answers=answers)
    try:
        yield server
    finally:
        server.close()
