"""How keys are spoken of, and the columns that point at them."""

from catalogctl.enrich.rules.prose.figures import percent, plain, shown
from catalogctl.enrich.rules.reading.catalogue import ColumnReading, Reading, TableReading
from catalogctl.enrich.rules.reading.facts import Family
from catalogctl.enrich.rules.reading.keys import KEY_WORDS
from catalogctl.enrich.rules.reading.links import Link
from catalogctl.enrich.rules.reading.semantic_types import SemanticType as Type
from catalogctl.enrich.rules.words.grammar import singular
from catalogctl.enrich.rules.words.people import PERSON_NOUNS
from catalogctl.enrich.rules.words.pieces import pieces
from catalogctl.enrich.rules.words.vocabulary import ONE_OF

_CODES = frozenset({"code", "number", "reference"})


def key_head(column: ColumnReading, table: TableReading) -> str:
    """*Unique number of the order*."""
    if column.type is Type.NATURAL_KEY:
        noun = "code" if (column.facts.longest or 0) <= 12 else "identifier"
    else:
        noun = "number" if column.facts.family is Family.INTEGER else "identifier"
    return f"Unique {noun} of {f'the {table.one}' if table.is_noun_known else 'each row'}"


def key_tail(column: ColumnReading) -> str:
    """The range of a number, the length of a text."""
    facts = column.facts
    if facts.family is Family.INTEGER and facts.reaches is not None and facts.distinct > 1:
        low, high = facts.reaches
        is_gapless = high - low + 1 == facts.distinct
        return f", from {plain(low)} to {plain(high)}{' without gaps' if is_gapless else ''}"
    if facts.family is Family.TEXT and facts.longest and facts.shortest == facts.longest and facts.distinct > 1:
        return f", always {facts.longest} character{'s' if facts.longest > 1 else ''} long"
    return ""


def foreign_key_head(column: ColumnReading, table: TableReading, reading: Reading) -> str | None:
    """*Customer of the order: refers to customers.id*."""
    link = column.link
    if link is None or link.referred_table not in reading.tables:
        return None
    referred = reading.tables[link.referred_table]
    at = link.columns.index(column.column.name)
    refers = f"refers to {shown(link.referred_table)}.{shown(link.referred_columns[at])}{_proof(link)}"
    part = role_words(column)
    if part is None:
        return refers
    says_owner = part.rpartition(" ")[2] in (table.one or "").split(" ")
    owner = f" of the {table.one}" if table.is_noun_known and not says_owner else ""
    another = f", another {table.one}" if owner and referred.table.name == table.table.name else ""
    return f"{part}{owner}{another}: {refers}"


def role_words(column: ColumnReading) -> str | None:
    """The words of a foreign key without its ending: *billing customer* for ``billing_customer_id``."""
    words, spelled = column.name.words, column.name.spelled
    if words == ("reports", "to"):
        return "superior"
    referred = singular(pieces(column.link.referred_table)[-1].lower()) if column.link else ""
    while words and (words[-1] in KEY_WORDS or words[-1].isdigit() or (words[-1] in _CODES and referred in words)):
        words, spelled = words[:-1], spelled[:-1]
    if not words or not column.name.is_readable or words[-1] in ("to", "by", "from", "of", "at"):
        return None
    # The manager of a store is one of the staff, and not its *manager staff*.
    if len(words) > 1 and singular(words[-1]) == referred and words[-2] in PERSON_NOUNS:
        spelled = spelled[:-1]
    elif words[-1] in ONE_OF:
        spelled = (*spelled, ONE_OF[words[-1]])
    return " ".join((*spelled[:-1], singular(spelled[-1])))


def _proof(link: Link) -> str:
    """How sure it is, for a key that nobody declared."""
    if link.share is None:
        return ""
    found = "all its values are" if link.share >= 1 else f"{percent(link.share)} of its values are"
    return f" (inferred: {found} found there)"
