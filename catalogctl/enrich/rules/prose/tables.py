"""What is said of a table: how many of what, tied to what, with which columns, over which time."""

from catalogctl.domain.meaning import TableRole
from catalogctl.enrich.rules.prose.figures import clean
from catalogctl.enrich.rules.prose.keys import role_words
from catalogctl.enrich.rules.prose.phrases import LEFT_OPEN, MOMENT_WORDS, participle_of, phrase_of
from catalogctl.enrich.rules.reading.catalogue import ColumnReading, Reading, TableReading
from catalogctl.enrich.rules.reading.moments import tells_when
from catalogctl.enrich.rules.reading.semantic_types import SemanticType as Type
from catalogctl.enrich.rules.words.grammar import counted, listed, plural, sentence

_TELLING = (
    Type.NAME, Type.PERSON_NAME, Type.STATUS, Type.CATEGORY, Type.MONEY, Type.QUANTITY, Type.EMAIL, Type.PHONE,
    Type.ADDRESS, Type.CITY, Type.COUNTRY, Type.LATITUDE, Type.LONGITUDE, Type.RATING, Type.DURATION,
    Type.PERCENTAGE, Type.MEASUREMENT, Type.FREE_TEXT, Type.CODE, Type.BIRTH_DATE, Type.URL, Type.CURRENCY, Type.IBAN,
)  # fmt: skip
_HAPPENED = (Type.DATE, Type.TIMESTAMP, Type.CREATED_TIME, Type.YEAR)
_EXPECTED = frozenset({"name", "title", "description", "label", "code"})
_CONTENTS = 5
_NEIGHBOURS = 4


def table_description(table: TableReading, reading: Reading) -> str | None:
    """A sentence or two on *table*; None when neither its name nor its columns tell anything."""
    comment = clean(table.table.comment or "", width=300)
    said = _said(table, reading)
    return " ".join(sentence(part) for part in (comment, said) if part) or None


def _said(table: TableReading, reading: Reading) -> str | None:
    if not table.columns:
        return None
    if table.table.row_count == 0:
        return f"{table.many}: none so far" if table.one else "no rows so far"
    if table.role is TableRole.BRIDGE and len(table.outgoing) > 1:
        return _tie(table, reading)
    contents = _contents(table)
    links = "" if table.role is TableRole.REFERENCE else _links(table, reading)
    parts = (_what(table), _grain(table), links, contents, _period(table), _uses(table, reading))
    # A bare count of unnamed rows is in the catalogue already.
    is_telling = table.one is not None or any(parts[1:])
    return "".join(parts) if is_telling else None


def _what(table: TableReading) -> str:
    """How many of what."""
    count = f"{table.about}{table.rows:,} " if table.table.row_count is not None else ""
    if table.table.is_view:
        return f"view with {table.about}{counted(table.rows, 'row')}" if count else "view"
    if table.one is None:
        rows = f"{table.about}{counted(table.rows, 'row')}" if count else "rows"
        return f"{table.name.phrase} ({rows})" if table.is_named else rows
    called = table.one if table.rows == 1 and count else table.many
    return f"list of {count}{called}" if table.role is TableRole.REFERENCE and table.rows > 1 else f"{count}{called}"


def _grain(table: TableReading) -> str:
    """*One for each order and product*, where a declared key says so."""
    if not 2 <= len(table.key) <= 3:
        return ""
    parts = [role_words(table.column(name)) for name in table.key]
    return f", one for each {listed([part for part in parts if part])}" if all(parts) else ""


def _links(table: TableReading, reading: Reading) -> str:
    """The tables that it points at, each once, itself left out."""
    names = dict.fromkeys(
        reading.tables[link.referred_table].many
        for link in table.outgoing
        if link.referred_table in reading.tables and link.referred_table != table.table.name
    )
    return f", linked to {_some(list(names))}" if names else ""


