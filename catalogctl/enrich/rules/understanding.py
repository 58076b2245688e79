"""Meaning from rules alone: what each table and column of a catalogue is, said in sentences that its figures prove."""

from collections.abc import Collection, Sequence

from catalogctl.domain.catalogue import Datasource
from catalogctl.domain.meaning import ColumnMeaning, InferredKey, TableMeaning
from catalogctl.enrich.rules.prose.columns import column_description
from catalogctl.enrich.rules.prose.synonyms import column_synonyms, table_synonyms
from catalogctl.enrich.rules.prose.tables import table_description
from catalogctl.enrich.rules.reading.catalogue import ColumnReading, Reading, TableReading, read
from catalogctl.enrich.rules.reading.privacy import personal


def understand(
    source: Datasource, keys: Sequence[InferredKey], *, tables: Collection[str] | None = None
) -> list[TableMeaning]:
    """The meaning of every enabled table of *source*, or of these *tables*, in its order.

    *keys* were proven besides the declared ones. What names, types and profiles do not tell stays None or empty.
    """
    reading = read(source, keys, only=tables)
    return [
        _table_meaning(table, reading) for name, table in reading.tables.items() if tables is None or name in tables
    ]


def _table_meaning(table: TableReading, reading: Reading) -> TableMeaning:
    return TableMeaning(
        name=table.table.name,
        description=table_description(table, reading),
        synonyms=table_synonyms(table),
        role=table.role,
        columns={column.column.name: _column_meaning(column, table, reading) for column in table.columns},
    )


def _column_meaning(column: ColumnReading, table: TableReading, reading: Reading) -> ColumnMeaning:
    is_personal, sure = personal(column, table, reading)
    return ColumnMeaning(
        description=column_description(column, table, reading, is_personal=is_personal is True),
        synonyms=column_synonyms(column, table),
        semantic_type=column.type,
        is_personal=is_personal,
        personal_confidence=sure,
    )
