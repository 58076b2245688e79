"""How tables are put together into requests that the model can take and answer in full."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil

from catalogctl.domain.catalogue import Table
from catalogctl.enrich.llm.outgoing import Disclosure, data_line, described_facts, in_order, table_facts
from catalogctl.enrich.llm.prompts import meaning_messages
from catalogctl.enrich.llm.question import Message

DEFAULT_CONTEXT = 8192
"""Tokens that a model is taken to hold when nobody says: small ones hold no more."""

MAX_TABLES = 15
MAX_ANSWER = 4096
"""Tokens that no batch's answer is expected to exceed: some models write no more, and less is lost with a batch."""

_PER_MESSAGE = 6
_PER_TABLE = 70
_PER_COLUMN = 45
_MARGIN = 200
_LETTER = re.compile("[A-Za-z]")
_DIGIT = re.compile("[0-9]")
_SIGN = re.compile(r"[!-/:-@\[-`{-~]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A table, or some of the columns of a very wide one, with the tokens that it takes to ask and to answer."""

    table: Table
    asked: int
    answered: int


def estimate_tokens(messages: Sequence[Message]) -> int:
    """About how many tokens *messages* are, rather too many than too few.

    A heuristic, as each model cuts text in its own way: a token for 4 ASCII letters, for each digit (as many small
    models do), for 1.4 signs of punctuation, for 1.5 bytes of UTF-8 of all else, and a few a message.
    """
    return sum(_PER_MESSAGE + _tokens(message["content"]) for message in messages)


def answer_tokens(tables: Sequence[Table]) -> int:
    """About how many tokens the meaning of *tables* takes to write."""
    return sum(_PER_TABLE + _PER_COLUMN * len(table.columns) for table in tables)


def most_tokens(tables: Sequence[Table]) -> int:
    """What to allow for the answer on *tables*: twice what is expected, so that only a runaway is cut off."""
    return 2 * answer_tokens(tables) + _MARGIN


def plan_batches(
    tables: Sequence[Table],
    *,
    disclosure: Disclosure,
    max_tables: int = MAX_TABLES,
    context_tokens: int | None = None,
) -> list[list[Table]]:
    """Spread *tables* over batches in their order, each within *max_tables* and the model's context.

    A table too wide for one batch comes in several, each time with some of its columns; ``merge_meanings`` puts what
    is answered together again. *context_tokens* None means DEFAULT_CONTEXT.
    """
    room = (context_tokens or DEFAULT_CONTEXT) - estimate_tokens(meaning_messages([], disclosure=disclosure))
    batches: list[list[Table]] = []
    asked = answered = 0
    for piece in _pieces(tables, disclosure, room):
        has_room = _fits(asked + piece.asked, answered + piece.answered, room)
        names = {table.name for table in batches[-1]} if batches else set()
        if not batches or not has_room or len(batches[-1]) >= max_tables or piece.table.name in names:
            batches.append([])
            asked = answered = 0
        batches[-1].append(piece.table)
        asked += piece.asked
        answered += piece.answered
    return batches


def most_telling(tables: Sequence[Table], *, context_tokens: int | None, answer: int) -> list[Table]:
    """Those of *tables* that fit into one request beside *answer* tokens: first those that refer to many and hold much.

    They come in their own order, so that the same catalogue always asks the same.
    """
    room = (context_tokens or DEFAULT_CONTEXT) - answer - 3 * _MARGIN
    chosen: set[str] = set()
    for table in sorted(tables, key=lambda table: (-len(table.foreign_keys), -(table.row_count or 0), table.name)):
        room -= _tokens(data_line(described_facts(table)))
        if room < 0 and chosen:
            break
        chosen.add(table.name)
    return [table for table in tables if table.name in chosen]


def halves(tables: Sequence[Table]) -> list[list[Table]]:
    """A batch in two, be it that a single table's columns are parted; empty when there is nothing left to part."""
    if len(tables) > 1:
        middle = len(tables) // 2
        return [list(tables[:middle]), list(tables[middle:])]
    return [[half] for table in tables for half in _parted(table)]


def _parted(table: Table) -> list[Table]:
    columns = in_order(table)
    middle = len(columns) // 2
    return [replace(table, columns=tuple(part)) for part in (columns[:middle], columns[middle:])] if middle else []


def _pieces(tables: Sequence[Table], disclosure: Disclosure, room: int) -> Iterator[_Piece]:
    for table in tables:
        whole = _piece(table, disclosure)
        if _fits(whole.asked, whole.answered, room) or len(table.columns) < 2:
            yield whole
        else:
            yield from _pieces(_parted(table), disclosure, room)


def _piece(table: Table, disclosure: Disclosure) -> _Piece:
    return _Piece(
        table=table, asked=_tokens(data_line(table_facts(table, disclosure))), answered=answer_tokens([table])
    )


def _fits(asked: int, answered: int, room: int) -> bool:
    return answered <= MAX_ANSWER and asked + 2 * answered + _MARGIN <= room


def _tokens(text: str) -> int:
    letters = len(_LETTER.findall(text))
    digits = len(_DIGIT.findall(text))
    signs = len(_SIGN.findall(text))
    foreign = len(text.encode(errors="replace")) - sum(map(str.isascii, text))
    return ceil(letters / 4 + digits + signs / 1.4 + foreign / 1.5)
