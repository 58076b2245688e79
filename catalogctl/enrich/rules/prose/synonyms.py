"""Other words by which people look for a table or a column: only those that find something the name itself does not."""

import re
from collections.abc import Iterable

from catalogctl.enrich.rules.prose.keys import role_words
from catalogctl.enrich.rules.prose.phrases import phrase_of
from catalogctl.enrich.rules.reading.catalogue import ColumnReading, TableReading
from catalogctl.enrich.rules.reading.semantic_types import SemanticType as Type
from catalogctl.enrich.rules.words.grammar import plural
from catalogctl.enrich.rules.words.lists import word_set
from catalogctl.enrich.rules.words.names import Name, ends_in_unit
from catalogctl.enrich.rules.words.pieces import folded, pieces

_MOST = 4

_ALIKE = {
    "advert": ("advertisement",), "biography": ("bio", "life story"), "birth date": ("date of birth", "birthday"),
    "car": ("vehicle",), "cell": ("mobile",), "city": ("town",), "client": ("customer",), "colour": ("color",),
    "comment": ("remark",), "company": ("firm", "business"), "country": ("nation",), "created at": ("creation date",),
    "customer": ("client",), "delay": ("lateness",), "department": ("division",), "discount": ("rebate", "reduction"),
    "email": ("email address",), "employee": ("staff member", "worker"), "family name": ("last name", "surname"),
    "fare": ("price",), "fee": ("charge",), "film": ("movie",), "first name": ("given name", "forename"),
    "freight": ("shipping cost",), "gender": ("sex",), "given name": ("first name",), "hire date": ("start date",),
    "income": ("earnings",), "invoice": ("bill",), "last name": ("surname", "family name"), "licence": ("license",),
    "manufacturer": ("maker",), "mobile": ("cell phone",), "movie": ("film",),
    "order": ("purchase",), "organisation": ("organization",), "phone": ("telephone",), "photo": ("picture",),
    "picture": ("image",), "postal code": ("zip code", "postcode"), "postcode": ("postal code", "zip code"),
    "product": ("article",), "quantity": ("number of units",), "remark": ("comment",),
    "revenue": ("turnover", "sales"), "salary": ("pay", "wage"), "sex": ("gender",), "shipper": ("carrier",),
    "store": ("shop",), "supplier": ("vendor",), "surname": ("last name", "family name"), "tax": ("duty",),
    "track": ("song",), "turnover": ("revenue", "sales"), "unit price": ("price per unit",), "vendor": ("supplier",),
    "wage": ("salary", "pay"), "zip": ("postal code", "postcode"), "zip code": ("postal code", "postcode"),
    "website": ("web page",), "fax": ("facsimile",),
}  # fmt: skip
"""Words that people use for the same thing."""

_VAGUE = word_set("id name type code status description value number key date time title text note")


def table_synonyms(table: TableReading) -> tuple[str, ...]:
    """Other words for what the rows are, in the plural and in the singular where they are not the name itself."""
    one = table.one
    if one is None or not table.name.is_known:
        return ()
    # What is true of orders need not be of sales orders.
    alike = [plural(other) for other in _ALIKE.get(folded(one), ())]
    return _told_apart((table.many, one, *alike), table.name)


def column_synonyms(column: ColumnReading, table: TableReading) -> tuple[str, ...]:
    """Other words for the column: abbreviations in full, what it points at, words of the trade."""
    name = column.name
    if not (name.is_known and name.is_readable):
        return ()
    if column.type is Type.FOREIGN_KEY:
        part = role_words(column)
        return _told_apart([part, *_alternatives(part)], name) if part else ()
    if column.type in (Type.SURROGATE_KEY, Type.NATURAL_KEY):
        return ()
    phrase = phrase_of(column, table)
    in_full = " ".join(name.spelled[:-1]) if ends_in_unit(name.words) and column.facts.family.is_number else name.phrase
    whole = [in_full] if name.was_expanded or len(pieces(name.original)) != len(name.words) or _is_glued(name) else []
    alike = (
        []
        if phrase.text in _VAGUE or column.type is Type.POSITION
        else _alternatives(phrase.text.replace("e-mail", "email"))
    )
    return _told_apart([*whole, *alike], name)


def _alternatives(phrase: str) -> list[str]:
    """Others for *phrase*, or for the two words that it ends with."""
    words = phrase.split(" ")
    if phrase in _ALIKE:
        return list(_ALIKE[phrase])
    head, ending = " ".join(words[:-2]), " ".join(words[-2:])
    return [f"{head} {other}" for other in _ALIKE.get(ending, ())] if head else []


def _is_glued(name: Name) -> bool:
    """True when words stand together by capitals alone, so that a search for one of them finds nothing."""
    return len(name.words) > 1 and name.original.isalnum()


def _told_apart(found: Iterable[str | None], name: Name) -> tuple[str, ...]:
    """The first few of *found* that say something which the name does not, and are not said twice."""
    told: set[str] = set()
    apart = frozenset(re.split(r"[\W_]+", folded(name.original)))
    kept: list[str] = []
    for text in found:
        if text and _key(text) not in told and not apart.issuperset(_key(text).split(" ")):
            told.add(_key(text))
            kept.append(text)
    return tuple(kept[:_MOST])


def _key(text: str) -> str:
    return " ".join(folded(piece) for piece in pieces(text.replace("-", "")))
