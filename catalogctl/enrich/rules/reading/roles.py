"""The part that a table plays among the others: fact, dimension, bridge, log or reference."""

from collections.abc import Collection, Sequence

from catalogctl.domain.meaning import TableRole
from catalogctl.enrich.rules.reading.links import Link
from catalogctl.enrich.rules.reading.semantic_types import SemanticType as Type
from catalogctl.enrich.rules.words.lists import word_set
from catalogctl.enrich.rules.words.names import Name
from catalogctl.enrich.rules.words.vocabulary import NOUNS

_LOG_WORDS = (
    "log",
    "audit",
    "event",
    "history",
    "trace",
    "session",
    "click",
    "visit",
    "pageview",
    "activity",
)
_OF_PROGRAMS = ("access", "api", "http", "rpc", "server", "web")
"""Whose requests are written to a log; those of people are asked for and granted."""
_EVENT_NOUNS = word_set(
    """
    admission appointment bid bill booking call charge claim click consultation contract deal delivery donation
    encounter enrolment exchange flight game inspection invoice loan match measurement movement observation
    operation order payment purchase reading refund registration rental reservation return review sale shipment stay
    subscription ticket trade transaction transfer trip usage visit vote
    """
)
"""What happens, as opposed to what is."""
_MEASURES = frozenset(
    {Type.MONEY, Type.QUANTITY, Type.PERCENTAGE, Type.MEASUREMENT, Type.DURATION, Type.RATING}
)  # fmt: skip
_SUMS = frozenset({Type.MONEY, Type.QUANTITY})
_MOMENTS = frozenset({Type.DATE, Type.TIMESTAMP, Type.CREATED_TIME})
_KEYS = frozenset({Type.SURROGATE_KEY, Type.NATURAL_KEY, Type.FOREIGN_KEY})
_LABELS = frozenset(
    {Type.NAME, Type.CODE, Type.FREE_TEXT, Type.CATEGORY, Type.POSITION, Type.FLAG, Type.REGION, Type.COUNTRY,
     Type.COLOUR, Type.LANGUAGE, Type.CURRENCY, Type.CITY, Type.STATUS, Type.CREATED_TIME, Type.UPDATED_TIME,
     Type.BINARY}
)  # fmt: skip
_PARTS = word_set("detail entry item line position row")
"""What a whole that happened consists of."""
_REFERENCE_ROWS = 1000
_REFERENCE_COLUMNS = 5


def role_of(
    name: Name,
    *,
    types: Sequence[Type | None],
    is_dated: bool,
    is_about_people: bool,
    key: Collection[str],
    outgoing: Sequence[Link],
    incoming: Sequence[Link],
    rows: int | None,
) -> TableRole | None:
    """The role of a table with columns of these *types*; None when it plays none that can be told.

    *is_dated*: a date says when each row happened. *is_about_people*: each row is a person, who does not happen.
    """
    happened = not _MOMENTS.isdisjoint(types)
    is_log = name.has(*_LOG_WORDS) or (name.has("request") and name.has(*_OF_PROGRAMS))
    may_happen = not is_about_people
    roles = (
        (_by_name(name), True),
        (TableRole.BRIDGE, not incoming and _is_bridge(types, key, outgoing)),
        (TableRole.LOG, is_log and happened and not incoming),
        (TableRole.FACT, may_happen and _is_fact(name, types, outgoing, incoming, is_dated=is_dated)),
        (TableRole.FACT, may_happen and not (key or incoming) and _sums_up(types)),
        (TableRole.REFERENCE, _is_reference(types, key, outgoing, rows)),
        (TableRole.DIMENSION, bool(incoming) or (bool(key) and _describes(types))),
    )
    return next((role for role, holds in roles if holds and role is not None), None)


def _by_name(name: Name) -> TableRole | None:
    marks = {name.prefix, name.suffix}
    if marks & {"fct", "fact"}:
        return TableRole.FACT
    if "dim" in marks:
        return TableRole.DIMENSION
    return TableRole.REFERENCE if marks & {"lkp", "lu", "ref", "lookup"} else None


def _is_bridge(types: Sequence[Type | None], key: Collection[str], outgoing: Sequence[Link]) -> bool:
    """Two tables tied together, and little said about the tie."""
    pointing = {column for link in outgoing for column in link.columns}
    others = [kind for kind in types if kind not in (*_KEYS, *_MOMENTS, Type.POSITION, Type.UPDATED_TIME)]
    ties_two = len({link.referred_table for link in outgoing}) >= 2 or len(outgoing) == 2
    is_keyed_by_them = len(key) > 1 and set(key) <= pointing
    return ties_two and not others and (is_keyed_by_them or len(pointing) == 2)


def _is_fact(
    name: Name,
    types: Sequence[Type | None],
    outgoing: Sequence[Link],
    incoming: Sequence[Link],
    *,
    is_dated: bool,
) -> bool:
    """Something that happened and was measured, as opposed to something that is."""
    measures = sum(1 for kind in types if kind in _MEASURES)
    sums = sum(1 for kind in types if kind in _SUMS)
    happened = is_dated or Type.CREATED_TIME in types
    if name.noun in _EVENT_NOUNS and happened and (outgoing or measures):
        return True
    if outgoing and not incoming:
        is_part = name.last in _PARTS or not _describes(types)
        return is_dated or (measures > 0 and is_part) or types.count(None) > len(types) // 2
    if outgoing:
        # What is known as a thing, such as a copy of a book, lasts, whatever it cost and whenever it was bought.
        return is_dated and sums > 0 and len(incoming) <= 3 and name.noun not in NOUNS
    return not incoming and is_dated and measures > 0 and Type.PERSON_NAME not in types


def _sums_up(types: Sequence[Type | None]) -> bool:
    """True for a file in which each row, without a name of its own, is so much of something for so much money."""
    return Type.MONEY in types and sum(1 for kind in types if kind in _SUMS) > 1


def _is_reference(
    types: Sequence[Type | None], key: Collection[str], outgoing: Sequence[Link], rows: int | None
) -> bool:
    """A short list of codes and what they stand for."""
    is_short = rows is not None and rows <= _REFERENCE_ROWS and len(types) <= _REFERENCE_COLUMNS
    is_list = all(kind in _LABELS or kind in _KEYS for kind in types)
    stands_alone = all(link.referred_table == link.table for link in outgoing)
    return is_short and is_list and len(key) == 1 and stands_alone and len(types) > 1


def _describes(types: Sequence[Type | None]) -> bool:
    told = {Type.NAME, Type.PERSON_NAME, Type.EMAIL, Type.ADDRESS, Type.CITY, Type.LATITUDE, Type.URL}
    return not told.isdisjoint(types)
