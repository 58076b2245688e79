"""The calls of the shared statements on psycopg's connection."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from catalogctl.store.postgres.texts import as_written, copied
from catalogctl.store.relational.connection import Connection, Parameters, Row

_SAVEPOINT = "SAVEPOINT change"
_RELEASE = "RELEASE SAVEPOINT change"
_ROLLBACK = "ROLLBACK TO SAVEPOINT change"

_PIECE = 64
"""Rows that go to the server together."""

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")


# The statements are constants, put together in few ways; what is typed by people is always a parameter.
@lru_cache(maxsize=512)
def _as_psycopg_writes(statement: str) -> str:
    return _PARAMETER.sub(r"%(\1)s", statement.replace("%", "%%").replace("?", "%s"))


class PostgresConnection(Connection):
    """A connection to the server. *changes* counts the rows that were written by it.

    What is put off by ``before`` is sent with the next statement, or never.
    """

    __slots__ = ("_cursor", "_joined", "_put_off", "changes", "raw")

    def __init__(self, raw: psycopg.Connection[Row]) -> None:
        self.raw = raw
        self.changes = 0
        self._cursor = raw.cursor()
        self._joined: psycopg.ClientCursor[Row] | None = None
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
        self._cursor.execute("; ".join([*self._taken(), *statements]))

    def insert_many(self, table: str, columns: Sequence[str], many: Iterable[Row]) -> None:
        self._catch_up()
        rows = iter(many)
        with self._cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copying:
            # Piece by piece, so that the server works on one while the next is put together.
            while piece := list(islice(rows, _PIECE)):
                copying.write("".join(["\t".join(map(copied, row)) + "\n" for row in piece]).encode())
        self.changes += max(0, self._cursor.rowcount)

    def last_id(self, table: str, key: str) -> int:
        if table == "events":
            return int(self.rows("SELECT latest FROM log")[0][0])
        query = "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence(:table, :key)::regclass), 0)"
        return int(self.rows(query, {"table": table, "key": key})[0][0])

    def set_last_id(self, table: str, key: str, last: int) -> None:
        if table == "events":
            self.run("UPDATE log SET latest = ?", (last,))
        elif last:
            query = "SELECT setval(pg_get_serial_sequence(:table, :key)::regclass, :last)"
            self.rows(query, {"table": table, "key": key, "last": last})

    def one_of(self, expression: str, name: str) -> str:
        return f"{expression} = ANY(:{name})"

    def listed(self, values: Collection[Any]) -> Any:
        return list(values)

    def using(self, index: str) -> str:  # noqa: ARG002 - PostgreSQL chooses by itself
        return ""

    def _execute(self, statement: str, parameters: Parameters) -> psycopg.Cursor[Row]:
        query = _as_psycopg_writes(statement)
        cursor: psycopg.Cursor[Row] = self._cursor
        if self._put_off:
            # In one trip: only statements whose parameters are written into them may go together.
            cursor = self._joined = self._joined or psycopg.ClientCursor(self.raw)
            query = "; ".join([*(statement.replace("%", "%%") for statement in self._taken()), query])
        cursor.execute(query, parameters)
        while cursor.nextset():
            pass
        if not (cursor.statusmessage or "").startswith("SELECT"):
            self.changes += max(0, cursor.rowcount)
        return cursor

    def _taken(self) -> list[str]:
        put_off, self._put_off = self._put_off, []
        return put_off

    def _catch_up(self) -> None:
        if self._put_off:
            self.together()
