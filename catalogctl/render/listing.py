"""Lists: what a column is called, how its values stand in a file and how on a terminal."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from catalogctl.render import harmless
from catalogctl.render.palette import Glyphs

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Eye:
    """Who looks: when, and with which characters."""

    now: datetime
    glyphs: Glyphs


@dataclass(frozen=True, slots=True)
class Cell:
    """What a terminal shows of a value."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[T]):
    """One column of a list.

    *plain* is the exact value for a file; *shown* what a person wants to see of it, None for the same in *style*.
    A terminal never shows a column that is *for_files*. Where it is too narrow, columns that *can_shrink* do so, and
    those with the highest *rank* are left out first, as they are when they are empty; rank 0 always stays. None
    is shrunk below *narrowest* while there is another way. Text that *wraps* goes on below itself for a few lines.
    """

    title: str
    plain: Callable[[T], object]
    shown: Callable[[T, Eye], Cell] | None = None
    style: str = ""
    is_number: bool = False
    can_shrink: bool = False
    wraps: bool = False
    for_files: bool = False
    rank: int = 0
    narrowest: int = 10

    def cell(self, row: T, eye: Eye) -> Cell:
        """What a terminal shows of *row* in this column."""
        if self.shown is not None:
            return self.shown(row, eye)
        value = self.plain(row)
        return Cell("" if value is None else str(value), self.style)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[T]):
    """Rows and their columns; *if_empty* is what to say when there are none.

    A terminal shows the *heading* on one line above, and below it each of the *paragraphs*, however long.
    """

    columns: Sequence[Column[T]]
    rows: Sequence[T]
    if_empty: str = ""
    heading: Sequence[Cell] = field(default=())
    paragraphs: Sequence[Cell] = field(default=())

    def tab_separated(self) -> Iterator[str]:
        """One line a row, without a heading: exact values, separated by tabs."""
        for row in self.rows:
            yield "\t".join(harmless.field(column.plain(row)) for column in self.columns)


def yes_or_no(value: bool) -> str:  # noqa: FBT001 - a value to be written
    """A truth as a field."""
    return "true" if value else "false"
