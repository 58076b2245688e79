"""CSV, Parquet and JSON files, read by DuckDB."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from catalogctl.domain.catalogue import Basis, ColumnMetadata, SourceMetadata, TableMetadata, TableProfile
from catalogctl.domain.runs import Note
from catalogctl.domain.sources import Source
from catalogctl.sources.engines.duckdb_session import STAGE, DuckDbSession
from catalogctl.sources.engines.folder import FileTable, Format, tables_at
from catalogctl.sources.engines.sampling import ESTIMATED_FROM, without_statistics
from catalogctl.sources.engines.scans import NotText, Scans
from catalogctl.sources.failures import StatementRefused, failed, missing, refused, system_failed
from catalogctl.sources.profile.kinds import Kind, kind_of
from catalogctl.sources.profile.profiler import Profiled, profile_columns, table_profile
from catalogctl.sources.scratch import Scratch


class FilesReader:
    """The SourceReader of one file, or of a folder in which each file is a table."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._location = Path(source.location)
        if not self._location.exists():
            raise missing(source)
        self._scratch = Scratch()
        try:
            self._session = DuckDbSession.of_files(source, self._location, scratch=self._scratch.path)
        except BaseException:
            self._scratch.close()
            raise
        self._scans = Scans(self._session, self._scratch)
        self._has_names = False

    def metadata(self) -> SourceMetadata:
        tables, notes = [], []
        for file in self._tables():
            try:
                with self._in_words():
                    tables.append(self._describe(file))
            except StatementRefused as error:
                name = file.name.encode(errors="replace").decode()
                notes.append(Note(table=name, message=f"cannot be read: {error.reason}"))
                reason = error.reason
        if notes and not tables:
            raise failed(self._source, reason)
        return SourceMetadata(tables=tuple(tables), notes=tuple(notes))

    def profile(self, table: TableMetadata, *, sample: int | None) -> TableProfile:
        file = next((one for one in self._tables() if one.name == table.name), None)
        if file is None:
            raise failed(self._source, f"the file of table {table.name!r} is gone")
        if not table.columns:
            return TableProfile(row_count=0, rows_profiled=0, basis=Basis.ROWS, columns={})
        with self._in_words():
            profile = self._profile(file, table, sample)
            remarks = [Note(table=table.name, message=message) for message in self._scans.remarks(file)]
        return replace(profile, notes=(*remarks, *profile.notes))

    def estimate(self, table: TableMetadata) -> TableProfile:
        return without_statistics(table, None, self.profile(table, sample=ESTIMATED_FROM))

    def query(self, sql: str, *, limit: int) -> list[tuple[Any, ...]]:
        self._name_tables()
        return self._session.answer(sql, limit=limit)

    def explain(self, sql: str) -> None:
        self._name_tables()
        self._session.query(f"EXPLAIN {sql}")

    def interrupt(self) -> None:
        self._session.interruption.stop()

    def close(self) -> None:
        self._session.close()
        self._scratch.close()

    def _name_tables(self) -> None:
        """Give every file that can be read the name of its table, once, so that SQL can speak of it."""
        if self._has_names:
            return
        for file in self._tables():
            with suppress(StatementRefused), self._in_words():
                # A view looks for its types at every question, unless it was told them.
                columns = self._describe(file).columns
                self._scans.use_again(file, columns, partial(self._name_table, file))
        self._has_names = True

    def _name_table(self, file: FileTable, relation: str) -> None:
        quote = self._session.dialect.quote
        name = quote(file.name)
        self._session.query(f"CREATE OR REPLACE VIEW {name} AS FROM {relation}")
        # What is in main goes by its bare name: there it would be taken for a file of the outer folder.
        if file.schema is None or file.schema.lower() == "main":
            return
        schema, rest = quote(file.schema), quote(file.name.removeprefix(f"{file.schema}."))
        # Some words, such as temp, no schema can be called by.
        with suppress(StatementRefused):
            self._session.query(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            self._session.query(f"CREATE OR REPLACE VIEW {schema}.{rest} AS FROM {name}")

    def _tables(self) -> list[FileTable]:
        try:
            return tables_at(self._location)
        except OSError as error:
            raise system_failed(self._source, error) from error

    def _describe(self, file: FileTable) -> TableMetadata:
        # Neither DuckDB nor a catalogue takes what is no text.
        file.name.encode()
        rows = []
        if file.is_many or file.example.stat().st_size:
            rows = self._scans.use(file, lambda relation: self._session.query(f"DESCRIBE FROM {relation}"))
        columns = tuple(ColumnMetadata(name=row[0], data_type=row[1]) for row in rows)
        return TableMetadata(name=file.name, schema=file.schema, columns=columns)

    def _profile(self, file: FileTable, table: TableMetadata, sample: int | None) -> TableProfile:
        if sample is not None:
            count = self._scans.use(file, self._session.count)
            if sample < count:
                rows = self._scans.use(file, lambda found: self._session.sample(found, rows=sample, of=count))
                return table_profile(table, self._columns(table, STAGE), row_count=count, rows_profiled=rows)
        if file.format is Format.PARQUET:
            count = self._scans.use(file, self._session.count)
            columns = self._scans.use(file, lambda found: self._columns(table, found))
        else:
            # Parsed once, not once for each column.
            count = self._scans.stage(file, table.columns)
            columns = self._columns(table, STAGE)
        return table_profile(table, columns, row_count=count)

    def _columns(self, table: TableMetadata, relation: str) -> list[Profiled]:
        return profile_columns(self._session, [(relation, table.columns)], _kind_of)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except NotText as error:
            raise refused(self._source, str(error)) from error
        except UnicodeEncodeError as error:
            raise refused(self._source, "its name is not Unicode text") from error
        except OSError as error:
            raise refused(self._source, error.strerror or type(error).__name__) from error


def _kind_of(column: ColumnMetadata) -> Kind:
    return kind_of(column.data_type)
