"""Group commit: one thread of the process writes, and all who wait while it does share its next commit."""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from catalogctl.domain.ports.store import Transaction

T = TypeVar("T")
TX = TypeVar("TX", bound=Transaction)

MAX_BATCH = 500

_log = logging.getLogger(__name__)


class Call(Generic[TX]):
    """A change that somebody waits for; *outcome* is settled only when the commit is durable.

    Where it cannot be made at once it is tried again: *tries* counts that, and *since* is when it first was.
    """

    __slots__ = ("change", "error", "outcome", "result", "since", "tries")

    def __init__(self, change: Callable[[TX], Any]) -> None:
        self.change = change
        self.outcome: Future[Any] = Future()
        self.result: Any = None
        self.error: BaseException | None = None
        self.tries = 0
        self.since: float | None = None

    def settle(self, failure: BaseException | None = None) -> None:
        """Tell the caller how it went; *failure* is what befell the whole batch."""
        error = self.error or failure
        if error is not None:
            self.outcome.set_exception(error)
        else:
            self.outcome.set_result(self.result)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit(Generic[TX]):
    """What became of a batch: whether anything is different now, the calls that are *left* for the next batch, and
    those that come *later*, after all who wait.
    """

    is_changed: bool
    left: Sequence[Call[TX]] = ()
    later: Sequence[Call[TX]] = ()


class GroupWriter(ABC, Generic[TX]):
    """The one thread that changes the store from this process; it starts with the first change.

    *on_commit* is called once for each commit that changed something, before its callers go on.
    """

    def __init__(self, *, on_commit: Callable[[], None]) -> None:
        self._on_commit = on_commit
        self._bell = threading.Condition()
        self._waiting: list[Call[TX]] = []
        self._thread: threading.Thread | None = None
        self._is_closed = False

    @abstractmethod
    def _commit(self, batch: Sequence[Call[TX]]) -> Commit[TX]:
        """Make the changes of *batch* in one transaction, each undone alone when it fails, and commit."""

    @abstractmethod
    def _let_go(self) -> None:
        """Drop the connection, which undoes what is open on it; the next batch begins with a fresh one."""

    @abstractmethod
    def _translated(self, error: BaseException) -> BaseException:
        """*error* as the callers are to hear of it."""

    @abstractmethod
    def _closed(self) -> Exception:
        """What a call on a closed store raises."""

    def run(self, change: Callable[[TX], T]) -> T:
        """Have *change* made; returns when it is durable. What it raised is raised here and is undone alone."""
        call = Call(change)
        with self._bell:
            if self._thread is threading.current_thread():
                raise RuntimeError("transact was called from inside a change: use the transaction that it was given")
            if self._is_closed:
                raise self._closed()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
                self._thread.start()
            self._waiting.append(call)
            self._bell.notify()
        outcome: T = call.outcome.result()
        return outcome

    def close(self) -> None:
        """Make the changes that are waiting, then stop."""
        with self._bell:
            self._is_closed = True
            self._bell.notify()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while batch := self._next_batch():
            try:
                commit = self._commit(batch)
            except BaseException as error:  # noqa: BLE001 - it belongs to those who wait; this thread must go on
                self._let_go()
                for call in batch:
                    call.settle(self._translated(error))
                continue
            # Commit first, wake after; and before the callers go on, so that they find the bell rung.
            if commit.is_changed:
                self._ring()
            self._settle(batch, commit)
        self._let_go()

    def _settle(self, batch: Sequence[Call[TX]], commit: Commit[TX]) -> None:
        unmade = {*commit.left, *commit.later}
        if unmade:
            with self._bell:
                self._waiting = [*commit.left, *self._waiting, *commit.later]
        for call in batch:
            if call not in unmade:
                call.settle()

    def _ring(self) -> None:
        try:
            self._on_commit()
        except Exception:  # noqa: BLE001 - the commit is done, and its callers must hear of it
            _log.exception("what listens to commits must not fail")

    def _next_batch(self) -> Sequence[Call[TX]]:
        with self._bell:
            self._bell.wait_for(lambda: self._waiting or self._is_closed)
            batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            return batch
