"""Which tables a catalogue is about: those in which things happen and are measured, and what these point at."""

import math

from catalogctl.domain.meaning import TableRole
from catalogctl.enrich.rules.measuring.measures import measures_of
from catalogctl.enrich.rules.measuring.timelines import timeline_of
from catalogctl.enrich.rules.reading.catalogue import Reading, TableReading
from catalogctl.enrich.rules.words.lists import word_set

CALENDARS = word_set("date calendar day month")
"""Tables called so hold what everybody knows."""
_BY_ROLE = {
    TableRole.FACT: 4.0,
    TableRole.LOG: 2.0,
    TableRole.DIMENSION: 1.0,
    TableRole.BRIDGE: -1.0,
    TableRole.REFERENCE: -1.0,
    None: 1.0,
}


def prominent_tables(reading: Reading) -> list[TableReading]:
    """The tables that have rows, the most prominent first; views and calendars only where there is nothing else."""
    filled = [table for table in reading.tables.values() if table.rows > 0 and table.columns]
    tables = [table for table in filled if not table.table.is_view and table.name.last not in CALENDARS] or filled
    return sorted(tables, key=lambda table: (-_prominence(table, reading), table.table.name))


def _prominence(table: TableReading, reading: Reading) -> float:
    measures = measures_of(table, reading)
    timeline = timeline_of(table, reading)
    return (
        _BY_ROLE[table.role]
        + 1.5 * any(measure.is_additive and measure.is_money for measure in measures)
        + 0.5 * bool(measures)
        + (1.5 if timeline is not None and timeline.link is None else 0.5 * (timeline is not None))
        + 0.5 * len({link.referred_table for link in table.outgoing} - {table.table.name})
        + 0.2 * len(table.incoming)
        + 0.4 * math.log10(table.rows)
        + 0.5 * table.is_noun_known
    )
