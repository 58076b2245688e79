"""What can be added up or averaged, and what must not be: keys, years, places on a map, prices of a piece."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from catalogctl.domain.meaning import TableRole
from catalogctl.enrich.rules.prose.figures import clean
from catalogctl.enrich.rules.prose.phrases import CURRENCY_CODES, currency_in, is_in_cents, phrase_of, units_beside
from catalogctl.enrich.rules.reading.catalogue import ColumnReading, Reading, TableReading
from catalogctl.enrich.rules.reading.facts import Family
from catalogctl.enrich.rules.reading.semantic_types import SemanticType as Type
from catalogctl.enrich.rules.words.grammar import singular
from catalogctl.enrich.rules.words.lists import word_set

_TIMES = " \N{MULTIPLICATION SIGN} "
_OF_A_PIECE = word_set(
    "price rate fare rent salary wage balance limit average minimum maximum unit list standard premium worth mrr"
)
"""Words of money that is not spent: adding it up says nothing."""
_OF_ALL = word_set("total extended subtotal")
_PARTS_OF_IT = word_set("subtotal tax vat tip fee discount freight shipping")
"""Words of amounts that are only a part of another."""
_TAX_ASIDE = re.compile(r" (?:before|including|excluding) tax$")
_STANDING = word_set("population capacity maximum minimum average level per headcount score rank")
"""Words of quantities that are the same things again in the next row."""
_STOCK = word_set("stock quantity unit units inventory count")
_LEVEL = word_set("hand stock inventory")
"""Words of what is there at a moment: the same again the next day."""
_HOLDERS = word_set("account contract portfolio wallet")
"""What money lies in, or is owed by: its currency is that of all that is booked on it."""
_BOTH_WAYS = tuple(
    map(word_set, ("credit debit", "cr dr", "c d", "in out", "income expense", "deposit withdrawal", "buy sell"))
)
_AVERAGED = (Type.RATING, Type.DURATION, Type.PERCENTAGE, Type.MEASUREMENT, Type.AGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A figure of each row: the product of *factors*, less the share *discount*; *phrase* is what it is called.

    *is_additive*: a sum over rows makes sense. *only* is the column and value that the rows must have where amounts of
    several currencies, or values in several units, stand together. *is_share*: parts of one, told in per cent.
    *divisor*: how many of what is kept make one *unit*.
    """

    phrase: str
    factors: tuple[ColumnReading, ...]
    discount: ColumnReading | None = None
    is_additive: bool = False
    unit: str | None = None
    only: tuple[ColumnReading, Any] | None = None
    is_share: bool = False
    is_money: bool = False
    divisor: int = 1

    @property
    def where(self) -> str:
        """*in EUR*, where the rows have several currencies or units."""
        return f" in {self.unit}" if self.only and self.unit else ""

    def of(self, table: TableReading) -> str:
        """*payment amount*: the phrase with what a row is called, unless that says it already or is not known."""
        if table.one is None or not table.is_noun_known:
            return self.phrase
        said = set(table.name.singulars)
        words = self.phrase.split(" ")
        return self.phrase if {singular(words[0]), singular(words[-1])} & said else f"{table.one} {self.phrase}"

    def summed(self, table: TableReading) -> str:
        """*total payment amount*: what the sum over the rows is called."""
        if self.phrase.startswith("total"):
            return f"{self.phrase} of {table.many}"
        return f"total {self.of(table)}"

    @property
    def formula(self) -> str | None:
        """How it is reckoned, when it is more than one column."""
        if len(self.factors) == 1:
            return None
        product = _TIMES.join(factor.column.name for factor in self.factors)
        return f"{product}{_TIMES}(1 - {self.discount.column.name})" if self.discount else product


def measures_of(table: TableReading, reading: Reading) -> list[Measure]:
    """The measures of *table*, the most telling first.

    Money is none where the whole that a row is part of is in one of several currencies: nothing here tells which.
    """
    found = [
        replace(measure, is_additive=False) if _is_kept_again(measure, table, reading) else measure
        for measure in _all_measures(table)
    ]
    if _is_in_any_currency(table, reading):
        found = [measure for measure in found if not measure.is_money or measure.unit in CURRENCY_CODES]
    return sorted(found, key=lambda measure: (not measure.is_additive, not measure.is_money, _is_part(measure)))


def _is_kept_again(measure: Measure, table: TableReading, reading: Reading) -> bool:
    """True for what a history keeps of another table at each change: the amount of an order in the order's history."""
    if not table.name.has("history", "revision", "version", "change", "log"):
        return False
    names = {factor.column.name for factor in measure.factors}
    others = (reading.tables.get(link.referred_table) for link in table.outgoing)
    return any(column.column.name in names for other in others if other is not None for column in other.columns)


def _is_in_any_currency(table: TableReading, reading: Reading) -> bool:
    currencies = table.of_type(Type.CURRENCY)
    if currencies:
        # Of several nobody says which is that of an amount.
        return len(currencies) > 1 and any(currency.facts.distinct > 1 for currency in currencies)
    wholes = (reading.tables.get(link.referred_table) for link in table.outgoing)
    return any(
        currency.facts.distinct > 1
        for whole in wholes
        if whole is not None and (whole.role is TableRole.FACT or whole.name.noun in _HOLDERS)
        for currency in whole.of_type(Type.CURRENCY)
    )


def _all_measures(table: TableReading) -> list[Measure]:
    return [*_amounts(table), *_line_values(table), *_counts(table), *_values_in_units(table), *_averages(table)]


