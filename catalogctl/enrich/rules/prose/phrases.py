"""How a column is spoken of: its words without those of its table, its unit apart, *of the …* where that is safe."""

from dataclasses import dataclass

from catalogctl.enrich.rules.reading.catalogue import ColumnReading, TableReading
from catalogctl.enrich.rules.reading.keys import KEY_WORDS
from catalogctl.enrich.rules.reading.semantic_types import SemanticType
from catalogctl.enrich.rules.words.grammar import singular
from catalogctl.enrich.rules.words.lists import word_set
from catalogctl.enrich.rules.words.names import Name, is_known
from catalogctl.enrich.rules.words.vocabulary import ACRONYMS, NOUNS, UNITS

_UNIT_ALONE = {"milliseconds": "duration", "seconds": "duration", "bytes": "size"}
_CURRENCY_CODES = frozenset({"EUR", "USD", "GBP", "CHF", "JPY"})

MAKING = word_set(
    """
    approved archived cancelled changed closed completed confirmed created deleted delivered ended expired finished
    founded hired inserted installed invoiced issued modified opened ordered paid placed posted processed published
    purchased received registered rejected released removed rented requested resolved returned reviewed sent shipped
    signed sold started submitted terminated updated verified
    """
)
"""What can be done to a thing at a moment: *when the order was shipped*."""

MOMENT_WORDS = word_set("at on date time timestamp utc was hour day")
"""Words that only say that a moment is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """The words for a column: *text*, and its *unit* where the name ends with one.

    *is_sound*: the words are understood and end in a noun, so that something can have it.
    """

    text: str
    unit: str | None
    is_sound: bool


def phrase_of(column: ColumnReading, table: TableReading) -> Phrase:
    """The words for *column* within *table*: ``customer_name`` of customers is just the name."""
    words, spelled = _without_owner(column.name, table.name)
    unit = None
    if column.type is SemanticType.YEAR and len(words) > 1 and words[-1] in KEY_WORDS:
        words, spelled = words[:-1], spelled[:-1]
    if column.facts.family.is_number and words[-1:] and words[-1] in UNITS:
        unit = UNITS[words[-1]]
        if len(words) == 1:
            alone = _UNIT_ALONE.get(unit)
            words, spelled, unit = ((alone,), (alone,), unit) if alone else (words, spelled, None)
        else:
            words, spelled = words[:-1], spelled[:-1]
    return Phrase(
        text=" ".join(spelled),
        unit=unit,
        is_sound=bool(words) and all(map(is_known, words)) and _is_noun(words[-1]),
    )


def currency_in(name: Name) -> str | None:
    """The currency that a name ends with, as in ``price_eur``."""
    unit = UNITS.get(name.words[-1]) if name.words else None
    return unit if unit in _CURRENCY_CODES else None


def whose(table: TableReading) -> str:
    """`` of the order``, or nothing where the table's name does not say what a row is."""
    return f" of the {table.one}" if table.is_noun_known else ""


def _is_noun(word: str) -> bool:
    return word in NOUNS or singular(word) in NOUNS or word in ACRONYMS or word.isdigit()


def _without_owner(column: Name, table: Name) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of *column* without those of its table in front, unless nothing sound would be left."""
    own = table.singulars
    for size in range(min(len(own), len(column.words) - 1), 0, -1):
        head = column.singulars[:size]
        rest = column.words[size:]
        if head == own[-size:] and _is_noun(rest[-1]) and rest[0] not in ("of", "to", "by", "and", "per"):
            return rest, column.spelled[size:]
    return column.words, column.spelled
