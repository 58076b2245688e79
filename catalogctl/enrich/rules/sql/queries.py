"""The SQL of key figures: one number, and the same number for each period of a timeline."""

# ruff: noqa: S608 - SQL is what is made here; the dialect quotes every name and value in it

from dataclasses import dataclass
from typing import Any

from catalogctl.enrich.rules.measuring.measures import Measure
from catalogctl.enrich.rules.measuring.proportions import Proportion, Test
from catalogctl.enrich.rules.measuring.timelines import Timeline
from catalogctl.enrich.rules.reading.catalogue import ColumnReading, TableReading
from catalogctl.enrich.rules.sql.dialects import Dialect, Grain

_PERIODS = {Grain.DAY: 31, Grain.MONTH: 24, Grain.YEAR: 30}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """An aggregate over the rows of a table that meet a condition."""

    table: TableReading
    aggregate: str
    condition: str | None = None


class Writer:
    """Writes SQL in one dialect. The table that is counted is called ``f``, the one that dates it ``p``."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def count(self, table: TableReading) -> Query:
        """How many rows."""
        return Query(table=table, aggregate="COUNT(*)")

    def distinct(self, table: TableReading, column: ColumnReading) -> Query:
        """How many different values."""
        return Query(table=table, aggregate=f"COUNT(DISTINCT {self._column(column)})")

    def total(self, table: TableReading, measure: Measure) -> Query:
        """The sum of a measure."""
        return Query(
            table=table, aggregate=_in_units(f"SUM({self._each(measure)})", measure), condition=self._only(measure)
        )

    def average(self, table: TableReading, measure: Measure) -> Query:
        """The mean of a measure; of a share, in per cent."""
        mean = _in_units(f"AVG({self._dialect.averaged(self._only_numbers(measure))})", measure)
        return Query(
            table=table,
            aggregate=f"{self._dialect.hundred} * {mean}" if measure.is_share else mean,
            condition=self._only(measure),
        )

    def share(self, table: TableReading, proportion: Proportion) -> Query:
        """The rows that pass, in per cent of all."""
        tested = self._column(proportion.column)
        passes = (
            f"{tested} IS NOT NULL" if proportion.test is Test.IS_FILLED else self._is_one_of(tested, proportion.values)
        )
        return Query(
            table=table,
            aggregate=f"{self._dialect.hundred} * SUM(CASE WHEN {passes} THEN 1 ELSE 0 END) / NULLIF(COUNT(*), 0)",
        )

    def filled_share(self, table: TableReading, column: ColumnReading) -> Query:
        """The rows that have a value, in per cent of all."""
        return Query(
            table=table, aggregate=f"{self._dialect.hundred} * COUNT({self._column(column)}) / NULLIF(COUNT(*), 0)"
        )

    def sql(self, query: Query) -> str:
        """SQL that answers one row with one number."""
        where = f" WHERE {query.condition}" if query.condition else ""
        return f"SELECT {query.aggregate} AS figure FROM {self._dialect.table(query.table.table.name)} f{where}"

    def period_sql(self, query: Query, timeline: Timeline, period: str) -> str | None:
        """SQL for the number of one *period*."""
        told = self._period(timeline)
        if told is None:
            return None
        conditions = [f"{told} = '{period}'", *([query.condition] if query.condition else [])]
        return (
            f"SELECT {query.aggregate} AS figure FROM {self._dated(query, timeline)} WHERE {' AND '.join(conditions)}"
        )

    def trend_sql(self, query: Query, timeline: Timeline) -> str | None:
        """SQL that answers the last periods that are over, oldest first; None where the dialect cannot tell periods."""
        period = self._period(timeline)
        if period is None or not self._dialect.has_limit:
            return None
        moment = self._moment(timeline)
        conditions = [f"{moment} IS NOT NULL"]
        if (last := timeline.last_full_period) is not None:
            conditions.append(f"{period} <= '{last}'")
        if query.condition:
            conditions.append(query.condition)
        return (
            f"SELECT span, figure FROM (SELECT {period} AS span, {query.aggregate} AS figure "
            f"FROM {self._dated(query, timeline)} WHERE {' AND '.join(conditions)} "
            f"GROUP BY 1 ORDER BY 1 DESC LIMIT {_PERIODS[timeline.grain]}) recent ORDER BY span"
        )

    def most_frequent_sql(self, table: TableReading, column: ColumnReading) -> str:
        """SQL for how many of the rows with a value have the most frequent one, in per cent."""
        name = self._column(column)
        return (
            f"SELECT {self._dialect.hundred} * MAX(same) / SUM(same) AS figure FROM (SELECT COUNT(*) AS same "
            f"FROM {self._dialect.table(table.table.name)} f WHERE {name} IS NOT NULL GROUP BY {name}) counted"
        )

    def covered_sql(self, referred: TableReading, key: str, table: TableReading, column: str) -> str:
        """SQL for how many of the *referred* rows another table points at, in per cent."""
        quoted, target = self._dialect.name, self._dialect.table(referred.table.name)
        return (
            f"SELECT {self._dialect.hundred} * COUNT(*) / NULLIF((SELECT COUNT(*) FROM {target}), 0) AS figure "
            f"FROM {target} f "
            f"WHERE f.{quoted(key)} IN (SELECT p.{quoted(column)} FROM {self._dialect.table(table.table.name)} p "
            f"WHERE p.{quoted(column)} IS NOT NULL)"
        )

    def _each(self, measure: Measure) -> str:
        product = " * ".join(self._number(factor) for factor in measure.factors)
        return f"{product} * (1 - {self._number(measure.discount)})" if measure.discount else product

    def _only_numbers(self, measure: Measure) -> str:
        """Each of the measure, and nothing for a row in which something else stands in place of a number."""
        factors = (*measure.factors, *([measure.discount] if measure.discount else []))
        vague = [factor for factor in factors if self._dialect.mixes_types and not factor.facts.are_all_numbers]
        if not vague:
            return self._each(measure)
        are_numbers = " AND ".join(f"typeof({self._column(factor)}) IN ('integer', 'real')" for factor in vague)
        return f"CASE WHEN {are_numbers} THEN {self._each(measure)} END"

    def _number(self, column: ColumnReading) -> str:
        # PostgreSQL's money is text to every client.
        is_money_type = column.column.data_type.strip().upper() == "MONEY" and self._dialect.has_schemas
        return f"CAST({self._column(column)} AS NUMERIC)" if is_money_type else self._column(column)

    def _only(self, measure: Measure) -> str | None:
        if measure.only is None:
            return None
        column, code = measure.only
        return f"{self._column(column)} = {self._dialect.literal(code)}"

    def _is_one_of(self, tested: str, values: tuple[Any, ...]) -> str:
        listed = ", ".join(map(self._dialect.literal, values))
        return f"{tested} IN ({listed})" if len(values) > 1 else f"{tested} = {listed}"

    def _column(self, column: ColumnReading) -> str:
        return f"f.{self._dialect.name(column.column.name)}"

    def _moment(self, timeline: Timeline) -> str:
        return f"{'p' if timeline.link else 'f'}.{self._dialect.name(timeline.column.column.name)}"

    def _period(self, timeline: Timeline) -> str | None:
        return self._dialect.period(self._moment(timeline), timeline.moments.form, timeline.grain)

    def _dated(self, query: Query, timeline: Timeline) -> str:
        table = f"{self._dialect.table(query.table.table.name)} f"
        if timeline.link is None:
            return table
        mine, theirs = (
            self._dialect.name(names[0]) for names in (timeline.link.columns, timeline.link.referred_columns)
        )
        return f"{table} JOIN {self._dialect.table(timeline.table.table.name)} p ON p.{theirs} = f.{mine}"


def _in_units(aggregate: str, measure: Measure) -> str:
    """The *aggregate* in the unit of the measure, as euros for what is kept in cents."""
    return f"{aggregate} / {measure.divisor}.0" if measure.divisor > 1 else aggregate
