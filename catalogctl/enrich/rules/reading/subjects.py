"""What a recogniser is given: a column with all that is known of it, and the table around it."""

from dataclasses import dataclass

from catalogctl.domain.catalogue import Column
from catalogctl.enrich.rules.reading.facts import Facts
from catalogctl.enrich.rules.reading.moments import Moments
from catalogctl.enrich.rules.words.names import Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The table around a column: its name, the *words* of all its columns, its *key*, and whether it holds people."""

    name: Name
    words: frozenset[str]
    key: tuple[str, ...]
    is_about_people: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A column to be understood; *is_linked* when it points at another table."""

    column: Column
    facts: Facts
    name: Name
    moments: Moments | None
    table: Surroundings
    is_linked: bool

    @property
    def text(self) -> str:
        """The words of the name, each in the singular, as the rules look at them."""
        return " ".join(self.name.singulars)

    @property
    def is_whole_key(self) -> bool:
        """True when this column alone tells the rows apart."""
        return self.table.key == (self.column.name,)
