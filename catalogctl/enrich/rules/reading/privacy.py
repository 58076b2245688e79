"""Whether a column holds personal data: data on an identified or identifiable person, as the GDPR (art. 4) has it."""

import re

from catalogctl.enrich.rules.reading.catalogue import ColumnReading, Reading, TableReading
from catalogctl.enrich.rules.reading.facts import Family
from catalogctl.enrich.rules.reading.keys import KEY_WORDS
from catalogctl.enrich.rules.reading.semantic_types import SemanticType as Type
from catalogctl.enrich.rules.words.lists import word_set
from catalogctl.enrich.rules.words.people import MAYBE_PERSON_NOUNS, PERSON_NOUNS, look_like_people

_OF_ANYONE = {
    Type.EMAIL: 0.9, Type.NATIONAL_ID: 0.95, Type.BIRTH_DATE: 0.95, Type.CARD_NUMBER: 0.95, Type.PERSON_NAME: 0.9,
    Type.USERNAME: 0.85, Type.IP_ADDRESS: 0.8, Type.SECRET: 0.7, Type.PHONE: 0.75, Type.IBAN: 0.7,
}  # fmt: skip
"""Types that tell of people wherever they stand, and how sure that is."""

_OF_PEOPLE = {
    Type.PHONE: 0.95, Type.IBAN: 0.95, Type.ADDRESS: 0.95, Type.POSTAL_CODE: 0.85, Type.CITY: 0.8, Type.REGION: 0.75,
    Type.COUNTRY: 0.7, Type.LATITUDE: 0.85, Type.LONGITUDE: 0.85, Type.MONEY: 0.7, Type.AGE: 0.9, Type.NAME: 0.7,
    Type.FREE_TEXT: 0.7, Type.MEASUREMENT: 0.7, Type.LANGUAGE: 0.6, Type.URL: 0.6, Type.FILE: 0.6, Type.BINARY: 0.6,
    Type.DATE: 0.6, Type.TIMESTAMP: 0.6, Type.PERSON_NAME: 0.98, Type.EMAIL: 0.98, Type.GENDER: 0.9, Type.SECRET: 0.85,
}  # fmt: skip
"""Types that tell of people where the rows are people."""

_OF_NOBODY = frozenset(
    {Type.MONEY, Type.QUANTITY, Type.PERCENTAGE, Type.CURRENCY, Type.STATUS, Type.CATEGORY, Type.FLAG, Type.CODE,
     Type.POSITION, Type.RATING, Type.MEASUREMENT, Type.DURATION, Type.DATE, Type.TIMESTAMP, Type.CREATED_TIME,
     Type.UPDATED_TIME, Type.DELETED_TIME, Type.YEAR, Type.MONTH, Type.DAY, Type.HOUR, Type.MINUTE, Type.TIME_OF_DAY,
     Type.TIME_ZONE, Type.ISBN, Type.BARCODE, Type.ISIN, Type.BIC, Type.VAT_NUMBER, Type.COMPANY_NUMBER, Type.VERSION,
     Type.COLOUR, Type.LANGUAGE, Type.COUNTRY, Type.REGION, Type.CITY, Type.NAME}
)  # fmt: skip
_TECHNICAL = frozenset(
    {Type.CREATED_TIME, Type.UPDATED_TIME, Type.DELETED_TIME, Type.FLAG, Type.POSITION, Type.VERSION}
)
_WHEREABOUTS = frozenset({Type.ADDRESS, Type.POSTAL_CODE, Type.LATITUDE, Type.LONGITUDE, Type.PHONE})
_REMARKS = frozenset({"comment", "note", "remark"})
"""What is written about a person, however often the same."""
_PERSONAL_WORDS = word_set(
    """
    allergy birth birthday blood caste citizenship criminal death diagnosis disability disease ethnic ethnicity
    faith handicap health hiv marital medical medication nationality political pregnancy pregnant religion religious
    salary sexual sexuality smoker symptom treatment tribe union vaccination wage
    """
)
_BIRTH = frozenset({"birth", "birthday"})
_MAYBE_PERSONAL_WORDS = _PERSONAL_WORDS | word_set("education gender income race sex")
"""What may be said of people whatever a row is called; a race is also run, and an income a company's."""
_RECORDS = re.compile(r"(?:struct|map|row|union|hstore)\b", re.IGNORECASE)
"""Types whose values hold several things, whatever these are."""
_WORKING = frozenset({"approver", "assignee", "requester"})
_REACHES_SOMEBODY = re.compile(r"[^\s@]+@[^\s@]+\.\w+|\+\d[\d ./()-]{6,}\d")
"""An e-mail address, or a phone number with its country."""


