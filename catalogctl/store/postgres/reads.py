"""The reads of the port on one connection to the server."""

from datetime import datetime

from catalogctl.domain.meaning import SearchHit
from catalogctl.store.postgres.connection import PostgresConnection
from catalogctl.store.postgres.search import search
from catalogctl.store.relational.reads import RelationalReads
from catalogctl.store.relational.rows import moment_from_row


class PostgresReads(RelationalReads):
    """The shared reads, and the search by PostgreSQL's index of words."""

    # The lowest id of all that ever stood so is that of the step, and it is by steps that the order matters.
    COUNTS = "SELECT step, status, count, first_id FROM task_counts WHERE job_id = ? AND count > 0 ORDER BY first_id"

    LATEST = "latest"

    def __init__(self, connection: PostgresConnection) -> None:
        super().__init__(connection)
        self._postgres = connection

    def search(self, words: str, *, limit: int) -> list[SearchHit]:
        return search(self._postgres, words, limit=limit)

    def server_time(self) -> datetime:
        """The server's present moment."""
        # As a number: how a moment is written is a setting of the server.
        [(moment,)] = self._rows("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)")
        return moment_from_row(moment)
