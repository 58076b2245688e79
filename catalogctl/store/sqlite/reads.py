"""The reads of the port on one connection to a store's file."""

import sqlite3

from catalogctl.domain.meaning import SearchHit
from catalogctl.store.relational.reads import RelationalReads
from catalogctl.store.sqlite.connection import SqliteConnection


class SqliteReads(RelationalReads):
    """The shared reads, and the search by SQLite's index of words."""

    # Told which index to use, because this one alone has all that is asked for, and rows can be long.
    COUNTS = (
        "SELECT step, status, count(*), min(id) FROM tasks INDEXED BY tasks_status"
        " WHERE job_id = ? GROUP BY step, status ORDER BY min(id)"
    )

    LATEST = "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)"

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._sqlite = SqliteConnection(raw)
        super().__init__(self._sqlite)

    def search(self, words: str, *, limit: int) -> list[SearchHit]:
        from catalogctl.store.sqlite.search import search

        return search(self._sqlite, words, limit=limit)
