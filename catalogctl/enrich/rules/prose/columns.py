"""What is said of a column: a head that tells what it is, and figures that hold for every row."""

import re

from catalogctl.enrich.rules.prose.figures import clean
from catalogctl.enrich.rules.prose.flags import flag_head
from catalogctl.enrich.rules.prose.keys import foreign_key_head, key_head
from catalogctl.enrich.rules.prose.phrases import HAPPENING, MOMENT_WORDS, participle_of, phrase_of, whose
from catalogctl.enrich.rules.prose.tails import figures_tail
from catalogctl.enrich.rules.reading.catalogue import ColumnReading, Reading, TableReading
from catalogctl.enrich.rules.reading.semantic_types import SemanticType as Type
from catalogctl.enrich.rules.words.grammar import sentence, singular

_NOTES = {
    Type.EMAIL: ("an e-mail address", r"e-mail"),
    Type.PHONE: ("a phone number", r"phone|mobile|fax"),
    Type.URL: ("a web address", r"\b(url|website|homepage|link|web)\b"),
    Type.IP_ADDRESS: ("an IP address", r"\bIP\b"),
    Type.IBAN: ("an IBAN", r"IBAN"),
    Type.BIC: ("a BIC", r"BIC|swift"),
    Type.VAT_NUMBER: ("a VAT number", r"VAT"),
    Type.ISBN: ("an ISBN", r"ISBN"),
    Type.ISIN: ("an ISIN", r"ISIN"),
    Type.BARCODE: ("a barcode number", r"EAN|GTIN|UPC|barcode"),
    Type.CARD_NUMBER: ("a payment card number", r"card"),
    Type.JSON: ("as JSON", r"JSON"),
    Type.BINARY: ("as binary data", r"\bbinary\b"),
    Type.CURRENCY: ("a currency code", r"currency"),
}
"""What to add where the name does not say it already."""

_COMPLETED = {"e-mail": "e-mail address", "phone": "phone number", "fax": "fax number", "mobile": "mobile phone number",
              "URL": "web address (URL)", "IP": "IP address", "zip": "zip code", "postal": "postal code"}  # fmt: skip
"""Words that are too short to stand alone."""
_WILL = frozenset({"begins", "closes", "ends", "expires", "opens", "starts"})
_STEMS = {"paid": "pay", "sent": "sen", "sold": "sal", "bought": "buy"}
_MOMENTS = frozenset({Type.DATE, Type.TIMESTAMP, Type.CREATED_TIME, Type.UPDATED_TIME, Type.DELETED_TIME})


def column_description(
    column: ColumnReading, table: TableReading, reading: Reading, *, is_personal: bool
) -> str | None:
    """A sentence or two on *column*; None when there is nothing to say that the profile does not show better.

    No value of one that *is_personal* is quoted.
    """
    tail = figures_tail(column, table, is_personal=is_personal)
    if column.column.comment and (comment := clean(column.column.comment, width=300)):
        return " ".join(filter(None, (sentence(comment), tail and sentence(tail.lstrip(",:; ")))))
    head = _head(column, table, reading)
    if head is None:
        return sentence(f"One of {tail.lstrip(':; ')}") if tail.startswith(": ") else None
    if not tail and set(column.name.phrase.split(" ")).issuperset(head.split(" ")):
        return None
    return sentence(head + tail)


def _head(column: ColumnReading, table: TableReading, reading: Reading) -> str | None:
    """What the column is, without figures; None when its name does not tell."""
    if column.type is Type.FOREIGN_KEY:
        return foreign_key_head(column, table, reading)
    if column.type in (Type.SURROGATE_KEY, Type.NATURAL_KEY):
        return key_head(column, table)
    if not column.name.is_readable:
        return None
    if column.type is Type.FLAG:
        return flag_head(column, table)
    return _happening(column, table) or _named(column, table)


def _happening(column: ColumnReading, table: TableReading) -> str | None:
    """What comes to pass at that moment or time of day, if the name says so."""
    if column.type is Type.TIME_OF_DAY:
        return _expecting(column, _thing(table))
    return _making(column, table) if column.type in _MOMENTS else None


def _making(column: ColumnReading, table: TableReading) -> str | None:
    """*When the order was shipped*, if the name says what was done."""
    thing = _thing(table)
    whole = thing if table.is_noun_known else "the row"
    if not set(column.name.words) - MOMENT_WORDS:
        return f"Date{' and time' if column.type is Type.TIMESTAMP else ''}{whose(table)}"
    if column.type is Type.UPDATED_TIME:
        return f"When {whole} was last changed"
    done = participle_of(column)
    if column.type is Type.CREATED_TIME and done is None:
        return f"When {whole} was created"
    if done is None or not (table.is_noun_known or column.type is not Type.DATE):
        return None if table.is_about_people else _expecting(column, thing)
    if done in HAPPENING:
        return f"When {thing} {done}"
    # An order is not ordered, nor a payment paid.
    is_same = table.is_noun_known and not table.is_about_people and table.name.last[:3] == _STEMS.get(done, done[:3])
    return f"When {thing} was {('placed' if done == 'ordered' else 'made') if is_same else done}"


def _thing(table: TableReading) -> str:
    return f"the {table.one}" if table.is_noun_known else "it"


def _expecting(column: ColumnReading, thing: str) -> str | None:
    """*When the trial ends*, *when the invoice is due*, *when the key was last used*."""
    words = [word for word in column.name.words if word not in MOMENT_WORDS]
    if words == ["due"]:
        return f"When {thing} is due"
    if words and words[-1] in _WILL and len(words) <= 2:
        return f"When {f'the {words[0]}' if len(words) == 2 else thing} {words[-1]}"
    if len(words) == 2 and words[0] in ("first", "last") and (words[1].endswith("ed") or words[1] == "seen"):
        return f"When {thing} was {words[0]} {words[1]}"
    return None


def _named(column: ColumnReading, table: TableReading) -> str:
    phrase = phrase_of(column, table)
    text = _COMPLETED.get(phrase.text, phrase.text)
    says_owner = table.name.last in (singular(word) for word in text.split(" "))
    owner = whose(table) if phrase.is_sound and not says_owner else ""
    in_degrees = column.type in (Type.LATITUDE, Type.LONGITUDE)
    unit = f" in {phrase.unit or 'degrees'}" if phrase.unit or in_degrees else ""
    return f"{text}{owner}{unit}{_note(column, text)}"


def _note(column: ColumnReading, text: str) -> str:
    """What the values are, where *text* does not say it."""
    if column.type is Type.TIME_OF_DAY and column.facts.family.is_number:
        return ", written as hhmm"
    note, known_by = _NOTES.get(column.type, ("", "")) if column.type else ("", "")
    return f", {note}" if note and not re.search(known_by, text, re.IGNORECASE) else ""
