"""No server, but the least that any server must do: for each line on standard input, one write() to each connection.

After a line that begins with "?", the moment before the first write is a line on standard output.
"""

import json
import os
import select
import socket
import sys
import time
from contextlib import suppress

SIZE = 600
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: hello\n\n"


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    readers: dict[int, socket.socket] = {}
    poll = select.epoll()
    poll.register(0, select.EPOLLIN)
    poll.register(listener, select.EPOLLIN)
    while True:
        for number, _ in poll.poll():
            if number == 0:
                tell_all(readers)
            elif number == listener.fileno():
                reader, _ = listener.accept()
                readers[reader.fileno()] = reader
                poll.register(reader, select.EPOLLIN)
            elif is_gone(readers[number]):
                readers.pop(number).close()
            else:
                os.write(number, HEAD)


def is_gone(reader: socket.socket) -> bool:
    try:
        return not reader.recv(65536)
    except ConnectionResetError:
        return True


def tell_all(readers: dict[int, socket.socket]) -> None:
    line = sys.stdin.buffer.raw.readline()  # type: ignore[attr-defined] # a line that is kept back would not be polled
    if not line:
        sys.exit()
    message = b"data: %b\n\n" % line.strip(b"?\n").ljust(SIZE - len("data: \n\n"), b"x")
    began = time.monotonic_ns()
    with suppress(ConnectionError):  # The crowd leaves all at once.
        for number in readers:
            os.write(number, message)
    if line.startswith(b"?"):
        print(json.dumps({"committed": began}), flush=True)


if __name__ == "__main__":
    main()
