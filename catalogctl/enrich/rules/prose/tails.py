"""The figures behind what is said of a column: ranges, shares, how many different values, how many missing."""

from collections.abc import Callable, Mapping

from catalogctl.enrich.rules.prose.figures import amount, clean, percent, plain, shares, value_text
from catalogctl.enrich.rules.prose.flags import flag_tail
from catalogctl.enrich.rules.prose.keys import key_tail
from catalogctl.enrich.rules.prose.phrases import units_beside
from catalogctl.enrich.rules.reading.catalogue import ColumnReading, TableReading
from catalogctl.enrich.rules.reading.facts import Facts, Family, number
from catalogctl.enrich.rules.reading.moments import Moments
from catalogctl.enrich.rules.reading.semantic_types import SemanticType as Type
from catalogctl.enrich.rules.words.grammar import counted
from catalogctl.enrich.rules.words.people import PERSON_NOUNS

_PRIVATE = frozenset(
    {Type.PERSON_NAME, Type.EMAIL, Type.PHONE, Type.ADDRESS, Type.BIRTH_DATE, Type.NATIONAL_ID, Type.IBAN,
     Type.SECRET, Type.USERNAME, Type.CARD_NUMBER, Type.IP_ADDRESS, Type.POSTAL_CODE, Type.AGE, Type.FREE_TEXT,
     Type.JSON, Type.BINARY}
)  # fmt: skip
"""Types whose values are not quoted."""
_LISTED = frozenset(
    {Type.CATEGORY, Type.STATUS, Type.GENDER, Type.COUNTRY, Type.REGION, Type.CITY, Type.LANGUAGE, Type.CURRENCY,
     Type.COLOUR, Type.TIME_ZONE, Type.VERSION, None}
)  # fmt: skip
_CALENDAR = frozenset({Type.YEAR, Type.MONTH, Type.DAY, Type.HOUR, Type.MINUTE})
_WITHOUT_AVERAGE = frozenset({Type.LATITUDE, Type.LONGITUDE, Type.POSITION, Type.TIME_ZONE})
_NOT_MEASURED = frozenset({Type.CATEGORY, Type.STATUS, Type.GENDER, Type.CODE, Type.IDENTIFIER})
"""Types whose numbers are no more than signs."""
_FEW = 6


def figures_tail(column: ColumnReading, table: TableReading, *, is_personal: bool) -> str:
    """The figures behind the head, each with the sign that joins it; empty when none can be quoted.

    Descriptions are published: of a column that *is_personal* they tell how many values there are, but not which.
    """
    facts = column.facts
    if not facts.speaks_for_all or facts.rows == 0:
        return ""
    if facts.is_empty:
        return "; empty in every row"
    return _values(column, table, is_personal=is_personal) + _missing(column)


def _values(column: ColumnReading, table: TableReading, *, is_personal: bool) -> str:
    facts, kind = column.facts, column.type
    if kind is not None and kind in _OWN_TAILS:
        return _OWN_TAILS[kind](column)
    if kind in _PRIVATE or (kind is Type.MONEY and table.is_about_people):
        return _difference(facts)
    may_be_a_name = kind in (None, Type.CATEGORY) and facts.family is Family.TEXT and column.name.last in PERSON_NOUNS
    if is_personal or may_be_a_name:
        return _difference(facts) or (_how_many(facts) if kind in _LISTED else "")
    return _quoted(column, table)


def _quoted(column: ColumnReading, table: TableReading) -> str:
    """What is said of values that everybody may see."""
    facts, kind = column.facts, column.type
    if facts.distinct == 1:
        return f", always {_constant(column)}{' where it is filled in' if facts.nulls else ''}"
    if column.moments is not None and kind is not Type.YEAR:
        return _moment_range(column)
    if facts.family.is_number and kind not in _NOT_MEASURED:
        return _number_range(column, table)
    return _listing(column)


def _reference_tail(column: ColumnReading) -> str:
    return f"; {column.facts.distinct:,} different ones occur" if column.facts.distinct > 1 else ""


def _prose_tail(column: ColumnReading) -> str:
    length = column.facts.mean_length
    return f"; {counted(max(1, round(length)), 'character')} long on average" if length else ""


def _difference(facts: Facts) -> str:
    """All that is said of values that are nobody's business."""
    tells_apart = facts.family in (Family.TEXT, Family.INTEGER) and facts.is_unique
    return "; different in every row" if tells_apart and facts.rows > 1 and facts.nulls == 0 else ""


