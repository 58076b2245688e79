"""Foreign keys that nobody declared: which are worth testing, the SQL that tests them, and when they are believed."""

from collections.abc import Iterator
from dataclasses import dataclass

from catalogctl.domain.catalogue import Datasource
from catalogctl.domain.meaning import InferredKey
from catalogctl.enrich.rules.key_matching import Targets, could_hold, spelling
from catalogctl.enrich.rules.reading.catalogue import ColumnReading, TableReading, read
from catalogctl.enrich.rules.sql.dialects import dialect_of
from catalogctl.enrich.rules.words.grammar import singular
from catalogctl.enrich.rules.words.pieces import folded, pieces

_MOST = 5_000
_A_COLUMN = 2
_SURE = 0.95
_LIKELY = 0.75
_ENOUGH = 20
"""Distinct values of which some may be missing on the other side without saying much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCandidate:
    """A column that may point at another, by its name and by what the profiles do not rule out."""

    table: str
    column: str
    referred_table: str
    referred_column: str


def key_candidates(source: Datasource) -> list[KeyCandidate]:
    """Undeclared foreign keys worth testing, the most likely first; at most two for a column, and 5,000 in all.

    Of several that are accepted for one column the first is meant.
    """
    reading = read(source, ())
    targets = Targets(reading)
    ranked = [
        (rank, candidate)
        for table in reading.tables.values()
        if not table.table.is_view
        for column in table.columns
        if column.link is None
        for rank, candidate in enumerate(_candidates(column, table, targets))
    ]
    ranked.sort(key=lambda pair: pair[0])
    ends = {_ends(candidate) for _, candidate in ranked}
    # Of two columns that may each point at the other, nothing tells which does.
    return [candidate for _, candidate in ranked if _ends(candidate)[::-1] not in ends][:_MOST]


def _ends(candidate: KeyCandidate) -> tuple[tuple[str, str], tuple[str, str]]:
    return (candidate.table, candidate.column), (candidate.referred_table, candidate.referred_column)


def _candidates(column: ColumnReading, table: TableReading, targets: Targets) -> Iterator[KeyCandidate]:
    seen: set[str] = set()
    for match in targets.matching(column, table):
        if match.table.table.name not in seen and could_hold(match, column):
            seen.add(match.table.table.name)
            yield KeyCandidate(
                table=table.table.name,
                column=column.column.name,
                referred_table=match.table.table.name,
                referred_column=match.column.column.name,
            )
        if len(seen) == _A_COLUMN:
            return


def containment_sql(candidate: KeyCandidate, dialect: str) -> str:
    """SQL that answers one row: the distinct values of the column, and how many of them the other has."""
    engine = dialect_of(dialect)
    mine, theirs = engine.name(candidate.column), engine.name(candidate.referred_column)
    # Both sides are made distinct first, so that every engine joins them by hash or by an index of its own making.
    return (
        "SELECT COUNT(*) AS distinct_values, COUNT(parent.found) AS found_values "  # noqa: S608 - all names are quoted
        f"FROM (SELECT DISTINCT {mine} AS tried FROM {engine.table(candidate.table)} "
        f"WHERE {mine} IS NOT NULL) child "
        f"LEFT JOIN (SELECT DISTINCT {theirs} AS found FROM {engine.table(candidate.referred_table)} "
        f"WHERE {theirs} IS NOT NULL) parent ON parent.found = child.tried"
    )


def accepted(candidate: KeyCandidate, distinct: int, found: int) -> InferredKey | None:
    """The key, when enough of its *distinct* values were *found*; less is enough where the names say the same."""
    if distinct <= 0:
        return None
    share = found / distinct
    if share < (_LIKELY if distinct >= _ENOUGH and _names_agree(candidate) else _SURE):
        return None
    return InferredKey(
        table=candidate.table,
        column=candidate.column,
        referred_table=candidate.referred_table,
        referred_column=candidate.referred_column,
        share=share,
    )


def _names_agree(candidate: KeyCandidate) -> bool:
    """True when the columns are called the same, or the column names the table."""
    mine = [singular(folded(piece)) for piece in pieces(candidate.column)]
    theirs = [singular(folded(piece)) for piece in pieces(candidate.referred_table)]
    return spelling(candidate.column) == spelling(candidate.referred_column) or (bool(theirs) and theirs[-1] in mine)
