"""Key figures that a catalogue's data can answer: how many, how much, which share, and how it went over time."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice

from catalogctl.domain.catalogue import Datasource
from catalogctl.domain.meaning import InferredKey, KpiDraft, TableMeaning
from catalogctl.enrich.rules.measuring.board import Board
from catalogctl.enrich.rules.measuring.prominence import prominent_tables
from catalogctl.enrich.rules.measuring.proportions import proportions_of, telling_proportions_of
from catalogctl.enrich.rules.reading.catalogue import TableReading, read
from catalogctl.enrich.rules.sql.dialects import dialect_of
from catalogctl.enrich.rules.sql.queries import Writer

_MOST = 8
_LEAST = 4
_TABLES = 6


def propose_kpis(
    source: Datasource, meanings: Sequence[TableMeaning], keys: Sequence[InferredKey], *, dialect: str
) -> list[KpiDraft]:
    """Up to eight key figures of *source*, at least four where any table has rows, the most telling first.

    Semantic types and roles in *meanings* hold where they are words of the rules. The SQL is in *dialect*: ``sqlite``,
    ``duckdb``, ``postgresql`` or ``mysql``; any other gets standard SQL without trends.
    """
    reading = read(source, keys, meanings)
    tables = prominent_tables(reading)
    board = Board(reading, Writer(dialect_of(dialect)))
    found: dict[str, KpiDraft] = {}
    for draft in _in_turn(board, tables[:_TABLES]):
        found.setdefault(draft.title, draft)
    for table in tables:
        if len(found) >= _LEAST:
            break
        for draft in board.plain_drafts(table):
            found.setdefault(draft.title, draft)
    return list(found.values())[:_MOST]


def _in_turn(board: Board, tables: Sequence[TableReading]) -> Iterator[KpiDraft]:
    """How many and how much of the first table, how it stands, the next tables in short, then what is left."""
    drafts = [list(board.drafts(table)) for table in tables]
    shares = [3, 2, *(1 for _ in drafts[2:])]
    for at, (of_table, share) in enumerate(zip(drafts, shares, strict=False)):
        yield from of_table[:share]
        if at == 0:
            yield from _standing(board, tables)
    for of_table, share in zip(drafts, shares, strict=False):
        yield from of_table[share:]


def _standing(board: Board, tables: Sequence[TableReading]) -> Iterator[KpiDraft]:
    """The most telling share of all, of the first table that has one."""
    telling = ((table, proportion) for table in tables for proportion in telling_proportions_of(table, board.reading))
    others = ((table, proportion) for table in tables for proportion in proportions_of(table, board.reading))
    for table, proportion in islice(chain(telling, others), 1):
        yield board.share(table, proportion)
