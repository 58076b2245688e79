"""The calls of the shared statements on SQLite's own connection."""

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from catalogctl.domain.events import compact_json
from catalogctl.store.relational.connection import Connection, Parameters, Row


class SqliteConnection(Connection):
    """A connection to a store's file; ``raw`` is for what only SQLite can be asked."""

    __slots__ = ("raw",)

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw

    def rows(self, statement: str, parameters: Parameters = ()) -> list[Row]:
        return self.raw.execute(statement, parameters).fetchall()

    def run(self, statement: str, parameters: Parameters = ()) -> int:
        return self.raw.execute(statement, parameters).rowcount

    def run_many(self, statement: str, many: Iterable[Parameters]) -> None:
        self.raw.executemany(statement, many)

    def insert_many(self, table: str, columns: Sequence[str], many: Iterable[Row]) -> None:
        values = ", ".join("?" * len(columns))
        self.raw.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})", many)

    def last_id(self, table: str, key: str) -> int:  # noqa: ARG002 - a table has one key
        found = self.rows("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
        return int(found[0][0]) if found else 0

    def set_last_id(self, table: str, key: str, last: int) -> None:  # noqa: ARG002 - a table has one key
        if not self.run("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (last, table)):
            self.run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))

    def one_of(self, expression: str, name: str) -> str:
        return f"{expression} IN (SELECT value FROM json_each(:{name}))"

    def listed(self, values: Collection[Any]) -> Any:
        return compact_json(list(values))

    def using(self, index: str) -> str:
        # SQLite chooses by statistics that a store does not keep.
        return f"INDEXED BY {index}"
