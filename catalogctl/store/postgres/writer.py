"""The writing thread's way to the server: one transaction a batch, in which no change waits long for another node's."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from catalogctl.store.group_commit import Call, Commit, GroupWriter
from catalogctl.store.postgres.address import Address
from catalogctl.store.postgres.connection import PostgresConnection
from catalogctl.store.postgres.failures import closed, is_locked, is_passing, is_taken, refused, translated, was_idle
from catalogctl.store.postgres.holding import HeldRuns
from catalogctl.store.postgres.journal import Journal
from catalogctl.store.postgres.transaction import PostgresTransaction
from catalogctl.store.relational.connection import Row

PATIENCE = 10.0
"""Seconds for which a change is tried again while others are in its way."""

# The first change of a batch may wait for another node. Those after it may hardly: who holds rows and waits for rows
# may wait in a circle, and everybody waits for whoever holds the log.
_WAIT = "SET LOCAL lock_timeout TO '500ms'"
_HARDLY_WAIT = "SET LOCAL lock_timeout TO '20ms'"
_WAIT_FOR_LOG = "SET LOCAL lock_timeout TO '10s'"
_MAX_MISSES = 3

# A node that stops in the middle of a transaction holds up the others no longer than this.
_TIMEOUT = "SET LOCAL idle_in_transaction_session_timeout TO '6s'"


@dataclass(slots=True, kw_only=True)
class _Batch:
    """A transaction that several changes share, and the calls that it did not come to."""

    connection: PostgresConnection
    runs: HeldRuns
    journal: Journal
    has_savepoints: bool
    left: list[Call[PostgresTransaction]] = field(default_factory=list)
    later: list[Call[PostgresTransaction]] = field(default_factory=list)
    misses: int = 0

    def transaction(self) -> PostgresTransaction:
        """The port, for one change."""

        def hold_log() -> None:
            self.journal.hold(patience=_WAIT_FOR_LOG, afterwards=_HARDLY_WAIT)

        return PostgresTransaction(self.connection, runs=self.runs, journal=self.journal, hold_log=hold_log)

    def is_over(self) -> bool:
        """True when nothing more should come into it: others wait for it, or would not be waited for."""
        return self.journal.is_held or self.misses >= _MAX_MISSES


class Writer(GroupWriter[PostgresTransaction]):
    """Group commit to a store's schema. With each commit *node* tells the other nodes to look."""

    def __init__(self, address: Address, *, node: str, on_commit: Callable[[], None]) -> None:
        super().__init__(on_commit=on_commit)
        self._address = address
        self._node = node
        self._channel = sql.Literal(address.channel).as_string(None)
        self._suffix = sql.Literal(f" {node}").as_string(None)
        # What was waited for is to be seen then, and that is the default of servers only until somebody changes it.
        self._begin = ("BEGIN ISOLATION LEVEL READ COMMITTED", address.search_path(), _TIMEOUT, _WAIT)
        self._raw: psycopg.Connection[Row] | None = None
        self._is_committing = False

    def _commit(self, batch: Sequence[Call[PostgresTransaction]]) -> Commit[PostgresTransaction]:
        self._is_committing = False
        try:
            return self._attempt(batch)
        except psycopg.Error as error:
            is_lost = self._raw is None or self._raw.closed
            self._let_go()
            if self._is_committing and is_lost and not was_idle(error):
                reason = "the connection was lost in the middle of a commit, which may have come about or not"
                raise refused(self._address, reason, hint="Look at what is there before you try again.") from error
            if is_lost:
                # Idle connections are cut by servers that restart and by those between; nothing has been done yet.
                return self._attempt(batch)
            if len(batch) == 1:
                raise
            alone = self._attempt(batch[:1])
            return Commit(is_changed=alone.is_changed, left=[*alone.left, *batch[1:]], later=alone.later)

    def _attempt(self, calls: Sequence[Call[PostgresTransaction]]) -> Commit[PostgresTransaction]:
        if self._raw is None:
            self._raw = self._address.connect()
        connection = PostgresConnection(self._raw)
        connection.before(*self._begin)
        batch = _Batch(
            connection=connection,
            runs=HeldRuns(connection),
            journal=Journal(connection),
            has_savepoints=len(calls) > 1,
        )
        for place, call in enumerate(calls):
            if batch.is_over():
                batch.left.extend(calls[place:])
                break
            if place == 1:
                connection.before(_HARDLY_WAIT)
            self._make(batch, call, is_first=place == 0)
        self._end(batch)
        return Commit(is_changed=connection.changes > 0, left=batch.left, later=batch.later)

    def _make(self, batch: _Batch, call: Call[PostgresTransaction], *, is_first: bool) -> None:
        """Make one change; if it fails, undo it alone. Raises what destroyed the whole transaction."""
        connection = batch.connection
        call.error, call.since = None, call.since or time.monotonic()
        batch.runs.are_touched = False
        marks = connection.changes, batch.runs.mark(), batch.journal.mark()
        if batch.has_savepoints:
            connection.savepoint()
        try:
            call.result = call.change(batch.transaction())
            if connection.has_failed:
                raise RuntimeError("a change went on after a statement of it had failed")  # noqa: TRY301
        except BaseException as error:
            if connection.raw.closed:
                raise
            self._undo(batch)
            connection.changes, held, journal = marks
            batch.runs.undo(held)
            batch.journal.undo(journal)
            self._put_off(batch, call, error, is_first=is_first)
        else:
            if batch.has_savepoints:
                connection.keep()

    def _undo(self, batch: _Batch) -> None:
        if batch.has_savepoints:
            batch.connection.undo()
            return
        batch.connection.forget()
        if batch.connection.is_open:
            batch.connection.together("ROLLBACK")

    def _put_off(self, batch: _Batch, call: Call[PostgresTransaction], error: BaseException, *, is_first: bool) -> None:
        """Have a change tried again that others were in the way of, as long as there is hope; else it has failed."""
        is_in_time = time.monotonic() - (call.since or 0) < PATIENCE
        if not is_passing(error) or not is_in_time or (is_taken(error) and call.tries):
            call.error = translated(error, self._address)
            return
        call.tries += 1
        batch.misses += is_locked(error)
        if is_locked(error) and is_first:
            batch.later.append(call)
        else:
            batch.left.append(call)

    def _end(self, batch: _Batch) -> None:
        """Write the log and commit, if there is anything that was begun."""
        connection, journal = batch.connection, batch.journal
        if journal.waits:
            connection.before(_WAIT_FOR_LOG)
            journal.write()
        if connection.is_open:
            telling = [self._telling(journal.latest)] if connection.changes else []
            connection.check()
            self._is_committing = True
            connection.together(*telling, "COMMIT")
            self._is_committing = False

    def _telling(self, latest: int) -> str:
        return f"SELECT pg_notify({self._channel}, {latest} || {self._suffix})"

    def _let_go(self) -> None:
        if self._raw is not None:
            with suppress(psycopg.Error):
                self._raw.close()
            self._raw = None

    def _translated(self, error: BaseException) -> BaseException:
        return translated(error, self._address)

    def _closed(self) -> Exception:
        return closed(self._address)
