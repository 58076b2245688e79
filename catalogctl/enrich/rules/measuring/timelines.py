"""When the rows of a table happened: the column that says it best, its own or that of the table it belongs to."""

from dataclasses import dataclass
from datetime import timedelta

from catalogctl.domain.meaning import TableRole
from catalogctl.enrich.rules.reading.catalogue import ColumnReading, Reading, TableReading
from catalogctl.enrich.rules.reading.links import Link
from catalogctl.enrich.rules.reading.moments import Form, Moments
from catalogctl.enrich.rules.reading.semantic_types import SemanticType as Type
from catalogctl.enrich.rules.sql.dialects import Grain
from catalogctl.enrich.rules.words.lists import word_set

_BESIDE = word_set(
    """
    due required expected expiry expired expires planned scheduled estimated end ended until valid birth next deadline
    load loaded imported inserted ingested synced extracted etl
    """
)
"""Words of dates that say when something should happen or be over, or when the row was copied here."""
_BY_TRUST = ((Type.DATE, Type.TIMESTAMP), (Type.CREATED_TIME,), (Type.YEAR,), (Type.FOREIGN_KEY,))
"""The last are keys of calendars that are dates themselves, such as 20240131."""
_FILLED = 0.9
_DAYS_DAILY = 62
_DAYS_MONTHLY = 15 * 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The moment of each row of *table*: *column*, which is *link*'s other table's where there is a link."""

    table: TableReading
    column: ColumnReading
    moments: Moments
    link: Link | None = None

    @property
    def grain(self) -> Grain:
        """The grain at which the whole of it shows a movement and not a wall of points."""
        if self.moments.form is Form.YEAR:
            return Grain.YEAR
        days = self.moments.days
        if days is None:
            return Grain.MONTH
        if days <= _DAYS_DAILY:
            return Grain.DAY
        return Grain.MONTH if days <= _DAYS_MONTHLY else Grain.YEAR

    @property
    def last_full_period(self) -> str | None:
        """The last period that is over, as its SQL writes it; None where all are over, or it is not known."""
        last = self.moments.last
        if last is None or self.moments.form is Form.YEAR:
            return None
        if self.grain is Grain.DAY:
            return (last - timedelta(days=1)).isoformat() if self.moments.has_time else None
        is_over = not self.moments.ends_within_month
        if self.grain is Grain.MONTH:
            return None if is_over else (last.replace(day=1) - timedelta(days=1)).isoformat()[:7]
        return None if is_over and last.month == 12 else str(last.year - 1)


def timeline_of(table: TableReading, reading: Reading) -> Timeline | None:
    """The timeline of *table*, or of the table that its rows are parts of."""
    if (own := _own(table)) is not None:
        return own
    for link in table.outgoing:
        parent = reading.tables.get(link.referred_table)
        if parent is None or not link.is_single or not link.is_complete or parent.role is not TableRole.FACT:
            continue
        if (found := _own(parent)) is not None:
            return Timeline(table=parent, column=found.column, moments=found.moments, link=link)
    return None


def _own(table: TableReading) -> Timeline | None:
    """The first date of what happened, else of when it was written down, else a year."""
    for kinds in _BY_TRUST:
        for column in table.of_type(*kinds):
            moments = column.moments
            if moments is not None and _tells_when(column) and moments.first != moments.last:
                return Timeline(table=table, column=column, moments=moments)
    return None


def _tells_when(column: ColumnReading) -> bool:
    facts = column.facts
    is_beside = not _BESIDE.isdisjoint(column.name.words)
    return not is_beside and facts.filled > 0 and 1 - facts.missing_share >= _FILLED
