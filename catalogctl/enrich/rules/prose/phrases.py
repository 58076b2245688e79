"""How a column is spoken of: its words without those of its table, its unit apart, *of the …* where that is safe."""

from dataclasses import dataclass

from catalogctl.enrich.rules.reading.catalogue import ColumnReading, TableReading
from catalogctl.enrich.rules.reading.facts import Family
from catalogctl.enrich.rules.reading.keys import KEY_WORDS
from catalogctl.enrich.rules.reading.semantic_types import SemanticType
from catalogctl.enrich.rules.words.grammar import singular
from catalogctl.enrich.rules.words.lists import word_set
from catalogctl.enrich.rules.words.names import Name, ends_in_unit, is_known
from catalogctl.enrich.rules.words.vocabulary import ACRONYMS, LETTER_UNITS, NOUNS, QUALIFIERS, UNITS

_UNIT_ALONE = {"milliseconds": "duration", "seconds": "duration", "bytes": "size"}
_IN_UNITS = frozenset({"value", "measurement", "reading", "result"})
CURRENCY_CODES = frozenset({"EUR", "USD", "GBP", "CHF", "JPY"})

MAKING = word_set(
    """
    approved archived bought broken built cancelled changed chosen closed completed confirmed created deleted delivered
    drawn ended expired finished founded given held hired inserted installed invoiced issued modified opened ordered
    paid placed posted processed published purchased received registered rejected released removed rented requested
    resolved returned reviewed seen sent shipped signed sold started submitted taken terminated updated verified
    withdrawn written
    """
)
"""What can be done to a thing at a moment: *when the order was shipped*; other words in *-ed* are taken for such."""

HAPPENING = word_set(
    "applied arrived began departed died ended expired failed finished happened joined occurred started"
)
"""What a thing does by itself: *when the event occurred*."""

_PARTICLES = word_set("out in up off down back over through")
"""What makes another thing of what is done: *checked out*, *paid back*."""
_PUT_SIMPLY = {"deceased": "died"}
_WISHED = word_set("resulted desired estimated expected needed planned proposed required scheduled")
_DONE_BY = {"approval": "approved", "cancellation": "cancelled", "completion": "completed", "payment": "paid",
            "return": "returned", "termination": "terminated"}  # fmt: skip
"""What has been done once the date of it is there; the date of a *delivery* may be one that is only planned."""

LEFT_OPEN = word_set("by for from of to with")
"""Last words of a name behind which something is missing, so that a sentence cannot take it up."""

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
    if column.type is SemanticType.MONEY and words in (("net",), ("gross",)):
        words = spelled = (*words, "amount")
    if column.type is SemanticType.YEAR and len(words) > 1 and words[-1] in KEY_WORDS:
        words, spelled = words[:-1], spelled[:-1]
    if column.moments is not None and len(words) > 1 and words[-1] in ("at", "on"):
        words, spelled = words[:-1], spelled[:-1]
    if column.facts.family.is_number and ends_in_unit(words):
        unit = UNITS.get(words[-1]) or LETTER_UNITS[words[-1]]
        words, spelled = words[:-1], spelled[:-1]
    elif column.facts.family.is_number and len(words) == 1 and UNITS.get(words[0]) in _UNIT_ALONE:
        unit = UNITS[words[0]]
        words = spelled = (_UNIT_ALONE[unit],)
    return Phrase(
        text=" ".join(spelled),
        unit=unit,
        is_sound=bool(words) and all(map(is_known, words)) and _is_noun(words[-1]),
    )


def participle_of(column: ColumnReading) -> str | None:
    """What was done at the moment that a name tells, where it says just that: *shipped* for ``shipped_at``."""
    words = [word for word in column.name.words if word not in MOMENT_WORDS]
    if len(words) not in (1, 2) or words[0] in _WISHED or (len(words) == 2 and words[1] not in _PARTICLES):
        return None
    is_done = words[0] in MAKING or words[0] in HAPPENING or (words[0].endswith("ed") and words[0] not in NOUNS)
    return _PUT_SIMPLY.get(words[0], " ".join(words)) if is_done else None


def is_quality(word: str) -> bool:
    """True for what a thing may be: *active*, *damaged*, *billable*, *withdrawn*."""
    return word in QUALIFIERS or word in MAKING or word.endswith(("ed", "able", "ible"))


def deed_of(column: ColumnReading) -> str | None:
    """What has been done to the rows that have this moment: *returned* for ``returned_at`` and ``return_date``."""
    words = [word for word in column.name.words if word not in MOMENT_WORDS]
    return participle_of(column) or (_DONE_BY.get(words[0]) if len(words) == 1 else None)


def units_beside(column: ColumnReading, table: TableReading) -> ColumnReading | None:
    """The column that says in which of several units each *value* of this one is; None where they are all in one."""
    if column.name.last not in _IN_UNITS or not column.facts.family.is_number:
        return None
    units = [other for other in table.columns if other.name.last == "unit" and other.facts.family is Family.TEXT]
    return units[0] if len(units) == 1 and units[0].facts.distinct > 1 else None


def currency_in(name: Name) -> str | None:
    """The currency that a name ends with, as in ``price_eur``."""
    unit = UNITS.get(name.words[-1]) if ends_in_unit(name.words) or len(name.words) == 1 else None
    return unit if unit in CURRENCY_CODES else None


def is_in_cents(name: Name) -> bool:
    """True for ``price_cents``: a hundredth of what the currency beside it says."""
    return name.last in ("cent", "cents")


def whose(table: TableReading) -> str:
    """`` of the order``, or nothing where the table's name does not say what a row is."""
    return f" of the {table.one}" if table.is_noun_known else ""


def _may_stand_alone(words: tuple[str, ...]) -> bool:
    """True unless the rest of a name is a bare numeral, or a *number* that would be taken for how many there are."""
    return _is_noun(words[-1]) and not words[0].isdigit() and words != ("number",)


def _is_noun(word: str) -> bool:
    return word in NOUNS or singular(word) in NOUNS or word in ACRONYMS or word.isdigit()


def _without_owner(column: Name, table: Name) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of *column* without those of its table in front, unless nothing sound would be left."""
    own = table.nouns
    for size in range(min(len(own), len(column.words) - 1), 0, -1):
        head = column.singulars[:size]
        rest = column.words[size:]
        if head == own[-size:] and _may_stand_alone(rest) and rest[0] not in ("of", "to", "by", "and", "per"):
            return rest, column.spelled[size:]
    return column.words, column.spelled
