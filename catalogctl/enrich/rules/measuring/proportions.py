"""Shares worth watching: how many of the rows are delivered, active, or have what they should have."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from catalogctl.enrich.rules.prose.figures import value_text
from catalogctl.enrich.rules.prose.flags import is_yes
from catalogctl.enrich.rules.prose.phrases import deed_of, is_quality, phrase_of
from catalogctl.enrich.rules.reading.catalogue import ColumnReading, Reading, TableReading
from catalogctl.enrich.rules.reading.privacy import personal
from catalogctl.enrich.rules.reading.semantic_types import SemanticType as Type
from catalogctl.enrich.rules.words.outcomes import Outcome, english_outcome, is_same_outcome, outcome_of

_TELLING_GAPS = (Type.EMAIL, Type.PHONE, Type.POSTAL_CODE, Type.URL, Type.IBAN, Type.VAT_NUMBER)
_QUOTABLE = 60
_LENT = frozenset({"checkout", "lease", "lending", "loan", "rental"})
"""What is returned when all is well."""


class Test(Enum):
    """What is asked of a column."""

    IS_ONE_OF = auto()
    IS_FILLED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """The rows, of all, of which *column* passes *test*; *title* names them, *invert* says that fewer are better.

    *values* are all the spellings of what the title names.
    """

    title: str
    column: ColumnReading
    test: Test
    values: tuple[Any, ...] = ()
    invert: bool = False


def proportions_of(table: TableReading, reading: Reading) -> list[Proportion]:
    """The proportions of *table* that say something, the most telling first."""
    return [*telling_proportions_of(table, reading), *_kinds(table, reading), *_gaps(table)]


def telling_proportions_of(table: TableReading, reading: Reading) -> list[Proportion]:
    """Those of them that tell how it stands: what is done, what is on, what was shipped."""
    return [*_outcomes(table, reading), *_flags(table), *_deeds(table)]


def _quotable(table: TableReading, reading: Reading, *kinds: Type) -> Iterator[ColumnReading]:
    """The columns of these *kinds* of which a title may quote a value: it is published as a description is."""
    return (column for column in table.of_type(*kinds) if not personal(column, table, reading)[0])


def _outcomes(table: TableReading, reading: Reading) -> Iterator[Proportion]:
    """How many ended well, and how many badly."""
    for column in _quotable(table, reading, Type.STATUS):
        for outcome in Outcome:
            most = next((value for value, _ in column.facts.top if outcome_of(value) is outcome), None)
            values = tuple(value for value in column.facts.domain if is_same_outcome(value, most)) or (most,)
            if most is not None and not _are_all(values, column):
                yield Proportion(
                    title=_ended_so(table, column, most),
                    column=column,
                    test=Test.IS_ONE_OF,
                    values=values,
                    invert=outcome is Outcome.BAD,
                )


def _are_all(values: tuple[Any, ...], column: ColumnReading) -> bool:
    return column.facts.nulls == 0 and len(values) == column.facts.distinct


def _ended_so(table: TableReading, column: ColumnReading, value: Any) -> str:
    """*Share of paid invoices*; a value in another language, or that may have unknown spellings, is quoted as it is."""
    english = english_outcome(value)
    if english is not None and column.facts.domain:
        return f"Share of {english[1]} {table.called}"
    return f"Share of {table.called} with {phrase_of(column, table).text} {value_text(value)}"


def _flags(table: TableReading) -> Iterator[Proportion]:
    for column in table.of_type(Type.FLAG):
        known = column.facts.domain or tuple(value for value, _ in column.facts.top)
        yes = tuple(value for value in known if is_yes(value))
        if not yes or _are_all(yes, column) or not column.name.is_readable:
            continue
        words, spelled = column.name.words, column.name.spelled
        if words[-1] in ("flag", "indicator") and len(words) > 1:
            words, spelled = words[:-1], spelled[:-1]
        if words[0] in ("is", "are", "was", "has") and len(words) > 1:
            claim, is_state = " ".join(spelled[1:]), words[0] != "has" and len(words) == 2
        else:
            claim, is_state = " ".join(spelled), len(words) == 1 and is_quality(words[0])
        yield Proportion(
            title=f"Share of {claim} {table.called}" if is_state else f"Share of {table.called} with {claim}",
            column=column,
            test=Test.IS_ONE_OF,
            values=yes,
            invert=outcome_of(words[-1]) is Outcome.BAD,
        )


def _deeds(table: TableReading) -> Iterator[Proportion]:
    """How many have been shipped, where a date says when."""
    for column in table.of_type(Type.DATE, Type.TIMESTAMP):
        deed = deed_of(column)
        if deed is not None and _has_gaps(column):
            yield Proportion(
                title=f"Share of {deed} {table.called}",
                column=column,
                test=Test.IS_FILLED,
                invert=outcome_of(deed) is Outcome.BAD and not (deed == "returned" and table.name.noun in _LENT),
            )


def _gaps(table: TableReading) -> Iterator[Proportion]:
    """How many have what a part of them lacks."""
    others = (column for column in table.columns if column.type not in (*_TELLING_GAPS, Type.FOREIGN_KEY))
    for column in (*table.of_type(*_TELLING_GAPS), *others):
        phrase = phrase_of(column, table)
        is_thing = column.moments is None or (phrase.is_sound and deed_of(column) is None)
        if _has_gaps(column) and column.name.is_known and is_thing:
            yield Proportion(title=f"Share of {table.called} with {phrase.text}", column=column, test=Test.IS_FILLED)


def _has_gaps(column: ColumnReading) -> bool:
    return 0.01 <= column.facts.missing_share <= 0.99


def _kinds(table: TableReading, reading: Reading) -> Iterator[Proportion]:
    """How many are of the most frequent kind."""
    for column in _quotable(table, reading, Type.STATUS, Type.CATEGORY, Type.COUNTRY):
        if not column.facts.top or not column.name.is_known:
            continue
        value, share = column.facts.top[0]
        phrase = phrase_of(column, table).text
        if 0.05 <= share <= 0.95 and len(str(value)) <= _QUOTABLE and phrase != table.one:
            yield Proportion(
                title=f"Share of {table.called} with {phrase} {value_text(value)}",
                column=column,
                test=Test.IS_ONE_OF,
                values=(value,),
            )