def _is_part(measure: Measure) -> bool:
    named = _TAX_ASIDE.sub("", measure.phrase).lower()
    return not _PARTS_OF_IT.isdisjoint(named.split(" "))


def _usable(columns: tuple[ColumnReading, ...]) -> Iterator[ColumnReading]:
    for column in columns:
        facts = column.facts
        if facts.family.is_number and column.name.is_readable and facts.filled > 0 and facts.distinct > 1:
            yield column


def _amounts(table: TableReading) -> Iterator[Measure]:
    counts_cents = any(is_in_cents(column.name) for column in table.of_type(Type.MONEY))
    for column in _usable(table.of_type(Type.MONEY)):
        if counts_cents and column.facts.family is Family.INTEGER and not is_in_cents(column.name):
            continue  # Cents or not: the name does not tell, and the columns beside it let it look like cents.
        unit, condition = _currency(column, table)
        yield Measure(
            phrase=phrase_of(column, table).text,
            factors=(column,),
            is_additive=_adds_up(column, table) and not _goes_both_ways(column, table),
            unit=unit or ("cents" if is_in_cents(column.name) else None),
            only=condition,
            is_money=True,
            divisor=100 if unit and is_in_cents(column.name) else 1,
        )


def _line_values(table: TableReading) -> Iterator[Measure]:
    """Price by quantity, where a line has both and no amount of its own."""
    prices = [column for column in _usable(table.of_type(Type.MONEY)) if column.name.last == "price"]
    amounts = [column for column in table.of_type(Type.MONEY) if _is_spent(column)]
    quantities = [column for column in table.of_type(Type.QUANTITY) if column.name.last == "quantity"]
    if table.role is not TableRole.FACT or amounts or len(prices) != 1 or len(quantities) != 1:
        return
    unit, condition = _currency(prices[0], table)
    discounts = [column for column in table.of_type(Type.PERCENTAGE) if column.name.has("discount")]
    is_share = len(discounts) == 1 and discounts[0].facts.within(0, 1) and discounts[0].facts.nulls == 0
    yield Measure(
        phrase="value after discount" if is_share else "value",
        factors=(prices[0], quantities[0]),
        discount=discounts[0] if is_share else None,
        is_additive=True,
        unit=unit,
        only=condition,
        is_money=True,
    )


def _counts(table: TableReading) -> Iterator[Measure]:
    for column in _usable(table.of_type(Type.QUANTITY)):
        words = frozenset(column.name.words)
        is_flow = table.role is TableRole.FACT or not _STOCK.isdisjoint(words)
        phrase = phrase_of(column, table)
        yield Measure(
            phrase=phrase.text,
            factors=(column,),
            is_additive=is_flow and _STANDING.isdisjoint(words) and not _is_counted_again(column, table),
            unit=phrase.unit,
        )


def _values_in_units(table: TableReading) -> Iterator[Measure]:
    """Values of which another column says the unit: those in the most frequent one."""
    for column in _usable(table.columns):
        units = units_beside(column, table)
        if column.type is None and units is not None and units.facts.top:
            most = units.facts.top[0][0]
            yield Measure(phrase=column.name.phrase, factors=(column,), unit=clean(str(most)), only=(units, most))


def _averages(table: TableReading) -> Iterator[Measure]:
    for kind in _AVERAGED:
        for column in _usable(table.of_type(kind)):
            phrase = phrase_of(column, table)
            is_share = kind is Type.PERCENTAGE and column.facts.family is Family.DECIMAL and column.facts.within(-1, 1)
            unit = "%" if kind is Type.PERCENTAGE and (is_share or phrase.unit == "percent") else phrase.unit
            yield Measure(phrase=phrase.text, factors=(column,), unit=unit, is_share=is_share)


def _adds_up(amount: ColumnReading, table: TableReading) -> bool:
    return _is_spent(amount) and not table.is_about_people and not table.name.has("snapshot")


def _is_counted_again(quantity: ColumnReading, table: TableReading) -> bool:
    """True for what each day's row, or each snapshot, counts anew."""
    if table.name.has("snapshot"):
        return True
    by_day = len(table.key) > 1 and any(table.column(name).type in (Type.DATE, Type.TIMESTAMP) for name in table.key)
    return by_day and not _LEVEL.isdisjoint(quantity.name.words)


def _goes_both_ways(amount: ColumnReading, table: TableReading) -> bool:
    """True when another column says whether an amount without a sign came in or went out."""
    if amount.facts.reaches is None or amount.facts.reaches[0] < 0:
        return False
    told = ({str(value).strip().lower() for value in column.facts.domain} for column in table.columns)
    return any(ways <= values for values in told for ways in _BOTH_WAYS)


def _is_spent(column: ColumnReading) -> bool:
    """True for money that adds up: an amount, or the price of all the pieces together."""
    return _OF_A_PIECE.isdisjoint(column.name.words) or not _OF_ALL.isdisjoint(column.name.words)


def _currency(column: ColumnReading, table: TableReading) -> tuple[str | None, tuple[ColumnReading, Any] | None]:
    """The currency of an amount as it is written, and the condition for it where the table has several."""
    named = currency_in(column.name)
    currencies = table.of_type(Type.CURRENCY)
    if named is not None or len(currencies) != 1 or not currencies[0].facts.top:
        return named, None
    facts = currencies[0].facts
    shown = ((clean(str(value)), value) for value, _ in facts.top)
    told, most = next(((text, value) for text, value in shown if text), (None, None))
    return told, None if told is None or facts.is_constant else (currencies[0], most)
