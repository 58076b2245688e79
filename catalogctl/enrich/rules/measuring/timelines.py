"""When the rows of a table happened: the column that says it best, its own or that of the table it belongs to."""

from dataclasses import dataclass
from datetime import timedelta

from catalogctl.domain.meaning import TableRole
from catalogctl.enrich.rules.reading.catalogue import ColumnReading, Reading, TableReading
from catalogctl.enrich.rules.reading.links import Link
from catalogctl.enrich.rules.reading.moments import Form, Moments, tells_when
from catalogctl.enrich.rules.reading.semantic_types import SemanticType as Type
from catalogctl.enrich.rules.sql.dialects import Grain

_BY_TRUST = ((Type.DATE, Type.TIMESTAMP), (Type.CREATED_TIME,), (Type.YEAR,), (Type.FOREIGN_KEY,))
"""The last are keys of calendars that are dates themselves, such as 20240131."""
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
    def is_regular(self) -> bool:
        """True when there is one row a day or a year: how many there were tells of the calendar alone."""
        first, last = self.moments.first, self.moments.last
        if self.link is not None or first is None or last is None or not self.column.facts.is_unique:
            return False
        steps = last.year - first.year if self.moments.form is Form.YEAR else (last - first).days
        return steps + 1 == self.column.facts.distinct

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
            has_ends = moments is not None and (moments.first is None) == (moments.last is None)
            if table.is_about_people and not column.name.is_known:
                continue  # It may be the day of birth.
            if moments and has_ends and moments.first != moments.last and tells_when(column.facts, column.name):
                return Timeline(table=table, column=column, moments=moments)
    return None
