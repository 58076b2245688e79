"""Which column of which table a column may mean: by words, by equal names, by the parts that people and places play."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from catalogctl.enrich.rules.reading.catalogue import ColumnReading, Reading, TableReading
from catalogctl.enrich.rules.reading.facts import Facts, Family
from catalogctl.enrich.rules.reading.keys import KEY_WORDS
from catalogctl.enrich.rules.reading.semantic_types import SemanticType as Type
from catalogctl.enrich.rules.words.lists import word_set
from catalogctl.enrich.rules.words.people import PERSON_NOUNS

_POINTING = frozenset(
    {None, Type.IDENTIFIER, Type.CODE, Type.CATEGORY, Type.STATUS, Type.QUANTITY, Type.NAME, Type.COUNTRY,
     Type.REGION, Type.LANGUAGE, Type.CURRENCY, Type.USERNAME, Type.SURROGATE_KEY, Type.NATURAL_KEY, Type.CITY,
     Type.ISBN, Type.BARCODE, Type.ISIN, Type.PERSON_NAME, Type.POSITION}
)  # fmt: skip
_ALTERNATE_KEYS = KEY_WORDS | {"code", "number", "sku", "abbreviation", "symbol", "isbn", "iata", "icao"}
_GENERIC = word_set(
    "id key code number name title label type status date value position description sku uuid guid pk symbol"
)
_SELVES = word_set("parent predecessor previous ancestor superior original root duplicate replacement")
_PEOPLE = word_set(
    "actor agent approver assignee author boss buyer clerk creator driver editor manager owner recipient rep reporter "
    "representative requester reviewer salesperson seller sender supervisor uploader"
)
_PLACES = word_set("origin source destination departure arrival from to")
_PLACE_TABLES = ("airport", "station", "port", "stop", "terminal", "location")
_PERSON_TABLES = ("employee", "user", "staff", "person", "people", "member", "account")


class Strength(IntEnum):
    """How much speaks for a match before the data are asked."""

    NAMED = 0
    EQUAL = 1
    ROLE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A column that another may point at."""

    table: TableReading
    column: ColumnReading
    strength: Strength


class Targets:
    """The columns of a catalogue that can be pointed at, ready to be looked up."""

    def __init__(self, reading: Reading) -> None:
        tables = [table for table in reading.tables.values() if not table.table.is_view]
        self._by_noun: dict[tuple[str, ...], list[TableReading]] = defaultdict(list)
        self._by_name: dict[str, list[Match]] = defaultdict(list)
        last_words: dict[str, list[TableReading]] = defaultdict(list)
        for table in tables:
            self._by_noun[table.name.nouns].append(table)
            last_words[table.name.noun].append(table)
            for column in _unique_columns(table):
                self._by_name[spelling(column.column.name)].append(
                    Match(table=table, column=column, strength=Strength.EQUAL)
                )
        for word, named in last_words.items():
            if len(named) == 1:
                self._by_noun.setdefault((word,), named)

    def matching(self, column: ColumnReading, table: TableReading) -> Iterator[Match]:
        """The columns that *column* of *table* may mean, the likeliest first."""
        may_point = column.type in _POINTING or column.name.last in KEY_WORDS
        if not may_point or not column.name.words:
            return
        words = column.name.singulars
        yield from self._named(words, column, table)
        yield from self._equal(column, table)
        yield from self._in_a_role(words, column, table)
        yield from self._twin(column, table)

    def _named(self, words: tuple[str, ...], column: ColumnReading, table: TableReading) -> Iterator[Match]:
        """``billing_customer_id`` and ``customer`` mean the key of customers, ``product_sku`` the SKU of products."""
        for end in range(len(words), 0, -1):
            tail = words[end:]
            for start in range(end):
                for other in self._by_noun.get(words[start:end], ()):
                    target = _meant(other, tail, column.facts)
                    if target is not None and not _is_same(other, target, column, table):
                        yield Match(table=other, column=target, strength=Strength.NAMED)

    def _equal(self, column: ColumnReading, table: TableReading) -> Iterator[Match]:
        """The same name as a unique column elsewhere; the one with the most values is the one that others refer to."""
        if column.column.name.lower() in _GENERIC or column.name.last in _GENERIC - {"id", "key", "code", "number"}:
            return
        others = [
            match
            for match in self._by_name.get(spelling(column.column.name), ())
            if match.table.table.name != table.table.name
        ]
        best = max(others, key=lambda match: match.column.facts.distinct, default=None)
        if best is not None and not (column.facts.is_unique and column.facts.distinct >= best.column.facts.distinct):
            yield best

    def _in_a_role(self, words: tuple[str, ...], column: ColumnReading, table: TableReading) -> Iterator[Match]:
        """``parent_id`` means another row of its own table, ``created_by`` a user, ``origin`` an airport."""
        role = tuple(word for word in words if word not in KEY_WORDS)
        if not role:
            return
        reports = role[:2] == ("report", "to")
        if _SELVES.intersection(role) or (table.name.last in PERSON_NOUNS and (reports or _PEOPLE.intersection(role))):
            yield from self._keys_of([table], column)
        elif role[-1] in _PEOPLE or (role[0].endswith("ed") and role[-1] == "by"):
            yield from self._keys_of(self._tables(_PERSON_TABLES), column)
        elif _PLACES.intersection(role) and len(role) == 1:
            yield from self._keys_of(self._tables(_PLACE_TABLES), column)

    def _twin(self, column: ColumnReading, table: TableReading) -> Iterator[Match]:
        """The same key with the same scattered numbers: a table that goes on where the other, which has names, ends."""
        facts = column.facts
        if table.key != (column.column.name,) or table.of_type(Type.NAME, Type.PERSON_NAME) or facts.reaches is None:
            return
        low, high = facts.reaches
        for match in self._by_name.get(spelling(column.column.name), ()):
            other = match.column.facts
            is_alike = (other.low, other.high, other.distinct) == (facts.low, facts.high, facts.distinct)
            is_scattered = high - low + 1 > 2 * facts.distinct
            if is_alike and is_scattered and match.table.of_type(Type.NAME, Type.PERSON_NAME):
                yield match

    def _tables(self, nouns: tuple[str, ...]) -> list[TableReading]:
        return [table for noun in nouns for table in self._by_noun.get((noun,), ())]

    def _keys_of(self, tables: list[TableReading], column: ColumnReading) -> Iterator[Match]:
        for table in tables:
            if len(table.key) == 1 and table.key != (column.column.name,):
                yield Match(table=table, column=table.column(table.key[0]), strength=Strength.ROLE)


