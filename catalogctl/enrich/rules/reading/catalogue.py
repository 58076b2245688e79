"""A catalogue read once: names as words, profiles as facts, every column with its type, every table with its part."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from catalogctl.domain.catalogue import Column, Datasource, Table
from catalogctl.domain.meaning import InferredKey, TableMeaning, TableRole
from catalogctl.enrich.rules.reading.facts import Facts, Family, facts_of
from catalogctl.enrich.rules.reading.keys import key_of
from catalogctl.enrich.rules.reading.links import Link, Links, links_among
from catalogctl.enrich.rules.reading.moments import Moments, moments_of, tells_when
from catalogctl.enrich.rules.reading.recognition import semantic_type
from catalogctl.enrich.rules.reading.roles import role_of
from catalogctl.enrich.rules.reading.rows import ONLY_WHEN, are_others, are_several, called
from catalogctl.enrich.rules.reading.semantic_types import SemanticType
from catalogctl.enrich.rules.reading.subjects import Subject, Surroundings
from catalogctl.enrich.rules.words.grammar import UNCOUNTABLE
from catalogctl.enrich.rules.words.lists import word_set
from catalogctl.enrich.rules.words.names import Lexicon, Name, is_known
from catalogctl.enrich.rules.words.people import is_about_people
from catalogctl.enrich.rules.words.pieces import pieces

_DATES = (SemanticType.DATE, SemanticType.TIMESTAMP)
_NAMED_SO = word_set("name surname forename full first middle last given family maiden")
_BREEDS = word_set("species breed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnReading:
    """A column, understood as far as it can be."""

    column: Column
    name: Name
    facts: Facts
    moments: Moments | None
    type: SemanticType | None
    link: Link | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReading:
    """A table, understood as far as it can be; *columns* are in the source's order.

    *one* is what a row is called, None when the name does not tell; *many* is what several are called, the name itself
    when it does not tell. *is_named*: the name reads as words. *is_noun_known*: it is safe to say *of the …*.
    *may_be_about_people*: whatever a row is called, somebody's name, sex or birth date is its own.
    """

    table: Table
    name: Name
    key: tuple[str, ...]
    columns: tuple[ColumnReading, ...]
    outgoing: tuple[Link, ...]
    incoming: tuple[Link, ...]
    role: TableRole | None
    is_about_people: bool
    may_be_about_people: bool
    one: str | None
    many: str
    is_named: bool
    is_noun_known: bool

    @property
    def rows(self) -> int:
        """The rows, as far as known."""
        return self.table.row_count or 0

    @property
    def about(self) -> str:
        """What stands before the number of rows where that is an estimate."""
        return "about " if self.table.row_count_is_estimate else ""

    @property
    def called(self) -> str:
        """The rows in a sentence: *orders*, or *rows of weather* where the name does not tell what one is."""
        return self.many if self.one is not None else f"rows of {self.many}"

    def column(self, name: str) -> ColumnReading:
        """The column called *name*."""
        return next(column for column in self.columns if column.column.name == name)

    def of_type(self, *types: SemanticType) -> tuple[ColumnReading, ...]:
        """The columns of these types."""
        return tuple(column for column in self.columns if column.type in types)


def _counts(facts: Facts) -> bool:
    return facts.family is Family.INTEGER and facts.reaches is not None and facts.reaches[1] > 1


def _is_part(columns: Sequence[ColumnReading], key: Collection[str]) -> bool:
    """True when a row is no thing of its own: the key is that of another table, or what lasts is told day by day."""
    if len(key) == 1 and any(column.link is not None and column.column.name in key for column in columns):
        return True
    return not key and any(
        column.type in (*_DATES, SemanticType.YEAR) and ONLY_WHEN.issuperset(column.name.words) for column in columns
    )


def _may_be_about_people(table: Name, columns: Sequence[ColumnReading]) -> bool:
    """True when a row has a name, a sex or a birth date of its own: who answered, who bought."""
    if any(not _BREEDS.isdisjoint(column.name.singulars) for column in columns):
        return False
    return any(
        column.type in (SemanticType.GENDER, SemanticType.BIRTH_DATE)
        or (column.type is SemanticType.PERSON_NAME and (_NAMED_SO | {table.noun}).issuperset(column.name.singulars))
        for column in columns
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All enabled tables of a source by name."""

    source: Datasource
    tables: Mapping[str, TableReading]