_OWN_TAILS: Mapping[Type, Callable[[ColumnReading], str]] = {
    Type.SURROGATE_KEY: key_tail,
    Type.NATURAL_KEY: key_tail,
    Type.FOREIGN_KEY: _reference_tail,
    Type.FLAG: flag_tail,
    Type.FREE_TEXT: _prose_tail,
}


def _constant(column: ColumnReading) -> str:
    if column.facts.family.is_number:
        return plain(column.facts.low)
    return clean(str(column.facts.low)) if column.moments else value_text(column.facts.samples[0])


def _number_range(column: ColumnReading, table: TableReading) -> str:
    facts = column.facts
    if facts.reaches is None:
        return ""
    low, high = facts.reaches
    if column.type in _CALENDAR or column.type is Type.TIME_OF_DAY:
        return f", from {plain(low)} to {plain(high)}"
    decimals = 2 if column.type is Type.MONEY else None
    ends = f", from {amount(low, decimals=decimals)} to {amount(high, decimals=decimals)}"
    if units_beside(column, table) is not None:
        return f"{ends} in different units"
    is_numbering = facts.family is Family.INTEGER and facts.is_unique and high - low + 1 == facts.distinct
    if facts.mean is None or column.type in _WITHOUT_AVERAGE or is_numbering:
        return ends
    return f"{ends} (average {amount(facts.mean, decimals=decimals)})"


def _moment_range(column: ColumnReading) -> str:
    moments = column.moments
    if moments is None:
        return ""
    if moments.stand_in is not None:
        return _stood_in(column.facts, moments)
    if moments.first is None or moments.last is None:
        return ""
    if moments.first == moments.last:
        # At different times of that day: of a single moment it is said before that it is always the same.
        return f", all on {moments.first.isoformat()}"
    return f", from {moments.first.isoformat()} to {moments.last.isoformat()}"


def _stood_in(facts: Facts, moments: Moments) -> str:
    """From when on, and how many rows have a value in place of a moment."""
    stands_in = moments.stand_in
    share = next((share for value, share in facts.top if value == stands_in), None)
    text = plain(stands_in) if facts.family.is_number else clean(str(stands_in))[:10]
    which = "no date" if stands_in == 0 else "no end"
    how_many = f"{percent(share)} of the rows have {text}" if share is not None else text
    begin = f", from {moments.first.isoformat()} on" if moments.first is not None else ""
    end = f", up to {moments.last.isoformat()}" if moments.last is not None else ""
    return (
        f"{begin}{end}; {how_many}, which stands for {which}" if share else f"{begin}{end}; {text} stands for {which}"
    )


def _listing(column: ColumnReading) -> str:
    """Which values there are: all of them when they are few, else how many, and the most frequent."""
    facts = column.facts
    if column.type is None and facts.holds_numbers:
        return _written_numbers(facts)
    if facts.is_unique:
        return _difference(facts)
    if not facts.top or facts.distinct < 1:
        return ""
    shown = [value_text(value) for value, _ in facts.top[:_FEW]]
    # Values that differ by blanks alone look the same in a sentence.
    are_apart = len(set(shown)) == len(shown)
    if facts.distinct <= min(_FEW, len(facts.top)) and column.type in _LISTED and are_apart:
        return f": {shares(facts.top, most=_FEW, word='or')}"
    is_telling = facts.top[0][1] >= 0.05 and facts.top[0][1] * facts.rows >= 3 and are_apart
    if column.type not in _LISTED or not is_telling:
        return _how_many(facts)
    return f"{_how_many(facts)}, most often {shares(facts.top, most=3, word='and')}"


def _how_many(facts: Facts) -> str:
    return f"; {facts.distinct:,} different values" if facts.distinct > 1 else ""


def _written_numbers(facts: Facts) -> str:
    """For numbers that are kept as text, often because of a word for a missing one."""
    other = next(((value, share) for value, share in facts.top if number(value) is None), None)
    return f"; numbers kept as text{f', {value_text(other[0])} in {percent(other[1])} of the rows' if other else ''}"


def _missing(column: ColumnReading) -> str:
    facts = column.facts
    if not facts.nulls:
        return ""
    if facts.nulls < 10:
        return f"; missing in {facts.nulls} {'row' if facts.nulls == 1 else 'rows'}"
    return f"; missing in {percent(facts.missing_share)} of the rows"
