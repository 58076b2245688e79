"""The key of a table: the declared one, or the column that plainly does its work where none is declared."""

from collections.abc import Mapping

from catalogctl.domain.catalogue import Table
from catalogctl.enrich.rules.reading.facts import Facts, Family
from catalogctl.enrich.rules.words.lists import word_set
from catalogctl.enrich.rules.words.names import Name

KEY_WORDS = word_set("id key uuid guid identifier sk pk")
_NO_KEY = 5
CODE_WORDS = word_set("code number abbreviation symbol iso iata icao sku")


def key_of(table: Table, name: Name, names: Mapping[str, Name], facts: Mapping[str, Facts]) -> tuple[str, ...]:
    """The names of the key's columns; empty when the rows have no key that can be told from names and values."""
    ordered = sorted(table.columns, key=lambda column: column.position)
    declared = tuple(column.name for column in ordered if column.is_primary_key)
    if declared or table.is_view:
        return declared
    unique = [column.name for column in ordered if _could_be_key(facts[column.name])]
    # A unique column is a key by its name, or as a code that stands first.
    keys = [
        found
        for found in unique
        if _rank(names[found], name) < _NO_KEY or (found == ordered[0].name and facts[found].family is Family.TEXT)
    ]
    return (min(keys, key=lambda found: _rank(names[found], name)),) if keys else ()


def _could_be_key(facts: Facts) -> bool:
    return facts.family in (Family.INTEGER, Family.TEXT) and facts.rows > 0 and facts.nulls == 0 and facts.is_unique


def _rank(column: Name, table: Name) -> int:
    """How much a unique column looks like the key of its table by its name: 0 most of all, 5 not at all."""
    words, own = column.singulars, table.singulars
    if not words:
        return _NO_KEY
    if words[-1] in KEY_WORDS:
        if words[:-1] == own:
            return 0
        if len(words) == 1:
            return 1
        return 2 if words[0] in own else 4
    if words == own or (words[-1] in CODE_WORDS and words[:-1] in ((), own)):
        return 2
    return 3 if words[-1] in CODE_WORDS else _NO_KEY