def personal(column: ColumnReading, table: TableReading, reading: Reading) -> tuple[bool | None, float | None]:
    """Whether the column holds personal data, and how sure that is (0..1); (None, None) where it cannot be told."""
    sure = (
        _sureness(column, table, reading)
        or _sureness_of_what_is_meant(column, reading)
        or _sureness_of_remarks(column, table)
        or _sureness_of_who(column)
        or _sureness_of_values(column)
    )
    if sure is not None:
        return True, sure
    is_anyones = (
        not _MAYBE_PERSONAL_WORDS.isdisjoint(column.name.singulars)
        or (column.type is Type.NAME and _may_be_anyones(column, table))
        or column.name.last == "by"
    )
    # A temperature may be that of a patient, some tables further on.
    is_anyones = is_anyones or (column.type is Type.MEASUREMENT and bool(table.outgoing))
    if is_anyones:
        return None, None
    if table.is_about_people or _tells_of_people(table, reading) or table.may_be_about_people:
        return (False, 0.7) if column.type in _TECHNICAL else (None, None)
    return (False, 0.9) if column.type in _OF_NOBODY else (None, None)


def _may_be_anyones(column: ColumnReading, table: TableReading) -> bool:
    """True for a name of what nobody knows, and of what may be a company as well as a person."""
    if not table.is_noun_known:
        return True
    return table.name.noun in MAYBE_PERSON_NOUNS and not column.name.has("company", "organisation")


def _sureness(column: ColumnReading, table: TableReading, reading: Reading) -> float | None:
    """How sure it is that the column tells of people; None where nothing says so."""
    kind = column.type
    is_of_people = table.is_about_people or _tells_of_people(table, reading)
    said = _sureness_of_words(column, table, is_of_people=is_of_people)
    if said is not None or kind is None:
        return said
    if table.is_about_people and kind in _OF_PEOPLE:
        return _OF_PEOPLE[kind]
    if table.is_about_people and kind is Type.IDENTIFIER and (column.facts.is_unique or _names_a_person(column, table)):
        return 0.7
    if kind in _WHEREABOUTS and (is_of_people or _is_where_people_are(table, reading)):
        return 0.85
    # A postal address without a person beside it may be a company's.
    return 0.6 if kind is Type.ADDRESS else _OF_ANYONE.get(kind)


def _sureness_of_words(column: ColumnReading, table: TableReading, *, is_of_people: bool) -> float | None:
    is_of_birth = not _BIRTH.isdisjoint(column.name.words)
    if is_of_birth or (is_of_people and not _PERSONAL_WORDS.isdisjoint(column.name.singulars)):
        return 0.9
    # What is run has a number in the table of races.
    is_race = table.is_about_people and column.link is None and column.name.has("race")
    if is_race or (table.may_be_about_people and not _PERSONAL_WORDS.isdisjoint(column.name.singulars)):
        return 0.7
    is_record = column.type is Type.JSON or _RECORDS.match(column.column.data_type) is not None
    return 0.6 if is_record and (table.is_about_people or table.may_be_about_people) else None


def _sureness_of_what_is_meant(column: ColumnReading, reading: Reading) -> float | None:
    """A key that is personal where it comes from, as a user's e-mail address, is so wherever it is used."""
    link = column.link
    other = reading.tables.get(link.referred_table) if link is not None and link.is_single else None
    if link is None or other is None:
        return None
    return _sureness(other.column(link.referred_columns[0]), other, reading)


def _sureness_of_remarks(column: ColumnReading, table: TableReading) -> float | None:
    is_remark = column.facts.family is Family.TEXT and column.name.last in _REMARKS
    return 0.7 if is_remark and table.is_about_people else None


def _sureness_of_who(column: ColumnReading) -> float | None:
    """Whoever does the work is a person; others may be companies, unless they are called as people are."""
    if column.facts.family is not Family.TEXT or column.type not in (None, Type.CATEGORY, Type.NAME):
        return None
    if column.name.last in _WORKING:
        return 0.7
    may_be = column.name.last in MAYBE_PERSON_NOUNS and not column.name.has("user")
    return 0.6 if may_be and look_like_people(column.facts.texts) else None


def _sureness_of_values(column: ColumnReading) -> float | None:
    """Addresses and numbers of several kinds, or among other values, have no pattern in common. In records they stand
    beside others.
    """
    is_record = column.type is Type.JSON or column.facts.family is Family.OTHER
    look = _REACHES_SOMEBODY.search if is_record else _REACHES_SOMEBODY.fullmatch
    return 0.7 if any(map(look, column.facts.texts)) else None


def _tells_of_people(table: TableReading, reading: Reading) -> bool:
    """True when each row points at a person, as an address does at the customer who lives there."""
    referred = (reading.tables.get(link.referred_table) for link in table.outgoing)
    return any(other is not None and other.is_about_people for other in referred)


def _is_where_people_are(table: TableReading, reading: Reading) -> bool:
    """True when people point at the rows, as customers do at the address where they live."""
    referring = (reading.tables.get(link.table) for link in table.incoming)
    return any(other is not None and other.is_about_people for other in referring)


def _names_a_person(column: ColumnReading, table: TableReading) -> bool:
    """True for the number of a person, as opposed to that of the department where she works."""
    words = [word for word in column.name.singulars if word not in KEY_WORDS and word != "number"]
    return not words or words[-1] in PERSON_NOUNS or words[-1] == table.name.noun
