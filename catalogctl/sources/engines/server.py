"""Database servers, by SQLAlchemy."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import URL, Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from catalogctl.domain.catalogue import ColumnMetadata, SourceMetadata, TableMetadata, TableProfile
from catalogctl.domain.sources import Source
from catalogctl.sources.engines.sampling import ESTIMATED_FROM, Count, Sample, without_statistics
from catalogctl.sources.engines.server_failures import UNUSABLE, connection_failed, statement_failed, unusable
from catalogctl.sources.engines.server_metadata import ServerCatalogue
from catalogctl.sources.engines.servers import server_of
from catalogctl.sources.engines.statistics import Statistics, profile_by_statistics
from catalogctl.sources.failures import StatementRefused, failed
from catalogctl.sources.interruption import Interruption
from catalogctl.sources.profile.dialects import StandardDialect
from catalogctl.sources.profile.kinds import Kind, kind_of
from catalogctl.sources.profile.profiler import Groups, profile_columns, table_profile
from catalogctl.sources.profile.statements import GROUPS, grouped
from catalogctl.sources.profile.values import fit


class ServerReader:
    """The SourceReader of a database server, and the Engine on which the profiler works.

    One transaction, read-only, is open while a table is profiled, so that all figures are of one moment.
    """

    def __init__(self, source: Source, url: URL) -> None:
        """Connect. *source* holds its password, so that it can be cut out of messages."""
        self._source = source
        self._interruption = Interruption(self._cancel)
        self._rows = 0
        kind = server_of(url.get_backend_name())
        try:
            self._engine = create_engine(url, poolclass=NullPool, connect_args=kind.connecting(url))
            self._server = kind(self._engine.dialect)
            self._connection = self._connected()
        except DBAPIError as error:
            raise connection_failed(source, error) from error
        except UNUSABLE as error:
            raise unusable(source, error) from error

    @property
    def dialect(self) -> StandardDialect:
        """How the server writes SQL."""
        return self._server.dialect

    def metadata(self) -> SourceMetadata:
        with self._working():
            return ServerCatalogue(self._connection).read()

    def profile(self, table: TableMetadata, *, sample: int | None) -> TableProfile:
        try:
            return self._profile(table, sample)
        finally:
            self._end_transaction()

    def estimate(self, table: TableMetadata) -> TableProfile:
        try:
            relation, types = self._look(table)
            known = self._server.statistics(self._query, relation, types)
            if isinstance(known, Statistics):
                return profile_by_statistics(self._query, self.dialect, table, known)
            return without_statistics(table, known, self._profile(table, ESTIMATED_FROM))
        finally:
            self._end_transaction()

    def query(self, sql: str, *, limit: int) -> list[tuple[Any, ...]]:
        return fit(self._server.answer(self._query, sql, limit))

    def explain(self, sql: str) -> None:
        self._query(self._server.proof(sql))

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
        relation, types = self._look(table)
        count, rows, remarks = self._count(table, relation, is_quick=sample is not None), None, []
        if sample is not None and sample < count.rows:
            chosen = self._sample(table, relation, sample, of=count.rows)
            relation, rows = chosen.relation, self._counted(chosen.relation)
            remarks = [chosen.remark] if chosen.remark else []
        self._rows = count.rows if rows is None else rows

        def kind(column: ColumnMetadata) -> Kind:
            return kind_of(types.get(column.name, column.data_type))

        columns = profile_columns(self, [(relation, table.columns)], kind)
        return table_profile(
            table,
            columns,
            row_count=count.rows,
            row_count_is_estimate=count.is_estimate,
            rows_profiled=rows,
            remarks=remarks,
        )

    def _look(self, table: TableMetadata) -> tuple[str, Mapping[str, str]]:
        """*table* as a relation, and its columns' types where declared ones do not say what the data is."""
        name = table.name if table.schema is None else table.name[len(table.schema) + 1 :]
        relation = ".".join(self.dialect.quote(part) for part in (table.schema, name) if part is not None)
        with self._working():
            types = self._server.types(self._connection, self._query, relation, (table.schema, name))
        return relation, types

    def _count(self, table: TableMetadata, relation: str, *, is_quick: bool) -> Count:
        """How many rows there are; about, where they are too many to be counted and that *is_quick*."""
        if is_quick:
            return self._server.count(self._query, relation, table)
        return Count(rows=self._counted(relation))

    def _counted(self, relation: str) -> int:
        return int(self._query(f"SELECT COUNT(*) FROM {relation}")[0][0])

    def _sample(self, table: TableMetadata, relation: str, rows: int, *, of: int) -> Sample:
        chosen = self._server.sample(self._query, relation, table, rows=rows, of=of)
        # By chance there may be none, of few rows: then the first ones.
        return chosen if self._counted(chosen.relation) else self._server.first_rows(relation, rows)

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
        # While the connection is being made or given up there is nothing to stop; and what is not told is told again.
        with suppress(SQLAlchemyError, AttributeError, OSError, self._engine.dialect.loaded_dbapi.Error):
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
            failure = statement_failed(self._source, error, is_known=self._server.is_known)
            if isinstance(failure, StatementRefused):
                # Whatever else is asked in a transaction in which something went wrong is refused too.
                self._end_transaction()
            raise failure from error
        except SQLAlchemyError as error:
            raise failed(self._source, f"the driver gave up: {type(error).__name__}") from error