def read(
    source: Datasource,
    keys: Sequence[InferredKey],
    meanings: Sequence[TableMeaning] = (),
    *,
    only: Collection[str] | None = None,
) -> Reading:
    """Read the enabled tables of *source*; types and roles in *meanings* hold where they are words of the rules.

    With *only*, no more than these tables and those tied to them are read; all names still explain each other.
    """
    tables = [table for table in source.tables if table.is_enabled]
    lexicon, variants = _words_of(
        tuple(table.name for table in tables), tuple(column.name for table in tables for column in table.columns)
    )
    links = links_among(tables, keys)
    told = {meaning.name: meaning for meaning in meanings}
    wanted = None if only is None else links.neighbourhood(only)
    readings = [
        _read_table(table, lexicon, links, told.get(table.name), variants=variants)
        for table in tables
        if wanted is None or table.name in wanted
    ]
    return Reading(source=source, tables={reading.table.name: reading for reading in readings})


@lru_cache(maxsize=2)
def _words_of(tables: tuple[str, ...], columns: tuple[str, ...]) -> tuple[Lexicon, frozenset[str]]:
    """What the words in these names mean, and the variants among them: the same for every batch of a source."""
    lexicon = Lexicon((*tables, *columns))
    return lexicon, _variants([lexicon.table(name) for name in tables])


def _variants(names: Sequence[Name]) -> frozenset[str]:
    """Last words that tell of which part a table is, as *Batting post* beside *Batting*, and not what a row is."""
    known = {name.words for name in names}
    return frozenset(
        name.words[-1]
        for name in names
        if len(name.words) > 1 and name.words[:-1] in known and name.words[-2] in UNCOUNTABLE
    )


def _read_table(
    table: Table, lexicon: Lexicon, links: Links, told: TableMeaning | None, *, variants: Collection[str]
) -> TableReading:
    name = lexicon.table(table.name)
    shared = _shared_prefix(table)
    ordered = sorted(table.columns, key=lambda column: column.position)
    names = {column.name: lexicon.column(column.name, without=shared) for column in ordered}
    facts = {column.name: facts_of(column) for column in ordered}
    places = {column.name: column.position for column in ordered}
    outgoing = tuple(sorted(links.outgoing.get(table.name, ()), key=lambda link: places[link.columns[0]]))
    incoming = links.incoming.get(table.name, ())
    key = key_of(table, name, names, facts)
    surroundings = Surroundings(
        name=name,
        words=frozenset(word for column in names.values() for word in column.words),
        key=key,
        # Without a key of their own, the rows tell of what somebody did.
        is_about_people=is_about_people(name, names.values()) and (len(key) == 1 or not outgoing),
    )
    columns = tuple(
        _read_column(
            column, name=names[column.name], facts=facts[column.name], table=surroundings, outgoing=outgoing, told=told
        )
        for column in ordered
    )
    role = (told and told.role) or role_of(
        name,
        types=[column.type for column in columns],
        is_dated=_is_dated(columns),
        is_about_people=surroundings.is_about_people,
        key=key,
        outgoing=outgoing,
        incoming=incoming,
        rows=table.row_count,
    )
    return TableReading(
        table=table,
        name=name,
        key=key,
        columns=columns,
        outgoing=outgoing,
        incoming=incoming,
        role=role,
        is_about_people=surroundings.is_about_people,
        may_be_about_people=_may_be_about_people(name, columns),
        **called(
            table,
            name,
            role,
            is_other=are_others(table, name, [names[one] for one in key], outgoing=outgoing, incoming=incoming)
            or are_several(name, [names[one] for one in names if _counts(facts[one])]),
            is_part=_is_part(columns, key),
            is_variant=name.words[-1:] != () and name.words[-1] in variants,
        ),
    )


def _is_dated(columns: Sequence[ColumnReading]) -> bool:
    """True when a date says when each row happened."""
    return any(column.type in _DATES and tells_when(column.facts, column.name) for column in columns)


def _read_column(
    column: Column,
    *,
    name: Name,
    facts: Facts,
    table: Surroundings,
    outgoing: Sequence[Link],
    told: TableMeaning | None,
) -> ColumnReading:
    links = [link for link in outgoing if column.name in link.columns]
    moments = moments_of(facts, name)
    subject = Subject(column=column, facts=facts, name=name, moments=moments, table=table, is_linked=bool(links))
    meaning = told.columns.get(column.name) if told else None
    return ColumnReading(
        column=column,
        name=name,
        facts=facts,
        moments=moments,
        type=_type_of(meaning.semantic_type if meaning else None) or semantic_type(subject),
        link=min(links, key=lambda link: len(link.columns), default=None),
    )


def _type_of(word: str | None) -> SemanticType | None:
    return SemanticType(word) if word is not None and word in SemanticType._value2member_map_ else None


def _shared_prefix(table: Table) -> str | None:
    """A short first piece that all columns have and that is no word, as in ``c_name``, ``c_phone``."""
    firsts = {pieces(column.name)[:1] for column in table.columns}
    if len(table.columns) < 3 or len(firsts) != 1:
        return None
    first = "".join(firsts.pop()).lower()
    return first if 0 < len(first) <= 4 and not is_known(first) else None
