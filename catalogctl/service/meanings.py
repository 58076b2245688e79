"""What people add to a catalogue themselves, and what an enrichment would take."""

from collections.abc import Sequence
from dataclasses import replace

from catalogctl.domain.catalogue import Column, Table
from catalogctl.domain.errors import ColumnNotFound, InvalidInput, NothingSelected, TableNotFound
from catalogctl.domain.events import NewEvent, compact_json
from catalogctl.domain.meaning import Estimate, LlmCall, LlmStatus
from catalogctl.domain.ports.enriching import Models
from catalogctl.domain.ports.store import Reads, Store, Transaction
from catalogctl.domain.runs import RunOptions
from catalogctl.domain.sources import Source
from catalogctl.domain.times import Clock

LONGEST_DESCRIPTION = 10_000


class Meanings:
    """Editing a catalogue by hand; every change is told of, so that all who show it see it."""

    def __init__(self, *, store: Store, models: Models, clock: Clock) -> None:
        self._store = store
        self._models = models
        self._clock = clock

    def toggle(self, table_id: int) -> Table:
        """Include the table in enrichment, or leave it out."""

        def change(transaction: Transaction) -> Table:
            table = _table(transaction, table_id)
            transaction.set_enabled(table_id, is_enabled=not table.is_enabled, at=self._clock())
            self._tell(transaction, table)
            return _table(transaction, table_id)

        return self._store.transact(change)

    def describe_table(self, table_id: int, text: str) -> Table:
        """Write what a person says of a table."""
        said = _said(text)

        def change(transaction: Transaction) -> Table:
            table = _table(transaction, table_id)
            transaction.describe_table(table_id, said, at=self._clock())
            self._tell(transaction, table)
            return _table(transaction, table_id)

        return self._store.transact(change)

    def describe_column(self, column_id: int, text: str) -> Column:
        """Write what a person says of a column."""
        said = _said(text)

        def change(transaction: Transaction) -> Column:
            column = _column(transaction, column_id)
            transaction.describe_column(column_id, said, at=self._clock())
            self._tell(transaction, _table(transaction, column.table_id))
            return _column(transaction, column_id)

        return self._store.transact(change)

    def status(self) -> LlmStatus:
        """Whether the model answers; the try may have cost money, and is recorded like any other call."""
        tried = self._models.status()
        if tried.calls:
            self._store.transact(lambda transaction: self._record(transaction, tried.calls))
        return replace(tried, calls=())

    def _record(self, transaction: Transaction, calls: Sequence[LlmCall]) -> None:
        for call in calls:
            transaction.add_llm_use(call, run_id=None, at=self._clock())
            data = compact_json(call.record())
            transaction.append(NewEvent(type="llm.used", at=self._clock(), data=data))

    def estimate(self, source: Source, options: RunOptions) -> Estimate:
        """What enriching the chosen tables would take."""
        found = next(iter(self._store.catalogue(source=source.name)), None)
        tables = () if found is None else found.tables
        wanted = options.tables or tuple(table.name for table in tables if table.is_enabled)
        chosen = tuple(table for table in tables if table.name in wanted)
        if found is None or not chosen:
            raise NothingSelected(
                f"the catalogue of {source.name!r} has no table to enrich",
                hint="Extract it first, or enable a table: catalogctl catalog toggle TABLE",
            )
        return self._models.enricher(model=options.model).estimate(replace(found, tables=chosen))

    def _tell(self, transaction: Transaction, table: Table) -> None:
        source = next(one.name for one in transaction.sources() if one.id == table.datasource_id)
        data = compact_json({"source": source, "tables": 1, "columns": len(table.columns)})
        transaction.append(NewEvent(type="catalog.changed", at=self._clock(), data=data))


def _said(text: str) -> str:
    said = text.strip()
    if not said:
        raise InvalidInput("a description cannot be blank")
    if len(said) > LONGEST_DESCRIPTION:
        raise InvalidInput(f"a description has at most {LONGEST_DESCRIPTION:,} characters, not {len(said):,}")
    return said


def _table(reads: Reads, table_id: int) -> Table:
    table = reads.table(table_id)
    if table is None:
        raise TableNotFound(f"no table has the id {table_id}", hint="See: catalogctl catalog show")
    return table


def _column(reads: Reads, column_id: int) -> Column:
    column = reads.column(column_id)
    if column is None:
        raise ColumnNotFound(f"no column has the id {column_id}", hint="See: catalogctl catalog show")
    return column
