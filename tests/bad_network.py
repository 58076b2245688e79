"""A network at its worst between a client and a server: connections are cut anywhere, or go dead without a word."""

import random
import select
import socket
import struct
import threading
import time
from contextlib import suppress

_PIECE = 1460


class _Proxy:
    """Passes every connection on to *port*, each in a thread of its own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
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
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                server = socket.create_connection(("127.0.0.1", self._port))
            except OSError:
                # Nobody is there behind us either.
                reset(client)
                continue
            threading.Thread(target=self._carry, args=(client, server), daemon=True).start()

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        raise NotImplementedError


class CuttingProxy(_Proxy):
    """Cuts each connection after a moment of at most *longest* seconds, behind a byte of its own choice.

    Half of the cuts are an end in good order (FIN), half tear down (RST); a part is aimed into the middle of a
    character.
    """

    def __init__(self, port: int, *, longest: float = 0.5, seed: int = 5) -> None:
        self._longest = longest
        self._rng = random.Random(seed)
        self.cuts = 0
        self.cuts_in_characters = 0
        super().__init__(port)

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        end = time.monotonic() + self._rng.uniform(0, self._longest)
        with suppress(OSError), client, server:
            while True:
                left = max(0.02, end - time.monotonic())
                ready, _, _ = select.select((client, server), (), (), left)
                if client in ready:
                    if not (request := client.recv(65536)):
                        return
                    server.sendall(request)
                piece = server.recv(_PIECE) if server in ready else b""
                if server in ready and not piece:
                    return
                # A connection with nothing on its way is cut as well, but not before one was cut within a character.
                if time.monotonic() >= end and (piece or self.cuts_in_characters):
                    client.sendall(self._part(piece))
                    self.cuts += 1
                    if self._rng.random() < 0.5:
                        reset(client)
                    return
                client.sendall(piece)

    def _part(self, piece: bytes) -> bytes:
        inside = [place for place, byte in enumerate(piece) if byte & 0xC0 == 0x80]
        is_aimed = bool(inside) and (not self.cuts_in_characters or self._rng.random() < 0.3)
        place = self._rng.choice(inside) if is_aimed else self._rng.randint(0, len(piece))
        self.cuts_in_characters += place in inside
        return piece[:place]


class DyingProxy(_Proxy):
    """Carries the first *size* bytes of each answer; then nothing more, in no direction, and no end is told either."""

    def __init__(self, port: int, *, size: int) -> None:
        self._size = size
        self.dead = threading.Event()
        self._kept: list[socket.socket] = []
        super().__init__(port)

    def close(self) -> None:
        super().close()
        for side in self._kept:
            side.close()

    def revive(self) -> None:
        """Carry later connections to their end."""
        self._size = 2**62

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        left = self._size
        # Open to the end of the test, as on a machine that has lost its network.
        self._kept += [client, server]
        with suppress(OSError):
            while left:
                ready, _, _ = select.select((client, server), (), ())
                for source, target in ((client, server), (server, client)):
                    if source in ready:
                        if not (piece := source.recv(_PIECE)):
                            target.shutdown(socket.SHUT_RDWR)
                            return
                        if source is server:
                            piece = piece[:left]
                            left -= len(piece)
                        target.sendall(piece)
            self.dead.set()


def reset(peer: socket.socket) -> None:
    """Tear the connection down: what is on its way is lost."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
