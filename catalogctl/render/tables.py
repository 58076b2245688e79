"""Lists as tables on a terminal: aligned, fitted to its width, without lines."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Group
from rich.text import Text

from catalogctl.render.harmless import harmless
from catalogctl.render.listing import Cell, Column, Eye, Listing
from catalogctl.render.texts import fitted, piece, shortened

_GAP = 2


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
    lines += [_line(row, columns, widths) for row in cells]
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
            return widths
        droppable = max(widths, key=lambda index: (columns[index].rank, index))
        is_last_resort = columns[droppable].rank == 0 or len(widths) == 1
        if is_last_resort or excess <= sum(max(0, spare) for spare in room.values()):
            return _shrunk(widths, columns, excess)
        del widths[droppable]


def _shrunk(widths: Mapping[int, int], columns: Sequence[Column[Any]], excess: int) -> dict[int, int]:
    """Take *excess* from those that may shrink, from what matters least first; if that is not enough, from all."""
    left = dict(widths)
    by_worth = sorted(left, key=lambda index: (-columns[index].rank, -index))
    shrinkable = [(index, columns[index].narrowest) for index in by_worth if columns[index].can_shrink]
    for index, narrowest in (*shrinkable, *((index, 1) for index in by_worth)):
        taken = max(0, min(excess, left[index] - narrowest))
        left[index] -= taken
        excess -= taken
    return left


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
