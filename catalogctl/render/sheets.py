"""One thing in full on a terminal: its facts as aligned pairs."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from catalogctl.render.details import Fact
from catalogctl.render.harmless import harmless
from catalogctl.render.palette import QUIET


def facts_sheet(facts: Sequence[Fact]) -> Table:
    """One row a fact; long values go on below themselves."""
    sheet = Table.grid(padding=(0, 2, 0, 0))
    for fact in facts:
        if fact.value is not None:
            sheet.add_row(Text(fact.name, style=QUIET, no_wrap=True), Text(harmless(str(fact.value)), overflow="fold"))
    return sheet
