"""A database server, by any SQLAlchemy dialect: read-only, one connection, the groups as a common table expression."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from catalogctl.domain.catalogue import SourceMetadata, TableMetadata, TableProfile
from catalogctl.domain.errors import SourceFailed
from catalogctl.domain.ports import SourceReader
from catalogctl.domain.sources import without_secrets
from catalogctl.sources.engines.declared import declared
from catalogctl.sources.engines.profiling import profile_table
from catalogctl.sources.interruption import Interruption
from catalogctl.sources.profile import statements
from catalogctl.sources.profile.dialects import MySqlDialect, PostgreSqlDialect, StandardDialect
from catalogctl.sources.profile.kinds import Kind, kind_of

T = TypeVar("T")
Row = Sequence[Any]

_CONNECT_SECONDS = 10
_DIALECTS = {"postgresql": PostgreSqlDialect, "mysql": MySqlDialect, "mariadb": MySqlDialect}
_READ_ONLY = {
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
}
_CONNECT_ARGUMENT = {"postgresql": "connect_timeout", "mysql": "connect_timeout", "mariadb": "connect_timeout"}


class ServerReader(SourceReader):
    """A reader of the database at *url*."""

    def __init__(self, url: URL) -> None:
        self._url = url
        name = url.get_backend_name()
        self._backend = name
        self.dialect: StandardDialect = _DIALECTS.get(name, StandardDialect)()
        arguments = {_CONNECT_ARGUMENT[name]: _CONNECT_SECONDS} if name in _CONNECT_ARGUMENT else {}
        self._engine = create_engine(url, poolclass=NullPool, connect_args=arguments)
        self._connection: Connection | None = None
        self._interruption = Interruption(self._cancel)

    def metadata(self) -> SourceMetadata:
        def read() -> SourceMetadata:
            with self._interruption.statement():
                return declared(self._connected())

        return self._told(read)

    def profile(self, table: TableMetadata, *, sample: int | None) -> TableProfile:
        return self._told(lambda: profile_table(self, table, sample=sample, kind_of=kind_of))

    def interrupt(self) -> None:
        self._interruption.stop()

    def close(self) -> None:
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.close()
            self._connection = None
        self._engine.dispose()

    def ask(self, statement: str) -> list[Row]:
        """The rows of one statement. Raises SQLAlchemyError, Interrupted."""
        with self._interruption.statement():
            # Without parameters a per cent sign is nothing but one.
            cursor = self._connected().exec_driver_sql(statement, execution_options={"no_parameters": True})
            return list(cursor.all())

    @contextmanager
    def groups(self, relation: str, column: str, kind: Kind) -> Iterator["_MadeGroups"]:
        """Group a column anew in each statement: a read-only session can keep nothing."""
        query = statements.grouped(self.dialect, relation, column, kind)

        def ask(statement: str) -> list[Row]:
            return self.ask(f"WITH {statements.GROUPS} AS ({query}) {statement}")

        rows = int(self.ask(f"SELECT COUNT(*) FROM {relation}")[0][0])
        yield _MadeGroups(rows, ask)

    def _told(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            safe = without_secrets(reason, self._url.render_as_string(hide_password=False))
            raise SourceFailed(f"{self._url.render_as_string()} cannot be read: {safe}") from None

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
            if self._backend in _READ_ONLY:
                self._connection.exec_driver_sql(_READ_ONLY[self._backend])
                self._connection.commit()
            self._connection = self._connection.execution_options(isolation_level="AUTOCOMMIT")
        return self._connection

    def _cancel(self) -> None:
        connection = self._connection
        driver: Any = None if connection is None else connection.connection.driver_connection
        if driver is None:
            return
        with suppress(Exception):
            if self._backend == "postgresql":
                driver.cancel()
            elif hasattr(driver, "thread_id"):
                with self._engine.connect() as other:
                    other.exec_driver_sql(f"KILL QUERY {int(driver.thread_id())}")
            else:
                driver.close()


class _MadeGroups:
    def __init__(self, rows: int, ask: Callable[[str], list[Row]]) -> None:
        self.rows = rows
        self.ask = ask
