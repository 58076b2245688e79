"""The bell of a store in PostgreSQL: also rung when another node has committed, which it learns by LISTEN."""

import logging
import random
import secrets
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from psycopg import sql

from catalogctl.domain.ports.notifier import Notifier
from catalogctl.notify.local import LocalNotifier

SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two attempts to connect: twice as long each time, and never quite as long as another node's."""

ECHO_PATIENCE = 5.0
"""Seconds for which a notification of our own is waited for, before it is said that none arrive."""

Raw = psycopg.Connection[Any]

_log = logging.getLogger(__name__)


class PostgresNotifier(Notifier):
    """A bell heard on all nodes that listen to *channel*.

    *connect* opens a connection that commits each statement by itself and leads to the server without a pooler, through
    which nobody is notified. The listening begins with the first subscription. Whenever it begins, also again, the bell
    rings once, for all that was committed before. *node* tells our own notifications, which ring nobody twice.
    """

    def __init__(self, connect: Callable[[], Raw], *, channel: str) -> None:
        self._connect = connect
        self._channel = channel
        self.node = secrets.token_hex(4)
        self._local = LocalNotifier()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = threading.Event()
        self._waker, self._woken = socket.socketpair()

    def ring(self) -> None:
        self._local.ring()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        end = self._local.subscribe(listener)
        with self._lock:
            if self._thread is None and not self._is_closed.is_set():
                self._thread = threading.Thread(target=self._keep_listening, name="store-bell", daemon=True)
                self._thread.start()
        return end

    def close(self) -> None:
        with self._lock:
            if self._is_closed.is_set():
                return
            self._is_closed.set()
            self._waker.send(b"\0")
        if self._thread is not None:
            self._thread.join()
        self._waker.close()
        self._woken.close()

    def _keep_listening(self) -> None:
        pause = SHORTEST_PAUSE
        while not self._is_closed.is_set():
            try:
                with closing(self._connect()) as raw, self._waiting_for(raw) as wait:
                    raw.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
                    pause = SHORTEST_PAUSE
                    # Listening first, looking then, or what is committed in between is heard by nobody.
                    self._local.ring()
                    self._listen(raw, wait)
            except (psycopg.Error, OSError) as error:
                if not self._is_closed.is_set():
                    _log.warning("not notified of commits of other nodes: %s", " ".join(str(error).split()))
            self._is_closed.wait(random.uniform(pause / 2, pause))  # noqa: S311 - spreads the nodes, guards nothing
            pause = min(LONGEST_PAUSE, 2 * pause)

    @contextmanager
    def _waiting_for(self, raw: Raw) -> Iterator[Callable[[float | None], object]]:
        """What waits, at most so many seconds, until there is something to read or the bell is closed."""
        with selectors.DefaultSelector() as selector:
            selector.register(raw.fileno(), selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            yield selector.select

    def _listen(self, raw: Raw, wait: Callable[[float | None], object]) -> None:
        """Ring for each notification of another node, until the connection is lost or the bell is closed."""
        with closing(self._connect()) as other:
            # From elsewhere, as a pooler passes on what arrives while the very connection that listens is in use.
            other.execute("SELECT pg_notify(%s, %s)", (self._channel, f"0 {self.node}"))
        silent_until: float | None = time.monotonic() + ECHO_PATIENCE
        while not self._is_closed.is_set():
            heard = [notice.payload.rpartition(" ")[2] for notice in raw.notifies(timeout=0)]
            if self.node in heard:
                silent_until = None
            if any(node != self.node for node in heard):
                self._local.ring()
            if silent_until is not None and time.monotonic() > silent_until:
                silent_until = None
                _log.warning("no notifications arrive: give the address of the server itself, not of a pooler")
            if not heard:
                wait(None if silent_until is None else max(0.0, silent_until - time.monotonic()))
