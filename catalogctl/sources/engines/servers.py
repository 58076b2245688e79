"""What differs between database servers: how to connect, to take a sample, and to stop a statement."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy import Engine

from catalogctl.sources.profile.dialects import MySqlDialect, PostgreSqlDialect, StandardDialect

_CONNECT_SECONDS = 10
_CANCEL_SECONDS = 2.0
_FEW = 1_000_000
"""Rows of a table that can be looked through for an even sample."""


class Server:
    """A server of which nothing special is known."""

    dialect: ClassVar[StandardDialect] = StandardDialect()
    connect_arguments: ClassVar[Mapping[str, Any]] = {}
    execution_options: ClassVar[Mapping[str, Any]] = {}
    settings: ClassVar[tuple[str, ...]] = ()

    def types(self, _relation: str, _table: str, /) -> str | None:
        """The query for the columns' types where declared ones do not say what the data is: name, type."""
        return None

    def estimate(self, _relation: str, /) -> str | None:
        """The query for a rough number of rows that takes no time."""
        return None

    def sample(self, relation: str, /, *, rows: int, share: float | None) -> str:  # noqa: ARG002 -- for others
        """A relation of at most *rows* rows, always the same ones; they are about *share* of all rows, None where
        they cannot be chosen, as in a view.
        """
        return f"(SELECT * FROM {relation} LIMIT {rows}) sampled"

    def cancel(self, connection: Any, _engine: Engine, /) -> None:
        """Stop the statement that runs on a driver's *connection*; called from another thread."""
        cancel = getattr(connection, "cancel", None)
        if cancel is not None:
            cancel()


class PostgreSqlServer(Server):
    """PostgreSQL, by psycopg."""

    dialect = PostgreSqlDialect()
    connect_arguments: ClassVar[Mapping[str, Any]] = {
        "connect_timeout": _CONNECT_SECONDS,
        "fallback_application_name": "catalogctl",
    }
    # All statements of a transaction see one moment.
    execution_options: ClassVar[Mapping[str, Any]] = {
        "isolation_level": "REPEATABLE READ",
        "postgresql_readonly": True,
    }
    settings = ("SET TIME ZONE 'UTC'", "SET DateStyle = 'ISO, YMD'")

    def types(self, relation: str, _table: str, /) -> str | None:
        # Of a domain, the type below it; an enumeration counts as text.
        return (
            "SELECT a.attname, CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN format_type(t.typbasetype, NULL) "
            "ELSE format_type(a.atttypid, NULL) END FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
            f"WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = {self.dialect.literal(relation)}::regclass"
        )

    def estimate(self, relation: str, /) -> str | None:
        return f"SELECT reltuples::bigint FROM pg_class WHERE oid = {self.dialect.literal(relation)}::regclass"

    def sample(self, relation: str, /, *, rows: int, share: float | None) -> str:
        if share is None:
            return super().sample(relation, rows=rows, share=share)
        # Whole pages are taken from a large table, single rows from one that can be read through.
        method = "BERNOULLI" if rows / share < _FEW else "SYSTEM"
        percent = f"{100 * share:.8f}"
        return f"(SELECT * FROM {relation} TABLESAMPLE {method} ({percent}) REPEATABLE (1) LIMIT {rows}) sampled"

    def cancel(self, connection: Any, _engine: Engine, /) -> None:
        connection.cancel_safe(timeout=_CANCEL_SECONDS)


class MySqlServer(Server):
    """MySQL and MariaDB, by PyMySQL."""

    dialect = MySqlDialect()
    connect_arguments: ClassVar[Mapping[str, Any]] = {"connect_timeout": _CONNECT_SECONDS}
    execution_options: ClassVar[Mapping[str, Any]] = {"isolation_level": "REPEATABLE READ"}
    settings = ("SET SESSION TRANSACTION READ ONLY", "SET time_zone = '+00:00'", "SET NAMES utf8mb4")

    def types(self, _relation: str, table: str, /) -> str | None:
        # Bits are numbers, and shapes are bytes.
        return (
            "SELECT column_name, CASE WHEN data_type = 'bit' THEN 'bigint' WHEN data_type IN ('geometry', 'point', "
            "'linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon', 'geometrycollection') "
            "THEN 'blob' ELSE column_type END FROM information_schema.columns "
            f"WHERE table_schema = DATABASE() AND table_name = {self.dialect.literal(table)}"
        )

    def cancel(self, connection: Any, engine: Engine, /) -> None:
        number = int(connection.thread_id())
        with engine.connect() as other:
            other.exec_driver_sql(f"KILL QUERY {number}")


_SERVERS: Mapping[str, type[Server]] = {
    "postgresql": PostgreSqlServer,
    "mysql": MySqlServer,
    "mariadb": MySqlServer,
}


def server_of(name: str) -> Server:
    """The server behind a dialect of SQLAlchemy."""
    return _SERVERS.get(name, Server)()
