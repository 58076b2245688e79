"""A crowd of readers in one process, as cheap as Python allows: raw sockets and one epoll, and nothing is parsed.

Commands come as JSON lines on standard input; what was seen goes out as JSON lines, with ``--each`` each reader's time
too. A message carries a mark with its
number and the moment at which it was published, ``<n=12;t=123456789>``, by the clock that all processes share.
"""

import json
import os
import re
import resource
import select
import socket
import statistics
import struct
import sys
import time
from typing import Any

MARK = re.compile(rb"<n=(\d+);t=(\d+)>")
FULL = (b"\n\n", b"\n\n\r\n")
BURST = 200
"""So many readers come at once; more would be held up by the kernel, and say nothing about the server."""


class Crowd:
    def __init__(self, *, tells_each: bool) -> None:
        self.tells_each = tells_each
        self.epoll = select.epoll()
        # Made once: to make room for each message anew takes longer than to read it.
        self.space = memoryview(bytearray(262144))
        self.readers: dict[int, socket.socket] = {}
        self.unfinished: dict[int, bytes] = {}
        self.latencies: dict[int, list[float]] = {}
        self.begun: set[int] = set()
        self.gone = 0

    def open(self, count: int, port: int, path: str) -> None:
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n\r\n".encode()
        wanted = len(self.readers) + count
        while len(self.readers) < wanted:
            for _ in range(min(BURST, wanted - len(self.readers))):
                reader = socket.create_connection(("127.0.0.1", port), timeout=30)
                reader.sendall(request)
                reader.setblocking(False)
                self.readers[reader.fileno()] = reader
                self.epoll.register(reader.fileno(), select.EPOLLIN)
            give_up = time.monotonic() + 60
            while len(self.begun) < len(self.readers):
                self.look(1.0)
                if time.monotonic() > give_up:
                    tell(failed=f"{len(self.readers) - len(self.begun)} streams have not begun")
                    return
        tell(opened=len(self.readers))

    def look(self, seconds: float) -> None:
        for number, _ in self.epoll.poll(seconds, 1024):
            if number == 0:
                self.obey()
            else:
                self.read(number)

    def read(self, number: int) -> None:
        try:
            data = bytes(self.space[: self.readers[number].recv_into(self.space)])
        except OSError:
            data = b""
        now = time.monotonic_ns()
        if not data:
            self.epoll.unregister(number)
            self.readers.pop(number).close()
            self.gone += 1
            tell(gone=self.gone)
            return
        self.begun.add(number)
        if number in self.unfinished:
            data = self.unfinished.pop(number) + data
        if not data.endswith(FULL):
            whole, _, rest = data.rpartition(b"\n\n")
            self.unfinished[number] = rest
            data = whole
        for mark in MARK.finditer(data):
            self.note(int(mark[1]), (now - int(mark[2])) / 1e6)

    def note(self, message: int, latency: float) -> None:
        seen = self.latencies.setdefault(message, [])
        seen.append(latency)
        if len(seen) == len(self.readers):
            seen.sort()
            each = {"each": seen} if self.tells_each else {}
            tell(n=message, p50=statistics.median(seen), p99=seen[int(len(seen) * 0.99) - 1], last=seen[-1], **each)
            del self.latencies[message]

    def obey(self) -> None:
        line = sys.stdin.readline()
        if not line:
            self.close()
            sys.exit(0)
        command: dict[str, Any] = json.loads(line)
        if "open" in command:
            self.open(command["open"], command["port"], command["path"])

    def close(self) -> None:
        for reader in self.readers.values():
            # With a reset: ports that wait for stragglers would run out.
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            reader.close()


def tell(**what: Any) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = Crowd(tells_each="--each" in sys.argv)
    crowd.epoll.register(0, select.EPOLLIN)
    while True:
        crowd.look(1.0)


if __name__ == "__main__":
    main()
