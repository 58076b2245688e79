"""Lists as tables on a terminal: aligned, fitted to its width, without lines."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from rich.cells import cell_len
from rich.console import Group
from rich.text import Text

from catalogctl.render.harmless import harmless
from catalogctl.render.listing import Cell, Column, Eye, Listing
from catalogctl.render.texts import fitted, piece, shortened, wrapped

_GAP = 2
_LEAST_WORTH_SHOWING = 16
_MOST_LINES = 6


def table(listing: Listing[Any], *, eye: Eye, width: int) -> Group:
    """The list with its titles in at most *width* columns of the terminal."""
    columns = [column for column in listing.columns if not column.for_files]
    cells = [[_harmless(column.cell(row, eye)) for column in columns] for row in listing.rows]
    natural = {
        index: max(cell_len(column.title), *(cell_len(row[index].text) for row in cells))
        for index, column in enumerate(columns)
        if column.rank == 0 or any(row[index].text for row in cells)
    }
    widths = _fit(columns, natural, width)
    lines = [_line([Cell(column.title, "dim") for column in columns], columns, widths)]
    lines += [line for row in cells for line in _lines(row, columns, widths)]
    heading = [fitted(_heading(listing.heading), width)] if listing.heading else []
    heading += [Text(harmless(cell.text), style=cell.style) for cell in listing.paragraphs]
    return Group(*heading, *([Text("")] if heading else []), *lines)


def _heading(cells: Sequence[Cell]) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    for position, cell in enumerate(cells):
        text.append("  " if position and cell.text else "")
        text.append_text(piece(cell.text, cell.style))
    return text


def _harmless(cell: Cell) -> Cell:
    return Cell(harmless(cell.text), cell.style)


def _fit(columns: Sequence[Column[Any]], natural: Mapping[int, int], width: int) -> dict[int, int]:
    """The widths of the columns that are shown, by their position."""
    widths = dict(natural)
    while True:
        excess = sum(widths.values()) + _GAP * (len(widths) - 1) - width
        room = {index: widths[index] - columns[index].narrowest for index in widths if columns[index].can_shrink}
        if excess <= 0:
            return _with_returned(widths, columns, natural, width)
        droppable = max(widths, key=lambda index: (columns[index].rank, index))
        is_last_resort = columns[droppable].rank == 0 or len(widths) == 1
        if is_last_resort or excess <= sum(max(0, spare) for spare in room.values()):
            return _with_returned(_shrunk(widths, columns, excess), columns, natural, width)
        del widths[droppable]


def _with_returned(
    widths: dict[int, int], columns: Sequence[Column[Any]], natural: Mapping[int, int], width: int
) -> dict[int, int]:
    """What was left out because it wanted much comes back where there is room for some of it."""
    for index in sorted(natural.keys() - widths.keys(), key=lambda index: (columns[index].rank, index)):
        room = width - sum(widths.values()) - _GAP * len(widths)
        if columns[index].can_shrink and room >= min(natural[index], _LEAST_WORTH_SHOWING):
            widths[index] = min(natural[index], room)
    return dict(sorted(widths.items()))


def _shrunk(widths: Mapping[int, int], columns: Sequence[Column[Any]], excess: int) -> dict[int, int]:
    """Take *excess* from those that may shrink, from what matters least first; if that is not enough, from all."""
    left = dict(widths)
    ranks = sorted({columns[index].rank for index in left}, reverse=True)
    for rank in ranks:
        limits = {index: columns[index].narrowest for index in left if columns[index].can_shrink}
        excess -= _lower(left, {index: limit for index, limit in limits.items() if columns[index].rank == rank}, excess)
    _lower(left, dict.fromkeys(left, 1), excess)
    return left


def _lower(widths: dict[int, int], limits: Mapping[int, int], excess: int) -> int:
    """Take up to *excess* from the *widths* above their *limits*, always from the widest; answers how much it was."""
    taken = 0
    while taken < excess:
        lowerable = [index for index, limit in limits.items() if widths[index] > limit]
        if not lowerable:
            break
        widest, *others = sorted(lowerable, key=lambda index: (-widths[index], -index))
        floor = max(limits[widest], *(widths[index] for index in others[:1]), 0)
        step = max(1, min(excess - taken, widths[widest] - floor))
        widths[widest] -= step
        taken += step
    return taken


def _lines(row: Sequence[Cell], columns: Sequence[Column[Any]], widths: dict[int, int]) -> list[Text]:
    """A row, with what wraps going on below itself."""
    parts = [
        wrapped(cell.text, widths[index], most=_MOST_LINES) if index in widths and columns[index].wraps else [cell.text]
        for index, cell in enumerate(row)
    ]
    return [
        _line([Cell(text, cell.style) for text, cell in zip(line, row, strict=True)], columns, widths)
        for line in zip_longest(*parts, fillvalue="")
    ]


def _line(row: Sequence[Cell], columns: Sequence[Column[Any]], widths: dict[int, int]) -> Text:
    line = Text(no_wrap=True, overflow="crop")
    last = max(widths)
    for index, room in widths.items():
        text = shortened(row[index].text, room)
        padding = " " * (room - cell_len(text))
        if columns[index].is_number:
            line.append(padding)
        line.append(text, style=row[index].style)
        if index != last:
            line.append(" " * _GAP if columns[index].is_number else padding + " " * _GAP)
    return line
