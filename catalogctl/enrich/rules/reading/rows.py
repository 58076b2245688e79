"""What the rows of a table are called: by its name, where that tells what a row is and nothing speaks against it."""

from collections.abc import Iterable, Sequence
from typing import Any

from catalogctl.domain.catalogue import Table
from catalogctl.domain.meaning import TableRole
from catalogctl.enrich.rules.reading.keys import CODE_WORDS, KEY_WORDS
from catalogctl.enrich.rules.reading.links import Link
from catalogctl.enrich.rules.words.grammar import UNCOUNTABLE, is_plural, plural, singular
from catalogctl.enrich.rules.words.lists import word_set
from catalogctl.enrich.rules.words.names import Name, is_known
from catalogctl.enrich.rules.words.people import PERSON_NOUNS
from catalogctl.enrich.rules.words.vocabulary import COLLECTIONS, NOUNS, ONE_OF, QUALIFIERS

_BETWEEN = word_set("by per of for with in to from and")
"""In *sales by month* the last word is not what a row is."""
_DROPPED = frozenset({"header", "master"})
"""An *order header* is an order."""
_NOT_COUNTED = UNCOUNTABLE | COLLECTIONS
ONLY_WHEN = word_set("at date day id key time timestamp year")
_LASTING = PERSON_NOUNS | word_set(
    """
    asset bank branch canteen city club company country county department device fund machine market plant
    product province region room school sensor shop site state station stock store team vehicle
    """
)
"""What is the same again the next day: one of its rows is a day of it."""
_LONGEST = 80
_OF_ANYTHING = word_set(
    """
    address caption description domain email file filename label login mail name path phone slug subject text title
    url username website
    """
)
"""What may tell rows apart without being what they are."""


def are_others(
    table: Table, name: Name, key: Sequence[Name], *, outgoing: Sequence[Link], incoming: Sequence[Link]
) -> bool:
    """True when the rows seem to be something else than the table is called, as bacteria in a file *antibiotics*.

    That is so where nobody declared the key, the words of what tells the rows apart name a thing of their own, and no
    other table bears the name out.
    """
    if len(key) != 1 or outgoing or incoming or any(column.is_primary_key for column in table.columns):
        return False
    (part,) = key
    return part.last not in KEY_WORDS | CODE_WORDS | _OF_ANYTHING and {name.noun, name.last}.isdisjoint(part.singulars)


def are_several(name: Name, numbers: Iterable[Name]) -> bool:
    """True when one of the *numbers* of each row counts what the table is called: a row with 81 games is no game."""
    return any(number.words != number.singulars == (name.last,) for number in numbers)


def called(
    table: Table, name: Name, role: TableRole | None, *, is_other: bool, is_part: bool, is_variant: bool
) -> dict[str, Any]:
    """How rows are spoken of: the fields *one*, *many*, *is_named* and *is_noun_known* of a TableReading.

    *is_other*: the rows seem to be something else; *is_part*: a row is no thing of its own; *is_variant*: the last word
    tells which part it is.
    """
    is_named = name.is_readable and name.words[-1] not in _BETWEEN
    words, spelled = _noun_phrase(name)
    # Two nouns in the plural stand beside each other: *awards managers* are not managers.
    is_list = any(is_plural(word) and word not in QUALIFIERS for word in words[:-1])
    is_countable = is_named and not is_list and words[-1] not in _NOT_COUNTED and _BETWEEN.isdisjoint(words)
    last = words[-1] if words else ""
    if is_other or is_variant or (is_part and (singular(last) in _LASTING or not is_known(last))):
        is_countable = False
    is_noun_known = is_countable and singular(words[-1]) in NOUNS
    several = is_countable and is_plural(words[-1])
    one = " ".join((*spelled[:-1], singular(spelled[-1]))) if is_noun_known or several else None
    many = name.phrase if is_named else _shown(table.name)
    if one is not None and not several:
        head, _, last = one.rpartition(" ")
        many = f"{head} {plural(last)}".strip()
    # What ties two things together is not what its name says: a *film actor* is no actor.
    is_thing = is_noun_known and role is not TableRole.BRIDGE
    return {"one": one, "many": many, "is_named": is_named, "is_noun_known": is_thing}


def _shown(name: str) -> str:
    """The name of a table as it may stand in a sentence, whatever is in it."""
    return "".join(char if char.isprintable() else " " for char in name[:_LONGEST])


def _noun_phrase(name: Name) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words for what a row is, and how they are written: a *log* has entries, a *customer master* customers."""
    last = name.words[-1] if name.words else ""
    if last in _DROPPED and len(name.words) > 1:
        return name.words[:-1], name.spelled[:-1]
    member = (ONE_OF[last],) if last in ONE_OF else ()
    return (*name.words, *member), (*name.spelled, *member)