def _contents(table: TableReading) -> str:
    """What is recorded, the most telling first."""
    telling = [column for kind in _TELLING for column in table.of_type(kind) if _is_content(column, table)]
    shown = telling if len(telling) <= _CONTENTS + 1 else telling[:_CONTENTS]
    phrases = dict.fromkeys(_content(column, table) for column in table.columns if column in shown)
    if not phrases or _EXPECTED.issuperset(phrases):
        return ""
    rest = [f"{len(telling) - len(shown)} more"] if len(telling) > len(shown) else []
    joint = ": " if table.table.is_view or table.one is None else ", with "
    return f"{joint}{listed([*phrases, *rest])}"


def _is_content(column: ColumnReading, table: TableReading) -> bool:
    is_telling = not column.facts.is_empty and not column.facts.is_constant
    if column.column.name in table.key and _grain(table):
        return False  # One for each of it, as is said already.
    return is_telling and column.name.is_known and column.name.phrase != table.one and column.name.last not in LEFT_OPEN


def _content(column: ColumnReading, table: TableReading) -> str:
    phrase = phrase_of(column, table)
    return f"{phrase.text} in {phrase.unit}" if phrase.unit else phrase.text


def _period(table: TableReading) -> str:
    """From when to when it happened, by the column that says it best."""
    datable = (column for kind in _HAPPENED for column in table.of_type(kind) if column.name.is_known)
    column = next((found for found in datable if found.facts.speaks_for_all and _tells_period(found)), None)
    if column is None or column.moments is None or column.moments.first is None or column.moments.last is None:
        return ""
    if table.is_about_people and column.type is not Type.CREATED_TIME:
        return ""
    if column.type is Type.YEAR:
        first, last = column.moments.first.year, column.moments.last.year
        head, _, noun = phrase_of(column, table).text.rpartition(" ")
        years = f"{head} {noun if first == last else plural(noun)}".strip()
        return f"; {years} {first}{'' if first == last else f' to {last}'}"
    first_day, last_day = column.moments.first.isoformat(), column.moments.last.isoformat()
    ends = f"from {first_day} to {last_day}" if first_day != last_day else f"on {first_day}"
    return f"; {when_words(column)} {ends}".replace(";  ", "; ")


def _tells_period(column: ColumnReading) -> bool:
    return column.type in (Type.CREATED_TIME, Type.YEAR) or tells_when(column.facts, column.name)


def when_words(column: ColumnReading) -> str:
    """The words for a moment: *ordered* for ``ordered_at``, *order date*; nothing for a bare ``at`` or ``date``."""
    words = [word for word in column.name.words if word not in MOMENT_WORDS]
    if not words or not column.name.is_readable:
        return ""
    return participle_of(column) or column.name.phrase


def _uses(table: TableReading, reading: Reading) -> str:
    """Which tables point at it."""
    if table.role not in (TableRole.DIMENSION, TableRole.REFERENCE):
        return ""
    names = dict.fromkeys(
        reading.tables[link.table].many
        for link in table.incoming
        if link.table in reading.tables and link.table != table.table.name
    )
    return f"; referred to by {_some(list(names))}" if names else ""


def _tie(table: TableReading, reading: Reading) -> str | None:
    """What a bridge ties together, and how often."""
    ends = [reading.tables[link.referred_table] for link in table.outgoing if link.referred_table in reading.tables]
    if len(ends) < 2:
        return None
    is_pair = len(ends) == 2 and set(table.key) == {column for link in table.outgoing for column in link.columns}
    count = (
        f": {table.about}{counted(table.rows, 'pair' if is_pair else 'row')}"
        if table.table.row_count is not None
        else ""
    )
    return f"links {listed([end.many for end in ends], 'to' if len(ends) == 2 else 'and')}{count}"


def _some(tables: list[str]) -> str:
    """A few of *tables*, and how many there are besides."""
    if len(tables) <= _NEIGHBOURS + 1:
        return listed(tables)
    return listed([*tables[:_NEIGHBOURS], f"{len(tables) - _NEIGHBOURS} other tables"])
