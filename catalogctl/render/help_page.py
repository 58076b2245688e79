"""The page that ``--help`` shows: usage, what it is for, and its parts as aligned pairs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.constrain import Constrain
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from catalogctl.render.palette import KEY, QUIET, TITLE

MAX_WIDTH = 100
_QUOTED = re.compile(r"`([^`]+)`")
_THINNEST = 34


@dataclass(frozen=True, slots=True)
class Entry:
    """A word that can be typed, what it does, and what else is to be known of it."""

    term: str
    meaning: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Entries under a title."""

    title: str
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All of a page; *purpose* is paragraphs with empty lines between them."""

    usage: str
    purpose: str
    sections: Sequence[Section]


def help_page(page: Page, *, width: int) -> Constrain:
    """The page for a terminal of *width* columns; a very wide one is not filled, because it is hard to read."""
    width = min(width, MAX_WIDTH)
    return Constrain(Group(*_parts(page, width)), width)


def _parts(page: Page, width: int) -> Iterator[RenderableType]:
    head, _, rest = page.usage.partition(" ")
    yield Text.assemble((head, TITLE), " ", rest)
    for paragraph in page.purpose.split("\n\n"):
        yield Text("")
        yield Padding(_marked(" ".join(paragraph.split())), (0, 0, 0, 2))
    term_width = max((len(entry.term) for section in page.sections for entry in section.entries), default=0)
    for section in page.sections:
        yield Text("")
        yield Text(section.title, style=TITLE)
        yield Padding(_entries(section.entries, term_width, width), (0, 0, 0, 2))


def _entries(entries: Sequence[Entry], term_width: int, width: int) -> RenderableType:
    if not any(entry.term for entry in entries):
        return Group(*(_meaning(entry) for entry in entries))
    if width - term_width < _THINNEST:
        term_width = max(len(entry.term) for entry in entries)
    if width - term_width < _THINNEST:
        # Beside each other they would be too thin to read.
        lines = [(Text(entry.term, style=KEY), Padding(_meaning(entry), (0, 0, 0, 4))) for entry in entries]
        return Group(*(part for pair in lines for part in pair))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(min_width=term_width, no_wrap=True)
    table.add_column()
    for entry in entries:
        table.add_row(Text(entry.term, style=KEY), _meaning(entry))
    return table


def _meaning(entry: Entry) -> Text:
    text = _marked(entry.meaning)
    if entry.remark:
        text.append(f"  {entry.remark}", style=QUIET)
    return text


def _marked(words: str) -> Text:
    """Words between backticks stand out."""
    text = Text()
    for position, part in enumerate(_QUOTED.split(words)):
        text.append(part, style=KEY if position % 2 else "")
    return text
