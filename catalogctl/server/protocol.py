"""uvicorn's HTTP protocol with a limit on what a connection may cost before it has asked for anything."""

import asyncio
from collections import deque

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from catalogctl.server.problems import PROBLEM_TYPE, problem_body

MAX_HEAD = 64 * 1024
HEAD_DEADLINE = 20.0
# As many requests may come before the first of them is answered.
_IN_LINE = 4


class PromptProtocol(HttpToolsProtocol):
    """Wants the head of a request soon and small, and tells a stream at once that its reader does not keep up."""

    _head_size = 0
    _is_in_head = False
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Begin a connection."""
        super().connection_made(transport)
        self.unanswered: deque[RequestResponseCycle] = deque()
        # Not 0: a TLS transport counts "at least" and would be full for ever.
        transport.set_write_buffer_limits(high=1, low=0)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        self._stop_waiting()
        super().connection_lost(exc)
        # Uvicorn tells the last call only, and a stream before it would go on for nobody.
        for cycle in self.unanswered:
            cycle.disconnected = True
            cycle.message_event.set()

    def data_received(self, data: bytes) -> None:
        """Take what has come; of a head that is not whole, only so much."""
        super().data_received(data)
        if self.timeout_keep_alive_task is None and self._is_answered():
            # It began no request, and was enough for uvicorn to wait for one without an end.
            self._await_head()
        self._head_size = self._head_size + len(data) if self._is_in_head else 0
        if self._head_size > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of the request is too large.")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._is_in_head = True
        self._await_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header is whole; the space after its value is no part of it (RFC 9110, 5.5), and httptools leaves it."""
        super().on_header(name, value.rstrip(b" \t"))

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._is_in_head = False
        self._stop_waiting()
        super().on_headers_complete()
        self.unanswered.append(self.cycle)
        if len(self.unanswered) <= _IN_LINE:
            # Uvicorn reads on after the answer alone, and only who reads learns that the reader of a stream has left.
            self.flow.resume_reading()

    def on_response_complete(self) -> None:
        """A call is answered."""
        self.unanswered.popleft()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, or too much of it; there is no call yet that the application could refuse."""
        body = problem_body(400, code="invalid_input", detail=msg)
        head = f"HTTP/1.1 400 Bad Request\r\ncontent-type: {PROBLEM_TYPE}\r\ncontent-length: {len(body)}\r\n"
        self.transport.write(head.encode("ascii") + b"connection: close\r\n\r\n" + body)
        self.transport.close()

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing: that HTTP/1.1 is spoken on is all the answer that the wish for another protocol needs."""

    def _is_answered(self) -> bool:
        return self.cycle is not None and self.cycle.response_complete and not self.transport.is_closing()

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_DEADLINE, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
