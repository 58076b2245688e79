"""A server that says, byte for byte, what a test wants said, and a proxy that cuts connections."""

import random
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

RESET = b""
"""In place of a piece: the connection is torn down, and what was on its way is lost."""

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


class ScriptedServer:
    """Answers the first connection by the first script, the second by the second, and so on; then refuses.

    A script is what is sent, in pieces that reach the reader one by one; None in place of a piece is silence until
    the reader leaves.
    """

    def __init__(self, *scripts: Sequence[bytes | None]) -> None:
        self.requests: list[str] = []
        self._scripts = scripts
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
        for script in self._scripts:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            with peer:
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                request = b""
                while not request.endswith(b"\r\n\r\n"):
                    request += peer.recv(65536)
                self.requests.append(request.decode())
                with suppress(OSError):
                    for piece in script:
                        if piece is None:
                            peer.recv(1)
                        elif piece == RESET:
                            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                            break
                        else:
                            peer.sendall(piece)
                            # Pieces must not be joined on their way.
                            self._over.wait(0.002)
        self._listener.close()


@contextmanager
def scripted(*scripts: Sequence[bytes | None]) -> Iterator[ScriptedServer]:
    server = ScriptedServer(*scripts)
    try:
        yield server
    finally:
        server.close()


class CuttingProxy:
    """Passes connections on to *port*, and cuts each after a moment of at most *longest* seconds."""

    def __init__(self, port: int, *, longest: float, seed: int = 5) -> None:
        self._port = port
        self._longest = longest
        self._rng = random.Random(seed)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._port))
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()
            cut = threading.Timer(self._rng.uniform(0, self._longest), self._cut, args=(client, server))
            cut.daemon = True
            cut.start()

    def _cut(self, client: socket.socket, server: socket.socket) -> None:
        self.cuts += 1
        for side in (client, server):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()

    @staticmethod
    def _pass_on(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            # Small pieces, so that a cut falls into the middle of frames, lines and characters.
            while piece := source.recv(1460):
                target.sendall(piece)
