"""One thing in full on a terminal: its facts as aligned pairs, or a word on how it is."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from catalogctl.render.details import Fact
from catalogctl.render.harmless import harmless
from catalogctl.render.palette import ERROR, GOOD, QUIET, TITLE, Glyphs


def facts_sheet(facts: Sequence[Fact]) -> Table:
    """One row a fact; long values go on below themselves."""
    sheet = Table.grid(padding=(0, 2, 0, 0))
    for fact in facts:
        if fact.value is not None:
            sheet.add_row(Text(fact.name, style=QUIET, no_wrap=True), Text(harmless(str(fact.value)), overflow="fold"))
    return sheet


def verdict_line(name: str, words: str, *, is_ok: bool | None, glyphs: Glyphs) -> Table:
    """Whether something is well, None for what is merely said; long words go on below themselves."""
    symbol, style = {True: (glyphs.ok, GOOD), False: (glyphs.bad, ERROR), None: (glyphs.note, QUIET)}[is_ok]
    line = Table.grid(padding=(0, 1, 0, 0))
    said = Text.assemble((harmless(name), TITLE), "  ", harmless(words), overflow="fold")
    line.add_row(Text(symbol, style=style), said)
    return line
