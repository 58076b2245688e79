"""Pieces of Rich text that other pictures are made of; widths are counted in columns of a terminal."""

from rich.cells import cell_len, split_graphemes
from rich.text import Text

from catalogctl.render.harmless import harmless
from catalogctl.render.palette import Glyphs

ELLIPSIS = "…"


def piece(text: object, style: str = "") -> Text:
    """*text* as Rich text: harmless, never read as markup, never broken over lines."""
    return Text(harmless(str(text)), style=style, no_wrap=True, overflow="ellipsis", end="")


def shortened(text: str, cells: int) -> str:
    """*text* in at most *cells* columns, an ellipsis where something is missing."""
    if cell_len(text) <= cells:
        return text
    if cells < 1:
        return ""
    return text[: _fitting(text, cells, ELLIPSIS)] + ELLIPSIS


def wrapped(text: str, cells: int, *, most: int) -> list[str]:
    """*text* as at most *most* lines of at most *cells* columns, broken between words; an ellipsis for the rest."""
    lines: list[str] = []
    while cell_len(text) > cells and len(lines) < most - 1:
        end = _fitting(text, cells)
        if not end:
            break
        space = text.rfind(" ", 0, end + 1)
        line, text = (text[:space], text[space + 1 :]) if space > 0 else (text[:end], text[end:])
        lines.append(line)
    return [*lines, shortened(text, cells)]


def _fitting(text: str, cells: int, tail: str = "") -> int:
    """How many characters of *text*, with *tail* behind them, fit into *cells* columns."""
    kept = 0
    for _, end, _width in split_graphemes(text)[0]:
        # The whole is measured: a joiner without a letter before it hides the width of its grapheme.
        if cell_len(text[:end] + tail) > cells:
            break
        kept = end
    return kept


def fitted(text: Text, cells: int) -> Text:
    """A copy of *text* in at most *cells* columns, its styles kept."""
    if text.cell_len <= cells:
        return text
    cut = text.copy()
    kept = shortened(text.plain, cells)
    cut.right_crop(len(text.plain) - len(kept.removesuffix(ELLIPSIS)))
    if kept.endswith(ELLIPSIS):
        cut.append(ELLIPSIS)
    return cut


def spread(left: Text, right: Text, width: int) -> Text:
    """One line of *width* columns: *left* at its beginning, shortened if it must be, *right* at its end."""
    room = width - right.cell_len
    if room < 1:
        return fitted(left, width)
    left = fitted(left, room - 1 if right.plain else room)
    gap = " " * (width - left.cell_len - right.cell_len) if right.plain else ""
    return Text.assemble(left, gap, right, no_wrap=True, overflow="ellipsis", end="")


def progress_bar(share: float, width: int, *, style: str, glyphs: Glyphs) -> Text:
    """A bar of *width* columns, *share* (0..1) of it full, in steps of half a column."""
    halves = round(max(0.0, min(1.0, share)) * width * 2)
    full, is_half = divmod(halves, 2)
    rest = width - full - is_half
    return Text.assemble(
        (glyphs.bar * full + (glyphs.half if is_half else ""), style), (glyphs.rest * rest, "dim"), no_wrap=True, end=""
    )
