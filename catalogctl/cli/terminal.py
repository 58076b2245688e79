"""Drawing on a terminal with Rich: tables, facts, and the live picture of a run."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live

from catalogctl.cli.output import ReaderGone, abandon
from catalogctl.render.details import Fact
from catalogctl.render.frame import frame
from catalogctl.render.listing import Eye, Listing
from catalogctl.render.palette import Glyphs
from catalogctl.render.sheets import facts_sheet, verdict_line
from catalogctl.render.tables import table
from catalogctl.render.view import RunView


class _Console(Console):
    """A console that leaves it to the program what it means when nobody reads any more."""

    def on_broken_pipe(self) -> None:
        """The terminal has gone away."""
        abandon(self.file)  # type: ignore[arg-type]  # Rich's word for a text stream
        raise ReaderGone


class Terminal:
    """Standard output of a person who looks at it."""

    def __init__(self, stdout: TextIO, *, has_color: bool) -> None:
        # Rich would also look at FORCE_COLOR, TTY_COMPATIBLE and more; it has been decided that this is a terminal.
        self._console = _Console(
            file=stdout, force_terminal=True, no_color=not has_color, highlight=False, markup=False, emoji=False
        )

    @property
    def width(self) -> int:
        """Columns."""
        return self._console.width

    def show(self, picture: RenderableType) -> None:
        """Draw something that stays."""
        self._console.print(picture)

    def table(self, listing: Listing[Any], *, eye: Eye) -> None:
        """Draw a list."""
        self.show(table(listing, eye=eye, width=self.width))

    def facts(self, facts: Sequence[Fact]) -> None:
        """Draw facts as pairs."""
        self.show(facts_sheet(facts))

    def verdict(self, name: str, words: str, *, is_ok: bool | None, glyphs: Glyphs) -> None:
        """Draw whether something is well."""
        self.show(verdict_line(name, words, is_ok=is_ok, glyphs=glyphs))

    def run(self, view: RunView, *, eye: Eye) -> None:
        """Draw a run with all there is to say of it."""
        self.show(frame(view, now=eye.now, width=self.width, height=None, glyphs=eye.glyphs))

    def canvas(self, glyphs: Glyphs) -> "Canvas":
        """A place below the cursor where a run can be drawn again and again."""
        return Canvas(self._console, glyphs)


class Canvas:
    """The live picture of a run, inline and never higher than the terminal; it goes away when it is closed."""

    def __init__(self, console: Console, glyphs: Glyphs) -> None:
        self._console = console
        self._glyphs = glyphs
        self._live = Live(
            Group(), console=console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
        )

    def open(self) -> None:
        """Begin to draw; the cursor is hidden."""
        self._live.start()

    def close(self) -> None:
        """Take the picture away and show the cursor; may be done twice."""
        self._live.stop()

    def draw(self, view: RunView) -> None:
        """Show the run as it is now."""
        # A line below the picture stays free, or the terminal would scroll with each drawing.
        height = max(1, self._console.height - 1)
        picture = frame(view, now=datetime.now(UTC), width=self._console.width, height=height, glyphs=self._glyphs)
        self._live.update(picture, refresh=True)