def spelling(name: str) -> str:
    """*name* as it is compared: ``pat_id``, ``PatID`` and ``PATID`` are the same."""
    return name.lower().replace("_", "")


def _unique_columns(table: TableReading) -> Iterator[ColumnReading]:
    """The key, and what would do as well."""
    for column in table.columns:
        is_key = table.key == (column.column.name,)
        facts = column.facts
        if is_key or (facts.is_unique and facts.nulls == 0 and column.name.last in _ALTERNATE_KEYS):
            yield column


def _meant(table: TableReading, tail: tuple[str, ...], facts: Facts) -> ColumnReading | None:
    """The column of *table* that the words behind its name mean: the key for ``id``, else the one called so."""
    if not tail or tail[-1] in KEY_WORDS:
        key = table.column(table.key[0]) if len(table.key) == 1 else None
        if key is not None and (tail or key.facts.family is facts.family):
            return key
        tail = tail or ("name",)
    for column in table.columns:
        is_called_so = column.name.singulars in (tail, (*table.name.singulars, *tail))
        if is_called_so and (column.facts.is_unique or table.key == (column.column.name,)):
            return column
    # A customer's number may be what the customers call their id.
    if tail[-1] in ("number", "code", "reference") and len(table.key) == 1:
        key = table.column(table.key[0])
        return key if key.facts.family is facts.family else None
    return None


def _is_same(other: TableReading, target: ColumnReading, column: ColumnReading, table: TableReading) -> bool:
    """True when a column would point into its own table without being meant to, as a customer's code at its key, or a
    flight's number, which is called ``flight``, at any flight's.
    """
    if other.table.name != table.table.name:
        return False
    is_key = column.column.name in (target.column.name, *table.key)
    is_its_own = tuple(word for word in column.name.singulars if word not in KEY_WORDS) == table.name.nouns
    return is_key or is_its_own or column.type is not Type.IDENTIFIER


def could_hold(match: Match, column: ColumnReading) -> bool:
    """True unless types or profiles rule out that the values of *column* are among those of the other."""
    mine, theirs = column.facts, match.column.facts
    if mine.family is not theirs.family or mine.family not in (Family.INTEGER, Family.TEXT):
        return False
    if not mine.is_profiled or not theirs.is_profiled:
        return match.strength is not Strength.ROLE
    if mine.distinct == 0 or theirs.distinct == 0 or mine.distinct * 0.75 > theirs.distinct:
        return False
    # One value that happens to be found under the same name proves nothing.
    if mine.distinct == 1 and match.strength is Strength.EQUAL:
        return False
    if mine.family is Family.INTEGER:
        return _ranges_fit(mine, theirs, is_strict=match.strength is not Strength.NAMED)
    return _texts_fit(mine, theirs)


def _ranges_fit(mine: Facts, theirs: Facts, *, is_strict: bool) -> bool:
    inner, outer = mine.reaches, theirs.reaches
    if inner is None or outer is None:
        return True
    if is_strict:
        return outer[0] <= inner[0] and inner[1] <= outer[1]
    return inner[0] <= outer[1] and outer[0] <= inner[1]


def _texts_fit(mine: Facts, theirs: Facts) -> bool:
    shortest, longest, mean = theirs.shortest, theirs.longest, mine.mean_length
    is_measured = shortest is not None and longest is not None and mean is not None
    if is_measured and not float(shortest or 0) - 0.5 <= float(mean or 0) <= float(longest or 0) + 0.5:
        return False
    known = set(theirs.domain)
    return not known or not mine.texts or sum(1 for text in mine.texts if text in known) * 2 >= len(mine.texts)
