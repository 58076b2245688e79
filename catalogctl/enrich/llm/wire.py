"""HTTP exchanges with an endpoint, each of which can be ended at any moment by a deadline or by another thread."""

import json
import re
import socket
import threading
from collections.abc import Mapping
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpx

MAX_REPLY = 8 * 1024 * 1024
CONNECT_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back: header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Silence(StrEnum):
    """Why an exchange ended without a reply."""

    UNREACHABLE = "unreachable"
    BROKEN = "broken"
    TIMEOUT = "timeout"
    TOO_LARGE = "too large"
    CANCELLED = "cancelled"


class NoReply(Exception):
    """An exchange that ended without a reply."""

    def __init__(self, silence: Silence, text: str) -> None:
        super().__init__(text)
        self.silence = silence
        self.text = text


class Wire:
    """Sends requests to one endpoint; any number of threads may do so at a time."""

    def __init__(self, *, url: str, headers: Mapping[str, str]) -> None:
        self._url = httpx.URL(url)
        self._client = httpx.Client(
            headers=headers,
            # A connection a call: one that was kept may be dead after a back-off, a handshake is nothing beside a
            # model's seconds, and to end a call its socket must be known.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )
        self._lock = threading.Lock()
        self._running: set[_Exchange] = set()
        self._is_cancelled = threading.Event()

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, timeout: float) -> Reply:
        """The reply to one request within *timeout* seconds from first to last byte. Raises NoReply."""
        request = self._client.build_request(
            method,
            self._url.copy_with(path=self._url.path.rstrip("/") + path),
            content=None if body is None else json.dumps(body, ensure_ascii=True).encode(),
            headers=None if body is None else {"content-type": "application/json"},
            # The deadline below bounds all of it; a time for each read would only race with it.
            timeout=httpx.Timeout(None, connect=min(CONNECT_TIMEOUT, timeout)),
        )
        exchange = _Exchange()
        with self._lock:
            if self._is_cancelled.is_set():
                raise _cancelled()
            self._running.add(exchange)
        try:
            # In a thread of its own, so that the caller can leave at once even while a name is looked up.
            threading.Thread(target=exchange.perform, args=(self._client, request), name="llm", daemon=True).start()
            return exchange.outcome.result(timeout)
        except TimeoutError:
            raise NoReply(Silence.TIMEOUT, f"no complete answer within {timeout:g} s") from None
        finally:
            with self._lock:
                self._running.discard(exchange)
            exchange.abandon()

    def cancel(self) -> None:
        """End the running exchanges at once, and let none begin; safe from any thread."""
        self._is_cancelled.set()
        with self._lock:
            running = list(self._running)
        for exchange in running:
            exchange.settle(_cancelled())

    def wait(self, seconds: float) -> None:
        """Let *seconds* pass. Raises NoReply when cancelled meanwhile."""
        if self._is_cancelled.wait(seconds):
            raise _cancelled()

    def close(self) -> None:
        """Let go of everything."""
        self._client.close()


class _Exchange:
    """One request on its way: whoever settles it first, the server, a deadline or a cancellation, decides."""

    def __init__(self) -> None:
        self.outcome: Future[Reply] = Future()
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._is_abandoned = False

    def perform(self, client: httpx.Client, request: httpx.Request) -> None:
        """Carry the request out and settle."""
        request.extensions["trace"] = self._trace
        try:
            self.settle(self._receive(client, request))
        except NoReply as silence:
            self.settle(silence)
        except httpx.ConnectTimeout:
            self.settle(NoReply(Silence.UNREACHABLE, "no connection within the time for it"))
        except (httpx.ConnectError, httpx.ProxyError, httpx.UnsupportedProtocol) as error:
            self.settle(NoReply(Silence.UNREACHABLE, _words(error)))
        except httpx.HTTPError as error:
            self.settle(NoReply(Silence.BROKEN, _words(error)))
        except Exception as error:  # noqa: BLE001 - the caller waits for this thread's outcome, whatever it is
            self.settle(error)

    def settle(self, outcome: Reply | Exception) -> None:
        """Decide the outcome, unless it is decided."""
        with suppress(InvalidStateError):
            if isinstance(outcome, Reply):
                self.outcome.set_result(outcome)
            else:
                self.outcome.set_exception(outcome)

    def abandon(self) -> None:
        """Shut the sockets, so that a thread that still reads from them ends too."""
        with self._lock:
            self._is_abandoned = True
            sockets, self._sockets = self._sockets, []
        for connected in sockets:
            _shut(connected)

    def _receive(self, client: httpx.Client, request: httpx.Request) -> Reply:
        response = client.send(request, stream=True)
        try:
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > MAX_REPLY:
                    raise NoReply(Silence.TOO_LARGE, f"the answer is larger than {MAX_REPLY // 1024 // 1024} MB")
            return Reply(status=response.status_code, headers=dict(response.headers), content=bytes(content))
        finally:
            response.close()

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Called by httpx at each stage of the exchange; connections are told of when they are made."""
        if not event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            return
        connected = info["return_value"].get_extra_info("socket")
        with self._lock:
            is_abandoned = self._is_abandoned
            if not is_abandoned:
                self._sockets.append(connected)
        if is_abandoned:
            _shut(connected)


def _words(error: httpx.HTTPError) -> str:
    """What went wrong, without the number that the system has for it."""
    return re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__


def _shut(connected: socket.socket) -> None:
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def _cancelled() -> NoReply:
    return NoReply(Silence.CANCELLED, "the work was cancelled")
