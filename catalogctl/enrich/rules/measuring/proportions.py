"""Shares worth watching: how many of the rows are delivered, active, or have what they should have."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from catalogctl.enrich.rules.prose.figures import value_text
from catalogctl.enrich.rules.prose.flags import is_yes
from catalogctl.enrich.rules.prose.phrases import MAKING, MOMENT_WORDS, phrase_of
from catalogctl.enrich.rules.reading.catalogue import ColumnReading, TableReading
from catalogctl.enrich.rules.reading.semantic_types import SemanticType as Type
from catalogctl.enrich.rules.words.lists import word_set
from catalogctl.enrich.rules.words.vocabulary import QUALIFIERS

_GOOD = word_set(
    """
    accepted active approved closed complete completed confirmed delivered done enabled fulfilled won paid published
    received resolved sent settled shipped signed solved succeeded success successful
    """
)
_BAD = word_set(
    """
    aborted blocked cancelled canceled churned declined defaulted delayed denied disputed error expired failed
    failure inactive invalid late lost overdue refunded rejected returned suspended unpaid
    """
)
_TELLING_GAPS = (Type.EMAIL, Type.PHONE, Type.POSTAL_CODE, Type.URL, Type.IBAN, Type.VAT_NUMBER)
_QUOTABLE = 60


class Test(Enum):
    """What is asked of a column."""

    EQUALS = auto()
    IS_FILLED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """The rows, of all, of which *column* passes *test*; *title* names them, *invert* says that fewer are better."""

    title: str
    column: ColumnReading
    test: Test
    value: Any = None
    invert: bool = False


def proportions_of(table: TableReading) -> list[Proportion]:
    """The proportions of *table* that say something, the most telling first."""
    return [*telling_proportions_of(table), *_kinds(table), *_gaps(table)]


def telling_proportions_of(table: TableReading) -> list[Proportion]:
    """Those of them that tell how it stands: what is done, what is on, what was shipped."""
    return [*_outcomes(table), *_flags(table), *_deeds(table)]


def _outcomes(table: TableReading) -> Iterator[Proportion]:
    """How many ended well, and how many badly."""
    for column in table.of_type(Type.STATUS):
        for outcomes, invert in ((_GOOD, False), (_BAD, True)):
            values = [
                value for value, share in column.facts.top if str(value).strip().lower() in outcomes and share < 1
            ]
            if values:
                yield Proportion(
                    title=f"Share of {str(values[0]).strip().lower()} {table.many}",
                    column=column,
                    test=Test.EQUALS,
                    value=values[0],
                    invert=invert,
                )


def _flags(table: TableReading) -> Iterator[Proportion]:
    for column in table.of_type(Type.FLAG):
        yes = next((value for value, share in column.facts.top if is_yes(value) and share < 1), None)
        if yes is None or not column.name.is_readable:
            continue
        words, spelled = column.name.words, column.name.spelled
        if words[0] in ("is", "are", "was", "has") and len(words) > 1:
            claim, is_state = " ".join(spelled[1:]), words[0] != "has" and len(words) == 2
        else:
            claim, is_state = (
                column.name.phrase,
                len(words) == 1 and (words[0] in QUALIFIERS or words[0].endswith("ed")),
            )
        yield Proportion(
            title=f"Share of {claim} {table.many}" if is_state else f"Share of {table.many} with {claim}",
            column=column,
            test=Test.EQUALS,
            value=yes,
            invert=words[-1] in _BAD,
        )


def _deeds(table: TableReading) -> Iterator[Proportion]:
    """How many have been shipped, where a date says when."""
    for column in table.of_type(Type.DATE, Type.TIMESTAMP):
        words = [word for word in column.name.words if word not in MOMENT_WORDS]
        if _has_gaps(column) and len(words) == 1 and words[0] in MAKING:
            yield Proportion(title=f"Share of {words[0]} {table.many}", column=column, test=Test.IS_FILLED)


def _gaps(table: TableReading) -> Iterator[Proportion]:
    """How many have what a part of them lacks."""
    others = (column for column in table.columns if column.type not in (*_TELLING_GAPS, Type.FOREIGN_KEY))
    for column in (*table.of_type(*_TELLING_GAPS), *others):
        if _has_gaps(column) and column.name.is_known:
            phrase = phrase_of(column, table).text
            yield Proportion(title=f"Share of {table.many} with {phrase}", column=column, test=Test.IS_FILLED)


def _has_gaps(column: ColumnReading) -> bool:
    return 0.01 <= column.facts.missing_share <= 0.99


def _kinds(table: TableReading) -> Iterator[Proportion]:
    """How many are of the most frequent kind."""
    for column in table.of_type(Type.STATUS, Type.CATEGORY, Type.COUNTRY):
        if not column.facts.top or not column.name.is_known:
            continue
        value, share = column.facts.top[0]
        if 0.05 <= share <= 0.95 and len(str(value)) <= _QUOTABLE:
            phrase = phrase_of(column, table).text
            yield Proportion(
                title=f"Share of {table.many} with {phrase} {value_text(value)}",
                column=column,
                test=Test.EQUALS,
                value=value,
            )
