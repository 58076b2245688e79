"""The calls of the shared statements on psycopg's connection."""

import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from catalogctl.store.postgres.texts import as_written
from catalogctl.store.relational.connection import Connection, Parameters, Row

_SAVEPOINT = "SAVEPOINT change"
_RELEASE = "RELEASE SAVEPOINT change"
_ROLLBACK = "ROLLBACK TO SAVEPOINT change"

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")


# The statements are constants, put together in few ways; what is typed by people is always a parameter.
@lru_cache(maxsize=512)
def _as_psycopg_writes(statement: str) -> str:
    return _PARAMETER.sub(r"%(\1)s", statement.replace("%", "%%").replace("?", "%s"))


class PostgresConnection(Connection):
    """A connection to the server. *changes* counts the rows that were written by it.

    What is put off by ``before`` is sent with the next statement, or never.
    """

    __slots__ = ("_cursor", "_put_off", "changes", "raw")

    def __init__(self, raw: psycopg.Connection[Row]) -> None:
        self.raw = raw
        self.changes = 0
        self._cursor = raw.cursor()
        self._put_off: list[str] = []

    def before(self, *statements: str) -> None:
        """Run these before the next statement, in one trip to the server."""
        self._put_off.extend(statements)

    def savepoint(self) -> None:
        """Mark the place to which ``undo`` goes back."""
        self.before(_SAVEPOINT)

    def keep(self) -> None:
        """Forget the mark; what was done since it stays."""
        if not self._is_unsent_savepoint():
            self.before(_RELEASE)

    def undo(self) -> None:
        """Undo what was done since the mark, and forget it."""
        if not self._is_unsent_savepoint():
            self.before(_ROLLBACK, _RELEASE)

    def _is_unsent_savepoint(self) -> bool:
        """True, and the mark is taken back, when no statement was run since it was made."""
        if self._put_off and self._put_off[-1] == _SAVEPOINT:
            self._put_off.pop()
            return True
        return False

    def forget(self) -> None:
        """Never run what was put off."""
        self._put_off.clear()

    @property
    def is_open(self) -> bool:
        """True when a transaction is open on the server, be it one in which nothing can be done any more."""
        return self.raw.info.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}

    @property
    def has_failed(self) -> bool:
        """True when a statement has failed in the open transaction, and nothing can be done but undo."""
        return self.raw.info.transaction_status == TransactionStatus.INERROR and not self._put_off

    @contextmanager
    def unnoticed(self) -> Iterator[None]:
        """What is written in the block does not count as a change."""
        changes = self.changes
        yield
        self.changes = changes

    def rows(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        cursor = self._execute(statement, parameters)
        return as_written(cursor.fetchall())

    def run(self, statement: str, parameters: Parameters = ()) -> int:
        return self._execute(statement, parameters).rowcount

    def run_many(self, statement: str, many: Iterable[Parameters]) -> None:
        self._catch_up()
        self._cursor.executemany(_as_psycopg_writes(statement), many)
        self.changes += max(0, self._cursor.rowcount)

    def check(self) -> None:
        """Raise psycopg.Error if it is known here already that the server has hung up."""
        # Its last words come first, and then the end.
        for _ in range(2):
            self.raw.pgconn.consume_input()

    def together(self, *statements: str) -> None:
        """Run statements without parameters, what was put off before them, in one trip to the server."""
        put_off, self._put_off = self._put_off, []
        self._cursor.execute("; ".join([*put_off, *statements]))

    def copy(self, target: str, many: Iterable[Row]) -> None:
        """Write rows into *target*, a table with its columns, in the fastest way that there is."""
        self._catch_up()
        with self._cursor.copy(f"COPY {target} FROM STDIN") as copying:
            for row in many:
                copying.write_row(row)
        self.changes += max(0, self._cursor.rowcount)

    def one_of(self, expression: str, name: str) -> str:
        return f"{expression} = ANY(:{name})"

    def listed(self, values: Collection[Any]) -> Any:
        return list(values)

    def using(self, index: str) -> str:  # noqa: ARG002 - PostgreSQL chooses by itself
        return ""

    def _execute(self, statement: str, parameters: Parameters) -> psycopg.Cursor[Row]:
        self._catch_up()
        self._cursor.execute(_as_psycopg_writes(statement), parameters)
        if not (self._cursor.statusmessage or "").startswith("SELECT"):
            self.changes += max(0, self._cursor.rowcount)
        return self._cursor

    def _catch_up(self) -> None:
        if self._put_off:
            self.together()
