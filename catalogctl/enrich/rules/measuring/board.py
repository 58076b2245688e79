"""The key figures of one table: each with a title that people read, its SQL, and its course over time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from catalogctl.domain.meaning import KpiDraft, TableRole
from catalogctl.enrich.rules.measuring.measures import Measure, measures_of
from catalogctl.enrich.rules.measuring.proportions import Proportion, proportions_of
from catalogctl.enrich.rules.measuring.timelines import Timeline, timeline_of
from catalogctl.enrich.rules.prose.figures import clean, shown
from catalogctl.enrich.rules.reading.catalogue import ColumnReading, Reading, TableReading
from catalogctl.enrich.rules.reading.facts import Family
from catalogctl.enrich.rules.reading.semantic_types import SemanticType as Type
from catalogctl.enrich.rules.sql.dialects import Grain
from catalogctl.enrich.rules.sql.queries import Query, Writer

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_ENOUGH = 100
_WIDTH = 120
_INCOMPARABLE = frozenset({Family.BINARY, Family.JSON, Family.OTHER})


@dataclass(frozen=True, slots=True)
class Board:
    """Drafts key figures of the tables of one catalogue in one dialect."""

    reading: Reading
    writer: Writer

    def drafts(self, table: TableReading) -> Iterator[KpiDraft]:
        """What is worth knowing of *table*, the most telling first; how many there are always."""
        timeline = timeline_of(table, self.reading)
        yield self._rows(table, timeline)
        if table.role in (TableRole.BRIDGE, TableRole.REFERENCE):
            return
        measures = measures_of(table, self.reading)
        additive = [measure for measure in measures if measure.is_additive]
        for measure in additive[:1]:
            yield self._total(table, measure, timeline)
        for measure in measures[:1]:
            yield self._average(table, measure, timeline)
        for proportion in proportions_of(table, self.reading)[:2]:
            yield self.share(table, proportion)
        yield from self._coverage(table)
        for measure in additive[1:2]:
            yield self._total(table, measure, timeline)
        for measure in measures[1:3]:
            yield self._average(table, measure, timeline)
        if timeline is not None and timeline.link is None and not timeline.is_regular:
            yield from self._latest(table, timeline)

    def plain_drafts(self, table: TableReading) -> Iterator[KpiDraft]:
        """What can be asked of any table that has rows, whatever its columns are."""
        for column in table.columns:
            if column.facts.family not in _INCOMPARABLE:
                named = _column_words(column)
                yield self._draft(
                    f"Different values of {named}{_within(table)}", self.writer.distinct(table, column), None
                )
                if not column.facts.is_unique:
                    yield self._most_frequent(table, column)
        for column in table.columns:
            title = f"Rows with {_column_words(column)}{_within(table)}"
            yield self._draft(title, self.writer.filled_share(table, column), None, unit="%")
        # What is different in every row is as frequent as any other, so that is asked last.
        for column in table.columns:
            if column.facts.family not in _INCOMPARABLE and column.facts.is_unique:
                yield self._most_frequent(table, column)

    def _most_frequent(self, table: TableReading, column: ColumnReading) -> KpiDraft:
        return KpiDraft(
            title=_titled(f"share of the most frequent {_column_words(column)}{_within(table)}"),
            sql=self.writer.most_frequent_sql(table, column),
            tables=(table.table.name,),
            unit="%",
        )

    def _draft(
        self,
        title: str,
        query: Query,
        timeline: Timeline | None,
        *,
        unit: str | None = None,
        invert: bool = False,
        note: str | None = None,
    ) -> KpiDraft:
        trend = self.writer.trend_sql(query, timeline) if timeline else None
        tables = [query.table.table.name]
        if trend and timeline and timeline.link:
            tables.append(timeline.table.table.name)
        course = _course(timeline) if trend and timeline else None
        return KpiDraft(
            title=_titled(title),
            sql=self.writer.sql(query),
            tables=tuple(tables),
            trend_sql=trend,
            unit=unit,
            invert=invert,
            footer="; ".join(part for part in (note, course) if part) or None,
        )

    def _total(self, table: TableReading, measure: Measure, timeline: Timeline | None) -> KpiDraft:
        summed = measure.summed(table)
        return self._draft(
            f"{summed}{'' if summed.endswith(f' of {table.many}') else among(table)}{measure.where}",
            self.writer.total(table, measure),
            timeline,
            unit=measure.unit,
            note=measure.formula,
        )

    def _average(self, table: TableReading, measure: Measure, timeline: Timeline | None) -> KpiDraft:
        title = f"average {measure.of(table)}{among(table)}{measure.where}"
        unit = "%" if measure.is_share else measure.unit
        return self._draft(title, self.writer.average(table, measure), timeline, unit=unit, note=measure.formula)

    def share(self, table: TableReading, proportion: Proportion) -> KpiDraft:
        """The figure of one proportion."""
        timeline = timeline_of(table, self.reading)
        query = self.writer.share(table, proportion)
        return self._draft(proportion.title, query, timeline, unit="%", invert=proportion.invert)

    def _rows(self, table: TableReading, timeline: Timeline | None) -> KpiDraft:
        """How many there are. Where things last, the trend tells of the new ones, and a few new ones are no trend."""
        lasts = table.role in (TableRole.DIMENSION, TableRole.REFERENCE, TableRole.BRIDGE)
        course = None if timeline is None or timeline.is_regular else timeline
        if course and lasts and (course.link is not None or table.rows < _ENOUGH):
            course = None
        draft = self._draft(self._rows_title(table), self.writer.count(table), course)
        if timeline is None or draft.footer is None or not lasts:
            return draft
        is_new = timeline.column.type is Type.CREATED_TIME
        return replace(
            draft, footer=f"new {draft.footer}" if is_new else f"{draft.footer}, {timeline.column.name.phrase}"
        )

    def _rows_title(self, table: TableReading) -> str:
        """What all the rows together are called; what ties others together is called by what it ties."""
        ends = [self.reading.tables.get(link.referred_table) for link in table.outgoing]
        if table.role is TableRole.BRIDGE and len(ends) == 2 and ends[0] is not None and ends[1] is not None:
            return f"Links of {ends[0].many} to {ends[1].many}"
        return rows_title(table)

    def _coverage(self, table: TableReading) -> Iterator[KpiDraft]:
        """Which part of the customers has orders, where some have none."""
        for link in table.outgoing:
            referred = self.reading.tables.get(link.referred_table)
            ways = sum(1 for other in table.outgoing if other.referred_table == link.referred_table)
            if referred is None or not link.is_single or ways > 1 or referred.table.name == table.table.name:
                continue
            used = table.column(link.columns[0]).facts.distinct
            if referred.is_noun_known and table.one is not None and 0 < used < referred.rows:
                yield KpiDraft(
                    title=_titled(f"share of {referred.many} with {table.many}"),
                    sql=self.writer.covered_sql(referred, link.referred_columns[0], table, link.columns[0]),
                    tables=(referred.table.name, table.table.name),
                    unit="%",
                )
                return

    def _latest(self, table: TableReading, timeline: Timeline) -> Iterator[KpiDraft]:
        """How many there were in the last month that is over."""
        last = timeline.moments.last
        if timeline.grain is not Grain.MONTH or last is None:
            return
        period = timeline.last_full_period or last.isoformat()[:7]
        query = self.writer.count(table)
        sql = self.writer.period_sql(query, timeline, period)
        if sql is not None:
            yield KpiDraft(
                title=_titled(f"{rows_title(table)} in {_MONTHS[int(period[5:]) - 1]} {period[:4]}"),
                sql=sql,
                tables=(table.table.name,),
                trend_sql=self.writer.trend_sql(query, timeline),
                footer=_course(timeline),
            )


def _titled(text: str) -> str:
    """*text* as a title: on one line, of a length that a list can show."""
    return clean(text[:1].upper() + text[1:], width=_WIDTH)


def rows_title(table: TableReading) -> str:
    """What all the rows together are called."""
    if table.one is not None:
        return table.many[:1].upper() + table.many[1:]
    return f"Rows of {table.name.phrase}" if table.is_named else f"Rows in {shown(table.table.name)}"


def among(table: TableReading) -> str:
    """The table, where the rows have no name to tell it by."""
    return "" if table.is_noun_known else _within(table)


def _within(table: TableReading) -> str:
    return f" in {table.name.phrase if table.is_named else shown(table.table.name)}"


def _column_words(column: ColumnReading) -> str:
    return column.name.phrase if column.name.is_readable else shown(column.column.name)


def _course(timeline: Timeline) -> str:
    """How the trend is to be read."""
    last = timeline.last_full_period
    return f"by {timeline.grain.noun}{f' up to {last}' if last else ''}"
