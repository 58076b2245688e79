"""Database servers, by SQLAlchemy."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import URL, Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from catalogctl.domain.catalogue import ColumnMetadata, SourceMetadata, TableMetadata, TableProfile
from catalogctl.domain.sources import Source
from catalogctl.sources.engines.server_failures import connection_failed, statement_failed
from catalogctl.sources.engines.server_metadata import ServerCatalogue
from catalogctl.sources.engines.servers import server_of
from catalogctl.sources.failures import StatementRefused, failed
from catalogctl.sources.interruption import Interruption
from catalogctl.sources.profile.kinds import Kind, kind_of
from catalogctl.sources.profile.profiler import Groups, profile_columns, table_profile
from catalogctl.sources.profile.statements import GROUPS, grouped
from catalogctl.sources.profile.values import fit

_LARGE = 10_000_000
"""Rows from which on a sample is taken without counting all of them first."""


class ServerReader:
    """The SourceReader of a database server, and the Engine on which the profiler works.

    One transaction, read-only, is open while a table is profiled, so that all figures are of one moment.
    """

    def __init__(self, source: Source, url: URL) -> None:
        """Connect. *source* holds its password, so that it can be cut out of messages."""
        self._source = source
        self._server = server_of(url.get_backend_name())
        self.dialect = self._server.dialect
        self._interruption = Interruption(self._cancel)
        self._rows = 0
        self._engine = create_engine(url, poolclass=NullPool, connect_args=dict(self._server.connect_arguments))
        try:
            self._connection = self._connected()
        except DBAPIError as error:
            raise connection_failed(source, error) from error
        except SQLAlchemyError as error:
            raise failed(source, f"the driver cannot connect: {type(error).__name__}") from error

    def metadata(self) -> SourceMetadata:
        with self._working():
            return ServerCatalogue(self._connection).read()

    def profile(self, table: TableMetadata, *, sample: int | None) -> TableProfile:
        try:
            return self._profile(table, sample)
        finally:
            self._end_transaction()

    def query(self, sql: str, *, limit: int) -> list[tuple[Any, ...]]:
        return fit(self._query(f"SELECT * FROM ({sql}) answer LIMIT {limit}"))

    def explain(self, sql: str) -> None:
        self._query(f"EXPLAIN {sql}")

    def interrupt(self) -> None:
        self._interruption.stop()

    def close(self) -> None:
        with suppress(SQLAlchemyError):
            self._connection.close()
        self._engine.dispose()

    @contextmanager
    def groups(self, relation: str, column: str, kind: Kind) -> Iterator[Groups]:
        head = f"WITH {GROUPS} AS ({grouped(self.dialect, relation, column, kind)}) "
        yield Groups(rows=self._rows, ask=lambda statement: self._query(head + statement))

    def _profile(self, table: TableMetadata, sample: int | None) -> TableProfile:
        name = table.name if table.schema is None else table.name[len(table.schema) + 1 :]
        relation = ".".join(self.dialect.quote(part) for part in (table.schema, name) if part is not None)
        types = self._types(relation, name)
        count = (self._estimate(relation) if sample is not None else None) or self._count(relation)
        rows = None
        if sample is not None and sample < count:
            relation, rows = self._sample(relation, sample, share=None if table.is_view else sample / count)
        self._rows = count if rows is None else rows

        def kind(column: ColumnMetadata) -> Kind:
            return kind_of(types.get(column.name, column.data_type))

        columns = profile_columns(self, [(relation, table.columns)], kind)
        return table_profile(table, columns, row_count=count, rows_profiled=rows)

    def _types(self, relation: str, table: str) -> dict[str, str]:
        query = self._server.types(relation, table)
        return {} if query is None else {str(name): str(word) for name, word in self._query(query)}

    def _count(self, relation: str) -> int:
        return int(self._query(f"SELECT COUNT(*) FROM {relation}")[0][0])

    def _estimate(self, relation: str) -> int | None:
        """About how many rows there are when they are too many to be counted, None otherwise."""
        query = self._server.estimate(relation)
        rows = self._query(query) if query else []
        return int(rows[0][0]) if rows and rows[0][0] is not None and rows[0][0] >= _LARGE else None

    def _sample(self, relation: str, rows: int, *, share: float | None) -> tuple[str, int]:
        sample = self._server.sample(relation, rows=rows, share=share)
        found = self._count(sample)
        if not found:
            # By chance, of few rows: then the first ones.
            sample = self._server.sample(relation, rows=rows, share=None)
            found = self._count(sample)
        return sample, found

    def _query(self, statement: str) -> list[Sequence[Any]]:
        """The rows of *statement*. Raises SourceFailed, StatementRefused, Interrupted."""
        with self._working():
            # Without parameters the driver leaves percent signs alone.
            answer = self._connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
            return [tuple(row) for row in answer]

    def _connected(self) -> Connection:
        connection = self._engine.connect().execution_options(**self._server.execution_options)
        try:
            for setting in self._server.settings:
                connection.exec_driver_sql(setting)
            connection.commit()
        except BaseException:
            connection.close()
            raise
        return connection

    def _cancel(self) -> None:
        # While the connection is being made or given up there is nothing to stop.
        with suppress(SQLAlchemyError, AttributeError):
            driver = self._connection.connection.driver_connection
            self._server.cancel(driver, self._engine)

    def _end_transaction(self) -> None:
        with suppress(SQLAlchemyError):
            self._connection.rollback()

    @contextmanager
    def _working(self) -> Iterator[None]:
        try:
            with self._interruption.statement():
                yield
        except DBAPIError as error:
            failure = statement_failed(self._source, error)
            if isinstance(failure, StatementRefused):
                # Whatever else is asked in a transaction in which something went wrong is refused too.
                self._end_transaction()
            raise failure from error
        except SQLAlchemyError as error:
            raise failed(self._source, f"the driver gave up: {type(error).__name__}") from error
